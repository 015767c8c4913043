"""Today: what is due, in order, with time left and the reason. Filters are links; the list keeps itself current."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from inboxd.console.asking import Answer, Asked, Page
from inboxd.console.desk import Desk
from inboxd.plan import Category
from inboxd.store import desk as reads

AT_ONCE = 100
FILTERS = ("category", "office", "queue", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One case in the list."""

    reference: str
    category: str
    high_profile: bool
    office: str
    queue: str
    state: str
    reply_by: datetime
    action_by: datetime | None
    late: bool
    left: str
    why: str
    """What the mail that gave it its category was decided by."""
    corrected: str | None
    """The reason of the person who gave it its category."""
    named: str
    """The office as people know it."""


def page(desk: Desk, asked: Asked) -> Answer:
    """The page with its list."""
    return Page(template="today.html.j2", values=_values(desk, asked))


def fragment(desk: Desk, asked: Asked) -> Answer:
    """The list alone, as the page asks for it again and again."""
    return Page(template="today_list.html.j2", values=_values(desk, asked))


def _values(desk: Desk, asked: Asked) -> Mapping[str, Any]:
    now, said = desk.now(), desk.said(asked.language)
    chosen = {name: asked.query[name] for name in FILTERS if asked.query.get(name)}
    number = asked.query.get("page", "1")
    at_page = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    with desk.database.reading() as tx:
        rows, running = reads.due(tx, reads.Wanted(**chosen), skip=(at_page - 1) * AT_ONCE, limit=AT_ONCE + 1)
    due = []
    for row in rows[:AT_ONCE]:
        late, days, rest = desk.left(row["reply_by"], now)
        because = row.pop("because")
        due.append(Due(**row, late=late, left=said.span(days, rest), why=because, named=desk.named(row["office"], now)))
    return {
        "due": due,
        "running": running,
        "total": sum(running.values()),
        "categories": [str(category) for category in Category],
        "chosen": chosen,
        "with_filter": lambda **more: _address(chosen | more),
        "here": "/today/list" + _query(chosen | ({"page": str(at_page)} if at_page > 1 else {})),
        "page_before": _address(chosen | {"page": str(at_page - 1)}) if at_page > 1 else "",
        "page_after": _address(chosen | {"page": str(at_page + 1)}) if len(rows) > AT_ONCE else "",
        "now": now,
    }


def _address(chosen: Mapping[str, str]) -> str:
    return "/" + _query(chosen)


def _query(chosen: Mapping[str, str]) -> str:
    kept = {name: value for name, value in chosen.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
