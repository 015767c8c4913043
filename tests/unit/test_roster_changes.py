"""An export laid over the roster: what is added, changed and ended on a day; the days before stay as they were."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.triage.roster import ChangeKind, Laid, Member, Sheet, examine, lay_over, read_roster, roster_of, written
from tests.unit.test_roster import FULL_HEADER, HEADER, row

DAY = date(2026, 11, 16)
EVE = DAY - timedelta(days=1)
FENNIMORE = "orla.fennimore@parl.example"
NEXT = {"office": "o9", "member": "Jasvir Thindal", "address": "jasvir.thindal@parl.example"}


def sheet(folder: Path, *rows: str, name: str = "export.csv", header: str | None = None) -> Sheet:
    dated = any(len(line.split(",")) > len(HEADER.split(",")) for line in rows)
    path = folder / name
    path.write_text("\n".join((header or (FULL_HEADER if dated else HEADER), *rows)) + "\n", encoding="utf-8")
    found = examine(path)
    assert found.problems == ()
    return found


def laid(folder: Path, before: tuple[str, ...], export: tuple[str, ...], *, whole: bool = True,
         renamed: tuple[str, ...] = ()) -> Laid:  # fmt: skip
    old = sheet(folder, *before, name="roster.csv")
    return lay_over(old.members, sheet(folder, *export), start=DAY, whole=whole, renamed=renamed,
                    path=folder / "export.csv")


def told(result: Laid) -> list[tuple[str, str, str, str]]:
    assert result.problems == ()
    return [(change.kind, change.row.office, change.row.address, ", ".join(change.what)) for change in result.changes]


def lines(result: Laid) -> list[str]:
    return written(result.members).splitlines()[1:]


def on(result: Laid, address: str, day: date) -> str:
    found = roster_of(result.members, "v").find(address, day)
    return found.office if found else ""


def open_row(**changes: str) -> str:
    return row(**{"valid_from": "", "valid_until": "", **changes})


def test_an_election(tmp_path: Path) -> None:
    """A member stays, one is beaten, one is new; the riding's shared address goes over to the new office."""
    shared = "harrow.bay@parl.example"
    result = laid(
        tmp_path,
        (open_row(), open_row(address=shared), open_row(office="o2", member="Rosalie Quennec", riding="Baie",
                                                        address="rosalie.quennec@parl.example")),
        (row(office="o2", member="Rosalie Quennec", riding="Baie", address="rosalie.quennec@parl.example"),
         row(**NEXT), row(**{**NEXT, "address": shared})),
    )
    assert told(result) == [
        ("ended", "o1", shared, "until 2026-11-15"),
        ("ended", "o1", FENNIMORE, "until 2026-11-15"),
        ("added", "o9", shared, "from 2026-11-16 on"),
        ("added", "o9", NEXT["address"], "from 2026-11-16 on"),
    ]
    assert [on(result, shared, day) for day in (EVE, DAY)] == ["o1", "o9"]
    assert [on(result, FENNIMORE, day) for day in (date(2020, 1, 1), EVE, DAY)] == ["o1", "o1", ""]
    assert result.unchanged == 1


def test_the_same_export_again_changes_nothing(tmp_path: Path) -> None:
    export = (row(), row(**NEXT))
    other = open_row(office="o3", member="A", riding="B", address="a@parl.example")
    first = laid(tmp_path, (open_row(), other), export)
    again = lay_over(first.members, sheet(tmp_path, *export), start=DAY, whole=True, renamed=(), path=tmp_path / "x")
    assert told(again) == []
    assert again.members == first.members


def test_another_language_ends_the_old_row_and_keeps_it(tmp_path: Path) -> None:
    result = laid(tmp_path, (open_row(valid_from="2026-01-05"),), (row(language="fr"),))
    assert told(result) == [("changed", "o1", FENNIMORE, "language en -> fr, from 2026-11-16 on")]
    assert [line.rpartition("example")[2] for line in lines(result)] == [",2026-01-05,2026-11-15", ",2026-11-16,"]


