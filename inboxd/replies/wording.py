"""How things are said: dates, sizes, names of codes, in Canadian English and French; and lines of at most 78.

Dates follow domain.md 7.1: always date, time and zone. Codes are named in `reasons.toml` and `words.toml`. A code that
is not in them, or a time without a zone, raises ValueError: the notice is not sent, and the mail is held.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal

from inboxd.config_file import read_toml
from inboxd.errors import BadConfig, Problem
from inboxd.mail import Language

WIDTH = 78
NBSP = "\N{NO-BREAK SPACE}"
LOCALES: Mapping[Language, str] = {Language.EN: "en_CA", Language.FR: "fr_CA"}
REASON_KEYS = ("reason", "fix")

Table = Mapping[str, Mapping[str, str]]

_BEFORE = re.compile(r" (?=[:;?!»%](?:\s|$|[).,]))")
_AFTER = re.compile(r"(?<=«) ")
_HOUR = re.compile(r"(?<=\d) h (?=\d\d\b)|(?<=\d) h\b")
_BULLET = re.compile(r"\s*(?:(?:[-*•]|\d{1,2}\.)\s+)?")
_DIRECTION = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The two files of words of one language, read and found whole."""

    reasons: Table
    names: Table


def one_line(text: str) -> str:
    """`text` as one line that is safe to show: no line ends, control or direction characters, lone surrogates."""
    shown = (" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text
             if letter not in _DIRECTION)
    return "".join("\ufffd" if unicodedata.category(letter) == "Cs" else letter for letter in shown)


def french(text: str) -> str:
    """Plain spaces where French wants a non-breaking one: before : ; ? ! % », after «, in 16 h 30 (domain.md 7.1)."""
    text = _AFTER.sub(NBSP, _BEFORE.sub(NBSP, text))
    return _HOUR.sub(lambda found: found.group().replace(" ", NBSP), text)


def wrap(text: str) -> str:
    """Break each line at 78 columns, bullets indented; a word that is longer (a URL) stays whole. At most one empty line."""
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.rstrip()
        if len(bare) <= WIDTH:
            lines.append(bare)
            continue
        hang = _BULLET.match(bare)
        assert hang is not None
        lines += textwrap.wrap(bare, WIDTH, subsequent_indent=" " * hang.end(), break_long_words=False,
                               break_on_hyphens=False)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _zone_mark(at: datetime, zone: ZoneInfo, locale: str) -> str:
    """ET or HE; where Canadians have no short name for the zone, the offset from UTC."""
    if zone.key in ("UTC", "Etc/UTC"):
        return "UTC"
    mark = format_datetime(at, "v", tzinfo=zone, locale=locale)
    return mark if len(mark) <= 4 else format_datetime(at, "O", tzinfo=zone, locale=locale).replace("GMT", "UTC")


def _aware(at: object) -> datetime:
    if not isinstance(at, datetime):
        raise ValueError("`when` and `day` take a time, and this value is none")
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown")
    return at


def day(at: object, language: Language, zone: ZoneInfo) -> str:
    """`Monday, December 14, 2026` or `le lundi 14 décembre 2026`; the first of a month is `1er` in French."""
    local = _aware(at).astimezone(zone)
    if language is Language.EN:
        return format_datetime(local, "EEEE, MMMM d, y", tzinfo=zone, locale="en_CA")
    date = format_datetime(local, "d MMMM y", tzinfo=zone, locale="fr_CA")
    ordinal = re.sub(r"^1 ", "1er ", date).replace(" ", NBSP, 1)
    return f"le {format_datetime(local, 'EEEE', tzinfo=zone, locale='fr_CA')} {ordinal}"


def when(at: object, language: Language, zone: ZoneInfo) -> str:
    """Date, time and zone: `Monday, December 14, 2026, 4:45 p.m. (ET)`, `le lundi 14 décembre 2026, 16 h 45 (HE)`."""
    local = _aware(at).astimezone(zone)
    locale = LOCALES[language]
    mark = _zone_mark(local, zone, locale)
    time = format_datetime(local, "h:mm a" if language is Language.EN else "H 'h' mm", tzinfo=zone, locale=locale)
    shown = f"{time} ({mark})".replace("\N{NARROW NO-BREAK SPACE}", " ")
    return f"{day(local, language, zone)}, {french(shown) if language is Language.FR else shown}"


def file_size(size: object, language: Language) -> str:
    """A number of bytes as `482 KB` / `482 Ko` (units of 1,000, as mail programs show them); other text unchanged."""
    if not (isinstance(size, int) or (isinstance(size, str) and re.fullmatch(r"[0-9]{1,15}", size))):
        return str(size)
    count = int(size)
    units = ("B", "KB", "MB", "GB") if language is Language.EN else ("o", "Ko", "Mo", "Go")
    step = 0 if count < 1000 else 1 if count < 999_500 else 2 if count < 999_950_000 else 3
    shown = format_decimal(count / 1000**step, "#,##0.#" if step > 1 else "#,##0", locale=LOCALES[language])
    return f"{shown}{NBSP}{units[step]}" if language is Language.FR else f"{shown} {units[step]}"


def lookup(table: Mapping[str, str], what: str) -> Callable[[object], str]:
    """A filter that names a code of `table`."""
    def named(code: object) -> str:
        try:
            return table[str(code)]
        except KeyError:
            raise ValueError(f"this code is not among the {what}") from None
    return named


def read_table(path: Path, *, like: Table | None, is_french: bool) -> tuple[Table, list[Problem]]:
    """Tables of strings from a TOML file. With `like`, every table and key of it must be there, and none else."""
    try:
        data, index = read_toml(path)
    except BadConfig as error:
        return {}, list(error.problems)
    problems: list[Problem] = []
    table: dict[str, dict[str, str]] = {}

    def found(message: str, *key: str) -> None:
        line = next((index[key[:length]] for length in range(len(key), 0, -1) if key[:length] in index), 0)
        problems.append(Problem(file=path, line=line, key=".".join(key), message=message))

    for section, entries in data.items():
        if not isinstance(entries, dict):
            found("is not a table; each code is a table in square brackets", section)
            continue
        if like is not None and section not in like:
            found("is not a known code; check the spelling against the packaged file", section)
        table[section] = {}
        for key, value in entries.items():
            if not isinstance(value, str) or not value.strip():
                found("must be text, and not empty", section, key)
            elif like is not None and section in like and key not in like[section]:
                found("is not a known key; check the spelling against the packaged file", section, key)
            else:
                table[section][key] = french(value) if is_french else value
    for section, entries in (like or {}).items():
        if section not in data:
            found("is missing", section)
        elif isinstance(data[section], dict):
            for key in entries:
                if key not in data[section]:
                    found("is missing", section, key)
    return table, problems
