"""What of a text counts: pieces of words, words and pairs of words, and marks of how they are said. Pure.

Three blocks, each weighed as one so that the many pieces of words do not drown the rest:
`PIECES` of 2 to 5 characters within a word (inflection, typing errors), `WORDS` and pairs of neighbours, and `MARKS`:
pairs with a gap, words within reach of a negation, words of a sentence that names a day of some distance, words of a
question. Every feature is a number (CRC-32 of its text): nothing of a mail can be read back from a model. Never fails.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from inboxd.second_reader.tokens import Token, read_tokens
from inboxd.triage.folding import Folded
from inboxd.triage.horizon import ZONE

LAYOUT = 1
"""Raised when features change in kind; a model of another layout cannot be used."""
SHORTEST, LONGEST = 2, 5
_REACH = 5
"""A negation reaches so many words."""
_NOT = frozenset(
    ("not", "no", "never", "nor", "none", "neither", "nobody", "without", "cannot", "aucun", "aucune", "ne", "pas",
     "jamais", "ni", "sans", "rien")
)  # fmt: skip
_TURN = frozenset(
    ("but", "mais", "however", "cependant", "because", "car", "and", "et", "who", "which", "qui", "so", "donc")
)
"""A negation does not reach past these, nor past punctuation."""
_SENTENCE_END = frozenset(".!?")


class Block(IntEnum):
    """Features that are weighed together."""

    PIECES = 0
    WORDS = 1
    MARKS = 2


Places = Mapping[int, Sequence[int]]
"""By feature: the tokens it was made of; as often as it was met."""


_BEGUN = tuple(crc32(b"%d" % block) for block in Block)
"""The sum over the number of a block, with which that of each of its features goes on."""


def key(block: Block, feature: str) -> int:
    """The number that stands for a feature, 32 bits."""
    return crc32(feature.encode("ascii"), _BEGUN[block])


@lru_cache(maxsize=8192)
def _pieces(word: str) -> array[int]:
    """An array, since so many words as numbers of Python would be 7 MB."""
    padded = f" {word} "
    found = [
        padded[start : start + length]
        for length in range(SHORTEST, min(LONGEST, len(padded)) + 1)
        for start in range(len(padded) - length + 1)
    ]
    return array("I", (key(Block.PIECES, piece) for piece in found))


def read_features(text: str, received: datetime) -> tuple[Folded, tuple[Token, ...], tuple[Places, Places, Places]]:
    """The folded text, its tokens, and the features of each block. `received` is aware."""
    folded, tokens = read_tokens(text, received)
    pieces: dict[int, list[int]] = defaultdict(list)
    words: dict[int, list[int]] = defaultdict(list)
    marks: dict[int, list[int]] = defaultdict(list)
    said = [(place, token) for place, token in enumerate(tokens) if not token.is_punctuation]
    numbers = [_numbers(token.text) for _, token in said]
    for (place, token), number in zip(said, numbers, strict=True):
        for piece in (key(Block.PIECES, token.text),) if token.is_class else _pieces(token.text[:40]):
            pieces[piece].append(place)
        words[number.alone].append(place)
    for (place, _), first, second in zip(said, numbers, numbers[1:], strict=False):
        words[crc32(second.letters, first.before_next)].append(place)
    for gap in (2, 3):
        for (place, _), first, second in zip(said, numbers, numbers[gap:], strict=False):
            marks[crc32(second.letters, first.before_later)].append(place)
    for sentence, end in _sentences(tokens):
        for feature, place in _marks(sentence, end):
            marks[key(Block.MARKS, feature)].append(place)
    return folded, tokens, (pieces, words, marks)


class _Numbers(NamedTuple):
    """What the features of one word go on with."""

    letters: bytes
    alone: int
    """Of the word (`word`)."""
    before_next: int
    """The sum up to the word that follows (`word following`)."""
    before_later: int
    """The sum up to a word some places further on (`word_later`)."""


@lru_cache(maxsize=8192)
def _numbers(word: str) -> _Numbers:
    letters = word.encode("ascii")
    alone = crc32(letters, _BEGUN[Block.WORDS])
    return _Numbers(letters, alone, crc32(b" ", alone), crc32(letters + b"_", _BEGUN[Block.MARKS]))


def _sentences(tokens: Sequence[Token]) -> Iterator[tuple[list[tuple[int, Token]], str]]:
    current: list[tuple[int, Token]] = []
    for place, token in enumerate(tokens):
        if token.text in _SENTENCE_END:
            yield current, token.text
            current = []
        else:
            current.append((place, token))
    yield current, "."


def _marks(sentence: Sequence[tuple[int, Token]], end: str) -> Iterator[tuple[str, int]]:
    reach = 0
    for place, token in sentence:
        word = token.text
        if token.is_punctuation or word in _TURN:
            reach = 0
        elif reach:
            yield f"not:{word}", place
            reach -= 1
        if word in _NOT or word.endswith("n't"):
            reach = _REACH
    content = {token.text: place for place, token in sentence if len(token.text) > 2}
    days = [word for word in content if word in _DAYS]
    for word, place in content.items():
        for day in days:
            if word != day:
                yield f"{day}{word}", place
        if end == "?":
            yield f"?{word}", place


_DAYS = frozenset(("<long-past>", "<past>", "<d1>", "<d10>", "<d30>", "<d92>", "<later>"))

_PROBES = (
    "Mr. Example is to be removed on Friday at 6 a.m.; his wife is not safe. Can you call 613-555-0199?",
    "La mère de Mme Exemple, 82 ans, est décédée hier soir. Les funérailles ont lieu jeudi prochain; aucun vol avant.",
    "Status of E123456789 (UCI 12-3456-7890) please, applied in March 2024. He doesn't travel before next summer.",
    "Le permis expire dans 3 jours, le 9 novembre. Si jamais il partait le 15 janvier, que faire?",
    "Removed last year; the hearing was cancelled. She is 4 years old. Write to a.person@parl.example by 2026-11-30.",
)


def features_digest() -> str:
    """Changes whenever a fixed handful of sentences is read in another way: a model should then be trained anew."""
    seen = hashlib.sha256()
    for probe in _PROBES:
        _, _, blocks = read_features(probe, datetime(2026, 11, 2, 10, 0, tzinfo=ZONE))
        for block in blocks:
            seen.update(repr(sorted((feature, len(places)) for feature, places in block.items())).encode())
    return seen.hexdigest()[:16]
