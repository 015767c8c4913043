"""Words that state that the office holds the person's consent, in English and French (`domain.md` 3; `IMM 5475`).

A statement is a clause with a word for consent and a sign that it was given: signed, written, on file, attached, "we
have". What is negated, still to come, asked, conditional, spoken only, withdrawn, or consent to something else (a
medical treatment, a child's journey, work in Canada) is none. In doubt it is none: the office is then asked for one
line, while papers of somebody who did not agree would be handed on. Pure; never raises on any text.
"""

from __future__ import annotations

import re
from itertools import pairwise

from inboxd.triage.consent import phrases, scope, waiting
from inboxd.triage.consent.cuts import (
    ABBREVIATION,
    ANSWERED_NO,
    CLAUSE,
    HEADING,
    MOST_CLAUSES,
    QUESTION,
    SENTENCE,
    SHORTENED,
)
from inboxd.triage.consent.words import (
    AGAINST,
    ELSEWHERE,
    FOR_US,
    GIVEN,
    GRANT_ALONE,
    HARMLESS,
    JOURNEY,
    OTHER_THINGS,
    OUTBOUND,
    PARENT,
    REFERS_AND_GIVEN,
    REFERS_BACK,
    SENDS_IT_TOO,
    SIGNED,
    TAKEN_BACK,
    TERM,
    VERB,
)
from inboxd.triage.identity.labelled import clean, fold
from inboxd.triage.identity.laid_out import laid_out

_SHORT_LINE = 40


def statement(text: str) -> str:
    """The words that state that the office holds the person's written consent, as they stand; empty if none do.

    A file that is called "consent" is no statement: the statement is what `domain.md` 3 requires, the form is optional,
    and a file's name is not the sender's word. "Consent form attached" in the text is one.
    """
    shown = laid_out(clean(text))
    folded = phrases.with_labels(fold(shown))
    heading, found, spoken_of = "", "", False
    for start, end in _sentences(shown, folded):
        words = folded[start:end]
        item = re.match(r"\s*(?:[-*>]|\d{1,2}[.)]|[a-z][.)] )", words)
        if HEADING.search(words):
            heading = words
        elif words.strip() and not item:
            heading = ""
        plain = phrases.plainly(re.sub(r"\s+", " ", (heading if item else "") + words).strip())
        if not found and (_states(plain) or (spoken_of and _is_given(plain))):
            found = re.sub(r"\s+", " ", shown[start:end]).strip(" -*>\t\n")[:300]
        elif found and (scope.denies(plain) or waiting.is_waited_for(HARMLESS.sub(" ", plain), later=True)):
            found = ""
        spoken_of = _speaks_of(plain)
    return found


def is_denied(text: str) -> bool:
    """Whether a text says that there is no consent any more: withdrawn, refused, never signed."""
    folded = fold(clean(text))
    return any(
        TERM.search(part) is not None and scope.denies(phrases.plainly(part.strip())) for part in SENTENCE.split(folded)
    )


def _sentences(shown: str, folded: str) -> list[tuple[int, int]]:
    cuts = [0]
    for match in SENTENCE.finditer(folded):
        before = folded[max(0, match.start() - 10) : match.start()]
        if not ABBREVIATION.search(before) and not (
            SHORTENED.search(before) and GIVEN.match(folded, match.start() + 1)
        ):
            cuts.append(match.start())
    capitals = shown == shown.upper()
    for match in re.finditer(r"\n(?=\S)", folded):  # short lines are a list, not a wrapped sentence
        line_start = folded.rfind("\n", 0, match.start()) + 1
        if match.start() - line_start < _SHORT_LINE and not capitals and not shown[match.end()].islower():
            cuts.append(match.start())
    cuts = [*sorted(set(cuts)), len(folded)]
    return [(start, end) for start, end in pairwise(cuts) if end > start]


def _states(sentence: str) -> bool:
    """Whether one folded sentence states that consent was given."""
    if QUESTION.search(sentence.strip()) or ANSWERED_NO.search(sentence):
        return False
    words = HARMLESS.sub(" ", OTHER_THINGS.sub(" ", sentence))
    if waiting.is_waited_for(words):
        return False
    if TERM.search(words) is None or ELSEWHERE.search(words) or scope.is_anothers(words):
        return False
    clauses = _clauses(words)
    if len(clauses) > MOST_CLAUSES:
        return False
    return any(_clause_states(clauses, place) for place in range(len(clauses)))


def _speaks_of(words: str) -> bool:
    """Whether a sentence speaks of the client's consent without a no, so that the next can say that it was given."""
    return (
        TERM.search(words) is not None
        and "?" not in words
        and not scope.is_anothers(words)
        and not scope.is_for_something_else(words)
        and (phrases.POLICY in words or not AGAINST.search(HARMLESS.sub(" ", words)))
    )


def _is_given(words: str) -> bool:
    """Whether a clause says of what stood before that it was given: `hers is signed`, `le sien est au dossier`."""
    found = REFERS_AND_GIVEN.search(words)
    return (
        found is not None
        and not AGAINST.search(HARMLESS.sub(" ", words))
        and not waiting.is_waited_for(words)
        and "?" not in words
        and not scope.is_anothers(words)
    )


def _clauses(words: str) -> list[str]:
    return [part for part in CLAUSE.split(words) if part.strip()]


def _clause_states(clauses: list[str], place: int) -> bool:
    clause = clauses[place]
    term = TERM.search(clause)
    if term is None:
        return False
    if phrases.POLICY in clause:
        rest = [*re.split(r" (?:et|and) ", clause), *clauses[place + 1 :]][1:]
        return any(_is_given(part) or (phrases.POLICY not in part and _clause_states([part], 0)) for part in rest)
    if AGAINST.search(clause) or scope.denies(clause) or scope.is_for_something_else(clause):
        return False
    if (JOURNEY.search(clause) or PARENT.search(clause)) and not FOR_US.search(clause):
        return False
    earlier, later = clauses[:place], clauses[place + 1 :]
    if any(
        re.search(
            r"\b(?:if|once|when|unless|until|whether|si|s'il|lorsqu\w*|quand|des qu\w*|une fois|tant qu\w*)\b", part
        )
        for part in earlier
    ):
        return False
    for part in later:
        if TAKEN_BACK.search(part) or scope.denies(part):
            return False
        if SENDS_IT_TOO.match(part):
            continue
        against = AGAINST.search(part)
        if against and (REFERS_BACK.fullmatch(part[: against.start()]) or TERM.search(part)):
            return False
    if OUTBOUND.search(clause[: term.end()]) and not SIGNED.search(clause):
        return False
    given = GRANT_ALONE.search(clause) or GIVEN.search(clause)
    independent = VERB.search(clause) is not None or GIVEN.match(clause, term.end() + 1) is not None
    if any(AGAINST.search(part) for part in earlier) and not independent:
        return False
    if given:
        return True
    beside = [*earlier[-1:], *later[:1]]
    return any(GIVEN.search(part) and not AGAINST.search(part) for part in beside)
