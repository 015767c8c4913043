"""Rows of where copies of mails lie on the server, for the look at folders that people work in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from inboxd.plan import EffectKind
from inboxd.store.journal import note
from inboxd.store.mails import MAX_IN_LIST
from inboxd.store.overrides import ANSWER
from inboxd.tables import case_mails, cases, effects, mails, marks, sightings


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy of a mail, and where it lies by our rows. `uid` 0: the number is not known."""

    sighting: int
    mail_id: int
    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A mail that could be the one that was met."""

    mail_id: int
    digest: str
    is_excerpt: bool
    """Only its beginning is in the archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A mail as its row has it, with what is on its way."""

    mail_id: int
    digest: str
    state: str
    place: str
    route: str
    arrived_at: datetime
    office: str
    bound_for: frozenset[str]
    """Places to which a move of ours is due."""
    cases: tuple[tuple[int, str, str, str, str], ...]
    """Id, reference, category, state, queue; without those that it is the answer to."""


def _copy(row: Row[Any]) -> Copy:
    return Copy(
        sighting=row.id, mail_id=row.mail_id, folder=row.folder_now, uidvalidity=row.uidvalidity_now, uid=row.uid_now
    )


def unknown(tx: Connection, account: str, folder: str, uidvalidity: int, uids: Iterable[int]) -> list[int]:
    """Those of `uids` at which no copy of ours lies by our rows, ascending."""
    wanted = sorted(set(uids))
    known: set[int] = set()
    for start in range(0, len(wanted), MAX_IN_LIST):
        known.update(
            tx.scalars(
                select(sightings.c.uid_now).where(
                    sightings.c.account == account,
                    sightings.c.folder_now == folder,
                    sightings.c.uidvalidity_now == uidvalidity,
                    sightings.c.uid_now.in_(wanted[start : start + MAX_IN_LIST]),
                )
            )
        )
    return [uid for uid in wanted if uid not in known]


def lying_in(tx: Connection, account: str, folder: str) -> list[Copy]:
    """Every copy that lies in a folder by our rows, those with an unknown number too."""
    wanted = select(sightings).where(sightings.c.account == account, sightings.c.folder_now == folder)
    return [_copy(row) for row in tx.execute(wanted.order_by(sightings.c.id))]


def folders_with_lost_numbers(tx: Connection, account: str, folders: Sequence[str]) -> set[str]:
    """Folders in which a copy of ours should lie under a number that is not known."""
    wanted = sightings.c.account == account, sightings.c.folder_now.in_(folders), sightings.c.uid_now == 0
    return set(tx.scalars(select(sightings.c.folder_now).where(*wanted).distinct()))


def copies_of(tx: Connection, mail_id: int) -> list[Copy]:
    """Every copy of a mail that was ever met, the oldest sighting first."""
    return [
        _copy(row)
        for row in tx.execute(select(sightings).where(sightings.c.mail_id == mail_id).order_by(sightings.c.id))
    ]


def candidates(tx: Connection, account: str, *, size: int | None, message_id: str | None) -> list[Candidate]:
    """Mails of this size, or with this Message-ID; a mail that was not decided yet has none in its row."""
    wanted = select(mails.c.id, mails.c.digest, mails.c.outline).where(mails.c.account == account)
    if size is not None:
        wanted = wanted.where(mails.c.size == size)
    if message_id is not None:
        wanted = wanted.where(mails.c.message_id == message_id)
    return [
        Candidate(mail_id=row.id, digest=row.digest, is_excerpt=row.outline is not None)
        for row in tx.execute(wanted.order_by(mails.c.id))
    ]


def standing_of(tx: Connection, mail_id: int) -> Standing:
    """How a mail stands now."""
    row = tx.execute(select(mails).where(mails.c.id == mail_id)).one()
    due = effects.c.mail_id == mail_id, effects.c.kind == EffectKind.MOVE, effects.c.state == "due"
    linked = (
        select(cases.c.id, cases.c.reference, cases.c.category, cases.c.state, cases.c.queue)
        .join(case_mails, case_mails.c.case_id == cases.c.id)
        .where(case_mails.c.mail_id == mail_id, case_mails.c.relation != ANSWER)
        .order_by(cases.c.id)
    )
    return Standing(
        mail_id=mail_id,
        digest=row.digest,
        state=row.state,
        place=row.place,
        route=row.route,
        arrived_at=row.arrived_at,
        office=row.office,
        bound_for=frozenset(str(payload["place"]) for payload in tx.scalars(select(effects.c.payload).where(*due))),
        cases=tuple((case.id, case.reference, case.category, case.state, case.queue) for case in tx.execute(linked)),
    )


def parked_in(tx: Connection, account: str, folder: str, places: Sequence[str]) -> list[Copy]:
    """Copies that lie in a folder although their mail belongs to one of `places`, and that no move of ours takes."""
    due = effects.c.mail_id == mails.c.id, effects.c.kind == EffectKind.MOVE, effects.c.state == "due"
    wanted = (
        select(sightings)
        .join(mails, mails.c.id == sightings.c.mail_id)
        .where(
            sightings.c.account == account,
            sightings.c.folder_now == folder,
            sightings.c.uid_now > 0,
            mails.c.place.in_(places),
            mails.c.state != "taken",
            ~select(effects.c.id).where(*due).exists(),
        )
    )
    return [_copy(row) for row in tx.execute(wanted.order_by(sightings.c.id))]


def put(tx: Connection, sighting: int, folder: str, uidvalidity: int, uid: int) -> None:
    """A copy lies here now."""
    lies = {"folder_now": folder, "uidvalidity_now": uidvalidity, "uid_now": uid}
    tx.execute(update(sightings).where(sightings.c.id == sighting).values(**lies))


def add(tx: Connection, mail_id: int, account: str, folder: str, uidvalidity: int, uid: int, now: datetime) -> None:
    """One more copy of a mail, made by somebody else."""
    here = {"folder": folder, "uidvalidity": uidvalidity, "uid": uid}
    first = sightings.c.account == account, *(sightings.c[name] == value for name, value in here.items())
    known: int | None = tx.scalar(select(sightings.c.id).where(*first))
    if known is not None:  # it was met here before, went away, and came back under the number it had
        put(tx, known, folder, uidvalidity, uid)
        return
    now_at = {f"{name}_now": value for name, value in here.items()}
    tx.execute(sightings.insert().values(mail_id=mail_id, account=account, **here, **now_at, seen_at=now))


def lose(tx: Connection, sighting: int) -> None:
    """A copy lies in none of our folders any more."""
    put(tx, sighting, "", 0, 0)


def forget(tx: Connection, mail_id: int, sighting: int, now: datetime) -> None:
    """The same of one copy while others of its mail are there. The journal says so: no order goes to it any more."""
    lose(tx, sighting)
    note(tx, "copy_forgotten", now, mail_id=mail_id, sighting=sighting)


def last_look(tx: Connection, account: str, folder: str) -> datetime | None:
    """When this folder's mark was last written."""
    at: datetime | None = tx.scalar(
        select(marks.c.reconciled_at).where(marks.c.account == account, marks.c.folder == folder)
    )
    return at


def met_at(tx: Connection, account: str, folder: str, uidvalidity: int, uid: int) -> int | None:
    """The mail that was first met there; None if none was."""
    first = {"account": account, "folder": folder, "uidvalidity": uidvalidity, "uid": uid}
    mail_id: int | None = tx.scalar(
        select(sightings.c.mail_id).where(*(sightings.c[name] == value for name, value in first.items()))
    )
    return mail_id
