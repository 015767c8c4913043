"""Rows of mail that is purged: emptied of all that was said, with a tombstone in its place.

What is left are ids, digests, times, sizes, offices, and what was decided, so that counts, reports and the server's
copies are still understood. Nothing here removes a file: which no row needs any more stands in the tombstone, and is
removed after its commit (`purging`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, null, or_, select, update

from inboxd.chain import Entry
from inboxd.documents import FileOutcome
from inboxd.plan import EffectKind
from inboxd.store import reply_values, seals
from inboxd.store.journal import note
from inboxd.tables import (
    cases,
    effects,
    events,
    files,
    filings,
    mails,
    overrides,
    settlings,
    submissions,
    tombstones,
)

PURGED = "purged"
MAIL, DOCUMENTS, SENT = "mail", "documents", "sent"
"""Kinds of files, as the archive names them."""
TAKEN_OFF = "purged-"
"""Begins what stands in place of the number of a record that a document is no longer on."""
HARMLESS = frozenset(
    {
        "category", "previous", "state", "reply_by", "route", "rule", "place", "held", "kind", "how", "rules",
        "program", "manifest", "digest", "effect",
    }
)  # fmt: skip
"""Words of an entry's detail that reports count by, and that never hold what somebody wrote."""
_CODE = re.compile(r"[A-Za-z0-9_:.+-]{0,64}")
_NEEDED = (FileOutcome.ATTACHED, FileOutcome.CONFIRMED)

File = tuple[str, str]


def left_of(entry: Entry) -> dict[str, Any]:
    """What stays of an entry's detail when its mail is purged: codes, times and digests."""
    detail = entry.detail if isinstance(entry.detail, dict) else {}
    names = HARMLESS | ({"reason"} if entry.event == "held" else set())
    return {
        name: value
        for name, value in detail.items()
        if name in names and (isinstance(value, bool | int) or (isinstance(value, str) and _CODE.fullmatch(value)))
    }


def empty(
    tx: Connection, mail_ids: Collection[int], case_ids: Collection[int], now: datetime, *, actor: str, kept: str,
    last_used: datetime,
) -> list[File]:  # fmt: skip
    """Purge a group. Returns the files that no row needs any more. Raises `Permanent` if an entry is not sealed yet."""
    needed_no_more = _files_of(tx, mail_ids)
    _empty_mails(tx, mail_ids)
    _empty_cases(tx, mail_ids, case_ids)
    _empty_effects(tx, mail_ids)
    about = or_(events.c.mail_id.in_(mail_ids), events.c.case_id.in_(case_ids))
    told = tx.scalars(select(events.c.id).where(about, events.c.event != PURGED)).all()
    seals.erase(tx, told, now, actor=actor, why=PURGED, left_of=left_of)
    digests = {
        row.id: row.digest for row in tx.execute(select(mails.c.id, mails.c.digest).where(mails.c.id.in_(mail_ids)))
    }
    for mail_id in sorted(mail_ids):
        # the first tombstone of a group has its files: they are removed together
        listed = [list(file) for file in needed_no_more] if mail_id == min(mail_ids) else []
        row = {"mail_id": mail_id, "at": now, "actor": actor, "kept": kept, "last_used": last_used, "files": listed}
        tx.execute(tombstones.insert().values(**row))
        note(tx, PURGED, now, mail_id=mail_id, actor=actor, kept=kept, digest=digests[mail_id])
    return needed_no_more


def _files_of(tx: Connection, mail_ids: Collection[int]) -> list[File]:
    """Files that only these mails need; documents that others need stay on their record."""
    gone = select(tombstones.c.mail_id)
    found: list[File] = []
    ours = select(mails.c.digest).where(mails.c.id.in_(mail_ids))
    others = select(mails.c.digest).where(
        mails.c.digest.in_(ours), mails.c.id.not_in(mail_ids), mails.c.id.not_in(gone)
    )
    found += [(MAIL, digest) for digest in sorted({*tx.scalars(ours)} - {*tx.scalars(others)})]
    found += [(DOCUMENTS, digest) for digest in _documents_of(tx, mail_ids)]
    sent = select(effects.c.payload).where(effects.c.mail_id.in_(mail_ids), effects.c.kind == EffectKind.SEND)
    return found + [(SENT, digest) for digest in sorted({str(payload["digest"]) for payload in tx.scalars(sent)})]


