"""Rows of the texts that were taken into use: who, when, why, each file's text, and the version of each notice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, text

from inboxd.store.journal import inserted_id, note
from inboxd.tables import template_sets, template_texts

TAKEN = "templates_taken"
"""The event of the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSet:
    """One row: the texts that were in force from `at` on."""

    set_id: int
    at: datetime
    actor: str
    how: str
    note: str
    version: str
    files: Mapping[str, tuple[str, bool]]
    """By place, such as `en/receipt.txt.j2`: digest of the text, whether it is the office's own."""
    notices: Mapping[str, str]
    """The version of each notice."""
    changed: tuple[str, ...]
    """Notices whose version is another than before."""
    report: Mapping[str, Any]


def lock(tx: Connection) -> None:
    """Until the end of this transaction nobody else takes texts into use. On SQLite every writer waits anyhow."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("LOCK TABLE template_sets IN SHARE ROW EXCLUSIVE MODE"))


def add(
    tx: Connection,
    now: datetime,
    *,
    actor: str,
    how: str,
    remark: str,
    version: str,
    texts: Mapping[str, str],
    own: frozenset[str],
    notices: Mapping[str, str],
    changed: Sequence[str],
    report: Mapping[str, Any],
) -> int:
    """Keep that these texts, by place, were taken into use; `own` are the office's own. Returns the set's id."""
    digests = {place: hashlib.sha256(written.encode("utf-8")).hexdigest() for place, written in texts.items()}
    there = set(tx.scalars(select(template_texts.c.digest).where(template_texts.c.digest.in_(digests.values()))))
    for place, digest in digests.items():
        if digest not in there:
            tx.execute(template_texts.insert().values(digest=digest, text=texts[place]))
            there.add(digest)
    last = newest(tx)
    inserted = tx.execute(
        template_sets.insert().values(
            at=now,
            actor=actor,
            how=how,
            note=remark,
            version=version,
            files={place: [digest, place in own] for place, digest in digests.items()},
            notices=dict(notices),
            changed=list(changed),
            report=dict(report),
        )
    )
    note(
        tx,
        TAKEN,
        now,
        actor=actor,
        how=how,
        previous=last.version if last else "",
        version=version,
        notices={name: notices[name] for name in changed},
        remark=remark,
    )
    return inserted_id(inserted)


def newest(tx: Connection) -> TemplateSet | None:
    """The texts in force; None if none were ever taken into use."""
    row = tx.execute(select(template_sets).order_by(template_sets.c.id.desc()).limit(1)).first()
    return None if row is None else _as_set(row)


def history(tx: Connection, notice: str = "", limit: int | None = None) -> list[TemplateSet]:
    """All sets, or those that changed a notice, newest first."""
    rows = tx.execute(select(template_sets).order_by(template_sets.c.id.desc()))
    found = [_as_set(row) for row in rows if not notice or notice in row.changed]
    return found[:limit]


def texts_of(tx: Connection, kept: TemplateSet) -> dict[str, str]:
    """The text of each of its files, by place."""
    digests = {digest for digest, _ in kept.files.values()}
    rows = tx.execute(select(template_texts).where(template_texts.c.digest.in_(digests)))
    texts = {row.digest: row.text for row in rows}
    return {place: texts[digest] for place, (digest, _) in kept.files.items()}


def _as_set(row: Row[Any]) -> TemplateSet:
    return TemplateSet(
        set_id=row.id,
        at=row.at,
        actor=row.actor,
        how=row.how,
        note=row.note,
        version=row.version,
        files={place: (digest, bool(own)) for place, (digest, own) in row.files.items()},
        notices=row.notices,
        changed=tuple(row.changed),
        report=row.report,
    )
