"""A store that holds what years leave behind: copies of mails that inboxd itself took and decided, made by SQLite.

Each copy has all rows of its pattern (sightings, cases, timers, effects, journal, files), a minute older than the next,
and is of one of the mailbox's senders, in turn.
The newest cases are open and their timers set; all before are answered. What rows name lies in the archive, as empty
files, and the journal is sealed. Mails lie in none of our folders any more: somebody cleared them out.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table

from benchmarks.mixed_mailbox import OFFICES, STAFF
from inboxd import sealing
from inboxd.archive import KINDS
from inboxd.context import Context
from inboxd.store import named_files
from inboxd.tables import Moment, metadata

FIRST = 1_000
"""The id of the first copy; below it lie the patterns."""
_NAMES = ("key", "message_id", "thread", "reference")
"""Columns of words that are told apart by the copy's number."""
_DIGEST = "printf('%08x%016x%040x', (i * 2654435761) & 4294967295, {row}, i)"
"""As spread over the archive's folders as real ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was put in."""

    mails: int
    open_timers: int
    events: int


def fill(context: Context, file: Path, count: int, open_timers: int) -> Filled:
    """`count` copies of the mails that are there, in turn, in this file of the store. Nobody else works on it."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as db:
        for pragma in ("synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
            db.execute(f"PRAGMA {pragma}")
        patterns = [row[0] for row in db.execute("SELECT id FROM mails WHERE state = 'done' ORDER BY id")]
        timers_each = db.execute("SELECT count(*) FROM timers WHERE state = 'set'").fetchone()[0] / len(patterns)
        last = FIRST + count - 1
        first_open = last + 1 - min(count, round(open_timers / timers_each)) if timers_each else last + 1
        for table in metadata.sorted_tables:
            if {"mail_id", "by_mail_id"} & set(table.c.keys()) or table.name == "mails":
                _copies(db, table, patterns, (FIRST, last, first_open))
    _touch(context)
    sealing.seal(context)
    return told(file)


def told(file: Path) -> Filled:
    """What is in a store, whose file is brought in order, as it lies on a disk after a quiet night."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        counts = [db.execute(f"SELECT count(*) FROM {wanted}").fetchone()[0]
                  for wanted in ("mails", "timers WHERE state = 'set'", "events")]
    return Filled(mails=counts[0], open_timers=counts[1], events=counts[2])


def _copies(db: sqlite3.Connection, table: Table, patterns: list[int], span: tuple[int, int, int]) -> None:
    """Every row of each pattern, again and again."""
    first, last, first_open = span
    owner = "id" if table.name == "mails" else "mail_id"
    key, names = next(iter(table.primary_key)).name, [column.name for column in table.c]
    for place, pattern in enumerate(patterns):
        rows = db.execute(f"SELECT {key} FROM {table.name} WHERE {owner} = ?", (pattern,)).fetchall()
        for number, (row,) in enumerate(rows):
            wanted = {name: said for name in names if (said := _column(table, name, number, first_open))}
            db.execute(
                f"WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + ? FROM n WHERE i + ? <= ?),"
                f" p AS (SELECT * FROM {table.name} WHERE {key} = ?)"
                f" INSERT INTO {table.name} ({', '.join(_quoted(name) for name in wanted)})"
                f" SELECT {', '.join(wanted.values())} FROM n, p".replace("{last}", str(last)),
                (first + place, len(patterns), len(patterns), last, row),
            )


def _column(table: Table, name: str, number: int, first_open: int) -> str:
    """What a copy has in a column; empty where the database itself gives it."""
    column = f"p.{_quoted(name)}"
    if name == "id":
        return "i" if table.name in ("mails", "cases") else ""
    if name in ("mail_id", "case_id", "by_mail_id"):
        return f"iif({column} IS NULL, NULL, i)"
    if name in _NAMES:
        return f"iif({column} = '', '', {column} || '/' || i)"
    if (table.name, name) in (("mails", "sender"), ("effects", "recipient")):
        staff = f"printf('staff%d.b%d@parl.example', i / {OFFICES} % {STAFF}, i % {OFFICES})"  # `mixed_mailbox.address`
        return f"iif({column} LIKE 'staff%', {staff}, {column})"
    if name in ("digest", "content_digest"):
        return f"iif({column} IN ('', NULL), {column}, {_DIGEST.format(row=number)})"
    if (table.name, name) == ("effects", "payload"):
        sent = f"json_set({column}, '$.digest', {_DIGEST.format(row=number)})"
        return f"iif(json_extract({column}, '$.digest') IS NULL, {column}, {sent})"
    if table.name == "sightings" and name in ("uid", "uid_now", "folder_now"):
        return {"uid": "i + 1000000", "uid_now": "0", "folder_now": "''"}[name]
    is_open = f"i >= {first_open}"
    if name == "state" and table.name in ("timers", "cases"):
        was, became = ("set", "cancelled") if table.name == "timers" else ("open", "answered")
        return f"iif({column} = '{was}' AND NOT ({is_open}), '{became}', {column})"
    shifted = "strftime('%Y-%m-%d %H:%M:%f000', {0}, ({1}) || ' minutes')"
    if (table.name, name) == ("cases", "answered_at"):
        received = shifted.format("p.received", "i - {last}")
        return f"iif({column} IS NULL AND NOT ({is_open}), {received}, {column})"
    if isinstance(table.c[name].type, Moment):
        later = shifted.format(column, "{last} - i")
        earlier = shifted.format(column, "i - {last}")
        ahead = name in ("due_at", "reply_by", "action_by") and table.name in ("timers", "cases")
        return f"iif({is_open}, {later}, {earlier})" if ahead else earlier
    return column


def _quoted(name: str) -> str:
    return f'"{name}"'


def _touch(context: Context) -> None:
    """An empty file for each that a row names."""
    with context.database.reading() as tx:
        named = dict(zip(KINDS, named_files.named(tx), strict=True))
    for kind, digests in named.items():
        for beginning in named_files.BEGINNINGS:
            folder = context.archive.root / kind / beginning
            if wanted := digests.beginning(beginning):
                folder.mkdir(mode=0o700, exist_ok=True)
            for digest in wanted - set(context.archive.digests(kind, beginning)):
                (folder / digest).touch(mode=0o400)
