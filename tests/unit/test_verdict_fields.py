"""A field in which a gateway judges the sender counts only as gateways write it: nothing is read into one.

A gateway takes away forged fields that carry its own name. One that it cannot see must not be there for us.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxd.mail import AuthResult
from inboxd.parsers.authentication import judge
from inboxd.parsers.headers import read_block
from inboxd.parsers.message import read
from inboxd.settings import LimitSettings, SenderSettings

GATEWAY = "mx-kiosk.office.example"
SENDERS = SenderSettings(roster=Path("roster.csv"), authserv_ids=(GATEWAY,))
PASS = b"; dmarc=pass header.from=parl.example\r\n"


def verdict(field: bytes, body: bytes = b"\r\nx") -> AuthResult:
    message = read(field + PASS + b"From: Ana <ana@parl.example>\r\nSubject: x\r\n" + body, LimitSettings())
    return judge(message, message.sender, SENDERS).result


def test_the_gateways_own_field_counts() -> None:
    assert verdict(b"Authentication-Results: " + GATEWAY.encode()) is AuthResult.PASS
    assert verdict(b"AUTHENTICATION-RESULTS:\r\n\t" + GATEWAY.upper().encode()) is AuthResult.PASS
    assert verdict(b"Authentication-Results: mx-kiosk.office.example (caf\xc3\xa9)") is AuthResult.PASS


@pytest.mark.parametrize("name", [
    b"=?us-ascii?q?mx-kiosk.office.example?=",
    b"=?utf-8?b?bXgta2lvc2sub2ZmaWNlLmV4YW1wbGU=?=",
    b"mx-kiosk.off\x00ice.example",
    b"mx-kiosk.off\x1b(Bice.example",
    b"mx-kiosk.off\x07ice.example",
    b"\xef\xbb\xbfmx-kiosk.office.example",
    b"mx-kiosk.off\xe2\x80\x8bice.example",
    b"mx-kiosk.off\xc2\xadice.example",
    "mx-\N{KELVIN SIGN}iosk.office.example".encode(),
    "ｍx-kiosk.office.example".encode(),
], ids=repr)
def test_nothing_is_read_into_the_name_of_the_gateway(name: bytes) -> None:
    assert verdict(b"Authentication-Results: " + name) is AuthResult.NONE


@pytest.mark.parametrize("charset", [b"utf-7", b"iso-2022-jp", b"hz", b"utf-16"])
def test_the_charset_of_the_body_changes_no_verdict(charset: bytes) -> None:
    body = b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\nx"
    assert verdict(b"Authentication-Results: mx-kiosk.office+AC4-example\xff", body) is AuthResult.NONE


@pytest.mark.parametrize("field", [
    b"X-Note: a\rAuthentication-Results: ", b"Authentication-Results : ",
    b"Authentication-Results\t: ", b"X-Note: a\r\n Authentication-Results: ",
], ids=repr)
def test_a_field_that_a_gateway_passes_over_does_not_count(field: bytes) -> None:
    assert verdict(field + GATEWAY.encode()) is AuthResult.NONE


def test_what_was_passed_over_is_named() -> None:
    block = read_block(b"Authentication-Results : x\r\n folded\r\nFrom: a\r\n\r\n", 0, 47, 1000)
    assert [field.name for field in block.fields] == ["from"]
    assert block.defects == ("gateway_field_odd",)


@pytest.mark.parametrize("name", ["Received", "X-MS-Exchange-Organization-AuthAs", "ARC-Authentication-Results"])
def test_so_it_is_with_every_field_of_a_gateway(name: str) -> None:
    fields = f"{name}: =?us-ascii?q?Internal?=\r\n{name} : Internal\r\nX: y\r{name}: Internal\r\nFrom: a@b.example\r\n"
    assert list(read(f"{fields}\r\nx".encode(), LimitSettings()).headers(name.lower())) == ["=?us-ascii?q?Internal?="]
