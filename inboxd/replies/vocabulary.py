"""The words for codes, in `reasons.toml` and `words.toml` of each language, and the filters that look them up.

A file must have exactly the codes and keys it is compared with; each deviation becomes a `Problem` with its line. A
code that is not in them raises ValueError at rendering: the notice is not sent, and the mail is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from inboxd.config_file import line_of, parse_toml
from inboxd.documents import Reason
from inboxd.errors import BadConfig, Problem
from inboxd.replies.wording import french

Table = Mapping[str, Mapping[str, str]]

REASON_SHAPE: Table = {reason.value: {"reason": "", "fix": ""} for reason in Reason}
"""What `reasons.toml` must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The two files of words of one language, read and found whole."""

    reasons: Table
    names: Table


def lookup(table: Mapping[str, str], what: str) -> Callable[[object], str]:
    """A filter that names a code of `table`."""
    def named(code: object) -> str:
        try:
            return table[str(code)]
        except KeyError:
            raise ValueError(f"this code is not among the {what}") from None
    return named


def _flaws(given: Mapping[str, object], shape: Table) -> Iterator[tuple[tuple[str, ...], str]]:
    """Place and sentence for each deviation from `shape`."""
    spelling = "check the spelling against the packaged file"
    for section, entries in given.items():
        if section not in shape:
            yield (section,), f"is not a known code; {spelling}"
        elif not isinstance(entries, dict):
            yield (section,), "must be a table: its name alone in square brackets, and its keys below"
        else:
            for key, value in entries.items():
                if key not in shape[section]:
                    yield (section, key), f"is not a known key; {spelling}"
                elif not isinstance(value, str) or not value.strip():
                    yield (section, key), "must be text, and not empty"
            for key in shape[section]:
                if key not in entries:
                    yield (section, key), "is missing"
    for section in shape:
        if section not in given:
            yield (section,), "is missing"


def read_table(path: Path, text: str, *, shape: Table | None, is_french: bool) -> tuple[Table, list[Problem]]:
    """The tables of one file, empty if anything is wrong with it. Without `shape`, only that it is TOML is checked."""
    try:
        data, index = parse_toml(path, text)
    except BadConfig as error:
        return {}, list(error.problems)
    problems = [Problem(file=path, line=line_of(index, place), key=".".join(place), message=message)
                for place, message in (_flaws(data, shape) if shape is not None else ())]
    if problems:
        return {}, problems
    return {section: {key: french(value) if is_french else value for key, value in entries.items()}
            for section, entries in data.items()}, []
