"""Our own look at DKIM signatures (RFC 6376): real signatures by keys made here, DNS played by a dictionary."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import dkim
import dns.exception
import dns.resolver
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from inboxd.dkim_check import LONGEST_KEY, MOST_SIGNATURES, DkimCheck, from_dns
from inboxd.errors import Transient
from inboxd.mail import Authentication, AuthResult
from inboxd.settings import SenderSettings

NOW = datetime.now(UTC)  # the library compares with the time of day itself
SELECTOR = "s1"
MAIL = (b"From: Ana <ana@parl.example>\r\nTo: mcmps@ircc.example\r\nSubject: E123456789\r\n"
        b"Date: Mon, 02 Nov 2026 10:00:00 -0500\r\nMessage-ID: <a@parl.example>\r\n\r\nFirst line.\r\nSecond line.\r\n")
SIGNED = [b"from", b"to", b"subject", b"date"]


@lru_cache
def key(bits: int = 1024) -> tuple[bytes, bytes]:
    """A private key in PEM and the `p=` of its DNS record."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=max(bits, 1024))
    pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                             serialization.NoEncryption())
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, base64.b64encode(public)


def signed(raw: bytes = MAIL, domain: str = "parl.example", *, headers: list[bytes] | None = None,
           algorithm: bytes = b"rsa-sha256", length: bool = False) -> bytes:
    line = dkim.sign(raw, SELECTOR.encode(), domain.encode(), key()[0], include_headers=headers or SIGNED,
                     signature_algorithm=algorithm, length=length, canonicalize=(b"relaxed", b"relaxed"))
    return bytes(line) + raw


class Zone:
    """The records of a zone, and what was asked for."""

    def __init__(self, record: bytes | None = None, domain: str = "parl.example") -> None:
        text = record if record is not None else b"v=DKIM1; k=rsa; p=" + key()[1]
        self.records = {f"{SELECTOR}._domainkey.{domain}.": text}
        self.asked: list[str] = []

    def __call__(self, name: str, seconds: float) -> bytes | None:
        assert 0 < seconds <= 10
        self.asked.append(name)
        return self.records.get(name)


def look(raw: bytes, zone: Zone | None = None, *, sender: str = "parl.example", at: datetime = NOW,
         settings: SenderSettings | None = None) -> Authentication:
    chosen = settings or SenderSettings(roster=Path("roster.csv"), verify_dkim=True)
    return DkimCheck(chosen, zone if zone is not None else Zone()).verify(raw, sender, at)


def with_tag(tag: bytes) -> bytes:
    """A signed mail whose signature carries one more tag, over which it was made (RFC 6376 3.7, relaxed)."""
    head, _, body = MAIL.partition(b"\r\n\r\n")
    digest = base64.b64encode(hashlib.sha256(body).digest())
    line = (b"v=1; a=rsa-sha256; c=relaxed/relaxed; d=parl.example; s=s1; " + tag + b"; h=from:to:subject:date; bh="
            + digest + b"; b=")
    fields = dict(field.split(b": ", 1) for field in head.split(b"\r\n"))
    text = b"".join(name.lower() + b":" + fields[name] + b"\r\n" for name in (b"From", b"To", b"Subject", b"Date"))
    private = serialization.load_pem_private_key(key()[0], None)
    assert isinstance(private, rsa.RSAPrivateKey)
    made = private.sign(text + b"dkim-signature:" + line, padding.PKCS1v15(), hashes.SHA256())
    return b"DKIM-Signature: " + line + base64.b64encode(made) + b"\r\n" + MAIL


def test_a_signature_of_the_senders_own_domain_passes() -> None:
    assert look(signed()) == Authentication(result=AuthResult.PASS, detail="signed by parl.example")


def test_a_signature_of_the_same_organisation_passes() -> None:
    zone = Zone(domain="mail.parl.example")
    assert look(signed(domain="mail.parl.example"), zone).result is AuthResult.PASS


def test_a_strangers_signature_says_nothing_and_is_not_asked_about() -> None:
    zone = Zone(domain="evil.example")
    assert look(signed(domain="evil.example"), zone).result is AuthResult.NONE
    assert zone.asked == []


