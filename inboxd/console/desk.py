"""What every page works with: the office's context, kept current, and one hand at a time for what changes something."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment

from inboxd import app, maillog
from inboxd.accounts import Ways
from inboxd.calendar import business_time
from inboxd.console.counted import Counts
from inboxd.console.goings import Goings
from inboxd.console.wording import Said, in_language
from inboxd.context import Context
from inboxd.database import Database
from inboxd.directory.provider import Provider
from inboxd.errors import BadConfig
from inboxd.settings.console import ConsoleSettings
from inboxd.watching import RuleFiles

AHEAD = timedelta(0)


class Desk:
    """One office's desk. Pages read with `database`, and act inside `acting`."""

    def __init__(self, context: Context, pages: Environment, config: Path) -> None:
        self.context, self.pages, self.config = context, pages, config
        self.goings = Goings()
        self.counts = Counts()
        directory = context.settings.directory
        self.directory = Provider(directory) if directory.is_used else None
        self._hand = threading.Lock()
        self._files = RuleFiles(context.settings)

    @property
    def settings(self) -> ConsoleSettings:
        return self.context.settings.console

    @property
    def ways(self) -> Ways:
        """By which ways people may come in."""
        directory = self.context.settings.directory
        return Ways(local=directory.local_accounts, issuer=directory.issuer)

    @property
    def database(self) -> Database:
        return self.context.database

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return self.context.rules.standards.calendar.zone

    def now(self) -> datetime:
        return self.context.now()

    def said(self, language: str) -> Said:
        """The words for a page in this language."""
        standards = self.context.rules.standards
        return in_language(language, self.zone, (standards.filing_warn_days, standards.filing_breach_days))

    def named(self, office: str | None, now: datetime) -> str:
        """The member and riding of an office as the roster has them today, or had them last; for the page alone."""
        rows = self.context.rules.roster.offices.get(office or "", ())
        on = now.astimezone(self.zone).date()
        row = next((row for row in rows if row.is_valid(on)), rows[-1] if rows else None)
        return ", ".join(part for part in (row.member, row.riding) if part) if row else ""

    @contextmanager
    def acting(self) -> Iterator[Context]:
        """The context for one act. Rules that were changed on disk since are read before; broken ones are not taken."""
        with self._hand:
            self._files.changed()
            if self._files.changed():  # asked twice: it waits for a file that stands still
                self._files.reading()
                try:
                    self.context.rules, self.context.templates = app.read_rules(self.context.settings)
                except BadConfig as error:
                    self._files.refused()
                    maillog.rules_refused(str(error.problems[0]))
            yield self.context

    def left(self, due: datetime, now: datetime) -> tuple[bool, int, timedelta]:
        """Whether it is late, and the business days and office hours until it is due, or since."""
        late = due <= now
        since, until = (due, now) if late else (now, due)
        return late, *business_time(self.context.rules.standards.calendar, since, until)
