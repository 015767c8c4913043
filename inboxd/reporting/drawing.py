"""Which chart a table is shown with, in one language: the rows of `charts` from its lines. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from inboxd.reporting.cases import COUNTED
from inboxd.reporting.charts import NARROW, WIDTH, Bar, Chart, bars, columns
from inboxd.reporting.documents import FILING
from inboxd.reporting.tables import Line, Report, Table
from inboxd.reporting.wording import Voice

PLAIN = ("routes", "categories", "held_reasons", "causes", "submissions", "reasons", "file_reasons", "files",
         "mail_languages", "office_languages", "provinces",)  # fmt: skip
SPARSE = frozenset({"routes", "held", "outcomes", "causes", "provinces", "mail_languages", "office_languages", "files"})
"""Tables whose lines of nothing are left out on pages and screens; figures for programs have all."""
WIDE = frozenset({"causes", "reasons", "file_reasons", "held_reasons", "days", "months"})
"""Tables that stand below their chart: they have many columns, or sentences."""
FILLS = {"on_time": "good", "breach": "bad", "open": "open", "waiting": "dots", "closed": "pale"}
FILED = {"soon": "good", "in_time": "fair", "late": "bad", "not_yet": "open", "overdue": "worse"}


def shown(table: Table) -> list[Line]:
    """The lines that people are shown."""
    return [line for line in table.lines if line.is_total or table.name not in SPARSE or _has_any(line)]


def chart_of(report: Report, table: Table, voice: Voice) -> Chart | None:
    """Its chart; None where a table says enough, or nothing was counted."""
    if table.is_empty:
        return None
    draw = DRAWN.get(table.name, _plain if table.name in PLAIN else None)
    return None if draw is None else draw(report, table, voice)


def weeks(table: Table) -> list[tuple[date, list[Line | None]]]:
    """The lines of a table by day as weeks from Monday to Sunday; None for days that are not in it."""
    found: dict[date, list[Line | None]] = {}
    for line in table.lines:
        day = date.fromisoformat(line.code)
        monday = day - timedelta(days=day.weekday())
        found.setdefault(monday, [None] * 7)[day.weekday()] = line
    return list(found.items())


def _has_any(line: Line) -> bool:
    return any(count.value for count in line.counts)


def _plain(_: Report, table: Table, voice: Voice) -> Chart:
    lines = [line for line in shown(table) if not line.is_total]
    return bars(
        [
            Bar(
                label=voice.label(table.name, line.code),
                parts=(("plain", line.counts[0].value),),
                value=voice.number(line.counts[0].value),
            )
            for line in lines
        ],
        width=WIDTH if table.name in WIDE else NARROW,
    )


def _days(_: Report, table: Table, voice: Voice) -> Chart:
    few = len(table.lines) <= 14
    rows = []
    for line in table.lines:
        value = line.counts[0].value
        label = voice.label(table.name, line.code) if few else str(int(line.code[-2:]))
        rows.append((label, value, voice.number(value)))
    return columns(rows)


def _standing(_: Report, table: Table, voice: Voice) -> Chart:
    rows = [
        Bar(
            label=voice.label(table.name, line.code),
            parts=tuple((FILLS[name], count.value) for name, count in zip(COUNTED, line.counts, strict=True)),
            value=voice.share(line.numbers[0]),
        )
        for line in table.lines
        if _has_any(line)
    ]
    return bars(rows, [(FILLS[name], voice.say("counted", name)) for name in COUNTED], to_full=True)


def _times(_: Report, table: Table, voice: Voice) -> Chart:
    rows = []
    for line in table.lines:
        most = line.numbers[3]
        if most is not None:
            middle = line.numbers[2] or 0.0
            rows.append(
                Bar(
                    label=voice.label(table.name, line.code),
                    parts=(("good", middle), ("pale", most - middle)),
                    value=voice.hours(most),
                )
            )
    legend = [
        ("good", voice.say("numbered", "median_office_hours")),
        ("pale", voice.say("numbered", "p95_office_hours")),
    ]
    return bars(rows, legend)


def _filing(_: Report, table: Table, voice: Voice) -> Chart:
    rows = [
        Bar(
            label=voice.label(table.name, line.code),
            parts=((FILED[line.code], line.counts[0].value),),
            value=f"{voice.number(line.counts[0].value)} ({voice.share(line.numbers[0])})",
        )
        for line in table.lines
        if line.code in FILING
    ]
    return bars(rows, width=NARROW)


DRAWN: Mapping[str, Callable[[Report, Table, Voice], Chart]] = {
    "days": _days,
    "months": _days,
    "standing": _standing,
    "times": _times,
    "filing": _filing,
}
