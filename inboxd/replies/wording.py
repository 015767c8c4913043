"""How things are said: dates, sizes and spaces in Canadian English and French; and lines of at most 78.

Dates follow domain.md 7.1: always date, time and zone. A time without a zone raises ValueError: the notice is not
sent, and the mail is held.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal

from inboxd.mail import Language

WIDTH = 78
NBSP = "\N{NO-BREAK SPACE}"
LOCALES: Mapping[Language, str] = {Language.EN: "en_CA", Language.FR: "fr_CA"}

_BEFORE = re.compile(r" (?=[:;?!»%](?:\s|$|[).,]))")
_AFTER = re.compile(r"(?<=«) ")
_HOUR = re.compile(r"(?<=\d) h (?=\d\d\b)|(?<=\d) h\b")
_BULLET = re.compile(r"\s*(?:(?:[-*•]|\d{1,2}\.)\s+)?")
_DIRECTION = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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
    """Break each line at 78 columns, bullets hanging; a longer word (a URL) stays whole; never two empty lines."""
    lines: list[str] = []
    for line in text.split("\n"):
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
    if len(mark) <= 4:
        return mark
    offset = format_datetime(at, "XXX", tzinfo=zone, locale=locale)
    return "UTC" if offset == "Z" else f"UTC{offset}"


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
    # on the hour, French writes `16 h`
    french_time = "H 'h' mm" if local.minute else "H 'h'"
    time = format_datetime(local, "h:mm a" if language is Language.EN else french_time, tzinfo=zone, locale=locale)
    shown = f"{time} ({mark})".replace("\N{NARROW NO-BREAK SPACE}", " ")
    return f"{day(local, language, zone)}, {french(shown) if language is Language.FR else shown}"


def short(at: object, language: Language, zone: ZoneInfo) -> str:
    """Day and time for a line of a table, without year and zone: `Mon Dec. 14, 4:45 p.m.`, `lun. 14 déc., 16 h 45`."""
    local = _aware(at).astimezone(zone)
    french_time = "H 'h' mm" if local.minute else "H 'h'"
    shape = "EEE MMM d, h:mm a" if language is Language.EN else f"EEE d MMM, {french_time}"
    shown = format_datetime(local, shape, tzinfo=zone, locale=LOCALES[language])
    shown = shown.replace("\N{NARROW NO-BREAK SPACE}", " ").replace(NBSP, " ")
    return french(shown) if language is Language.FR else shown


def column(value: object, width: int) -> str:
    """A value filled up with spaces, for tables in plain text; a longer one keeps one space behind it."""
    if not isinstance(width, int) or not 0 <= width <= _WIDEST:
        raise ValueError(f"`column` takes a number of columns up to {_WIDEST}")
    shown = one_line(str(value))
    return shown.ljust(width) if len(shown) < width else f"{shown} "


def stamp(at: object, language: Language, zone: ZoneInfo) -> str:
    """For a subject: `2026-12-14 16:45 (ET)`, `2026-12-14 16 h 45 (HE)`. Sorted as text, these are in order of time."""
    local = _aware(at).astimezone(zone)
    mark = _zone_mark(local, zone, LOCALES[language])
    return f"{local:%Y-%m-%d} {local:%H:%M} ({mark})" if language is Language.EN else (
        f"{local:%Y-%m-%d} {local:%H}{NBSP}h{NBSP}{local:%M} ({mark})")


_WIDEST = 200
_UNITS: Mapping[Language, tuple[str, str]] = {Language.EN: ("hour", "minute"), Language.FR: ("heure", "minute")}


def duration(minutes: object, language: Language) -> str:
    """A number of minutes in words: `3 hours and 5 minutes`, `1 heure`; a whole number of them, as text."""
    if not (isinstance(minutes, int) or (isinstance(minutes, str) and re.fullmatch(r"[0-9]{1,9}", minutes))):
        raise ValueError("`duration` takes a number of minutes, and this value is none")
    hours, rest = divmod(int(minutes), 60)
    counted = ((hours, _UNITS[language][0]), (rest, _UNITS[language][1]))
    shown = [f"{count}{NBSP if language is Language.FR else ' '}{unit}{'s' if count > 1 else ''}"
             for count, unit in counted if count]
    if not shown:
        return "less than a minute" if language is Language.EN else "moins d'une minute"
    return (" and " if language is Language.EN else " et ").join(shown)


def decimal(number: object, language: Language) -> str:
    """A number as text, `2.5`, with the decimal mark of the language: `2,5` in French."""
    return str(number).replace(".", ",") if language is Language.FR else str(number)


def file_size(size: object, language: Language) -> str:
    """A number of bytes as `482 KB` / `482 Ko` (units of 1,000, as mail programs show them); other text unchanged."""
    if not (isinstance(size, int) or (isinstance(size, str) and re.fullmatch(r"[0-9]{1,15}", size))):
        return str(size)
    count = int(size)
    units = ("B", "KB", "MB", "GB") if language is Language.EN else ("o", "Ko", "Mo", "Go")
    step = 0 if count < 1000 else 1 if count < 999_500 else 2 if count < 999_950_000 else 3
    shown = format_decimal(count / 1000**step, "#,##0.#" if step > 1 else "#,##0", locale=LOCALES[language])
    return f"{shown}{NBSP}{units[step]}" if language is Language.FR else f"{shown} {units[step]}"
