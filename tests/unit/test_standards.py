"""The standards file: what ours says, that its holidays are right, and that a wrong file is refused by line and key."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from inboxd.calendar import deadline, is_business_day
from inboxd.standards import read_standards
from tests.standards_file import STANDARDS, TEXT, line, problems, toronto, wall, written

REVIEWED = range(2026, 2031)


# --- what ours says ---------------------------------------------------------------------------------------------


def test_replies_are_due_as_the_office_promised() -> None:
    categories = ("critical", "urgent", "complex", "review", "not_met")
    assert [STANDARDS.business_days(category) for category in categories] == [1, 2, 2, 1, 1]
    assert [STANDARDS.action_hours(category) for category in categories] == [24, None, None, None, None]
    assert (STANDARDS.filing_warn_days, STANDARDS.filing_breach_days) == (2, 5)
    assert dict(STANDARDS.mil) == {"urgent_complex": 2, "time_sensitive": 5, "other": 10}


def test_category_that_does_not_exist_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(KeyError, match="high_profile"):
        STANDARDS.business_days("high_profile")


def test_standards_cannot_be_changed_while_in_use() -> None:
    for table in (STANDARDS.standards, STANDARDS.mil, STANDARDS.calendar.hours, STANDARDS.calendar.closed):
        with pytest.raises(TypeError, match="does not support item assignment"):
            table[date(2026, 1, 2)] = None  # type: ignore[index]  # the attempt is the test


def test_version_follows_what_is_said_and_not_how(tmp_path: Path) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", STANDARDS.version)
    assert STANDARDS.calendar.version == STANDARDS.version
    assert read_standards(written(tmp_path, extra="\n# reviewed again\n")).version == STANDARDS.version
    changed = written(tmp_path, ("reminder_hours = [4, 1]", "reminder_hours = [5, 1]"))
    assert read_standards(changed).version != STANDARDS.version


# --- holidays ---------------------------------------------------------------------------------------------------


def _easter(year: int) -> date:
    """The Gregorian computus in the form of Meeus, Jones and Butcher."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _monday(year: int, month: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(-first.weekday()) % 7 + 7 * (number - 1))


def _holidays(year: int, region: str) -> dict[date, str]:
    """The rules of `domain.md` 1.7 worked out anew: fixed days move off a weekend to the next working day."""
    may_24 = date(year, 5, 24)
    rules = {
        "New Year’s Day": date(year, 1, 1),
        "Good Friday": _easter(year) - timedelta(days=2),
        "Easter Monday": _easter(year) + timedelta(days=1),
        "Victoria Day": may_24 - timedelta(days=may_24.weekday()),
        "Canada Day": date(year, 7, 1),
        "Labour Day": _monday(year, 9, 1),
        "National Day for Truth and Reconciliation": date(year, 9, 30),
        "Thanksgiving Day": _monday(year, 10, 2),
        "Remembrance Day": date(year, 11, 11),
        "Christmas Day": date(year, 12, 25),
        "Boxing Day": date(year, 12, 26),
    }
    if region == "quebec":
        rules["Quebec’s National Holiday"] = date(year, 6, 24)
    else:
        rules["Civic Holiday"] = _monday(year, 8, 1)
    kept: dict[date, str] = {}
    for name, day in sorted(rules.items(), key=lambda item: item[1]):
        while day.weekday() > 4 or day in kept:
            day += timedelta(days=1)  # noqa: PLW2901 - the day moves, that is the rule
        kept[day] = name
    return kept


@pytest.mark.parametrize("year", REVIEWED)
@pytest.mark.parametrize("region", ["august", "quebec"])
def test_holidays_of_every_reviewed_year_follow_from_the_rules(tmp_path: Path, year: int, region: str) -> None:
    path = written(tmp_path, ('region = "august"', f'region = "{region}"'))
    closed = read_standards(path).calendar.closed
    assert {day: row.name_en for day, row in closed.items() if day.year == year} == _holidays(year, region)


@pytest.mark.parametrize(("year", "easter"), [(2026, (4, 5)), (2027, (3, 28)), (2028, (4, 16)), (2030, (4, 21))])
def test_the_easter_we_check_against_is_easter(year: int, easter: tuple[int, int]) -> None:
    assert _easter(year) == date(year, *easter)


def test_quebec_office_has_as_many_business_days(tmp_path: Path) -> None:
    calendar = read_standards(written(tmp_path, ('region = "august"', 'region = "quebec"'))).calendar
    assert not is_business_day(calendar, date(2026, 6, 24))
    assert is_business_day(calendar, date(2026, 8, 3))
    every_day = [date(2026, 1, 1) + timedelta(days=offset) for offset in range(730)]
    assert sum(is_business_day(calendar, day) for day in every_day) == 2 * 249


