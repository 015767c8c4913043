"""The words that dates are made of, English and French, as they stand in a folded text (`triage.folding`).

Tables from word to number, and pieces of pattern with a named group each; `triage.horizon` puts them together.
"""

from __future__ import annotations

MONTH_NUMBERS = {
    "jan": 1, "feb": 2, "fev": 2, "mar": 3, "apr": 4, "avr": 4, "may": 5, "mai": 5, "jun": 6, "juin": 6, "jul": 7,
    "juil": 7, "aug": 8, "aou": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
WEEKDAY_NUMBERS = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thurs": 3, "thur": 3, "fri": 4,
    "lundi": 0, "mardi": 1, "mercredi": 2, "jeudi": 3, "vendredi": 4, "samedi": 5, "dimanche": 6,
}  # fmt: skip
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "douze": 12, "quinze": 15, "vingt": 20, "trente": 30, "few": 3, "couple of": 2, "quelques": 3,
}  # fmt: skip
UNIT_DAYS = {
    "hour": 0, "heure": 0, "hr": 0, "h": 0, "minute": 0, "day": 1, "jour": 1, "night": 1, "nuit": 1, "week": 7,
    "semaine": 7, "month": 30, "moi": 30, "year": 365, "an": 365, "annee": 365,
}  # fmt: skip

MONTH = (
    r"(?P<month>jan(?:uary|vier|v)?|feb(?:ruary)?|fevrier|fevr|fev|march|mars|mar|apr(?:il)?|avril|avr|may|mai|june?|juin"
    r"|july?|juillet|juil|aug(?:ust)?|aout|sept(?:ember|embre)?|sep|oct(?:ober|obre)?|nov(?:ember|embre)?"
    r"|dec(?:ember|embre)?)"
)
DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|e)?"
YEAR = r"(?:,? (?P<year>(?:19|20)\d\d))?"
WEEKDAY = (
    r"(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday|tues|tue|wed|thurs|thur|thu|fri|mon(?= \d)"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
)
NAMED_DAY = r"(?:(?:" + "|".join(sorted(WEEKDAY_NUMBERS, key=len, reverse=True)) + r"),? (?:the |le )?)?"
COUNT = r"(?P<count>\d{1,3}|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + r")"
UNIT = (
    r"(?P<unit>hours?|heures?|hrs?|h|minutes?|days?|jours?|nights?|nuits?|weeks?|semaines?|months?|mois|years?"
    r"|ans?|annees?)"
)
