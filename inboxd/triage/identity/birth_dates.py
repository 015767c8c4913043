"""Dates as people write a birth: ISO, day or month by name in English and French, and figures that can mean two days.

Canada mixes DD/MM and MM/DD, so a date in figures that has two readings is ambiguous and never compared, unless the
mail says which it means (`dd/mm/yyyy`); so is a year of two digits (`domain.md` 3). Pure; never raises on any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february feb febr fevrier fevr fev",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juill juil",
            "august aug aout",
            "september sept sep septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec decembre",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![a-z])\.?"
_YEAR = r"((?:19|20)\d\d)(?!\d)"
_DAY = r"(?<![\d])(\d{1,2})(?: ?(?:st|nd|rd|th|er|ere|e)(?![a-z]))?"
_GAP = r"[ \n]{0,2}"
_BETWEEN = rf"{_GAP}(?:[,/.-]{_GAP}|(?:of|de|du) )?"
_DAY_FIRST = re.compile(rf"{_DAY}(?: day)?{_BETWEEN}{_MONTH}{_BETWEEN}{_YEAR}")
_MONTH_FIRST = re.compile(
    rf"(?<![a-z]){_MONTH}{_BETWEEN}(?:the )?(\d{{1,2}})(?!\d)(?:st|nd|rd|th|er|e)?(?![a-z]){_BETWEEN}{_YEAR}"
)
_YEAR_FIRST = re.compile(rf"(?<![\d/.-]){_YEAR}{_BETWEEN}{_MONTH}{_BETWEEN}(\d{{1,2}})(?![\d])")
_FIGURES = re.compile(r"(?<![\w/.-])(\d{1,4})( ?[/.-] ?| )(\d{1,2})(?:\2)(\d{1,4})(?![\w])(?![/-]\d)")
_COMPACT = re.compile(r"(?<![\w/.-])((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?![\w-])")
_SHORT_DAY_FIRST = re.compile(rf"{_DAY}{_BETWEEN}{_MONTH}{_BETWEEN}'?(\d\d)(?![\d:])")
_SHORT_MONTH_FIRST = re.compile(rf"(?<![a-z]){_MONTH} ?{_DAY}(?: ?[,/-] ?| )'?(\d\d)(?![\d:])")
_SAID_ROMAN = "i ii iii iv v vi vii viii ix x xi xii"
_ROMAN = {name: number for number, name in enumerate(_SAID_ROMAN.split(), start=1)}
_ROMAN_MONTH = re.compile(r"(?<![\w/.-])(\d{1,2}) ?[-./] ?([ivx]{1,4}) ?[-./] ?((?:19|20)\d\d)(?![\w-])")
_HINTS = {"dmy": "dmy", "jma": "dmy", "mdy": "mdy", "mja": "mdy", "ymd": "ymd", "amj": "ymd", "ydm": "ydm"}
_ANOTHER_DAY = re.compile(
    r"\b(?:dated?|signed|expir(?:ed?|es|y|ing|ation)|issued?|received|submitted|filed|sent|since|until|valid|deadline"
    r"|effective|landed|arrived?|arriving|entered|married|marriage|wedding|died|death|deceased|hearing|appointment"
    r"|refus(?:ed|al)|approved|decision|letter of|as of|due|by|before|after|from|on|uploaded|requested|called|wrote"
    r"|written"
    r"|e-?mail(?:ed)?|meeting|removal|flight|started?|biometrics?|en date|date du|datee?s?|signee?s?|expire(?:r|e|ra"
    r"|nt)?"
    r"|echeance|delivree?s?|recue?s?|soumise?s?|deposee?s?|envoyee?s?|transmise?s?|depuis|jusqu'au|valide|arrivee?s?"
    r"|entree?"
    r"|mariee?s?|mariage|decedee?|deces|audience|rendez-vous|refus(?:ee?)?|avant|apres|des|courriel du|lettre du"
    r"|decision du|accuse|au|televersee?s?|demandee?s?)(?: (?:on|the|le|du|of|au))?[ :,]*(?:\w+day,? |\w+di )?$"
)
"""Words before a date that say that it is something else than a birth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A date in the text. `readings` holds each day that it can mean; none if its year has two digits."""

    start: int
    end: int
    readings: frozenset[date]
    another_day: bool
    """The words before say that it is no birth: signed, expires, received …"""
    short: frozenset[date] = frozenset()
    """For a year of two digits: each day that it can mean, in any century."""

    def excludes(self, day: date) -> bool:
        """Whether it can be read one way only, and that is another day; with a short year, in no century this day."""
        if self.short:
            return len({(each.month, each.day) for each in self.short}) == 1 and day not in self.short
        return self.day is not None and self.day != day

    @property
    def day(self) -> date | None:
        """The day, if only one can be meant."""
        return next(iter(self.readings)) if len(self.readings) == 1 else None


def _day(year: str, month: int | str, day: str) -> frozenset[date]:
    try:
        return frozenset((date(int(year), int(month), int(day)),))
    except ValueError:
        return frozenset()


def _short(year: str, month: int | str, day: str) -> frozenset[date]:
    return _day(f"19{year}", month, day) | _day(f"20{year}", month, day)


def _order(hint: str) -> str:
    """`dd/mm/yyyy`, `jj-mm-aaaa` as `dmy`; empty if the hint does not say."""
    letters = re.sub(r"(.)\1*", r"\1", re.sub("[^a-z]", "", hint))
    return _HINTS.get(letters, "")


def _figures(match: re.Match[str], order: str) -> frozenset[date] | None:
    """The readings of a date in figures; None if these figures are no date."""
    first, second, third = match[1], match[3], match[4]
    if len(first) == 4 and len(third) <= 2:
        if not 1900 <= int(first) <= 2099:
            return None
        readings = _day(first, third, second) if order == "ydm" else _day(first, second, third)
        return readings or _day(first, third, second) or None
    if len(first) <= 2 and len(third) == 4:
        if not 1900 <= int(third) <= 2099:
            return None
        by_day, by_month = _day(third, second, first), _day(third, first, second)
        if order == "dmy":
            return by_day or None
        if order == "mdy":
            return by_month or None
        return (by_day | by_month) or None
    return frozenset() if len(first) == 2 == len(third) and match[2] != " " else None


def _short_figures(match: re.Match[str], order: str) -> frozenset[date]:
    """The readings of three figures of two digits, in the order that is asked for or in each that people use."""
    first, second, third = match[1], match[3], match[4]
    readings = {
        "dmy": _short(third, second, first),
        "mdy": _short(third, first, second),
        "ymd": _short(first, second, third),
    }
    return readings.get(order) or frozenset().union(*readings.values())


def _hint_near(folded: str, start: int, end: int, hints: str) -> str:
    behind = re.match(r" ?[(\[]([^)\]\n]{5,14})[)\]]", folded[end : end + 20])
    before = re.search(r"[(\[]([^()\[\]\n]{5,14})[)\]][ :=]*$", folded[max(0, start - 24) : start])
    for found in (behind, before):
        if found and (order := _order(found[1])):
            return order
    return _order(hints)


_Found = tuple[int, int, frozenset[date], frozenset[date]]
"""Start, end, the days it can mean, and those it can mean if its year has two digits."""


def _written(folded: str, hint: str, *, compact: bool) -> Iterator[_Found]:
    none: frozenset[date] = frozenset()
    for match in _DAY_FIRST.finditer(folded):
        yield match.start(), match.end(), _day(match[3], _MONTHS[match[2]], match[1]), none
    for match in _MONTH_FIRST.finditer(folded):
        yield match.start(), match.end(), _day(match[3], _MONTHS[match[1]], match[2]), none
    for match in _YEAR_FIRST.finditer(folded):
        yield match.start(), match.end(), _day(match[1], _MONTHS[match[2]], match[3]), none
    for match in _ROMAN_MONTH.finditer(folded):
        if month := _ROMAN.get(match[2]):
            yield match.start(), match.end(), _day(match[3], month, match[1]), none
    for match in _FIGURES.finditer(folded):
        order = _hint_near(folded, match.start(), match.end(), hint)
        readings = _figures(match, order)
        if readings is not None:
            short = none if readings or len(match[4]) > 2 else _short_figures(match, order)
            yield match.start(), match.end(), readings, short
    for match in _SHORT_DAY_FIRST.finditer(folded):
        yield match.start(), match.end(), none, _short(match[3], _MONTHS[match[2]], match[1])
    for match in _SHORT_MONTH_FIRST.finditer(folded):
        yield match.start(), match.end(), none, _short(match[3], _MONTHS[match[1]], match[2])
    if compact:
        for match in _COMPACT.finditer(folded):
            yield match.start(), match.end(), _day(match[1], match[2], match[3]), none


def says_another_day(before: str) -> bool:
    """Whether folded words right before a date say that it is something else than a birth."""
    return _ANOTHER_DAY.search(before.replace("\n", " ")) is not None


def find(folded: str, *, hint: str = "", compact: bool = False) -> tuple[Written, ...]:
    """The dates of a folded text (`labels.fold`), in order, none within another.

    `hint`: the order that a label asks for, e.g. `dd/mm/yyyy`. `compact`: read `19840630` too, behind a label only.
    """
    found: list[Written] = []
    end = 0
    dates = sorted(_written(folded, hint, compact=compact), key=lambda each: (each[0], -each[1]))
    for start, stop, readings, short in dates:
        if start < end:
            continue
        end = stop
        another = says_another_day(folded[max(0, start - 40) : start])
        found.append(Written(start=start, end=stop, readings=readings, another_day=another, short=short))
    return tuple(found)