def test_two_departments_below_one_suffix_do_not_speak_for_each_other_unless_configured() -> None:
    raw = signed(MAIL.replace(b"parl.example>", b"parl.gc.ca>"), domain="other.gc.ca")
    zone = Zone(domain="other.gc.ca")
    assert look(raw, zone, sender="parl.gc.ca").result is AuthResult.NONE
    one = SenderSettings(roster=Path("r.csv"), verify_dkim=True, one_organisation=(("parl.gc.ca", "other.gc.ca"),))
    assert look(raw, zone, sender="parl.gc.ca", settings=one).result is AuthResult.PASS


@pytest.mark.parametrize("raw", [
    signed().replace(b"Second line", b"Second lime"),
    signed() + b"One line more.\r\n",
    signed().replace(b"Subject: E123456789", b"Subject: E123456780"),
    signed().replace(b"From: Ana <ana@", b"From: Bob <bob@"),
], ids=["body", "appended", "subject", "from"])
def test_what_was_changed_after_signing_fails(raw: bytes) -> None:
    assert look(raw).result is AuthResult.FAIL


def test_folding_and_blanks_that_relaxed_signing_allows_change_nothing() -> None:
    raw = signed().replace(b"Subject: E123456789", b"Subject:   E123456789").replace(b"First line.\r\n", b"First  "
        b"line. \r\n")
    assert look(raw).result is AuthResult.PASS


@pytest.mark.parametrize(("raw", "says"), [
    (signed(headers=[b"to", b"from", b"date"]), "From or Subject"),
    (signed(length=True), "l="),
    (signed(length=True) + b"A stranger's words.\r\n", "l="),
    (with_tag(b"x=1000000000"), "expired"),
    (with_tag(b"x=soon"), "expired"),
    (signed().replace(b"a=rsa-sha256", b"a=rsa-sha1"), "not checked here"),
    (signed().replace(b"a=rsa-sha256", b"a=ed25519-sha256"), "not checked here"),
])
def test_a_signature_that_covers_too_little_fails(raw: bytes, says: str) -> None:
    found = look(raw)
    assert found.result is AuthResult.FAIL
    assert says in found.detail


def test_a_signature_that_has_not_expired_when_the_mail_arrived_passes() -> None:
    later = int((NOW + timedelta(days=1)).timestamp())
    assert look(with_tag(f"x={later}".encode())).result is AuthResult.PASS


WEAK = (b"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8QuKUpRKfFL"
        b"fRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==")
"""A public key of 512 bits, as found in many an old example."""


@pytest.mark.parametrize("record", [
    b"", b"v=DKIM1; p=", b"v=DKIM2; p=" + key()[1], b"v=DKIM1; t=y; p=" + key()[1], b"v=DKIM1; t=s:y; p=" + key()[1],
    b"v=DKIM1; k=rsa; p=" + WEAK, b"v=DKIM1; k=ed25519; p=AAAA", b"v=DKIM1; p=!!!", b"p", b"\xff\xfe",
    b"v=DKIM1; p=" + key(2048)[1], b"v=DKIM1; p=" + b"A" * LONGEST_KEY,
], ids=["none", "revoked", "version", "testing", "testing too", "weak", "ed25519", "no base64", "no tags", "bytes",
        "another key", "endless"])
def test_a_key_that_cannot_be_trusted_fails(record: bytes) -> None:
    assert look(signed(), Zone(record)).result is AuthResult.FAIL


