"""The door to DNS for DKIM (RFC 6376): whether a domain that owns the From address signed a mail, by our own look.

One more opinion beside the gateway's: `triage` lets it count only where the office says so. Stricter than the RFC, as
it may let a mail in: From and Subject must be signed, the whole body too (no `l=`), with rsa-sha256 and a key of 1024
bits or more that is not being tested (`t=y`), and not after `x=`. Signatures of others are passed over before anything
is asked.
How it fails: `verify` never raises. PASS with the domain; FAIL where a signature of the owner does not hold; NONE where
there is none, where DNS did not answer, or where the header is of a kind that two readers may read in two ways.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import dkim
import dns.exception
import dns.resolver
from dkim.util import InvalidTagValueList, parse_tag_value

from inboxd.alignment import aligned
from inboxd.errors import Transient
from inboxd.mail import Authentication, AuthResult
from inboxd.settings import SenderSettings

MOST_BYTES = 32 * 1024 * 1024
"""A larger mail is not checked: its body would be copied several times."""
MOST_HEADER = 64 * 1024
MOST_FIELDS = 400
MOST_SIGNATURES = 4
"""Signatures of the sender's own organisation that are looked at; each costs one question to DNS."""
LONGEST_SIGNATURE = 4 * 1024
LONGEST_KEY = 2 * 1024
"""A key record of 4096 bits has 800 bytes; a number without end would take minutes to reckon with."""
LEEWAY = 10 * 3600
"""Seconds that a signer's clock may be wrong."""
_NAME = re.compile(rb"[A-Za-z0-9_.-]{1,253}")
_FROM_LINE = re.compile(rb"^>?From[ \t]", re.IGNORECASE | re.MULTILINE)
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")

Keys = Callable[[str, float], bytes | None]
"""The TXT record of a name, or None; the second is how many seconds it may take. Raises `Transient` if nobody says."""


class _Unheard:
    """A log that nobody reads: the library tells it what stands in the header, and our log holds no names."""

    def debug(self, *_: object) -> None:
        """Not kept."""

    def error(self, *_: object) -> None:
        """Not kept."""


def from_dns(name: str, seconds: float) -> bytes | None:
    """Ask the system's resolver. None: there is no such record, or more than one (RFC 6376 3.6.2.2)."""
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=seconds, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    except (dns.exception.DNSException, OSError) as error:
        raise Transient(f"DNS did not answer: {type(error).__name__}") from error
    records = [b"".join(record.strings) for record in answer]
    return records[0] if len(records) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signature:
    """One signature of the sender's organisation."""

    place: int
    domain: str
    refused: str
    """Why it is not looked at further; empty if it is."""


