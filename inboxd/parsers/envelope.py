"""Who, when and in which thread: the readings of From, Date, Message-ID, References and Return-Path.

Each is a ladder, from the strict reading to the tolerant one; a tolerant one leaves a defect. A display name can
never become the sender: where more than one mailbox could be meant, there is no sender. Never fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from inboxd.mail import Address
from inboxd.parsers.encoded_words import decode_words

_LONGEST_ID = 500
_MOST_REFERENCES = 100
_BRACKETED = re.compile(r"<([^<>]+)>")
_ADDRESS = re.compile(r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)")
_ANSWERABLE = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_LONGEST_ADDRESS = 254
# Quoted names, comments and what stands in brackets; a colon outside of them names a group (RFC 5322 3.4).
_ASIDE = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)|<[^<>]*>')
_ZONE_WITH_COLON = re.compile(r"([+-]\d\d):(\d\d)\b")
_SPACE = re.compile(r"\s+")
_YEARS = range(1990, 2101)


def address(name: str, spec: str) -> Address | None:
    """A mailbox from its two halves; None if the addr-spec cannot be one that mail is sent to."""
    spec = spec.strip().lower()
    local, at, domain = spec.rpartition("@")
    blank = any(character.isspace() or character < " " for character in spec)
    if not (local and at and domain) or len(spec) > 320 or (blank and not local.startswith('"')):
        return None
    return Address(name=_SPACE.sub(" ", name).strip(), address=spec)


def sender(
    parsed: Sequence[tuple[str, str]], *, unreadable: bool, written: str
) -> tuple[Address | None, tuple[str, ...]]:
    """The one From address, or None, and the defects.

    `parsed` are the mailboxes that were read from all From fields, `unreadable` says that some part of them was not,
    `written` is the text of the fields as it stood, for the tolerant reading.
    """
    boxes = [address(name, spec) for name, spec in reversed(parsed) if spec.strip()]
    found = {box.address: box for box in boxes if box is not None}
    if found and ":" in _ASIDE.sub("", written):
        return None, ("from_group",)  # RFC 6854: no mail client writes one, and no gateway can judge it
    if len(found) == 1 and not unreadable and None not in boxes:
        one = next(iter(found.values()))
        # such as one with a letter that SMTPUTF8 alone can carry: nobody could be answered, a person must look
        fits = len(one.address) <= _LONGEST_ADDRESS and _ANSWERABLE.fullmatch(one.address) and "=?" not in one.address
        if not fits:
            return None, ("from_unanswerable",)
        # put together from pieces (`<ana pell@parl.example>`), it could be somebody else's
        return (one, ()) if one.address in written.lower() else (None, ("from_unreadable",))
    if found:
        return None, ("several_from",)
    if not written.strip():
        return None, ("from_missing",)
    guess = _only_address(written)
    return guess, ("from_uncertain",) if guess else ("from_unreadable",)


def _only_address(written: str) -> Address | None:
    """The address in a From that breaks the grammar, if it is the only one that could be meant."""
    shown = decode_words(written)
    if written.count("@") != 1 or shown.count("@") != 1 or "=?" in written.partition("@")[2].partition(" ")[0]:
        return None
    before, angle, rest = written.rpartition("<")
    if angle and "@" in before:
        return None
    found = _ADDRESS.search(rest)
    if found is None or ".." in found.group(2):
        return None
    if angle and (rest[: found.start()].strip() or rest[found.end() :].strip(" \t.,;")[:1] not in ("", ">")):
        return None  # the half of an address beside a blank may be somebody else's
    name = decode_words(before if angle else rest[: found.start()]).strip(" \"'(,;<>\t")
    return address(name, found.group())


def message_ids(text: str) -> tuple[str, ...]:
    """All message identifiers in a field, with brackets, without the white space of folding; the last hundred."""
    found: dict[str, None] = {}
    for match in _BRACKETED.finditer(text):
        identifier = _SPACE.sub("", match.group(1))
        if identifier and len(identifier) <= _LONGEST_ID:
            found.setdefault(f"<{identifier}>")
    return tuple(found)[-_MOST_REFERENCES:]


def message_id(text: str) -> str:
    """The Message-ID; one written without brackets gets them; empty if there is none."""
    if found := message_ids(text):
        return found[0]
    bare = text.strip().strip("<>")
    return f"<{bare}>" if bare and len(bare) <= _LONGEST_ID and not _SPACE.search(bare) else ""


def return_path(text: str) -> str | None:
    """Lower case; empty for `<>`; None if nothing readable is there. `text` is the topmost field (the last hop's)."""
    inside = re.search(r"<([^<>]*)>", text)
    if inside is not None:
        return inside.group(1).strip().lower()[:320]
    found = _ADDRESS.search(text)
    return found.group().lower() if found else None


def _plausible(moment: datetime) -> datetime | None:
    """In UTC if it is a time at which mail existed; also keeps later sums with it from overflowing."""
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if moment.year in _YEARS else None


def _sloppy_date(text: str) -> datetime | None:
    try:
        return _plausible(parsedate_to_datetime(_ZONE_WITH_COLON.sub(r"\1\2", text[:200])))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def date(strict: datetime | None, written: str, received: Sequence[str]) -> tuple[datetime | None, tuple[str, ...]]:
    """When it was sent, in UTC: strict reading, tolerant reading, then the topmost Received; and the defects.

    Only for display: every clock starts from the arrival (`Fetched.arrived_at`), never from what a sender wrote.
    """
    if strict is not None and (moment := _plausible(strict)) is not None:
        return moment, ()
    if (moment := _sloppy_date(written)) is not None:
        return moment, ("date_sloppy",)
    defect = "date_unreadable" if written.strip() else "date_missing"
    for line in received[:3]:
        if (moment := _sloppy_date(line.rpartition(";")[2].strip())) is not None:
            return moment, (defect,)
    return None, (defect,)
