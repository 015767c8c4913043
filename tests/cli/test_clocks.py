"""`clock`: a deadline receipt for anyone, and every time that cannot be meant is refused with one that can."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.calendar import deadline
from inboxd.cli.clocks import as_document, moment
from inboxd.standards import read_standards
from tests.cli.conftest import Give, document

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "config" / "inboxd.toml"
STANDARDS = read_standards(ROOT / "config" / "standards.toml")
TORONTO = ZoneInfo("America/Toronto")


def test_receipt_for_programs_has_these_keys_and_offsets(give: Give) -> None:
    got = document(give(SAMPLE, "clock", "2026-12-24 15:00", "--category", "critical", "--json"))
    assert got == {
        "received": "2026-12-24T15:00:00-05:00",
        "clock_start": "2026-12-24T15:00:00-05:00",
        "reply_by": "2026-12-29T15:00:00-05:00",
        "action_by": "2026-12-25T15:00:00-05:00",
        "steps": [
            "2026-12-25 skipped: Christmas Day",
            "2026-12-26 skipped: Saturday",
            "2026-12-27 skipped: Sunday",
            "2026-12-28 skipped: Boxing Day",
            "2026-12-29 is business day 1",
            "action within 24 consecutive hours: 2026-12-25 15:00 EST",
        ],
        "calendar": STANDARDS.version,
        "ladder": [
            {"step": step, "at": f"2026-12-{at}:00-05:00", "to": to, "notice": notice}
            for step, at, to, notice in (
                ("page", "24T15:00", "on_call", "page"),
                ("action_warning", "25T11:00", "on_call", "action_reminder"),
                ("action_alarm", "25T15:00", "on_call", "action_alarm"),
                ("reply_warning", "29T11:00", "team", "reminder"),
                ("reply_warning_2", "29T14:00", "team", "reminder"),
                ("reply_breach", "29T15:00", "team", "breach"),
                ("escalation_1", "29T16:00", "managers", "escalation"),
                ("escalation_2", "29T19:00", "managers", "escalation"),
            )
        ],
    }


def test_ladder_for_people_says_when_and_who(give: Give) -> None:
    said = give(SAMPLE, "clock", "2026-12-24 15:00", "--category", "review").out
    lines = [line.strip() for line in said.splitlines()]
    first = lines.index("the ladder, as long as nobody answers:")
    assert lines[first + 1 : -1] == [
        "Tue 2026-12-29 07:00 EST  reminder 1, to the team",
        "Tue 2026-12-29 11:00 EST  review page, to on call and the team",
        "Tue 2026-12-29 14:00 EST  reminder 2, to the team",
        "Tue 2026-12-29 15:00 EST  breach, to the team",
        "Tue 2026-12-29 16:00 EST  escalation 1, to managers and the team",
        "Tue 2026-12-29 19:00 EST  escalation 2, to managers and the team",
    ]


@pytest.mark.parametrize(
    ("category", "reply_by"),
    [
        ("critical", "2026-12-29T15:00:00-05:00"),
        ("urgent", "2026-12-30T15:00:00-05:00"),
        ("complex", "2026-12-30T15:00:00-05:00"),
        ("review", "2026-12-29T15:00:00-05:00"),
        ("not_met", "2026-12-29T15:00:00-05:00"),
    ],
)
def test_every_category_has_its_clock(give: Give, category: str, reply_by: str) -> None:
    got = document(give(SAMPLE, "clock", "2026-12-24 15:00", "--category", category, "--json"))
    assert got["reply_by"] == reply_by
    assert ("action_by" in got) == (category == "critical")


@pytest.mark.parametrize(
    ("category", "reply_by", "first"),
    [
        ("critical", "2026-12-29T15:00:00-05:00", "page"),
        ("urgent", "2026-12-30T15:00:00-05:00", "reply_warning"),
        ("not_met", "2027-01-12T15:00:00-05:00", "reply_warning"),
    ],
)
def test_the_ministers_office_has_clocks_of_its_own(give: Give, category: str, reply_by: str, first: str) -> None:
    """`domain.md` R1-13: two, five and ten business days; what is critical is so for everybody."""
    got = document(give(SAMPLE, "clock", "2026-12-24 15:00", "--category", category, "--minister", "--json"))
    assert got["reply_by"] == reply_by
    assert got["ladder"][0]["step"] == first


def test_receipt_for_people(give: Give) -> None:
    got = give(SAMPLE, "clock", "2026-03-06 19:00:30", "--category", "urgent")
    assert got.status == 0
    assert got.out.splitlines() == [
        "urgent: 2 business days, on the clock of America/Toronto",
        "  received     Fri 2026-03-06 19:00:30 EST",
        "  clock starts Mon 2026-03-09 07:00 EDT",
        "    2026-03-06 19:00:30 is after closing",
        "    2026-03-07 skipped: Saturday",
        "    2026-03-08 skipped: Sunday",
        "    the clock starts at 2026-03-09 07:00",
        "    2026-03-10 is business day 1",
        "    2026-03-11 is business day 2",
        "  reply by     Wed 2026-03-11 07:00 EDT",
        "  the ladder, as long as nobody answers:",
        "    Tue 2026-03-10 11:00 EDT  reminder 1, to the team",
        "    Tue 2026-03-10 17:00 EDT  reminder 2, to the team",
        "    Wed 2026-03-11 07:00 EDT  breach, to the team",
        "    Wed 2026-03-11 11:00 EDT  escalation 1, to managers and the team",
        "    Wed 2026-03-11 19:00 EDT  escalation 2, to managers and the team",
        f"  calendar     {STANDARDS.version[:12]}, {ROOT / 'config' / 'standards.toml'}",
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-12-24 15:00", "2026-12-24T15:00:00-05:00"),
        ("2026-12-24T15:00", "2026-12-24T15:00:00-05:00"),
        (" 2026-12-24t9:05 ", "2026-12-24T09:05:00-05:00"),
        ("2026-12-24 15:00:30", "2026-12-24T15:00:30-05:00"),
        ("2026-12-24 15:00:30.25", "2026-12-24T15:00:30.250000-05:00"),
        ("2026-12-24T15:00:00Z", "2026-12-24T15:00:00+00:00"),
        ("2026-12-24T15:00-08:00", "2026-12-24T15:00:00-08:00"),
        ("2026-12-24 15:00 +0530", "2026-12-24T15:00:00+05:30"),
        ("2026-12-24 15:00-05", "2026-12-24T15:00:00-05:00"),
        ("2026-11-01T01:30-04:00", "2026-11-01T01:30:00-04:00"),
        ("2026-11-01 00:59", "2026-11-01T00:59:00-04:00"),
        ("2026-11-01 02:00", "2026-11-01T02:00:00-05:00"),
        ("2026-03-08 01:59", "2026-03-08T01:59:00-05:00"),
        ("2026-03-08 03:00", "2026-03-08T03:00:00-04:00"),
    ],
)
def test_times_that_people_write(written: str, meant: str) -> None:
    assert moment(written, TORONTO).isoformat() == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-03-08 02:30", "never shows 2026-03-08 02:30: it is put forward then. "
                             "Write 2026-03-08 01:30 or 2026-03-08 03:30"),
        ("2026-11-01 01:30", "shows 2026-11-01 01:30 twice: write 2026-11-01T01:30-04:00 for the first time (EDT) or "
                             "2026-11-01T01:30-05:00 for the second time (EST)"),
        ("2026-11-01 01:30:15", "write 2026-11-01T01:30:15-04:00 for"),
        ("2026-12-24", 'has no time of day; write it behind the day: "2026-12-24 15:00"'),
        ("2026-12-24 24:00", 'is the beginning of the next day: write "2026-12-25 00:00"'),
        ("2026-12-24 25:00", "hours go from 00 to 23"),
        ("2026-12-24 15:60", "minutes and seconds from 00 to 59"),
        ("2026-02-30 10:00", "2026-02-30 is no day: that month has 28 days"),
        ("2026-13-01 10:00", "2026-13-01 is no day; write year, month and day, such as 2026-12-31"),
        ("0000-01-01 10:00", "is no day"),
        ("9999-12-31 23:59", "too far away"),
        ("2026-12-24T15:00+99:00", "+99:00 is no offset from UTC; write one such as -05:00, or Z for UTC"),
        ("24/12/2026 15:00", 'is no time such as "2026-12-24 15:00" on the office\'s clock, or'),
        ("2026-12-24 3:00 pm", "is no time such as"),
        ("2026-12-24 15:00 EST", "is no time such as"),
        ("tomorrow", "is no time such as"),
        ("", "is no time such as"),
        ("٢٠٢٦-12-24 15:00", "is no time such as"),
    ],
)  # fmt: skip
def test_times_that_cannot_be_meant_are_refused_with_what_would_be_right(give: Give, written: str, said: str) -> None:
    got = give(SAMPLE, "clock", written, "--category", "critical")
    assert (got.status, got.out) == (2, "")
    assert said in got.err
    assert "Invalid value for TIME" in got.err


def _walls(first: str, last: str) -> st.SearchStrategy[datetime]:
    return st.datetimes(datetime.fromisoformat(first), datetime.fromisoformat(last))


@given(_walls("2025-01-01", "2031-01-01") | _walls("2026-03-08", "2026-03-08T05:00")
       | _walls("2026-11-01", "2026-11-01T05:00"))
def test_any_wall_time_is_read_as_the_clock_shows_it_or_refused_where_it_does_not_show_it_once(at: datetime) -> None:
    could_be = [(at + timedelta(hours=offset)).replace(tzinfo=UTC) for offset in (4, 5)]
    shown = {instant for instant in could_be if instant.astimezone(TORONTO).replace(tzinfo=None) == at}
    try:
        assert {moment(str(at), TORONTO).astimezone(UTC)} == shown
    except click.BadParameter:
        assert len(shown) != 1


@given(_walls("2026-01-01", "2030-12-01"))
def test_the_document_says_the_very_moments(wall: datetime) -> None:
    at = wall.replace(tzinfo=UTC)
    found = deadline(STANDARDS.calendar, at, 2, 24)
    said = as_document(found, TORONTO)
    assert [*said] == ["received", "clock_start", "reply_by", "action_by", "steps", "calendar"]
    for name in ("received", "clock_start", "reply_by", "action_by"):
        assert datetime.fromisoformat(said[name]) == getattr(found, name).astimezone(UTC)


def test_category_is_needed_and_known(give: Give) -> None:
    assert "--category" in give(SAMPLE, "clock", "2026-12-24 15:00").err
    got = give(SAMPLE, "clock", "2026-12-24 15:00", "--category", "high")
    assert (got.status, "'review', 'not_met'" in got.err) == (2, True)


def test_in_a_source_checkout_the_sample_answers_without_an_office(tmp_path: Path) -> None:
    got = subprocess.run(
        [sys.executable, "-m", "inboxd", "clock", "2026-12-24 15:00", "--category", "review"], cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"}, capture_output=True, text=True, check=True, timeout=60,
    )
    assert "  reply by     Tue 2026-12-29 15:00 EST" in got.stdout
    assert got.stderr.count("\n") == 1
    assert "the sample configuration" in got.stderr
    assert list(tmp_path.iterdir()) == []
