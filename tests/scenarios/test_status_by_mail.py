"""Status by mail about cases that people worked on: each step has its own time, and says who has the case now."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from inboxd import overriding, reclocking, timers
from inboxd.plan import Category
from inboxd.standards import Closure
from inboxd.tables import case_mails
from tests.crash.letters import in_bytes, letter
from tests.scenarios.officers import REFUSED, TUESDAY, URGENT, Desk, FakePost, drag

EN, FR = "staff.rivers@parl.example", "bureau.lachaine@parl.example"
URGENT_FR = "Son père est décédé dimanche à Lagos et les funérailles ont lieu vendredi. Nous avons son consentement."


@pytest.fixture
def post() -> FakePost:
    return FakePost()


def ask(desk: Desk, reference: str, *, sender: str = EN, subject: str = "STATUS", text: str = "") -> str:
    """The answer to a status request that comes now, wrapping and kinds of spaces undone."""
    before = len(desk.post.sent())
    desk.world.deliver(in_bytes(letter(f"{subject} {reference}", text, sender=sender)), desk.world.clock.at)
    desk.run()
    answer = [out for out in desk.post.sent()[before:] if out.recipients == (sender,)][-1]
    return " ".join(answer.text.replace("\N{NO-BREAK SPACE}", " ").split())


def answer(desk: Desk, at: datetime, message_id: str) -> None:
    mail = letter("Re: A constituent", "We have written to you.\n", sender="mcmps-cmds@ircc.example",
                  In_Reply_To=message_id)  # fmt: skip
    desk.world.deliver(in_bytes(mail), at, "Sent")
    desk.run()


def correct(desk: Desk, reference: str, category: Category) -> None:
    overriding.set_category(desk.world.context, reference, category, reason="read", by="person:kim", how="command")


def test_waiting_for_the_office_and_on_again(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT)
    desk.later(hours=2)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    desk.later(days=1)
    told = ask(desk, reference)
    assert "Now: with your office, whose answer we wait for (since Tuesday, November 3, 2026, 12:00 p.m. (ET))." in told
    assert "- Thursday, November 5, 2026, 10:00 a.m. (ET): our reply was due by this time when our clock" in told
    assert desk.case(reference).state == "waiting", "asking alone brings nothing that was waited for"
    drag(post.box, "Waiting", "Enquiries/Urgent")
    desk.run()
    told = ask(desk, reference)
    assert "Now: with the officers who handle urgent enquiries." in told
    assert (
        "- Tuesday, November 3, 2026, 12:00 p.m. (ET): waiting for information from your office, our clock stopped "
        "- Wednesday, November 4, 2026, 12:00 p.m. (ET): taken up again, our clock running; our reply is then due by "
        "Friday, November 6, 2026, 10:00 a.m. (ET) "
        "- Friday, November 6, 2026, 10:00 a.m. (ET): our reply is due by this time"
    ) in told


def test_waiting_in_french(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT_FR, sender=FR)
    folder, = post.contents()
    desk.later(hours=2)
    drag(post.box, folder, "Waiting")
    desk.run()
    told = ask(desk, reference, sender=FR, subject="ÉTAT")
    assert "Maintenant : entre les mains de votre bureau, dont nous attendons la réponse (depuis le mardi" in told
    assert "en attente de renseignements de votre bureau, notre délai étant suspendu" in told


def test_answered_by_an_officer_at_the_time_when_the_server_got_the_answer(desk: Desk) -> None:
    reference = desk.arrives(URGENT, message_id="<first@parl.example>")
    desk.world.clock.forward(hours=5)
    answer(desk, TUESDAY + timedelta(hours=3), "<first@parl.example>")
    told = ask(desk, reference)
    assert "Now: answered by an officer (Tuesday, November 3, 2026, 1:00 p.m. (ET))." in told
    assert "- Tuesday, November 3, 2026, 1:00 p.m. (ET): answered by an officer" in told
    assert "is due" not in told


def test_closed_and_opened_again(desk: Desk) -> None:
    reference = desk.arrives(URGENT)
    desk.later(hours=1)
    timers.close_case(desk.world.context, reference, "person:kim")
    desk.later(hours=3)
    told = ask(desk, reference)
    assert "Now: closed (Tuesday, November 3, 2026, 11:00 a.m. (ET))." in told
    assert "2:00 p.m. (ET): closed" not in told, "not the time of the question"
    assert "kim" not in told


@pytest.mark.parametrize(("sender", "subject", "text", "words"), [
    (EN, "STATUS", "Hello. Kindly see to the matter of the constituent, about which we spoke at length.",
     ("given to a person, who decides its category (under review)",
      "Tuesday, November 3, 2026, 11:00 a.m. (ET): a person decided its category (complex); our reply is then due by",
      "Now: with the officers who handle complex enquiries.")),
    (FR, "État", "Bonjour. Veuillez voir à la question de la personne dont nous avons longuement parlé.",
     ("confié à une personne, qui en établit la catégorie (en cours d'examen)",
      "le mardi 3 novembre 2026, 11 h (HE) : catégorie établie par une personne (complexe) ; notre réponse est",
      "Maintenant : entre les mains des agents qui traitent les demandes complexes.")),
])  # fmt: skip
def test_reviewed_by_a_person(desk: Desk, sender: str, subject: str, text: str, words: tuple[str, ...]) -> None:
    reference = desk.arrives(text, sender=sender)
    assert desk.case(reference).category == "review"
    desk.later(hours=1)
    correct(desk, reference, Category.COMPLEX)
    told = ask(desk, reference, sender=sender, subject=subject)
    for phrase in words:
        assert phrase in told
    assert "kim" not in told


def test_a_category_that_a_person_changed(desk: Desk) -> None:
    reference = desk.arrives(URGENT)
    desk.later(hours=1)
    correct(desk, reference, Category.CRITICAL)
    told = ask(desk, reference)
    assert (
        "- Tuesday, November 3, 2026, 11:00 a.m. (ET): a person changed its category (critical); our reply is then due "
        "by Wednesday, November 4, 2026, 10:00 a.m. (ET)"
    ) in told
    assert "Now: with the officers who handle critical enquiries." in told


def test_a_person_answers_what_the_notice_had_answered(desk: Desk) -> None:
    """domain.md C18: refused by our notice, then looked at by a person all the same."""
    reference = desk.arrives(REFUSED, message_id="<first@parl.example>")
    assert "Now: answered by our notice (Tuesday, November 3, 2026, 10:00 a.m. (ET))." in ask(desk, reference)
    correct(desk, reference, Category.URGENT)
    assert "Now: with the officers who handle urgent enquiries." in ask(desk, reference)
    answer(desk, desk.world.clock.at + timedelta(hours=1), "<first@parl.example>")
    desk.later(hours=1)
    assert "Now: answered by an officer (Tuesday, November 3, 2026, 11:00 a.m. (ET))." in ask(desk, reference)


def test_a_status_request_neither_joins_nor_wakes_its_case_and_figures_in_it_do(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    desk.later(hours=1)
    ask(desk, reference, text="Thank you.")
    assert len(desk.rows(select(case_mails))) == 1
    assert desk.case(reference).state == "waiting"
    ask(desk, reference, text="The number is E123456789.")
    assert [row.relation for row in desk.rows(select(case_mails).order_by(case_mails.c.id))] == ["opened", "follow_up"]
    assert desk.case(reference).state == "open", "what was waited for may be in it"


def test_the_same_words_for_a_case_of_another_office_and_for_none(desk: Desk) -> None:
    """From elsewhere nothing is confirmed: not even by a word that differs."""
    theirs = desk.arrives(URGENT, sender=FR)
    answers = []
    for reference in (theirs, "MC26-999999-R", "MC26-999999-S"):
        told = ask(desk, reference, text="What is the status of this file?")
        assert theirs not in told
        answers.append(told.replace(str(desk.case().reference), "OURS"))
        desk.world.clock.forward(seconds=1)
    assert answers[0] == answers[1] == answers[2]


def test_a_question_about_own_and_foreign_cases_tells_of_the_own(desk: Desk) -> None:
    theirs = desk.arrives(URGENT, sender=FR)
    ours = desk.arrives(URGENT)
    told = ask(desk, f"{theirs} {ours}")
    assert f"Nothing can be said here about {theirs}." in told
    assert f"Case {ours}" in told
    assert f"Case {theirs}" not in told


def test_a_due_time_that_a_closed_day_moved(desk: Desk) -> None:
    reference = desk.arrives(URGENT)
    desk.later(hours=1)
    closed = Closure(first=date(2026, 11, 4), last=date(2026, 11, 4), reason="Burst pipe", reason_fr="Fuite d'eau")
    reclocking.add(desk.world.context, closed, by="person:kim")
    told = ask(desk, reference)
    assert "due time moved, because our office is closed on a day before it; our reply is then due by Friday" in told
