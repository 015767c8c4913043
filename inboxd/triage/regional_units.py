"""The Regional Enquiries Units that offices are sent to with regular passports, by province.

Read from `config/regional_units.toml`; a file that leaves a province out or gives it to two units raises `BadConfig`.
Sources: `domain.md` R0-3 (the four units), 6 row "Regular passport" (which province belongs to which).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, ValidationError

from inboxd.config_file import Section, gather, line_of, problems_of, read_toml
from inboxd.errors import Problem
from inboxd.triage.roster import PROVINCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit as readers are told about it. `contact` is empty until the office has filled it in."""

    name_en: str
    name_fr: str
    contact: str
    provinces: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalUnits:
    """All units, in the order of the file."""

    units: tuple[Unit, ...]
    by_province: Mapping[str, Unit]
    version: str
    """SHA-256 of what the file says, 64 hex digits."""

    def for_province(self, code: str) -> tuple[Unit, ...]:
        """The unit of a province or territory (two letters, any case); all units when the code is not known."""
        unit = self.by_province.get(code.strip().upper())
        return self.units if unit is None else (unit,)

    @property
    def without_contact(self) -> tuple[str, ...]:
        """English names of the units whose contact the office still has to fill in."""
        return tuple(unit.name_en for unit in self.units if not unit.contact)


class _UnitTable(Section):
    name_en: Annotated[str, Field(min_length=1)]
    name_fr: Annotated[str, Field(min_length=1)]
    contact: str
    provinces: Annotated[tuple[str, ...], Field(min_length=1)]


class _UnitsFile(Section):
    unit: tuple[_UnitTable, ...] = ()


def read_units(path: Path) -> RegionalUnits:
    """Read and check the units. Raises `BadConfig` with every problem, by line and key."""
    data, index = read_toml(path)
    try:
        file = _UnitsFile.model_validate(data)
    except ValidationError as error:
        gather(problems_of(path, index, error))
        raise
    problems = []
    by_province: dict[str, Unit] = {}
    for number, table in enumerate(file.unit):
        unit = Unit(
            name_en=table.name_en, name_fr=table.name_fr, contact=table.contact.strip(), provinces=table.provinces
        )
        line, key = line_of(index, ("unit", number, "provinces")), f"unit.{number + 1}.provinces"
        for code in unit.provinces:
            if code not in PROVINCES:
                message = f"{code!r} is none of {', '.join(PROVINCES)}"
                problems.append(Problem(file=path, line=line, key=key, message=message))
            elif code in by_province:
                message = f"{code} belongs to {by_province[code].name_en} already"
                problems.append(Problem(file=path, line=line, key=key, message=message))
            by_province.setdefault(code, unit)
    if left_out := [code for code in PROVINCES if code not in by_province]:
        problems.append(Problem(file=path, line=0, key="unit", message=f"no unit has {', '.join(left_out)}"))
    gather(problems)
    return RegionalUnits(
        units=tuple(dict.fromkeys(by_province.values())),
        by_province=MappingProxyType(by_province),
        version=hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest(),
    )
