"""Which words of a mail are read: its own new words under its subject, or the forwarded text that they only point to.

The same for learning and for reading, and the same judgement of a cover note as the criteria's (`pointing`). An
answer's subject is old and left out. Pure; never fails.
Source: `product.md` "Enquiries" ("see below, please help" makes the forwarded text the matter).
"""

from __future__ import annotations

from inboxd.mail import Body
from inboxd.pointing import only_points


def matter(body: Body, subject: str, *, is_reply: bool) -> str:
    """The text that the second reader is given."""
    text = body.new
    if body.forwarded.strip() and only_points(body.new):
        text = f"{text}\n\n{body.forwarded}"
    about = "" if is_reply else subject.strip()
    return f"{about}.\n\n{text}" if about else text
