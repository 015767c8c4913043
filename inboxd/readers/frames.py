"""What the daemon, or a command, and a process that reads mails say to each other.

The one who asks is believed: what to read by comes pickled, once, at the start. The process reads hostile bytes and is
not: it answers in JSON, in which every field has the type that `mail.Email` says, with the bytes of files behind it. It
is never unpickled. What both readers make of the words is `weighing`'s: who only wants the mail never loads it.
"""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from inboxd.documents import Outlined
from inboxd.mail import Email
from inboxd.settings import LimitSettings, OfficeSettings, SenderSettings, Settings

if TYPE_CHECKING:  # the rules take as long to load as all that a process needs to read a mail
    from inboxd.readers.weighing import Weights

MOST_BYTES = 64 * 1024 * 1024
"""Of one answer without its files; the text of a mail is cut long before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRules:
    """All of an office's settings and rules that the reading of a mail rests on."""

    limits: LimitSettings
    office: OfficeSettings
    senders: SenderSettings
    two_letter_prefixes: tuple[str, ...]
    weights: Weights | None
    """By which the words are weighed; None: nobody will ask for that."""

    @classmethod
    def of(cls, settings: Settings, weights: Weights | None = None) -> ReadingRules:
        return cls(
            limits=settings.limits,
            office=settings.office,
            senders=settings.senders,
            two_letter_prefixes=tuple(settings.documents.two_letter_prefixes),
            weights=weights,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Read the mail that follows, in pieces of a length each; one of length 0 ends it."""

    digest: str
    outline: tuple[Outlined, ...] | None
    arrived_at: datetime | None
    """Its words may ask for something then: what both readers make of them is wanted too. None: only the mail is."""
    seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was read, or that it failed."""

    email: Email | None = None
    """Its files without their bytes, which follow, in order."""
    weighed: bool = False
    """The next frame says what both readers made of its words, under its own subject."""
    failed: str = ""
    """The class of the exception that ended the reading; `MemoryError` if the memory limit did."""
    grown_bytes: int = 0
    """By how much address space the process has grown since its start."""


_REQUEST = TypeAdapter(Request)
_ANSWER = TypeAdapter(Answer)


def pack_rules(rules: ReadingRules) -> bytes:
    return pickle.dumps(rules, pickle.HIGHEST_PROTOCOL)


def unpack_rules(said: bytes) -> ReadingRules:
    """Only for what the one who asks said."""
    rules = pickle.loads(said)  # noqa: S301  # by the daemon, to its own child
    assert isinstance(rules, ReadingRules)
    return rules


def pack_request(request: Request) -> bytes:
    return _REQUEST.dump_json(request)


def unpack_request(said: bytes) -> Request:
    return _REQUEST.validate_json(said)


def pack_answer(answer: Answer) -> tuple[bytes, tuple[bytes, ...]]:
    """The frame, and the bytes of the files that follow it."""
    email = answer.email
    if email is None:
        return _ANSWER.dump_json(answer), ()
    empty = tuple(dataclasses.replace(file, content=b"") for file in email.attachments)
    bare = dataclasses.replace(answer, email=dataclasses.replace(email, attachments=empty))
    return _ANSWER.dump_json(bare), tuple(file.content for file in email.attachments)


def unpack_answer(said: bytes) -> Answer:
    """The frame alone. Raises `ValueError` where it is not one, by its fields and their types."""
    try:
        return _ANSWER.validate_json(said, strict=True)
    except ValidationError as error:
        raise ValueError(f"an answer with {error.error_count()} fields that are none") from error


def whole(email: Email, contents: Sequence[bytes]) -> Email:
    """The mail with the bytes of its files, as if it had been read here."""
    files = tuple(
        dataclasses.replace(file, content=content) for file, content in zip(email.attachments, contents, strict=True)
    )
    date = email.date
    if date is not None and (offset := date.utcoffset()) is not None:
        date = date.replace(tzinfo=timezone(offset))
    return dataclasses.replace(email, attachments=files, date=date)
