"""How much of a mail's text is read: first the words that decide, last what is quoted.

The bounds count characters in their longest Unicode form (NFKD): one sign such as U+FDFA stands for eighteen, and every
reader normalises. Far above any letter or thread, they keep one mail from holding up the next. Pure; never fails.
"""

from __future__ import annotations

import dataclasses
import unicodedata

from inboxd.mail import Body

TOO_LONG = "body_too_long"
"""The defect of a mail whose text was cut: a person looks at it, and it is never refused."""
DECIDING = 256 * 1024
"""Characters of new and forwarded words together: some hundred pages."""
BESIDE = 256 * 1024
"""Characters of signature and quoted text together; the same again for the whole text."""
_STRETCH = 1024


def beginning(text: str, most: int) -> tuple[str, int]:
    """The longest beginning of at most `most` characters in NFKD, and how many those are."""
    if text.isascii():
        return text[:most], min(len(text), most)
    taken = 0
    for start in range(0, len(text), _STRETCH):
        stretch = text[start : start + _STRETCH]
        size = _size(stretch)
        if taken + size <= most:
            taken += size
            continue
        for place, sign in enumerate(stretch, start=start):
            if taken + _size(sign) > most:
                return text[:place], taken
            taken += _size(sign)
    return text, taken


def _size(text: str) -> int:
    return len(unicodedata.normalize("NFKD", text))


def within(body: Body) -> tuple[Body, tuple[str, ...]]:
    """The body as far as it is read, and the defect `TOO_LONG` if that is not all of it."""
    new, decided = beginning(body.new, DECIDING)
    forwarded, _ = beginning(body.forwarded, DECIDING - decided)
    signature, beside = beginning(body.signature, BESIDE)
    quoted, _ = beginning(body.quoted, BESIDE - beside)
    full, _ = beginning(body.full, DECIDING + BESIDE)
    read = dataclasses.replace(body, full=full, new=new, quoted=quoted, signature=signature, forwarded=forwarded)
    return read, () if read == body else (TOO_LONG,)
