"""Rows of criteria that were taken into use: who, when, from which version to which, and the text of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from inboxd.store.journal import inserted_id, note
from inboxd.tables import activations, criteria_texts


def add(
    tx: Connection,
    now: datetime,
    *,
    actor: str,
    remark: str,
    old_version: str,
    new_version: str,
    report: Mapping[str, Any],
) -> int:
    """Keep that criteria were taken into use. Returns the activation's id."""
    inserted = tx.execute(
        activations.insert().values(
            at=now, actor=actor, note=remark, old_version=old_version, new_version=new_version, report=dict(report)
        )
    )
    note(tx, "criteria_activated", now, actor=actor, previous=old_version, version=new_version, remark=remark)
    return inserted_id(inserted)


def keep_text(tx: Connection, version: str, text: str) -> None:
    """Keep the whole file of a version, once."""
    if tx.scalar(select(criteria_texts.c.version).where(criteria_texts.c.version == version)) is None:
        tx.execute(criteria_texts.insert().values(version=version, text=text))


def text_of(tx: Connection, version: str) -> str | None:
    """The file of a version; None if it was never in use here, or only before the first activation."""
    text: str | None = tx.scalar(select(criteria_texts.c.text).where(criteria_texts.c.version == version))
    return text


def versions_like(tx: Connection, beginning: str) -> list[str]:
    """Versions that begin so, of all whose text is kept."""
    wanted = select(criteria_texts.c.version).where(criteria_texts.c.version.startswith(beginning, autoescape=True))
    return list(tx.scalars(wanted.order_by(criteria_texts.c.version)))


def newest(tx: Connection, version: str = "") -> dict[str, Any] | None:
    """The last activation, or the last one of a version; None if there was none."""
    wanted = select(activations).order_by(activations.c.id.desc()).limit(1)
    if version:
        wanted = wanted.where(activations.c.new_version == version)
    row = tx.execute(wanted).mappings().first()
    return None if row is None else dict(row)


def history(tx: Connection) -> list[dict[str, Any]]:
    """All activations, newest first."""
    return [dict(row) for row in tx.execute(select(activations).order_by(activations.c.id.desc())).mappings()]
