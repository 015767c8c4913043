"""Held: what waits for a person, by cause, the most pressing first; one mail at a time, or several of one cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from inboxd import holding
from inboxd.calendar import business_time
from inboxd.console import news
from inboxd.console.asking import Answer, Asked, GoTo, Page
from inboxd.console.desk import Desk
from inboxd.context import Context
from inboxd.documents import REFUSABLE, Instruction
from inboxd.errors import Permanent
from inboxd.plan import Route
from inboxd.store import held, reading

AT_ONCE = 50
"""Of a cause, or of all; the office time that each has waited is worked out anew for each page."""
DOCUMENTS = (Route.SUBMISSION, Route.UNVERIFIED)


def page(desk: Desk, asked: Asked) -> Answer:
    """The list, or that of one cause."""
    now, said = desk.now(), desk.said(asked.language)
    with desk.database.reading() as tx:
        rows = reading.list_held(tx)
    causes = Counter(row["held_reason"] for row in rows)
    wanted = asked.query.get("reason", "")
    shown = [row for row in rows if wanted in ("", row["held_reason"])]
    calendar = desk.context.rules.standards.calendar
    pages = max(1, -(-len(shown) // AT_ONCE))
    number = min(_number(asked.query.get("page", "")), pages)
    first = (number - 1) * AT_ONCE
    listed = shown[first : first + AT_ONCE]
    for row in listed:
        row["named"] = desk.named(row["office"], now)
        row["waits"] = said.span(*business_time(calendar, row["held_since"], now))
        row["late"] = row["filing_breach"] is not None and row["filing_breach"] <= now
    return Page(
        template="held.html.j2",
        values={
            "news": "/news/held",
            "seen": news.of_held(rows),
            "held": listed,
            "first": first + 1,
            "last": first + len(listed),
            "found": len(shown),
            "before": number - 1,
            "after": number + 1 if number < pages else 0,
            "causes": causes.most_common(),
            "total": len(rows),
            "reason": wanted if wanted in causes else "",
            "agains": sorted({held.again(row["held_reason"]) for row in listed}),
            "has_documents": any(row["route"] in DOCUMENTS for row in shown),
            "reasons": [str(reason) for reason in REFUSABLE],
        },
    )


def _number(text: str) -> int:
    """Which page is asked for; what is none is the first."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def retry(desk: Desk, asked: Asked) -> Answer:
    """The mails that were ticked are given to the stages again; not one whose reply may have arrived (see its page)."""

    def act(context: Context, mail_id: int) -> None:
        if not holding.retry(context, mail_id, asked.person.actor):
            raise Permanent(f"mail {mail_id} is not held")

    return _each(desk, asked, act, "retried_all")


def release(desk: Desk, asked: Asked) -> Answer:
    """The documents of the mails that were ticked are attached: this person vouches for each of them."""
    order = Instruction(action="release", actor=asked.person.actor)
    return _each(desk, asked, lambda context, mail_id: holding.instruct(context, mail_id, order), "released_all")


def refuse(desk: Desk, asked: Asked) -> Answer:
    """The documents of the mails that were ticked are refused, for one reason."""
    reason = asked.form.get("with", "")
    if reason not in set(REFUSABLE):
        raise Permanent("there is no such reason")
    order = Instruction(action="refuse", actor=asked.person.actor, reason=reason)
    return _each(desk, asked, lambda context, mail_id: holding.instruct(context, mail_id, order), "refused_all")


def _each(desk: Desk, asked: Asked, act: Callable[[Context, int], None], done: str) -> Answer:
    """Each in a transaction of its own: one that cannot be done keeps no other from it, and is named."""
    ids = [int(text) for text in dict.fromkeys(asked.chosen) if text.isascii() and text.isdigit() and len(text) < 12]
    if not ids:
        raise Permanent("nothing was ticked")
    if len(ids) > AT_ONCE:
        raise Permanent(f"at most {AT_ONCE} at once")
    refused: list[str] = []
    with desk.acting() as context:
        for mail_id in ids:
            try:
                act(context, mail_id)
            except Permanent as error:
                refused.append(str(error))
    if refused:
        values: Mapping[str, Any] = {"count": len(ids) - len(refused), "refused": refused}
        return Page(template="held_partly.html.j2", values=values, status=409)
    return GoTo(path=f"/held?done={done}")
