"""The roster: who writes for which office, and that a file with any slip in it is refused whole, by line and column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.errors import BadConfig
from inboxd.mail import Language
from inboxd.triage.roster import COLUMNS, Member, Roster, read_roster

SAMPLE = Path(__file__).parents[2] / "config" / "roster.csv"
HEADER = ",".join(COLUMNS)
FULL_HEADER = HEADER + ",valid_from,valid_until"
TODAY = date(2026, 11, 20)


def saved(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8", newline: str = "\n") -> Path:
    path = folder / "roster.csv"
    path.write_bytes((newline.join((header, *rows)) + newline).encode(encoding))
    return path


def row(**changes: str) -> str:
    cells = {
        "office": "o1", "member": "Orla Fennimore", "kind": "mp", "riding": "Harrow Bay", "province": "NS",
        "language": "en", "phone": "902-555-0141", "address": "orla.fennimore@parl.example",
    }
    assert set(changes) <= {*cells, "valid_from", "valid_until"}
    return ",".join({**cells, **changes}.values())


def problems(path: Path) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        read_roster(path)
    return [str(problem).removeprefix(str(path)) for problem in caught.value.problems]


def found(roster: Roster, address: str, on: date = TODAY) -> Member:
    member = roster.find(address, on)
    assert member is not None
    return member


# --- finding people ---------------------------------------------------------------------------------------------


def test_sample_knows_offices_senators_and_the_minister() -> None:
    roster = read_roster(SAMPLE)
    assert found(roster, "rosalie.quennec@parl.example").language is Language.BOTH
    assert found(roster, "noemie.castagnier@sen.parl.example").kind == "senator"
    assert found(roster, "liaison@minister.ircc.example").kind == "minister"
    assert [member.address for member in roster.offices["s11"]] == [
        "armand.delisle-rowe@sen.parl.example", "noemie.castagnier@sen.parl.example"]


def test_address_is_found_whatever_its_capitals_and_nobody_else_is(tmp_path: Path) -> None:
    roster = read_roster(saved(tmp_path, row(address="Orla.Fennimore@PARL.example")))
    assert found(roster, "ORLA.FENNIMORE@parl.example ").address == "orla.fennimore@parl.example"
    for stranger in ("fennimore@parl.example", "orla.fennimore@parl.example.evil.example", "@parl.example", ""):
        assert roster.find(stranger, TODAY) is None


def test_person_counts_from_the_first_to_the_last_day_of_validity(tmp_path: Path) -> None:
    roster = read_roster(saved(tmp_path, row(valid_from="2026-01-05", valid_until="2026-11-20"), header=FULL_HEADER))
    address = "orla.fennimore@parl.example"
    days = [date(2026, 1, 4), date(2026, 1, 5), date(2026, 11, 20), date(2026, 11, 21)]
    assert [roster.find(address, day) is not None for day in days] == [False, True, True, False]


def test_person_who_moved_to_another_office_is_found_in_the_right_one(tmp_path: Path) -> None:
    roster = read_roster(saved(
        tmp_path,
        row(valid_from="", valid_until="2026-06-30"),
        row(office="o2", member="Jasvir Thindal", riding="Cedar Flats", province="BC", valid_from="2026-07-01",
            valid_until=""),
        header=FULL_HEADER,
    ))
    address = "orla.fennimore@parl.example"
    assert [found(roster, address, date(2026, month, 15)).office for month in (6, 7)] == ["o1", "o2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_file_as_a_spreadsheet_saves_it_is_read(tmp_path: Path, encoding: str, newline: str) -> None:
    path = saved(
        tmp_path,
        ",,,,,,,",
        '"o2","He\u0301le\u0300ne  Bruye\u0300re ",MP,"Val-des-Tilleuls,\u00a0Nord",qc,FR,, helene@parl.example ',
        "",
        header=HEADER.upper(), encoding=encoding, newline=newline,
    )
    member = found(read_roster(path), "helene@parl.example")
    assert member == Member(
        office="o2", member="Hélène Bruyère", kind="mp", riding="Val-des-Tilleuls, Nord", province="QC",
        language=Language.FR, phone="", address="helene@parl.example",
    )


def test_columns_are_known_by_name_and_not_by_place(tmp_path: Path) -> None:
    header = ",".join(reversed(COLUMNS))
    path = saved(tmp_path, ",".join(reversed(row().split(","))), header=header)
    assert found(read_roster(path), "orla.fennimore@parl.example").member == "Orla Fennimore"


def test_version_changes_with_the_file(tmp_path: Path) -> None:
    first = read_roster(saved(tmp_path, row())).version
    assert first == read_roster(saved(tmp_path, row())).version
    assert first != read_roster(saved(tmp_path, row(phone="902-555-0142"))).version


# --- refusing slips ---------------------------------------------------------------------------------------------


def test_every_bad_row_is_named_at_once(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        row(),
        row(office="o2", member="", kind="mpp", province="Ontario", language="english", address="b@parl.example"),
        row(office="o3", riding="", address="Orla Fennimore <orla@parl.example>"),
        row(office="o4", address="c@parl.example") + ",",
        row(office="o5").replace(",NS,", ","),
        row(office="o6", address="d@parl.example", member="Orla\u202eeromined"),
        row(office="o7", address="e@parl"),
    )
    assert problems(path) == [
        ":3: kind: must be mp, senator, minister (found 'mpp')",
        ":3: language: must be en, fr, both (found 'english')",
        ":3: member: is empty",
        ":3: province: must be one of NL, PE, NS, NB, QC, ON, MB, SK, AB, BC, YT, NT, NU (found 'Ontario')",
        ":4: address: is not one e-mail address such as name@parl.example",
        ":4: riding: is empty; a Member of Parliament has one",
        ":5: has 9 columns and the header has 8; is a comma missing or too many?",
        ":6: has 7 columns and the header has 8; is a comma missing or too many?",
        ":7: member: has a character that cannot be shown",
        ":8: address: is not one e-mail address such as name@parl.example",
    ]


def test_wrong_dates_are_named(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        row(valid_from="01/05/2026", valid_until="2026-02-30"),
        row(office="o2", address="b@parl.example", valid_from="2026-07-01", valid_until="2026-06-30"),
        row(office="o3", address="c@parl.example", valid_from="20260701", valid_until=""),
        header=FULL_HEADER,
    )
    assert problems(path) == [
        ":2: valid_from: must be a date such as 2026-01-31 (found '01/05/2026')",
        ":2: valid_until: must be a date such as 2026-01-31 (found '2026-02-30')",
        ":3: valid_until: is before valid_from (2026-07-01)",
        ":4: valid_from: must be a date such as 2026-01-31 (found '20260701')",
    ]


def test_address_in_two_offices_at_once_is_refused(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        row(),
        row(office="o2", member="Jasvir Thindal", riding="Cedar Flats", address="Orla.Fennimore@parl.example"),
        row(),
    )
    assert problems(path) == [
        ":3: address: is on line 2 already, for office o1 and for the same days",
        ":4: address: is on line 2 already, for this office and for the same days",
        ":4: address: is on line 3 already, for office o2 and for the same days",
    ]


def test_last_day_in_one_office_cannot_be_the_first_in_another(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        row(valid_from="", valid_until="2026-06-30"),
        row(office="o2", valid_from="2026-06-30", valid_until=""),
        header=FULL_HEADER,
    )
    assert problems(path) == [":3: address: is on line 2 already, for office o1 and for the same days"]


def test_columns_that_slipped_within_an_office_are_seen(tmp_path: Path) -> None:
    path = saved(tmp_path, row(), row(member="Jasvir Thindal", province="BC", address="b@parl.example"))
    assert problems(path) == [
        ":3: member: differs from line 2 although both are office o1",
        ":3: province: differs from line 2 although both are office o1",
    ]


def test_line_numbers_survive_a_name_over_two_lines(tmp_path: Path) -> None:
    path = saved(tmp_path, row(member='"Orla\nFennimore"'), row(office="", address="b@parl.example"))
    assert problems(path) == [":4: office: is empty"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (HEADER.replace(",kind", ""), ":1: kind: is missing in the header"),
        (HEADER + ",e-mail", ":1: e-mail: is not a column of the roster"),
        (HEADER + ",phone", ":1: phone: stands twice in the header"),
        (HEADER + ",", ":1: ?: is not a column of the roster"),
        (HEADER.replace(",", ";"),
         f":1: the first row must be the header {HEADER}; the columns must be separated by commas"),
        ("name", f":1: the first row must be the header {HEADER}"),
    ],
)
def test_wrong_header_is_named(tmp_path: Path, header: str, expected: str) -> None:
    assert problems(saved(tmp_path, row(), header=header)) == [expected]


def test_file_without_header_is_refused(tmp_path: Path) -> None:
    assert ":1: office: is missing in the header" in problems(saved(tmp_path, row(office="o2"), header=row()))


def test_files_without_rows_are_refused(tmp_path: Path) -> None:
    assert problems(saved(tmp_path)) == [": has no row besides the header; nobody could write"]
    (tmp_path / "roster.csv").write_bytes(b"\n\n")
    assert problems(tmp_path / "roster.csv") == [f": is empty; the first row must be the header {HEADER}"]


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "none.csv") == [": cannot be read: No such file or directory"]
    assert problems(saved(tmp_path, row(), row(member="Hélène"), encoding="latin-1")) == [
        ":3: is not UTF-8; save it as CSV UTF-8"]
    assert problems(saved(tmp_path, row(), '"o2,open')) == [
        ":3: is not a row of CSV: unexpected end of data; is a quotation mark not closed?"]


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode()))
def test_any_bytes_are_a_roster_or_a_named_problem(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        outcome: Roster | BadConfig = read_roster(path)
    except BadConfig as error:
        outcome = error
    if isinstance(outcome, Roster):
        assert outcome.addresses
    else:
        assert {problem.file for problem in outcome.problems} == {path}
