"""Which replies to a notice complete a submission, and which a person must read; what one mail settles of another."""

from __future__ import annotations

import dataclasses
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd import triage
from inboxd.documents import (
    Application,
    FileOutcome,
    FilePlan,
    Instruction,
    Reason,
    SubmissionOutcome,
    SubmissionPlan,
)
from inboxd.mail import Answer, AuthResult, EarlierSubmission, Email, Facts, SentAgain, Taken
from inboxd.plan import Plan, Relation
from inboxd.settings import Place, read_settings
from inboxd.triage import Question, Rules, completed, completing, submissions
from tests.crash.letters import PHRASE, in_bytes, letter
from tests.files.pdf import pdf
from tests.office import Server, write_office
from tests.remembered import read_rules
from tests.unit.test_text_bounds import NOW, email_of, raw_of

OFFICE = "o1"
RECORD = Application(number="E123456789", family_name="Okonjo-Reyes", given_name="Amara",
                     date_of_birth=date(1984, 6, 30), uci="1122223333")
REPLIES = tomllib.loads(Path(__file__).with_name("replies_to_notices.toml").read_text(encoding="utf-8"))["reply"]
ASKED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "number": (("NUMBER_MISSING",), ()),
    "identity": (("INFO_MISSING",), ("identity",)),
    "consent": (("CONSENT_MISSING",), ("consent",)),
}
NEVER = frozenset(Reason) - completing.MENDED_BY_A_NUMBER - completing.WANTS_WORDS - completing.BESIDE


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    root = tmp_path_factory.mktemp("office")
    server = Server(port=1, username="u", password="p")
    both = read_rules(read_settings(write_office(root, imap=server, smtp=Server(port=2))))[0]
    return dataclasses.replace(both, second_reader=None)


def earlier(*reasons: str, missing: tuple[str, ...] = (), outcome: str = "", **more: object) -> EarlierSubmission:
    """A submission that our notice was about, as it stands."""
    fails = set(reasons) <= completing.MENDED_BY_A_NUMBER - {Reason.NUMBER_TEMPORARY}
    known = EarlierSubmission(
        mail_id=7, decision=1, state="done" if fails else "held", office=OFFICE, subject="", reasons=reasons,
        outcome=outcome or ("fail" if fails else "hold"), missing=missing, number="", by_a_person=False,
    )
    return dataclasses.replace(known, **more)


def taken() -> Taken:
    return Taken(mail_id=9, digest="d", size=1, account="main", folder="INBOX", arrived_at=NOW, attempts=1)


def replying(rules: Rules, email: Email | str, *asked: EarlierSubmission, **facts: object) -> Question:
    if isinstance(email, str):
        email = email_of(raw_of(email, subject="Re: Documents NOT added: what to fix"), rules)
    known = dataclasses.replace(Facts.of_an_empty_store(taken()), asked_about=asked, **facts)
    return triage.ask(email, known, rules, NOW)


def completes(question: Question) -> str:
    """The number that the order has, "yes" for an order without one, or why there is none."""
    found = completing.settled_by_reply(question)
    if found is None:
        return completing.why_not(question).partition(": ")[2]
    _, order = found
    assert order is not None
    return order.number or "yes"


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: f"{reply['asked']}: {reply['text'][:40]}")
def test_what_a_reply_gives(rules: Rules, reply: dict[str, str]) -> None:
    reasons, missing = ASKED[reply["asked"]]
    assert completes(replying(rules, reply["text"], earlier(*reasons, missing=missing))) == reply["gives"]


@pytest.mark.parametrize("reason", sorted(NEVER))
def test_what_is_held_or_failed_for_another_reason_is_never_completed(rules: Rules, reason: Reason) -> None:
    text = "E123456789, born 1984-06-30, UCI 11-2222-3333. We hold the written consent."
    for reasons in ((reason,), ("INFO_MISSING", reason), ("NUMBER_MISSING", reason)):
        for outcome in ("fail", "hold"):
            asked = earlier(*reasons, missing=("identity",), outcome=outcome)
            assert completing.settled_by_reply(replying(rules, text, asked)) is None


@pytest.mark.parametrize("change", [
    {"office": "o2"}, {"outcome": "accept"}, {"outcome": "partial"}, {"state": "taken"}, {"by_a_person": True},
], ids=str)  # fmt: skip
def test_only_an_open_submission_of_the_same_office_is_completed(rules: Rules, change: dict[str, object]) -> None:
    asked = dataclasses.replace(earlier("NUMBER_MISSING"), **change)
    assert completing.settled_by_reply(replying(rules, "E123456789", asked)) is None


