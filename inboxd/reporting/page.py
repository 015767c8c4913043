"""The report as one HTML file: no script, nothing from elsewhere, charts as SVG; both languages, or one.

Every value is escaped by Jinja2. The file is written piece by piece beside its place and then put there, so that a
report is whole or not there. Raises `Permanent` when it cannot be written, or is there and may not be replaced.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from inboxd.errors import Permanent
from inboxd.mail import Language
from inboxd.reporting.documents import IN_TIME, LATE, OUTCOMES, OVERDUE, SOON
from inboxd.reporting.drawing import WIDE, chart_of, shown, weeks
from inboxd.reporting.history import Standing
from inboxd.reporting.tables import ONE_COLUMN, TOTAL, Cell, Count, Entry, Listing, Report, Table, share
from inboxd.reporting.wording import PAGES, Voice, stamp, voice

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "standards": ("standing", "times", "outcomes", "causes"),
    "volumes": ("routes", "days", "months", "categories", "held", "held_reasons"),
    "documents": ("submissions", "reasons", "files", "file_reasons", "filing", "filing_times"),
    "languages": ("mail_languages", "office_languages", "provinces"),
    "corrections": ("corrections",),
}
"""What a reader meets, in order."""
OPENED = ("causes-", "filing-late", "filing-overdue", "held-still")
"""How the names of lists begin that are open, and printed; the others open when a figure leads there."""
OF_CASES = frozenset({"categories", "standing", "times", "outcomes", "causes", "corrections"})
SHOWN = {
    "causes": ("mail", "category", "received", "reply_by", "answered", "standing", "late_office_hours", "also"),
    "standing": ("mail", "category", "received", "reply_by"),
    "corrections": ("mail", "received", "corrected", "from", "to", "how"),
    "held": ("received", "route", "held_for", "held_since"),
    "held_reasons": ("received", "route", "held_since", "still_held"),
    "submissions": ("received", "reasons", "files", "file_by"),
    "reasons": ("received", "outcome", "reasons", "files"),
    "file_reasons": ("received", "part", "type", "size", "outcome"),
    "filing": ("received", "reasons", "filed", "file_by", "office_hours"),
}
"""By table: the columns of its lists that fit on a page. The CSV files have all."""
MEANS = {"standing": "short"}
"""By column: the table whose words its codes have."""
TIMES = ("received", "reply_by", "answered", "closed", "held_since", "corrected", "filed", "file_by")
HOURS = ("hours", "office_hours", "late_hours", "late_office_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One list as the page shows it."""

    name: str
    table: str
    code: str
    counted: str
    listing: Listing
    together: tuple[str, ...] = ()
    """Names of the lists that it is the sum of; then it is not written out again."""


def write(report: Report, path: Path, languages: Sequence[Language], *, replace: bool) -> None:
    """Write the report to `path`. An existing file is replaced only if `replace` says so."""
    expect_room(path, replace=replace)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                for piece in pieces(report, languages):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o640)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Permanent(f"cannot write {path}: {error.strerror}") from error


