"""A labelled folder: `messages/*.eml` and, beside them, labels, settings, application records and roster.

Only `messages/` must be there; `labels.jsonl` too unless nothing is to be scored. Every problem of every file is named
by file, line and key, all at once (`errors.BadConfig`). A field that a label leaves out leaves that mail out of that
figure; a value that no figure could count is a problem, since it would falsify the figure in silence.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, TypeVar

from pydantic import Field

from inboxd.config_file import Section, gather, load
from inboxd.documents import Application
from inboxd.errors import BadConfig, Problem
from inboxd.evaluating.label_lines import Lines, read_labels
from inboxd.evaluating.scheme import Label
from inboxd.settings import Information, Settings
from inboxd.settings.servers import Count
from inboxd.triage.roster import Roster, read_roster

Read = TypeVar("Read")

COLUMNS = ("number", "family_name", "given_name", "date_of_birth", "uci")
EMPTY_ROSTER = Roster(offices=MappingProxyType({}), addresses=MappingProxyType({}), version="none")
"""Without roster.csv every address of a client domain is an office."""
_NUMBER = re.compile(r"[A-Z0-9]{5,14}")


class CorpusSettings(Section):
    """corpus.toml: settings that hold for this folder. What is not set stays as the office has it."""

    authserv_ids: tuple[str, ...] | None = None
    client_domains: tuple[str, ...] | None = None
    inbox: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    """The address of the service inbox."""
    allowed_types: tuple[str, ...] | None = None
    max_file_bytes: Count | None = None
    max_total_bytes: Count | None = None
    require_second_identifier: bool | None = None
    required_information: tuple[Information, ...] | None = None

    def over(self, office: Settings, roster: Path | None) -> Settings:
        """The office's settings with those of the folder in their place.

        A record of which only the number is known agrees with any identifier, and no scanner is asked: a folder is
        judged the same everywhere.
        """
        said = self.model_dump(exclude_none=True)
        senders: dict[str, object] = {key: said.pop(key) for key in ("authserv_ids", "client_domains") if key in said}
        if roster is not None:
            senders["roster"] = roster
        inbox = said.pop("inbox", None)
        return office.model_copy(
            update={
                "office": office.office.model_copy(update={"address": inbox} if inbox else {}),
                "senders": office.senders.model_copy(update=senders),
                "documents": office.documents.model_copy(update={**said, "trust_bare_records": True}),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """A labelled folder, read and checked."""

    messages: tuple[Path, ...]
    """In order of their names; read one by one when they are judged."""
    labels: Mapping[str, Label] | None
    """By file name; None if there is no labels.jsonl."""
    own_settings: CorpusSettings
    applications: Mapping[str, Application] | None
    """By number; None if there is no register.csv: every well-formed number exists."""
    roster: Roster
    roster_file: Path | None

    def settings(self, office: Settings) -> Settings:
        """The office's settings as they hold for this folder."""
        return self.own_settings.over(office, self.roster_file)

    def id_of(self, message: Path) -> str:
        """The id its label gives; the file's stem without one."""
        label = self.labels.get(message.name) if self.labels is not None else None
        return label.id if label else message.stem


def read_folder(root: Path, *, to_score: bool = True) -> Corpus:
    """Read a labelled folder. Raises `BadConfig` with every problem of every file.

    `to_score` False: labels.jsonl may be missing.
    """
    problems: list[Problem] = []

    def beside(name: str, read: Callable[[Path], Read]) -> Read | None:
        path = root / name
        if not path.exists():
            return None
        try:
            return read(path)
        except BadConfig as error:
            problems.extend(error.problems)
            return None

    messages = _messages(root, problems)
    lines = beside("labels.jsonl", read_labels)
    if lines is not None:
        problems += lines.problems
        problems += _unpaired(root, messages, lines)
    elif to_score and not (root / "labels.jsonl").exists():
        message = "is missing; without labels there is nothing to score (--predictions FILE alone needs none)"
        problems.append(Problem(file=root / "labels.jsonl", line=0, key="", message=message))
    own_settings = beside("corpus.toml", lambda path: load(path, CorpusSettings))
    applications = beside("register.csv", read_register)
    roster = beside("roster.csv", read_roster)
    gather(problems)
    return Corpus(
        messages=messages,
        labels=lines.by_file if lines is not None else None,
        own_settings=own_settings or CorpusSettings(),
        applications=applications,
        roster=roster or EMPTY_ROSTER,
        roster_file=root / "roster.csv" if roster is not None else None,
    )


