"""The phrase language of `criteria.toml`, and all its phrases looked for at once (the only module that imports re2).

    removal order          these words, one after the other; accents, case, hyphens and apostrophes do not matter
    deport*                a word that begins so: deported, deportation
    (date|day) of          one of several; an alternative may have several words
    removal [order] date   words that may be missing
    flight ... tomorrow    up to four words in between, in the same sentence; ...9 allows nine
    # days                 a number

RE2 runs in time linear in the text, so no phrase and no mail can make it run away. A phrase that cannot be read
raises `PhraseError`, whose text says what is wrong.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import re2

from inboxd.triage.folding import Folded, fold

GAP = 4
GAP_MOST = 12
PLACES_MOST = 25
"""Places of one phrase in one text that are looked at; a hostile text may repeat a phrase without end."""
_END = b"zzendoftextzz"
"""Stands after every text, and is looked for: a pass that runs out of memory says that nothing occurs, which would be a
silent loss. When this is missing, every phrase is looked for by itself."""
FORGET_AFTER = 200_000
"""Letters, of some 600 mails. Each text adds to the automata of the phrases that it may hold, 56 MB in a thousand mails
and on from there; after so many they are made anew, in a quarter of a second."""

_BETWEEN = "[ _]{1,4}"
_WORD = r"[%&0-9a-z]+(?:\.[a-z0-9]+)*"
_ALIKE = bytes.maketrans(b""",:;"'()/*~-""" + b"$@#+", b" " * 11 + b"%" * 4)
"""No phrase tells these apart: what stands between words, and signs within them. Written as one, the automata of a
thousand texts take 60 MB and not 75."""
TOKEN = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]|\.\.\.(\d*)|([^\s()\[\]|]+)|(\S)")
"""One of several, may be missing, a gap, a word, what is not understood: one group each."""
_PLAIN = re.compile(r"[a-z0-9&]+\*?|#")


class PhraseError(ValueError):
    """A phrase that the language does not know. The text says what and where."""


@dataclass(frozen=True, slots=True)
class Match:
    """Phrase number `index` at folded `start:end`."""

    index: int
    start: int
    end: int


@functools.lru_cache(maxsize=1 << 15)  # the same words stand in hundreds of phrases, and each start reads them all
def _parts(words: str) -> tuple[str, ...]:
    folded = fold(words.replace("*", "\x01")).text.replace("~", "*")
    return tuple(part for part in re.split(r"[\s'/,-]+", folded) if part)


def _plain(words: str, phrase: str) -> str:
    """Plain words (no groups, no gaps) as a pattern."""
    parts = _parts(words)
    if not parts:
        raise PhraseError(f"{phrase!r} has an empty place; write a word there")
    for part in parts:
        if not _PLAIN.fullmatch(part):
            raise PhraseError(f"{phrase!r}: {part!r} is not a word; only letters, digits, &, # and a final * are known")
        if part.endswith("*") and len(part) < 3:
            raise PhraseError(f"{phrase!r}: {part!r} would match too many words; write two letters or more before *")
    return _BETWEEN.join(
        r"\d+" if part == "#" else part[:-1] + "[a-z0-9]*" if part.endswith("*") else part for part in parts
    )


def _choice(inside: str, phrase: str) -> str:
    choices = [_plain(choice, phrase) for choice in inside.split("|")]
    return "(?:" + "|".join(choices) + ")"


def pattern_of(phrase: str) -> str:
    """The RE2 pattern of one phrase. Raises `PhraseError`."""
    out: list[str] = []
    gap = ""
    for found in TOKEN.finditer(phrase):
        group, optional, width, word, other = found.groups()
        if other is not None:
            raise PhraseError(f"{phrase!r}: {other!r} at character {found.start() + 1} is not understood; "
                              "every ( and [ needs its end, and | stands only inside them")
        if width is not None:
            if gap or not out:
                raise PhraseError(f"{phrase!r}: ... stands between two words")
            if width and not 1 <= int(width) <= GAP_MOST:
                raise PhraseError(f"{phrase!r}: a gap is 1 to {GAP_MOST} words, not {width}")
            gap = f"(?:{_BETWEEN}{_WORD}){{0,{width or GAP}}}?"
            continue
        if optional is not None:
            if not out or gap:
                raise PhraseError(f"{phrase!r}: a word in [ ] cannot be the first, nor follow a gap")
            out.append(f"(?:{_BETWEEN}{_choice(optional, phrase)})?")
            continue
        part = _choice(group, phrase) if group is not None else _plain(word, phrase)
        out.append(gap + (_BETWEEN if out else "") + part)
        gap = ""
    if not out:
        raise PhraseError("is empty; write at least one word")
    if gap:
        raise PhraseError(f"{phrase!r}: ... stands between two words")
    return r"\b" + "".join(out) + r"\b"


def _filter_of(patterns: Sequence[bytes]) -> re2.Filter:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    filtering = re2.Filter()
    for pattern in (*patterns, _END):
        filtering.Add(pattern, options)
    filtering.Compile()
    return filtering


class PhraseBook:
    """Many phrases, asked at once. One pass over the text tells which of their letters occur, and only phrases whose
    letters do are looked for: an automaton of whole phrases grows with every new text, to hundreds of megabytes."""

    def __init__(self, phrases: Sequence[str]) -> None:
        """Raises `PhraseError` at the first phrase that cannot be read."""
        self._phrases = tuple(phrases)
        self._patterns = tuple(pattern_of(phrase).encode("ascii") for phrase in phrases)
        self._filter: re2.Filter | None = None
        self._read = 0

    def _filter_for(self, letters: int) -> re2.Filter:
        """What looks for the phrases in a text of so many letters. Made when first asked: 20 MB that a daemon can do
        without whose mails are read by other processes."""
        filtering = self._filter
        if filtering is None or self._read > FORGET_AFTER:
            del filtering
            self._filter = None  # let go before the next one is made
            self._filter = filtering = _filter_of(self._patterns)
            self._read = 0
        self._read += letters
        return filtering

    def __len__(self) -> int:
        return len(self._phrases)

    def __reduce__(self) -> tuple[type[PhraseBook], tuple[tuple[str, ...]]]:
        """Handed to another process as its phrases, and made anew there."""
        return PhraseBook, (self._phrases,)

    def find(self, folded: Folded) -> Iterator[Match]:
        """The first `PLACES_MOST` places of every phrase, in order of phrase, then place."""
        data = folded.text.encode("ascii").translate(_ALIKE)
        filtering = self._filter_for(len(data))
        present = filtering.Match(b"%b\n%b" % (data, _END)) or ()
        end = len(self)
        for index in sorted(present) if end in present else range(end):
            if index == end:
                continue
            for found in islice(filtering.re(index).finditer(data), PLACES_MOST):
                yield Match(index, found.start(), found.end())
