"""The figures of a report, worked out by hand for a small office: who answered in time, and why others did not.

Times are those of Toronto, hours 07:00 to 19:00; Wednesday 11 November 2026 is a holiday.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd.database import Database, open_engine
from inboxd.reporting import Period, Report, make
from inboxd.reporting.history import history_of
from inboxd.reporting.plain import document
from inboxd.settings import Settings, read_settings
from inboxd.store import reported
from inboxd.triage.roster import Roster, read_roster
from tests.office import Server, write_office
from tests.servers import Postgres
from tests.unit.reported_office import STANDARDS, Desk, at

NOVEMBER = Period(first=date(2026, 11, 1), last=date(2026, 11, 30))
NOW = at("2026-11-18 09:00")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Roster]:
    root = tmp_path_factory.mktemp("office")
    config = write_office(root, imap=Server(port=1, username="u", password="p"), smtp=Server(port=2))
    return read_settings(config), read_roster(root / "roster.csv")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(open_engine(f"sqlite:///{tmp_path}/inboxd.sqlite"))
    made.prepare()
    yield made
    made.close()


@pytest.fixture(scope="module")
def in_memory() -> Iterator[Database]:
    made = Database(open_engine("sqlite://"))
    made.prepare()
    yield made
    made.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def made(desk: Desk, office: tuple[Settings, Roster], *, as_of: datetime = NOW, period: Period = NOVEMBER) -> Report:
    rules, roster = office
    return make(desk.database, rules, STANDARDS, roster, period, as_of=as_of)


def figures(report: Report, table: str, counted: str = "") -> dict[str, int]:
    """Code to figure, without what is nothing."""
    found = report.tables[table]
    column = found.counted.index(counted) if counted else 0
    return {line.code: line.counts[column].value for line in found.lines if line.counts[column].value}


def numbers(report: Report, table: str, code: str) -> tuple[float | None, ...]:
    return next(line.numbers for line in report.tables[table].lines if line.code == code)


def case_of(report: Report, listing: str, reference: str) -> dict[str, Any]:
    entries = report.listings[listing].entries
    assert entries is not None
    return dict(next(entry.cells for entry in entries if entry.name == reference))


def worked(desk: Desk) -> dict[str, str]:
    """Twelve cases; their references by what became of them."""
    told: dict[str, str] = {}

    def case(name: str, arrived: str, category: str, **more: Any) -> int:
        case_id, told[name] = desk.case(at(arrived), category, **more)
        return case_id

    desk.answer(case("in time", "2026-11-09 10:00", "urgent"), at("2026-11-10 09:00"))
    desk.answer(case("late", "2026-11-09 10:00", "urgent"), at("2026-11-12 12:30"))
    case("never", "2026-11-13 16:00", "critical")
    case("open", "2026-11-17 09:00", "complex")
    desk.pause(case("waiting", "2026-11-12 08:00", "complex"), at("2026-11-12 10:00"))
    paused = case("waited", "2026-11-12 08:00", "complex")
    desk.pause(paused, at("2026-11-12 10:00"))
    desk.resume(paused, at("2026-11-12 14:00"))
    desk.answer(paused, at("2026-11-16 11:00"))
    desk.close(case("closed", "2026-11-09 10:00", "urgent"), at("2026-11-10 10:00"))
    case("notice", "2026-11-09 10:00", "not_met")
    unclear = case("unclear", "2026-11-02 10:00", "review")
    desk.correct(unclear, at("2026-11-03 11:00"), "critical")
    desk.answer(unclear, at("2026-11-03 13:00"))
    slept = desk.mail(at("2026-11-02 08:00"), taken=at("2026-11-03 07:30"), decided=at("2026-11-03 07:31"))
    desk.answer(case("slept", "2026-11-02 08:00", "critical", mail_id=slept, now=at("2026-11-03 07:31")),
                at("2026-11-03 10:00"))  # fmt: skip
    raised = case("raised", "2026-11-02 09:00", "complex")
    desk.follow_up(raised, at("2026-11-03 09:00"), "critical")
    desk.answer(raised, at("2026-11-04 10:00"))
    desk.return_notice(case("returned", "2026-11-02 10:00", "not_met"), at("2026-11-02 11:00"))
    desk.case(at("2026-10-31 23:30"), "urgent")
    return told


def test_answers_on_time_are_counted_against_what_was_due(desk: Desk, office: tuple[Settings, Roster]) -> None:
    worked(desk)
    report = made(desk, office)
    assert figures(report, "categories") == {"critical": 4, "urgent": 3, "complex": 3, "not_met": 2, "total": 12}
    assert figures(report, "standing", "on_time") == {"urgent": 1, "complex": 1, "total": 2, "not_met": 1}
    assert figures(report, "standing", "breach") == {"urgent": 1, "critical": 4, "total": 5, "not_met": 1}
    assert figures(report, "standing", "open") == {"complex": 1, "total": 1}
    assert figures(report, "standing", "waiting") == {"complex": 1, "total": 1}
    assert figures(report, "standing", "closed") == {"urgent": 1, "total": 1}
    assert numbers(report, "standing", "total") == (2 / 7,)
    assert numbers(report, "standing", "review") == (None,)


def test_time_to_answer_is_told_in_hours_and_in_office_hours(desk: Desk, office: tuple[Settings, Roster]) -> None:
    worked(desk)
    report = made(desk, office)
    assert numbers(report, "times", "urgent") == pytest.approx((48.75, 74.5, 18.75, 26.5))
    assert numbers(report, "times", "complex") == pytest.approx((99, 99, 23, 23)), "four hours it waited for the office"
    assert figures(report, "times") == {"critical": 3, "urgent": 2, "complex": 1, "total": 6, "not_met": 1}
    assert numbers(report, "times", "total") == pytest.approx((26.5, 99, 14.5, 26.5))


def test_each_breach_is_counted_once_with_its_cause(desk: Desk, office: tuple[Settings, Roster]) -> None:
    told = worked(desk)
    report = made(desk, office)
    assert figures(report, "causes") == {
        "no_answer": 2, "taken_late": 1, "undecided": 1, "raised": 1, "returned": 1, "total": 6,
    }  # fmt: skip
    assert figures(report, "outcomes") == {"answered_late": 4, "not_answered": 2}
    late = case_of(report, "causes-no_answer", told["late"])
    assert (late["late_hours"], late["late_office_hours"], late["answered"]) == (2.5, 2.5, at("2026-11-12 12:30"))
    never = case_of(report, "causes-no_answer", told["never"])
    assert (never["late_hours"], never["late_office_hours"], never["answered"]) == (41, 17, None)
    assert case_of(report, "causes-taken_late", told["slept"])["also"] == ""
    assert case_of(report, "causes-raised", told["raised"])["hours"] == 25, "from the message that raised it"
    assert report.listings["causes-undecided"].names == [told["unclear"]]
    assert report.listings["causes-returned"].names == [told["returned"]]


def test_a_delay_explains_a_breach_only_if_it_was_as_long(desk: Desk, office: tuple[Settings, Roster]) -> None:
    """Taken eleven and a half office hours late, answered twenty late: nobody answered in time, and it says both."""
    slept = desk.mail(at("2026-11-02 08:00"), taken=at("2026-11-03 07:30"))
    case_id, reference = desk.case(at("2026-11-02 08:00"), "critical", mail_id=slept, now=at("2026-11-03 07:31"))
    desk.answer(case_id, at("2026-11-04 16:00"))
    report = made(desk, office)
    assert figures(report, "causes") == {"no_answer": 1, "total": 1}
    assert case_of(report, "causes-no_answer", reference)["also"] == "taken_late"


def test_what_could_be_seen_only_when_it_was_due_is_nobodys_late_answer(
    desk: Desk, office: tuple[Settings, Roster]
) -> None:
    held = desk.mail(at("2026-11-02 08:00"), "enquiry", held="SENDER_UNVERIFIED")
    desk.decide(held, at("2026-11-04 09:00"), "enquiry")
    desk.case(at("2026-11-02 08:00"), "critical", mail_id=held, now=at("2026-11-04 09:00"))
    slow = desk.mail(at("2026-11-02 08:00"), decided=at("2026-11-03 12:00"))
    desk.case(at("2026-11-02 08:00"), "critical", mail_id=slow, now=at("2026-11-03 12:00"))
    report = made(desk, office)
    assert figures(report, "causes") == {"held_first": 1, "decided_late": 1, "total": 2}


def test_what_was_kept_and_opened_again_is_told_from_what_was_not(desk: Desk, office: tuple[Settings, Roster]) -> None:
    again, _ = desk.case(at("2026-11-02 08:00"), "critical")
    desk.close(again, at("2026-11-02 12:00"))
    desk.reopen(again, at("2026-11-03 07:30"))
    late, _ = desk.case(at("2026-11-02 08:00"), "critical")
    desk.close(late, at("2026-11-04 12:00"))
    sooner, _ = desk.case(at("2026-11-02 08:00"), "urgent")
    desk.correct(sooner, at("2026-11-03 10:00"), "critical")
    waited, _ = desk.case(at("2026-11-02 08:00"), "critical")
    desk.pause(waited, at("2026-11-02 09:00"))
    desk.resume(waited, at("2026-11-02 10:00"))
    report = made(desk, office)
    assert figures(report, "causes") == {"reopened": 1, "no_answer": 1, "corrected": 1, "waited": 1, "total": 4}
    assert figures(report, "outcomes") == {"closed_late": 1, "not_answered": 3}
    assert figures(report, "corrections") == {"urgent_to_critical": 1, "total": 1}


def test_a_promise_that_was_missed_before_a_later_mail_stays_missed(
    desk: Desk, office: tuple[Settings, Roster]
) -> None:
    case_id, reference = desk.case(at("2026-11-02 08:00"), "complex")
    desk.follow_up(case_id, at("2026-11-05 08:00"), "critical")
    desk.answer(case_id, at("2026-11-05 09:00"))
    report = made(desk, office)
    assert figures(report, "standing", "breach") == {"critical": 1, "total": 1}
    found = case_of(report, "causes-no_answer", reference)
    assert (found["standing"], found["reply_by"], found["late_office_hours"]) == (
        "not_answered", at("2026-11-04 08:00"), 12)  # fmt: skip
    assert found["hours"] == 1


def test_an_answer_while_it_waits_for_the_office_is_in_time(desk: Desk, office: tuple[Settings, Roster]) -> None:
    case_id, _ = desk.case(at("2026-11-02 08:00"), "critical")
    desk.pause(case_id, at("2026-11-02 18:00"))
    desk.answer(case_id, at("2026-11-05 08:00"))
    overdue, _ = desk.case(at("2026-11-02 08:00"), "critical")
    desk.pause(overdue, at("2026-11-03 09:00"))
    report = made(desk, office)
    assert figures(report, "standing", "on_time") == {"critical": 1, "total": 1}
    assert figures(report, "standing", "breach") == {"critical": 1, "total": 1}, "late before it waited"
    assert numbers(report, "times", "critical") == pytest.approx((72, 72, 10, 10))


def test_the_ministers_office_has_its_own_lines(desk: Desk, office: tuple[Settings, Roster]) -> None:
    case_id, _ = desk.case(at("2026-11-02 08:00"), "not_met", queue="mil")
    desk.answer(case_id, at("2026-11-02 09:00"))
    report = made(desk, office)
    assert figures(report, "standing", "on_time") == {"mil_not_met": 1, "total": 1}
    assert figures(report, "routes") == {"minister": 1, "total": 1}


def test_volumes_are_of_what_reached_the_inbox(desk: Desk, office: tuple[Settings, Roster]) -> None:
    desk.mail(at("2026-11-01 00:00"), "follow_up", language="fr", sender="bureau.lachaine@parl.example")
    desk.mail(at("2026-11-30 23:59"), "enquiry", sender="someone@elsewhere.example")
    desk.mail(at("2026-10-31 23:59"), "enquiry")
    desk.mail(at("2026-12-01 00:00"), "enquiry")
    desk.mail(at("2026-11-02 10:00"), "automatic")
    desk.mail(at("2026-11-02 10:00"), "answer", folder="Sent")
    desk.mail(at("2026-11-02 10:00"), "canary")  # from inboxd to itself: nobody's mail
    desk.mail(at("2026-11-02 10:00"), "")
    report = made(desk, office, as_of=at("2026-12-15 12:00"))
    assert figures(report, "routes") == {"automatic": 1, "follow_up": 1, "enquiry": 1, "undecided": 1, "total": 4}
    assert figures(report, "days") == {"2026-11-01": 1, "2026-11-02": 2, "2026-11-30": 1}
    assert figures(report, "mail_languages") == {"fr": 1, "en": 1}
    assert figures(report, "office_languages") == {"fr": 1, "not_on_roster": 1}
    assert figures(report, "provinces") == {"QC": 1, "not_on_roster": 1}
    assert (report.month, report.is_over) == ("2026-11", True)


def test_documents_are_counted_by_outcome_reason_and_time_to_filing(
    desk: Desk, office: tuple[Settings, Roster]
) -> None:
    desk.submission(at("2026-11-09 10:00"), "accept", outcomes=("attached", "attached"))
    hold = {"reasons": ("CONSENT_MISSING",), "outcomes": ("held",), "held": "CONSENT_MISSING"}
    freed = desk.submission(at("2026-11-09 10:00"), "hold", **hold)  # type: ignore[arg-type]  # words of one call
    desk.submission(at("2026-11-09 10:00"), "accept", mail_id=freed, now=at("2026-11-12 11:00"))
    desk.submission(at("2026-11-02 10:00"), "hold", **hold)  # type: ignore[arg-type]  # words of one call
    desk.submission(at("2026-11-16 10:00"), "hold", **hold)  # type: ignore[arg-type]  # words of one call
    desk.submission(at("2026-11-09 10:00"), "fail", reasons=("NUMBER_UNKNOWN",), outcomes=("refused",))
    desk.submission(at("2026-11-09 10:00"), "partial", reasons=("ENCRYPTED",), outcomes=("attached", "refused"))
    desk.submission(at("2026-11-09 10:00"), "accept", outcomes=("confirmed", "ignored"))
    slow = desk.submission(at("2026-11-02 10:00"), "accept", outcomes=("attached", "attached"))
    desk.handing_in(slow, at("2026-11-16 10:00"))
    under_way = desk.submission(at("2026-11-02 10:00"), "accept")
    desk.handing_in(under_way, None)
    desk.filing_clock(under_way, at("2026-11-20 10:00"), at("2026-11-25 10:00"))
    report = made(desk, office)
    assert figures(report, "submissions") == {"accept": 5, "partial": 1, "fail": 1, "hold": 2, "total": 9}
    assert figures(report, "reasons") == {"CONSENT_MISSING": 2, "ENCRYPTED": 1, "NUMBER_UNKNOWN": 1}
    assert figures(report, "files") == {
        "attached": 7, "refused": 2, "held": 2, "confirmed": 1, "ignored": 1, "total": 13,
    }  # fmt: skip
    assert figures(report, "filing") == {"soon": 2, "in_time": 1, "late": 1, "not_yet": 2, "overdue": 1, "total": 7}
    assert report.listings["filing-late"].names == [slow]
    assert figures(report, "filing_times") == {"total": 4}
    assert figures(report, "held") == {"still": 2, "over": 1, "total": 3}
    assert figures(report, "held_reasons") == {"CONSENT_MISSING": 3}


@pytest.mark.parametrize("event", ["retried", "release_ordered", "refuse_ordered", "completes_ordered"])
def test_a_mail_that_is_given_back_is_not_held(desk: Desk, office: tuple[Settings, Roster], event: str) -> None:
    mail_id = desk.mail(at("2026-11-02 10:00"), held="UNREADABLE")
    assert figures(made(desk, office), "held") == {"still": 1, "total": 1}
    desk.give_back(mail_id, at("2026-11-02 11:00"), event)
    assert figures(made(desk, office), "held") == {"over": 1, "total": 1}


def test_what_is_named_is_no_person_and_no_whole_number(desk: Desk, office: tuple[Settings, Roster]) -> None:
    worked(desk)
    desk.submission(at("2026-11-09 10:00"), "partial", reasons=("ENCRYPTED",), outcomes=("attached", "refused"))
    told = repr(document(made(desk, office)))
    assert "standing-total-on_time" in told
    for secret in ("rivers", "kim", "E123456789", "Okonjo", "a.pdf", "parl.example"):
        assert secret not in told


@pytest.mark.parametrize("moment", ["2026-11-03 09:00", "2026-11-10 09:30", "2026-11-12 12:29", "2026-11-16 12:00"])
def test_a_report_as_of_then_is_the_report_that_was_made_then(
    desk: Desk, office: tuple[Settings, Roster], moment: str
) -> None:
    """Every line of the journal after that moment taken away, and every row as it stood: nothing differs."""
    worked(desk)
    then = document(made(desk, office, as_of=at(moment)))
    case_id, _ = desk.case(at(moment) + timedelta(minutes=1), "urgent")
    desk.correct(case_id, at(moment) + timedelta(hours=1), "critical")
    for known in range(1, case_id):
        desk.correct(known, at("2026-11-18 08:00"), "complex")
        desk.close(known, at("2026-11-18 08:30"))
    assert document(made(desk, office, as_of=at(moment))) == then
    assert document(made(desk, office)) != then


def test_both_databases_give_the_same_report(
    desk: Desk, office: tuple[Settings, Roster], cluster: Postgres
) -> None:
    other = Database(open_engine(cluster.create_database()))
    other.prepare()
    try:
        told = []
        for one in (desk, Desk(other)):
            worked(one)
            one.handing_in(one.submission(at("2026-11-02 10:00"), "accept"), at("2026-11-16 10:00"))
            told.append(document(made(one, office)))
        assert told[0] == told[1]
    finally:
        other.close()


def test_many_batches_are_one_report(
    desk: Desk, office: tuple[Settings, Roster], monkeypatch: pytest.MonkeyPatch
) -> None:
    worked(desk)
    whole = document(made(desk, office))
    monkeypatch.setattr(reported, "BATCH", 2)
    assert document(made(desk, office)) == whole


STEPS = st.sampled_from(("answer", "raise", "follow_up", "pause", "resume", "close", "reopen", "correct", "notice"))


@settings(max_examples=40)
@given(category=st.sampled_from(("critical", "urgent", "complex", "review", "not_met")),
       steps=st.lists(st.tuples(STEPS, st.integers(1, 1800), st.sampled_from(("critical", "urgent", "complex"))),
                      max_size=7))  # fmt: skip
def test_the_journal_tells_what_the_row_says(
    in_memory: Database, category: str, steps: list[tuple[str, int, str]]
) -> None:
    """Whatever people do to a case, in any order: state, category, due time and answer are those of its row."""
    database, desk = in_memory, Desk(in_memory)
    now = at("2026-11-02 10:00")
    case_id, _ = desk.case(now, category)
    for step, minutes, to in steps:
        now += timedelta(minutes=minutes)
        row = desk.row(case_id)
        match step:
            case "answer":
                desk.answer(case_id, now)
            case "raise" if row.state != "closed":
                desk.follow_up(case_id, now, to)
            case "follow_up":
                desk.follow_up(case_id, now)
            case "pause":
                desk.pause(case_id, now)
            case "resume" if row.state == "waiting":
                desk.resume(case_id, now)
            case "close" if row.state != "closed":
                desk.close(case_id, now)
            case "reopen":
                desk.reopen(case_id, now)
            case "correct":
                desk.correct(case_id, now, to)
            case "notice":
                desk.correct(case_id, now, "not_met", answers=True)
        with database.reading() as tx:
            *_, case = reported.cases_between(tx, at("2026-11-01 00:00"), at("2026-12-01 00:00"),
                                              as_of=now + timedelta(minutes=1))  # fmt: skip
        history, row = history_of(case), desk.row(case_id)
        assert history is not None
        told = history.last
        assert (told.state, told.category, told.answered_at) == (row.state, row.category, row.answered_at)
        assert told.reply_by == row.reply_by
