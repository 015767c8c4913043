"""The From field as tricksters write it: one mailbox that can be answered, or no sender at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.mail import Address
from inboxd.parsers.message import read
from inboxd.settings import LimitSettings
from inboxd.triage.limits import is_unread
from inboxd.triage.lookalikes import claimed_by, lookalike_of

OURS = ("parl.example", "sen.parl.example")


def sender(written: str | bytes) -> str:
    raw = written if isinstance(written, bytes) else written.encode()
    found = read(b"From: " + raw + b"\r\nSubject: x\r\n\r\nx", LimitSettings()).sender
    return found.address if found else ""


@pytest.mark.parametrize(("written", "address"), [
    ('"mp@parl.example" <x@evil.example>', "x@evil.example"),
    ("mp@parl.example <x@evil.example>", "x@evil.example"),
    ("x@evil.example (mp@parl.example)", "x@evil.example"),
    ("(mp@parl.example) <x@evil.example>", "x@evil.example"),
    ("=?utf-8?q?mp=40parl=2Eexample?= <x@evil.example>", "x@evil.example"),
    ("mp@parl.example\x00 <x@evil.example>", "x@evil.example"),
    ("\u202eelpmaxe.lrap@pm <x@evil.example>", "x@evil.example"),
    ("=?utf-8?q?Alma=0D=0AFrom=3A_mp=40parl.example?= <x@evil.example>", "x@evil.example"),
    ("MP@Parl.Example", "mp@parl.example"),
    ('"Rivers, Alma: office" <mp@parl.example>', "mp@parl.example"),
    ("<@relay.example:mp@parl.example>", "mp@parl.example"),
    ("mp%parl.example@evil.example", "mp%parl.example@evil.example"),
])
def test_one_mailbox(written: str, address: str) -> None:
    assert sender(written) == address


@pytest.mark.parametrize("written", [
    "", "<>", "mp(comment)@parl.example", '"" <>', "undisclosed:;", "Office: mp@parl.example;", "Office: "
        "mp@parl.example, x@evil.example;",
    "mp@parl.example, x@evil.example", "x@evil.example; mp@parl.example", "<mp@parl.example> <x@evil.example>",
    "mp@parl.example\tx@evil.example", "mp@parl.example\r\nFrom: x@evil.example", "<mp@parl.example@evil.example>",
    '"mp@parl.example"@evil.example', "mp@parl.example\x00@evil.example", "mp\u200b@parl.example",
    "\u202emp@parl.example",
    "mp\uff20parl.example", "A <mp\uff20parl.example@evil.example>", "mp@parl\u3002example", "mp@p\u0430rl.example",
    "=?utf-8?q?mp=40parl=2Eexample?=", "<=?utf-8?q?mp=40parl=2Eexample?=>",
    "=?utf-8?q?mp=40parl.example=00?=@evil.example",
    "mp@parl.example =?utf-8?q?=3Cx=40evil.example=3E?=", "mp@parl..example", "mp@parl.example, "
        "<mp\u200b@evil.example>",
])
def test_nobody(written: str) -> None:
    assert sender(written) == ""


@given(st.text(alphabet='mp@x.<>",;:()\\ =?\x00\u200b\uff20parl', max_size=40))
def test_a_display_name_never_becomes_the_sender(name: str) -> None:
    quoted = name.replace("\\", "").replace('"', "").replace("\x00", "")
    assert sender(f'"{quoted}" <x@evil.example>') in ("x@evil.example", "")


@pytest.mark.parametrize(("name", "claims"), [
    ("mp@parl.example", "parl.example"), ("Alma <mp@Parl.Example>", "parl.example"),
    ("(mp@sen.parl.example)", "parl.example"),
    ("mp\uff20parl.example", "parl.example"), ("mp@pa\u200brl.example", "parl.example"),
    ("mp@par1.example", "parl.example"),
    ("mp@p\u0430rl.example", "parl.example"), ("mp@mail.parl.example via desk", "parl.example"),
    ("Alma Rivers", ""), ("", ""), ("x@evil.example", ""), ("at parl.example", ""), ("mp@", ""), ("@parl.example", ""),
])
def test_a_name_that_shows_an_address_of_a_client(name: str, claims: str) -> None:
    assert claimed_by(Address(name=name, address="x@evil.example"), OURS) == claims
    assert claimed_by(Address(name=name, address="mp@parl.example"), OURS) == "", "its own domain"
    assert claimed_by(None, OURS) == ""


@pytest.mark.parametrize("domain", [
    "xn--prl-7cd.example", "parl-example.example", "par1.example", "parl.exarnple", "pari.example",
])
def test_domains_that_look_like_one(domain: str) -> None:
    assert lookalike_of(domain, OURS) == "parl.example"


@pytest.mark.parametrize(("local", "unread"), [
    ("no-reply", True), ("NoReply", True), ("donotreply", True), ("do_not_reply", True), ("ne-pas-repondre", True),
    ("desk.no-reply", True), ("no-reply+42", True), ("owner-caucus", True), ("caucus-request", True),
    ("caucus-bounces", True),
    ("mailer-daemon", True), ("postmaster", True), ("alma.rivers", False), ("reply", False), ("requests", False),
    ("owner", False), ("noreen.plyte", False), ("request-desk", False), ("info", False), ("bouncer", False),
])
def test_addresses_that_nobody_reads(local: str, unread: bool) -> None:
    assert is_unread(f"{local}@parl.example") is unread
