"""The composition root: settings file -> `Context`. The only place that names concrete things.

Raises `BadConfig` with every problem of every file at once; `Permanent` if the database belongs to another version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from inboxd import insecure, notify, template_life
from inboxd.archive import MAIL, Archive
from inboxd.calendar import BusinessCalendar
from inboxd.context import Context, MailReaders, SignatureCheck
from inboxd.credentials import read_keys, read_password
from inboxd.database import Database, open_engine
from inboxd.errors import BadConfig, DatabaseRefused, DiskRefused, Permanent, Problem
from inboxd.mailbox import ImapMailbox
from inboxd.readers import open_readers
from inboxd.registers import open_register
from inboxd.replies import Templates
from inboxd.scanner import Clamd
from inboxd.second_reader import PACKAGED, LearnedReader, read_model
from inboxd.settings import Settings, read_settings
from inboxd.smtp import SmtpCourier
from inboxd.standards import read_standards
from inboxd.store import reading
from inboxd.triage import Rules
from inboxd.triage.criteria import Criteria, read_criteria
from inboxd.triage.regional_units import read_units
from inboxd.triage.roster import read_roster
from inboxd.tried import AFRESH, Tried
from inboxd.workers import Workers

Read = TypeVar("Read")


def read_rules(settings: Settings, *, afresh: bool = False) -> tuple[Rules, Templates]:
    """Everything that can be reloaded. Raises `BadConfig` with all problems of all files at once.

    Where the texts of replies are broken, the last good ones are taken from the database, with what is wrong in
    `Templates.refused`. Examples and texts that were tried before and did not change are not tried again. `afresh`:
    everything is tried, and nothing stands in for what is broken.
    """
    problems: list[Problem] = []
    tried = AFRESH if afresh else Tried(settings.storage.spool)

    def gathered(read: Callable[[Path], Read], path: Path) -> Read | None:
        try:
            return read(path)
        except BadConfig as error:
            problems.extend(error.problems)
            return None

    def try_templates(_: Path) -> Templates:
        return read_templates(settings, standards.calendar.zone if standards else ZoneInfo("UTC"), afresh=afresh)

    def try_criteria(path: Path) -> Criteria:
        return read_criteria(path, tried=tried)

    criteria = gathered(try_criteria, settings.rules.criteria)
    standards = gathered(read_standards, settings.rules.standards)
    units = gathered(read_units, settings.rules.regional_units)
    roster = gathered(read_roster, settings.senders.roster)
    templates = gathered(try_templates, settings.rules.standards)
    asked = settings.rules.second_reader
    reader = gathered(_second_reader, settings.rules.second_reader_model or PACKAGED) if asked else None
    if problems or criteria is None or standards is None or units is None or roster is None or templates is None:
        raise BadConfig(problems)
    rules = Rules(
        settings=settings,
        roster=roster,
        criteria=criteria,
        standards=standards,
        units=units,
        version=_version(settings, reader),
        second_reader=reader,
    )
    return rules, templates


def read_templates(settings: Settings, zone: ZoneInfo, *, afresh: bool = False) -> Templates:
    """The texts of replies on disk; where they are broken, the last good ones, with what is wrong. As `read_rules`."""
    tried = AFRESH if afresh else Tried(settings.storage.spool)
    try:
        return Templates.load(settings.replies, settings.office, zone, settings.documents, tried=tried)
    except BadConfig as error:
        good = None if afresh else _last_good_templates(settings, zone)
        if good is None:
            raise
        return replace(good, refused=error.problems)


def _last_good_templates(settings: Settings, zone: ZoneInfo) -> Templates | None:
    try:
        database = open_database(settings)
    except Permanent:
        return None  # told where the database is opened
    try:
        return template_life.last_good(database, settings, zone)
    finally:
        database.close()


def _second_reader(folder: Path) -> LearnedReader:
    return LearnedReader(read_model(folder))


def _version(settings: Settings, reader: LearnedReader | None) -> str:
    digest = hashlib.sha256(reader.version.encode() if reader else b"")
    for path in (
        settings.rules.criteria,
        settings.rules.standards,
        settings.rules.regional_units,
        settings.senders.roster,
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def open_database(settings: Settings) -> Database:
    """The database of these settings, not yet looked at."""
    return Database(open_engine(settings.storage.database))


def the_archive(settings: Settings) -> Archive:
    """The archive, not yet looked at; its keys are read when one is first needed."""
    return Archive(settings.storage.archive, lambda: read_keys(settings.archive))


def open_archive(settings: Settings) -> Archive:
    """The archive and spool folders, made if missing. Raises `DiskRefused` if they cannot be written."""
    archive = the_archive(settings)
    archive.prepare()
    try:
        settings.storage.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DiskRefused(f"cannot make the spool folder: {error.strerror}") from error
    return archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What a look at our rows needs; quicker to open than everything."""

    settings: Settings
    database: Database
    archive: Archive
    readers: MailReaders
    calendar: BusinessCalendar

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return self.calendar.zone


