"""Absence notices without any header are told from people who mention an absence, in both languages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.parsers.away import declares_itself, is_notice

NOTICES = [
    "I am out of the office until Monday, November 9.",
    "I am currently out of the office with limited access to email. I will respond when I return.",
    "Hello,\n\nThank you for your email. I am away from my desk until Nov. 12 with no access to e-mail.\n\nFor "
    "urgent matters,"
    " please contact Kim Tremblay at kim.tremblay@parl.example or 613-555-0101.\n\nBest regards,\nStaff of Alma Rivers",
    "I'm on vacation until the 16th of November. If you need immediate assistance, please call our constituency "
    "office.",
    "I will be out of the office from 2 November to 6 November inclusive. Upon my return I will reply to your message.",
    "Our office is closed for the holidays and will reopen on January 4, 2027.",
    "Please note that I am on parental leave. In my absence, please write to kim@parl.example.",
    "Out of office until Tuesday.",
    "Bonjour,\n\nJe suis absente du bureau jusqu'au 9 novembre. En cas d'urgence, veuillez communiquer avec Benoît "
    "Roy au"
    " 819-555-0102.\n\nMerci,\nJulie",
    "Je suis en congé jusqu’au 16 novembre. Je vous répondrai à mon retour.",
    "Merci de votre courriel. Je serai en vacances du 2 au 13 novembre avec un accès limité à mes courriels. Pour "
    "toute question"
    " urgente, contactez le bureau au 819-555-0102.",
    "Notre bureau est fermé jusqu'au 4 janvier.",
    "Bonjour, je suis absent du bureau.\nHello, I am out of the office.",
    "Je suis présentement en congé de maternité. Veuillez contacter ma collègue Anne Roy, anne.roy@parl.example.",
]
PEOPLE = [
    "",
    "Hello",
    "Thank you.",
    "I am out of the office tomorrow, so please call my colleague about the removal on Friday.",
    "I am out of the office until Monday. Our constituent's removal is scheduled for Thursday.",
    "I am away until Monday. This is urgent.",
    "I am on vacation. Please stop the deportation.",
    "I am out of the office until Monday. The file is E123456789.",
    "I am out of the office until Monday. UCI 11-2222-3333.",
    "She is out of the office until Monday.",
    "Our constituent is out of the country until Monday. Can she return?",
    "I got your out of office. Can somebody else look at the file?",
    "Are you out of the office until Monday?",
    "I am out of the office; the hearing is tomorrow.",
    "I will be back on Monday with the documents.",
    "For urgent matters, please contact Kim at 613-555-0101.",
    "I am out of the office until Monday. Who handles the visa meanwhile?",
    "I am closed to the idea.",
    "I am out of the office until Monday, please find the consent attached.",
    "I am away until Monday and he was refused boarding today.",
    "Je suis absente demain, appelez mon collègue au sujet du renvoi de vendredi.",
    "Je suis en congé jusqu'au 16 novembre. Le renvoi de notre cliente est prévu jeudi.",
    "Je suis absent jusqu'à lundi. C'est urgent.",
    "Le père de la cliente est absent du bureau.",
    "Je suis en vacances, mais notre commettant attend toujours sa réponse.",
    "Elle est en congé de maladie et son permis de travail expire.",
    "Je suis de retour et j'ai besoin d'une réponse pour madame Okonjo.",
    "I am out of the office until Monday.\n\nREMOVAL TONIGHT",
    "I am unavailable. Amara was detained at the airport.",
]


@pytest.mark.parametrize("text", NOTICES)
def test_a_notice(text: str) -> None:
    assert is_notice(text)


@pytest.mark.parametrize("text", PEOPLE)
def test_a_person(text: str) -> None:
    assert not is_notice(text)


@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize("plea", [
    "The removal is on Friday.", "Our constituent was detained.", "Please confirm receipt of the documents.",
    "Le renvoi est vendredi.", "Notre commettante a perdu son statut.", "The file is E123456789.",
    "When will the passport be ready?", "This is urgent.", "C'est urgent.", "He may die.",
])
def test_one_sentence_more_and_a_person_wrote_it(notice: str, plea: str) -> None:
    assert not is_notice(f"{notice} {plea}")
    assert not is_notice(f"{plea}\n{notice}")


@pytest.mark.parametrize("text", [
    "This is an automated response.", "Thank you for contacting our office.\n\nThis is an automatic reply. We read "
        "all mail.",
    "*** This is an automatically generated message ***", "Ceci est une réponse automatique.",
    "Ce courriel est un message automatisé.\nNous vous répondrons bientôt.", "Please note that this is an automated "
        "acknowledgement.",
])
def test_a_machine_that_says_so(text: str) -> None:
    assert declares_itself(text)


@pytest.mark.parametrize("text", [
    "We got an automated response and nothing since.", "This is an automated response, they say, but nobody called.",
    "This is an automated response. File E123456789.", "Is this an automatic reply?", "Votre réponse automatique ne "
        "dit rien.",
    "Please do not send us an automatic reply.", "",
])
def test_a_person_who_speaks_of_machines(text: str) -> None:
    assert not declares_itself(text)


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_notice(text) in (True, False)
    assert declares_itself(text) in (True, False)


@pytest.mark.parametrize("text", ["I am out of the office " * 90, "a " * 990, "I am away. " * 39, ". " * 990, "Thank "
    "you for " * 140,
                                  "For " + "x" * 1900, "Merci de votre " + "a" * 1900])
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()
    is_notice(text)
    declares_itself(text)
    assert time.process_time() - start < 1
