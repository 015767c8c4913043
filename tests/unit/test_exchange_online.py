"""Exchange Online's verdict: its field names no server, so it counts only where nobody else can have written it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.mail import AuthResult
from inboxd.parsers.authentication import judge
from inboxd.parsers.message import read
from inboxd.settings import Gateway, LimitSettings, OfficeSettings, SenderSettings

OFFICE = OfficeSettings(address="inbox@ircc.example", name_en="C", name_fr="C", message_id_domain="m.ircc.example")
SENDERS = SenderSettings(roster=Path("roster.csv"), gateway=Gateway.EXCHANGE_ONLINE,
                         officer_domains=("officers.ircc.example",))
INNER = ("Received: from YT2PR01.CANPRD01.PROD.OUTLOOK.COM (2603:10b6::1) by\r\n YQ1PR01.CANPRD01.PROD.OUTLOOK.COM "
    "with HTTPS;"
         " Mon, 2 Nov 2026 15:00:03 +0000\r\n")
FRONT = ("Received: from QB1CAN01FT001.eop-CAN01.prod.protection.outlook.com\r\n (2a01:111::1) by "
    "YT1PR01.outlook.office365.com"
         " with Microsoft SMTP Server; Mon, 2 Nov 2026 15:00:02 +0000\r\n")
EDGE = ("Received: from mail.parl.example (192.0.2.7) by\r\n QB1CAN01FT001.mail.protection.outlook.com (10.0.0.1) "
    "with Microsoft"
        " SMTP Server; Mon, 2 Nov 2026 15:00:01 +0000\r\n")
TENANT = EDGE.replace("mail.parl.example", "CAN01-YT3-obe.outbound.protection.outlook.com")
STAMPS = ("X-MS-Exchange-Organization-AuthSource: QB1CAN01FT001.eop-CAN01.prod.protection.outlook.com\r\n"
          "X-MS-Exchange-Organization-AuthAs: Anonymous\r\n")
INSIDE = STAMPS.replace("Anonymous", "Internal")
PASSES = ("Authentication-Results: spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom=parl.example; dkim=pass "
    "(signature was"
          " verified)\r\n header.d=parl.example;dmarc=pass action=none\r\n header.from=parl.example;compauth=pass "
          "reason=100\r\n")
FAILS = ("Authentication-Results: spf=fail (sender IP is 192.0.2.9)\r\n smtp.mailfrom=evil.example; dkim=none "
    "(message not"
         " signed)\r\n header.d=none;dmarc=fail action=none\r\n header.from=parl.example;compauth=fail reason=000\r\n")


def verdict(headers: str, sender: str = "ana@parl.example", senders: SenderSettings = SENDERS) -> AuthResult:
    raw = f"{headers}From: Ana <{sender}>\r\nSubject: x\r\n\r\nx".encode()
    message = read(raw, LimitSettings())
    return judge(message, message.sender, senders, OFFICE).result


@pytest.mark.parametrize("headers", [
    INNER + FRONT + PASSES + EDGE + STAMPS, INNER + FRONT + PASSES + TENANT + STAMPS, FRONT + PASSES + EDGE + STAMPS,
    INNER + FRONT + PASSES + EDGE + STAMPS + PASSES.replace("parl.example", "evil.example"),
    INNER + FRONT + PASSES + EDGE + STAMPS + FAILS,
    INNER + FRONT + PASSES.upper().replace("AUTHENTICATION-RESULTS", "authentication-results") + EDGE + STAMPS,
])
def test_its_own_field_counts(headers: str) -> None:
    assert verdict(headers) is AuthResult.PASS


@pytest.mark.parametrize("results", [
    "spf=pass smtp.mailfrom=evil.example; dkim=pass header.d=evil.example;dmarc=fail action=none "
    "header.from=parl.example",
    "spf=pass smtp.mailfrom=parl.example; dkim=none header.d=none;dmarc=bestguesspass header.from=parl.example;"
    "compauth=fail reason=001",
    "spf=none smtp.mailfrom=evil.example; ircc.example; dkim=none header.d=none;ircc.example; dmarc=none",
    "spf=pass smtp.mailfrom=evil.gc.ca; dkim=none;dmarc=none action=none header.from=parl.example",
    "dmarc=pass action=none header.from=evil.example",
])
def test_its_own_field_says_no(results: str) -> None:
    assert verdict(f"{INNER}{FRONT}Authentication-Results: {results}\r\n{EDGE}{STAMPS}") is AuthResult.FAIL


def test_without_a_policy_of_the_sender_spf_and_dkim_of_its_organisation_count() -> None:
    said = "spf=pass smtp.mailfrom=bounce.parl.example; dkim=none;dmarc=bestguesspass header.from=parl.example"
    assert verdict(f"{FRONT}Authentication-Results: {said}\r\n{EDGE}{STAMPS}") is AuthResult.PASS


@pytest.mark.parametrize("headers", [
    "",
    PASSES,
    PASSES + STAMPS,
    INNER + FRONT + EDGE + PASSES + STAMPS,  # below where the mail came in: the sender wrote it
    INNER + FRONT + EDGE + STAMPS + PASSES,
    INNER + FRONT + TENANT + PASSES + STAMPS,
    EDGE.replace("QB1CAN01FT001.mail.protection.outlook.com", "mx.other.example") + INNER + FRONT + PASSES + STAMPS,
    "Received: from a by mx.other.example; Mon\r\n" + FRONT + PASSES + EDGE + STAMPS,
    "Received: from a by x.protection.outlook.com.evil.example; Mon\r\n" + PASSES + STAMPS,
    INNER + FRONT + PASSES + EDGE,  # no stamps: it did not come through the header firewall of our own organisation
    INNER + FRONT + PASSES + EDGE + STAMPS + STAMPS,
    INNER + FRONT + PASSES + EDGE + STAMPS + "X-MS-Exchange-Organization-AuthAs: Internal\r\n",
    INNER + FRONT + PASSES + EDGE + STAMPS.replace(".protection.outlook.com", ".evil.example"),
    INNER + FRONT + "Authentication-Results: dmarc=pass header.from=parl.example; dmarc=fail\r\n" + EDGE + STAMPS,
    INNER + FRONT + "Authentication-Results: spf=pass smtp.mailfrom=parl.example; spf=fail\r\n" + EDGE + STAMPS,
    INNER + FRONT + "Authentication-Results: =?utf-8?q?dmarc=3Dpass?=\r\n" + EDGE + STAMPS,
    INNER + FRONT + "Authentication-Results: (dmarc=pass)\r\n" + EDGE + STAMPS,
    INNER + FRONT + "Authentication-Results:\r\n" + EDGE + STAMPS,
    INNER + FRONT + "X-Authentication-Results: dmarc=pass\r\n" + EDGE + STAMPS,
    INNER + FRONT + PASSES.replace("Results:", "Results :") + EDGE + STAMPS,
    INNER + FRONT + PASSES + EDGE + STAMPS.replace("AuthAs:", "AuthAs :"),
])
def test_what_anybody_can_write_says_nothing(headers: str) -> None:
    assert verdict(headers) is AuthResult.NONE


def test_a_forged_field_below_its_own_no_adds_nothing() -> None:
    assert verdict(INNER + FRONT + FAILS + EDGE + PASSES + STAMPS) is AuthResult.FAIL
    assert verdict(INNER + FRONT + FAILS + EDGE + EDGE + PASSES + STAMPS) is AuthResult.FAIL


def test_handed_in_inside_our_own_organisation_only_our_own_people_are_believed() -> None:
    for sender, result in (("kim@officers.ircc.example", AuthResult.PASS), ("kim@ircc.example", AuthResult.PASS),
                           ("ana@parl.example", AuthResult.NONE), ("kim@ircc.example.evil.example", AuthResult.NONE)):
        assert verdict(INNER + FRONT + INSIDE, sender) is result, sender
    assert verdict(INSIDE, "kim@officers.ircc.example") is AuthResult.NONE, "no server of theirs delivered it"


def test_where_another_gateway_is_set_its_field_says_nothing() -> None:
    other = SenderSettings(roster=Path("roster.csv"), authserv_ids=("mx.office.example",))
    assert verdict(INNER + FRONT + PASSES + EDGE + STAMPS, senders=other) is AuthResult.NONE


FORGED = st.lists(st.sampled_from([PASSES, STAMPS, INSIDE, INNER, FRONT, EDGE, TENANT, FAILS, "X-Mailer: x\r\n",
                                   PASSES.replace("Authentication-Results:", "AUTHENTICATION-RESULTS:")]), max_size=8)


@given(FORGED)
def test_nothing_that_the_sender_writes_turns_its_no_into_a_yes(forged: list[str]) -> None:
    firewalled = [field for field in forged if "AuthAs" not in field]
    assert verdict(INNER + FRONT + FAILS + EDGE + STAMPS + "".join(firewalled)) is AuthResult.FAIL


@given(st.text(alphabet='abdkimspfcr=;.()"\\ @<>:1-', max_size=120))
def test_any_field_gives_a_verdict(results: str) -> None:
    assert verdict(f"{INNER}{FRONT}Authentication-Results: {results}\r\n{EDGE}{STAMPS}") in AuthResult
