"""Which words of a mail are read: its own new words under its subject, or the forwarded text that they only point to.

The same for learning and for reading. An answer's subject is old and left out. Pure; never fails.
Source: `product.md` "Enquiries" ("see below, please help" makes the forwarded text the matter).
"""

from __future__ import annotations

import re

from inboxd.mail import Body

POINTING_WORDS = 60
"""A cover note is no longer than this."""
BARE_WORDS = 12
"""So few words over a forwarded text are a cover note, whatever they say."""
_POINTS = re.compile(
    r"\b(?:below|attached|forward(?:ed|ing)?|fwd|following (?:message|e-?mail|text)|ci-dessous|ci-apres|ci-après"
    r"|plus bas|ci-bas|transf[eéè]r\w*|suit|suivant|voici|here (?:is|are))\b",
    re.IGNORECASE,
)


def matter(body: Body, subject: str, *, is_reply: bool) -> str:
    """The text that the second reader is given."""
    words = len(body.new.split())
    text = body.new
    if body.forwarded.strip() and words <= POINTING_WORDS and (words <= BARE_WORDS or _POINTS.search(body.new)):
        text = f"{text}\n\n{body.forwarded}"
    about = "" if is_reply else subject.strip()
    return f"{about}.\n\n{text}" if about else text