def test_one_of_two_that_are_open_takes_a_person_to_tell(rules: Rules) -> None:
    one, other = earlier("NUMBER_MISSING"), dataclasses.replace(earlier("NUMBER_UNKNOWN"), mail_id=8)
    assert completing.settled_by_reply(replying(rules, "E123456789", one, other)) is None
    filed = dataclasses.replace(other, outcome="accept")
    assert completes(replying(rules, "E123456789", one, filed)) == "E123456789"


def test_the_number_that_was_unknown_before_is_no_news(rules: Rules) -> None:
    asked = earlier("NUMBER_UNKNOWN", subject=f"{PHRASE} E999 999 999")
    assert completes(replying(rules, "It is E999999999.", asked)) == "it does not give what was missing"
    assert completes(replying(rules, "It is E123456789.", asked)) == "E123456789"


def test_a_number_in_a_subject_that_was_written_anew_counts(rules: Rules) -> None:
    anew = email_of(raw_of("As requested.", subject=f"{PHRASE} E123456789"), rules)
    assert completes(replying(rules, anew, earlier("NUMBER_MISSING"))) == "E123456789"
    against = email_of(raw_of("The number is EP12345678.", subject=f"{PHRASE} E123456789"), rules)
    assert completes(replying(rules, against, earlier("NUMBER_MISSING"))) == "it names several numbers"


def test_a_reply_with_files_or_a_forwarded_text_is_read_by_a_person(rules: Rules) -> None:
    mail = letter("Re: Documents NOT added", "The number is E123456789.")
    mail.add_attachment(pdf(), maintype="application", subtype="pdf", filename="consent.pdf")
    asked = earlier("NUMBER_MISSING")
    assert completes(replying(rules, email_of(in_bytes(mail), rules), asked)) == "it brings files of its own"
    email = email_of(raw_of("The number is E123456789."), rules)
    passed_on = dataclasses.replace(email, body=dataclasses.replace(email.body, forwarded="Our client wrote: hello"))
    assert completes(replying(rules, passed_on, asked)) == "it forwards what somebody else wrote"
    damaged = dataclasses.replace(email, defects=("base64_damaged",))
    assert completes(replying(rules, damaged, asked)) == "not all of it could be read"


def test_a_sender_who_is_not_verified_completes_nothing(rules: Rules) -> None:
    email = email_of(raw_of("The number is E123456789."), rules)
    forged = dataclasses.replace(
        email, authentication=dataclasses.replace(email.authentication, result=AuthResult.FAIL))  # fmt: skip
    question = replying(rules, forged, earlier("NUMBER_MISSING"))
    plan = triage.decide(forged, question.facts, rules, NOW)
    assert (plan.verdict.rule, plan.settles) == ("sender_not_verified", ())


@given(words=st.text(alphabet=st.sampled_from("ab E123456789.,?\n>EP"), max_size=120),
       kind=st.sampled_from(list(ASKED)))
@settings(max_examples=150, deadline=None)
def test_no_text_gives_more_than_one_number_or_one_that_does_not_stand_in_it(
    rules: Rules, words: str, kind: str
) -> None:
    reasons, missing = ASKED[kind]
    found = completing.settled_by_reply(replying(rules, words, earlier(*reasons, missing=missing)))
    if found is not None and found[1] is not None and found[1].number:
        squeezed = "".join(character for character in words.upper() if character.isalnum())
        assert found[1].number in squeezed


@given(quoted=st.lists(st.sampled_from(["The number is E123456789.", "Date of birth: 1984-06-30", "Thanks"]),
                       min_size=1, max_size=6), before=st.sampled_from(["", "Thanks.", "See below."]))
@settings(max_examples=60, deadline=None)
def test_quoted_text_never_gives_anything(rules: Rules, quoted: list[str], before: str) -> None:
    text = before + "\n\nOn Mon, Nov 2, 2026 at 10:00 AM Staff <staff@parl.example> wrote:\n" + "\n".join(
        f"> {line}" for line in quoted)  # fmt: skip
    for reasons, missing in ASKED.values():
        assert completing.settled_by_reply(replying(rules, text, earlier(*reasons, missing=missing))) is None


# the whole: the first mail and what was said since

FIRST = "Please add this letter.\n\n-- \nStaff of Alma Rivers\n613-555-0101"


