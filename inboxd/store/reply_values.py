"""Rows of what late replies were made of: the latest of each notice, so that a changed text can be tried on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, delete, select

from inboxd.mail import Language
from inboxd.plan import Said, Value
from inboxd.tables import effects, reply_values

KEPT = 400
"""Of each notice. A trial takes the last 200, and passes over those made by an older version of inboxd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReply:
    """A reply that was written, with what it was made of."""

    key: str
    """Of its effect in the outbox."""
    mail_id: int | None
    """The mail that it answers; None for one that the office's own people got by itself."""
    template: str
    template_version: str
    digest: str
    """Of its bytes in the archive."""
    at: datetime
    said: Said


# what every reply needs is built once: building a statement costs more than carrying it out
_KEEP = reply_values.insert()
_OLDEST = (
    select(reply_values.c.key)
    .where(reply_values.c.template == bindparam("notice"))
    .order_by(reply_values.c.at.desc())
    .offset(bindparam("kept", type_=Integer))
    .limit(5)
    .with_for_update(skip_locked=True)  # another process may be at it
)


def keep(tx: Connection, key: str, template: str, said: Said, now: datetime) -> None:
    """Keep what a reply is made of, and forget the oldest ones of the same notice."""
    row = {
        "key": key,
        "template": template,
        "at": now,
        "language": said.language,
        "french_first": said.french_first,
        "values": {name: _written(value) for name, value in said.values.items()},
    }
    tx.execute(_KEEP, row)
    if too_old := tx.scalars(_OLDEST, {"notice": template, "kept": KEPT}).all():
        forget(tx, too_old)


def forget(tx: Connection, keys: Collection[str]) -> None:
    """These mails are purged."""
    tx.execute(delete(reply_values).where(reply_values.c.key.in_(keys)))


def latest(tx: Connection, template: str, names: frozenset[str], limit: int) -> list[PastReply]:
    """The last replies of a notice that were made of values with at least these names, newest first."""
    found = _read(tx, reply_values.c.template == template)
    return [reply for reply in found if names <= frozenset(reply.said.values)][:limit]


def of_mail(tx: Connection, mail_id: int, template: str) -> PastReply | None:
    """The last reply of this notice to a mail; None if there was none, or what it was made of is not kept any more."""
    found = _read(tx, (reply_values.c.template == template) & (effects.c.mail_id == mail_id))
    return found[0] if found else None


def _read(tx: Connection, condition: Any) -> list[PastReply]:
    rows = tx.execute(
        select(reply_values, effects.c.mail_id, effects.c.template_version, effects.c.payload)
        .join(effects, effects.c.key == reply_values.c.key)
        .where(condition)
        .order_by(reply_values.c.at.desc(), effects.c.id.desc())
    ).mappings()
    return [
        PastReply(
            key=row["key"],
            mail_id=row["mail_id"],
            template=row["template"],
            template_version=row["template_version"],
            digest=row["payload"]["digest"],
            at=row["at"],
            said=Said(
                language=Language(row["language"]),
                french_first=row["french_first"],
                values={name: _value(value) for name, value in row["values"].items()},
            ),
        )
        for row in rows
    ]


def _written(value: Value | Mapping[str, str | datetime]) -> Any:
    """A value as JSON: a time as a table with `at`, lists as lists, rows as tables."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, Mapping):
        return {name: _written(inner) for name, inner in value.items()}
    return [_written(inner) for inner in value] if isinstance(value, tuple) else value


def _value(written: Any) -> Any:
    """The same back. Only a time is a table by itself; in a list, a table is a row."""
    if isinstance(written, dict):
        return datetime.fromisoformat(written["at"])
    if isinstance(written, list):
        return tuple(_row(inner) if isinstance(inner, dict) else inner for inner in written)
    return written


def _row(written: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(inner) for name, inner in written.items()}
