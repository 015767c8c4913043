"""What became of every letter of a storm, in words that a calm run of the same letters can be compared with.

Left out is what a storm may change: ids, references, times of work, how often something was tried. Deadlines,
categories, clocks, documents, replies and places are all in.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from inboxd.plan import INTERNAL_NOTICES
from inboxd.tables import case_mails, cases, effects, files, filings, mails, submissions, timers
from tests.chaos.scene import Scene

TOLD_OF_TROUBLE = frozenset({"alert", "incident", "incident_over", "digest"})
"""Internal notices that tell of the storm itself, or may come of it: a mail that was tried too often is held."""
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """By the key of each letter what became of it; and what the office's own people were told by the clocks."""

    letters: Mapping[str, Facts]
    notices: Counter[tuple[str, str]]
    """Template and recipient."""


def outcome(scene: Scene, *, clocks: bool = True) -> Outcome:
    """Read everything. `clocks` False: only when timers are due, not whether they rang or were stopped before."""
    with scene.reading() as tx:
        rows = {row.id: row for row in tx.execute(select(mails))}
        found: dict[int, dict[str, Any]] = {number: _mail(row) for number, row in rows.items()}
        opened = {row.id: row for row in tx.execute(select(cases))}
        for case in opened.values():  # by itself: one that no mail belongs to would be seen nowhere else
            found[case.mail_id]["opened"].append([case.category, case.state, str(case.reply_by), str(case.action_by)])
        for row in tx.execute(select(case_mails)):
            case = opened[row.case_id]
            found[row.mail_id]["cases"].append(
                [row.relation, case.category, case.state, str(case.reply_by), str(case.action_by)]
            )
        for row in tx.execute(select(timers)):
            of = row.mail_id if row.mail_id is not None else opened[row.case_id].mail_id
            found[of]["timers"].append([row.kind, str(row.due_at), *([row.state] if clocks else [])])
        for row in tx.execute(select(submissions).order_by(submissions.c.decision)):
            found[row.mail_id]["documents"] = [row.number, row.outcome, row.reasons, row.missing]
        newest: dict[int, int] = {}
        for row in tx.execute(select(files).where(files.c.outcome != "").order_by(files.c.decision)):
            if newest.setdefault(row.mail_id, row.decision) < row.decision:
                newest[row.mail_id] = row.decision
                found[row.mail_id]["files"] = []
            found[row.mail_id]["files"].append([row.path, row.digest, row.outcome, row.reason])
        for row in tx.execute(select(filings)):
            found[row.mail_id]["filings"].append([row.application_number, row.digest, row.state])
        notices: Counter[tuple[str, str]] = Counter()
        for row in tx.execute(select(effects).where(effects.c.kind == "send")):
            if row.template in INTERNAL_NOTICES:
                if row.template not in TOLD_OF_TROUBLE:
                    notices[row.template, row.recipient] += 1
            elif row.mail_id is not None:
                found[row.mail_id]["replies"].append([row.template, row.recipient, row.state])
    letters = {scene.keys.get(rows[number].digest, f"a mail nobody sent, {number}"): facts
               for number, facts in found.items()}
    return Outcome(letters=_sorted(letters), notices=notices)


def _mail(row: Any) -> dict[str, Any]:
    kept = ("state", "route", "rule", "place", "held_reason", "office", "language")
    facts: dict[str, Any] = defaultdict(list)
    facts |= {name: getattr(row, name) for name in kept}
    facts["arrived"] = str(row.arrived_at)
    return facts


def _sorted(letters: Mapping[str, Mapping[str, Any]]) -> dict[str, Facts]:
    return {
        key: {
            name: sorted(value, key=json.dumps) if isinstance(value, list) and name != "documents" else value
            for name, value in facts.items()
        }
        for key, facts in letters.items()
    }


def differences(wanted: Outcome, got: Outcome) -> Iterator[str]:
    """What came out differently, one line each, by the key of the letter."""
    for key in sorted({*wanted.letters, *got.letters}):
        mine, theirs = got.letters.get(key), wanted.letters.get(key)
        if mine is None or theirs is None:
            yield f"{key}: {'is not there' if mine is None else 'is there, and was not in the calm run'}"
            continue
        for name in sorted({*mine, *theirs}):
            if mine.get(name) != theirs.get(name):
                yield f"{key}: {name} is {mine.get(name)}, and was {theirs.get(name)} in the calm run"
    for notice in sorted({*wanted.notices, *got.notices}):
        if wanted.notices[notice] != got.notices[notice]:
            yield f"{notice[0]} was told {got.notices[notice]} times, {wanted.notices[notice]} in the calm run"
