"""What both readers make of an enquiry's words: the criteria, and the second reader where the office wants it.

Pure: the same words, criteria and model give the same reading. Reading is most of the work of a decision and several
rules ask for the same words, so that what was read stays at hand (`Readings`), also what another process read ahead.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from inboxd.documents import Attachment
from inboxd.mail import Body, Email
from inboxd.opinions import Opinion, SecondReader
from inboxd.plan import Category, Excluded
from inboxd.pointing import only_points
from inboxd.triage import file_checks
from inboxd.triage.dates_read import dates_read
from inboxd.triage.reading import Reading, read
from inboxd.triage.rulebook import Criteria
from inboxd.triage.second_opinion import suspects, weigh

AT_HAND = 256
"""Readings that are kept, the latest: two groups of mails, each read under two subjects and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that a reading rests on, besides the rules."""

    body: Body
    subject: str
    file_names: tuple[str, ...]
    is_reply: bool
    is_cut: bool
    """Not all of the text was read: the most pressing words may stand in the rest."""
    received: datetime


class Readings:
    """What was read lately under the rules that it belongs to, by its words."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Words, Reading] = OrderedDict()

    def of(self, words: Words) -> Reading | None:
        return self._kept.get(words)

    def keep(self, words: Words, reading: Reading) -> None:
        self._kept[words] = reading
        while len(self._kept) > AT_HAND:
            self._kept.popitem(last=False)


def is_mere_wrapping(attachment: Attachment) -> bool:
    """A winmail.dat that was opened: what Outlook made around the files, meant by nobody.

    A message in the mail was meant by its sender; whether it holds files is for `files.judge`.
    """
    return attachment.opened and attachment.sniffed_type in file_checks.WRAPPINGS


def documents_in(email: Email) -> tuple[Attachment, ...]:
    """The attachments that a sender means as documents: no logos of a signature, no wrapping that was opened."""
    return tuple(item for item in email.attachments if not item.inline and not is_mere_wrapping(item))


def is_cut(email: Email) -> bool:
    """Not all of its text was read."""
    return "body_too_long" in email.defects


def words_of(email: Email, subject: str, received: datetime) -> Words:
    """The words of a mail, under its own subject or another one."""
    return Words(
        body=email.body,
        subject=subject,
        file_names=tuple(item.name for item in documents_in(email)),
        is_reply=email.subject_reading.is_reply or subject != email.subject,
        is_cut=is_cut(email),
        received=received,
    )


def read_words(words: Words, criteria: Criteria, second_reader: SecondReader | None) -> Reading:
    """Read the words. A text that was cut is only ever critical. Never fails on any text."""
    reading = _by_criteria(words, words.body, criteria) if second_reader is None else _by_both(
        words, criteria, second_reader
    )
    texts = (("new", words.body.new), ("subject", words.subject), ("forwarded", words.body.forwarded))
    reading = dataclasses.replace(reading, dates=dates_read(texts, words.received))
    if words.is_cut and reading.category is not Category.CRITICAL:
        return dataclasses.replace(reading, category=None, passport=False, uncertain=True)
    return reading


def _by_criteria(words: Words, body: Body, criteria: Criteria) -> Reading:
    return read(criteria, body, words.subject, words.file_names, words.received)


def _by_both(words: Words, criteria: Criteria, second: SecondReader) -> Reading:
    body = words.body
    reading = _by_criteria(words, body, criteria)
    beneath: Opinion | None = None
    if _is_evidence(reading, body):
        told = dataclasses.replace(body, new=body.forwarded, forwarded="")
        beneath = second.opinion(told, "", is_reply=True, received=words.received)
        if not suspects(beneath):
            own = _by_criteria(words, dataclasses.replace(body, forwarded=""), criteria)
            reading = _without_evidence(reading, own)
    opinion = second.opinion(body, words.subject, is_reply=words.is_reply, received=words.received)
    weighed = weigh(reading, opinion)
    if beneath is not None and weighed.category is Category.NOT_MET and beneath.category is not Category.NOT_MET:
        return dataclasses.replace(weighed, category=None, uncertain=True)  # nothing is refused against the evidence
    return weighed


def _is_evidence(reading: Reading, body: Body) -> bool:
    """A text beneath the sender's own words that hits, though they do more than point to it."""
    return any(hit.where == "forwarded" for hit in reading.hits) and not only_points(body.new)


def _without_evidence(reading: Reading, own: Reading) -> Reading:
    """The reading of the own words alone, as the second reader sees nothing critical in what lies beneath them."""
    beneath = (hit for hit in reading.hits if hit.where == "forwarded")
    aside = (Excluded(criterion=hit.criterion, words=hit.words, because="forwarded") for hit in beneath)
    return dataclasses.replace(
        own, excluded=tuple(dict.fromkeys((*own.excluded, *aside))), high_profile=reading.high_profile
    )
