"""`inboxd check`: everything the daemon needs, one finding each, with what to do about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from inboxd import app, insecure
from inboxd.cli.showing import shown
from inboxd.conditions import Kind, is_near
from inboxd.context import Context
from inboxd.directory.provider import Provider
from inboxd.errors import BadConfig, InboxdError, Permanent, Transient
from inboxd.measuring import endings
from inboxd.opinions import SecondReader
from inboxd.second_reader import LearnedReader
from inboxd.settings import Settings, read_settings
from inboxd.settings.channels import names_channels, survey
from inboxd.store import activations, incidents
from inboxd.tables import events

NEEDED = ("IDLE", "MOVE", "UIDPLUS")
MOST_INCIDENTS = 20
SECURITY = "security"
WHAT_HELPS = {
    Kind.CERTIFICATE_ENDS: "have the server's certificate renewed",
    Kind.AUTHORITY_ENDS: "put the authority's new certificate into the file beside the old one",
    Kind.PASSWORD_ENDS: "get a new password and its day (password_expires)",
    Kind.HOLIDAYS_END: "add the next year to standards.toml",
    Kind.ROSTER_ENDS: "import the next roster",
}
CLOCK_SLACK = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line."""

    what: str
    ok: bool
    text: str
    channel: str = ""
    """Whose finding it is, where the settings file names several mailboxes."""

    def line(self) -> str:
        whose = f"{self.channel}: " if self.channel else ""
        return f"{'ok  ' if self.ok else 'BAD '} {whose}{self.what}: {self.text}"

    def as_row(self) -> dict[str, str | bool]:
        whose = {"channel": self.channel} if self.channel else {}
        return {"what": self.what, "ok": self.ok, "text": self.text, **whose}


def findings(config: Path) -> list[Finding]:
    """All findings, of every channel; later ones are left out only if they cannot be asked for."""
    if not names_channels(config):
        return _findings(config)
    channels, problems = survey(config)
    if problems:  # among them may be that two work in one database: nothing is opened
        return [Finding(what="settings", ok=False, text=str(problem)) for problem in sorted(set(problems))]
    return [
        dataclasses.replace(finding, channel=channel.name)
        for channel in channels
        for finding in _findings(channel.file)
    ]


def _findings(config: Path) -> list[Finding]:
    try:
        settings = read_settings(config)
    except BadConfig as error:
        return [Finding(what="settings", ok=False, text=str(problem)) for problem in error.problems]
    found = [Finding(what="settings", ok=True, text=str(config))]
    found += _security(config, settings)
    try:
        rules, templates = app.read_rules(settings, afresh=True)
    except BadConfig as error:
        found += [Finding(what="rules", ok=False, text=str(problem)) for problem in error.problems]
        return [*found, *_places(settings)]
    found.append(
        Finding(
            what="rules",
            ok=True,
            text=f"{len(rules.criteria.rows)} criteria, "
            f"{len(rules.roster.offices)} offices, {len(templates.names())} notices in two languages",
        )
    )
    found.append(_second_reader(rules.second_reader))
    found += _places(settings)
    if all(finding.ok for finding in found if finding.what != SECURITY):
        context = app.build(config)
        try:
            found += _criteria(context)
            found += _servers(context)
            found += _clock(context)
            found += _itself(context)
            found += _units(context)
        finally:
            context.close()
    return found


def _security(config: Path, settings: Settings) -> Iterator[Finding]:
    """What the daemon does not start with, and what it starts with because the settings say so."""
    problems = insecure.problems(config, settings)
    yield from (Finding(what=SECURITY, ok=False, text=str(problem)) for problem in problems)
    if not problems:
        accepted = ", ".join(settings.service.accept_risks)
        text = f"accepted in the settings: {accepted}" if accepted else "nothing insecure"
        yield Finding(what=SECURITY, ok=True, text=text)


def _second_reader(reader: SecondReader | None) -> Finding:
    if not isinstance(reader, LearnedReader):
        return Finding(what="second reader", ok=True, text="switched off: the criteria decide alone")
    stale = "" if reader.is_current else "; trained for another version of inboxd: train it anew (docs/training.md)"
    return Finding(what="second reader", ok=not stale, text=reader.told + stale)


def _places(settings: Settings) -> Iterator[Finding]:
    try:
        app.expect_archive(settings)
    except InboxdError as error:
        yield Finding(what="archive", ok=False, text=str(error))
        return
    try:
        archive = app.open_archive(settings)
        free = archive.free_bytes()
        enough = free >= settings.storage.min_free_bytes
        how = f"encrypted by the key {archive.keys.newest.key_id}" if archive.keys.newest else "not encrypted"
        text = f"{archive.root}, {how}, {free // 1_048_576} MiB free"
        yield Finding(what="archive", ok=enough, text=text if enough else f"{text}; make room or no mail will be taken")
        probe = settings.storage.spool / ".probe"
        probe.write_bytes(b"")
        probe.unlink()
        yield Finding(what="spool", ok=True, text=str(settings.storage.spool))
    except Permanent as error:  # its keys
        yield Finding(what="archive", ok=False, text=str(error))
    except (InboxdError, OSError) as error:
        yield Finding(what="archive", ok=False, text=f"{error}; the service's user must own the folder")
    try:
        database = app.open_database(settings)
        database.prepare()
        yield Finding(
            what="database", ok=True, text=f"{database.engine.dialect.name}, revision {database.revision()[0]}"
        )
        database.close()
    except InboxdError as error:
        yield Finding(what="database", ok=False, text=str(error))


