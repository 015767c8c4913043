"""labels.jsonl: one JSON object a line, each the label of one message.

Fields may be missing or null, and unknown ones (difficulty, note, criterion) are let be; but a value outside the scheme
is a problem with its line and key: it would count as a miss for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inboxd.documents import Reason
from inboxd.errors import BadConfig, Problem
from inboxd.evaluating.scheme import CATEGORIES, LANGUAGES, OUTCOMES, ROUTES, Label

_REASONS = tuple(str(reason) for reason in Reason)


def compact(number: str) -> str:
    """A number as labels are compared: upper case, without spaces, dots and dashes."""
    return re.sub(r"[\s.\-‐-―−]", "", number).upper()


def _is_text(value: str) -> bool:
    """Not half a character (`\\ud800`), which nothing can print."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


class _Line:
    """One line while it is read; collects what is wrong with it."""

    def __init__(self, path: Path, number: int, data: Mapping[str, Any], problems: list[Problem]) -> None:
        self.path, self.number, self.data, self.problems = path, number, data, problems

    def wrong(self, key: str, message: str) -> None:
        self.problems.append(Problem(file=self.path, line=self.number, key=key, message=message))

    def text(self, key: str) -> str:
        value = self.data.get(key)
        if value is None or (isinstance(value, str) and _is_text(value)):
            return (value or "").strip()
        self.wrong(key, f"must be text (found {value!r})")
        return ""

    def one_of(self, key: str, known: Collection[str]) -> str | None:
        value = self.text(key)
        if value and value not in known:
            self.wrong(key, f"must be one of {', '.join(known)} (found {value!r})")
        return value or None

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) and _is_text(item) for item in value):
            self.wrong(key, "must be a list of texts in square brackets")
            return None
        return tuple(item.strip() for item in value)

    def count(self, key: str) -> int | None:
        value = self.data.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.wrong(key, f"must be a whole number (found {value!r})")
        return None

    def label(self) -> Label | None:
        name, file = self.text("id"), self.text("file")
        if not name and not file:
            self.wrong("id", "is missing, and so is file; which message is it?")
            return None
        file = (file or f"{name}.eml").removeprefix("messages/")
        if "/" in file or "\\" in file:
            self.wrong("file", f"must be a file's name in messages/, without a folder (found {file!r})")
        numbers, reasons = self.texts("numbers"), self.texts("reasons")
        for reason in reasons or ():
            if reason not in _REASONS:
                self.wrong("reasons", f"{reason!r} is not a reason code")
        return Label(
            id=name or file.rpartition(".")[0],
            file=file,
            line=self.number,
            route=self.one_of("route", ROUTES),
            category=self.one_of("category", CATEGORIES),
            language=self.one_of("language", LANGUAGES),
            numbers=tuple(compact(number) for number in numbers) if numbers is not None else None,
            cases=self.count("cases"),
            outcome=self.one_of("outcome", OUTCOMES),
            reasons=reasons,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """labels.jsonl as it was read."""

    by_file: Mapping[str, Label]
    """By file name; lines with a problem too, as far as they could be read."""
    all_named: bool
    """Every line says which message it is about, so that a message without a label is seen."""
    problems: tuple[Problem, ...]


def read_labels(path: Path) -> Lines:
    """The labels, and all that is wrong with them by line and key. Raises `BadConfig` if it is no text at all."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise BadConfig([Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadConfig([Problem(file=path, line=line, key="", message="is not UTF-8; save it as UTF-8")]) from error
    problems: list[Problem] = []
    by_file: dict[str, Label] = {}
    by_id: dict[str, int] = {}
    all_named = True
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        label = _label(path, number, row, problems)
        if label is None:
            all_named = False
            continue
        if label.file in by_file:
            message = f"{label.file} has a label in line {by_file[label.file].line} already"
            problems.append(Problem(file=path, line=number, key="file", message=message))
        elif label.id in by_id:
            message = f"{label.id!r} stands in line {by_id[label.id]} already"
            problems.append(Problem(file=path, line=number, key="id", message=message))
        by_file.setdefault(label.file, label)
        by_id.setdefault(label.id, number)
    return Lines(by_file=by_file, all_named=all_named, problems=tuple(problems))


def _label(path: Path, number: int, row: str, problems: list[Problem]) -> Label | None:
    try:
        data = json.loads(row)
    except (ValueError, RecursionError) as error:  # ValueError also for a number of thousands of digits
        why = error.msg if isinstance(error, json.JSONDecodeError) else "a number too long, or nested too deep"
        problems.append(Problem(file=path, line=number, key="", message=f"is not JSON: {why}"))
        return None
    if not isinstance(data, dict):
        problems.append(Problem(file=path, line=number, key="", message="must be one object in curly brackets"))
        return None
    return _Line(path, number, data, problems).label()
