"""What later words do to a case: they raise it, open it again, or join it; they never lower it."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from inboxd import triage
from inboxd.mail import Facts, Language, OpenCase, Taken
from inboxd.plan import Category, Plan
from inboxd.settings import read_settings
from inboxd.triage import Rules
from tests.office import Server, write_office
from tests.remembered import read_rules
from tests.unit.test_text_bounds import NOW, email_of, raw_of

RANK = [Category.CRITICAL, Category.URGENT, Category.REVIEW, Category.COMPLEX, Category.NOT_MET]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    root = tmp_path_factory.mktemp("office")
    server = Server(port=1, username="u", password="p")
    return read_rules(read_settings(write_office(root, imap=server, smtp=Server(port=2))))[0]


def case(category: str, state: str = "open", **changed: object) -> OpenCase:
    known = OpenCase(
        case_id=1, reference="MC26-000001-X", category=category, state=state, office="o1",
        opened_at=NOW - timedelta(days=1), reply_by=NOW + timedelta(hours=3), language=Language.EN,
    )
    return dataclasses.replace(known, **changed)


def joined(rules: Rules, text: str, known: OpenCase) -> Plan:
    email = email_of(raw_of(text, subject="Re: your enquiry"), rules)
    taken = Taken(mail_id=9, digest="d", size=1, account="main", folder="INBOX", arrived_at=NOW, attempts=1)
    return triage.decide(email, dataclasses.replace(Facts.of_an_empty_store(taken), cases=(known,)), rules, NOW)


@pytest.mark.parametrize(("category", "state", "text", "wanted"), [
    ("critical", "open", "Thank you for the quick answer.", None),
    ("urgent", "open", "This is no longer urgent, thanks.", None),
    ("critical", "open", "Good news, her removal was cancelled.", None),
    ("complex", "open", "This is URGENT!!", None),
    ("urgent", "open", "Any news on this file?", None),
    ("not_met", "answered", "Merci pour la réponse, bonne journée.", None),
    ("not_met", "answered", "Her removal from Canada is now scheduled for tomorrow at 8 am.", "critical"),
    ("not_met", "answered", "Son renvoi du Canada est maintenant prévu demain matin à 8 h.", "critical"),
    ("not_met", "answered", "Her mother died yesterday and she must travel to the funeral on Friday.", "urgent"),
    ("not_met", "answered", "We disagree, please review our request again.", "review"),
    ("complex", "closed", "CBSA will remove him tomorrow.", "critical"),
    ("urgent", "answered", "Thanks, that answers it.", None),
    ("urgent", "answered", "Any news on this file?", "urgent"),
    ("complex", "closed", "Pouvez-vous nous dire où en est le dossier?", "complex"),
    ("review", "open", "He is being deported tonight.", "critical"),
])  # fmt: skip
def test_what_later_words_make_of_a_case(
    rules: Rules, category: str, state: str, text: str, wanted: str | None
) -> None:
    plan = joined(rules, text, case(category, state))
    (change,) = plan.updates
    assert (plan.verdict.rule, change.category) == ("follows_up", wanted)
    assert [reply.template for reply in plan.replies] == (["raised"] if wanted else [])
    if wanted is not None:
        assert change.deadline is not None
        assert change.timers
        assert RANK.index(Category(wanted)) <= RANK.index(Category(category))


def test_a_question_opens_an_answered_case_again_and_says_so(rules: Rules) -> None:
    plan = joined(rules, "Any news on this file?", case("urgent", "answered"))
    assert plan.verdict.because == "joins its case, which was answered or closed, and asks something: it is open again"
    (notice,) = plan.replies
    assert (notice.values["previous"], notice.values["category"]) == ("urgent", Category.URGENT)


def test_a_due_time_that_runs_never_moves_later(rules: Rules) -> None:
    late = case("complex", reply_by=NOW - timedelta(hours=5))
    (change,) = joined(rules, "He is being deported tonight.", late).updates
    assert change.category is Category.CRITICAL
    assert change.deadline is not None
    assert change.deadline.reply_by == late.reply_by


def test_another_offices_case_is_never_joined(rules: Rules) -> None:
    plan = joined(rules, "He is being deported tonight.", case("not_met", "answered", office="o2"))
    assert (plan.verdict.rule, plan.updates) == ("enquires", ())
    assert [new.category for new in plan.cases] == [Category.CRITICAL]
