"""TOML files that people write: read, checked against a model, every problem named by file, line and key.

Used for settings, criteria and standards. Fails with `BadConfig` that carries all problems at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from inboxd.errors import BadConfig, Problem

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]


class Section(BaseModel):
    """Base of every table in a file of ours: frozen, and a key it does not know is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


_HEADER = re.compile(r"^\s*(\[\[|\[)\s*([^\]]+?)\s*\]")
_KEY = re.compile(
    r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=(.*)$"""
)
_PART = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*(?:\.|$)""")
_TRIPLE = re.compile(r"""\"\"\".*?\"\"\"|'''.*?'''""")
_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'|#.*$""")
_STRING = "s"
"""Stands for a string whose content does not matter."""


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def line_index(text: str) -> dict[Location, int]:
    """Line (from 1) of every table header, key and item of a list; arrays are indexed by position as pydantic does."""
    index: dict[Location, int] = {}
    table: Location = ()
    counts: dict[tuple[str, ...], int] = {}
    depth = 0
    fence = ""
    items = _Items(index)
    for number, whole in enumerate(text.splitlines(), start=1):
        if fence and fence not in whole:
            continue
        line = whole.partition(fence)[2] if fence else whole
        if depth == 0 and (header := _HEADER.match(line)):
            names = _parts(header.group(2))
            if header.group(1) == "[[":
                counts[names] = counts.get(names, -1) + 1
            place: list[str | int] = []
            for length in range(1, len(names) + 1):
                place.append(names[length - 1])
                if names[:length] in counts:
                    place.append(counts[names[:length]])
            table = tuple(place)
            index.setdefault(table, number)
            continue
        rest = line
        if depth == 0 and (key := _KEY.match(line)):
            index.setdefault(table + _parts(key.group(1)), number)
            items.begin(table + _parts(key.group(1)))
            rest = key.group(2)
        bare = _TRIPLE.sub(_STRING, rest)
        fence = next((mark for mark in ('"""', "'''") if mark in bare), "")
        bare = bare.partition(fence)[0] + _STRING if fence else bare
        bare = _QUOTED.sub(lambda found: "" if found[0].startswith("#") else _STRING, bare)
        depth = items.read(bare, depth, number)
    return index


class _Items:
    """Notes on which line each item of a list begins."""

    def __init__(self, index: dict[Location, int]) -> None:
        self._index = index
        self._key: Location = ()
        self._item = 0
        self._is_list = False

    def begin(self, key: Location) -> None:
        """The value of this key follows."""
        self._key, self._item = key, 0

    def read(self, bare: str, depth: int, number: int) -> int:
        """Read a line in which `_STRING` stands for each string; the depth of brackets after it is returned."""
        for character in bare:
            if depth == 1 and character == ",":
                self._item += 1
            elif character in "[{":
                self._is_list = character == "[" if depth == 0 else self._is_list
                depth += 1
            elif character in "]}":
                depth = max(0, depth - 1)
            elif depth == 1 and self._is_list and not character.isspace():
                self._index.setdefault((*self._key, self._item), number)
        return depth


def line_of(index: dict[Location, int], location: Location) -> int:
    """The line of the nearest enclosing thing that has one; 0 if none has."""
    for length in range(len(location), 0, -1):
        if location[:length] in index:
            return index[location[:length]]
    return 0


def read_toml(path: Path) -> tuple[dict[str, Any], dict[Location, int]]:
    """Parse one file. Raises `BadConfig` if it is missing, unreadable, not UTF-8 or not TOML."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BadConfig([Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise BadConfig([Problem(file=path, line=0, key="", message=message)]) from error
    return parse_toml(path, text)


def parse_toml(path: Path, text: str) -> tuple[dict[str, Any], dict[Location, int]]:
    """Parse what is or would be the text of a file. Raises `BadConfig` if it is not TOML."""
    try:
        return tomllib.loads(text), line_index(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place.group(1)) if place else len(text.splitlines())
        raise BadConfig([Problem(file=path, line=line, key="", message=f"is not TOML: {error}")]) from error


def _sentence(error: dict[str, Any]) -> str:
    given = error.get("input")
    match error["type"]:
        case "extra_forbidden":
            return "is not an option; check the spelling against the sample in config/"
        case "missing":
            return "is missing and has no default"
        case "value_error":
            return str(error["ctx"]["error"])
        case "tuple_type":
            return f"must be a list in square brackets (found {given!r})"
        case "path_type":
            return f"must be one path in quotes (found {given!r})"
        case _:
            shown = "" if isinstance(given, dict | list) else f" (found {given!r})"
            message: str = error["msg"]
            return message[0].lower() + message[1:] + shown


def problems_of(path: Path, index: dict[Location, int], error: ValidationError) -> list[Problem]:
    """Pydantic's findings as problems with lines."""
    found: list[Problem] = []
    for item in error.errors():
        # pydantic appends "[key]" when the key of a table is wrong, not its value
        location: Location = tuple(part for part in item["loc"] if part != "[key]")
        key = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
        found.append(Problem(file=path, line=line_of(index, location), key=key, message=_sentence(dict(item))))
    return found


def load(path: Path, model: type[Model], *, context: dict[str, Any] | None = None) -> Model:
    """Read `path` into `model`. Raises `BadConfig` with every problem."""
    data, index = read_toml(path)
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        raise BadConfig(problems_of(path, index, error)) from error


def gather(*steps: Sequence[Problem]) -> None:
    """Raise `BadConfig` if any of the lists has a problem."""
    found = [problem for step in steps for problem in step]
    if found:
        raise BadConfig(found)
