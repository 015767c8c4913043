"""What both readers make of a mail's words, in the process that read it; the stages find it when they decide.

Apart from `frames`, since only deciding asks for it: a process that nobody asks starts twice as fast without.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from inboxd.mail import Email
from inboxd.opinions import SecondReader
from inboxd.triage import Rules
from inboxd.triage.both_readers import read_words, words_of
from inboxd.triage.criteria import Criteria
from inboxd.triage.reading import Reading

_READING = TypeAdapter(Reading)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What the words of a mail are weighed by."""

    criteria: Criteria
    second_reader: SecondReader | None

    @classmethod
    def of(cls, rules: Rules) -> Weights:
        return cls(criteria=rules.criteria, second_reader=rules.second_reader)


def weigh(email: Email, arrived_at: datetime, weights: Weights) -> bytes:
    """What both readers say; nothing where nobody will ask: a machine asks for nothing, nor who is not known."""
    if email.automatic is not None or email.sender is None:
        return b""
    words = words_of(email, email.subject, arrived_at)
    return _READING.dump_json(read_words(words, weights.criteria, weights.second_reader))


def unpack(said: bytes) -> Reading:
    """Raises `ValueError` where it is no reading, by its fields and their types."""
    try:
        return _READING.validate_json(said, strict=True)
    except ValidationError as error:
        raise ValueError(f"a reading with {error.error_count()} fields that are none") from error


def keep(rules: Rules, email: Email, arrived_at: datetime, reading: Reading) -> None:
    """For the rules to find when the mail is decided."""
    rules.readings.keep(words_of(email, email.subject, arrived_at), reading)