def test_both_languages_name_each_closed_day() -> None:
    names = {row.name_en: row.name_fr for row in STANDARDS.calendar.closed.values()}
    assert names["Easter Monday"] == "Lundi de Pâques"
    assert len(names) == len(set(names.values())) == 12


def test_a_day_of_mourning_closes_the_office_without_a_release(tmp_path: Path) -> None:
    extra = '[[closure]]\ndate = 2026-09-21\nreason = "National Day of Mourning"\nreason_fr = "Deuil national"\n'
    calendar = read_standards(written(tmp_path, extra=extra)).calendar
    assert not is_business_day(calendar, date(2026, 9, 21))
    assert calendar.closed[date(2026, 9, 21)].name_fr == "Deuil national"
    assert calendar.version != STANDARDS.version
    steps = deadline(calendar, toronto("2026-09-18 15:00"), 1, 24).steps
    assert "2026-09-21 skipped: National Day of Mourning" in steps


def test_closure_of_several_days_keeps_the_names_of_the_holidays_in_it(tmp_path: Path) -> None:
    extra = '[[closure]]\ndate = 2026-12-24\nuntil = 2027-01-03\nreason = "The building is closed"\n'
    standards = read_standards(written(tmp_path, extra=extra))
    closed = standards.calendar.closed
    assert closed[date(2026, 12, 25)].name_en == "Christmas Day"
    assert [day for day in sorted(closed) if closed[day].name_fr == "The building is closed"] == [
        date(2026, 12, day) for day in (24, 29, 30, 31)
    ]
    assert wall(deadline(standards.calendar, toronto("2026-12-23 10:00"), 1, None).reply_by) == "Mon 2027-01-04 10:00"
    only = standards.closures[0]
    assert (only.first, only.last, only.reason_fr) == (date(2026, 12, 24), date(2027, 1, 3), "The building is closed")
    assert len(only.days) == 11


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        ("date = 2026-12-19", "date", "2026-12-19 is a Saturday, closed anyway"),
        ("date = 2026-12-19\nuntil = 2026-12-20", "date", "2026-12-19 to 2026-12-20 has no workday, closed anyway"),
        ("date = 2026-12-30\nuntil = 2026-12-29", "until", "is before 2026-12-30"),
        ("date = 2026-12-30\nuntil = 3026-12-31", "until",
         "is 365243 days after 2026-12-30; write at most 366 days at a time"),
        ("date = 2026-12-25\nuntil = 2026-12-28", "date",
         "2026-12-25 is closed already (Christmas Day); each day stands once"),
        ("date = 2026-12-15\nuntil = 2026-12-18", "date", "2026-12-17 is closed already (Flood); each day stands once"),
        ('date = "2026-12-30"', "date", "input should be a valid date (found '2026-12-30')"),
    ],
)  # fmt: skip
def test_closures_that_cannot_be(tmp_path: Path, lines: str, key: str, message: str) -> None:
    first = '\n[[closure]]\ndate = 2026-12-17\nreason = "Flood"\n'
    path = written(tmp_path, extra=f'{first}\n[[closure]]\n{lines}\nreason = "Storm"\n')
    assert [problem.partition(": ")[2] for problem in problems(path)] == [f"closure.2.{key}: {message}"]


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ('""', "must be words on one line (found '')"),
        ('"  "', "must be words on one line (found '  ')"),
        (r'"Storm\nand ice"', r"must be words on one line (found 'Storm\nand ice')"),
        ("7", "must be words on one line (found 7)"),
        (f'"{"a" * 201}"', "has 201 characters; at most 200 fit into a deadline's arithmetic"),
    ],
)
def test_reasons_that_are_none(tmp_path: Path, reason: str, message: str) -> None:
    path = written(tmp_path, extra=f"[[closure]]\ndate = 2026-12-17\nreason = {reason}\n")
    assert [problem.partition(": ")[2] for problem in problems(path)] == [f"closure.1.reason: {message}"]


# --- files that do not hold together ----------------------------------------------------------------------------


