"""How dates and weekdays are written in a folded text, English and French, and how many days each is from receipt.

One row for each way of writing. What a row reads as a date and is none (31 February) resolves to None. Sources:
`domain.md` 1.6 C9 and section 3 (Canadian date orders).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from inboxd.triage.datewords import (
    COUNT,
    DAY,
    MONTH,
    MONTH_NUMBERS,
    NAMED_DAY,
    NUMBERS,
    UNIT,
    UNIT_DAYS,
    WEEKDAY,
    WEEKDAY_NUMBERS,
    YEAR,
)
from inboxd.triage.tenses import told_as_past

Resolve = Callable[[re.Match[str], date], "tuple[int, int] | None"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of writing a date."""

    pattern: re.Pattern[str]
    resolve: Resolve
    """First and last day that it names, from the day of receipt."""
    sure: bool
    """False when it could also be read as another day."""
    needs: tuple[str, ...]
    """One of these stands in every such date: to look for them costs a hundredth of what the pattern costs, and most
    texts have none."""


def _count(text: str) -> int:
    return int(text) if text.isdigit() else NUMBERS.get(text, 1)


def _unit(text: str) -> int:
    return UNIT_DAYS.get(text, UNIT_DAYS.get(text.rstrip("s"), 1))


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(today: date, month: int, day: int) -> date | None:
    """A day without a year: from some five months ago to some seven months ahead."""
    choices = [found for year in (today.year - 1, today.year, today.year + 1) if (found := _real(year, month, day))]
    return min(choices, key=lambda found: abs((found - today).days - 30), default=None)


def _calendar(found: re.Match[str], today: date) -> tuple[int, int] | None:
    parts = found.groupdict()
    month = MONTH_NUMBERS.get(parts["month"][:4], MONTH_NUMBERS.get(parts["month"][:3], 0))
    day = int(parts["day"])
    named = _real(int(parts["year"]), month, day) if parts.get("year") else _nearest(today, month, day)
    return None if named is None else ((named - today).days,) * 2


def _iso(found: re.Match[str], today: date) -> tuple[int, int] | None:
    named = _real(int(found["year"]), int(found["month"]), int(found["day"]))
    return None if named is None else ((named - today).days,) * 2


def _slashed(found: re.Match[str], today: date) -> tuple[int, int] | None:
    """3/12 and 3/12/2026: both readings; the nearest one to come, else the latest past one."""
    a, b = int(found["a"]), int(found["b"])
    choices = []
    for month, day in ((a, b), (b, a)):
        if found["year"]:
            year = int(found["year"])
            named = _real(year + 2000 if year < 100 else year, month, day)
        else:
            named = _nearest(today, month, day)
        if named is not None:
            choices.append((named - today).days)
    ahead = [days for days in choices if days >= 0]
    return None if not choices else (min(ahead),) * 2 if ahead else (max(choices),) * 2


def _day_of_month(found: re.Match[str], today: date) -> tuple[int, int] | None:
    day = int(found["day"])
    way = -1 if _over(found) else 1
    for step in range(62):
        named = today + timedelta(days=way * step)
        if named.day == day:
            return way * step, way * step
    return None


def _over(found: re.Match[str]) -> bool:
    return told_as_past(found.string, found.start(), found.end())


def _since(found: re.Match[str], today: date) -> tuple[int, int]:
    """Begun, and no day to come: "since this morning", "depuis lundi"."""
    if found["weekday"] is None:
        return -1, 0
    days = (WEEKDAY_NUMBERS[found["weekday"]] - today.weekday()) % 7 - 7
    return days, days


def _today(found: re.Match[str], today: date) -> tuple[int, int]:
    """What happened earlier today has begun: "was arrested this morning"."""
    return (-1, 0) if _over(found) else (0, 0)


def _month(found: re.Match[str], today: date) -> tuple[int, int] | None:
    parts = found.groupdict()
    month = MONTH_NUMBERS.get(parts["month"][:4], MONTH_NUMBERS.get(parts["month"][:3], 0))
    first = _real(int(parts["year"]), month, 1)
    if first is None:
        return None
    return (first - today).days, (first + timedelta(days=27) - today).days


