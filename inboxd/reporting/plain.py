"""The report for programs (JSON) and for a terminal (tables of text). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inboxd.reporting.drawing import shown
from inboxd.reporting.page import SECTIONS
from inboxd.reporting.tables import Entry, Report
from inboxd.reporting.wording import Voice


def document(report: Report) -> dict[str, Any]:
    """The report as one JSON object; hours and shares to four digits, null where there is nothing to count."""
    return {
        "first": report.first,
        "last": report.last,
        "month": report.month or None,
        "zone": report.zone,
        "as_of": report.as_of,
        "is_over": report.is_over,
        "standards_version": report.standards_version,
        "tables": {
            table.name: [
                {
                    "code": line.code,
                    **{
                        name: {"value": count.value, "list": count.listing or None}
                        for name, count in zip(table.counted, line.counts, strict=True)
                    },
                    **{
                        name: None if number is None else round(number, 4)
                        for name, number in zip(table.numbered, line.numbers, strict=True)
                    },
                }
                for line in table.lines
            ]
            for table in report.tables.values()
        },
        "lists": {
            name: listing.names if listing.entries is None else [_row(entry) for entry in listing.entries]
            for name, listing in report.listings.items()
        },
    }


def _row(entry: Entry) -> dict[str, Any]:
    cells = {name: round(value, 4) if isinstance(value, float) else value for name, value in entry.cells.items()}
    return {"name": entry.name, **cells}


def texts(report: Report, said: Voice) -> Iterator[tuple[str, tuple[str, ...], list[dict[str, str]]]]:
    """Title, columns and rows of every table in which something was counted."""
    for names in SECTIONS.values():
        for name in names:
            table = report.tables.get(name)
            if table is None or table.is_empty:
                continue
            first = said.say("firsts", name)
            counted = [said.say("counted", one) for one in table.counted]
            numbered = [said.say("numbered", one) for one in table.numbered]
            rows = []
            for line in shown(table):
                row = {first: said.label(name, line.code)}
                row |= {key: said.number(one.value) for key, one in zip(counted, line.counts, strict=True)}
                for key, kind, number in zip(numbered, table.numbered, line.numbers, strict=True):
                    row[key] = said.share(number) if kind == "share" else said.hours(number)
                rows.append(row)
            yield said.say("titles", name), (first, *counted, *numbered), rows


def period(report: Report, said: Voice) -> str:
    """`Messages received in November 2026`, and as things stood when."""
    if report.month:
        days = said.say("page", "month", period=said.month(report.first))
    else:
        days = said.say("page", "days", first=said.day(report.first), last=said.day(report.last))
    return f"{days}. {said.say('page', 'as_of', as_of=said.moment(report.as_of))}."
