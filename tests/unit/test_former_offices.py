"""Mail from an address whose office has ended or not begun: held for a person. And look-alike domains: told of."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from inboxd import triage
from inboxd.documents import Instruction, Reason
from inboxd.mail import Facts
from inboxd.plan import Category, Plan, Route
from inboxd.settings import Place, read_settings
from inboxd.store.decisions import reply_key
from inboxd.triage import Rules
from inboxd.triage.roster import Ours, Roster, read_roster, standing
from tests.office import ALERTS, GATEWAY, INBOX, ROSTER, Server, write_office
from tests.remembered import read_rules
from tests.unit.test_each_case import case, facts_of
from tests.unit.test_text_bounds import NOW, email_of, raw_of

STATUS = "Where does the application stand? E123456789"
ENDED = "nils.aho@parl.example"
COMING = "ines.moreau@riding.example"
ROWS = f"""\
o7,Nils Aho,mp,Sable Cove,NS,en,902-555-0107,{ENDED},,2026-11-15
o8,Inès Moreau,mp,Sable Cove,NS,fr,902-555-0108,{COMING},2026-12-07,
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    root: Path = tmp_path_factory.mktemp("office")
    server = Server(port=1, username="u", password="p")
    config = write_office(root, imap=server, smtp=Server(port=2))
    (root / "roster.csv").write_text(ROSTER + ROWS, encoding="utf-8")
    return read_rules(read_settings(config))[0]


def decided(rules: Rules, sender: str, *, text: str = STATUS, subject: str = "A question", facts: Facts | None = None,
            gateway: str = "pass") -> Plan:  # fmt: skip
    raw = raw_of(text, subject=subject).replace(b"staff.rivers@parl.example", sender.encode())
    domain = sender.rpartition("@")[2]
    raw = raw.replace(b"dmarc=pass header.from=parl.example", f"dmarc={gateway} header.from={domain}".encode())
    return triage.decide(email_of(raw, rules), facts or facts_of(), rules, NOW)


def received(at: datetime) -> Facts:
    return dataclasses.replace(facts_of(), taken=dataclasses.replace(facts_of().taken, arrived_at=at))


@pytest.mark.parametrize(("sender", "because"), [(ENDED, "ended before"), (COMING, "begins after")])
def test_mail_of_an_office_that_is_not_in_office_is_held(rules: Rules, sender: str, because: str) -> None:
    plan = decided(rules, sender)
    assert (plan.verdict.route, plan.verdict.rule) == (Route.UNVERIFIED, "sender_not_in_office")
    assert (plan.held, plan.place) == (Reason.NOT_IN_OFFICE, Place.HELD)
    assert [(reply.template, reply.to) for reply in plan.replies] == [("alert", ALERTS)]
    assert plan.verdict.because == f"on the roster the sender's office {because} the day of receipt"


def test_the_day_of_receipt_counts_on_the_wall_in_toronto(rules: Rules) -> None:
    late = datetime(2026, 11, 16, 4, 30, tzinfo=UTC)  # 23:30 on the 15th
    assert decided(rules, ENDED, facts=received(late)).verdict.route is Route.ENQUIRY
    assert decided(rules, ENDED, facts=received(late + timedelta(hours=1))).held is Reason.NOT_IN_OFFICE


def test_mail_from_before_the_election_is_its_office_s_however_late_it_is_decided(rules: Rules) -> None:
    before = received(NOW - timedelta(days=10))
    raw = raw_of(STATUS).replace(b"staff.rivers@parl.example", ENDED.encode())
    plan = triage.decide(email_of(raw, rules), before, rules, NOW + timedelta(days=300))
    assert plan.cases[0].office == "o7"


def test_a_former_office_does_not_reach_its_cases(rules: Rules) -> None:
    own = dataclasses.replace(case(0, Category.COMPLEX, "E123456789"), office="o7")
    plan = decided(rules, ENDED, text=f"About {own.reference}: any news?", facts=facts_of(own))
    assert plan.held is Reason.NOT_IN_OFFICE
    assert plan.updates == ()
    asked = decided(rules, ENDED, subject=f"STATUS {own.reference}", facts=facts_of(own))
    assert [reply.template for reply in asked.replies] == ["alert"]


def test_documents_of_a_former_office_run_on_the_filing_clock(rules: Rules) -> None:
    plan = decided(rules, ENDED, subject="MCMPS attachment - Fichier joint CMDS E123456789")
    assert plan.held is Reason.NOT_IN_OFFICE
    kinds = ["filing_warning", "filing_breach", "filing_escalation_1"]
    assert [timer.kind for timer in plan.filing_timers] == kinds


