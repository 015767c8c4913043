"""The words of the desk in both languages: texts of its own, and the labels of codes that the report has already."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from inboxd.mail import Language
from inboxd.replies.wording import LOCALES, french
from inboxd.reporting.wording import Voice, voice

WORDS = Path(__file__).parent / "words"
LANGUAGES = ("en", "fr")
PATTERNS = {"en": "EEE MMM d, HH:mm", "fr": "EEE d MMM, HH 'h' mm"}
WITH_YEAR = {"en": "MMM d, y, HH:mm", "fr": "d MMM y, HH 'h' mm"}


def typeset(text: str, language: str) -> str:
    """A text as a page shows it: French with its no-break spaces and the apostrophe of print, English as it is."""
    return french(text).replace("'", "’") if language == "fr" else text


@functools.cache
def read_words(language: str) -> Mapping[str, str]:
    """Every text by `section.key`."""
    found = tomllib.loads((WORDS / f"{language}.toml").read_text(encoding="utf-8"))
    return {
        f"{section}.{key}": typeset(text, language)
        for section, texts in found.items()
        for key, text in texts.items()
    }


@dataclass(frozen=True, slots=True)
class Said:
    """One language, in one time zone."""

    language: str
    zone: ZoneInfo
    labels: Voice

    def text(self, key: str, **values: object) -> str:
        """A text of the desk. A key that is not there is a bug, and a test's."""
        words = read_words(self.language)[key]
        return words.format(**values) if values else words

    def code(self, table: str, code: str) -> str:
        """What a code means: of a category, a route, a reason, an outcome. One without words is shown as it is."""
        try:
            return typeset(self.labels.label(table, code), self.language)
        except KeyError:
            return code

    def reason(self, code: str) -> str:
        """What a reason code means, in the sentence that the notices use; one without a sentence is shown as it is."""
        return typeset(self.labels.note("held_reasons", code), self.language) or code

    def own(self, group: str, code: str) -> str:
        """What a code of the desk means; one without words is shown as it is."""
        return read_words(self.language).get(f"{group}.{code}", code)

    def at(self, moment: datetime | None, *, year: bool = True) -> str:
        """A time as the office's clocks show it."""
        if moment is None:
            return "–"
        pattern = (WITH_YEAR if year else PATTERNS)[self.language]
        return format_datetime(moment.astimezone(self.zone), pattern, locale=LOCALES[Language(self.language)])

    def span(self, days: int, rest: timedelta) -> str:
        """So many business days and office hours."""
        minutes = int(rest.total_seconds()) // 60
        hours = self.text("time.hours", hours=minutes // 60, minutes=f"{minutes % 60:02}")
        if not days:
            return hours
        whole = self.text("time.day") if days == 1 else self.text("time.days", count=days)
        return f"{whole} {hours}" if minutes else whole


def in_language(language: str, zone: ZoneInfo, filing_days: tuple[int, int]) -> Said:
    """The words for one page."""
    return Said(language, zone, voice(Language(language), str(zone), filing_days))
