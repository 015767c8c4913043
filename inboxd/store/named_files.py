"""Which files of the archive rows name, however many: for `verify`, and for whoever fills an archive to measure it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Connection, Select, or_, select

from inboxd.store import purges
from inboxd.tables import effects, filings, mails, tombstones

T = TypeVar("T")

AT_ONCE = 1000
"""Rows that are fetched at once."""
BEGINNINGS = tuple(f"{first:02x}" for first in range(256))
"""Each digest begins with one of these, and so is the archive divided."""
_BYTES = 32


class Digests:
    """Digests (SHA-256) in 32 bytes each: a set of their texts would have 160, which is 500 MB of a million mails."""

    def __init__(self, digests: Iterable[str]) -> None:
        self._by_first = {beginning: bytearray() for beginning in BEGINNINGS}
        for digest in digests:
            self._by_first[digest[:2]] += bytes.fromhex(digest)

    def beginning(self, beginning: str) -> set[str]:
        """Those that begin so, which is one of `BEGINNINGS`."""
        held = bytes(self._by_first[beginning])
        return {held[at : at + _BYTES].hex() for at in range(0, len(held), _BYTES)}


def named(tx: Connection) -> tuple[Digests, Digests, Digests]:
    """Those that rows name and that were not purged: raw mails, attached documents, sent mails."""
    purged = select(tombstones.c.mail_id)
    of_us = effects.c.kind == "send", or_(effects.c.mail_id.is_(None), effects.c.mail_id.not_in(purged))
    attached = ~filings.c.application_number.startswith(purges.TAKEN_OFF, autoescape=True)
    return (
        Digests(_each(tx, select(mails.c.digest).where(mails.c.id.not_in(purged)))),
        Digests(_each(tx, select(filings.c.digest).where(attached))),
        Digests(payload["digest"] for payload in _each(tx, select(effects.c.payload).where(*of_us))),
    )


def _each(tx: Connection, wanted: Select[tuple[T]]) -> Iterable[T]:
    return tx.scalars(wanted.execution_options(yield_per=AT_ONCE))
