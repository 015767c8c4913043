"""Rows of mails: taking them, counting attempts, moving between states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from inboxd.documents import Outlined
from inboxd.mail import Fetched, Taken
from inboxd.store import floors
from inboxd.store.journal import inserted_id, note
from inboxd.tables import mails, marks, sightings

MAX_IN_LIST = 500

# what every mail needs is built once: building a statement costs more than carrying it out
_KNOWN = select(mails.c.id, mails.c.state, mails.c.place).where(
    mails.c.account == bindparam("whose"), mails.c.digest == bindparam("bytes")
)
_TAKE = mails.insert()
_SEE = sightings.insert()
_CLAIM = (
    update(mails)
    .where(
        mails.c.id == bindparam("mail"),
        mails.c.state == "taken",
        mails.c.next_try_at <= bindparam("now"),
        mails.c.attempts == bindparam("tried"),
        mails.c.decisions == bindparam("decided"),
    )
    .values(attempts=mails.c.attempts + 1, next_try_at=bindparam("lease_until"))
)


def unknown_uids(tx: Connection, account: str, folder: str, uidvalidity: int, uids: Iterable[int]) -> list[int]:
    """Those of `uids` that no sighting names, in ascending order."""
    wanted = sorted(set(uids))
    known: set[int] = set()
    for start in range(0, len(wanted), MAX_IN_LIST):
        piece = wanted[start : start + MAX_IN_LIST]
        known.update(
            tx.scalars(
                select(sightings.c.uid).where(
                    sightings.c.account == account,
                    sightings.c.folder == folder,
                    sightings.c.uidvalidity == uidvalidity,
                    sightings.c.uid.in_(piece),
                )
            )
        )
    return [uid for uid in wanted if uid not in known]


def take(
    tx: Connection, fetched: Fetched, digest: str, now: datetime, outline: Sequence[Outlined] | None = None
) -> tuple[int, bool]:
    """Record a message whose bytes are in the archive. Returns (mail id, whether it is new to us).

    Bytes that are known already get another sighting, no second mail. A known mail that was done or held and lies in
    the inbox again is moved to where its copy belongs. `outline`: only the mail's beginning is in the archive, and
    these are its files.
    """
    row = tx.execute(_KNOWN, {"whose": fetched.account, "bytes": digest}).first()
    if row is None:
        inserted = tx.execute(
            _TAKE,
            {
                **floors.own_id(tx),
                "account": fetched.account,
                "digest": digest,
                "size": fetched.size,
                "folder": fetched.folder,
                "arrived_at": fetched.arrived_at,
                "taken_at": now,
                "state": "taken",
                "next_try_at": now,
                "outline": None if outline is None else [asdict(item) for item in outline],
            },
        )
        mail_id = inserted_id(inserted)
    else:
        mail_id = row.id
    seen = tx.execute(
        _SEE,
        {
            "mail_id": mail_id,
            "account": fetched.account,
            "folder": fetched.folder,
            "uidvalidity": fetched.uidvalidity,
            "uid": fetched.uid,
            "seen_at": now,
            "folder_now": fetched.folder,
            "uidvalidity_now": fetched.uidvalidity,
            "uid_now": fetched.uid,
        },
    )
    # all that is needed to take it again out of the archive (`rebuilding`)
    met: dict[str, Any] = {
        "folder": fetched.folder,
        "uid": fetched.uid,
        "uidvalidity": fetched.uidvalidity,
        "sighting": inserted_id(seen),
        "account": fetched.account,
        "digest": digest,
        "size": fetched.size,
        "arrived_at": fetched.arrived_at.isoformat(),
    }
    if outline is not None:
        met["outline"] = [asdict(item) for item in outline]
    note(tx, "taken" if row is None else "seen_again", now, mail_id=mail_id, **met)
    return mail_id, row is None


def decided_place(tx: Connection, mail_id: int) -> tuple[int, str] | None:
    """(number of its last decision, place) of a mail that was decided; None if it still waits."""
    row = tx.execute(select(mails.c.decisions, mails.c.place, mails.c.state).where(mails.c.id == mail_id)).one()
    return None if row.state == "taken" else (row.decisions, row.place)


def due(tx: Connection, now: datetime, limit: int) -> list[Taken]:
    """Mails that wait to be decided, oldest first."""
    rows = tx.execute(
        select(mails).where(mails.c.state == "taken", mails.c.next_try_at <= now).order_by(mails.c.id).limit(limit)
    )
    return [as_taken(row) for row in rows]


def as_taken(row: Row[tuple[object, ...]]) -> Taken:
    """A row as a value."""
    return Taken(
        mail_id=row.id,
        digest=row.digest,
        size=row.size,
        account=row.account,
        folder=row.folder,
        arrived_at=row.arrived_at,
        attempts=row.attempts,
        decisions=row.decisions,
        outline=None if row.outline is None else tuple(Outlined(**item) for item in row.outline),
    )


def by_id(tx: Connection, mail_id: int) -> Taken | None:
    """One mail; None if there is none with this id."""
    row = tx.execute(select(mails).where(mails.c.id == mail_id)).first()
    return None if row is None else as_taken(row)


def by_digest(tx: Connection, account: str, digest: str) -> Taken | None:
    """The mail with these very bytes, if it is ours."""
    row = tx.execute(select(mails).where(mails.c.account == account, mails.c.digest == digest)).first()
    return None if row is None else as_taken(row)


def claim(tx: Connection, taken: Taken, now: datetime, lease_until: datetime) -> int | None:
    """Count an attempt before the work. Returns its number, or None if another process has the mail, or had it since.

    The lease keeps other processes away; after a crash the mail is due again when it ends.
    """
    known = {"mail": taken.mail_id, "tried": taken.attempts, "decided": taken.decisions}
    claimed = tx.execute(_CLAIM, {**known, "now": now, "lease_until": lease_until})
    return taken.attempts + 1 if claimed.rowcount == 1 else None


def put_back(tx: Connection, mail_id: int, again_at: datetime, *, counts: bool) -> None:
    """An attempt failed and another one is worth it. `counts` False: it was not the mail's fault."""
    attempts = mails.c.attempts if counts else mails.c.attempts - 1
    tx.execute(update(mails).where(mails.c.id == mail_id).values(next_try_at=again_at, attempts=attempts))


def release_claims(tx: Connection, now: datetime) -> None:
    """At the start of the only daemon on a database: what was in hand when it died is due now."""
    tx.execute(update(mails).where(mails.c.state == "taken", mails.c.next_try_at > now).values(next_try_at=now))


def accounts(tx: Connection) -> set[str]:
    """Every mailbox that was ever read into this database."""
    return set(tx.scalars(select(marks.c.account).distinct()))


def mark(tx: Connection, account: str, folder: str) -> tuple[int, int] | None:
    """(uidvalidity, next uid to read) of a folder; None if it was never read."""
    row = tx.execute(
        select(marks.c.uidvalidity, marks.c.next_uid).where(marks.c.account == account, marks.c.folder == folder)
    ).first()
    return None if row is None else (row.uidvalidity, row.next_uid)


def set_mark(tx: Connection, account: str, folder: str, uidvalidity: int, next_uid: int, now: datetime) -> None:
    """Remember how far a folder was read, and when."""
    values = {"uidvalidity": uidvalidity, "next_uid": next_uid, "reconciled_at": now}
    changed = tx.execute(update(marks).where(marks.c.account == account, marks.c.folder == folder).values(**values))
    if not changed.rowcount:
        tx.execute(marks.insert().values(account=account, folder=folder, **values))