def whole(rules: Rules, first: str, *answers: tuple[str, str], subject: str = PHRASE,
          record: Application | None = RECORD, **facts: object) -> Plan:
    """The plan for a submission of one letter that these replies completed: text and number of each."""
    mail = letter(subject, first)
    mail.add_attachment(pdf(), maintype="application", subtype="pdf", filename="letter.pdf")
    said = tuple(
        Answer(mail_id=20 + place, email=email_of(raw_of(text), rules), arrived_at=NOW, number=number)
        for place, (text, number) in enumerate(answers)
    )
    known = dataclasses.replace(Facts.of_an_empty_store(taken(), application=record), answers=said, **facts)
    return triage.decide(email_of(in_bytes(mail), rules), known, rules, NOW)


def test_words_below_the_first_signature_are_read(rules: Rules) -> None:
    plan = whole(rules, FIRST, ("The number is E123456789, UCI 11-2222-3333.", "E123456789"))
    assert plan.submission is not None
    assert (plan.submission.outcome, plan.submission.verified_by) == (SubmissionOutcome.ACCEPT, "uci")
    assert plan.answers_place is Place.FILED
    (receipt,) = plan.replies
    assert (receipt.template, receipt.answers, receipt.values["replied"]) == ("receipt", 20, NOW)


@pytest.mark.parametrize(("first", "reply"), [
    ("Amara Okonjo-Reyes, born 1990-01-02.", "E123456789. UCI 11-2222-3333."),
    ("Amara Okonjo-Reyes, UCI 11-2222-3333.", "E123456789. Date of birth: 1990-01-02."),
    ("UCI: 99-8888-7777", "E123456789. Amara Okonjo-Reyes, date of birth 1984-06-30."),
    ("Name: Théodore Lachance\nDate of birth: 1990-02-01", "E123456789"),
    ("Amara Okonjo-Reyes, née le 30 juin 1984.", "C'est le E123456789. Nom : Théodore Lachance, né le 1990-02-01."),
])  # fmt: skip
def test_a_contradiction_in_either_mail_holds_it(rules: Rules, first: str, reply: str) -> None:
    plan = whole(rules, first, (reply, "E123456789"))
    assert plan.submission is not None
    assert plan.submission.reasons == (Reason.IDENTITY_MISMATCH,)
    assert (plan.held, plan.answers_place) == (Reason.IDENTITY_MISMATCH, Place.HELD)
    assert [timer.kind for timer in plan.filing_timers] != []


@pytest.mark.parametrize(("first", "subject", "number", "others", "differs"), [
    ("A letter.", PHRASE, "E123456789", (), False),
    ("A letter, file V444555666.", PHRASE, "E123456789", (), True),
    ("A letter, file V444555666 and E123456789.", PHRASE, "E123456789", (), False),
    ("A letter.", f"{PHRASE} E999999999", "E123456789", (), False),
    ("A letter for E999999999.", f"{PHRASE} E999999999", "E123456789", (), False),
    ("A letter.", f"{PHRASE} EP12345678", "E123456789", ("EP12345678",), True),
    ("A letter.", f"{PHRASE} XE123456789", "E123456789", (), False),
    ("A letter.", f"{PHRASE} XE123456780", "E123456789", (), True),
])  # fmt: skip
def test_numbers_that_differ_take_a_person(
    rules: Rules, first: str, subject: str, number: str, others: tuple[str, ...], differs: bool
) -> None:
    text = f"{first} UCI 11-2222-3333."
    plan = whole(rules, text, (f"It is {number}.", number), subject=subject, other_records=others)
    assert plan.submission is not None
    outcome = SubmissionOutcome.HOLD if differs else SubmissionOutcome.ACCEPT
    assert (plan.submission.outcome, plan.held) == (outcome, Reason.NUMBER_MULTIPLE if differs else None)


def test_the_last_number_counts_and_what_was_said_before_stays_said(rules: Rules) -> None:
    plan = whole(rules, "A letter.", ("It is E888888888. Born 1984-06-30.", "E888888888"), ("E123456789", "E123456789"))
    assert plan.submission is not None
    assert (plan.submission.number, plan.submission.verified_by) == ("E123456789", "date_of_birth")
    assert plan.replies[0].answers == 21
    assert plan.verdict.because.endswith("completed by mail 21")


def test_without_answers_nothing_is_put_together(rules: Rules) -> None:
    question = replying(rules, "Hello")
    assert completed.as_whole(question) is question
    assert completed.number_given(question) == ""
    assert not completed.numbers_differ(question)