@contextmanager
def open_records(path: Path) -> Iterator[Records]:
    """Open the rows for reading, without criteria, templates and roster; closed again at the end."""
    settings = read_settings(path)
    calendar = read_standards(settings.rules.standards).calendar
    database, archive = open_database(settings), the_archive(settings)
    readers = open_readers(settings, archive)
    try:
        database.prepare()
        yield Records(settings=settings, database=database, archive=archive, readers=readers, calendar=calendar)
    finally:
        readers.close()
        database.close()


def expect_archive(settings: Settings) -> None:
    """Refuse an archive that is not there while the database knows mails: its disk is not mounted, most likely.

    Raises `DiskRefused`; made anew, the folder would fill under the mount point.
    """
    archive, database = Archive(settings.storage.archive), open_database(settings)
    try:
        if archive.is_there() or not database.is_there() or len(set(database.revision())) > 1:
            return
        with database.reading() as tx:
            knows_mails = bool(reading.tally(tx)["mails"])
    except DatabaseRefused:
        return  # told where the database is opened
    finally:
        database.close()
    if knows_mails:
        raise DiskRefused(
            f"{archive.root} is not there, but the database knows mails: is its disk mounted? "
            f"If the archive is lost for good, make the folder {archive.root / MAIL} by hand"
        )


def expect_secure(path: Path) -> None:
    """Refuse to start with what is insecure and not accepted. Raises `BadConfig` with that and all else wrong."""
    settings = read_settings(path)
    problems = insecure.problems(path, settings)
    if problems:
        try:
            read_rules(settings)
        except BadConfig as error:
            problems += error.problems
        raise BadConfig(problems)


def _signatures(settings: Settings) -> SignatureCheck | None:
    if not settings.senders.verify_dkim:
        return None
    from inboxd.dkim_check import DkimCheck  # loads a resolver, which most offices never ask

    return DkimCheck(settings.senders)


def build(path: Path, *, touch: bool = True) -> Context:
    """Read everything and put it together. Connects to nothing but the database.

    `touch` False: no folder and no table is made.
    """
    settings = read_settings(path)
    rules, templates = read_rules(settings)
    return put_together(settings, rules, templates, touch=touch)


def put_together(
    settings: Settings,
    rules: Rules,
    templates: Templates,
    *,
    touch: bool = True,
    alive: Callable[[], object] = notify.watchdog,
    channel: str = "",
) -> Context:
    """The context of settings and rules that were read. `alive` is called while a door is slow.

    Raises `DiskRefused` or `DatabaseRefused` if they cannot be opened now; `Permanent` as `build`.
    """
    database = open_database(settings)
    archive = the_archive(settings)
    if touch:
        try:
            expect_archive(settings)
            archive = open_archive(settings)
            database.prepare()
        except BaseException:
            database.close()
            raise
    return Context(
        settings=settings,
        rules=rules,
        templates=templates,
        database=database,
        archive=archive,
        mailbox=ImapMailbox(
            settings.mailbox, lambda: read_password(settings.mailbox, owner="mailbox"), settings.storage.spool, alive
        ),
        courier=SmtpCourier(settings.smtp, lambda: read_password(settings.smtp, owner="smtp")),
        register=open_register(settings.records, database, alive),
        inspector=Workers(settings.limits, alive=alive),
        scanner=Clamd(settings.scanner, alive) if settings.scanner.socket else None,
        readers=open_readers(settings, archive, alive=alive),
        signatures=_signatures(settings),
        channel=channel,
    )
