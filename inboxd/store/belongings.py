"""Which mails and cases belong together, when each group was last used, and what keeps it from going. Reads only.

Mails belong together through their cases, where one settled the documents of another, and where one message came twice:
a group goes as a whole or not at all. It was last used when the newest entry of the journal about any of it was
written; that a mail was met again on the server is no use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from inboxd.store.seals import ERASED
from inboxd.tables import case_mails, cases, effects, events, mails, settlings, submissions, timers, tombstones

NO_USE = ("seen_again", "purged", "legal_hold_added", "legal_hold_ended", ERASED)
"""Entries that say that nobody used anything."""


@dataclass(slots=True, kw_only=True)
class Group:
    """Mails and cases that belong together."""

    mail_ids: tuple[int, ...]
    """Those that are not purged yet."""
    case_ids: tuple[int, ...]
    routes: frozenset[str]
    with_documents: bool
    queues: frozenset[str]
    categories: frozenset[str]
    last_used: datetime
    newest_entry: int
    keeps: str
    """Why it must not go, whatever its age; empty: nothing keeps it."""


@dataclass(slots=True)
class _Links:
    """Numbers that belong together, by following each to the first of its group."""

    first: dict[int, int] = field(default_factory=dict)

    def find(self, item: int) -> int:
        root = item
        while (above := self.first.setdefault(root, root)) != root:
            root = above
        while self.first[item] != root:
            self.first[item], item = root, self.first[item]
        return root

    def join(self, one: int, other: int) -> None:
        self.first[self.find(one)] = self.find(other)


def groups(tx: Connection) -> Iterator[Group]:
    """Every group of which something is left, in the order of its first mail."""
    links = _Links()
    purged = set(tx.scalars(select(tombstones.c.mail_id)))
    rows = {row.id: row for row in tx.execute(select(mails.c.id, mails.c.state, mails.c.route, mails.c.taken_at))}
    opened = tx.execute(select(cases.c.id, cases.c.mail_id, cases.c.state, cases.c.queue, cases.c.category)).all()
    links_of_cases = [(row.id, row.mail_id) for row in opened]
    links_of_cases += [(row.case_id, row.mail_id) for row in tx.execute(select(case_mails))]
    for case_id, mail_id in links_of_cases:
        links.join(-case_id, mail_id)  # cases are the numbers below nothing
    for row in tx.execute(select(settlings.c.mail_id, settlings.c.by_mail_id)):
        links.join(row.mail_id, row.by_mail_id)
    for one, other in _same_messages(tx):
        links.join(one, other)
    of_case = {row.id: row for row in opened}
    members: dict[int, list[int]] = defaultdict(list)
    for item in (*sorted(rows), *(-case_id for case_id in sorted(of_case))):
        members[links.find(item)].append(item)
    used, stopped, documents = _last_used(tx), _stopped(tx), set(tx.scalars(select(submissions.c.mail_id)))
    for group in members.values():
        mail_ids = tuple(item for item in group if item > 0 and item not in purged)
        case_ids = tuple(-item for item in group if item < 0)
        if not mail_ids:
            continue
        whys = [f"mail {item} is {rows[item].state}" for item in mail_ids if rows[item].state != "done"]
        open_cases = (of_case[case_id] for case_id in case_ids if of_case[case_id].state in ("open", "waiting"))
        whys += [f"case {row.id} is {row.state}" for row in open_cases]
        whys += [stopped[item] for item in group if item in stopped]
        lines = [used[item] for item in group if item in used]
        yield Group(
            mail_ids=mail_ids,
            case_ids=case_ids,
            routes=frozenset(rows[item].route for item in mail_ids),
            with_documents=any(item in documents for item in mail_ids),
            queues=frozenset(of_case[case_id].queue for case_id in case_ids),
            categories=frozenset(of_case[case_id].category for case_id in case_ids),
            last_used=max((*(at for at, _ in lines), *(rows[item].taken_at for item in mail_ids))),
            newest_entry=max((entry for _, entry in lines), default=0),
            keeps=next(iter(whys), ""),
        )


def _same_messages(tx: Connection) -> Iterator[tuple[int, int]]:
    """Mails with the first that has the same sender and Message-ID: one message that came twice."""
    named = mails.c.message_id != "", mails.c.sender != ""
    first = func.min(mails.c.id).over(partition_by=(mails.c.sender, mails.c.message_id)).label("first")
    for row in tx.execute(select(mails.c.id, first).where(*named)):
        if row.id != row.first:
            yield row.id, row.first


def _last_used(tx: Connection) -> dict[int, tuple[datetime, int]]:
    """Time and id of the newest entry about each mail, and about each case (below nothing)."""
    found: dict[int, tuple[datetime, int]] = {}
    for column, sign in ((events.c.mail_id, 1), (events.c.case_id, -1)):
        newest = select(column.label("item"), func.max(events.c.at).label("at"), func.max(events.c.id).label("entry"))
        wanted = newest.where(column.is_not(None), events.c.event.not_in(NO_USE)).group_by(column)
        for row in tx.execute(wanted):
            found[sign * row.item] = row.at, row.entry
    return found


def _stopped(tx: Connection) -> dict[int, str]:
    """Mails, and cases (below nothing), that have a timer that runs or an effect that is not at its end."""
    found: dict[int, str] = {}
    running = timers.c.state.in_(("set", "paused"))
    for row in tx.execute(select(timers.c.mail_id, timers.c.case_id).where(running)):
        if row.case_id is not None:
            found[-row.case_id] = f"a timer of case {row.case_id} runs"
        elif row.mail_id is not None:
            found[row.mail_id] = f"a timer of mail {row.mail_id} runs"
    unfinished = effects.c.mail_id.is_not(None), effects.c.state.not_in(("done", "cancelled"))
    for mail_id in tx.scalars(select(effects.c.mail_id).where(*unfinished)):
        found[mail_id] = f"something about mail {mail_id} is not sent or moved yet"
    return found


def newest_entry(tx: Connection, mail_ids: Iterable[int], case_ids: Iterable[int]) -> int:
    """The id of the newest entry about any of these: whether a group was used since it was looked at."""
    newest = 0
    for column, ids in ((events.c.mail_id, mail_ids), (events.c.case_id, case_ids)):
        wanted = select(func.max(events.c.id)).where(column.in_(list(ids)), events.c.event.not_in(NO_USE))
        newest = max(newest, tx.scalar(wanted) or 0)
    return newest