def _weekday(found: re.Match[str], today: date) -> tuple[int, int] | None:
    ahead = (WEEKDAY_NUMBERS[found["weekday"]] - today.weekday()) % 7
    if found["before"] in ("last", "past"):
        return ahead - 7, ahead - 7
    if found["after"] in ("dernier", "passe"):
        return ahead - 7, ahead - 7
    if found["before"] == "next" or found["after"] == "prochain":
        return (ahead or 7), (ahead or 7)  # "next Friday" may also be the one after; the nearest is the safe side
    if found["after"] in ("en huit", "week"):
        return ahead + 7, ahead + 7
    if found["before"] in (None, "le") and found["after"] is None and _over(found):
        return ahead - 7, (ahead - 7 if ahead else 0)
    return ahead, ahead


def _ahead(found: re.Match[str], today: date) -> tuple[int, int]:
    count, unit = _count(found["count"]), _unit(found["unit"])
    return (count * unit, count * unit) if unit else (0, -(-count // 24))


def _within(found: re.Match[str], today: date) -> tuple[int, int]:
    count = _count(found["count"])
    unit = _unit(found["unit"])
    return 0, (count * unit if unit else -(-count // 24))


def _ago(found: re.Match[str], today: date) -> tuple[int, int]:
    days = -_count(found["count"]) * _unit(found["unit"])
    return days, min(days, 0)


def _year(found: re.Match[str], today: date) -> tuple[int, int] | None:
    year = int(found["year"])
    if year == today.year:
        return None
    return (date(year, 1, 1) - today).days, (date(year, 12, 31) - today).days


def _fixed(first: int, last: int) -> Callable[[re.Match[str], date], tuple[int, int] | None]:
    return lambda found, today: (first, last)


def _week(weeks: int) -> Callable[[re.Match[str], date], tuple[int, int] | None]:
    def span(found: re.Match[str], today: date) -> tuple[int, int]:
        monday = -today.weekday() + 7 * weeks
        return (0 if weeks == 0 else monday), monday + 6

    return span


def _weekend(found: re.Match[str], today: date) -> tuple[int, int]:
    saturday = (5 - today.weekday()) % 7 if today.weekday() != 6 else 0
    return saturday, saturday + 1


_MONTHS = (
    "jan", "feb", "fev", "mar", "apr", "avr", "may", "mai", "jun", "jui", "jul", "aug", "aou", "sep", "oct", "nov",
    "dec",
)  # fmt: skip
_WEEKDAYS = ("day", "tue", "wed", "thu", "fri", "mon", "di")
_CENTURIES = ("19", "20")
WAYS = tuple(
    Way(re.compile(r"(?<![\w/])(?:" + pattern + r")(?![\w/])"), resolve, sure, needs)
    for pattern, resolve, sure, needs in (
        (r"(?P<year>(?:19|20)\d\d)-(?P<month>[01]?\d)-(?P<day>[0-3]?\d)", _iso, True, _CENTURIES),
        (NAMED_DAY + MONTH + r" " + DAY + YEAR, _calendar, True, _MONTHS),
        (NAMED_DAY + DAY + r"(?: of)? " + MONTH + YEAR, _calendar, True, _MONTHS),
        (r"(?:le |ce |this |on )?" + WEEKDAY + r",? (?:the |le )?" + DAY
         + r"(?! ?(?:h\b|:|a\.m|p\.m|am\b|pm\b|%|\d))", _day_of_month, True, _WEEKDAYS),
        (r"(?P<a>[0-3]?\d)/(?P<b>[0-3]?\d)(?:/(?P<year>\d{4}|\d\d))?", _slashed, False, ("/",)),
        (r"day after tomorrow|apres-demain|surlendemain", _fixed(2, 2), True, ("day after", "demain")),
        (r"(?:since|depuis) (?:(?:early |late |last |tot )?" + WEEKDAY + r"|today|this (?:morning|afternoon)"
         r"|ce matin|aujourd'hui|cet apres-midi|cette nuit|midi)", _since, True, ("since ", "depuis ")),
        (r"today|this (?:morning|afternoon)|aujourd'hui|aujourdhui|cet apres-midi|cette nuit|ce matin", _today, True,
         ("today", "this ", "aujourd", "cet", "ce ")),
        (r"tonight|this evening|ce soir|en fin de journee|end of (?:the )?day|midnight|minuit|right now"
         r"|as i (?:write|type)", _fixed(0, 0), True,
         ("tonight", "evening", "ce soir", "journee", "end of", "minuit", "midnight", "right now", "as i ")),
        (r"tomorrow|demain|tmrw|overnight", _fixed(1, 1), True, ("tomorrow", "demain", "tmrw", "overnight")),
        (r"yesterday|hier|avant-hier|last night|the other day|l'autre jour", _fixed(-1, -1), True,
         ("yesterday", "hier", "last night", "other day", "autre jour")),
        (r"(?:(?P<before>last|past|next|this|coming|ce|le) )?" + WEEKDAY
         + r"(?: (?P<after>dernier|passe|prochain|en huit|week))?", _weekday, False, _WEEKDAYS),
        (r"(?:in|within|dans|another|encore|d'ici) (?:the next |about |les |environ )?" + COUNT + r" " + UNIT,
         _ahead, True, ("in ", "dans ", "another ", "encore ", "d'ici ")),
        (COUNT + r" " + UNIT + r" (?:from (?:now|today)|away|left)", _ahead, True, ("from ", "away", "left")),
        (r"(?:within|d'ici|dans les|next|prochaines?) (?:the next )?" + COUNT + r" (?:prochaines? |prochains )?"
         + UNIT, _within, True, ("within ", "d'ici ", "dans les ", "next ", "prochaine")),
        (COUNT + r" (?:\w+ )?" + UNIT + r" (?:ago|earlier|back)(?: today)?", _ago, True, ("ago", "earlier", "back")),
        (r"il y a (?:\w+ )?" + COUNT + r" " + UNIT, _ago, True, ("il y a ",)),
        (r"last week|la semaine (?:derniere|passee)", _fixed(-13, -1), True, ("last week", "la semaine ")),
        (r"last month|le mois (?:dernier|passe)", _fixed(-60, -1), True, ("last month", "le mois ")),
        (r"last (?:year|spring|summer|fall|autumn|winter)|l'an(?:nee)? (?:dernier|derniere|passe|passee)"
         r"|l'(?:ete|automne|hiver) (?:dernier|passe)|le printemps dernier", _fixed(-600, -61), True,
         ("last ", "l'", "le printemps")),
        (r"this week(?!end)|cette semaine|end of the week|fin de (?:la )?semaine", _week(0), False,
         ("this week", "semaine", "end of the")),
        (r"next week(?!end)|la semaine prochaine", _week(1), False, ("next week", "la semaine")),
        (r"this weekend|the weekend|cette fin de semaine|en fin de semaine", _weekend, False,
         ("weekend", "fin de semaine")),
        (r"next month|le mois prochain", _fixed(20, 61), False, ("next month", "le mois")),
        (r"next (?:year|spring|summer|fall)|l'an prochain|l'annee prochaine|l'ete prochain", _fixed(62, 600), False,
         ("next ", "prochain")),
        (r"a week from (?:today|now)|d'aujourd'hui en huit|in a week's time", _fixed(7, 7), True,
         ("a week", "en huit")),
        (r"(?:on )?(?:the|du|au) (?P<day>[0-3]?\d)(?:st|nd|rd|th|er)?"
         r"(?= (?:at|in|and|with|pour|et|for|or)\b|[,.;:)!?]|$)",
         _day_of_month, False, ("the ", "du ", "au ")),
        (r"le (?P<day>[0-3]?\d)(?:er)?(?! ?(?:%|h\b|\d))", _day_of_month, False, ("le ",)),
        (r"(?:the|on the) (?P<day>[0-3]?\d)(?:st|nd|rd|th)", _day_of_month, False, ("the ",)),
        (MONTH + r",? (?:of |de )?(?P<year>(?:19|20)\d\d)", _month, True, _CENTURIES),
        (r"(?:in|en|since|depuis|of|de|from) (?P<year>(?:19|20)\d\d)", _year, True, _CENTURIES),
    )
)  # fmt: skip
