"""What the second reader thinks of one enquiry, as a value: triage weighs it against what the criteria say.

Made by `inboxd.second_reader`. It never decides by itself, and it can be switched off. Issue of both readers:
`product.md` "Enquiries"; docs/training.md tells what the figures mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from inboxd.mail import Body
from inboxd.plan import Category

READ = (Category.CRITICAL, Category.URGENT, Category.COMPLEX, Category.NOT_MET)
"""What an opinion can be, the most pressing first; never REVIEW."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The second reader's guess and how sure it is."""

    category: Category
    """The one with the largest share; of equal ones the most pressing."""
    confidence: float
    """Its share, from 0.25 to 1. Calibrated: of the texts read at 0.8, about eight in ten are right (on texts like
    those it learned from; see the manifest of the model)."""
    shares: tuple[tuple[Category, float], ...]
    """Every category of `READ` in that order with its share; together 1."""
    words: tuple[str, ...]
    """The words that spoke most for `category`, as the sender wrote them, the weightiest first; for people."""

    def share(self, category: Category) -> float:
        """The share of one category, from 0 to 1; 0 for one that no opinion can be."""
        return dict(self.shares).get(category, 0.0)


class SecondReader(Protocol):
    """Whoever has opinions: `inboxd.second_reader.LearnedReader`."""

    @property
    def version(self) -> str:
        """Changes with everything that an opinion rests on; part of the version of the rules."""

    def opinion(self, body: Body, subject: str, *, is_reply: bool, received: datetime) -> Opinion:
        """What it thinks of a mail's own words. `received` is aware. Never fails on any text."""