def test_a_new_telephone_is_written_over_the_old(tmp_path: Path) -> None:
    result = laid(tmp_path, (open_row(),), (row(phone="902-555-0999"),))
    assert told(result) == [("changed", "o1", FENNIMORE, "phone 902-555-0141 -> 902-555-0999")]
    assert len(result.members) == 1


def test_a_riding_may_be_drawn_anew(tmp_path: Path) -> None:
    result = laid(tmp_path, (open_row(),), (row(riding="Harrow Bay—Stonewick"),))
    assert told(result) == [
        ("changed", "o1", FENNIMORE, "riding Harrow Bay -> Harrow Bay—Stonewick, from 2026-11-16 on")]


def test_the_next_member_is_another_office(tmp_path: Path) -> None:
    result = laid(tmp_path, (open_row(),), (row(member="Jasvir Thindal", address="jasvir.thindal@parl.example"),))
    (problem,) = result.problems
    assert (problem.line, problem.key) == (2, "member")
    assert "give another person's office a name of its own, or --renamed o1" in problem.message


def test_the_same_person_under_a_new_name_keeps_the_office(tmp_path: Path) -> None:
    result = laid(tmp_path, (open_row(valid_until="2025-01-01"), open_row(valid_from="2025-02-01")),
                  (row(member="Orla Fennimore-Roy"),), renamed=("o1",))  # fmt: skip
    assert told(result) == [
        ("changed", "o1", FENNIMORE, "member Orla Fennimore -> Orla Fennimore-Roy, on all its rows")]
    assert {member.member for member in result.members} == {"Orla Fennimore-Roy"}


def test_a_kind_that_the_export_has_not_stays(tmp_path: Path) -> None:
    senator = open_row(office="s1", kind="senator", riding="", member="Armand", address="armand@sen.parl.example")
    result = laid(tmp_path, (open_row(), senator), (row(**NEXT),))
    assert result.untouched_kinds == ("senator",)
    assert on(result, "armand@sen.parl.example", DAY) == "s1"
    assert on(result, FENNIMORE, DAY) == ""


def test_a_file_of_changes_leaves_the_rest(tmp_path: Path) -> None:
    before = (open_row(), open_row(address="staff@parl.example"))
    result = laid(tmp_path, before, (row(**NEXT),), whole=False)
    assert told(result) == [("added", "o9", NEXT["address"], "from 2026-11-16 on")]
    assert result.unchanged == 2


def test_a_file_of_changes_ends_an_address_by_its_last_day(tmp_path: Path) -> None:
    result = laid(tmp_path, (open_row(),), (open_row(valid_until="2026-12-31"),), whole=False)
    assert told(result) == [("changed", "o1", FENNIMORE, "until 2026-12-31")]
    gone = laid(tmp_path, (open_row(),), (open_row(valid_until="2026-11-01"),), whole=False)
    assert told(gone) == [("ended", "o1", FENNIMORE, "until 2026-11-15")]


def test_a_change_to_come_leaves_the_days_before_it(tmp_path: Path) -> None:
    moved = open_row(office="o2", member="Rosalie Quennec", riding="Baie", valid_from="2027-01-01")
    result = laid(tmp_path, (open_row(),), (moved,), whole=False)
    assert [on(result, FENNIMORE, day) for day in (DAY, date(2026, 12, 31), date(2027, 1, 1))] == ["o1", "o1", "o2"]


def test_what_was_to_begin_later_and_is_not_in_the_export_is_withdrawn(tmp_path: Path) -> None:
    result = laid(tmp_path, (open_row(), open_row(address="new@parl.example", valid_from="2027-01-04")), (row(),))
    assert told(result) == [("withdrawn", "o1", "new@parl.example", "was to begin on 2027-01-04")]
    assert len(result.members) == 1