def test_a_person_lets_it_through_as_mail_of_that_office(rules: Rules) -> None:
    order = Instruction(action="release", actor="person:kim", number="", reason="")
    plan = decided(rules, ENDED, facts=dataclasses.replace(facts_of(), instruction=order))
    assert (plan.verdict.route, plan.cases[0].office, plan.held) == (Route.ENQUIRY, "o7", None)
    outside = decided(rules, COMING, facts=dataclasses.replace(facts_of(), instruction=order))
    assert outside.cases[0].office == "o8"


def test_what_the_gateway_refused_is_held_for_that(rules: Rules) -> None:
    assert decided(rules, ENDED, gateway="fail").held is Reason.SENDER_UNVERIFIED


def test_an_address_that_never_was_on_the_roster_is_none_of_this(rules: Rules) -> None:
    assert decided(rules, "somebody.new@parl.example").verdict.route is Route.ENQUIRY


# --- look-alike domains -----------------------------------------------------------------------------------------


def test_a_look_alike_is_a_stranger_and_people_are_told(rules: Rules) -> None:
    plan = decided(rules, "orla@par1.example")
    assert plan.verdict.route is Route.OUTSIDER
    assert plan.verdict.because.endswith("and its domain is a look-alike of one")
    sent = [(reply.template, reply.to) for reply in plan.replies]
    assert sent == [("outsider", "orla@par1.example"), ("alert", ALERTS)]
    alert = plan.replies[-1]
    assert (alert.values["what"], alert.values["office"]) == ("lookalike", "orla@par1.example")


def test_they_are_told_once_a_day_for_each_domain(rules: Rules) -> None:
    def keys(sender: str, at: datetime) -> set[str]:
        return {reply_key(sender, reply, 0) for reply in decided(rules, sender, facts=received(at)).replies
                if reply.template == "alert"}

    first = keys("orla@par1.example", NOW)
    assert len(first) == 1
    assert keys("someone.else@par1.example", NOW + timedelta(hours=5)) == first
    assert keys("orla@par1.example", NOW + timedelta(days=1)).isdisjoint(first)
    assert keys("orla@parl-example.com", NOW).isdisjoint(first)


def test_an_honest_stranger_is_nobody_s_concern(rules: Rules) -> None:
    plan = decided(rules, "jonas@mail.example")
    assert [reply.template for reply in plan.replies] == ["outsider"]
    assert "look-alike" not in plan.verdict.because


def test_a_look_alike_on_the_roster_is_a_client_because_a_person_wrote_it_there(rules: Rules) -> None:
    known = read_roster(rules.settings.senders.roster)
    (row,) = known.addresses[ENDED]
    listed = dataclasses.replace(row, address="dario@par1.example", valid_until=date.max)
    roster = Roster(offices=known.offices, addresses={**known.addresses, listed.address: (listed,)}, version="v")
    plan = decided(dataclasses.replace(rules, roster=roster), listed.address)
    assert plan.verdict.route is Route.ENQUIRY


# --- the words of `roster show` ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("address", "said", "route"), [
    ("alma.rivers@parl.example", "is a client of office o1, answered in English", Route.ENQUIRY),
    ("Cora.Whitfield@sen.parl.example", "is a client of office o3, answered in both languages", Route.ENQUIRY),
    ("desk@minister.example",
     "is a client of office o4, the Minister's Office: its mail has its own queue and no reply", Route.MINISTER),
    (ENDED, "was of office o7 until 2026-11-15: its mail is held for a person", Route.UNVERIFIED),
    (COMING, "is of office o8 from 2026-12-07 on: until then its mail is held for a person", Route.UNVERIFIED),
    ("new@parl.example", "is a client by its domain alone: an office of its own, answered in the language it writes",
     Route.ENQUIRY),
    ("new@par1.example", "is no client; its domain looks like parl.example: people are told once a day",
     Route.OUTSIDER),
    ("new@mail.example", "is no client: it gets a pointer to the right place, now and then", Route.OUTSIDER),
    ("kim@officers.ircc.example", "is an officer's: in a case's thread its mail is the answer", Route.ANSWER),
    (INBOX, "is our own address: its mail counts as ours", Route.AUTOMATIC),
])  # fmt: skip
def test_what_an_address_comes_to_is_what_is_decided(rules: Rules, address: str, said: str, route: Route) -> None:
    senders = rules.settings.senders
    ours = Ours(client_domains=senders.client_domains, service=rules.settings.office.own_addresses,
                officers=senders.officers, officer_domains=senders.officer_domains)
    assert GATEWAY in senders.authserv_ids
    assert standing(rules.roster, address, date(2026, 11, 18), ours) == said
    assert decided(rules, address).verdict.route is route
