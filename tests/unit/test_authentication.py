"""The sender is verified only by what our own gateway wrote, and only for the From domain."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.mail import AuthResult
from inboxd.parsers.authentication import judge
from inboxd.parsers.message import read
from inboxd.settings import LimitSettings, SenderSettings

GATEWAY = SenderSettings(roster=Path("roster.csv"), authserv_ids=("mx.office.example",))
RECEIVED = "Received: from out.parl.example by mx.office.example; Mon, 02 Nov 2026 09:00:00 -0500\r\n"


def field(results: str, server: str = "mx.office.example") -> str:
    return f"Authentication-Results: {server}; {results}\r\n"


def verdict(headers: str, sender: str = "ana@parl.example") -> AuthResult:
    message = read(f"{headers}From: Ana <{sender}>\r\nSubject: x\r\n\r\nx".encode(), LimitSettings())
    return judge(message, message.sender, GATEWAY).result


@pytest.mark.parametrize(
    "results",
    [
        "spf=pass smtp.mailfrom=ana@parl.example;\r\n dkim=pass header.d=parl.example; dmarc=pass",
        "dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=parl.example",
        "dmarc=pass",
        "spf=fail smtp.mailfrom=x@list.example; dmarc=pass header.from=parl.example",
        "spf=fail smtp.mailfrom=x@list.example; dkim=pass header.d=parl.example",
        "dkim=pass header.i=@parl.example header.s=sel header.b=AbC/; spf=none",
        "dkim=fail header.d=other.example; dkim=pass header.d=mail.parl.example",
        "spf=pass smtp.mailfrom=bounces@mail.parl.example",
        "spf=pass smtp.mailfrom=parl.example; dmarc=none header.from=parl.example",
        "dmarc=temperror; dkim=pass header.d=parl.example",
        "spf=pass smtp.mailfrom=; dkim=pass header.d=parl.example; dmarc=pass header.from=parl.example",
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=parl.example; dmarc=pass action=none;",
        "dkim=pass header.d=parl.example; spf=none; dmarc=unknown header.from=parl.example;",
        "DMARC=PASS header.from=PARL.example",
    ],
)
def test_pass(results: str) -> None:
    assert verdict(RECEIVED + field(results)) is AuthResult.PASS


@pytest.mark.parametrize(
    "results",
    [
        "spf=pass smtp.mailfrom=ana@parl.example; dkim=pass header.d=parl.example; dmarc=fail header.from=parl.example",
        "dmarc=reject",
        "spf=pass smtp.mailfrom=evil@other.example",
        "dkim=pass header.d=other.example",
        "dkim=pass header.d=notparl.example; spf=softfail",
        "dkim=pass header.d=example",
        "spf=fail smtp.mailfrom=ana@parl.example; dkim=none",
        "spf=none; dkim=none",
        "dkim=pass",
        "dmarc=pass header.from=other.example",
        "dkim=pass header.d=parl.example.evil.example",
    ],
)
def test_fail(results: str) -> None:
    assert verdict(RECEIVED + field(results)) is AuthResult.FAIL


@pytest.mark.parametrize(
    "headers",
    [
        "",
        RECEIVED,
        field("dmarc=pass header.from=parl.example", server="mx.other.example"),
        field("dmarc=pass", server="mx.office.example.evil.example"),
        field("dmarc=pass", server="evil.mx.office.example"),
        field("none"),
        "Authentication-Results: mx.office.example\r\n",
        "Authentication-Results: \r\n",
        "Authentication-Results: spf=pass smtp.mailfrom=parl.example; dmarc=pass\r\n",
        "ARC-Authentication-Results: i=1; mx.office.example; dmarc=pass\r\n",
        "X-Authentication-Results: mx.office.example; dmarc=pass\r\n",
        field("dmarc=pass ((("),
        field("=;=;="),
        field("dmarc=pass; " + "x=y; " * 4000),
        field("dmarc=none"),
    ],
)
def test_none(headers: str) -> None:
    assert verdict(headers) is AuthResult.NONE


def test_identifiers_are_compared_without_case_comments_and_version() -> None:
    assert verdict("Authentication-Results: (x) MX.Office.Example (y) 1; dmarc=pass\r\n") is AuthResult.PASS


def test_a_forged_field_below_ours_changes_nothing() -> None:
    forged = field("dmarc=pass header.from=parl.example")
    real = field("spf=fail smtp.mailfrom=x@other.example; dkim=none; dmarc=fail header.from=parl.example")
    assert verdict(real + RECEIVED + forged) is AuthResult.FAIL
    assert verdict(RECEIVED + real + forged) is AuthResult.FAIL


def test_a_forged_field_does_not_add_what_ours_left_out() -> None:
    assert verdict(field("spf=fail smtp.mailfrom=x@other.example") + field("dmarc=pass")) is AuthResult.FAIL


def test_an_unreadable_field_of_ours_is_not_replaced_by_one_below() -> None:
    assert verdict(field("dmarc=(((") + field("dmarc=pass")) is AuthResult.NONE


def test_one_field_for_each_check_and_the_worst_counts() -> None:
    assert verdict(field("arc=none") + field("dmarc=pass header.from=parl.example")) is AuthResult.PASS
    assert verdict(field("spf=pass smtp.mailfrom=parl.example") + field("dmarc=fail")) is AuthResult.FAIL


def test_another_gateways_field_above_ours_does_not_count() -> None:
    assert verdict(field("dmarc=pass", server="relay.example") + field("dmarc=fail")) is AuthResult.FAIL


def test_without_one_sender_nothing_passes() -> None:
    raw = field("dmarc=pass") + "From: a@parl.example, b@other.example\r\nSubject: x\r\n\r\nx"
    message = read(raw.encode(), LimitSettings())
    assert judge(message, message.sender, GATEWAY).result is AuthResult.FAIL


def test_without_configured_gateway_nothing_is_trusted() -> None:
    message = read((field("dmarc=pass") + "From: a@parl.example\r\n\r\nx").encode(), LimitSettings())
    assert judge(message, message.sender, SenderSettings(roster=Path("roster.csv"))).result is AuthResult.NONE


def test_detail_is_for_the_operator() -> None:
    raw = field("dmarc=fail; dkim=fail; spf=pass smtp.mailfrom=x.example") + "From: a@parl.example\r\n\r\nx"
    message = read(raw.encode(), LimitSettings())
    assert judge(message, message.sender, GATEWAY).detail == "spf=pass dkim=fail dmarc=fail"


@given(st.text(alphabet='abc=;.()"\\ @/\t<>1', max_size=120))
def test_any_field_gives_a_verdict(results: str) -> None:
    assert verdict(field(results)) in AuthResult


@pytest.mark.parametrize(("results", "sender", "result"), [
    ("dkim=pass header.d=attacker.on.ca", "ana@ola.on.ca", AuthResult.FAIL),
    ("dkim=pass header.d=gc.ca", "ana@parl.gc.ca", AuthResult.FAIL),
    ("spf=pass smtp.mailfrom=x@other.gc.ca", "ana@parl.gc.ca", AuthResult.FAIL),
    ("spf=pass smtp.mailfrom=x@mail.parl.gc.ca", "ana@parl.gc.ca", AuthResult.PASS),
    ("dkim=pass header.d=parl.gc.ca", "ana@sen.parl.gc.ca", AuthResult.PASS),
])  # fmt: skip
def test_alignment_is_by_owner(results: str, sender: str, result: AuthResult) -> None:
    assert verdict(field(results), sender) is result


def test_the_office_can_say_that_two_domains_are_one() -> None:
    one = SenderSettings(roster=Path("r.csv"), authserv_ids=("mx.office.example",),
                         one_organisation=(("parl.gc.ca", "hoc.example"),))  # fmt: skip
    message = read((field("dkim=pass header.d=hoc.example") + "From: a@parl.gc.ca\r\n\r\nx").encode(), LimitSettings())
    assert judge(message, message.sender, one).result is AuthResult.PASS
    assert judge(message, message.sender, GATEWAY).result is AuthResult.FAIL


HOP = "Received: from out.parl.example by relay.example; Mon, 02 Nov 2026 08:59:00 -0500\r\n"
OURS_FAIL = field("spf=fail smtp.mailfrom=x@evil.example; dkim=none; dmarc=fail header.from=parl.example")


@pytest.mark.parametrize("name", ["Authentication-Results", "AUTHENTICATION-RESULTS", "authentication-results"])
@pytest.mark.parametrize(
    "server",
    [
        "mx.office.example", "MX.OFFICE.EXAMPLE", "mx.office.example 1", "(c) mx.office.example",
        "\r\n mx.office.example", '"mx.office.example"', "mx.office.example (v) 1",
    ],
)
@pytest.mark.parametrize("hops", ["", HOP, HOP * 3])
def test_a_forged_field_of_our_own_gateway_below_the_real_one(name: str, server: str, hops: str) -> None:
    forged = f"{name}: {server}; dmarc=pass header.from=parl.example\r\n"
    assert verdict(OURS_FAIL + RECEIVED + hops + forged) is AuthResult.FAIL
    assert verdict(RECEIVED + OURS_FAIL + hops + forged * 2) is AuthResult.FAIL


@pytest.mark.parametrize("forged", [
    field("dmarc=pass", server="=?utf-8?q?mx.office.example?="),
    field("dmarc=pass", server="=?utf-8?b?bXgub2ZmaWNlLmV4YW1wbGU=?="),
    field("dmarc=pass").replace("Results:", "Results :"),
    "Subject: x\rAuthentication-Results: mx.office.example; dmarc=pass\r\n",
    field("dmarc=pass", server="mx.office.example\x00"),
    field("dmarc=pass", server="mx.\uff4fffice.example"),
    field("dmarc=pass", server="mx.office\u3002example"),
])  # fmt: skip
def test_what_a_gateway_passes_over_when_it_takes_forged_fields_away_is_no_field_of_it(forged: str) -> None:
    assert verdict(RECEIVED + forged) is AuthResult.NONE


def test_below_the_hop_before_our_gateway_nothing_is_ours() -> None:
    assert verdict(RECEIVED + HOP + field("dmarc=pass")) is AuthResult.NONE


PIECES = st.sampled_from([field("dmarc=pass header.from=parl.example"), HOP, RECEIVED, "X-Loop: a\r\n",
                          field("spf=pass smtp.mailfrom=parl.example", server="MX.office.example 1"),
                          field("dkim=pass header.d=parl.example").replace("Authentication", "AUTHENTICATION"),
                          field("dmarc=pass", server="relay.example"), "ARC-Authentication-Results: i=1; "
                              "mx.office.example;"
                          " dmarc=pass\r\n"])  # fmt: skip


@given(st.lists(PIECES, max_size=8))
def test_nothing_below_our_own_no_makes_it_a_yes(forged: list[str]) -> None:
    assert verdict(OURS_FAIL + RECEIVED + "".join(forged)) is AuthResult.FAIL
    assert verdict(RECEIVED + OURS_FAIL + "".join(forged)) is AuthResult.FAIL
