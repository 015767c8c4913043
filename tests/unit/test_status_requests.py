"""Which subjects ask for the status of a case, and what the time line tells of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from inboxd.mail import CaseStep, Language, OpenCase
from inboxd.replies.day import HOLDERS, STEPS
from inboxd.store import timelines
from inboxd.triage import status

OURS, SECOND, THEIRS = "MC26-000001-V", "MC26-000001B-W", "MC26-000002-C"
MONDAY = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
CASE = OpenCase(
    case_id=1, reference=OURS, category="urgent", state="open", office="o1", opened_at=MONDAY,
    reply_by=MONDAY + timedelta(days=2), language=Language.EN,
    steps=(CaseStep(at=MONDAY, what="received"), CaseStep(at=MONDAY, what="decided", category="urgent")),
)  # fmt: skip


def line(case: OpenCase, now: datetime = MONDAY) -> list[tuple[str, str]]:
    """What the rows of a case are, each with who holds it, where it says that."""
    return [(str(row["what"]), str(row["holder"])) for row in status._rows(case, now)]


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        (f"status {OURS}".lower(), True),
        (f"status: {OURS}".lower(), True),
        (f"statut - {OURS}".lower(), True),
        (f"etat du cas {OURS}".lower(), True),
        (f"[status] ({OURS})".lower(), True),
        (f"{OURS} - status".lower(), True),
        (f"what is the status of {OURS}, please?".lower(), True),
        (f"demande d'etat : {OURS}".lower(), True),
        (f"status of mr. castell {OURS}".lower(), True),
        (f"{OURS}".lower(), False),
        (f"her refugee status {OURS}".lower(), False),
        (f"{OURS} loss of status".lower(), False),
        (f"re-establish status {OURS}".lower(), False),
        (f"statutory declaration {OURS}".lower(), False),
    ],
)
def test_which_subjects_with_a_reference_ask(subject: str, wanted: bool) -> None:
    assert status._asks(subject, [OURS]) is wanted


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [("status", True), ("status update", True), ("demande d'etat", True), ("status of a sponsorship", False),
     ("statut de refugie", False), ("update", False), ("", False)],
)  # fmt: skip
def test_without_a_reference_in_the_subject_it_must_say_nothing_else(subject: str, wanted: bool) -> None:
    assert status._asks(subject, []) is wanted


def test_every_step_and_holder_has_words() -> None:
    """Those that the rows can have are those that the notice is checked with."""
    told = {"received", "decided", "to_review", "noticed", "reviewed", "corrected", *timelines.AS_RECEIVED.values(),
            *timelines.OTHERS.values(), "reply_by", "was_due", "stopped"}  # fmt: skip
    assert told == set(STEPS)
    for category in ("critical", "urgent", "complex", "review", "not_met"):
        assert category in HOLDERS


def test_who_has_a_case() -> None:
    noon = MONDAY + timedelta(hours=2)
    answered = replace(CASE, state="answered", answered_at=noon,
                       steps=(*CASE.steps, CaseStep(at=noon, what="answered")))  # fmt: skip
    noticed = replace(CASE, state="answered", category="not_met", answered_at=MONDAY,
                      steps=(*CASE.steps, CaseStep(at=MONDAY, what="noticed")))  # fmt: skip
    waiting = replace(CASE, state="waiting", steps=(*CASE.steps, CaseStep(at=noon, what="waiting")))
    held_by = {
        "urgent": CASE,
        "review": replace(CASE, category="review"),
        "minister": replace(CASE, queue="mil"),
        "office": waiting,
        "answered": answered,
        "noticed": noticed,
        "closed": replace(waiting, state="closed", steps=(*waiting.steps, CaseStep(at=noon, what="closed"))),
    }
    for holder, case in held_by.items():
        row = status._holder(case)
        assert row["holder"] == holder
    assert status._holder(waiting)["at"] == noon, "since when, not the time of the question"
    assert status._holder(answered)["at"] == noon
    assert status._holder(CASE)["at"] == ""


def test_a_promise_is_told_as_what_it_is() -> None:
    assert line(CASE)[-1][0] == "reply_by"
    assert line(CASE, CASE.reply_by)[-1][0] == "was_due"
    assert line(replace(CASE, state="waiting"), CASE.reply_by)[-1][0] == "stopped"
    assert {"reply_by", "was_due", "stopped"}.isdisjoint(what for what, _ in line(replace(CASE, state="closed")))


def test_a_very_long_line_keeps_its_beginning_and_its_end() -> None:
    many = tuple(CaseStep(at=MONDAY + timedelta(minutes=minute), what="added") for minute in range(500))
    rows = status._rows(replace(CASE, steps=(*CASE.steps, *many)), MONDAY)
    steps = [row for row in rows if row["what"] not in ("case", "holder", "reply_by")]
    assert len(steps) == status.MOST_STEPS
    assert [row["what"] for row in steps[:2]] == ["received", "decided"]
    assert steps[-1]["at"] == many[-1].at


def test_references_in_the_order_of_the_text() -> None:
    text = f"status {SECOND}, {OURS}".lower()
    assert status._named((OURS, SECOND, THEIRS), text) == (SECOND, OURS)
