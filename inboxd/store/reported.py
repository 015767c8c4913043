"""What the report on service standards is counted from: mails and cases of a period with their journal. Reads only.

Rows come a batch at a time, so that a year is never in memory at once. Nothing that happened after `as_of` is given
out: the same period asked for again with the same `as_of` gives the same rows. Texts, names and numbers are not read;
a mail's sender is, for its place on the roster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from inboxd.ladder import FILING_KINDS
from inboxd.plan import EffectKind
from inboxd.tables import cases, effects, events, files, filings, mails, overrides, submissions, timers

BATCH = 500
"""Rows at a time; SQLite takes up to 32,766 parameters in one statement."""
OF_MAILS = ("decided", "held", "retried", "send_cancelled")
"""Lines of the journal that say how a mail stands; so do those that end like the following."""
BURIED = "_buried"
ORDERED = "_ordered"
"""Released, refused or completed: it is decided again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of the journal."""

    at: datetime
    event: str
    detail: Mapping[str, Any]
    arrived_at: datetime | None = None
    """When the mail that it is about was received."""
    taken_at: datetime | None = None
    was_held: bool = False
    """That mail was held at some time before this line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedFile:
    """One file of a submission and its outcome."""

    path: str
    sniffed_type: str
    size: int
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The last decision on a submission."""

    outcome: str
    reasons: tuple[str, ...]
    files: tuple[LookedFile, ...]
    filed: tuple[datetime | None, ...]
    """When each document that is new to the record was attached to it; None: not yet."""
    due: Mapping[str, datetime]
    """Of the filing clock, where one was set: filing_warning, filing_breach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedMail:
    """A mail that was received in the period."""

    mail_id: int
    arrived_at: datetime
    sender: str
    language: str
    lines: tuple[Told, ...]
    look: Look | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A person's correction of a case's category."""

    at: datetime
    previous: str
    category: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCase:
    """A case that was received in the period, as its row stands now, and what the journal tells of it."""

    reference: str
    mail_id: int
    queue: str
    received: datetime
    reply_by: datetime
    lines: tuple[Told, ...]
    corrections: tuple[Correction, ...]


def count_mails(tx: Connection, since: datetime, until: datetime, *, but_folder: str) -> int:
    """How many mails `mails_between` gives."""
    return tx.scalar(select(func.count()).select_from(mails).where(*_received(since, until, but_folder))) or 0


def mails_between(
    tx: Connection, since: datetime, until: datetime, *, but_folder: str, as_of: datetime
) -> Iterator[ReportedMail]:
    """Mails received from `since` on and before `until`, by id. `but_folder`: the Sent folder, whose mails are ours."""
    wanted = select(mails.c.id, mails.c.arrived_at, mails.c.sender, mails.c.language)
    wanted = wanted.where(*_received(since, until, but_folder), mails.c.arrived_at <= as_of)
    for batch in _batches(tx, wanted, mails.c.id):
        ids = [row.id for row in batch]
        lines = _lines_of_mails(tx, ids, as_of)
        looks = _looks(tx, ids, as_of)
        for row in batch:
            yield ReportedMail(
                mail_id=row.id,
                arrived_at=row.arrived_at,
                sender=row.sender,
                language=row.language,
                lines=tuple(told for _, told in lines[row.id]),
                look=looks.get(row.id),
            )


def cases_between(tx: Connection, since: datetime, until: datetime, *, as_of: datetime) -> Iterator[ReportedCase]:
    """Cases received from `since` on and before `until`, opened by `as_of`, by id."""
    columns = (cases.c.id, cases.c.reference, cases.c.mail_id, cases.c.queue, cases.c.received, cases.c.reply_by)
    wanted = select(*columns).where(cases.c.received >= since, cases.c.received < until, cases.c.opened_at <= as_of)
    for batch in _batches(tx, wanted, cases.c.id):
        ids = [row.id for row in batch]
        lines = _lines_of_cases(tx, ids, as_of)
        corrections = _corrections(tx, ids, as_of)
        for row in batch:
            yield ReportedCase(
                reference=row.reference,
                mail_id=row.mail_id,
                queue=row.queue,
                received=row.received,
                reply_by=row.reply_by,
                lines=tuple(lines[row.id]),
                corrections=tuple(corrections[row.id]),
            )


def _received(since: datetime, until: datetime, but_folder: str) -> tuple[Any, ...]:
    return mails.c.arrived_at >= since, mails.c.arrived_at < until, mails.c.folder != but_folder


def _batches(tx: Connection, wanted: Select[Any], key: Any) -> Iterator[Sequence[Row[Any]]]:
    last = 0
    while batch := tx.execute(wanted.where(key > last).order_by(key).limit(BATCH)).all():
        yield batch
        last = batch[-1].id


def _lines_of_mails(tx: Connection, ids: Sequence[int], as_of: datetime) -> dict[int, list[tuple[int, Told]]]:
    """By mail: the id of each line, and the line."""
    endings = (events.c.event.endswith(ending, autoescape=True) for ending in (BURIED, ORDERED))
    wanted = select(events.c.id, events.c.mail_id, events.c.at, events.c.event, events.c.detail).where(
        events.c.mail_id.in_(ids), events.c.at <= as_of, or_(events.c.event.in_(OF_MAILS), *endings)
    )
    found: dict[int, list[tuple[int, Told]]] = defaultdict(list)
    for row in tx.execute(wanted.order_by(events.c.id)):
        found[row.mail_id].append((row.id, Told(at=row.at, event=row.event, detail=row.detail)))
    return found


def _lines_of_cases(tx: Connection, ids: Sequence[int], as_of: datetime) -> dict[int, list[Told]]:
    wanted = (
        select(events, mails.c.arrived_at, mails.c.taken_at)
        .outerjoin(mails, mails.c.id == events.c.mail_id)
        .where(events.c.case_id.in_(ids), events.c.event.startswith("case_", autoescape=True), events.c.at <= as_of)
    )
    rows = tx.execute(wanted.order_by(events.c.id)).all()
    of_mails = _lines_of_mails(tx, sorted({row.mail_id for row in rows if row.mail_id is not None}), as_of)
    found: dict[int, list[Told]] = defaultdict(list)
    for row in rows:
        held = any(line < row.id and holds(told) for line, told in of_mails[row.mail_id]) if row.mail_id else False
        found[row.case_id].append(
            Told(
                at=row.at,
                event=row.event,
                detail=row.detail,
                arrived_at=row.arrived_at,
                taken_at=row.taken_at,
                was_held=held,
            )
        )
    return found


def holds(told: Told) -> bool:
    """Whether a mail is held by this line of its journal."""
    return told.event == "held" or told.event.endswith(BURIED) or bool(told.detail.get("held"))


def gives_back(told: Told) -> bool:
    """Whether a held mail is given to the stages again by this line, and is not held until it is decided."""
    return told.event == "retried" or told.event.endswith(ORDERED)


def _corrections(tx: Connection, ids: Sequence[int], as_of: datetime) -> dict[int, list[Correction]]:
    wanted = select(overrides).where(overrides.c.case_id.in_(ids), overrides.c.at <= as_of).order_by(overrides.c.id)
    found: dict[int, list[Correction]] = defaultdict(list)
    for row in tx.execute(wanted):
        correction = Correction(at=row.at, previous=row.from_category, category=row.to_category, how=row.how)
        found[row.case_id].append(correction)
    return found


def _looks(tx: Connection, ids: Sequence[int], as_of: datetime) -> dict[int, Look]:
    newest: dict[int, Row[Any]] = {}
    decided = select(submissions).where(submissions.c.mail_id.in_(ids), submissions.c.created_at <= as_of)
    for row in tx.execute(decided.order_by(submissions.c.mail_id, submissions.c.decision)):
        newest[row.mail_id] = row
    if not newest:
        return {}
    seen: dict[int, list[LookedFile]] = defaultdict(list)
    for row in tx.execute(select(files).where(files.c.mail_id.in_(newest), files.c.outcome != "").order_by(files.c.id)):
        if row.decision == newest[row.mail_id].decision:
            names = ("path", "sniffed_type", "size", "outcome", "reason")
            seen[row.mail_id].append(LookedFile(**{name: getattr(row, name) for name in names}))
    filed = _filed(tx, newest, as_of)
    due: dict[int, dict[str, datetime]] = defaultdict(dict)
    clocks = select(timers.c.mail_id, timers.c.kind, timers.c.due_at)
    for row in tx.execute(clocks.where(timers.c.mail_id.in_(newest), timers.c.kind.in_(FILING_KINDS))):
        due[row.mail_id][row.kind] = row.due_at
    return {
        mail_id: Look(
            outcome=row.outcome,
            reasons=tuple(row.reasons),
            files=tuple(seen[mail_id]),
            filed=tuple(filed[mail_id]),
            due=due[mail_id],
        )
        for mail_id, row in newest.items()
    }


def _filed(tx: Connection, ids: Mapping[int, Any], as_of: datetime) -> dict[int, list[datetime | None]]:
    """When each new document of a mail was on its record: with the decision, or when a register over HTTP took it."""
    handing_in = "attach/" + filings.c.application_number + "/" + filings.c.digest
    wanted = (
        select(
            filings.c.mail_id, filings.c.filed_at, filings.c.state, effects.c.id.label("handed_in"), effects.c.done_at
        )
        .outerjoin(effects, and_(effects.c.key == handing_in, effects.c.kind == EffectKind.ATTACH))
        .where(filings.c.mail_id.in_(ids), filings.c.filed_at <= as_of)
    )
    found: dict[int, list[datetime | None]] = defaultdict(list)
    for row in tx.execute(wanted.order_by(filings.c.id)):
        at = row.filed_at if row.handed_in is None else row.done_at if row.state == "attached" else None
        found[row.mail_id].append(at if at is not None and at <= as_of else None)
    return found
