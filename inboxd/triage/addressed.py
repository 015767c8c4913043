"""Which cases of a conversation a mail is about, where there are several: those it names, in its own words.

A case is named by its reference, by one of its application numbers (whole, masked as our notices show it, or by its
last four digits), or by the person who stands beside that number in the text that is quoted. A mail that names none is
about all of them; what raises a case then raises the most pressing one, since that is the one that people read first.
Pure. Source: docs/flow.md "Several cases in one mail".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inboxd.mail import OpenCase
from inboxd.masking import mask
from inboxd.plan import Category
from inboxd.triage.folding import fold
from inboxd.triage.question import Question
from inboxd.triage.several.identities import name_beside, places_of

RANK = {Category.CRITICAL: 0, Category.URGENT: 1, Category.REVIEW: 2, Category.COMPLEX: 3, Category.NOT_MET: 4}
"""For raising a case: review stands above complex, since a person has yet to say that it is not urgent."""
FINISHED = ("answered", "closed")
_NEAR = 80
"""Characters around a quoted number within which its person's name stands."""
_LONGEST_QUOTE = 20_000
_QUOTE_MARK = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_PARTS = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*•]|\(?\w{1,2}[.)])[ \t])|[A-Za-z]{1,2}[0-9]{8,9}")
"""Ends of what belongs to one number: a paragraph, an item of a list, another number."""
_FIRST_OF_ITS_MAIL = re.compile(r"[A-Z]+[0-9]{2}-[0-9]+-[A-Z]")
_ENDING = (
    r"(?:ending (?:in|with)|ends (?:in|with)|se termin\w+ par|finissant par|qui finit par|\.\.\.|\*+)\s*{}(?![0-9])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """The cases that a mail joins."""

    read_for: tuple[OpenCase, ...]
    """Those that its words are read for and may raise."""
    noted: tuple[OpenCase, ...] = ()
    """Those that it is added to and cannot raise: it names nobody."""


def own_cases(question: Question) -> tuple[OpenCase, ...]:
    """The cases of the sender's own office that the mail names or whose thread it is in, newest first."""
    return tuple(case for case in question.facts.cases if case.office == question.office)


def addressed(question: Question, cases: Sequence[OpenCase]) -> Addressed:
    """Which of `cases` a mail is about; there is at least one."""
    if len(cases) == 1:
        return Addressed(read_for=tuple(cases))
    named = named_among(question, cases)
    if named:
        return Addressed(read_for=named)
    waiting = [case for case in cases if case.state not in FINISHED or _refused_by_notice(case)] or list(cases)
    first = min(waiting, key=lambda case: (case.state in FINISHED, RANK[Category(case.category)], case.case_id))
    others = tuple(case for case in waiting if case is not first)
    return Addressed(read_for=(first,), noted=others)


def named_among(question: Question, cases: Sequence[OpenCase]) -> tuple[OpenCase, ...]:
    """Those of `cases` that the mail names in its own words, or in a subject of its own."""
    email = question.email
    own = email.body.new if email.subject_reading.is_reply else f"{email.subject}\n\n{email.body.new}"
    words, subject = fold(own).text, fold(email.subject).text
    quoted = _QUOTE_MARK.sub("", email.body.quoted[:_LONGEST_QUOTE])
    people = {case.case_id: _people(case, quoted) for case in cases}
    return tuple(
        case
        for case in cases
        if case.reference.lower() in words
        or (case.reference.lower() in subject and not _FIRST_OF_ITS_MAIL.fullmatch(case.reference))
        or any(_names_number(own, words, number) for number in case.numbers)
        or _names_person(words, case, people)
    )


def _refused_by_notice(case: OpenCase) -> bool:
    """Our notice was the answer, and it asked for facts in reply."""
    return case.state == "answered" and case.category == Category.NOT_MET


def _names_number(own: str, words: str, number: str) -> bool:
    if any(True for _ in places_of(own, (number,))) or mask(number).lower() in words:
        return True
    return re.search(_ENDING.format(re.escape(number[-4:])), words) is not None


def _people(case: OpenCase, quoted: str) -> frozenset[str]:
    """Names beside the numbers of a case in the quoted text, each in its own paragraph or line of a list."""
    found: set[str] = set()
    for _, start, end in places_of(quoted, case.numbers):
        before = _PARTS.split(quoted[max(0, start - _NEAR) : start])[-1]
        found |= name_beside(before, _PARTS.split(quoted[end : end + _NEAR])[0])
    return frozenset(name for name in found if len(name) > 3)


def _names_person(words: str, case: OpenCase, people: dict[int, frozenset[str]]) -> bool:
    """Does somebody's name that stands beside no other case's number stand in the words?"""
    others = frozenset().union(*(names for case_id, names in people.items() if case_id != case.case_id))
    return any(re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", words) for name in people[case.case_id] - others)
