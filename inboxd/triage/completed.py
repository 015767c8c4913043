"""A submission together with the later mails that complete it: judged as one mail, by the whole check.

The words of all are put together and compared with the record; each by itself must not contradict it either. Quoted
text, forwarded text and files of the later mails do not count. Pure; never fails.
"""

from __future__ import annotations

import dataclasses
import re

from inboxd.mail import Body, Email
from inboxd.triage.question import Question
from inboxd.triage.several.identities import places_of

_SIGNATURE_MARK = re.compile(r"^-- ?$", re.MULTILINE)
"""RFC 3676 4.3: what stands below it in the first mail must not hide what the next one says."""


def as_whole(question: Question) -> Question:
    """The question about a submission and all that was said since; the same question where nothing was."""
    answers = question.facts.answers
    if not answers:
        return question
    said = tuple(only_own_words(answer.email) for answer in answers)
    email = question.email
    new = "\n\n".join(_above_signature(each.body.new) for each in (email, *said))
    signature = "\n".join(_signed(each) for each in (email, *said))
    number = number_given(question)
    subject = email.subject_reading
    if number:
        subject = dataclasses.replace(subject, number=number, reason="", looks_like="")
    body = dataclasses.replace(email.body, new=new, signature=signature)
    whole = dataclasses.replace(email, body=body, subject_reading=subject)
    return dataclasses.replace(question, email=whole, parts=(email, *said))


def alone(question: Question) -> Question:
    """The same mail as if nothing had been said since."""
    return dataclasses.replace(question, facts=dataclasses.replace(question.facts, answers=()))


def number_given(question: Question) -> str:
    """The application number that a later mail gave last; empty if none did."""
    return next((answer.number for answer in reversed(question.facts.answers) if answer.number), "")


def only_own_words(email: Email) -> Email:
    """The mail without what its sender did not write anew."""
    body = Body(
        full=email.body.new,
        new=email.body.new,
        quoted="",
        signature=email.body.signature,
        forwarded="",
        html_only=email.body.html_only,
        links=email.body.links,
    )
    return dataclasses.replace(email, body=body, attachments=())


def numbers_differ(question: Question) -> bool:
    """Whether the mails name several applications, so that a person must say which is meant.

    Another number of the subject, or of an earlier answer, only counts if a record has it: else it was the mistake that
    the answer puts right. `question` is that of `as_whole`.
    """
    number = number_given(question)
    if not number or not question.parts:
        return False
    if question.facts.other_records:
        return True
    first = question.parts[0]
    temporary = {each[1:] for each in first.numbers if each.startswith("X")}
    if temporary and number not in temporary:
        return True
    mistaken = {first.subject_reading.number, *(answer.number for answer in question.facts.answers)} - {number}
    named = {each for each, _, _ in places_of(first.body.new, first.numbers)} - mistaken
    return bool(named) and number not in {each.removeprefix("X") for each in named}


def _above_signature(text: str) -> str:
    return _SIGNATURE_MARK.split(text, maxsplit=1)[0].rstrip()


def _signed(email: Email) -> str:
    return f"{email.sender.name if email.sender else ''}\n{email.body.signature}"
