"""Where a mail belongs on the server by how its cases stand, and having it moved there.

The folder shows the state: a mail whose cases all wait lies in Waiting, one whose cases are all closed in Closed, and
one with a case that goes on in the folder of its most pressing category, or with the Minister's Office's.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from inboxd.plan import Category, EffectKind
from inboxd.settings import Place
from inboxd.store import outbox, pauses
from inboxd.store.overrides import ANSWER, PRESSING
from inboxd.tables import case_mails, cases, effects, mails, sightings

MIL = "mil"
WITH_CASES = (*(Place(category) for category in Category), Place.MINISTER, Place.WAITING, Place.CLOSED)
"""Places that a mail leaves when its case changes; what is held, filed or quarantined stays."""


def home_of(tx: Connection, mail_id: int) -> Place | None:
    """Where a mail with cases belongs; None if it has none."""
    found = tx.execute(
        select(cases.c.category, cases.c.state, cases.c.queue)
        .join(case_mails, case_mails.c.case_id == cases.c.id)
        .where(case_mails.c.mail_id == mail_id, case_mails.c.relation != ANSWER)
    ).all()
    alive = [row for row in found if row.state != "closed"]
    if not alive:
        return Place.CLOSED if found else None
    if all(row.state == "waiting" for row in alive):
        return Place.WAITING
    going = [row for row in alive if row.state != "waiting"]
    if any(row.queue == MIL for row in going):
        return Place.MINISTER
    return Place(min((Category(row.category) for row in going), key=PRESSING.index))


def mails_of(tx: Connection, case_id: int) -> list[int]:
    """The mails that opened or followed up a case and lie where mails of cases lie."""
    linked = (
        select(mails.c.id)
        .join(case_mails, case_mails.c.mail_id == mails.c.id)
        .where(
            case_mails.c.case_id == case_id,
            case_mails.c.relation != ANSWER,
            mails.c.state != "taken",
            mails.c.place.in_(WITH_CASES),
        )
    )
    return list(tx.scalars(linked.order_by(mails.c.id)))


def bring_home(tx: Connection, case_id: int, now: datetime, *, but: Collection[int] = ()) -> int:
    """Have the mails of a case moved to where they belong by how it stands. Returns how many copies move.

    `but`: mails that somebody else sees to.
    """
    moved = 0
    for mail_id in mails_of(tx, case_id):
        home = home_of(tx, mail_id)
        if home is not None and mail_id not in but:
            moved += send(tx, mail_id, home, now)
    return moved


def send(tx: Connection, mail_id: int, place: Place, now: datetime, *, lying: Collection[int] = ()) -> int:
    """A decided mail belongs to `place` from now on. Returns how many copies move.

    `lying`: sightings of copies that lie there already. Moves that are due go there too.
    """
    row = tx.execute(select(mails.c.state, mails.c.place).where(mails.c.id == mail_id)).one()
    redirected = _redirect(tx, mail_id, place)
    moved = 0
    if row.place != place or lying:
        copies = select(sightings.c.id).where(sightings.c.mail_id == mail_id, sightings.c.uid_now > 0)
        for sighting_id in tx.scalars(copies.order_by(sightings.c.id)).all():
            if sighting_id not in redirected and sighting_id not in lying:
                moved += move_copy(tx, mail_id, sighting_id, place, now)
    tx.execute(update(mails).where(mails.c.id == mail_id).values(place=place))
    return moved


def move_copy(tx: Connection, mail_id: int, sighting_id: int, place: Place, now: datetime) -> bool:
    """Have one copy moved. The key of the move is its own: a mail may go to and fro any number of times."""
    of_mail = effects.c.mail_id == mail_id, effects.c.kind == EffectKind.MOVE
    before = tx.scalar(select(func.count()).select_from(effects).where(*of_mail)) or 0
    key = f"move/{sighting_id}/person-{before}"
    payload: dict[str, str | int] = {"sighting": sighting_id, "place": str(place)}
    added = outbox.add(tx, key, EffectKind.MOVE, now, mail_id=mail_id, payload=payload)
    outbox.reopen_mail(tx, mail_id)
    return added


def _redirect(tx: Connection, mail_id: int, place: Place) -> set[int]:
    """Moves that are due go to the new place. Returns the sightings of the copies that they move."""
    due = effects.c.mail_id == mail_id, effects.c.kind == EffectKind.MOVE, effects.c.state == "due"
    redirected = set()
    for row in tx.execute(select(effects.c.id, effects.c.payload).where(*due)).all():
        payload = {**row.payload, "place": str(place)}
        tx.execute(update(effects).where(effects.c.id == row.id).values(payload=payload))
        redirected.add(int(row.payload["sighting"]))
    return redirected


def settle(tx: Connection, case_id: int, now: datetime, *, arrived: datetime) -> None:
    """After a mail changed a case: one that does not wait any more has no open pause, one that goes on is in sight.

    It waited until that mail arrived, however late we read it.
    """
    state = tx.execute(select(cases.c.state).where(cases.c.id == case_id)).scalar_one()
    if state == "waiting":
        return
    pauses.end(tx, case_id, min(now, arrived))
    if state == "open":
        for mail_id in mails_of(tx, case_id):
            place = tx.execute(select(mails.c.place).where(mails.c.id == mail_id)).scalar_one()
            home = home_of(tx, mail_id)
            if place in (Place.WAITING, Place.CLOSED) and home is not None:
                send(tx, mail_id, home, now)