def test_every_malformed_value_is_named_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        ("America/Toronto", "America/Tronto"),
        ('region = "august"', 'region = "ontario"'),
        ('monday = "07:00-19:00"', 'monday = "7-19"'),
        ('tuesday = "07:00-19:00"', 'tuesday = "19:00-07:00"'),
        ('friday = "07:00-19:00"', 'freitag = "07:00-19:00"'),
        ("business_days = 1", "business_days = 0"),
        ("[filing]\nwarn_business_days = 2", "[filing]\nwarn_busines_days = 2"),
        ("2026-04-03, ", '"2026-04-03", '),
    )
    assert problems(path) == [
        f':{line(path, "zone")}: zone: is not a time zone such as "America/Toronto" (found \'America/Tronto\')',
        f":{line(path, 'region')}: region: input should be 'august' or 'quebec' (found 'ontario')",
        f':{line(path, "monday")}: hours.monday: is not a span of time such as "07:00-19:00" (found \'7-19\')',
        f":{line(path, 'tuesday')}: hours.tuesday: opens at 19:00 and closes at 07:00",
        f":{line(path, 'freitag')}: hours.freitag: input should be 'monday', 'tuesday', 'wednesday', 'thursday', "
        "'friday', 'saturday' or 'sunday' (found 'freitag')",
        f":{line(path, 'business_days = 0')}: standard.critical.business_days: "
        "input should be greater than or equal to 1 (found 0)",
        f":{line(path, '[filing]')}: filing.warn_business_days: is missing and has no default",
        f":{line(path, 'warn_busines_days')}: filing.warn_busines_days: "
        "is not an option; check the spelling against the sample in config/",
        f":{_dates_line(path, '2026-04-03')}: holiday.2.dates.1: "
        "input should be a valid date (found '2026-04-03')",
    ]


def _dates_line(path: Path, day: str) -> int:
    return next(n for n, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
                if row.startswith("dates") and day in row)


def test_contradictions_between_well_formed_values_are_named_at_once(tmp_path: Path) -> None:
    extra = '[[closure]]\ndate = 2026-12-25\nreason = "Ice"\nreason_fr = "Verglas"\n'
    path = written(
        tmp_path,
        ("reminder_hours = [4, 1]", "reminder_hours = [13, 1]"),
        ("warn_business_days = 2", "warn_business_days = 5"),
        ("2027-12-27, ", "2027-12-25, "),
        ("2028-04-14, ", ""),
        ("2030-05-20", "2029-05-22, 2031-05-19"),
        extra=extra,
    )
    assert problems(path) == [
        f":{line(path, 'reminder_hours = [13')}: standard.critical.reminder_hours: "
        "13 is more than the 12 office hours until the reply is due",
        f":{line(path, 'warn_business_days')}: filing.warn_business_days: "
        "must be less than breach_business_days, or the warning comes too late",
        f":{_dates_line(path, '2026-04-03')}: holiday.2.dates: Good Friday has no days in 2028; it needs one",
        f":{_dates_line(path, '2026-05-18')}: holiday.4.dates: "
        "2031 is outside first_reviewed_year to last_reviewed_year",
        f":{_dates_line(path, '2026-05-18')}: holiday.4.dates: Victoria Day has 2 days in 2029; it needs one",
        f":{_dates_line(path, '2026-05-18')}: holiday.4.dates: Victoria Day has no days in 2030; it needs one",
        f":{_dates_line(path, '2026-12-25')}: holiday.12.dates: "
        "2027-12-25 is a Saturday, closed anyway; write the working day on which it is kept",
        f":{line(path, 'date = 2026-12-25')}: closure.1.date: "
        "2026-12-25 is closed already (Christmas Day); each day stands once",
    ]


def test_office_that_never_opens_is_refused_when_read(tmp_path: Path) -> None:
    hours = TEXT[TEXT.index("monday ="):TEXT.index("# How soon people")]
    path = written(tmp_path, (hours, ""))
    assert problems(path) == [
        f":{line(path, '[hours]')}: hours: the office is never open; give at least one weekday its hours"
    ]


def test_years_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ("last_reviewed_year = 2030", "last_reviewed_year = 2025"))
    expected = "last_reviewed_year: is before first_reviewed_year (2026)"
    assert f":{line(path, 'last_reviewed_year')}: {expected}" in problems(path)


@pytest.mark.parametrize("hours", ["07:00-19:60", "24:00-25:00", "07:00", "07:00-19:00 ", "7:00-19:00", "00:00-00:00"])
def test_spans_that_are_no_spans(tmp_path: Path, hours: str) -> None:
    path = written(tmp_path, ('monday = "07:00-19:00"', f'monday = "{hours}"'))
    assert len(problems(path)) == 1


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "standards.toml") == [": cannot be read: No such file or directory"]
