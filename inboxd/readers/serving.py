"""The process that reads mails, from inside: reads a request, reads the mail, answers, until nobody asks any more."""

from __future__ import annotations

from typing import BinaryIO

from inboxd import parsers
from inboxd.confined import LENGTH, limits
from inboxd.mail import Email
from inboxd.parsers.streamed import Streamed, Streaming
from inboxd.readers import frames
from inboxd.readers.frames import Answer, ReadingRules, Request


def read(rules: ReadingRules, request: Request, mail: Streamed) -> Email:
    """Read one mail; one that was streamed is used up. Raises what `parsers.parse` does."""
    email = parsers.parse(
        mail,
        digest=request.digest,
        limits=rules.limits,
        office=rules.office,
        senders=rules.senders,
        two_letter_prefixes=rules.two_letter_prefixes,
    )
    return email if request.outline is None else parsers.as_excerpt(email, request.outline)


def _weighed(rules: ReadingRules, request: Request, email: Email) -> bytes:
    if rules.weights is None or request.arrived_at is None:
        return b""
    from inboxd.readers.weighing import weigh  # came with the weights, or is never needed

    return weigh(email, request.arrived_at, rules.weights)


def _read(rules: ReadingRules, request: Request, mail: Streamed, at_start: int) -> tuple[bytes, tuple[bytes, ...]]:
    """The frames of the answer: what it says, and what follows."""
    email = read(rules, request, mail)
    reading = _weighed(rules, request, email)
    grown = max(0, limits.address_space() - at_start)
    said, files = frames.pack_answer(Answer(email=email, weighed=bool(reading), grown_bytes=grown))
    return said, ((reading, *files) if reading else files)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Until the end of `requests`. An exception that a mail raises is told by its class only."""
    rules = frames.unpack_rules(_frame(requests))
    limits.bind_for_good()
    _say(answers, b"ready")
    at_start = limits.address_space()
    while head := requests.read(LENGTH.size):
        request = frames.unpack_request(requests.read(*LENGTH.unpack(head)))
        mail = _mail(requests)
        try:
            with limits.limited(request.seconds, request.memory_bytes):
                said, more = _read(rules, request, mail, at_start)
        except Exception as error:
            failed = "MemoryError" if isinstance(error, MemoryError) else type(error).__name__
            said, more = frames.pack_answer(Answer(failed=failed))
        _say(answers, said, *more)
        del mail, said, more  # not kept while nobody asks


def _mail(requests: BinaryIO) -> Streamed:
    """The pieces of a mail up to the empty one, without holding them twice."""
    mail = Streaming()
    while piece := _frame(requests):
        mail.write(piece)
    return mail.done()


def _frame(requests: BinaryIO) -> bytes:
    return requests.read(*LENGTH.unpack(requests.read(LENGTH.size)))


def _say(answers: BinaryIO, said: bytes, *more: bytes) -> None:
    answers.write(LENGTH.pack(len(said)))
    answers.write(said)
    for content in more:
        answers.write(LENGTH.pack(len(content)))
        answers.write(content)
    answers.flush()
