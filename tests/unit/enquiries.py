"""Enquiries of invented offices, read by the packaged criteria as if they came on a Wednesday in November."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from inboxd import mail, plan
from inboxd.triage.criteria import read_criteria
from inboxd.triage.reading import Reading, read

TORONTO = ZoneInfo("America/Toronto")
WEDNESDAY = datetime(2026, 11, 18, 9, 30, tzinfo=TORONTO)
CRITERIA = read_criteria(Path(__file__).parents[2] / "config" / "criteria.toml")


def body_of(new: str, forwarded: str = "") -> mail.Body:
    return mail.Body(full=new + forwarded, new=new, quoted="", signature="", forwarded=forwarded, html_only=False,
                     links=())  # fmt: skip


def asked(
    text: str, *, subject: str = "", files: tuple[str, ...] = (), forwarded: str = "", at: datetime = WEDNESDAY
) -> Reading:
    return read(CRITERIA, body_of(text, forwarded), subject, files, at)


def ids(hits: tuple[plan.Hit, ...]) -> set[str]:
    return {hit.criterion for hit in hits}