def expect_room(path: Path, *, replace: bool) -> None:
    """Raise `Permanent` where no file can be put: said before the work, not after it."""
    if path.is_dir():
        raise Permanent(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise Permanent(f"there is no folder {path.parent}")
    if path.exists() and not replace:
        raise Permanent(f"{path} is there already; give another name, or --replace")


def pieces(report: Report, languages: Sequence[Language]) -> Iterator[str]:
    """The page, piece by piece."""
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    voices = [voice(language, report.zone, report.filing_days) for language in languages]
    template = environment.get_template("report.html.j2")
    yield from template.generate(
        report=report,
        voices=voices,
        sections={
            name: [report.tables[table] for table in tables if table in report.tables]
            for name, tables in SECTIONS.items()
        },
        shelves=list(shelves(report)),
        shown=shown,
        weeks=weeks,
        opened=OPENED,
        wide=WIDE,
        in_each=partial(_in_each, voices),
        named=partial(_named, voices),
        chart_of=partial(chart_of, report),
        headline=partial(headline, report),
        columns=SHOWN,
        times=TIMES,
        of_cases=OF_CASES,
        cell=partial(_cell, voices),
        runs=runs,
        anchored={entry.name for entry in _breaches(report)},
        stamp=lambda at: stamp(at, voices[0].zone),
    )


def headline(report: Report, said: Voice) -> Iterator[tuple[str, str, str, str]]:
    """The figures that a manager is asked for first: what it is, the figure, what to know of it, the list behind it."""
    tables = report.tables

    def counted(table: str, code: str, column: int = 0) -> Count:
        return next(line.counts[column] for line in tables[table].lines if line.code == code)

    def with_share(label: str, part: int, whole: int, listing: str) -> tuple[str, str, str, str]:
        of = f"{said.number(part)} / {said.number(whole)}" if whole else ""
        return said.say("page", label), said.share(share(part, whole)), of, listing

    for label, table in (("messages", "routes"), ("cases", "categories")):
        found = counted(table, TOTAL)
        yield said.say("page", label), said.number(found.value), "", found.listing
    on_time, missed = counted("standing", TOTAL), counted("causes", TOTAL)
    yield with_share("on_time", on_time.value, on_time.value + counted("standing", TOTAL, 1).value, on_time.listing)
    unanswered = counted("outcomes", Standing.NOT_ANSWERED).value
    rest = said.say("page", "unanswered", count=said.number(unanswered)) if unanswered else ""
    yield said.say("page", "breaches"), said.number(missed.value), rest, missed.listing
    spent = next(line for line in tables["times"].lines if line.code == TOTAL)
    yield said.say("page", "median"), said.hours(spent.numbers[2]), "", spent.counts[0].listing
    soon, in_time, late, overdue = (counted("filing", code).value for code in (SOON, IN_TIME, LATE, OVERDUE))
    yield with_share("filed", soon + in_time, soon + in_time + late + overdue, counted("filing", TOTAL).listing)


def _breaches(report: Report) -> Iterator[Entry]:
    listing = report.listings.get(f"causes-{TOTAL}")
    yield from (listing.entries or ()) if listing else ()


def shelves(report: Report) -> Iterator[Shelf]:
    """Every list that a figure leads to, in the order of the report."""
    for names in SECTIONS.values():
        for name in names:
            if name in report.tables:
                yield from _of_table(report, report.tables[name])


def _of_table(report: Report, table: Table) -> Iterator[Shelf]:
    for column, counted in enumerate(table.counted):
        parts: list[str] = []
        for line in table.lines:
            count = line.counts[column]
            if not count.value:
                continue
            yield Shelf(
                name=count.listing,
                table=table.name,
                code=line.code,
                counted=counted,
                listing=report.listings[count.listing],
                together=tuple(parts) if line.is_total else (),
            )
            parts.append(count.listing)


def runs(names: Sequence[int | str]) -> list[str]:
    """Ids as people write them, `4–9, 12`; references one by one."""
    numbers = sorted({name for name in names if isinstance(name, int)})
    found: list[list[int]] = [numbers[:1]] if numbers else []
    for one, other in pairwise(numbers):
        if other == one + 1:
            found[-1][1:] = [other]
        else:
            found.append([other])
    return ["–".join(map(str, run)) for run in found] + [name for name in names if isinstance(name, str)]


def _once(voices: Sequence[Voice], texts: Iterable[str]) -> list[tuple[str, str]]:
    """Each language with its text; those that are the same in both once."""
    found: dict[str, str] = {}
    for said, text in zip(voices, texts, strict=True):
        found.setdefault(text, said.language.value)
    return [(language, text) for text, language in found.items()]


def _in_each(voices: Sequence[Voice], group: str, key: str) -> list[tuple[str, str]]:
    return _once(voices, [said.say(group, key) for said in voices])


def _named(voices: Sequence[Voice], shelf: Shelf) -> list[tuple[str, str]]:
    """What a list is called: its code, and its column where a table has several."""
    texts = [said.label(shelf.table, shelf.code) for said in voices]
    if shelf.counted not in ONE_COLUMN:
        texts = [
            f"{text}, {said.say('counted', shelf.counted).lower()}" for said, text in zip(voices, texts, strict=True)
        ]
    return _once(voices, texts)


def _cell(voices: Sequence[Voice], column: str, value: Cell) -> str:
    """A cell of a list, in the words of every language of the report."""
    if isinstance(value, datetime):
        return stamp(value, voices[0].zone)
    if value is None:
        return ""
    if column in HOURS:
        return voices[0].hours(float(value))
    if not isinstance(value, str):
        return str(value)
    if column in ("reasons", "held_for", "reason"):
        return ", ".join(value.split())
    group = MEANS.get(column, column)
    if group == "outcome":
        group = "submissions" if value in OUTCOMES else "files"
    said = (", ".join(voice.label(group, one) for one in value.split()) for voice in voices)
    return " / ".join(dict.fromkeys(said))
