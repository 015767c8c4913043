"""English sentences of the stages, said in French on the French desk.

A stage keeps its sentence once, as the commands print it; the pairs are in `words/phrases.toml`. A sentence that is in
no pair is not guessed at: it is shown as it is, marked as English.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from inboxd.console.wording import WORDS, Said, typeset
from inboxd.replies.wording import french
from inboxd.triage import Rules

LONGEST = 4_000
"""Characters of a sentence that is looked for; none of ours comes near."""
_FIELD = re.compile(r"\{(?P<name>\w+)(?::(?P<kind>\w+))?\}")
_SHAPES = {"date": r"\d{4}-\d\d-\d\d", "clock": r"\d\d:\d\d(?::\d\d)?", "n": r"\d+"}
_CLOCK = ("{}\N{NBSP}h\N{NBSP}{}", "{}\N{NBSP}h\N{NBSP}{}\N{NBSP}min\N{NBSP}{}\N{NBSP}s")


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence for a page, and the language that it is in."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Pair:
    """What a stage says, as a pattern, and the same in French."""

    pattern: re.Pattern[str]
    kinds: Mapping[str, str]
    french: str


@functools.cache
def _book() -> tuple[tuple[Pair, ...], Mapping[str, Mapping[str, str]]]:
    found = tomllib.loads((WORDS / "phrases.toml").read_text(encoding="utf-8"))
    kinds = found.pop("kinds")
    return tuple(_pair(en, fr) for section in found.values() for en, fr in section.items()), kinds


def _pair(english: str, said: str) -> Pair:
    pattern, kinds, done = "", {}, 0
    for field in _FIELD.finditer(english):
        kinds[field["name"]] = field["kind"] or ""
        shape = _SHAPES.get(field["kind"], ".+?")
        pattern += f"{re.escape(english[done : field.start()])}(?P<{field['name']}>{shape})"
        done = field.end()
    return Pair(re.compile(pattern + re.escape(english[done:])), kinds, typeset(said, "fr"))


class Phrasebook:
    """The book for one page: the labels of its language, and the rules whose descriptions and holidays it needs."""

    def __init__(self, said: Said, rules: Rules) -> None:
        self._said, self._rules = said, rules

    def told(self, text: str) -> Told:
        """A sentence in the language of the page, as far as the book has it."""
        if self._said.language != "fr" or not text:
            return Told(text, "en")
        found = self._french(text) if len(text) <= LONGEST else None
        return Told(text, "en") if found is None else Told(found, "fr")

    def _french(self, text: str) -> str | None:
        whole = self._one(text)
        if whole is not None:
            return whole
        for parts, mark, say in ((text.splitlines(), ". ", self._french), (_parts(text), french(" ; "), self._one)):
            known = [found for found in map(say, parts) if found is not None] if len(parts) > 1 else []
            if known and len(known) == len(parts):
                return mark.join(known)
        return None

    def _one(self, text: str) -> str | None:
        for pair in _book()[0]:
            match = pair.pattern.fullmatch(text)
            if match is None:
                continue
            values = {name: self._value(kind, match[name]) for name, kind in pair.kinds.items()}
            if all(value is not None for value in values.values()):
                return pair.french.format(**values)
        return None

    def _value(self, kind: str, text: str) -> str | None:
        """Words of a sentence as French says them; None where it does not know them."""
        ways: dict[str, Callable[[str], str | None]] = {
            "said": self._french,
            "date": _day,
            "clock": lambda wall: _CLOCK[wall.count(":") - 1].format(*wall.split(":")),
            "zone": lambda name: _book()[1]["zone"].get(name, name),
            "machine": _book()[1]["machine"].get,
            "day": self._closed,
            "category": lambda code: self._said.code("categories", code),
            "state": lambda code: self._said.own("state", code),
            "criterion": self._criterion,
        }
        return ways[kind](text) if kind in ways else text

    def _closed(self, name: str) -> str | None:
        days: Any = self._rules.standards.calendar.closed.values()
        named = _book()[1]["day"].get(name) or next((day.name_fr for day in days if day.name_en == name), None)
        return named and typeset(named, "fr")

    def _criterion(self, description: str) -> str | None:
        rows = self._rules.criteria.rows
        return next((typeset(row.description_fr, "fr") for row in rows if row.description_en == description), None)


def _day(text: str) -> str | None:
    try:
        return format_date(date.fromisoformat(text), "d MMMM y", locale="fr_CA")
    except ValueError:
        return None


def _parts(text: str) -> list[str]:
    """The clauses of a sentence: parted by semicolons, but not inside of brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth <= 0 and text.startswith("; ", place):
            parts.append(text[start:place])
            start = place + 2
    return [*parts, text[start:]]