def _criteria(context: Context) -> Iterator[Finding]:
    """Whether the criteria on disk are those that somebody took into use last."""
    version, zone = context.rules.criteria.version, context.rules.standards.calendar.zone
    try:
        with context.database.reading() as tx:
            last = activations.newest(tx)
    except InboxdError as error:
        yield Finding(what="criteria", ok=False, text=str(error))
        return
    if last is None:
        text = f"in force is version {version}; none was taken into use with `inboxd criteria activate` yet"
        yield Finding(what="criteria", ok=True, text=text)
        return
    who = f"{shown(last['at'], zone)} by {shown(last['actor'])}"
    if last["new_version"] == version:
        yield Finding(what="criteria", ok=True, text=f"in force is version {version}, taken into use {who}")
        return
    text = (
        f"in force is version {version}, last activated was {last['new_version']} ({who}): the file was changed by "
        "hand; record it with `inboxd criteria activate`, or put the old version back"
    )
    yield Finding(what="criteria", ok=False, text=text)


def _servers(context: Context) -> Iterator[Finding]:
    mailbox = context.mailbox
    try:
        mailbox.connect()
        has = mailbox.capabilities()
        state = mailbox.open(context.settings.mailbox.inbox)
        missing = [name for name in NEEDED if name not in has]
        lacks = f"; lacks {', '.join(missing)}, which costs speed, not mail" if missing else ""
        yield Finding(what="mailbox", ok=True, text=f"login works, {state.exists} mails in the inbox{lacks}")
    except InboxdError as error:
        yield Finding(what="mailbox", ok=False, text=_server_refused("mailbox", error))
    finally:
        mailbox.close()
    try:
        yield Finding(what="smtp", ok=True, text=context.courier.check())
    except InboxdError as error:
        yield Finding(what="smtp", ok=False, text=_server_refused("smtp", error))
    yield from _documents(context)
    yield from _directory(context)
    if not context.settings.office.alerts:
        yield Finding(what="alerts", ok=False, text="office.alerts is empty: nobody is told when a timer fires; set it")


def _directory(context: Context) -> Iterator[Finding]:
    """Whether people can sign in at the desk through the directory, where the settings name one."""
    if not context.settings.directory.is_used:
        return
    try:
        yield Finding(what="directory", ok=True, text=Provider(context.settings.directory).check())
    except InboxdError as error:
        yield Finding(what="directory", ok=False, text=str(error).removeprefix("directory: "))


def _documents(context: Context) -> Iterator[Finding]:
    """What document submissions need besides: the register, the scanner, the look inside files."""
    try:
        yield Finding(what="records", ok=True, text=context.register.check())
    except InboxdError as error:
        yield Finding(what="records", ok=False, text=_server_refused("records", error))
    finally:
        context.register.close()
    try:
        yield Finding(what="files", ok=True, text=context.inspector.check())
    except InboxdError as error:
        yield Finding(what="files", ok=False, text=str(error))
    finally:
        context.inspector.close()
    if context.scanner is None:
        yield Finding(what="scanner", ok=True, text="none is set: no file is scanned for malware")
    else:
        try:
            yield Finding(what="scanner", ok=True, text=context.scanner.check())
        except InboxdError as error:
            yield Finding(what="scanner", ok=False, text=str(error))


def _server_refused(section: str, error: InboxdError) -> str:
    """What a server's door says, and where to look."""
    said = str(error).removeprefix(f"{section}: ")
    if isinstance(error, Transient):
        return f"{said}; is the server up, and are [{section}] host, port and security right?"
    return said


def _units(context: Context) -> Iterator[Finding]:
    nameless = context.rules.units.without_contact
    if nameless:
        text = f"no contact for {'; '.join(nameless)}: the passport notice cannot say where to write; fill it in"
        yield Finding(what="units", ok=False, text=text)


def _clock(context: Context) -> Iterator[Finding]:
    now = context.now()
    calendar = context.rules.standards.calendar
    try:
        with context.database.reading() as tx:
            newest = tx.scalar(select(func.max(events.c.at)))
    except Transient:
        newest = None
    behind = newest is not None and newest - now > CLOCK_SLACK
    text = (
        "the journal has entries from the future; set the clock (chrony or systemd-timesyncd)"
        if behind
        else f"{shown(now, calendar.zone)} in {calendar.zone}"
    )
    yield Finding(what="clock", ok=not behind, text=text)


def _itself(context: Context) -> Iterator[Finding]:
    """What is wrong with the service itself, and what ends soon; the certificates were shown at the checks above."""
    now, zone = context.now(), context.rules.standards.calendar.zone
    try:
        with context.database.reading() as tx:
            open_now = incidents.newest(tx, context.settings.mailbox.account, MOST_INCIDENTS, only_open=True)
    except InboxdError as error:
        yield Finding(what="incidents", ok=False, text=str(error))
        return
    for incident in open_now:
        since = f"since {shown(incident.began_at, zone)}" if incident.ends_at is None else ""
        text = f"{incident.kind} ({incident.subject}) {since}".rstrip()
        yield Finding(what="incidents", ok=False, text=f"{text}; `inboxd incidents` says who was told")
    if not open_now:
        yield Finding(what="incidents", ok=True, text="none is open")
    known = [(ending.at, ending) for ending in endings(context) if ending.at is not None]
    near = [(at, ending) for at, ending in known if is_near(ending, now, context.settings.watch)]
    for at, ending in near:
        verb = "ended" if at <= now else "ends"
        text = f"{ending.kind} ({ending.subject}): {verb} {shown(at, zone)}; {WHAT_HELPS[ending.kind]}"
        yield Finding(what="endings", ok=False, text=text)
    if not near:
        first, ending = min(known, key=lambda pair: pair[0])
        yield Finding(what="endings", ok=True, text=f"first is {ending.kind} ({ending.subject}), {shown(first, zone)}")