def test_a_period_is_kept_where_the_export_has_no_days(tmp_path: Path) -> None:
    before = open_row(valid_from="2026-01-05", valid_until="2026-12-31")
    assert told(laid(tmp_path, (before,), (row(),))) == []
    lifted = laid(tmp_path, (before,), (open_row(),))
    assert told(lifted) == [("changed", "o1", FENNIMORE, "until further notice")]


def test_a_newcomer_may_have_begun_before_the_day(tmp_path: Path) -> None:
    result = laid(tmp_path, (open_row(),), (open_row(), open_row(**NEXT, valid_from="2026-11-02")))
    assert on(result, NEXT["address"], date(2026, 11, 2)) == "o9"


def test_history_in_an_export_is_left_out_and_counted(tmp_path: Path) -> None:
    result = laid(tmp_path, (open_row(),), (open_row(), open_row(**NEXT, valid_until="2024-05-01")))
    assert told(result) == []
    assert result.over == 1


def test_the_file_reads_back_as_the_same_rows(tmp_path: Path) -> None:
    elder = {"member": '"Orla, the elder"'}
    result = laid(tmp_path, (open_row(**elder),), (open_row(**elder), open_row(**NEXT)))
    (tmp_path / "new.csv").write_text(written(result.members), encoding="utf-8")
    again = read_roster(tmp_path / "new.csv")
    assert [member for office in again.offices.values() for member in office] == list(result.members)
    assert [member.line for office in again.offices.values() for member in office] == [2, 3]


DAYS = st.integers(-40, 40).map(lambda days: DAY + timedelta(days=days))
PERIODS = st.tuples(DAYS | st.just(date.min), DAYS | st.just(date.max)).filter(lambda days: days[0] <= days[1])
OFFICES = {"o1": "Orla Fennimore", "o2": "Jasvir Thindal", "o3": "Rosalie Quennec"}


@st.composite
def rosters(draw: st.DrawFn) -> list[Member]:
    made: list[Member] = []
    for address in draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6)):
        office, (begins, ends) = draw(st.sampled_from(sorted(OFFICES))), draw(PERIODS)
        new = Member(office=office, member=OFFICES[office], kind="mp", riding=office, province="NS",
                     language=draw(st.sampled_from(["en", "fr"])), phone="", address=f"{address}@parl.example",
                     valid_from=begins, valid_until=ends)  # fmt: skip
        if not any(other.address == new.address and other.meets(new) for other in made):
            made.append(new)
    return made


@given(rosters(), rosters(), st.booleans(), DAYS)
def test_the_past_never_changes_and_the_export_decides_from_then_on(
    before: list[Member], export: list[Member], whole: bool, probe: date
) -> None:
    given_days = Sheet(members=tuple(export), columns=("valid_from", "valid_until"), problems=(), version="v")
    result = lay_over(before, given_days, start=DAY, whole=whole, renamed=(), path=Path("export.csv"))
    assert result.problems == ()
    old, new, now = (roster_of(rows, "v") for rows in (before, result.members, export))
    for address in {member.address for member in (*before, *export)}:
        was, told_now, is_now = (
            (found.office, found.language) if (found := roster.find(address, probe)) else None
            for roster in (old, now, new)
        )
        known = [member for member in before if member.address == address]
        if probe < DAY and known:
            assert is_now == was
        elif probe >= DAY and whole and any(member.address == address for member in export):
            bare = [member for member in export if member.address == address and member.valid_from == date.min]
            if not bare:
                assert is_now == told_now
        elif probe >= DAY and not whole and address not in {member.address for member in export}:
            assert is_now == was


@pytest.mark.parametrize("whole", [True, False])
def test_nothing_is_lost_from_the_counts(tmp_path: Path, whole: bool) -> None:
    result = laid(tmp_path, (open_row(), open_row(address="b@parl.example")), (row(), row(**NEXT)), whole=whole)
    kinds = [change.kind for change in result.changes]
    assert kinds.count(ChangeKind.ENDED) + result.unchanged == 2
