"""What counts as an incident of the daemon itself: values in, findings out. Pure; never fails.

Each condition says since when it is so and from when it can be told. What cannot be known now (a certificate before the
first connection) is neither there nor over: an incident about it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from inboxd.settings import WatchSettings

CLOCK_SLACK = timedelta(minutes=2)
READINGS_MISSED = 3
"""So many reconcile ticks without a reading are no accident."""


class Kind(StrEnum):
    """What can be wrong, in the order of `inboxd incidents`."""

    MAILBOX_SILENT = "mailbox_silent"
    SENT_SILENT = "sent_silent"
    DISK_LOW = "disk_low"
    TEXTS_REFUSED = "texts_refused"
    MAIL_WAITING = "mail_waiting"
    REPLIES_WAITING = "replies_waiting"
    REPLIES_HELD = "replies_held"
    SENDS_UNKNOWN = "sends_unknown"
    MOVES_WAITING = "moves_waiting"
    DOCUMENTS_WAITING = "documents_waiting"
    QUEUE_GROWING = "queue_growing"
    CANARY_LATE = "canary_late"
    CERTIFICATE_ENDS = "certificate_ends"
    AUTHORITY_ENDS = "authority_ends"
    PASSWORD_ENDS = "password_ends"  # noqa: S105  # a kind of incident, no password
    HOLIDAYS_END = "holidays_end"
    ROSTER_ENDS = "roster_ends"


ENDINGS = frozenset(
    {Kind.CERTIFICATE_ENDS, Kind.AUTHORITY_ENDS, Kind.PASSWORD_ENDS, Kind.HOLIDAYS_END, Kind.ROSTER_ENDS}
)
"""Told before the day, and once more when it is past."""
SHOWN_BY_SERVERS = frozenset({Kind.CERTIFICATE_ENDS, Kind.AUTHORITY_ENDS})
"""Known from a connection; nobody wrote them down."""
Matter = tuple[Kind, str]
"""What an incident is about: kind and subject, such as which server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something is wrong now."""

    kind: Kind
    subject: str
    """The section or option of the settings that it is about; never a name."""
    since: datetime
    wait: timedelta = timedelta(0)
    """It must last so long after it was first seen before anybody is told."""
    ends_at: datetime | None = None
    detail: Mapping[str, int] = field(default_factory=dict)
    opens: bool = True
    """False: it explains itself by another finding; it keeps an open incident open, and begins none."""

    @property
    def matter(self) -> Matter:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that is wrong, and what is in doubt."""

    findings: tuple[Finding, ...]
    unknown: frozenset[Matter] = frozenset()
    """Not known now, or not well and not yet wrong for long enough: an incident about it stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits in one queue."""

    waiting: int = 0
    oldest: datetime | None = None
    """Since when the oldest waits."""
    failing: int = 0
    """How many were tried and refused so far."""
    late: int = 0
    """How many wait longer than they should."""
    done_lately: int = 0
    """How many were done in the time that one may wait."""
    counts: tuple[int, ...] = ()
    """How many waited at equal distances over that time, the oldest first; empty where nobody counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Something that is good until a day."""

    kind: Kind
    subject: str
    at: datetime | None
    """None: not known now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Mail to the outside waits for a person."""

    by_breaker: bool
    in_all: bool = False
    """By the breaker on all answers together (`smtp.storm_limit`)."""
    since: datetime
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What was measured."""

    now: datetime
    last_reading: datetime | None
    """Of the inbox; None if it was never read."""
    reads_sent: bool = False
    """Officers answer from a folder that is read too."""
    last_sent_reading: datetime | None = None
    """Of that folder; None if it was never read."""
    reconcile: timedelta
    free_bytes: int
    min_free_bytes: int
    texts_refused: bool = False
    """The templates on disk are broken, and the last good ones serve in their place."""
    mails: Backlog = Backlog()
    replies: Backlog = Backlog()
    sending_proven: bool = True
    """Whether any mail went out lately; asked only while none seemed to."""
    unknown: Backlog = Backlog()
    """Mails whose answer never came."""
    stops: tuple[Stop, ...] = ()
    moves: Backlog = Backlog()
    documents: Mapping[str, datetime] = field(default_factory=dict)
    """By what they wait for (`scanner`, `records`): since when the oldest does."""
    canary_late_since: datetime | None = None
    """When a mail to ourselves was handed over that should be back, unless a later one is."""
    endings: tuple[Ending, ...] = ()


def found(situation: Situation, settings: WatchSettings) -> Found:
    """Everything that is wrong. Each matter once."""
    grace = timedelta(minutes=settings.grace_minutes)
    findings = [
        *_disk(situation, grace),
        *_texts(situation),
        *_mailbox(situation, settings, grace),
        *_queues(situation, settings, grace),
        *_outgoing(situation, settings, grace),
        *_canary(situation, grace),
        *_endings(situation, settings),
    ]
    return Found(findings=tuple(findings), unknown=frozenset(_doubts(situation, settings, grace)))


def _doubts(situation: Situation, settings: WatchSettings, grace: timedelta) -> Iterator[Matter]:
    """What cannot be called well. An end must not be told while the same thing is beginning again."""
    for ending in situation.endings:
        if ending.at is None:
            yield ending.kind, ending.subject
    now = situation.now
    normal = min(silence_allowed(settings, situation.reconcile), READINGS_MISSED * situation.reconcile)
    for kind, subject, last in _readings(situation):
        if last is None or last > now + CLOCK_SLACK or now - last > normal:
            yield kind, subject
    if situation.mails.oldest is not None and now - situation.mails.oldest > grace:
        yield Kind.MAIL_WAITING, "mails"
    # what was given up waits no more, and proves nothing
    if not situation.sending_proven or situation.replies.failing > situation.replies.done_lately:
        yield Kind.REPLIES_WAITING, "smtp"
    for subject in situation.documents:
        yield Kind.DOCUMENTS_WAITING, subject


def _disk(situation: Situation, grace: timedelta) -> Iterator[Finding]:
    if situation.free_bytes < situation.min_free_bytes:
        yield Finding(
            kind=Kind.DISK_LOW,
            subject="storage.archive",
            since=situation.now,
            wait=grace,
            detail={"free_mib": situation.free_bytes // 2**20},
        )


def _texts(situation: Situation) -> Iterator[Finding]:
    """Told at once: somebody has just edited a text, and waits for it to be used."""
    if situation.texts_refused:
        yield Finding(kind=Kind.TEXTS_REFUSED, subject="replies.templates", since=situation.now)


def silence_allowed(settings: WatchSettings, reconcile: timedelta) -> timedelta:
    """So long may the mailbox not be read. An office that reads it once an hour is not silent after ten minutes."""
    return max(timedelta(minutes=settings.mailbox_minutes), READINGS_MISSED * reconcile)


def _readings(situation: Situation) -> Iterator[tuple[Kind, str, datetime | None]]:
    """What is read at each round, and when it last was."""
    yield Kind.MAILBOX_SILENT, "mailbox", situation.last_reading
    if situation.reads_sent:
        yield Kind.SENT_SILENT, "mailbox.sent_folder", situation.last_sent_reading


def _mailbox(situation: Situation, settings: WatchSettings, grace: timedelta) -> Iterator[Finding]:
    """No reading for too long. With too little room nothing is read on purpose: that is told already.

    So is the Sent folder of a mailbox of which nothing is read.
    """
    allowed, now = silence_allowed(settings, situation.reconcile), situation.now
    opens = situation.free_bytes >= situation.min_free_bytes
    for kind, subject, last in _readings(situation):
        silent = True
        if last is None or last > now + CLOCK_SLACK:  # a reading in the future: none since the clock was set back
            yield Finding(kind=kind, subject=subject, since=now, wait=allowed + grace, opens=opens)
        elif now - last >= allowed:
            yield Finding(kind=kind, subject=subject, since=last, wait=grace, opens=opens)
        else:
            silent = False
        opens = opens and not silent


def _queues(situation: Situation, settings: WatchSettings, grace: timedelta) -> Iterator[Finding]:
    now, patience = situation.now, timedelta(minutes=settings.queue_minutes)
    mails, replies, moves = situation.mails, situation.replies, situation.moves
    if mails.late and mails.oldest is not None:
        yield Finding(
            kind=Kind.MAIL_WAITING, subject="mails", since=mails.oldest, wait=grace, detail={"waiting": mails.waiting}
        )
    # one recipient that cannot be reached is that mail's own trouble, as long as others go out
    if replies.late > replies.done_lately and replies.oldest is not None:
        yield Finding(
            kind=Kind.REPLIES_WAITING,
            subject="smtp",
            since=replies.oldest,
            wait=grace,
            detail={"waiting": replies.waiting},
        )
    if moves.late > moves.done_lately and moves.oldest is not None:
        read = situation.last_reading is not None and now - situation.last_reading < patience
        yield Finding(
            kind=Kind.MOVES_WAITING,
            subject="mailbox",
            since=moves.oldest,
            wait=grace,
            detail={"waiting": moves.waiting},
            opens=read,
        )
    for subject, since in sorted(situation.documents.items()):
        if now - since >= patience:
            yield Finding(kind=Kind.DOCUMENTS_WAITING, subject=subject, since=since, wait=grace)
    for subject, backlog in (("mails", mails), ("smtp", replies)):
        if is_growing(backlog.counts, settings.queue_count):
            late = bool(backlog.late)
            yield Finding(
                kind=Kind.QUEUE_GROWING,
                subject=subject,
                since=now - patience,
                wait=grace,
                detail={"waiting": backlog.waiting},
                opens=not late,  # told as waiting already
            )


def _outgoing(situation: Situation, settings: WatchSettings, grace: timedelta) -> Iterator[Finding]:
    """What the breaker holds is told at once; what a person stopped, when it seems to be forgotten."""
    patience = timedelta(minutes=settings.queue_minutes)
    for stop in situation.stops:
        yield Finding(
            kind=Kind.REPLIES_HELD,
            subject="smtp.storm_limit" if stop.in_all else "smtp.bulk_limit" if stop.by_breaker else "outbox",
            since=stop.since,
            wait=timedelta(0) if stop.by_breaker else patience,
            detail={"waiting": stop.waiting},
        )
    oldest = situation.unknown.oldest
    if oldest is not None and situation.now - oldest >= patience:
        yield Finding(
            kind=Kind.SENDS_UNKNOWN,
            subject="smtp",
            since=oldest,
            wait=grace,
            detail={"waiting": situation.unknown.waiting},
        )


def _canary(situation: Situation, grace: timedelta) -> Iterator[Finding]:
    """A mail to ourselves does not arrive. While the mailbox is not read none can, which is told already."""
    since, last = situation.canary_late_since, situation.last_reading
    if since is not None:
        was_looked_for = last is not None and last > since + grace
        yield Finding(kind=Kind.CANARY_LATE, subject="canary", since=since, wait=grace, opens=was_looked_for)


def is_growing(counts: tuple[int, ...], least: int) -> bool:
    """Whether each count is above the one before, and the last is worth a word."""
    return len(counts) > 2 and counts[-1] >= least and all(before < after for before, after in pairwise(counts))


def is_near(ending: Ending, now: datetime, settings: WatchSettings) -> bool:
    """Whether it ends so soon that people are told; what is past is near too."""
    by_machine = ending.kind in (Kind.CERTIFICATE_ENDS, Kind.AUTHORITY_ENDS)
    days = settings.certificate_days if by_machine else settings.days_before
    return ending.at is not None and ending.at - now <= timedelta(days=days)


def _endings(situation: Situation, settings: WatchSettings) -> Iterator[Finding]:
    for ending in situation.endings:
        if is_near(ending, situation.now, settings):
            yield Finding(kind=ending.kind, subject=ending.subject, since=situation.now, ends_at=ending.at)


def most_end_on(offices: Iterable[Iterable[tuple[date, date]]], today: date) -> date | None:
    """The last day on which at least half of the offices that are valid today still are; None if that never comes.

    Each office is given by its periods, first and last day. What carries on without a gap counts as one.
    """
    lasts = sorted(last for periods in offices if (last := _lasts_until(periods, today)) is not None)
    if not lasts:
        return None
    half = lasts[len(lasts) // 2]
    return None if half == date.max else half


def _lasts_until(periods: Iterable[tuple[date, date]], today: date) -> date | None:
    """The last day that is covered from today on without a gap; None if today is not covered."""
    last: date | None = None
    for first, until in sorted(periods):
        begins_in_time = first <= today if last is None else last == date.max or first <= last + timedelta(days=1)
        if begins_in_time and until >= today:
            last = until if last is None else max(last, until)
    return last
