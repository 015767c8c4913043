"""Two databases about the same mail: what was decided in each, mail by mail, and why it differs. Reads only.

Times are the same within `CLOSE`: inboxd looks at its clock several times while it does one thing. What people are told
(internal notices) is compared by whether it was sent, not by its words, which name the minute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, select

from inboxd import __version__
from inboxd.plan import INTERNAL_NOTICES
from inboxd.tables import (
    case_mails,
    cases,
    effects,
    events,
    filings,
    mails,
    overrides,
    pauses,
    seals,
    settlings,
    submissions,
    timers,
    tombstones,
)
from inboxd.tables import files as file_rows

CLOSE = timedelta(seconds=2)
WORDS = "the words of "
OF_MAIL = (
    "digest", "account", "folder", "size", "arrived_at", "state", "route", "rule", "place", "held_reason", "decisions",
    "office", "language", "message_id", "sender", "instruction",
)  # fmt: skip
RESTING = ("automatic", "bounce", "duplicate", "outsider")
"""Routes that depend on mail of before: what was sent, what came already."""
OF_CASE = (
    "category", "state", "office", "queue", "criteria", "numbers", "language", "high_profile", "received",
    "clock_start", "reply_by", "action_by", "answered_at",
)  # fmt: skip


@dataclass(slots=True)
class Story:
    """What was decided about one mail, by what it is called."""

    facts: dict[str, Any] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)
    """References of cases that it belongs to."""
    near: set[int] = field(default_factory=set)
    """Mails that it settled, or that settled it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not the same in the new database."""

    mail_id: int | None
    what: str
    was: str
    now: str
    reason: str
    """Why; empty: nobody knows."""

    @property
    def line(self) -> str:
        about = "no mail" if self.mail_id is None else f"mail {self.mail_id}"
        return f"{about}, {self.what}: was {self.was}, is {self.now} ({self.reason or 'NOT EXPLAINED'})"


def stories(tx: Connection) -> dict[int, Story]:
    """Every mail of a database."""
    found: dict[int, Story] = defaultdict(Story)
    for row in _rows(tx, mails):
        found[row["id"]].facts = {f"its {name}": row[name] for name in OF_MAIL}
    references, opened_by = {}, {}
    for row in _rows(tx, cases):
        references[row["id"]], opened_by[row["id"]] = row["reference"], row["mail_id"]
        for name in OF_CASE:
            found[row["mail_id"]].facts[f"case {row['reference']}, its {name}"] = row[name]
    for row in _rows(tx, case_mails):
        reference = references[row["case_id"]]
        found[row["mail_id"]].cases.add(reference)
        found[row["mail_id"]].facts[f"what it is to case {reference}"] = row["relation"]
    _documents(tx, found)
    for row in _rows(tx, timers):
        owner = found[row["mail_id"] if row["case_id"] is None else opened_by[row["case_id"]]]
        clock = f"case {references[row['case_id']]}" if row["case_id"] else "its documents"
        _one_more(owner, f"clock {row['kind']} of {clock}", (row["due_at"], row["state"]))
    for table, name, columns in (
        (pauses, "time in which it waited", ("began_at", "ended_at")),
        (overrides, "correction", ("from_category", "to_category", "actor", "how", "notified")),
    ):
        for row in _rows(tx, table):
            owner = found[opened_by[row["case_id"]]]
            _one_more(owner, f"{name} of case {references[row['case_id']]}", tuple(row[each] for each in columns))
    for row in _rows(tx, effects):
        if row["mail_id"] is None:
            continue
        words = None if row["template"] in INTERNAL_NOTICES else row["payload"].get("digest")
        name = f"{row['kind']} {row['template'] or row['payload'].get('place') or ''}".strip()
        found[row["mail_id"]].facts[f"{name} ({row['key']})"] = (row["state"], row["recipient"])
        if words:
            found[row["mail_id"]].facts[f"{WORDS}{name} ({row['key']})"] = (words, row["template_version"])
    return found


def _documents(tx: Connection, found: dict[int, Story]) -> None:
    for row in _rows(tx, submissions):
        said = tuple(row[name] for name in ("number", "outcome", "reasons", "verified_by", "missing"))
        found[row["mail_id"]].facts[f"submission as decided the {row['decision']}. time"] = said
    for row in _rows(tx, file_rows):
        name = f"file {row['path']} as decided the {row['decision']}. time"
        found[row["mail_id"]].facts[name] = (row["digest"], row["outcome"], row["reason"])
    for row in _rows(tx, filings):
        name = f"document {row['digest'][:12]} on {row['application_number']}"
        found[row["mail_id"]].facts[name] = (row["path"], row["state"])
    for row in _rows(tx, settlings):
        found[row["mail_id"]].facts[f"settled by mail {row['by_mail_id']}"] = (row["relation"], row["number"])
        found[row["mail_id"]].near.add(row["by_mail_id"])
        found[row["by_mail_id"]].near.add(row["mail_id"])


def _rows(tx: Connection, table: Table) -> Iterator[Mapping[str, Any]]:
    for row in tx.execute(select(table).order_by(table.c.id)).mappings():
        yield dict(row)


def _one_more(story: Story, name: str, value: object) -> None:
    story.facts.setdefault(name, [])
    story.facts[name] = sorted([*story.facts[name], value], key=repr)


def differences(
    old: Mapping[int, Story],
    new: Mapping[int, Story],
    problems: Iterable[tuple[int | None, str]],
    reasons: Mapping[int, str],
) -> list[Difference]:
    """Everything that differs, by mail. `reasons` are why a mail may have been decided otherwise now."""
    found: list[tuple[int | None, str, str, str]] = [(mail_id, "journal", text, "-") for mail_id, text in problems]
    for mail_id in sorted({*old, *new}):
        was, now = old.get(mail_id, Story()).facts, new.get(mail_id, Story()).facts
        if not was or not now:
            found.append((mail_id, "the mail", "there" if was else "not there", "there" if now else "not there"))
            continue
        for name in dict.fromkeys((*was, *now)):
            if not same(was.get(name), now.get(name)):
                found.append((mail_id, name, _shown(was.get(name)), _shown(now.get(name))))
    explained = _explained(old, new, reasons, {mail_id for mail_id, *_ in found if mail_id is not None})
    decided = {mail_id for mail_id, what, *_ in found if not what.startswith(WORDS)}
    return [
        Difference(
            mail_id=mail_id,
            what=what,
            was=was_so,
            now=is_so,
            reason=explained.get(mail_id or 0)
            or (_of_words(old, new, mail_id, what) if what.startswith(WORDS) and mail_id not in decided else ""),
        )
        for mail_id, what, was_so, is_so in found
    ]


def same(was: object, now: object) -> bool:
    """Equal, times within `CLOSE`."""
    if isinstance(was, datetime) and isinstance(now, datetime):
        return abs(was - now) <= CLOSE
    if isinstance(was, list | tuple) and isinstance(now, list | tuple):
        return len(was) == len(now) and all(same(left, right) for left, right in zip(was, now, strict=True))
    return was == now


def _explained(
    old: Mapping[int, Story], new: Mapping[int, Story], reasons: Mapping[int, str], differing: set[int]
) -> dict[int, str]:
    """The reason of each mail that differs: its own, else that it belongs together with one that has a reason."""
    explained = {mail_id: reasons[mail_id] for mail_id in differing if mail_id in reasons}
    of_case: dict[str, set[int]] = defaultdict(set)
    for side in (old, new):
        for mail_id, story in side.items():
            for reference in story.cases:
                of_case[reference].add(mail_id)
    waiting = sorted(explained)
    while waiting:
        mail_id = waiting.pop()
        for side in (old, new):
            story = side.get(mail_id, Story())
            near = story.near.union(*(of_case[reference] for reference in story.cases))
            for other in sorted((near & differing) - explained.keys()):
                explained[other] = f"follows from mail {mail_id}"
                waiting.append(other)
    return explained


def _of_words(old: Mapping[int, Story], new: Mapping[int, Story], mail_id: int | None, what: str) -> str:
    """Why a reply to the same decision says it in other words: neither templates nor what they show are rules."""
    versions = [side[mail_id or 0].facts.get(what, ("", ""))[1] for side in (old, new)]
    if versions[0] != versions[1]:
        return "the same decision; its template was changed since"
    return "the same decision; a setting that is shown in it was changed since"


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_shown(item) for item in value) + ")"
    return str(value) or "''"


def reasons_of(tx: Connection, rules: str) -> dict[int, str]:
    """Mails that were decided by other rules or another version of inboxd, or of which something was erased."""
    found: dict[int, str] = {}
    decided = select(events.c.mail_id, events.c.detail).where(events.c.event == "decided").order_by(events.c.id)
    for mail_id, detail in tx.execute(decided):
        found.update(reason_of(mail_id, detail, rules))
    erased = select(events.c.mail_id).join(seals, seals.c.event_id == events.c.id)
    for mail_id in tx.scalars(erased.where(seals.c.erased_by.is_not(None), events.c.mail_id.is_not(None))):
        found[mail_id] = "entries about it were erased"
    return found | _because_of_purges(tx)


def _because_of_purges(tx: Connection) -> dict[int, str]:
    """Mails that rested on others that were purged since: nobody can know any more what they would be."""
    gone = set(tx.scalars(select(tombstones.c.mail_id)))
    if not gone:
        return {}
    theirs = select(case_mails.c.case_id).where(case_mails.c.mail_id.in_(select(tombstones.c.mail_id)))
    resting = set(tx.scalars(select(case_mails.c.mail_id).where(case_mails.c.case_id.in_(theirs))))
    resting |= set(tx.scalars(select(mails.c.id).where(mails.c.route.in_(RESTING))))
    return dict.fromkeys(resting - gone, "what it rested on was purged, or may have been") | dict.fromkeys(
        gone, "it was purged: what it said is not known any more"
    )


def reason_of(mail_id: int, detail: Mapping[str, Any], rules: str) -> dict[int, str]:
    """Why a mail may be decided otherwise now, by what its entry `decided` says; nothing where nothing changed."""
    then, program = detail.get("rules", ""), detail.get("program", __version__)
    if then != rules:
        return {mail_id: f"decided by the rules {then[:12] or 'of then'}; those in force are {rules[:12]}"}
    if program != __version__:
        return {mail_id: f"decided by inboxd {program}; this is {__version__}"}
    return {}


def references(found: Mapping[int, Story]) -> Sequence[str]:
    """Every case's reference."""
    return sorted({reference for story in found.values() for reference in story.cases})