def test_a_person_who_releases_says_the_number(rules: Rules) -> None:
    release = Instruction(action="release", actor="person:kim", number="E123456789")
    plan = whole(rules, "File V444555666.", ("E123456789", "E123456789"), instruction=release)
    assert plan.submission is not None
    assert plan.submission.outcome is SubmissionOutcome.ACCEPT


# one submission settles another

def filed(*paths: str, number: str = "E123456789", outcome: SubmissionOutcome = SubmissionOutcome.ACCEPT
          ) -> SubmissionPlan:
    files = tuple(FilePlan(path=path, outcome=FileOutcome.ATTACHED) for path in paths)
    return SubmissionPlan(number=number, outcome=outcome, reasons=(), files=files, verified_by="uci")


def settles(rules: Rules, known: EarlierSubmission, plan: SubmissionPlan | None = None) -> bool:
    mail = letter(f"{PHRASE} E123456789", "A letter, UCI 11-2222-3333.")
    mail.add_attachment(pdf(), maintype="application", subtype="pdf", filename="letter.pdf")
    email = email_of(in_bytes(mail), rules)
    (document,) = email.attachments
    if known.waiting == frozenset({"its file"}):
        known = dataclasses.replace(known, waiting=frozenset({document.digest}))
    question = replying(rules, email, same_files=(known,))
    orders = completing.superseding(question, plan or filed(document.path))
    assert all((order.relation, order.number) == (Relation.SUPERSEDES, "E123456789") for order in orders)
    return bool(orders)


HELD = EarlierSubmission(
    mail_id=7, decision=1, state="held", office=OFFICE, subject="", outcome="hold", reasons=("INFO_MISSING",),
    missing=("identity",), number="E123456789", by_a_person=False, waiting=frozenset({"its file"}),
)


@pytest.mark.parametrize(("change", "wanted"), [
    ({}, True),
    ({"office": "o2"}, False),
    ({"state": "taken"}, False),
    ({"by_a_person": True}, False),
    ({"waiting": frozenset()}, False),
    ({"waiting": frozenset({"its file", "another"})}, False),
    ({"number": "V444555666"}, False),
    ({"number": "V444555666", "in_thread": True}, True),
    ({"reasons": ("NUMBER_MISSING",), "number": "", "outcome": "fail", "state": "done"}, True),
    ({"reasons": ("NUMBER_UNKNOWN",), "number": "", "outcome": "fail", "state": "done"}, False),
    ({"reasons": ("NUMBER_UNKNOWN",), "number": "", "outcome": "fail", "state": "done", "in_thread": True}, True),
    ({"reasons": ("NUMBER_MULTIPLE",), "number": "", "in_thread": True}, False),
    ({"reasons": ("OTHER_RECORD",), "in_thread": True}, False),
    ({"reasons": ("INFO_MISSING", "MALWARE")}, False),
    ({"reasons": ("IDENTITY_MISMATCH",), "number": "", "in_thread": True}, True),
    ({"reasons": ("IDENTITY_MISMATCH",), "number": ""}, False),
])  # fmt: skip
def test_which_older_submission_is_settled_by_the_same_files(
    rules: Rules, change: dict[str, object], wanted: bool
) -> None:
    assert settles(rules, dataclasses.replace(HELD, **change)) is wanted


def test_what_was_not_filed_settles_nothing(rules: Rules) -> None:
    assert not settles(rules, HELD, filed("2", outcome=SubmissionOutcome.HOLD))
    assert not settles(rules, HELD, filed("2", outcome=SubmissionOutcome.FAIL))
    assert not settles(rules, HELD, filed())


def test_a_submission_that_came_again_attaches_and_sends_nothing(rules: Rules) -> None:
    mail = letter(PHRASE, "A letter.")
    mail.add_attachment(pdf(), maintype="application", subtype="pdf", filename="letter.pdf")
    mail.add_attachment(b"MZ", maintype="application", subtype="pdf", filename="other.exe")
    email = email_of(in_bytes(mail), rules)
    known = dataclasses.replace(
        Facts.of_an_empty_store(taken(), application=RECORD), sent_again=SentAgain(mail_id=12, number="E123456789"),
        filed_digests=frozenset({email.attachments[0].digest}),
    )  # fmt: skip
    plan = triage.decide(email, known, rules, NOW)
    assert plan.submission is not None
    assert [item.outcome for item in plan.submission.files] == [FileOutcome.CONFIRMED, FileOutcome.REFUSED]
    assert (plan.place, plan.replies, plan.held, plan.filing_timers) == (Place.PARTIAL, (), None, ())
    assert submissions.plan(triage.ask(email, known, rules, NOW), plan.verdict).submission == plan.submission