def _documents_of(tx: Connection, mail_ids: Collection[int]) -> list[str]:
    gone = select(tombstones.c.mail_id)
    seen = select(files.c.digest).where(files.c.mail_id.in_(mail_ids), files.c.digest != "")
    ours = filings.c.mail_id.in_(mail_ids) | (filings.c.mail_id.in_(gone) & filings.c.digest.in_(seen))
    needed = set(
        tx.scalars(
            select(files.c.digest).where(
                files.c.digest.in_(select(filings.c.digest).where(ours)),
                files.c.outcome.in_(_NEEDED),
                files.c.mail_id.not_in(mail_ids),
                files.c.mail_id.not_in(gone),
            )
        )
    )
    taken_off = []
    for row in tx.execute(select(filings.c.id, filings.c.digest).where(ours)).all():
        if row.digest not in needed:
            values = {"application_number": f"{TAKEN_OFF}{row.id}", "answer": ""}
            tx.execute(update(filings).where(filings.c.id == row.id).values(**values))
            taken_off.append(row.digest)
    still = ~filings.c.application_number.startswith(TAKEN_OFF, autoescape=True)
    on_a_record = set(tx.scalars(select(filings.c.digest).where(filings.c.digest.in_(taken_off), still)))
    return sorted({*taken_off} - on_a_record)


def _empty_mails(tx: Connection, mail_ids: Collection[int]) -> None:
    tx.execute(
        update(mails)
        .where(mails.c.id.in_(mail_ids))
        .values(
            message_id="", content_digest="", thread="", sender="", subject="", because="", hits=[], excluded=[],
            dates=null(), held_detail="", defects=[], instruction=null(), outline=null(),
        )
    )  # fmt: skip
    tx.execute(
        update(files).where(files.c.mail_id.in_(mail_ids)).values(name="", safe_name="", declared_type="", finding="")
    )
    nothing = {"number": "", "also_said": null(), "consent": "", "links": null()}
    tx.execute(update(submissions).where(submissions.c.mail_id.in_(mail_ids)).values(**nothing))
    tx.execute(update(settlings).where(settlings.c.mail_id.in_(mail_ids)).values(number=""))


def _empty_cases(tx: Connection, mail_ids: Collection[int], case_ids: Collection[int]) -> None:
    for table, ids in ((mails, mail_ids), (cases, case_ids)):
        # who is on no roster is an office by address
        named = table.c.id.in_(ids), table.c.office.contains("@", autoescape=True)
        tx.execute(update(table).where(*named).values(office=""))
    tx.execute(update(cases).where(cases.c.id.in_(case_ids)).values(numbers=[]))
    corrected = or_(overrides.c.case_id.in_(case_ids), overrides.c.mail_id.in_(mail_ids))
    tx.execute(update(overrides).where(corrected).values(reason="", hits=[], opinion=null()))


def _empty_effects(tx: Connection, mail_ids: Collection[int]) -> None:
    """The Message-IDs stay: they are our own, and one that comes back is known by them."""
    wanted = select(effects.c.id, effects.c.key, effects.c.payload).where(effects.c.mail_id.in_(mail_ids))
    rows = tx.execute(wanted).all()
    reply_values.forget(tx, [row.key for row in rows])
    for row in rows:
        payload = {
            name: value for name, value in row.payload.items() if name in ("digest", "place", "sighting", "home")
        }
        values: dict[str, Any] = {"recipient": "", "thread": "", "answer": "", "last_error": "", "hold": None}
        if "@" in row.key or row.key.startswith(EffectKind.ATTACH):
            values["key"] = f"purged/{row.id}"
        tx.execute(update(effects).where(effects.c.id == row.id).values(payload=payload, **values))


def unfinished(tx: Connection) -> list[tuple[int, list[File]]]:
    """Tombstones whose files were not all removed, with these files: a purge died, or a copy came in again since."""
    rows = tx.execute(select(tombstones.c.mail_id, tombstones.c.files).where(tombstones.c.removed_at.is_(None)))
    return [(row.mail_id, [(kind, digest) for kind, digest in row.files]) for row in rows]


def mark_removed(tx: Connection, mail_ids: Iterable[int], now: datetime) -> None:
    """The files of these tombstones are gone."""
    tx.execute(update(tombstones).where(tombstones.c.mail_id.in_(list(mail_ids))).values(removed_at=now))


def removed_files(tx: Connection) -> Iterator[File]:
    """Every file that a purge removed, for copies of the archive elsewhere, and for what came in again since."""
    for listed in tx.scalars(select(tombstones.c.files).order_by(tombstones.c.mail_id)):
        yield from ((kind, digest) for kind, digest in listed)


def is_needed(tx: Connection, file: File) -> bool:
    """Whether a row that is not purged names this file (a sent one is named by its own mail alone)."""
    kind, digest = file
    if kind == MAIL:
        alive = mails.c.digest == digest, mails.c.id.not_in(select(tombstones.c.mail_id))
        return tx.scalar(select(mails.c.id).where(*alive).limit(1)) is not None
    if kind == DOCUMENTS:
        on = filings.c.digest == digest, ~filings.c.application_number.startswith(TAKEN_OFF, autoescape=True)
        return tx.scalar(select(filings.c.id).where(*on).limit(1)) is not None
    return False


def of_mail(tx: Connection, mail_id: int) -> dict[str, Any] | None:
    """The tombstone of a mail; None if it was not purged."""
    row = tx.execute(select(tombstones).where(tombstones.c.mail_id == mail_id)).mappings().first()
    return None if row is None else dict(row)
