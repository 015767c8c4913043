"""Rows of effects: what is to be done outside, and what came of it. A key is put in once, for ever."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from inboxd.plan import Category, Effect, EffectKind, OutgoingMail
from inboxd.store import reply_values
from inboxd.store.journal import note
from inboxd.tables import effects, mails, sightings

DIED = "inboxd ended before the server's answer was written down"

# what every effect needs is built once: building a statement costs more than carrying it out
_BY_KEY = select(effects.c.id).where(effects.c.key == bindparam("wanted"))
_ONCE: dict[str, Any] = {"index_elements": ("key",)}
_INSERT = {
    name: insert.inline().execution_options(preserve_rowcount=True)
    for name, insert in (
        ("sqlite", sqlite.insert(effects).on_conflict_do_nothing(**_ONCE)),
        ("postgresql", postgresql.insert(effects).on_conflict_do_nothing(**_ONCE)),
    )
}
_COPIES = select(sightings.c.id).where(sightings.c.mail_id == bindparam("mail"), sightings.c.uid_now > 0)
_COPIES_IN = _COPIES.where(sightings.c.folder_now == bindparam("folder"))
_WHERE = select(sightings.c.folder_now, sightings.c.uidvalidity_now, sightings.c.uid_now).where(
    sightings.c.id == bindparam("sighting")
)
_MOVED = (
    update(sightings)
    .where(sightings.c.id == bindparam("sighting"))
    .values(folder_now=bindparam("there"), uidvalidity_now=bindparam("validity"), uid_now=bindparam("number"))
)
_CLAIM = (
    update(effects)
    .where(
        effects.c.id == bindparam("effect"),
        effects.c.state == "due",
        effects.c.due_at <= bindparam("now"),
        effects.c.data_at.is_(None),
        effects.c.hold.is_(None),
    )
    .values(attempts=effects.c.attempts + 1, due_at=bindparam("lease_until"))
)
_DONE = (
    update(effects)
    .where(effects.c.id == bindparam("effect"))
    .values(state="done", done_at=bindparam("now"), answer=bindparam("said"), last_error="", data_at=None)
)
_FINISH = (
    update(mails)
    .where(
        mails.c.id == bindparam("mail"),
        mails.c.state == "decided",
        ~exists().where(effects.c.mail_id == bindparam("mail"), effects.c.state.not_in(("done", "cancelled"))),
    )
    .values(state="done", done_at=bindparam("now"))
)


def add(
    tx: Connection,
    key: str,
    kind: EffectKind,
    now: datetime,
    *,
    mail_id: int | None,
    payload: Mapping[str, str | int],
    **columns: str,
) -> bool:
    """Put an effect in. False if its key was put in before: it will not be done twice."""
    row = {
        "key": key,
        "kind": kind,
        "mail_id": mail_id,
        "state": "due",
        "due_at": now,
        "created_at": now,
        "payload": dict(payload),
        **columns,
    }
    return tx.execute(_INSERT[tx.dialect.name], row).rowcount == 1


def is_known(tx: Connection, key: str) -> bool:
    """Whether an effect with this key was put in before, whatever came of it."""
    return tx.scalar(_BY_KEY, {"wanted": key}) is not None


def known(tx: Connection, keys: Collection[str]) -> frozenset[str]:
    """Those of these keys that were put in before, whatever came of them."""
    return frozenset(tx.scalars(select(effects.c.key).where(effects.c.key.in_(keys))))


def add_mail(
    tx: Connection, key: str, mail: OutgoingMail, now: datetime, *, mail_id: int | None, digest: str, thread: str
) -> bool:
    """Put a rendered mail in, whose bytes are in the archive under `digest`."""
    added = add(
        tx,
        key,
        EffectKind.SEND,
        now,
        mail_id=mail_id,
        payload={"digest": digest, "sender": mail.sender, "subject": mail.subject},
        message_id=mail.message_id,
        recipient=mail.recipient,
        template=mail.template,
        template_version=mail.template_version,
        thread=thread,
    )
    if added and mail.said is not None:
        reply_values.keep(tx, key, mail.template, mail.said, now)
    return added


def add_moves(
    tx: Connection, mail_id: int, decision: int, place: str, now: datetime, *, only_in: str | None = None
) -> int:
    """One move for each copy of a mail whose place on the server is known. Returns how many.

    `only_in`: just for copies that lie in this folder now.
    """
    wanted, given = (_COPIES, {}) if only_in is None else (_COPIES_IN, {"folder": only_in})
    return sum(
        add(
            tx,
            f"move/{row.id}/{decision}",
            EffectKind.MOVE,
            now,
            mail_id=mail_id,
            payload={"sighting": row.id, "place": place},
        )
        for row in tx.execute(wanted, {"mail": mail_id, **given}).all()
    )


def as_effect(row: Row[tuple[object, ...]]) -> Effect:
    """A row as a value."""
    payload = dict(row.payload)
    if row.kind == EffectKind.SEND:
        payload |= {
            "message_id": row.message_id,
            "recipient": row.recipient,
            "template": row.template,
            "template_version": row.template_version,
        }
    return Effect(
        effect_id=row.id,
        key=row.key,
        kind=EffectKind(row.kind),
        mail_id=row.mail_id,
        payload=payload,
        attempts=row.attempts,
        due_at=row.due_at,
    )


def _ready(now: datetime) -> object:
    """A move waits until nothing else of its mail is due, and for its earlier moves: one mail lies in one place."""
    other = effects.alias("other")
    waiting = exists().where(
        other.c.mail_id == effects.c.mail_id,
        other.c.state == "due",
        or_(other.c.kind != EffectKind.MOVE, other.c.id < effects.c.id),
    )
    return and_(effects.c.state == "due", effects.c.due_at <= now, or_(effects.c.kind != EffectKind.MOVE, ~waiting))


def due(tx: Connection, kind: EffectKind, now: datetime, limit: int) -> list[Effect]:
    """Effects of one kind that can be carried out now, oldest first. Mails to be sent: `store.sending.ready`."""
    rows = tx.execute(
        select(effects)
        .where(_ready(now), effects.c.kind == kind)  # type: ignore[arg-type]  # a column condition
        .order_by(effects.c.id)
        .limit(limit)
    )
    return [as_effect(row) for row in rows]


def claim(tx: Connection, effect_id: int, now: datetime, lease_until: datetime) -> bool:
    """Count an attempt before the work. False if another process has the effect."""
    return tx.execute(_CLAIM, {"effect": effect_id, "now": now, "lease_until": lease_until}).rowcount == 1


def release_claims(tx: Connection, now: datetime, wait: timedelta = timedelta(0)) -> None:
    """At the start of the only daemon on a database: what was in hand when it died is due now.

    A mail whose text may have gone to the server is not: `wait` after that it is looked for (`store.sending`).
    """
    in_hand = effects.c.state == "due", effects.c.attempts > 0
    tx.execute(update(effects).where(*in_hand, effects.c.due_at > now, effects.c.data_at.is_(None)).values(due_at=now))
    wanted = effects.c.id, effects.c.mail_id, effects.c.data_at, effects.c.last_error
    for row in tx.execute(select(*wanted).where(*in_hand, effects.c.data_at.is_not(None))).all():
        # a clock that was set back since does not make it wait for hours
        values = {"due_at": min(row.data_at, now) + wait, "last_error": row.last_error or DIED}
        tx.execute(update(effects).where(effects.c.id == row.id).values(**values))
        if not row.last_error:
            note(tx, "send_unknown", now, mail_id=row.mail_id, effect=row.id, why=DIED)


def done(tx: Connection, effect: Effect, now: datetime, answer: str) -> None:
    """It was carried out; `answer` is what the server said."""
    tx.execute(_DONE, {"effect": effect.effect_id, "now": now, "said": answer})
    told: dict[str, Any] = {"effect": effect.effect_id, "key": effect.key, "answer": answer}
    if effect.kind is EffectKind.MOVE:
        told["lies"] = list(sighting(tx, int(effect.payload["sighting"])))
    else:
        told["digest"] = effect.payload["digest"]
    note(tx, f"{effect.kind}_done", now, mail_id=effect.mail_id, **told)


def failed(tx: Connection, effect: Effect, why: str, again_at: datetime) -> None:
    """It did not work and will be tried again."""
    tx.execute(
        update(effects).where(effects.c.id == effect.effect_id).values(due_at=again_at, last_error=why, data_at=None)
    )


def bury(tx: Connection, effect: Effect, now: datetime, why: str) -> None:
    """It will not be tried again by itself; its mail is held, so that a person sees it."""
    buried = tx.execute(
        update(effects)
        .where(effects.c.id == effect.effect_id, effects.c.state == "due")
        .values(state="buried", last_error=why)
    )
    if not buried.rowcount:  # a person cancelled it meanwhile
        return
    note(tx, f"{effect.kind}_buried", now, mail_id=effect.mail_id, effect=effect.effect_id, key=effect.key, why=why)
    if effect.mail_id is not None:
        hold_mail(tx, effect.mail_id, "REGISTER_REFUSED" if effect.kind is EffectKind.ATTACH else "EFFECT_FAILED", why)


def hold_mail(tx: Connection, mail_id: int, reason: str, why: str) -> None:
    """Hold a mail because of what became of an effect of it: it goes where people look. One held already stays so."""
    tx.execute(
        update(mails)
        .where(mails.c.id == mail_id, mails.c.state != "held")
        .values(state="held", held_reason=reason, held_detail=why, place="held")
    )
    waiting = tx.execute(
        select(effects.c.id, effects.c.payload).where(
            effects.c.mail_id == mail_id, effects.c.kind == EffectKind.MOVE, effects.c.state == "due"
        )
    )
    for row in waiting.all():
        home = row.payload.get("home", row.payload["place"])
        payload = {**row.payload, "place": "held", "home": home}
        tx.execute(update(effects).where(effects.c.id == row.id).values(payload=payload))


def send_home(tx: Connection, mail_id: int, now: datetime) -> None:
    """What was buried is tried again: the mail goes to the place that was decided, not to where the held ones lie."""
    moves = tx.execute(
        select(effects).where(effects.c.mail_id == mail_id, effects.c.kind == EffectKind.MOVE).order_by(effects.c.id)
    ).all()
    for row in moves:
        if "home" not in row.payload:
            continue
        payload = {"sighting": row.payload["sighting"], "place": row.payload["home"]}
        if row.state == "due":
            tx.execute(update(effects).where(effects.c.id == row.id).values(payload=payload))
        else:
            # its key tells of no id: `inboxd rebuild` gives effects new ones, and finds this one by its key
            add(tx, f"{row.key}/again", EffectKind.MOVE, now, mail_id=mail_id, payload=payload)
        tx.execute(update(mails).where(mails.c.id == mail_id).values(place=payload["place"]))


def move_again(tx: Connection, mail_id: int, place: str, now: datetime, *, why: str) -> int:
    """A decided mail belongs elsewhere now. Returns how many of its copies move; `why` makes the move's key its own.

    One that is held stays where people look, and goes to the new place when it is let go.
    """
    row = tx.execute(select(mails.c.state, mails.c.place).where(mails.c.id == mail_id)).one()
    if row.state == "held":
        _send_home_to(tx, mail_id, place)
        return 0
    if row.state == "taken" or row.place == place:
        return 0
    copies = tx.scalars(select(sightings.c.id).where(sightings.c.mail_id == mail_id, sightings.c.uid_now > 0)).all()
    for sighting_id in copies:
        payload = {"sighting": sighting_id, "place": place}
        add(tx, f"move/{sighting_id}/{why}", EffectKind.MOVE, now, mail_id=mail_id, payload=payload)
    state = {"state": "decided", "done_at": None} if row.state == "done" and copies else {}
    tx.execute(update(mails).where(mails.c.id == mail_id).values(place=place, **state))
    return len(copies)


def _send_home_to(tx: Connection, mail_id: int, place: str) -> None:
    of_mail = effects.c.mail_id == mail_id, effects.c.kind == EffectKind.MOVE
    for row in tx.execute(select(effects.c.id, effects.c.payload).where(*of_mail)).all():
        if row.payload.get("home") in tuple(Category):  # not where its documents belong
            tx.execute(update(effects).where(effects.c.id == row.id).values(payload={**row.payload, "home": place}))


def reopen_mail(tx: Connection, mail_id: int) -> None:
    """A mail that was done has something to be carried out again."""
    tx.execute(
        update(mails).where(mails.c.id == mail_id, mails.c.state == "done").values(state="decided", done_at=None)
    )


def finish_mail(tx: Connection, mail_id: int, now: datetime) -> bool:
    """Mark a decided mail done when none of its effects is open. True if it is done now."""
    return tx.execute(_FINISH, {"mail": mail_id, "now": now}).rowcount == 1


def has_due(tx: Connection, mail_id: int, kind: EffectKind) -> bool:
    """Whether an effect of this kind of a mail is not carried out yet."""
    wanted = effects.c.mail_id == mail_id, effects.c.kind == kind, effects.c.state == "due"
    return tx.scalar(select(effects.c.id).where(*wanted).limit(1)) is not None


def digests_to_send(tx: Connection) -> set[str]:
    """The bytes, by their digest, of every mail that is not sent yet."""
    due = effects.c.kind == EffectKind.SEND, effects.c.state == "due"
    return {str(payload["digest"]) for payload in tx.scalars(select(effects.c.payload).where(*due))}


def sighting(tx: Connection, sighting_id: int) -> tuple[str, int, int]:
    """(folder, uidvalidity, uid) where a copy lies now."""
    row = tx.execute(_WHERE, {"sighting": sighting_id}).one()
    return row.folder_now, row.uidvalidity_now, row.uid_now


def moved(tx: Connection, sighting_id: int, folder: str, uidvalidity: int, uid: int) -> None:
    """A copy lies elsewhere now; uid 0 if the server did not say which."""
    tx.execute(_MOVED, {"sighting": sighting_id, "there": folder, "validity": uidvalidity, "number": uid})
