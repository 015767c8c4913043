"""Closures in the text of `standards.toml`: one is written at its end or taken out, every other letter stays.

Pure: text in, text out. What comes out is parsed and must say what the text said before, plus or minus that one
closure; anything else raises `Permanent`, and a person edits the file.
"""

from __future__ import annotations

import json
import tomllib
from datetime import date
from typing import Any

from inboxd.config_file import line_index
from inboxd.errors import Permanent
from inboxd.standards import Closure

KEY = "closure"


def with_closure(text: str, closure: Closure) -> str:
    """The text with one `[[closure]]` more at its end. The file's line ends are kept."""
    table: dict[str, Any] = {"date": closure.first}
    if closure.last != closure.first:
        table["until"] = closure.last
    table["reason"] = closure.reason
    if closure.reason_fr != closure.reason:
        table["reason_fr"] = closure.reason_fr
    lines = ["", f"[[{KEY}]]", *(f"{name} = {_value(value)}" for name, value in table.items()), ""]
    ends = "\r\n" if "\r\n" in text else "\n"
    new = text + ("" if not text or text.endswith("\n") else ends) + ends.join(lines)
    expected = tomllib.loads(text)
    expected[KEY] = [*expected.get(KEY, []), table]
    return _proved(new, expected, f"closures must be written as [[{KEY}]] tables")


def without_closure(text: str, first: date) -> str:
    """The text without the closure that begins on `first`. Raises `KeyError` if there is none."""
    expected = tomllib.loads(text)
    numbers = [number for number, table in enumerate(expected.get(KEY, [])) if table["date"] == first]
    if not numbers:
        raise KeyError(first)
    number = numbers[0]
    del expected[KEY][number]
    if not expected[KEY]:
        del expected[KEY]
    found = [line for place, line in line_index(text).items() if place[:2] == (KEY, number)]
    begin, end = min(found, default=1) - 1, max(found, default=0)
    lines = text.splitlines(keepends=True)
    if begin and not lines[begin - 1].strip():
        begin -= 1  # the empty line before it
    return _proved("".join((*lines[:begin], *lines[end:])), expected, f"the closure of {first} cannot be told apart")


def _value(value: date | str) -> str:
    # JSON's escapes are TOML's; a reason has no control characters
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _proved(new: str, expected: dict[str, Any], otherwise: str) -> str:
    try:
        same = tomllib.loads(new) == expected
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise Permanent(f"{otherwise}; change the file by hand")
    return new
