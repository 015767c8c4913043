"""System: when each mailbox was read, what waits, what leaves and a person's word on it, alerts, endings, versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from inboxd import app, outgoing
from inboxd.conditions import Ending, Matter
from inboxd.console import news
from inboxd.console.asking import Answer, Asked, GoTo, Page
from inboxd.console.desk import Desk
from inboxd.errors import InboxdError, Permanent
from inboxd.measuring import endings
from inboxd.settings import Settings
from inboxd.settings.channels import Channel, names_channels, survey
from inboxd.store import brakes, incidents, shown_days
from inboxd.store.counts import Counts, counts
from inboxd.store.outgoing import list_mails
from inboxd.store.people import everybody

AT_ONCE = 100
STALE = 3
"""So many readings missed, and a mailbox is shown as late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One mailbox that is read into a database of this installation."""

    name: str
    read: tuple[tuple[str, datetime, bool], ...]
    """Folder, when it was last read in full, and whether that is too long ago."""
    counts: Counts | None
    """None: its database does not answer."""


def page(desk: Desk, asked: Asked) -> Answer:
    """Everything about the running of the service."""
    context, now = desk.context, desk.now()
    account = context.settings.mailbox.account
    with desk.database.reading() as tx:
        own = counts(tx, account, now)
        mails, count = list_mails(tx, now, limit=AT_ONCE)
        stops = brakes.open_stops(tx)
        open_incidents = incidents.newest(tx, account, AT_ONCE, only_open=True)
        past = incidents.newest(tx, account, 20)
        people = everybody(tx)
        shown = shown_days.days(tx, account)
        seen = news.of_system(tx, desk)
    channels, problems = _channels(desk)
    current, head = desk.database.revision()
    standards = context.rules.standards
    return Page(
        template="system.html.j2",
        values={
            "news": "/news/system",
            "seen": seen,
            "mailboxes": [_mailbox(account, context.settings, own, now), *_others(desk, channels, now)],
            "problems": problems,
            "mails": mails,
            "count": count,
            "stops": {scope: (at, why, by) for scope, (at, why, by) in stops.items()},
            "is_stopped": brakes.ALL in stops,
            "incidents": open_incidents,
            "past": [incident for incident in past if not incident.is_open],
            "endings": sorted(
                with_days(endings(context), shown), key=lambda end: (end.at is None, end.at or now)
            ),
            "people": people,
            "now": now,
            "versions": {
                "database": f"{current} / {head}",
                "rules": context.rules.version[:12],
                "criteria": context.rules.criteria.version[:12],
                "standards": standards.calendar.version[:12],
            },
            "free": context.archive.free_bytes(),
        },
    )


def with_days(ends: Iterable[Ending], shown: Mapping[Matter, datetime]) -> Iterator[Ending]:
    """What ends, with the days that servers showed the daemon."""
    for end in ends:
        yield end if end.at else replace(end, at=shown.get((end.kind, end.subject)))


def _mailbox(name: str, settings: Settings, found: Counts, now: datetime) -> Mailbox:
    box = settings.mailbox
    patience = max(box.reconcile_seconds * STALE, settings.watch.mailbox_minutes * 60)
    read = (
        (folder, found.read_at[folder], (now - found.read_at[folder]).total_seconds() > patience)
        for folder in box.read_in_full
        if folder in found.read_at
    )
    return Mailbox(name=name, read=tuple(read), counts=found)


def _channels(desk: Desk) -> tuple[tuple[Channel, ...], list[str]]:
    """The mailboxes of the settings file as it is now, and what is wrong with it: somebody may be changing it."""
    if not names_channels(desk.config):
        return (), []
    channels, problems = survey(desk.config)
    return channels, [str(problem) for problem in sorted(set(problems))]


def _others(desk: Desk, channels: tuple[Channel, ...], now: datetime) -> Iterator[Mailbox]:
    """The other channels of the same settings file, each by its own database."""
    for channel in channels:
        if channel.name == desk.context.settings.mailbox.account:
            continue
        database = app.open_database(channel.settings)
        try:
            with database.reading() as tx:
                yield _mailbox(channel.name, channel.settings, counts(tx, channel.name, now), now)
        except InboxdError:
            yield Mailbox(name=channel.name, read=(), counts=None)
        finally:
            database.close()


def hold(desk: Desk, asked: Asked) -> Answer:
    """The mails that were ticked do not leave until they are let go."""
    with desk.acting() as context:
        outgoing.hold(context, _ids(asked), reason=_reason(asked), actor=asked.person.actor)
    return GoTo(path="/system?done=send_held")


def release(desk: Desk, asked: Asked) -> Answer:
    """The mails that were ticked leave, whatever held them."""
    with desk.acting() as context:
        outgoing.release(context, _ids(asked), actor=asked.person.actor)
    return GoTo(path="/system?done=send_released")


def cancel(desk: Desk, asked: Asked) -> Answer:
    """The mails that were ticked never leave; what they answer is held for a person."""
    with desk.acting() as context:
        outgoing.cancel(context, _ids(asked), reason=_reason(asked), actor=asked.person.actor)
    return GoTo(path="/system?done=send_cancelled")


def stop(desk: Desk, asked: Asked) -> Answer:
    """No mail to the outside leaves."""
    with desk.acting() as context:
        outgoing.hold_all(context, reason=_reason(asked), actor=asked.person.actor)
    return GoTo(path="/system?done=send_stopped")


def let_go(desk: Desk, asked: Asked) -> Answer:
    """Every stop and every hold ends."""
    with desk.acting() as context:
        outgoing.release_all(context, actor=asked.person.actor)
    return GoTo(path="/system?done=send_free")


def _ids(asked: Asked) -> list[int]:
    ids = [int(text) for text in dict.fromkeys(asked.chosen) if text.isascii() and text.isdigit() and len(text) < 12]
    if not ids:
        raise Permanent("nothing was ticked")
    return ids


def _reason(asked: Asked) -> str:
    reason: Any = asked.form.get("reason", "").strip()
    if not reason:
        raise Permanent("a reason is needed, for whoever looks later")
    return str(reason)
