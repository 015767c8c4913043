"""How the criteria hold over time: never hit, often corrected by people, disagreements month by month. Reads only.

A share of few says little: each row carries its n, and says `few` below `FEW`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from inboxd.plan import Category
from inboxd.store.overrides import OPINION
from inboxd.tables import cases, mails, overrides

FEW = 20
"""With fewer, one case moves a share by five points and more."""
_DECIDES = ("critical", "urgent", "complex", "not_met")
"""Kinds of rows that speak for a category, the most pressing first."""
_ASIDE = ("passport", "flag", "person")


def measure(tx: Connection, kinds: Mapping[str, str], *, since: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The figures for mail and cases received from `since` (aware) on. `kinds`: id of each row in force to its kind."""
    read = [
        row
        for row in tx.execute(
            select(mails.c.id, mails.c.arrived_at, mails.c.hits, mails.c.looked_for).where(
                mails.c.arrived_at >= since, mails.c.decisions > 0
            )
        )
        if row.hits or row.looked_for
    ]
    hit = {item["criterion"] for row in read for item in row.hits}
    opened = tx.execute(
        select(cases.c.id, cases.c.received, cases.c.category, cases.c.criteria).where(cases.c.received >= since)
    ).all()
    corrections = _first_and_last(tx, [row.id for row in opened])
    readers = []
    for row in read:
        for hits in _by_case(row.hits):
            criteria, opinion = _by_criteria(hits, kinds), _by_reader(hits)
            if criteria is not None and opinion is not None:
                readers.append((_month(row.arrived_at, zone), criteria, opinion))
    received = {row.id: row.received for row in opened}
    person_criteria, person_reader = [], []
    for case_id, (first, last) in corrections.items():
        month, decided = _month(received[case_id], zone), last["to_category"]
        if decided == Category.REVIEW:
            continue  # a person who passes it on has not said what it is
        if (said := _by_criteria(first["hits"], kinds)) is not None:
            person_criteria.append((month, said, decided))
        if first["opinion"] is not None:
            person_reader.append((month, first["opinion"]["category"], decided))
    settled = sum(first["from_category"] == Category.REVIEW for first, _ in corrections.values())
    return {
        "mails": len(read),
        "cases": len(opened),
        "corrected": len(corrections) - settled,
        "settled": settled,
        "never_hit": [name for name in kinds if name not in hit],
        "corrected_criteria": _corrected(opened, corrections),
        "readers": _by_month(readers),
        "person_criteria": _by_month(person_criteria),
        "person_reader": _by_month(person_reader),
    }


def _first_and_last(tx: Connection, case_ids: Iterable[int]) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
    """Of each corrected case its first correction (the machine's word is in it) and its last (the person's)."""
    wanted = set(case_ids)
    found: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    for row in tx.execute(select(overrides).order_by(overrides.c.id)).mappings():
        if row["case_id"] in wanted:
            found[row["case_id"]] = (found.get(row["case_id"], (dict(row),))[0], dict(row))
    return found


def _corrected(
    opened: Iterable[Any], corrections: Mapping[int, tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """Criteria by how many of their cases people put elsewhere, most first. What was in review is no correction."""
    all_cases: Counter[str] = Counter()
    to: dict[str, Counter[str]] = defaultdict(Counter)
    for row in opened:
        first, last = corrections.get(row.id, (None, None))
        decided = first["from_category"] if first else row.category
        if decided == Category.REVIEW:
            continue
        for criterion in first["criteria"] if first else row.criteria:
            all_cases[criterion] += 1
            if first and last and last["to_category"] != first["from_category"]:
                to[criterion][last["to_category"]] += 1
    rows = [
        {
            "criterion": criterion,
            "cases": all_cases[criterion],
            "corrected": by_category.total(),
            "share": _share(by_category.total(), all_cases[criterion]),
            "few": all_cases[criterion] < FEW,
            "to": dict(by_category.most_common()),
        }
        for criterion, by_category in to.items()
    ]
    return sorted(rows, key=lambda row: (-int(str(row["corrected"])), str(row["criterion"])))


def _by_month(pairs: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """For each month how often two of three words differ."""
    counted: dict[str, Counter[bool]] = defaultdict(Counter)
    for month, one, other in pairs:
        counted[month][one != other] += 1
    return [
        {
            "month": month,
            "n": found.total(),
            "disagree": found[True],
            "share": _share(found[True], found.total()),
            "few": found.total() < FEW,
        }
        for month, found in sorted(counted.items())
    ]


def _by_case(hits: Iterable[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    """What was read for each of the cases of one mail."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for hit in hits:
        found[hit.get("case", "")].append(hit)
    return found.values()


def _by_criteria(hits: Iterable[Mapping[str, Any]], kinds: Mapping[str, str]) -> str | None:
    """The most pressing category that a criterion spoke for; None if none did."""
    said = {
        hit["category"] for hit in hits if hit["where"] != OPINION and kinds.get(hit["criterion"], "") not in _ASIDE
    }
    return next((category for category in _DECIDES if category in said), None)


def _by_reader(hits: Iterable[Mapping[str, Any]]) -> str | None:
    return next((str(hit["category"]) for hit in hits if hit["where"] == OPINION), None)


def _month(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m")


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
