"""Access to information, complaints and the media go to people; passports to their unit; the rest stays or is pointed.

Each enquiry is decided as the daemon would, by the sample criteria: alone, and weighed with the second reader.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from inboxd import triage
from inboxd.plan import Category, Plan, Route
from inboxd.settings import Place, read_settings
from inboxd.triage import Rules
from tests.office import Server, write_office
from tests.remembered import read_rules
from tests.unit.routing import GOALS, MAILS, Routed
from tests.unit.test_each_case import case, facts_of
from tests.unit.test_text_bounds import NOW, email_of, raw_of

OFFICE = "staff.rivers@parl.example"
TO_PEOPLE = ("(TP-", "(HP-")


@pytest.fixture(scope="module")
def both_readers(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    root: Path = tmp_path_factory.mktemp("office")
    server = Server(port=1, username="u", password="p")
    return read_rules(read_settings(write_office(root, imap=server, smtp=Server(port=2))))[0]


@pytest.fixture(scope="module")
def criteria_alone(both_readers: Rules) -> Rules:
    return dataclasses.replace(both_readers, second_reader=None)


def decided(rules: Rules, text: str, *, sender: str = OFFICE, subject: str = "A question") -> Plan:
    raw = raw_of(text, subject=subject).replace(OFFICE.encode(), sender.encode())
    return triage.decide(email_of(raw, rules), facts_of(), rules, NOW)


def test_there_are_enough_of_each_kind_in_both_languages() -> None:
    assert len(MAILS) >= 70
    assert {mail.goes for mail in MAILS.values()} == set(GOALS)
    french = [name for name in MAILS if name.endswith(", fr")]
    assert all(name.endswith((", en", ", fr")) for name in MAILS)
    assert 2 * len(french) >= 0.8 * len(MAILS)


@pytest.mark.parametrize("name", MAILS)
def test_it_goes_where_it_must_with_both_readers(both_readers: Rules, name: str) -> None:
    expect(MAILS[name], both_readers)


@pytest.mark.parametrize("name", [name for name, mail in MAILS.items() if mail.goes in ("person", "passport")])
def test_it_goes_where_it_must_by_the_criteria_alone(criteria_alone: Rules, name: str) -> None:
    expect(MAILS[name], criteria_alone)


def expect(mail: Routed, rules: Rules) -> None:
    plan = decided(rules, mail.text, sender=mail.sender or OFFICE)
    because = plan.verdict.because
    if mail.goes in ("passport", "pointer"):
        assert plan.verdict.route is (Route.PASSPORT if mail.goes == "passport" else Route.OUTSIDER), because
        return
    assert plan.verdict.route is Route.ENQUIRY, because
    (opened,) = plan.cases
    templates = [reply.template for reply in plan.replies]
    if mail.high:
        assert opened.high_profile
    if mail.goes == "person":
        assert opened.category in (mail.category or ("review",)), because
        assert any(words in because for words in TO_PEOPLE), because
    elif mail.category:
        assert opened.category in mail.category, because
    if mail.goes in ("person", "people"):
        assert "not_met" not in templates
        assert opened.state == "open", "an officer's answer closes it"
    elif mail.goes == "elsewhere":
        assert opened.category is not Category.CRITICAL, because
    elif mail.goes == "here":
        assert "(TP-" not in because


def test_a_critical_fact_beside_it_comes_first(both_readers: Rules, criteria_alone: Rules) -> None:
    text = ("She will be removed from Canada tomorrow. She has also filed a formal complaint about the officer and an "
            "access to information request.")
    plan = decided(criteria_alone, text)
    assert plan.place is Place.CRITICAL
    assert "CR-01" in plan.verdict.because
    assert "; beside it: Access to information" in plan.verdict.because
    assert decided(both_readers, text).cases[0].deadline.action_by is not None, "one reader doubts: people are paged"


def test_the_reason_names_what_kind_of_mail_it_is(criteria_alone: Rules) -> None:
    because = decided(criteria_alone, MAILS["atip request for a file, en"].text).verdict.because
    assert because == "Access to information or privacy (TP-01): a person answers, no notice does"
    two = "A reporter asks us about her ATIP request, which is late. Any news?"
    both = decided(criteria_alone, two).verdict.because
    assert "(TP-01)" in both
    assert "(TP-03)" in both


def test_high_profile_is_never_refused_by_a_notice(both_readers: Rules) -> None:
    quiet = "Where does the application stand? Any update would be welcome."
    assert decided(both_readers, quiet).cases[0].category is Category.NOT_MET
    loud = decided(both_readers, f"{quiet} The ambassador of Portugal called our Member about it.")
    assert loud.cases[0].category is Category.REVIEW
    assert "(HP-03)" in loud.verdict.because


def test_a_complaint_in_a_forwarded_story_is_not_the_offices(criteria_alone: Rules) -> None:
    text = (
        "Could you tell us where this application stands?\n\n---------- Forwarded message ----------\n"
        "From: Ana Pell <ana@mail.example>\nSubject: my file\n\nI have gone to the media and to the press."
    )
    plan = decided(criteria_alone, text)
    assert plan.cases[0].high_profile
    assert "(HP-" not in plan.verdict.because


def test_thanks_in_a_thread_about_an_access_request_is_thanks(criteria_alone: Rules) -> None:
    raw = raw_of("Thank you, all is settled.", subject="Re: ATIP request of Mr. Lowell")
    known = facts_of(case(0, Category.REVIEW, "E123456789"))
    plan = triage.decide(email_of(raw, criteria_alone), known, criteria_alone, NOW)
    assert plan.verdict.route is Route.FOLLOW_UP
    assert plan.updates[0].category is None