def _messages(root: Path, problems: list[Problem]) -> tuple[Path, ...]:
    place = root / "messages"
    try:
        found = sorted(path for path in place.iterdir() if path.suffix.lower() == ".eml" and path.is_file())
    except OSError as error:
        problems.append(Problem(file=place, line=0, key="", message=f"cannot be read: {error.strerror}"))
        return ()
    if not found:
        problems.append(Problem(file=place, line=0, key="", message="holds no file with the ending .eml"))
    return tuple(found)


def _unpaired(root: Path, messages: tuple[Path, ...], lines: Lines) -> Iterator[Problem]:
    """Labels without their message, messages without a label: either would drop out of the figures unseen."""
    there = {path.name for path in messages}
    for label in lines.by_file.values():
        if label.file not in there:
            message = f"{label.file} is not in messages/"
            yield Problem(file=root / "labels.jsonl", line=label.line, key="file", message=message)
    for path in messages if lines.all_named else ():
        if path.name not in lines.by_file:
            yield Problem(file=path, line=0, key="", message="has no line in labels.jsonl")


def read_register(path: Path) -> Mapping[str, Application]:
    """register.csv: `number` and, where known, the other columns. Raises `BadConfig` with every problem.

    More lenient than the import of the office's register: only a number must be there, old seven-digit ones included.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadConfig([Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start}); save it as CSV UTF-8"
        raise BadConfig([Problem(file=path, line=0, key="", message=message)]) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found: dict[str, tuple[int, Application]] = {}
    problems: list[Problem] = []

    def wrong(line: int, key: str, message: str) -> None:
        problems.append(Problem(file=path, line=line, key=key, message=message))

    try:
        header = [name.strip().lower() for name in reader.fieldnames or ()]
        if "number" not in header:
            wrong(1, "number", f"is missing in the header; it may have {', '.join(COLUMNS)}")
        for name in header:
            if name not in COLUMNS:
                wrong(1, name or "?", "is not a column of the register")
            elif header.count(name) > 1:
                wrong(1, name, "stands twice in the header")
        reader.fieldnames = header
        for row in () if problems else reader:
            record = _record(reader.line_num, row, wrong)
            if record is None:
                continue
            line, known = found.setdefault(record.number, (reader.line_num, record))
            if known != record:
                wrong(reader.line_num, "number", f"stands in line {line} already, with other particulars")
    except csv.Error as error:
        wrong(reader.line_num, "", f"is not CSV from here on: {error}")
    gather(problems)
    return {number: record for number, (_, record) in found.items()}


def _record(line: int, row: dict[str, str | None], wrong: Callable[[int, str, str], None]) -> Application | None:
    if None in row or any(cell is None for cell in row.values()):
        wrong(line, "", "has not as many cells as the header; is a comma missing or not quoted?")
        return None
    value = {name: (row.get(name) or "").strip() for name in COLUMNS}
    number = re.sub(r"[ .-]", "", value["number"]).upper()
    if not _NUMBER.fullmatch(number):
        wrong(line, "number", "is not an application number such as E123456789")
        return None
    born = None
    if value["date_of_birth"]:
        try:
            born = date.fromisoformat(value["date_of_birth"])
        except ValueError:
            wrong(line, "date_of_birth", "is not a date such as 1984-06-30")
            return None
    uci = re.sub(r"[ -]", "", value["uci"])
    if uci and not (uci.isascii() and uci.isdigit() and len(uci) in (8, 10)):
        wrong(line, "uci", "is not a UCI of 8 or 10 digits")
        return None
    return Application(
        number=number, family_name=value["family_name"], given_name=value["given_name"], date_of_birth=born, uci=uci
    )
