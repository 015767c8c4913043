"""The process that reads mails, from inside: reads a request, reads the mail, answers, until nobody asks any more."""

from __future__ import annotations

import dataclasses
import io
from typing import BinaryIO

from inboxd import parsers
from inboxd.confined import LENGTH, limits
from inboxd.mail import Email
from inboxd.readers import frames
from inboxd.readers.frames import Answer, ReadingRules, Request
from inboxd.triage.both_readers import read_words, words_of


def read(rules: ReadingRules, request: Request, raw: bytes) -> Answer:
    """Read one mail. Raises what `parsers.parse` does."""
    email = parsers.parse(
        raw,
        digest=request.digest,
        limits=rules.limits,
        office=rules.office,
        senders=rules.senders,
        two_letter_prefixes=rules.two_letter_prefixes,
    )
    if request.outline is not None:
        email = parsers.as_excerpt(email, request.outline)
    if not request.asks or not _asks(email):
        return Answer(email=email)
    words = words_of(email, email.subject, request.arrived_at)
    return Answer(email=email, reading=read_words(words, rules.criteria, rules.second_reader))


def _asks(email: Email) -> bool:
    """A machine asks for nothing, and nobody is answered who is not known."""
    return email.automatic is None and email.sender is not None


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Until the end of `requests`. An exception that a mail raises is told by its class only."""
    rules = frames.unpack_rules(_frame(requests))
    limits.bind_for_good()
    _say(answers, b"ready")
    at_start = limits.address_space()
    while head := requests.read(LENGTH.size):
        request = frames.unpack_request(requests.read(*LENGTH.unpack(head)))
        raw = _mail(requests)
        files: tuple[bytes, ...] = ()
        try:
            with limits.limited(request.seconds, request.memory_bytes):
                answer = read(rules, request, raw)
                grown = max(0, limits.address_space() - at_start)
                said, files = frames.pack_answer(dataclasses.replace(answer, grown_bytes=grown))
        except Exception as error:
            answer = Answer(failed="MemoryError" if isinstance(error, MemoryError) else type(error).__name__)
            said, files = frames.pack_answer(answer)
        _say(answers, said, *files)
        del raw, answer, said, files  # not kept while nobody asks


def _mail(requests: BinaryIO) -> bytes:
    """The pieces of a mail up to the empty one, without holding them twice."""
    mail = io.BytesIO()
    while piece := _frame(requests):
        mail.write(piece)
    return mail.getvalue()


def _frame(requests: BinaryIO) -> bytes:
    return requests.read(*LENGTH.unpack(requests.read(LENGTH.size)))


def _say(answers: BinaryIO, said: bytes, *files: bytes) -> None:
    answers.write(LENGTH.pack(len(said)))
    answers.write(said)
    for content in files:
        answers.write(LENGTH.pack(len(content)))
        answers.write(content)
    answers.flush()
