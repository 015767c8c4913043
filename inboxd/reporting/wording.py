"""How a report says things: the words of `pages/`, figures, shares, hours and days in Canadian English and French.

Typography by `domain.md` 7.1 (`replies.wording`). A code that has no words is shown as it is: a report is never
withheld for a word that is missing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, get_day_names
from babel.numbers import format_decimal, format_percent

from inboxd.mail import Language
from inboxd.replies.wording import LOCALES, NBSP, french, when

PAGES = Path(__file__).resolve().parent / "pages"
REASONS = Path(__file__).resolve().parent.parent / "templates"
GROUPS = {
    "routes": "routes",
    "categories": "categories",
    "standing": "categories",
    "times": "categories",
    "outcomes": "standings",
    "causes": "causes",
    "held": "held",
    "submissions": "submissions",
    "files": "files",
    "filing": "filing",
    "mail_languages": "languages",
    "office_languages": "languages",
    "provinces": "provinces",
    "short": "short",
    # the same for cells of lists
    "route": "routes",
    "language": "languages",
    "office_language": "languages",
    "province": "provinces",
    "still_held": "yes",
    "category": "categories",
    "from": "categories",
    "to": "categories",
    "cause": "causes",
    "also": "causes",
    "how": "how",
}
"""By table or by column: the group of words of its codes."""
PERIODS = ("days", "months")
WITH_NOTES = ("reasons", "held_reasons", "file_reasons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One language of a report."""

    language: Language
    words: Mapping[str, Mapping[str, Any]]
    reasons: Mapping[str, str]
    """Reason codes, as the notices say them."""
    zone: ZoneInfo
    days: Mapping[str, str]
    """Values for `{warn}` and `{breach}`: business days of the filing standard."""

    def say(self, group: str, key: str, **values: str) -> str:
        """A word of a group, its places filled."""
        text: str = self.words[group][key]
        for name, value in (*self.days.items(), *values.items()):
            text = text.replace(f"{{{name}}}", value)
        return text

    def label(self, table: str, code: str) -> str:
        """What a code of a table, or of a column of a list, is called."""
        if code == "total":
            return self.say("page", "together")
        if table in PERIODS:
            return self._period(code)
        if table == "corrections":
            return " → ".join(self._coded("categories", one) for one in code.split("_to_"))
        return self._coded(GROUPS.get(table, ""), code)

    def note(self, table: str, code: str) -> str:
        """A sentence that explains a code; empty if there is none."""
        if table in WITH_NOTES:
            return self.reasons.get(code) or str(self.words["codes"]["held_reasons"].get(code, ""))
        return str(self.words["codes"]["cause_notes"].get(code, "")) if table == "causes" else ""

    def _coded(self, group: str, code: str) -> str:
        text = str(self.words["codes"].get(group, {}).get(code, code))
        for name, value in self.days.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def _period(self, code: str) -> str:
        if len(code) == len("2026-11"):
            return self.month(date.fromisoformat(f"{code}-01"))
        day = date.fromisoformat(code)
        return format_skeleton("MMMEd", day, locale=LOCALES[self.language])

    def month(self, day: date) -> str:
        """`November 2026`, `novembre 2026`."""
        return format_date(day, "MMMM y", locale=LOCALES[self.language])

    def weekday(self, number: int) -> str:
        """`Mon`, `lun.`; 0 is Monday."""
        return str(get_day_names("abbreviated", locale=LOCALES[self.language])[number])

    def week(self, monday: date) -> str:
        """`Nov 2`, `2 nov.`"""
        return format_skeleton("MMMd", monday, locale=LOCALES[self.language])

    def day(self, day: date) -> str:
        """`November 3, 2026`, `3 novembre 2026`; the first of a month is `1er` in French."""
        if self.language is Language.EN:
            return format_date(day, "MMMM d, y", locale="en_CA")
        number = "1er" if day.day == 1 else str(day.day)
        return f"{number}{NBSP}{format_date(day, 'MMMM y', locale='fr_CA')}"

    def moment(self, at: datetime) -> str:
        """Date, time and zone in words."""
        return when(at, self.language, self.zone)

    def number(self, value: int) -> str:
        """`1,234`, or with a space in French."""
        return _spaces(format_decimal(value, locale=LOCALES[self.language]))

    def share(self, value: float | None) -> str:
        """Per cent with one decimal; never 100 where one is missing, never 0 where there is one."""
        if value is None:
            return "–"
        shown = value if value in (0, 1) else min(max(value, 0.001), 0.999)
        return _spaces(format_percent(shown, "#,##0.0 %" if self.language is Language.FR else "#,##0.0%",
                                      locale=LOCALES[self.language]))  # fmt: skip

    def hours(self, value: float | None) -> str:
        """`12 min`, `5 h 20 min`, in French `5 h 20`; whole minutes, rounded up, so that nothing took no time."""
        if value is None:
            return "–"
        minutes = ceil(round(value * 60, 3))
        hours, rest = divmod(minutes, 60)
        if not hours:
            return f"{rest}{NBSP}min"
        text = f"{self.number(hours)}{NBSP}h"
        if not rest:
            return text
        return f"{text}{NBSP}{rest:02d}" + (f"{NBSP}min" if self.language is Language.EN else "")


def _spaces(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", NBSP).replace(" ", NBSP)


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """`2026-11-03 16:05` on the office's clock: the same in both languages (ISO 8601), for lists."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


@cache
def read_words(language: Language) -> Mapping[str, Mapping[str, Any]]:
    """The words of one language, French spaces set."""
    given = tomllib.loads((PAGES / f"{language.value}.toml").read_text(encoding="utf-8"))
    set_spaces: Mapping[str, Mapping[str, Any]] = _spaced(given) if language is Language.FR else given
    return set_spaces


def _spaced(given: Any) -> Any:
    if isinstance(given, dict):
        return {key: _spaced(value) for key, value in given.items()}
    return french(given).replace("'", "’")


@cache
def read_reasons(language: Language) -> Mapping[str, str]:
    """What the packaged notices say for each reason code."""
    path = REASONS / language.value / "reasons.toml"
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    spaced = _spaced(given) if language is Language.FR else given
    return {code: words["reason"] for code, words in spaced.items()}


def voice(language: Language, zone: str, filing_days: tuple[int, int]) -> Voice:
    """The words for a report."""
    warn, breach = (str(days) for days in filing_days)
    return Voice(
        language=language,
        words=read_words(language),
        reasons=read_reasons(language),
        zone=ZoneInfo(zone),
        days={"warn": warn, "breach": breach},
    )
