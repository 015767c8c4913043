"""Two readers, one category: agreement decides, one critical signal alone goes to a person, a refusal needs both."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxd import app, parsers, triage
from inboxd.mail import Facts, Taken
from inboxd.opinions import READ, Opinion
from inboxd.plan import Category, Hit
from inboxd.settings import read_settings
from inboxd.triage.notes import FAR
from inboxd.triage.reading import Reading
from inboxd.triage.second_opinion import suspects, weigh
from tests.crash.letters import in_bytes, letter
from tests.office import Server, write_office

NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)

CRITICAL, URGENT, COMPLEX, NOT_MET = READ


def hit(category: Category) -> Hit:
    return Hit(criterion="XX-01", category=category, words="words", start=0)


def reading(category: Category | None, *hits: Category, hints: bool = False, nearest: int = FAR,
            passport: bool = False, topic: bool = True, doubts: bool = False) -> Reading:
    return Reading(category=category, high_profile=False, passport=passport, hits=tuple(hit(each) for each in hits),
                   excluded=(), looked_for=(), not_met_topics=("NM-01",) if topic else (),
                   uncertain=doubts,
                   hints_at_critical=hints, nearest_day=nearest)


def opinion(category: Category, confidence: float, critical: float = 0.0) -> Opinion:
    rest = (1 - confidence - (0 if category is CRITICAL else critical)) / 3
    shares = dict.fromkeys(READ, rest) | {category: confidence}
    if category is not CRITICAL:
        shares[CRITICAL] = critical
    return Opinion(category=category, confidence=confidence, shares=tuple(shares.items()), words=("words",))


def test_without_a_second_reader_the_criteria_decide_as_before() -> None:
    for category in (*READ, None):
        alone = reading(category)
        assert weigh(alone, None) is alone


@pytest.mark.parametrize("category", READ)
def test_agreement_decides(category: Category) -> None:
    own = () if category is NOT_MET else (category,)
    weighed = weigh(reading(category, *own), opinion(category, 0.7))
    assert weighed.category is category
    assert weighed.opinion is not None, "both opinions are kept"


@pytest.mark.parametrize(("criteria", "learned"), [
    (criteria, learned) for criteria in READ for learned in READ
    if criteria is not learned and {criteria, learned} != {Category.URGENT, Category.COMPLEX}
])
def test_disagreement_goes_to_a_person(criteria: Category, learned: Category) -> None:
    own = () if criteria is NOT_MET else (criteria,)
    assert weigh(reading(criteria, *own), opinion(learned, 0.95)).category is None


@pytest.mark.parametrize(("criteria", "learned"), [(URGENT, COMPLEX), (COMPLEX, URGENT)])
def test_between_urgent_and_complex_which_share_a_clock_the_sure_reader_decides(
    criteria: Category, learned: Category
) -> None:
    assert weigh(reading(criteria, criteria), opinion(learned, 0.92)).category is learned
    assert weigh(reading(criteria, criteria), opinion(learned, 0.88)).category is None
    assert weigh(reading(criteria, criteria), opinion(learned, 0.92, critical=0.04)).category is None
    assert weigh(reading(None, URGENT, COMPLEX), opinion(learned, 0.92)).category is learned
    assert weigh(reading(None, URGENT, COMPLEX), opinion(learned, 0.88)).category is None


@pytest.mark.parametrize("category", READ)
def test_a_guess_is_no_agreement(category: Category) -> None:
    own = () if category is NOT_MET else (category,)
    assert weigh(reading(category, *own), opinion(category, 0.3)).category is None


def test_a_suspicion_of_something_critical_decides_nothing_lower() -> None:
    for category in (URGENT, COMPLEX, NOT_MET):
        own = () if category is NOT_MET else (category,)
        assert weigh(reading(category, *own), opinion(category, 0.6, critical=0.3)).category is None
        assert weigh(reading(None, *own), opinion(category, 0.8, critical=0.16)).category is None
        assert weigh(reading(None, *own, hints=True), opinion(category, 0.94, critical=0.05)).category is None
    assert weigh(reading(None, hints=True), opinion(NOT_MET, 0.97, critical=0.01)).category is None


@pytest.mark.parametrize(("suspicion", "called"), [(0.1, False), (0.2, True)])
def test_a_suspicion_of_the_second_reader_alone_calls_people_at_once(suspicion: float, called: bool) -> None:
    assert suspects(opinion(URGENT, 0.7, critical=suspicion)) is called


def test_a_refusal_needs_both_whatever_the_second_reader_is_sure_of() -> None:
    sure = opinion(NOT_MET, 0.999)
    for hit_of in (CRITICAL, URGENT, COMPLEX):
        assert weigh(reading(hit_of, hit_of), sure).category is None
        assert weigh(reading(None, hit_of), sure).category is None, "set aside with a doubt, but it stands there"
    assert weigh(reading(None, hints=True, topic=False), sure).category is None
    assert weigh(reading(None, passport=True), sure).category is None
    for lower in (URGENT, COMPLEX):
        assert weigh(reading(NOT_MET), opinion(lower, 0.9)).category is None


@pytest.mark.parametrize(("topic", "doubts", "confidence", "refused"), [
    (True, False, 0.82, True), (True, False, 0.78, False), (True, True, 0.86, True), (True, True, 0.84, False),
    (False, False, 0.91, True), (False, False, 0.89, False), (False, True, 0.91, True), (False, True, 0.89, False),
])
def test_how_sure_a_refusal_must_be(topic: bool, doubts: bool, confidence: float, refused: bool) -> None:
    found = weigh(reading(None, topic=topic, doubts=doubts), opinion(NOT_MET, confidence))
    assert (found.category is NOT_MET) is refused
    assert found.uncertain is not refused or not doubts, "what both refuse is not open"


def test_words_set_aside_beside_a_known_topic_are_refused_only_by_a_sure_reader_that_sees_nothing_critical() -> None:
    """"What if she were deported one day? Where is her file?": the first was set aside, the second is all there is."""
    imagined = reading(None, hints=True)
    assert weigh(imagined, opinion(NOT_MET, 0.91, critical=0.005)).category is NOT_MET
    assert weigh(imagined, opinion(NOT_MET, 0.89, critical=0.005)).category is None
    assert weigh(imagined, opinion(NOT_MET, 0.98, critical=0.01)).category is None
    assert weigh(reading(None, CRITICAL, hints=True), opinion(NOT_MET, 0.99)).category is None


def test_what_the_criteria_leave_open_is_settled_only_by_a_sure_opinion_that_nothing_speaks_against() -> None:
    sure = opinion(URGENT, 0.89)
    assert weigh(reading(None, URGENT), opinion(URGENT, 0.55)).category is URGENT
    assert weigh(reading(None, URGENT), opinion(URGENT, 0.45)).category is None
    assert weigh(reading(None), sure).category is URGENT
    assert weigh(reading(None), opinion(URGENT, 0.7)).category is None
    assert weigh(reading(None, hints=True), sure).category is None, "a hint at something critical"
    assert weigh(reading(None, nearest=1), sure).category is None, "a day as near as tomorrow"
    assert weigh(reading(None, passport=True), sure).category is None
    assert weigh(reading(None, URGENT), opinion(COMPLEX, 0.8)).category is None, "another criterion hit"


def test_critical_by_the_second_reader_needs_a_hint_of_the_criteria() -> None:
    assert weigh(reading(None), opinion(CRITICAL, 0.95)).category is None
    assert weigh(reading(None, hints=True), opinion(CRITICAL, 0.95)).category is CRITICAL
    assert weigh(reading(None, nearest=3), opinion(CRITICAL, 0.95)).category is CRITICAL
    assert weigh(reading(None, hints=True), opinion(CRITICAL, 0.6)).category is None
    assert weigh(reading(URGENT, URGENT, hints=True), opinion(CRITICAL, 0.95)).category is None, "they disagree"


def test_turned_on_in_the_settings_it_is_kept_with_the_case_and_part_of_the_version(tmp_path: Path) -> None:
    plans = {}
    versions = set()
    for state in ("true", "false"):
        root = tmp_path / state
        server = Server(port=1, username="u", password="p")
        written = write_office(root, imap=server, smtp=Server(port=2), sections={"rules": f"second_reader = {state}"})
        rules, _ = app.read_rules(read_settings(written))
        versions.add(rules.version)
        raw = in_bytes(letter("Removal tomorrow", "Our constituent is being removed from Canada tomorrow morning."))
        chosen = rules.settings
        email = parsers.parse(raw, digest="d", limits=chosen.limits, office=chosen.office,
                              senders=chosen.senders, two_letter_prefixes=("EP",))
        taken = Taken(mail_id=1, digest="d", size=len(raw), account="main", folder="INBOX", arrived_at=NOW, attempts=1)
        facts = Facts.of_an_empty_store(taken)
        plans[state] = triage.decide(email, facts, rules, NOW)
    assert len(versions) == 2
    opinions = [hit for hit in plans["true"].verdict.hits if hit.where == "opinion"]
    assert [hit.criterion for hit in opinions] == ["second reader"]
    assert "%" in opinions[0].words
    assert not [hit for hit in plans["false"].verdict.hits if hit.where == "opinion"]
    assert plans["true"].cases[0].category in (CRITICAL, Category.REVIEW)
