"""A case for each matter of a mail, what is explained of each, when it stays one; and which case a later mail means."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from inboxd import triage
from inboxd.mail import Email, Facts, Language, OpenCase, Taken
from inboxd.plan import Category, Plan
from inboxd.settings import Place, read_settings
from inboxd.triage import Question, Rules, each_case, enquiries
from inboxd.triage.addressed import addressed
from tests.office import Server, write_office
from tests.remembered import read_rules
from tests.unit.matters import ONE, SEVERAL
from tests.unit.test_text_bounds import NOW, email_of, raw_of

STATUS = "Ms. Brightwater, C200300400. Could you tell us the status of her application? No update since May."
REMOVAL = "Mr. Castell, E123456789. His removal is scheduled for tomorrow."
FUNERAL = "Mr. Paredes, W111222333. His father passed away and he needs his travel document for the funeral."
RANK = list(Category)


@pytest.fixture(scope="module")
def both_readers(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    root: Path = tmp_path_factory.mktemp("office")
    server = Server(port=1, username="u", password="p")
    return read_rules(read_settings(write_office(root, imap=server, smtp=Server(port=2))))[0]


@pytest.fixture(scope="module")
def rules(both_readers: Rules) -> Rules:
    """The criteria alone, so that what is learned does not matter here."""
    return dataclasses.replace(both_readers, second_reader=None)


def facts_of(*cases: OpenCase) -> Facts:
    taken = Taken(mail_id=1, digest="d", size=1, account="main", folder="INBOX", arrived_at=NOW, attempts=1)
    return dataclasses.replace(Facts.of_an_empty_store(taken), cases=cases)


def mail_of(rules: Rules, text: str, subject: str = "Files") -> Email:
    return email_of(raw_of(text, subject=subject), rules)


def asked(rules: Rules, text: str, subject: str = "Files", *cases: OpenCase) -> Question:
    return triage.ask(mail_of(rules, text, subject), facts_of(*cases), rules, NOW)


def decided(rules: Rules, text: str, subject: str = "Files", *cases: OpenCase) -> Plan:
    return triage.decide(mail_of(rules, text, subject), facts_of(*cases), rules, NOW)


def test_each_matter_has_its_own_category_number_reference_and_timers(rules: Rules) -> None:
    plan = decided(rules, f"Hello,\n\n1) {STATUS}\n\n2) {REMOVAL}\n\n3) {FUNERAL}")
    assert [case.category for case in plan.cases] == [Category.NOT_MET, Category.CRITICAL, Category.URGENT]
    assert [case.numbers for case in plan.cases] == [("C200300400",), ("E123456789",), ("W111222333",)]
    question = asked(rules, "")
    assert [case.reference for case in plan.cases] == [question.reference(ordinal) for ordinal in range(3)]
    assert [case.state for case in plan.cases] == ["answered", "open", "open"]
    assert [{timer.kind for timer in case.timers} for case in plan.cases] == [
        set(),
        {"page", "reply_warning", "reply_warning_2", "reply_breach", "escalation_1", "escalation_2", "action_warning",
         "action_alarm"},
        {"reply_warning", "reply_warning_2", "reply_breach", "escalation_1", "escalation_2"},
    ]
    assert plan.place is Place.CRITICAL
    assert [reply.template for reply in plan.replies] == ["ack_several"]


def test_what_was_found_is_kept_for_each_case_with_its_place_in_the_whole_text(rules: Rules) -> None:
    text = f"Hello,\n\n1) {STATUS}\n\n2) {REMOVAL}\n\n3) {FUNERAL}\n\nThank you"
    email = mail_of(rules, text)
    plan = decided(rules, text)
    by_case = {case.reference: {hit.criterion for hit in plan.verdict.hits if hit.case == case.reference}
               for case in plan.cases}  # fmt: skip
    first, second, third = by_case.values()
    assert "CR-01" in second
    assert "CR-01" not in first | third
    assert "UR-01" in third
    for hit in plan.verdict.hits:
        if hit.where == "new":
            assert email.body.new[hit.start :].startswith(hit.words)
    assert "CR-01" not in plan.verdict.looked_for


def test_words_for_all_are_read_with_every_matter(rules: Rules) -> None:
    text = "Both are to be removed from Canada tomorrow.\n\n1) Mr. Castell, E123456789\n2) Ms. Birk, W111222333"
    assert [case.category for case in decided(rules, text).cases] == [Category.CRITICAL, Category.CRITICAL]


def test_one_reply_counts_once_against_the_limits(rules: Rules) -> None:
    email = mail_of(rules, f"1) {STATUS}\n\n2) {REMOVAL}")
    limits = rules.settings.replies
    for sent, held in ((limits.per_thread_per_4_hours - 1, False), (limits.per_thread_per_4_hours, True)):
        facts = dataclasses.replace(facts_of(), replies_in_thread=sent)
        plan = triage.decide(email, facts, rules, NOW)
        assert len(plan.cases) == 2
        assert (plan.withheld == ("ack_several",)) is held


@pytest.mark.parametrize("reader", [True, False])
@pytest.mark.parametrize("name", SEVERAL)
def test_no_split_makes_a_mail_less_pressing(both_readers: Rules, rules: Rules, name: str, reader: bool) -> None:
    subject, text, _ = SEVERAL[name]
    chosen = both_readers if reader else rules
    question = asked(chosen, text, subject)
    whole = enquiries.read_enquiry(question)
    parts = each_case.parts_of(question, whole)
    if parts:
        most = min(each_case.RANK[part.category] for part in parts)
        assert most <= each_case.RANK[whole.category or Category.REVIEW]
        if enquiries.may_be_critical(whole):
            assert any(
                part.category is Category.CRITICAL or enquiries.may_be_critical(part.reading) for part in parts
            )


@pytest.mark.parametrize("name", [name for name in ONE if name != "nothing"])
def test_one_matter_is_decided_as_ever(both_readers: Rules, name: str) -> None:
    subject, text = ONE[name]
    question = asked(both_readers, text, subject)
    reading = enquiries.read_enquiry(question)
    verdict = triage.decide(question.email, question.facts, both_readers, NOW).verdict
    assert each_case.plan(question, verdict, reading) == enquiries.plan(question, verdict, reading)


def test_a_story_told_across_its_items_is_not_cut(rules: Rules) -> None:
    """The day stands in one item and the removal in another: together they are critical, apart they are not."""
    text = ("1) Mr. Castell, E123456789: CBSA has a removal order for a man of his hostel and will enforce it.\n"
            "2) Ms. Birk, W111222333: she heard of it, tomorrow at noon.")  # fmt: skip
    question = asked(rules, text)
    whole = enquiries.read_enquiry(question)
    parts = each_case.parts_of(question, whole)
    worst = min((RANK.index(part.category) for part in parts), default=len(RANK))
    assert not parts or worst <= RANK.index(whole.category or Category.REVIEW)
    assert all(case.category is not Category.NOT_MET for case in decided(rules, text).cases) or not parts


def test_thanks_behind_the_last_matter_refuse_none_of_them(rules: Rules) -> None:
    tent = "1) Ms. Birk, C200300400, sleeps by the river with what she could carry."
    plan = decided(rules, f"{tent}\n\n2) {REMOVAL}\n\nThank you very much")
    assert [case.category for case in plan.cases] == [Category.REVIEW, Category.CRITICAL]


def test_a_subject_that_tells_of_one_matter_raises_no_other_unless_it_is_critical(rules: Rules) -> None:
    text = f"{FUNERAL}\n\nAlso, for {STATUS}"
    assert [c.category for c in decided(rules, text, "Funeral of his father").cases] == [
        Category.URGENT, Category.NOT_MET
    ]  # fmt: skip
    text = f"{REMOVAL}\n\nAlso, for {STATUS}"
    raised = decided(rules, text, "Removal from Canada tomorrow").cases
    assert [case.category for case in raised] == [Category.CRITICAL, Category.CRITICAL]


def test_a_text_that_was_cut_is_not_split(rules: Rules) -> None:
    email = dataclasses.replace(mail_of(rules, f"1) {STATUS}\n\n2) {REMOVAL}"), defects=("body_too_long",))
    assert len(triage.decide(email, facts_of(), rules, NOW).cases) == 1


def case(ordinal: int, category: Category, number: str, state: str = "open", office: str = "o1") -> OpenCase:
    reference = ("MC26-000001-V", "MC26-000001B-W", "MC26-000001C-X")[ordinal]
    return OpenCase(case_id=ordinal + 1, reference=reference, category=category, state=state, office=office,
                    opened_at=NOW, reply_by=NOW + timedelta(days=2), language=Language.EN,
                    numbers=(number,))  # fmt: skip


FIRST = case(0, Category.COMPLEX, "E123456789")
SECOND = case(1, Category.URGENT, "W111222333")
THIRD = case(2, Category.NOT_MET, "C200300400", "answered")
QUOTE = (
    "\n\nOn Mon, Nov 16, 2026 at 10:00 AM Staff <staff.rivers@parl.example> wrote:\n"
    "> 1) Mr. Castell, E123456789. Refused.\n>\n> 2) Mr. Paredes, W111222333. Waits.\n>\n> 3) Ms. Birk, C200300400.\n"
)


@pytest.mark.parametrize(("words", "meant"), [
    ("About MC26-000001B-W: he was called today.", [SECOND]),
    ("About mc26-000001b-w and MC26-000001-V: thank you.", [FIRST, SECOND]),
    ("There is news of W111222333.", [SECOND]),
    ("There is news of W 111 222 333.", [SECOND]),
    ("For W*****2333 there is news.", [SECOND]),
    ("The one ending in 2333 was called.", [SECOND]),
    ("Le dossier qui se termine par 2333 avance.", [SECOND]),
    ("Mr. Paredes was called." + QUOTE, [SECOND]),
    ("Pour M. Paredes et Mme Birk, merci." + QUOTE, [SECOND, THIRD]),
])  # fmt: skip
def test_a_case_is_named_by_reference_number_or_person(rules: Rules, words: str, meant: list[OpenCase]) -> None:
    found = addressed(asked(rules, words, "Re: Files"), (FIRST, SECOND, THIRD))
    assert list(found.read_for) == meant
    assert found.noted == ()


@pytest.mark.parametrize("words", [
    "She was called today.", "Thank you for your help in 2333 cases." + QUOTE, "It is about another one, E999888777.",
])
def test_a_mail_that_names_none_is_for_all_and_read_for_the_most_pressing(rules: Rules, words: str) -> None:
    found = addressed(asked(rules, words, "Re: 3 cases, first reference MC26-000001-V"), (FIRST, SECOND, THIRD))
    assert found.read_for == (SECOND,)
    assert found.noted == (FIRST, THIRD)


def test_what_an_officer_finished_is_not_noted_while_others_are_open(rules: Rules) -> None:
    done = dataclasses.replace(FIRST, state="answered")
    found = addressed(asked(rules, "She was called.", "Re: Files"), (done, SECOND, THIRD))
    assert (found.read_for, found.noted) == ((SECOND,), (THIRD,))
    closed = tuple(dataclasses.replace(each, state="closed") for each in (FIRST, SECOND))
    found = addressed(asked(rules, "She was called.", "Re: Files"), closed)
    assert (found.read_for, found.noted) == ((closed[1],), (closed[0],))


def test_a_follow_up_raises_only_the_case_that_it_names(rules: Rules) -> None:
    plan = decided(rules, "E123456789: his removal is scheduled for tomorrow.", "Re: Files", SECOND, FIRST)
    assert [(change.reference, change.category) for change in plan.updates] == [
        (FIRST.reference, Category.CRITICAL)
    ]  # fmt: skip
    assert plan.place is Place.CRITICAL
    plan = decided(rules, "His removal is scheduled for tomorrow.", "Re: Files", SECOND, FIRST)
    assert [(change.reference, change.category) for change in plan.updates] == [
        (SECOND.reference, Category.CRITICAL), (FIRST.reference, None)
    ]  # fmt: skip
    assert [reply.template for reply in plan.replies] == ["raised"]


def test_another_offices_case_is_never_meant(rules: Rules) -> None:
    theirs = dataclasses.replace(FIRST, office="o2")
    plan = decided(rules, f"{theirs.reference}: his removal is scheduled for tomorrow.", "Re: Files", theirs, SECOND)
    assert [change.reference for change in plan.updates] == [SECOND.reference]
