"""Rows of held mails: what a person decided about one, giving it to the stages again, and what waits by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select, update

from inboxd.documents import Instruction, Outlined, Reason
from inboxd.errors import Permanent
from inboxd.plan import EffectKind, Route
from inboxd.settings import Place
from inboxd.store import outbox
from inboxd.store.journal import note
from inboxd.tables import effects, filings, mails

UNFETCHABLE = "UNFETCHABLE"
EFFECT_FAILED = "EFFECT_FAILED"
REPLY_CANCELLED = "REPLY_CANCELLED"
"""A person cancelled the reply to it (`inboxd outbox cancel`), and answers it by hand."""
HEADER_ONLY = (UNFETCHABLE,)
"""Reasons to hold a mail that could not be had whole."""
NEEDS_NUMBER = (Reason.NUMBER_LEGACY, Reason.NUMBER_TEMPORARY, Reason.NUMBER_MULTIPLE)
RELEASE = "release"
REFUSE = "refuse"

class Again(StrEnum):
    """What it means to give a held mail to the stages again."""

    FETCH = "fetch"
    """It is asked for at the mail server."""
    EFFECTS = "effects"
    """Its decision stays; what could not be done outside is tried again."""
    PUT_AWAY = "put_away"
    """Its decision stays and nothing is sent: it goes where it belongs."""
    DECIDE = "decide"
    """It is decided by the rules and records in force now."""


_INSTRUCTION = select(mails.c.instruction).where(mails.c.id == bindparam("mail"))
_MAY_HAVE_ARRIVED = (
    effects.c.kind == EffectKind.SEND, effects.c.state == "buried", effects.c.looked_at.is_not(None)
)


def instruction(tx: Connection, mail_id: int) -> Instruction | None:
    """What a person decided about this mail, if anybody did."""
    kept = tx.scalar(_INSTRUCTION, {"mail": mail_id})
    return Instruction(**kept) if kept else None


def instruct(tx: Connection, mail_id: int, now: datetime, given: Instruction) -> None:
    """Keep an instruction and have the mail decided again.

    Raises `Permanent` if the mail is not held, or held for what no instruction settles.
    """
    row = tx.execute(select(mails.c.state, mails.c.held_reason, mails.c.route).where(mails.c.id == mail_id)).first()
    if row is None:
        raise Permanent(f"there is no mail {mail_id}; `inboxd list --held` shows what is held")
    if row.state != "held":
        raise Permanent(f"mail {mail_id} is not held; `inboxd list --held` shows what is")
    at_register = row.held_reason == Reason.REGISTER_REFUSED
    if row.held_reason in (*HEADER_ONLY, EFFECT_FAILED, REPLY_CANCELLED) or (at_register and given.action == RELEASE):
        raise Permanent(f"mail {mail_id} is held for {row.held_reason}; `inboxd show {mail_id}` says what helps")
    if given.action == RELEASE and row.held_reason in NEEDS_NUMBER and not given.number:
        raise Permanent(f"mail {mail_id} has no number that is sure; look the application up and give --number")
    if row.route not in (Route.SUBMISSION, Route.UNVERIFIED):
        raise Permanent(f"mail {mail_id} is no document submission; answer it by hand, or `inboxd retry {mail_id}`")
    if at_register:
        _close_handing_in(tx, mail_id)
    kept = {name: getattr(given, name) for name in ("action", "actor", "number", "reason")}
    tx.execute(
        update(mails)
        .where(mails.c.id == mail_id)
        .values(instruction=kept, state="taken", attempts=0, next_try_at=now, held_reason="", held_detail="")
    )
    note(
        tx,
        f"{given.action}_ordered",
        now,
        mail_id=mail_id,
        actor=given.actor,
        number_given=bool(given.number),
        number=given.number,
        reason=given.reason,
    )


def again(reason: str) -> Again:
    """What `retry` does with a mail that is held for this reason."""
    if reason in HEADER_ONLY:
        return Again.FETCH
    if reason == REPLY_CANCELLED:
        return Again.PUT_AWAY
    return Again.EFFECTS if reason in (EFFECT_FAILED, Reason.REGISTER_REFUSED) else Again.DECIDE


def unconfirmed(tx: Connection, mail_id: int) -> list[int]:
    """Ids of the replies to a mail that were given up and may have arrived: no answer came, twice."""
    return list(tx.scalars(select(effects.c.id).where(effects.c.mail_id == mail_id, *_MAY_HAVE_ARRIVED)))


def retry(tx: Connection, mail_id: int, now: datetime, actor: str, *, send_again: bool = False) -> bool:
    """Give a held mail to the stages again: its decision, and its effects that were buried. False if not held.

    A reply of which nobody knows whether it arrived goes out once more if the person says so (`send_again`), and the
    journal says who; without that word, raises `Permanent`.
    A mail that is held for nothing but a buried or cancelled effect keeps its decision; what was cancelled stays so.
    One of which only the header is here is asked for again (`refetching`): without text and files it is not judged.
    """
    row = tx.execute(select(mails.c.state, mails.c.held_reason).where(mails.c.id == mail_id)).first()
    if row is None or row.state != "held":
        return False
    may_have_arrived = unconfirmed(tx, mail_id)
    if may_have_arrived and not send_again:
        raise Permanent(
            f"nobody knows whether the reply to mail {mail_id} arrived, and this sends it once more: ask the office, "
            f"then say so (`inboxd retry {mail_id} --send-again`, or tick it on the page of the mail)"
        )
    buried = effects.c.mail_id == mail_id, effects.c.state == "buried"
    for effect_id in may_have_arrived:
        note(tx, "send_repeated", now, mail_id=mail_id, actor=actor, effect=effect_id)
    # `looked_at` stays: where a person had it sent once more, we do not send it once more by ourselves
    revived = tx.execute(update(effects).where(*buried).values(state="due", attempts=0, due_at=now, data_at=None))
    _hand_in_again(tx, mail_id)
    means = again(row.held_reason)
    if means is Again.FETCH:
        tx.execute(update(mails).where(mails.c.id == mail_id).values(next_try_at=now, attempts=0))
    elif means in (Again.EFFECTS, Again.PUT_AWAY):
        tx.execute(update(mails).where(mails.c.id == mail_id).values(state="decided", held_reason="", held_detail=""))
        outbox.send_home(tx, mail_id, now)
        outbox.finish_mail(tx, mail_id, now)
    else:
        tx.execute(
            update(mails)
            .where(mails.c.id == mail_id)
            .values(state="taken", attempts=0, next_try_at=now, held_reason="", held_detail="")
        )
    note(tx, "retried", now, mail_id=mail_id, actor=actor, effects=revived.rowcount)
    return True


def _close_handing_in(tx: Connection, mail_id: int) -> None:
    """A person refused what the register had refused: it is not handed in any more."""
    wanted = effects.c.mail_id == mail_id, effects.c.kind == EffectKind.ATTACH, effects.c.state == "buried"
    tx.execute(update(effects).where(*wanted).values(state="done", answer="refused by a person"))


def _hand_in_again(tx: Connection, mail_id: int) -> None:
    """Documents that a register refused are on their way to it again."""
    wanted = effects.c.mail_id == mail_id, effects.c.kind == EffectKind.ATTACH, effects.c.state == "due"
    for payload in tx.scalars(select(effects.c.payload).where(*wanted)).all():
        this = filings.c.application_number == payload["number"], filings.c.digest == payload["digest"]
        tx.execute(update(filings).where(*this).values(state="due", answer=""))


def decisions_of(tx: Connection, mail_id: int) -> int:
    """How often a mail was decided."""
    return int(tx.execute(select(mails.c.decisions).where(mails.c.id == mail_id)).scalar_one())


def try_again_at(tx: Connection, mail_id: int, at: datetime) -> None:
    """A held mail that waits for another program is looked at again then."""
    tx.execute(update(mails).where(mails.c.id == mail_id).values(next_try_at=at))


def waiting_for(tx: Connection, reason: str, now: datetime, limit: int) -> list[int]:
    """Ids of mails held for this reason whose time to be tried again has come.

    Not of one with a reply that may have arrived: whether that is sent once more is a person's word.
    """
    wanted = mails.c.state == "held", mails.c.held_reason == reason, mails.c.next_try_at <= now
    doubtful = exists().where(effects.c.mail_id == mails.c.id, *_MAY_HAVE_ARRIVED)
    return list(tx.scalars(select(mails.c.id).where(*wanted, ~doubtful).order_by(mails.c.id).limit(limit)))


def header_only(tx: Connection, account: str, limit: int = 200) -> list[tuple[int, str]]:
    """(id, digest of what is here) of mails that the server did not give, the newest first."""
    wanted = mails.c.account == account, mails.c.state == "held", mails.c.held_reason == UNFETCHABLE
    found = select(mails.c.id, mails.c.digest).where(*wanted).order_by(mails.c.id.desc()).limit(limit)
    return [(row.id, row.digest) for row in tx.execute(found)]


def to_fetch_again(tx: Connection, account: str, now: datetime, limit: int) -> list[tuple[int, int]]:
    """(id, how often it was tried) of mails that the server did not give and may give now.

    Not of one that a person put elsewhere meanwhile: that person saw to it.
    """
    wanted = (
        mails.c.account == account,
        mails.c.state == "held",
        mails.c.held_reason == UNFETCHABLE,
        mails.c.place == Place.HELD,
        mails.c.next_try_at <= now,
    )
    found = select(mails.c.id, mails.c.attempts).where(*wanted).order_by(mails.c.next_try_at).limit(limit)
    return [(row.id, row.attempts) for row in tx.execute(found)]


def try_to_fetch(tx: Connection, mail_id: int, next_try_at: datetime) -> None:
    """Count a try before it is made, so that one that ends the process is not made again at once."""
    values = {"attempts": mails.c.attempts + 1, "next_try_at": next_try_at}
    tx.execute(update(mails).where(mails.c.id == mail_id).values(**values))


def fetched_whole(
    tx: Connection, mail_id: int, now: datetime, *, digest: str, size: int, outline: Sequence[Outlined] | None
) -> bool:
    """The server gave at last what was held by its header: the same mail, to be decided for the first time.

    False, and nothing changes, if it is not held for that. Where the whole mail came in another way meanwhile, this
    row is closed as the same message.
    """
    row = tx.execute(select(mails.c.state, mails.c.held_reason, mails.c.account).where(mails.c.id == mail_id)).first()
    if row is None or row.state != "held" or row.held_reason != UNFETCHABLE:
        return False
    other = tx.scalar(select(mails.c.id).where(mails.c.account == row.account, mails.c.digest == digest))
    told: dict[str, Any] = {"digest": digest, "size": size}
    if outline is not None:
        told["outline"] = [asdict(item) for item in outline]
    note(tx, "fetched_whole", now, mail_id=mail_id, **told)
    released = {"held_reason": "", "held_detail": "", "attempts": 0, "next_try_at": now}
    this = update(mails).where(mails.c.id == mail_id)
    if other is None:
        whole = {"digest": digest, "size": size, "outline": told.get("outline"), "state": "taken"}
        tx.execute(this.values(**released, **whole))
        return True
    same = {"state": "decided", "decisions": mails.c.decisions + 1, "route": Route.DUPLICATE, "rule": "fetched_whole"}
    because = f"the same message as mail {other}"
    tx.execute(this.values(**released, **same, because=because, place=Place.AUTOMATIC))
    outbox.add_moves(tx, mail_id, decisions_of(tx, mail_id), Place.AUTOMATIC, now)
    outbox.finish_mail(tx, mail_id, now)
    return True
