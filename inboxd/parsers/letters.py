"""What attached messages say, as evidence: an office often hands on a constituent's mail as an attachment.

Their words come into `Body.forwarded`, as those of a mail forwarded in the text do, and decide no more than those:
without the writer's own quotes and signature. A message that the mail only answers is quoted, not forwarded. A mail
that is nothing but a winmail.dat has its text in there. Pure; never fails.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from inboxd.mail import Body
from inboxd.parsers.body import split
from inboxd.parsers.message import Message
from inboxd.parsers.parts import Letter

UNREAD = "body_too_long"
"""The defect that some of what the attached messages say was not read."""
_MOST_LETTERS = 20
_MOST_SOURCE = 2_500_000
"""Characters of all attached messages before they are taken apart, as many as of the mail; HTML is mostly not text."""
_MOST_WORDS = 200_000
"""Characters of what they say."""
_ANSWER = re.compile(r"\s*(?:\[[^\]]{0,40}\]\s*)*(?:re|ré|rép|rep|réf|aw)\s*(?:[\[(]\d{1,3}[\])])?\s*:", re.IGNORECASE)


def with_letters(body: Body, letters: Sequence[Letter], message: Message) -> tuple[Body, tuple[str, ...]]:
    """The body of `message` with what its attached messages say, and `UNREAD` where that was too much.

    Line ends as in `Body`. A letter begins with its From and Subject; not with its Date, as a day that nothing in the
    text accounts for would be taken for one that matters.
    """
    read, left = 0, _MOST_SOURCE
    forwarded, quoted = [body.forwarded], [body.quoted]
    for letter in letters[:_MOST_LETTERS]:
        if letter.is_the_mail and body.full.strip():
            read += 1
            continue
        left -= len(letter.plain) + len(letter.html)
        if left < 0:
            break
        read += 1
        inner = split(letter.plain, letter.html)
        words = _joined(inner.new, inner.forwarded)
        if letter.is_the_mail:
            body, forwarded, quoted = inner, [inner.forwarded, *forwarded], [inner.quoted, *quoted]
        elif _is_answered(letter, message):
            quoted += [words, inner.quoted]
        else:
            forwarded.append(_joined(_head(letter), words))
            quoted.append(inner.quoted)
    said = _joined(*forwarded)
    most = max(_MOST_WORDS, len(body.forwarded))
    cut = read < len(letters) or len(said) > most
    return dataclasses.replace(body, forwarded=said[:most], quoted=_joined(*quoted)), (UNREAD,) if cut else ()


def _head(letter: Letter) -> str:
    return "\n".join(f"{name}: {line}" for name, line in (("From", letter.sender), ("Subject", letter.subject)) if line)


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text.strip())


def _is_answered(letter: Letter, message: Message) -> bool:
    """Some programs attach the mail that is answered, where others quote it. A forwarded one is no such mail."""
    return (
        letter.message_id in message.in_reply_to
        and not message.header("x-forwarded-message-id")
        and _ANSWER.match(message.subject) is not None
    )
