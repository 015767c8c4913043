"""What drift counts: never hit, corrected, disagreements by month in the office's zone; n beside every share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inboxd.database import Database, open_engine
from inboxd.store import drift
from inboxd.store.journal import inserted_id
from inboxd.tables import cases, mails, overrides
from tests.servers import Postgres

ZONE = ZoneInfo("America/Toronto")
KINDS = {"CR-01": "critical", "UR-01": "urgent", "CX-01": "complex", "NM-01": "not_met", "HP-01": "flag"}
NOVEMBER = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)
_numbers = count(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = (
        f"sqlite:///{tmp_path}/inboxd.sqlite" if request.param == "sqlite"
        else request.getfixturevalue("cluster").create_database()
    )
    made = Database(open_engine(url))
    made.prepare()
    yield made
    made.close()


def hit(criterion: str, category: str, *, where: str = "new", case: str = "") -> dict[str, Any]:
    return {"criterion": criterion, "category": category, "words": "w", "where": where, "start": 0, "case": case}


def opinion(category: str, *, case: str = "") -> dict[str, Any]:
    return hit("second reader", category, where="opinion", case=case)


def case_of(database: Database, category: str, hits: list[dict[str, Any]], *, at: datetime = NOVEMBER,
            corrected: tuple[str, ...] = (), was: str = "") -> None:  # fmt: skip
    """A mail and its case; `corrected`: to what people put it, one after the other, from `was`."""
    number = next(_numbers)
    ids = [item["criterion"] for item in hits if item["category"] == (was or category) and item["where"] == "new"]
    with database.transaction() as tx:
        mail = mails.insert().values(
            account="main", digest=f"d{number}", size=1, folder="INBOX", arrived_at=at, taken_at=at, state="done",
            next_try_at=at, decisions=1, hits=hits, looked_for=["CX-01"],
        )  # fmt: skip
        mail_id = inserted_id(tx.execute(mail))
        case = cases.insert().values(
            reference=f"MC26-{number}", mail_id=mail_id, office="o1", queue="mcmps", category=category,
            high_profile=False, criteria=[] if corrected else ids, numbers=[], language="en", state="open", received=at,
            clock_start=at, reply_by=at, steps=[], calendar_version="1", opened_at=at,
        )  # fmt: skip
        case_id = inserted_id(tx.execute(case))
        previous = was
        for step, to in enumerate(corrected):
            tx.execute(overrides.insert().values(
                case_id=case_id, mail_id=mail_id, at=at + timedelta(hours=step), actor="person:kim", how="command",
                from_category=previous, to_category=to, reason="r", rules_version="v",
                criteria=ids if step == 0 else [],
                hits=[item for item in hits if item["where"] != "opinion"],
                opinion=next(({"category": item["category"], "words": "w"} for item in hits
                              if item["where"] == "opinion"), None),
            ))  # fmt: skip
            previous = to


def measured(database: Database, since: datetime = NOVEMBER - timedelta(days=30)) -> dict[str, Any]:
    with database.reading() as tx:
        return drift.measure(tx, KINDS, since=since, zone=ZONE)


def test_an_office_without_mail_has_no_shares(database: Database) -> None:
    found = measured(database)
    assert found["never_hit"] == list(KINDS)
    assert (found["mails"], found["cases"], found["corrected_criteria"], found["readers"]) == (0, 0, [], [])


def test_criteria_are_counted_by_the_cases_that_they_decided(database: Database) -> None:
    for _ in range(18):
        case_of(database, "urgent", [hit("UR-01", "urgent")])
    case_of(database, "complex", [hit("UR-01", "urgent")], was="urgent", corrected=("critical", "complex"))
    case_of(database, "not_met", [hit("UR-01", "urgent")], was="urgent", corrected=("not_met",))
    case_of(database, "urgent", [hit("CX-01", "complex")], was="complex", corrected=("urgent",))
    found = measured(database)
    urgent, complex_ = found["corrected_criteria"]
    assert urgent == {
        "criterion": "UR-01", "cases": 20, "corrected": 2, "share": 0.1, "few": False,
        "to": {"complex": 1, "not_met": 1},
    }
    assert (complex_["criterion"], complex_["cases"], complex_["few"]) == ("CX-01", 1, True)
    assert (found["corrected"], found["settled"], found["mails"]) == (3, 0, 21)
    assert found["never_hit"] == ["CR-01", "NM-01", "HP-01"]


def test_what_was_in_review_and_settled_is_no_correction(database: Database) -> None:
    case_of(database, "urgent", [hit("CX-01", "review")], was="review", corrected=("urgent",))
    found = measured(database)
    assert (found["corrected"], found["settled"], found["corrected_criteria"]) == (0, 1, [])


def test_disagreements_are_told_by_month_of_receipt_in_the_office_s_zone(database: Database) -> None:
    last_of_october = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)  # 22:00 on 31 October in Toronto
    case_of(database, "urgent", [hit("UR-01", "urgent"), opinion("urgent")], at=last_of_october)
    case_of(database, "urgent", [hit("UR-01", "urgent"), hit("NM-01", "not_met"), opinion("complex")])
    case_of(database, "not_met", [hit("HP-01", "not_met"), opinion("not_met")])  # a flag speaks for no category
    case_of(database, "urgent", [hit("UR-01", "urgent")])  # nobody else was asked
    found = measured(database)
    assert found["readers"] == [
        {"month": "2026-10", "n": 1, "disagree": 0, "share": 0.0, "few": True},
        {"month": "2026-11", "n": 1, "disagree": 1, "share": 1.0, "few": True},
    ]


def test_a_mail_with_several_cases_is_compared_case_by_case(database: Database) -> None:
    case_of(database, "urgent", [
        hit("UR-01", "urgent", case="A"), opinion("urgent", case="A"),
        hit("CX-01", "complex", case="B"), opinion("not_met", case="B"),
    ])  # fmt: skip
    month, = measured(database)["readers"]
    assert (month["n"], month["disagree"]) == (2, 1)


def test_people_are_compared_with_either_reader(database: Database) -> None:
    case_of(database, "complex", [hit("UR-01", "urgent"), opinion("complex")], was="urgent", corrected=("complex",))
    case_of(database, "review", [hit("UR-01", "urgent")], was="urgent", corrected=("review",))  # passed on, not decided
    found = measured(database)
    assert [(row["n"], row["disagree"]) for row in found["person_criteria"]] == [(1, 1)]
    assert [(row["n"], row["disagree"]) for row in found["person_reader"]] == [(1, 0)]


def test_only_the_time_asked_for_counts(database: Database) -> None:
    case_of(database, "urgent", [hit("UR-01", "urgent")], at=NOVEMBER - timedelta(days=40))
    assert measured(database)["mails"] == 0
    assert measured(database, NOVEMBER - timedelta(days=41))["mails"] == 1
