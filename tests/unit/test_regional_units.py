"""The Regional Enquiries Units: each province has one, and an unknown province gets all four."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxd.errors import BadConfig
from inboxd.triage.regional_units import read_units
from inboxd.triage.roster import PROVINCES

SAMPLE = Path(__file__).parents[2] / "config" / "regional_units.toml"
TEXT = SAMPLE.read_text(encoding="utf-8")
UNITS = read_units(SAMPLE)


@pytest.mark.parametrize(
    ("codes", "unit"),
    [
        ("NL PE NS NB", "Regional Enquiries Unit, Atlantic"),
        ("ON", "Regional Enquiries Unit, Ontario"),
        ("QC", "Regional Enquiries Unit, Quebec"),
        ("MB SK AB BC YT NT NU", "Regional Enquiries Unit, Western Canada and territories"),
    ],
)
def test_province_leads_to_its_unit(codes: str, unit: str) -> None:
    for code in codes.split():
        assert [found.name_en for found in UNITS.for_province(code)] == [unit]
        assert UNITS.for_province(f" {code.lower()} ") == UNITS.for_province(code)


@pytest.mark.parametrize("code", ["", "US", "Ontario", "O N"])
def test_unknown_province_leads_to_all_four(code: str) -> None:
    assert len(UNITS.for_province(code)) == 4
    assert UNITS.for_province(code) == UNITS.units


def test_every_province_belongs_to_one_unit() -> None:
    assert sorted(code for unit in UNITS.units for code in unit.provinces) == sorted(PROVINCES)


def test_contacts_are_left_to_the_office_and_counted_until_filled_in(tmp_path: Path) -> None:
    assert len(UNITS.without_contact) == 4
    path = tmp_path / "units.toml"
    path.write_text(TEXT.replace('contact = ""', 'contact = "902-555-0190"', 1), encoding="utf-8")
    filled = read_units(path)
    assert filled.for_province("NS")[0].contact == "902-555-0190"
    assert "Regional Enquiries Unit, Atlantic" not in filled.without_contact
    assert filled.version != UNITS.version


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "units.toml"
    path.write_text(TEXT.replace('["ON"]', '["ON", "NS", "XX"]').replace('"YT", ', ""), encoding="utf-8")
    line = next(n for n, row in enumerate(TEXT.splitlines(), 1) if '["ON"]' in row)
    assert _problems(path) == [
        f"{path}: unit: no unit has YT",
        f"{path}:{line}: unit.2.provinces: 'XX' is none of NL, PE, NS, NB, QC, ON, MB, SK, AB, BC, YT, NT, NU",
        f"{path}:{line}: unit.2.provinces: NS belongs to Regional Enquiries Unit, Atlantic already",
    ]


def test_unit_without_french_name_or_province_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "units.toml"
    path.write_text('[[unit]]\nname_en = "Unit"\nname_fr = ""\nprovinces = []\n', encoding="utf-8")
    assert [problem.partition(": ")[2].partition(":")[0] for problem in _problems(path)] == [
        "unit.1.contact", "unit.1.name_fr", "unit.1.provinces"]


def test_file_without_units_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "units.toml"
    path.touch()
    assert _problems(path) == [f"{path}: unit: no unit has {', '.join(PROVINCES)}"]


def _problems(path: Path) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        read_units(path)
    return [str(problem) for problem in caught.value.problems]
