"""The n-th mail of a seed: the same bytes on every machine with the same scenarios, without making those before it.

A third is written from nothing, a third of those written is damaged, and a third are the mails of the scenarios and of
the labelled folder, damaged.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from random import Random

from tests.fuzz import mutating, writing

_TESTS = Path(__file__).parent.parent
_SEEDS = ("scenarios/*/*.eml", "scenarios/*/before/*.eml", "labelled/messages/*.eml")
_PLACEHOLDER = re.compile(rb"\{\{[a-z]+:[0-9]+\.[a-z_]+\}\}")
_MESSAGE_ID = re.compile(rb"(?im)^message-id:[ \t]*<[^>\r\n]*>")
_LARGEST_SEED = 100_000


@functools.cache
def seeds() -> tuple[bytes, ...]:
    """Whole mails, with the line ends that IMAP gives, in the order of their paths."""
    found = []
    for pattern in _SEEDS:
        for path in sorted(_TESTS.glob(pattern)):
            raw = re.sub(rb"\r?\n", b"\r\n", _PLACEHOLDER.sub(b"<none@parl.example>", path.read_bytes()))
            if len(raw) <= _LARGEST_SEED:
                found.append(raw)
    return tuple(found)


def fuzzed(seed: int, number: int) -> bytes:
    """Mail `number` of `seed`."""
    rng = Random(f"inboxd/{seed}/{number}")  # repeatable, protects nothing
    kind = rng.randrange(3)
    if kind == 0:
        return writing.letter(rng, number)
    raw = writing.letter(rng, number) if kind == 1 else rng.choice(seeds())
    if kind == 2 and rng.random() < 0.8:  # else the second one of a kind would be known already, and nothing be tried
        raw = _MESSAGE_ID.sub(f"Message-ID: <fuzz.{number}@parl.example>".encode(), raw, count=1)
    return mutating.mutated(rng, raw, seeds())
