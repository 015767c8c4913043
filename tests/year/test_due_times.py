"""Every due time of a simulated year's mail, by inboxd and by the table of minutes; and that table by counting minutes.

The seed is printed on failure; INBOXD_YEAR_SEED sets another, INBOXD_YEAR_MAILS another number of mails.
"""

from __future__ import annotations

import random
import tomllib
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from inboxd import calendar, ladder
from inboxd.plan import Category, TimerPlan
from inboxd.standards import Standards, read_standards
from inboxd.triage import others, pausing
from tests.slow_clock import SlowOffice
from tests.year import MAILS, SEED
from tests.year.ladders import Ladders, Step, shown
from tests.year.lives import CATEGORIES, SHARES, receipts
from tests.year.minutes import DAY, HOUR, Wall, office_of
from tests.year.model import PRESSING

FILE = Path(__file__).parents[2] / "config" / "standards.toml"
STANDARDS = read_standards(FILE)
SHARDS = 4


@cache
def rules() -> Ladders:
    text = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Ladders(file=text, office=office_of(text, Wall(STANDARDS.calendar.zone)))


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def seconds(at: datetime) -> float:
    return at.astimezone(UTC).timestamp()


def steps(plans: tuple[TimerPlan, ...]) -> list[tuple[str, float]]:
    return sorted((plan.kind, seconds(plan.due_at)) for plan in plans)


def counted(says: str, received: int, mil: bool, standards: Standards) -> tuple[object, list[tuple[str, float]]]:
    """What inboxd promises and sets."""
    at = moment(received)
    if says == "documents":
        return None, steps(ladder.of_documents(standards, at))
    category = Category.REVIEW if says == PRESSING else Category(says)
    clock = Category.CRITICAL if says == PRESSING else category
    if mil and clock is not Category.CRITICAL:
        due, plans = others.minister_clock(standards, at, category)
    else:
        due = calendar.deadline(
            standards.calendar, at, standards.business_days(clock), standards.action_hours(clock))
        plans = ladder.of_case(standards, at, category, due)
    action = None if due.action_by is None else seconds(due.action_by)
    return (seconds(due.clock_start), seconds(due.reply_by), action), steps(plans)


def meant(says: str, received: int, mil: bool) -> tuple[object, list[Step]]:
    """The same from the table of minutes."""
    if says == "documents":
        return None, sorted(rules().of_documents(received))
    clock, category = ("critical", "review") if says == PRESSING else (says, says)
    lane = mil and clock != "critical"
    due = rules().due(clock, received, mil=lane)
    found = rules().of_case(category, received, due.reply_by, due.action_by, mil=lane)
    return (due.start, due.reply_by, due.action_by), sorted(found)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_due_time_and_step_of_the_years_mail_is_that_of_the_minutes(shard: int) -> None:
    draw = random.Random(f"{SEED}/{shard}")
    wrong = []
    for received in receipts(draw, MAILS // SHARDS, rules()):
        says = draw.choices(list(SHARES), list(SHARES.values()))[0]
        mil = draw.random() < 0.06
        if counted(says, received, mil, STANDARDS) != meant(says, received, mil):
            wrong.append(f"{shown(received)} {says}{' mil' if mil else ''}")
    assert wrong == [], f"seed {SEED}"


def test_a_clock_that_stood_still_at_any_time_is_due_when_the_minutes_say() -> None:
    draw, office, hours = random.Random(f"{SEED}/pauses"), rules().office, STANDARDS.calendar
    for received in receipts(draw, MAILS // 25, rules()):
        due = rules().due(draw.choice(CATEGORIES), received).reply_by
        began = received + draw.randrange(4 * DAY)
        ended = began + draw.randrange(draw.choice((HOUR, DAY, 12 * DAY)))
        after = due if due <= began else office.later(due, office.between(began, ended))
        found = pausing.resumed(hours, moment(due), moment(began), moment(ended))
        assert seconds(found) == after, f"seed {SEED}: {shown(due)}, paused {shown(began)} to {shown(ended)}"


def test_the_table_of_minutes_is_what_counting_minutes_gives() -> None:
    """`tests/slow_clock.py` looks at every minute on the office's clock, one after the other."""
    table = rules().office
    slow = SlowOffice(zone=STANDARDS.calendar.zone, hours=table.hours,
                      closed=frozenset(date.fromordinal(day) for day in table.closed))
    draw = random.Random(f"{SEED}/samples")
    for received in draw.sample(receipts(draw, 5000, rules()), 25):
        at = moment(received)
        assert seconds(slow.start(at)) == table.start(received), shown(received)
        days = draw.randrange(6)
        assert seconds(slow.due(at, days)) == table.due(received, days), (shown(received), days)
        until = received + draw.randrange(3 * DAY)
        open_minutes = sum(slow.is_open(moment(second)) and slow.is_open(moment(second + 30))
                           for second in range(received - received % 60, until - until % 60, 60))
        whole = table.between(received - received % 60, until - until % 60)
        assert whole == open_minutes * 60, (shown(received), shown(until))
