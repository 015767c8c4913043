"""Bytes -> Email: everything that one mail says, read once, by pure code.

The way through: cut the MIME tree (`leaves`) and read headers (`message`), take the files (`attachments`), ask whether
a machine sent it (`bounces`, `automatic`) and whether our gateway verified the sender (`authentication`), take the body
apart (`body`), add what attached messages say (`letters`), keep what is read of it (`reach`), find numbers and
references (`references`), read the subject line (`subject`). A large mail is decoded as it comes in (`streamed`).

Fails with `Unparsable` when the bytes are no mail; anything else that escapes is a bug.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from inboxd.documents import Outlined
from inboxd.mail import Email, SubjectReading
from inboxd.parsers import authentication, automatic, bounces, references
from inboxd.parsers.attachments import attachments
from inboxd.parsers.body import is_forward, split
from inboxd.parsers.language import language_of
from inboxd.parsers.letters import with_letters
from inboxd.parsers.message import read
from inboxd.parsers.outline import attachments as outlined
from inboxd.parsers.reach import within
from inboxd.parsers.streamed import Streamed
from inboxd.parsers.subject import read_subject
from inboxd.settings import LimitSettings, OfficeSettings, SenderSettings, Settings

_TELLS_LANGUAGE = 20_000
"""Characters from which the language is told; more tell no more."""


def parse(
    raw: bytes | Streamed,
    *,
    digest: str,
    limits: LimitSettings,
    office: OfficeSettings,
    senders: SenderSettings,
    two_letter_prefixes: Sequence[str],
) -> Email:
    """Read one mail; one that was streamed is used up. Raises `Unparsable` if no header field tells it is one."""
    size = len(raw) if isinstance(raw, bytes) else raw.size
    message = read(raw, limits)
    bounce = bounces.read_bounce(message)
    files, lost, letters = attachments(message, limits)
    written = split(message.plain, message.html, forwards=is_forward(message.subject))
    # What a bounce returns is ours, come back: it says nothing new.
    whole, unread = with_letters(written, letters if bounce is None else (), message)
    body, cut = within(whole)
    words = f"{body.new}\n\n{body.forwarded}"
    subject = read_subject(message.subject, two_letter_prefixes)
    return Email(
        digest=digest,
        size=size,
        message_id=message.message_id,
        in_reply_to=message.in_reply_to,
        references=message.references,
        date=message.date,
        sender=message.sender,
        recipients=message.recipients,
        reply_to=message.reply_to,
        return_path=message.return_path,
        subject=message.subject,
        body=body,
        language=language_of(body.new[:_TELLS_LANGUAGE]),
        attachments=files,
        automatic=automatic.judge(message, bounce, office, written, files=any(not file.inline for file in files)),
        bounce=bounce,
        authentication=authentication.judge(message, message.sender, senders, office),
        subject_reading=subject,
        numbers=_numbers(message.subject, subject, words, body.quoted, two_letter_prefixes),
        ucis=references.ucis(f"{message.subject}\n{words}"),
        case_references=references.case_references(f"{message.subject}\n{body.full}", office.reference_prefix),
        defects=tuple(dict.fromkeys((*message.defects, *lost, *unread, *cut))),
    )


def _numbers(
    written: str, subject: SubjectReading, words: str, quoted: str, two_letter_prefixes: Sequence[str]
) -> tuple[str, ...]:
    """The application numbers that the sender means; a reply that names none means those of what it answers.

    The subject's own may be spelled in ways that are read only there (`E 123 456 789`).
    """
    own = (subject.number,) if subject.number and not subject.reason else ()
    said = references.application_numbers(words, two_letter_prefixes, subject=written)
    said = tuple(dict.fromkeys((*own, *said)))
    return said or references.application_numbers(quoted, two_letter_prefixes)


def parse_under(settings: Settings, raw: bytes, *, digest: str) -> Email:
    """Read one mail under an office's settings. Raises `Unparsable` as `parse` does."""
    return parse(
        raw,
        digest=digest,
        limits=settings.limits,
        office=settings.office,
        senders=settings.senders,
        two_letter_prefixes=settings.documents.two_letter_prefixes,
    )


EXCERPT = "excerpt"
"""The defect of a mail of which only the beginning was read."""


def as_excerpt(email: Email, outline: Sequence[Outlined]) -> Email:
    """The mail with the files that its server tells of, in place of those that its beginning happens to hold."""
    defects = tuple(dict.fromkeys((*email.defects, EXCERPT)))
    return dataclasses.replace(email, attachments=outlined(outline), defects=defects)


__all__ = ["EXCERPT", "as_excerpt", "parse", "parse_under"]
