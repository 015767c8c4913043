"""Reports: the month against the service standards. The figures, their charts and lists are the report's own page."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from inboxd import reporting
from inboxd.console.asking import Answer, Asked, Download, GoTo, NotThere, Page, Whole
from inboxd.console.desk import Desk
from inboxd.mail import Language
from inboxd.reporting import Period, Report, page, sheets

MONTHS = 24
"""Offered in the list; an older one can be typed into the address."""
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def overview(desk: Desk, asked: Asked) -> Answer:
    """The headline of a month, and the ways to all of it."""
    if "month" in asked.query:
        _period(desk, asked.query["month"])
        return GoTo(path=f"/reports/{asked.query['month']}")
    today = desk.now().astimezone(desk.zone).date()
    return _overview(desk, asked, asked.place.get("month") or f"{_before(today.replace(day=1)):%Y-%m}")


def _overview(desk: Desk, asked: Asked, month: str) -> Answer:
    if "anew" in asked.query:
        desk.counts.forget(_key(desk, month))
        return GoTo(path=f"/reports/{month}")
    made = _lately(desk, month)
    said = desk.said(asked.language)
    today = desk.now().astimezone(desk.zone).date().replace(day=1)
    return Page(
        template="reports.html.j2",
        values={
            "month": month,
            "named": said.labels.month(made.first),
            "is_over": made.is_over,
            "as_of": made.as_of,
            "headline": list(page.headline(made, said.labels)),
            "months": [(f"{day:%Y-%m}", said.labels.month(day)) for day in _back(today)],
        },
    )


def whole(desk: Desk, asked: Asked) -> Answer:
    """The report as `inboxd report --html` writes it: charts, tables, and the list behind each figure."""
    html = "".join(page.pieces(_lately(desk, asked.place["month"]), [Language(asked.language)]))
    # its own style is the only thing in it that a browser obeys, by digest; there is no script
    digests = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in STYLE.findall(html))
    styles = " ".join(f"'sha256-{digest}'" for digest in digests)
    return Whole(
        html=html, policy=f"default-src 'none'; style-src {styles}; base-uri 'none'; frame-ancestors 'none'"
    )


def spreadsheets(desk: Desk, asked: Asked) -> Answer:
    """Every figure and list as CSV files, in one archive."""
    month = asked.place["month"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "report"
        with sheets.opened(folder, desk.zone, replace=False) as written:
            written.finish(_report(desk, month, written))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder))
    return Download(content=packed.getvalue(), name=f"report-{month}.zip")


def _key(desk: Desk, month: str) -> tuple[str, str]:
    return month, desk.context.rules.version


def _lately(desk: Desk, month: str) -> Report:
    """The report as it was counted at most a few minutes ago."""
    _period(desk, month)
    return desk.counts.report(_key(desk, month), desk.now(), lambda: _report(desk, month))


def _report(desk: Desk, month: str, written: sheets.Sheets | None = None) -> Report:
    context = desk.context
    return reporting.make(
        desk.database,
        context.settings,
        context.rules.standards,
        context.rules.roster,
        _period(desk, month),
        as_of=desk.now(),
        entered=None if written is None else written.enter,
    )


def _period(desk: Desk, month: str) -> Period:
    try:
        first = date.fromisoformat(f"{month}-01") if re.fullmatch(r"[0-9]{4}-[0-9]{2}", month) else None
    except ValueError:
        first = None
    if first is None or first > desk.now().astimezone(desk.zone).date() or first.year < 2000:
        raise NotThere
    return Period(first=first, last=(first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _back(first: date) -> Iterator[date]:
    for _ in range(MONTHS):
        yield first
        first = _before(first)
