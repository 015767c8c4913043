"""Who can be paged when: office hours first, then the on-call windows, over nights, holidays and clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.calendar import OpenHours, is_open
from inboxd.standards import Standards, read_standards
from tests.slow_clock import END_OF_DAY, SlowOffice
from tests.standards_file import STANDARDS, TEXT, toronto, wall


@pytest.mark.parametrize(
    ("at", "on_call", "paged"),
    [
        ("2026-12-14 10:00", "Mon 2026-12-14 16:00", "Mon 2026-12-14 10:00"),
        ("2026-12-14 16:30", "Mon 2026-12-14 16:30", "Mon 2026-12-14 16:30"),
        ("2026-12-14 19:30", "Mon 2026-12-14 19:30", "Mon 2026-12-14 19:30"),
        ("2026-12-14 20:00", "Mon 2026-12-14 20:00", "Mon 2026-12-14 20:00"),
        ("2026-12-14 20:01", "Tue 2026-12-15 16:00", "Tue 2026-12-15 07:00"),
        ("2026-12-14 03:00", "Mon 2026-12-14 16:00", "Mon 2026-12-14 07:00"),
        ("2026-12-11 22:00", "Sat 2026-12-12 08:00", "Sat 2026-12-12 08:00"),
        ("2026-12-13 17:00", "Mon 2026-12-14 16:00", "Mon 2026-12-14 07:00"),
        ("2026-12-24 21:00", "Fri 2026-12-25 08:00", "Fri 2026-12-25 08:00"),
        ("2026-12-28 12:00", "Mon 2026-12-28 12:00", "Mon 2026-12-28 12:00"),
    ],
)
def test_critical_mail_pages_whoever_is_there_first(at: str, on_call: str, paged: str) -> None:
    assert wall(STANDARDS.next_on_call(toronto(at))) == on_call
    assert wall(STANDARDS.page_at(toronto(at))) == paged


def _without_on_call(folder: Path, *, keep: str = "") -> Standards:
    start, end = TEXT.index("[[on_call]]"), TEXT.index("# Holidays of the federal")
    path = folder / "standards.toml"
    path.write_text(TEXT[:start] + keep + TEXT[end:], encoding="utf-8")
    return read_standards(path)


def test_office_without_on_call_pages_at_the_next_opening(tmp_path: Path) -> None:
    standards = _without_on_call(tmp_path)
    assert standards.next_on_call(toronto("2026-12-11 22:00")) is None
    assert wall(standards.page_at(toronto("2026-12-11 22:00"))) == "Mon 2026-12-14 07:00"


def test_windows_of_one_day_are_taken_in_order_whatever_the_order_in_the_file(tmp_path: Path) -> None:
    keep = "".join(f'[[on_call]]\ndays = "business"\nhours = "{hours}"\n' for hours in ("20:00-24:00", "05:00-06:00"))
    standards = _without_on_call(tmp_path, keep=keep)
    assert wall(standards.next_on_call(toronto("2026-12-14 04:00"))) == "Mon 2026-12-14 05:00"
    assert wall(standards.next_on_call(toronto("2026-12-14 06:30"))) == "Mon 2026-12-14 20:00"
    assert wall(standards.next_on_call(toronto("2026-12-14 23:59:59"))) == "Mon 2026-12-14 23:59"


@given(st.integers(0, 5 * 365 * 24 * 60).map(lambda m: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=m)))
def test_a_page_is_never_early_never_a_day_late_and_reaches_someone(at: datetime) -> None:
    paged = STANDARDS.page_at(at)
    assert at <= paged.astimezone(UTC) <= at + timedelta(hours=16)
    assert is_open(STANDARDS.calendar, paged) or STANDARDS.next_on_call(paged) == paged


def _standards_of(windows: dict[str, tuple[tuple[int, int], ...]], zone: str, hours: tuple[int, int]) -> Standards:
    def span(minutes: tuple[int, int]) -> OpenHours:
        begin, end = (divmod(minute, 60) for minute in minutes)
        return OpenHours(opens=time(*begin), closes=time.max if minutes[1] == END_OF_DAY else time(*end))

    calendar = replace(
        STANDARDS.calendar, zone=ZoneInfo(zone), hours={day: span(hours) for day in range(1, 6)})
    return replace(
        STANDARDS, calendar=calendar,
        on_call_business=tuple(sorted(map(span, windows["business"]), key=lambda window: window.opens)),
        on_call_other=tuple(sorted(map(span, windows["other"]), key=lambda window: window.opens)))


minutes = st.builds(lambda begin, end: (begin, max(begin + 1, end)), st.integers(0, 1438), st.integers(1, 1440))
windows = st.lists(minutes, max_size=2).map(tuple)


@given(
    st.fixed_dictionaries({"business": windows, "other": windows}), minutes,
    st.sampled_from(("America/Toronto", "America/Havana", "Asia/Beirut")),
    st.sampled_from([datetime(2026, *day, tzinfo=UTC)
                     for day in ((3, 8), (3, 29), (10, 25), (11, 1), (12, 25), (7, 1))]),
    st.timedeltas(timedelta(hours=-30), timedelta(hours=30)),
)  # fmt: skip
def test_a_page_finds_the_first_minute_at_which_somebody_is_there(
    given_windows: dict[str, tuple[tuple[int, int], ...]], hours: tuple[int, int], zone: str, about: datetime,
    off: timedelta,
) -> None:
    """Compared with a look at every minute, over clock changes, holidays and nights."""
    standards = _standards_of(given_windows, zone, hours)
    watch = SlowOffice(zone=ZoneInfo(zone), hours=dict.fromkeys(range(1, 6), hours),
                       closed=frozenset(standards.calendar.closed))
    at = moment = about + off
    if not any(given_windows.values()):
        assert standards.next_on_call(at) is None

    def somebody(now: datetime) -> bool:
        day = now.astimezone(watch.zone).date()
        spans = given_windows["business" if watch.works_on(day) else "other"]
        on_call = any(watch.first_at(day, begin) <= now <= watch.first_at(day, end) for begin, end in spans)
        return on_call or watch.is_open(now)

    while not somebody(moment):
        moment = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    assert standards.page_at(at).astimezone(UTC) == moment