def test_a_weak_key_fails_even_if_its_signature_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys below 1024 bits are not made by any library here; so the line is moved instead."""
    monkeypatch.setattr(dkim.DKIM.__init__, "__defaults__", (None, None, b"rsa-sha256", 1025, b"\r\n", False, 5, False))
    found = look(signed())
    assert found.result is AuthResult.FAIL
    assert "too small" in found.detail


def test_a_key_for_the_very_domain_only() -> None:
    strict = b"v=DKIM1; t=s; p=" + key()[1]
    assert look(signed(), Zone(strict)).result is AuthResult.PASS
    assert look(with_tag(b"i=ana@mail.parl.example"), Zone(strict)).result is AuthResult.FAIL


def test_one_good_signature_among_bad_ones_is_enough() -> None:
    broken = signed(MAIL.replace(b"Second", b"Third")).partition(b"From:")[0]
    assert look(broken + signed()).result is AuthResult.PASS


def test_not_more_than_a_few_questions_for_one_mail() -> None:
    zone = Zone(b"")
    raw = signed()
    line, _, _ = raw.partition(b"From:")
    assert look(line * 30 + MAIL, zone).result is AuthResult.FAIL
    assert len(zone.asked) == MOST_SIGNATURES


def test_dns_that_does_not_answer_says_nothing() -> None:
    def down(name: str, seconds: float) -> bytes | None:
        raise Transient("DNS did not answer")

    chosen = SenderSettings(roster=Path("roster.csv"), verify_dkim=True)
    found = DkimCheck(chosen, down).verify(signed(), "parl.example", NOW)
    assert found == Authentication(result=AuthResult.NONE, detail="DNS did not answer")


def test_all_questions_together_have_one_limit_of_time() -> None:
    short = SenderSettings(roster=Path("roster.csv"), verify_dkim=True, dkim_seconds=0.000001)
    assert look(signed(), settings=short).result is AuthResult.NONE


@pytest.mark.parametrize("raw", [
    b"From: x@evil.example\r\n" + signed(),
    signed().replace(b"Subject:", b"Subject: x\rFrom: x@evil.example\r\nSubject:"),
    b"\xef\xbb\xbf" + signed(),
    b"stray text\r\n" + signed(),
    b"\r\n" + signed(),
    b"From x Mon Nov  2 10:00:00 2026\r\n" + signed(),
    signed().replace(b"To:", b"From : x@evil.example\r\nTo:"),
    signed().replace(b"Subject: ", b"Subject: \x00"),
    b"X: " + b"a" * 70_000 + b"\r\n" + signed(),
    MAIL, b"", b"\r\n\r\n", b"no mail",
], ids=["two From", "CR", "BOM", "stray", "blank line first", "mbox", "blank before colon", "NUL", "long", "unsigned",
        "empty", "blank", "text"])
def test_a_header_that_two_readers_may_read_in_two_ways_is_never_a_pass(raw: bytes) -> None:
    assert look(raw).result is AuthResult.NONE


@given(st.integers(0, len(signed()) - 1), st.integers(0, 255))
def test_no_changed_byte_of_what_was_signed_passes(place: int, byte: int) -> None:
    raw = signed()
    changed = raw[:place] + bytes((byte,)) + raw[place + 1:]
    found = look(changed)
    if found.result is AuthResult.PASS:
        begin = raw.index(b"From:")
        def canon(text: bytes) -> bytes:
            return b"".join(text.lower().split())
        unsigned = begin + MAIL.index(b"Message-ID")
        assert changed == raw or place < begin or unsigned <= place < begin + MAIL.index(b"\r\n\r\n") \
            or canon(changed[begin:]) == canon(raw[begin:]), (place, byte)


@given(st.binary(max_size=300))
def test_any_signature_field_gives_a_verdict(text: bytes) -> None:
    assert look(b"DKIM-Signature: " + text + b"\r\n" + MAIL).result in AuthResult


def test_the_system_resolver_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(error: Exception | None, *records: bytes) -> None:
        def resolve(name: str, kind: str, *, lifetime: float, search: bool) -> list[object]:
            assert (name, kind, lifetime, search) == ("k.example.", "TXT", 3, False)
            if error is not None:
                raise error
            return [type("Record", (), {"strings": (record[:2], record[2:])})() for record in records]
        monkeypatch.setattr(dns.resolver, "resolve", resolve)

    answers(None, b"v=DKIM1")
    assert from_dns("k.example.", 3) == b"v=DKIM1"
    answers(None, b"one", b"two")
    assert from_dns("k.example.", 3) is None
    answers(dns.resolver.NXDOMAIN())
    assert from_dns("k.example.", 3) is None
    silent = (dns.exception.Timeout, dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration, OSError)
    for error in (kind() for kind in silent):
        answers(error)
        with pytest.raises(Transient):
            from_dns("k.example.", 3)