class DkimCheck:
    """Checks signatures; keeps nothing between two mails."""

    def __init__(self, settings: SenderSettings, keys: Keys = from_dns) -> None:
        self._settings, self._keys = settings, keys

    def verify(self, raw: bytes, sender: str, at: datetime) -> Authentication:
        """Whether the owner of the domain `sender` signed these bytes, as of `at`, when they arrived."""
        try:
            return self._verify(raw, sender, at)
        except Transient as error:
            return Authentication(result=AuthResult.NONE, detail=str(error))

    def _verify(self, raw: bytes, sender: str, at: datetime) -> Authentication:
        if why := _unsure(raw):
            return Authentication(result=AuthResult.NONE, detail=f"not checked: {why}")
        try:
            message = dkim.DKIM(raw, logger=_Unheard())
        except dkim.DKIMException:
            return Authentication(result=AuthResult.NONE, detail="not checked: the header is not clear")
        names = [name.lower() for name, _ in message.headers]
        if names.count(b"from") != 1 or names.count(b"subject") > 1:
            return Authentication(result=AuthResult.NONE, detail="not checked: not one From and one Subject")
        fields = [text for name, text in message.headers if name.lower() == b"dkim-signature"]
        groups = self._settings.one_organisation
        found = [_look(place, text, at) for place, text in enumerate(fields[:MOST_FIELDS])]
        own = [item for item in found if item is not None and aligned(item.domain, sender, groups)][:MOST_SIGNATURES]
        until = time.monotonic() + self._settings.dkim_seconds
        refusals = []
        for item in own:
            why = item.refused or self._holds(message, item, until)
            if not why:
                return Authentication(result=AuthResult.PASS, detail=f"signed by {item.domain}")
            refusals.append(why)
        if not own:
            return Authentication(result=AuthResult.NONE, detail="no signature of the sender's organisation")
        return Authentication(result=AuthResult.FAIL, detail="; ".join(dict.fromkeys(refusals)))

    def _holds(self, message: dkim.DKIM, item: _Signature, until: float) -> str:
        """Why a signature does not hold; empty if it does. Raises `Transient` if DNS does not say."""

        def key_of(name: bytes, timeout: float = 0) -> bytes:
            left = until - time.monotonic()
            if left <= 0:
                raise Transient("DNS did not answer in time")
            record = self._keys(name.decode("ascii"), left) or b""
            if len(record) > LONGEST_KEY:
                raise dkim.KeyFormatError("too long")
            flags = parse_tag_value(record).get(b"t", b"").replace(b" ", b"").split(b":") if record else []
            if b"y" in flags:
                raise dkim.KeyFormatError("is being tested")
            if b"s" in flags and b"@" + message.domain.lower() != _identity(message):
                raise dkim.KeyFormatError("is for the very domain only")
            return record

        try:
            return "" if message.verify(idx=item.place, dnsfunc=key_of) else "the signature or its key does not hold"
        except dkim.KeyFormatError as error:
            return f"the key cannot be trusted: {str(error)[:80]}" if str(error).isascii() else "the key is no key"
        except dkim.ValidationError as error:
            return "the body was changed" if "body hash" in str(error) else "the signature is no valid one"
        except (dkim.DKIMException, InvalidTagValueList):
            return "the signature is no valid one"
        except Transient:
            raise
        except Exception:  # it lets ValueError, KeyError, binascii.Error and more through on damaged keys
            return "the signature or its key cannot be read"


def _identity(message: dkim.DKIM) -> bytes:
    given = message.signature_fields.get(b"i", b"@" + message.domain)
    return b"@" + bytes(given).rpartition(b"@")[2].lower()


def _unsure(raw: bytes) -> str:
    """Why the header could be read in two ways, or costs too much; empty if it can be checked."""
    if len(raw) > MOST_BYTES:
        return "too large"
    end = _END_OF_HEADER.search(raw, 0, MOST_HEADER)
    header = raw[: end.start()] if end else raw
    if len(header) > MOST_HEADER or header.count(b"\n") > MOST_FIELDS * 10:
        return "the header is too long"
    if _FROM_LINE.search(header):
        return "a line begins with From and a blank"  # the library passes over it, we may read a sender in it
    if b"\x00" in header or b"\r" in header.replace(b"\r\n", b""):
        return "the header holds characters that no header has"
    return ""


def _look(place: int, text: bytes, at: datetime) -> _Signature | None:
    """What a signature says of itself; None if it cannot be read or names no domain."""
    if len(text) > LONGEST_SIGNATURE:
        return None
    try:
        tags = parse_tag_value(text)
    except InvalidTagValueList:
        return None
    domain, selector = tags.get(b"d", b""), tags.get(b"s", b"")
    if not _NAME.fullmatch(domain) or not _NAME.fullmatch(selector):
        return None
    return _Signature(place=place, domain=domain.decode("ascii").lower(), refused=_refused(tags, at))


def _refused(tags: dict[bytes, bytes], at: datetime) -> str:
    signed = {name.strip().lower() for name in tags.get(b"h", b"").split(b":")}
    expires = tags.get(b"x", b"")
    if not {b"from", b"subject"} <= signed:
        return "From or Subject is not signed"
    if b"l" in tags:
        return "only a part of the body is signed (l=)"
    if tags.get(b"a", b"").lower() != b"rsa-sha256":
        return "signed in a way that is not checked here"
    if expires and (
        not expires.isdigit() or len(expires) > 12 or int(expires) + LEEWAY < at.astimezone(UTC).timestamp()
    ):
        return "the signature expired before the mail arrived"
    return ""
