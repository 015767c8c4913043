"""A text as a row of words with their places, where dates, numbers and names stand for what they are, not which.

A date becomes how far away it is (`<d10>`: within ten days), an age whether it is a child's, an application number
`<app>`: what is learned must not depend on whose file it was or on the day it was written. Case, accents, spacing and
line ends do not matter. Never fails; a text is read up to `LETTERS_MOST`, so the time is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from inboxd.triage.folding import Folded, fold
from inboxd.triage.horizon import Mention, local_day, mentions

LETTERS_MOST = 20_000
"""Some 3,500 words; a mail's own words are rarely more than 400."""

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+|[.!?;:,]")
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\S{1,64}@\S{1,64}"), "<mail>"),
    (re.compile(r"\b[a-z]{1,2}[ -]?\d{3}[ -]?\d{3}[ -]?\d{2,4}\b|\b[a-z]{1,3}\d{6,12}\b"), "<app>"),
    (re.compile(r"\b\d{2,4}-\d{4}-?\d{2,4}\b|\b\d{4}[- ]\d{4}\b|\b\d{8,10}\b"), "<uci>"),
    (re.compile(r"\b\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"), "<tel>"),
    (
        re.compile(r"\b\d{1,2} ?(?:h ?\d{0,2}|:\d\d ?(?:a\.?m\.?|p\.?m\.?)?|a\.?m\b\.?|p\.?m\b\.?)(?![a-z0-9])"),
        "<time>",
    ),
)
_AGE = re.compile(r"\b(?:(\d{1,3})[ -](?:years?[ -]old|ans\b|yrs?\b)|aged (\d{1,3})\b)")
_NAMED = re.compile(r"\b(?:mr|mrs|ms|mx|mme|mlle|m|dr|dre) ([a-z]{3,30})\b")
_NO_NAME = frozenset(("les", "des", "the", "and", "who", "qui", "est", "has", "was", "not", "pas"))
"""What may stand after a title that is not followed by a name."""


class Token(NamedTuple):
    """One word, mark of punctuation, or class of date, number or name."""

    text: str
    """Folded; a class stands in angle brackets."""
    start: int
    """In the folded text."""
    end: int

    @property
    def is_class(self) -> bool:
        return self.text[0] == "<"

    @property
    def is_punctuation(self) -> bool:
        return self.text in _PUNCTUATION


_PUNCTUATION = frozenset(".!?;:,")


def distance(mention: Mention) -> str:
    """How far away a day is: long past, past, today or tomorrow, within 10, 30, 92 days, later."""
    if mention.last < 0:
        return "<long-past>" if mention.last < -60 else "<past>"
    ahead = max(mention.first, 0)
    for most, name in ((1, "<d1>"), (10, "<d10>"), (30, "<d30>"), (92, "<d92>")):
        if ahead <= most:
            return name
    return "<later>"


def read_tokens(text: str, received: datetime) -> tuple[Folded, tuple[Token, ...]]:
    """The folded text and its tokens in order. `received` is aware and says which day "tomorrow" is."""
    folded = fold(" ".join(text[:LETTERS_MOST].split()))
    return folded, tuple(_tokens(folded.text, received))


def _tokens(text: str, received: datetime) -> Iterator[Token]:
    names = {found[1] for found in _NAMED.finditer(text)} - _NO_NAME
    spans = sorted(_spans(text, received), key=lambda token: token.start)
    place = 0
    for span in (*spans, Token(".", len(text), len(text))):
        for found in _TOKEN.finditer(text, place, span.start):
            yield Token(_class(found[0], names), found.start(), found.end())
        if span.is_class:
            yield span
        place = max(place, span.end)


def _spans(text: str, received: datetime) -> Iterator[Token]:
    """Dates, numbers and ages; the first named wins where two overlap."""
    taken = bytearray(len(text))
    for token in _all_spans(text, received):
        if token.start < token.end and not any(taken[token.start : token.end]):
            taken[token.start : token.end] = b"\1" * (token.end - token.start)
            yield token


def _all_spans(text: str, received: datetime) -> Iterator[Token]:
    for mention in mentions(text, local_day(received)):
        yield Token(distance(mention), mention.start, mention.end)
    for found in _AGE.finditer(text):
        yield Token(_age(int(found[1] or found[2])), found.start(), found.end())
    for pattern, name in _SHAPES:
        for found in pattern.finditer(text):
            yield Token(name, found.start(), found.end())


def _age(years: int) -> str:
    return "<minor>" if years < 18 else "<elder>" if years >= 65 else "<age>"


def _class(word: str, names: set[str]) -> str:
    if word in names:
        return "<name>"
    if not word.isdigit():
        return word
    if len(word) >= 5:
        return "<number>"
    if len(word) == 4:
        return "<year>" if word[:2] in ("19", "20") else "<hundreds>"
    return word if int(word) <= 12 else "<tens>" if int(word) < 100 else "<hundreds>"
