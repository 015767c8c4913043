"""`calendar show | add | remove`: every clock that a closed day would move is listed first, moved on --yes, audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from inboxd import app, parking, reclocking, rule_files
from inboxd.errors import Permanent
from inboxd.standards import read_standards
from inboxd.tables import cases, events, timers
from tests.cli.conftest import Give, document, one_line
from tests.cli.december import ADD, CRITICAL_MOVED, TORONTO, december, set_timers, toronto, wall
from tests.cli.worlds import case_of, every_row, everything
from tests.crash.letters import critical, in_bytes, letter
from tests.scenarios.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with december(tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
def config(world: World) -> Path:
    return world.context.settings.rules.standards.parent / "inboxd.toml"


@pytest.fixture
def standards(config: Path) -> Path:
    return config.parent / "standards.toml"


def moved(give: Give, config: Path, *command: str) -> dict[str, tuple[str, str, str]]:
    """What a command says of each clock: category, old, new."""
    clocks = document(give(config, *(command or ADD), "--json"))["clocks"]
    return {row["reference"]: (row["category"], wall(row["old"]), wall(row["new"])) for row in clocks}


EXPECTED = {
    2: ("urgent", "Mon 01-04 10:00", "Tue 01-05 10:00"),
    3: ("critical", "Thu 12-31 15:00", "Mon 01-04 15:00"),
    6: ("urgent", "Mon 01-04 13:00", "Tue 01-05 13:00"),
}


# what if


def test_every_clock_that_would_move_is_listed_and_nothing_is_changed(
    give: Give, world: World, config: Path, standards: Path
) -> None:
    before, text = everything(world), standards.read_text(encoding="utf-8")
    assert moved(give, config) == {
        **{case_of(world, mail_id).reference: row for mail_id, row in EXPECTED.items()},
        "mail 4": ("filing", "Thu 01-07 11:00", "Fri 01-08 11:00"),
    }
    assert everything(world) == before
    assert standards.read_text(encoding="utf-8") == text


def test_the_list_for_people_has_old_and_new_and_how_to_do_it(give: Give, world: World, config: Path) -> None:
    ended = give(config, *ADD)
    assert (ended.status, ended.err) == (0, "")
    assert "Open clocks that would move, with the closure of 2026-12-31" in ended.out
    row, = (line for line in ended.out.splitlines() if case_of(world, 3).reference in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        case_of(world, 3).reference, "critical", "o1", "2026-12-31 15:00", "2027-01-04 15:00"]
    assert ended.out.splitlines()[-2:] == [
        "4 open clocks would move", "nothing was changed; give the command again with --yes to do this"]


def test_a_day_that_no_clock_counts_moves_none(give: Give, world: World, config: Path) -> None:
    assert moved(give, config, "calendar", "add", "2027-06-15", "--reason", "Move") == {}


# adding


def test_closure_is_written_and_the_clocks_move_with_their_arithmetic(
    give: Give, world: World, config: Path, standards: Path
) -> None:
    text, late, answered = standards.read_text(encoding="utf-8"), case_of(world, 1), case_of(world, 5)
    assert len(moved(give, config, *ADD, "--yes")) == 4
    assert standards.read_text(encoding="utf-8") == text + (
        '\n[[closure]]\ndate = 2026-12-31\nreason = "Ice storm"\nreason_fr = "Verglas"\n')
    for mail_id, (_, _, new) in EXPECTED.items():
        assert wall(case_of(world, mail_id).reply_by) == new
    urgent = case_of(world, 2)
    assert urgent.steps == [
        "2026-12-31 skipped: Ice storm",
        "2027-01-01 skipped: New Year’s Day",
        "2027-01-02 skipped: Saturday",
        "2027-01-03 skipped: Sunday",
        "2027-01-04 is business day 1",
        "2027-01-05 is business day 2",
    ]
    assert urgent.calendar_version == read_standards(standards).version
    assert case_of(world, 1) == late, "it was due before"
    assert case_of(world, 5) == answered, "no clock of it runs"


def test_who_when_why_old_and_new_stand_in_the_journal(give: Give, world: World, config: Path) -> None:
    old = read_standards(config.parent / "standards.toml").version
    give(config, *ADD, "--yes")
    told = [row for row in every_row(world, events) if row.actor == "person:Kim Osei"]
    assert [(row.event, row.mail_id) for row in told] == [
        ("case_reclocked", 3), ("case_reclocked", 2), ("case_reclocked", 6), ("filing_reclocked", 4),
        ("closure_added", None)]
    assert {row.at for row in told} == {world.clock.at}
    assert {name: wall(said) for name, said in told[0].detail.items()} == {
        "previous": "Thu 12-31 15:00", "reply_by": "Mon 01-04 15:00"}
    assert told[-1].detail == {
        "first": "2026-12-31", "last": "2026-12-31", "reason": "Ice storm", "reason_fr": "Verglas", "moved": 4,
        "previous": old, "version": read_standards(config.parent / "standards.toml").version}
    story = give(config, "show", "3").out
    assert "case_reclocked  person:Kim Osei" in story
    assert "    2026-12-31 skipped: Ice storm" in story
    assert f"    calendar {case_of(world, 3).calendar_version[:12]}" in story


def test_adding_it_again_moves_nothing(give: Give, world: World, config: Path, standards: Path) -> None:
    give(config, *ADD, "--yes")
    text, before = standards.read_text(encoding="utf-8"), every_row(world, cases)
    ended = give(config, *ADD, "--yes")
    assert "0 open clocks moved" in ended.out
    assert "stood in" in ended.out
    assert (standards.read_text(encoding="utf-8"), every_row(world, cases)) == (text, before)


def test_a_closure_written_by_hand_moves_clocks_when_it_is_added(
    give: Give, world: World, config: Path, standards: Path
) -> None:
    """Also where the process died between the file and the rows."""
    with standards.open("a", encoding="utf-8") as file:
        file.write('\n[[closure]]\ndate = 2026-12-31\nreason = "Storm"\n')
    text = standards.read_text(encoding="utf-8")
    assert len(moved(give, config, *ADD, "--yes")) == 4
    assert standards.read_text(encoding="utf-8") == text
    assert wall(case_of(world, 3).reply_by) == "Mon 01-04 15:00"
    assert "2026-12-31 skipped: Storm" in case_of(world, 3).steps


def test_a_second_closure_moves_on_what_the_first_has_moved(give: Give, world: World, config: Path) -> None:
    give(config, *ADD, "--yes")
    second = ("calendar", "add", "2027-01-04", "--until", "2027-01-05", "--reason", "Flood", "--yes")
    reference = case_of(world, 3).reference
    assert moved(give, config, *second)[reference] == ("critical", "Mon 01-04 15:00", "Wed 01-06 15:00")
    assert wall(case_of(world, 2).reply_by) == "Thu 01-07 10:00"


def test_a_raised_case_counts_from_the_mail_that_raised_it(give: Give, world: World, config: Path) -> None:
    reference = case_of(world, 2).reference
    world.deliver(
        in_bytes(letter(f"Re: {reference}", f"{reference}: she is being removed from Canada tomorrow morning.\n",
                        sender="alma.rivers@parl.example")), toronto("2026-12-30 20:00"))
    world.run()
    assert case_of(world, 2).category == "critical"
    assert wall(case_of(world, 2).reply_by) == "Mon 01-04 07:00"
    assert moved(give, config, *ADD, "--yes")[reference] == ("critical", "Mon 01-04 07:00", "Tue 01-05 07:00")
    assert case_of(world, 2).steps[:3] == [
        "2026-12-30 20:00 is after closing", "2026-12-31 skipped: Ice storm", "2027-01-01 skipped: New Year’s Day"]


def test_a_clock_that_does_not_run_as_it_was_counted_moves_by_the_closed_days(
    give: Give, world: World, config: Path
) -> None:
    """A case that had waited for its office, say: its due time is later than its arithmetic."""
    case = case_of(world, 2)
    with world.context.database.transaction() as tx:
        later = {"reply_by": toronto("2027-01-06 11:30")}
        tx.execute(update(cases).where(cases.c.id == case.id).values(**later))
        tx.execute(update(timers).where(timers.c.case_id == case.id, timers.c.kind == "reply_breach").values(
            due_at=later["reply_by"]))
    assert moved(give, config, *ADD, "--yes")[case.reference] == ("urgent", "Wed 01-06 11:30", "Thu 01-07 11:30")
    assert case_of(world, 2).steps[-1] == "2026-12-31 skipped: Ice storm"
    assert set_timers(world, 2)["reply_breach"] == "Thu 01-07 11:30"
    assert moved(give, config, *ADD, "--yes") == {}


def test_no_due_time_is_left_on_a_closed_day(give: Give, world: World, config: Path) -> None:
    """A closure was taken back, so a case is due later than it would be counted now; then that very day is closed."""
    give(config, *ADD, "--yes")
    world.clock.at = toronto("2026-12-30 17:00")
    assert give(config, "calendar", "remove", "2026-12-31", "--yes").status == 0
    assert wall(case_of(world, 3).reply_by) == "Mon 01-04 15:00", "a promise is kept"
    second = ("calendar", "add", "2027-01-04", "--reason", "Flood", "--yes")
    assert moved(give, config, *second)[case_of(world, 3).reference][1:] == ("Mon 01-04 15:00", "Tue 01-05 15:00")


def test_a_waiting_case_stands_still_and_goes_on_with_all_the_time_it_had(
    give: Give, world: World, config: Path
) -> None:
    """Two business days from Wednesday 10:00; it waits from Wednesday 16:00, and Thursday is closed."""
    case = case_of(world, 2)
    with world.context.database.transaction() as tx:
        assert parking.pause(world.context, tx, case.id, "person:kim")
    assert case.reference in moved(give, config, *ADD, "--yes")
    assert set_timers(world, 2) == {}
    assert wall(case_of(world, 2).reply_by) == "Tue 01-05 10:00"
    world.clock.at = toronto("2027-01-04 09:00")
    world.context.rules, _ = app.read_rules(world.context.settings)
    with world.context.database.transaction() as tx:
        assert parking.resume(world.context, tx, case.id, "person:kim")
    assert wall(case_of(world, 2).reply_by) == "Tue 01-05 15:00", "3 office hours on Wednesday, 2 on Monday"
    assert set_timers(world, 2)["reply_breach"] == "Tue 01-05 15:00"


def test_people_are_warned_of_a_closed_day_that_is_over(give: Give, world: World, config: Path) -> None:
    """A storm is often written down afterwards: what was late by it is not late any more."""
    world.clock.at = toronto("2027-01-04 09:00")
    world.run()
    assert "reply_breach" not in set_timers(world, 3), "it was late on Thursday"
    give(config, *ADD, "--yes")
    assert set_timers(world, 3) == CRITICAL_MOVED, "the alarm rang, and does not ring again"


# nothing by halves


def test_a_file_that_cannot_be_replaced_leaves_the_clocks(
    give: Give, world: World, config: Path, standards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, text = everything(world), standards.read_text(encoding="utf-8")

    def refuse(path: Path, _: str) -> None:
        raise Permanent(f"{path} cannot be replaced: Read-only file system; nothing was changed")

    monkeypatch.setattr(rule_files, "replace", refuse)
    ended = give(config, *ADD, "--yes")
    assert (ended.status, "cannot be replaced" in one_line(ended)) == (1, True)
    assert everything(world) == before
    assert standards.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (("2026-12-25",), 1, "2026-12-25 is closed already (Christmas Day)"),
        (("2026-12-26",), 1, "2026-12-26 is a Saturday, closed anyway"),
        (("2026-12-31", "--until", "2028-12-31"), 1, "write at most 366 days at a time"),
        (("2026-12-31", "--until", "2026-12-30"), 2, "2026-12-30 is before 2026-12-31"),
        (("31.12.2026",), 2, "'31.12.2026' is no day such as 2026-12-31"),
        (("2026-02-30",), 2, "2026-02-30 is no day: that month has 28 days"),
        (("2026-12-31", "--reason", "a\nb"), 2, "must be words on one line"),
    ],
)
def test_closures_that_cannot_be_are_refused_by_what_is_wrong(
    give: Give, world: World, config: Path, standards: Path, command: tuple[str, ...], status: int, said: str
) -> None:
    text = standards.read_text(encoding="utf-8")
    ended = give(config, "calendar", "add", "--reason", "Storm", *command, "--yes")
    assert (ended.status, ended.out) == (status, "")
    assert said in ended.err
    assert standards.read_text(encoding="utf-8") == text


def test_a_closure_needs_a_reason(give: Give, config: Path) -> None:
    assert "--reason" in give(config, "calendar", "add", "2026-12-31").err


# the daemon


def test_a_mail_decided_by_the_old_calendar_meanwhile_is_caught_up(give: Give, world: World, config: Path) -> None:
    """The daemon reads the rules some seconds after the command."""
    give(config, *ADD, "--yes")
    world.clock.at = toronto("2026-12-30 16:00:03")
    world.deliver(critical("Amara"), world.clock.at)
    world.run()
    assert wall(case_of(world, 7).reply_by) == "Thu 12-31 16:00"
    assert reclocking.catch_up(world.context) == 0, "it has not read the rules"
    world.context.rules, _ = app.read_rules(world.context.settings)
    assert reclocking.catch_up(world.context) == 1
    assert wall(case_of(world, 7).reply_by) == "Mon 01-04 16:00"
    assert reclocking.catch_up(world.context) == 0
    with world.context.database.transaction() as tx:
        tx.execute(delete(events).where(events.c.event == "closure_added"))
    assert reclocking.catch_up(world.context) == 0


# taking back


def test_a_closure_that_has_not_begun_is_taken_back_and_promises_stay(
    give: Give, world: World, config: Path, standards: Path
) -> None:
    text = standards.read_text(encoding="utf-8")
    give(config, *ADD, "--yes")
    before = every_row(world, cases)
    ended = give(config, "calendar", "remove", "2026-12-31", "--by", "Kim Osei")
    assert "would be taken back; open clocks keep the time they have" in ended.out
    assert "closure" in standards.read_text(encoding="utf-8").removeprefix(text)
    ended = give(config, "calendar", "remove", "2026-12-31", "--by", "Kim Osei", "--yes")
    assert "the closure of 2026-12-31 (Ice storm) is taken out of" in ended.out
    assert standards.read_text(encoding="utf-8") == text
    assert every_row(world, cases) == before
    last = every_row(world, events)[-1]
    assert (last.event, last.actor, last.detail["reason"]) == ("closure_removed", "person:Kim Osei", "Ice storm")


def test_a_closure_that_has_begun_stays(give: Give, world: World, config: Path) -> None:
    give(config, "calendar", "add", "2026-12-31", "--until", "2027-01-05", "--reason", "Ice storm", "--yes")
    middle = one_line(give(config, "calendar", "remove", "2027-01-04", "--yes"))
    assert "belongs to the closure 2026-12-31 to 2027-01-05; name it by its first day" in middle
    assert "there is no closure on 2026-12-25" in one_line(give(config, "calendar", "remove", "2026-12-25", "--yes"))
    world.clock.at = toronto("2026-12-31 00:00")
    assert "has begun" in one_line(give(config, "calendar", "remove", "2026-12-31", "--yes"))


# showing


def test_closed_days_are_listed_with_their_reasons(give: Give, world: World, config: Path) -> None:
    give(config, "calendar", "add", "2026-12-31", "--until", "2027-01-04", "--reason", "Ice storm", "--yes")
    rows = document(give(config, "calendar", "show", "--year", "2026", "--json"))
    assert len(rows) == 13
    assert rows[-1] == {
        "date": "2026-12-31", "weekday": "Thursday", "kind": "closure", "reason": "Ice storm", "reason_fr": "Ice storm"}
    assert rows[-2]["kind"] == "holiday"
    rows = document(give(config, "calendar", "show", "--year", "2027", "--json"))
    assert [(row["date"], row["kind"]) for row in rows[:2]] == [("2027-01-01", "holiday"), ("2027-01-04", "closure")]
    told = give(config, "calendar", "show", "--year", "2026").out
    assert "Lendemain de Noël" in told
    assert "holidays were reviewed from 2026-01-01 to 2030-12-31; no others are known" in told
    days = [row["date"] for row in json.loads(give(config, "calendar", "show", "--json").out)]
    assert min(days) >= str(datetime.now(TORONTO).date() - timedelta(days=1))
