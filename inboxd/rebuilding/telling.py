"""Two journals about the same mail, where no old database is at hand: what each tells of a mail, in its order.

Entries of older versions say less; what either side does not say is not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from inboxd.chain import Entry
from inboxd.rebuilding.comparing import Difference, reason_of, same
from inboxd.rebuilding.sources import FromFile
from inboxd.store.seals import entry_of
from inboxd.tables import events

DECIDES = frozenset(
    {
        "taken", "seen_again", "decided", "held", "case_opened", "case_raised", "case_follow_up", "case_answered",
        "case_reopened", "case_closed", "case_paused", "case_resumed", "case_overridden", "timer_fired",
        "completes_submission", "supersedes_submission", "release_ordered", "refuse_ordered", "retried", "send_done",
        "attach_done", "move_done", "moved_by_person",
    }
)  # fmt: skip
NOT_COMPARED = ("effect", "rules", "program", "answer", "lies", "found")
"""Numbers of effects are given anew; the others say with what was decided, not what."""

Told = dict[tuple[int | None, int | None, str], list[Mapping[str, Any]]]


def _told(entries: Iterable[Entry]) -> Told:
    found: Told = defaultdict(list)
    for entry in entries:
        if entry.event in DECIDES and isinstance(entry.detail, Mapping) and "erased" not in entry.detail:
            if entry.mail_id is None and entry.case_id is None:
                continue  # what no mail caused
            found[entry.mail_id, entry.case_id, entry.event].append({"at": entry.at, **entry.detail})
    return found


def told_differently(
    source: FromFile, tx: Connection, problems: Iterable[tuple[int | None, str]], rules: str
) -> list[Difference]:
    """What the journal that was played tells and the one that the stages wrote does not, or otherwise."""
    reasons: dict[int, str] = {}
    for entry in source.entries():
        if entry.event == "decided" and entry.mail_id is not None and isinstance(entry.detail, Mapping):
            reasons |= reason_of(entry.mail_id, entry.detail, rules)
    old = _told(source.entries())
    new = _told(entry_of(row) for row in tx.execute(select(events).order_by(events.c.id)))
    found = [(mail_id, "journal", text, "-") for mail_id, text in problems]
    for key in sorted({*old, *new}, key=repr):
        mail_id, case_id, event = key
        name = event if case_id is None else f"{event} of case {case_id}"
        if len(old[key]) != len(new[key]):
            found.append((mail_id, name, f"{len(old[key])} times", f"{len(new[key])} times"))
            continue
        for was, now in zip(old[key], new[key], strict=True):
            found += [
                (mail_id, f"{name}, {word}", str(was[word]), str(now[word]))
                for word in was.keys() & now.keys() - {*NOT_COMPARED}
                if not _same(was[word], now[word])
            ]
    return [
        Difference(mail_id=mail_id, what=what, was=was, now=now, reason=reasons.get(mail_id or 0, ""))
        for mail_id, what, was, now in found
    ]


def _same(was: object, now: object) -> bool:
    """As for rows; a time in a detail is text."""
    if isinstance(was, str) and isinstance(now, str) and was != now:
        try:
            return same(datetime.fromisoformat(was), datetime.fromisoformat(now))
        except ValueError:
            return False
    return same(was, now)
