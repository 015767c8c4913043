"""What states that the office holds the person's consent, and what only speaks of consent (`domain.md` 3)."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.triage.consent import statement

SENTENCES = tomllib.loads((Path(__file__).parent / "consent_sentences.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", SENTENCES["stated"])
def test_a_statement_of_consent_is_found(text: str) -> None:
    assert statement(text)


@pytest.mark.parametrize("text", SENTENCES["not_stated"])
def test_what_is_denied_asked_to_come_or_about_something_else_is_none(text: str) -> None:
    assert statement(text) == ""


def test_the_words_stand_as_they_were_written() -> None:
    text = "Bonjour,\n\nDocuments joints. Nous avons le CONSENTEMENT écrit de Mme Roy. Merci."
    assert statement(text) == "Nous avons le CONSENTEMENT écrit de Mme Roy."


@pytest.mark.parametrize(
    "text",
    [
        "UCI: n/a\nConsent: signed\nPassport: not available",
        "Hello,\n\nThe permit will expire soon. Her consent is on file. We need an answer by Friday.",
        "No passport yet - signed consent on file",
        "She needs an answer by Friday and we have her signed consent.",
        "Nous attendons toujours le passeport; consentement signé au dossier.",
        "Do you have the passport? We have signed consent.",
        "Amira N. Vera has signed our consent form.",
    ],
)
def test_a_no_about_something_else_takes_nothing_back(text: str) -> None:
    assert statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "We asked for her passport and consent.",
        "Consent: no\nPassport: signed",
        "Attached: passport, photos.\nConsent to follow.",
        "The signed consent was on file until she withdrew it.",
        "Consent\n\nPapers attached, signed.",
    ],
)
def test_a_yes_about_something_else_gives_nothing(text: str) -> None:
    assert statement(text) == ""


@pytest.mark.parametrize(
    "later",
    [
        "We are still waiting for her to bring the form back signed.",
        "On attend encore qu'elle nous le rapporte signé.",
        "She has yet to sign it.",
        "Elle ne l'a pas signé.",
        "La cliente ne nous l'a pas encore rendu.",
        "The consent form was mailed to her on Monday.",
    ],
)
@given(said=st.sampled_from(SENTENCES["stated"]))
def test_what_is_still_waited_for_wins_over_what_was_said_before(later: str, said: str) -> None:
    assert statement(f"{said}\n\n{later}") == ""


@pytest.mark.parametrize(
    "later",
    [
        "Her application went in on August 12.",
        "He has been living there with her since 2023.",
        "Nous attendons votre réponse.",
        "We are waiting for the work permit.",
        "Elle doit signer le bail vendredi.",
        "She hopes to return to Canada in June.",
    ],
)
def test_what_is_waited_for_elsewhere_takes_nothing_back(later: str) -> None:
    assert statement(f"Her signed consent is on file. {later}")


@given(st.sampled_from(SENTENCES["stated"]), st.integers(0, 2))
def test_case_accents_and_form_do_not_matter(text: str, how: int) -> None:
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    assert statement((text.upper(), plain, unicodedata.normalize("NFD", text))[how])


@given(st.sampled_from(SENTENCES["stated"]), st.sampled_from(("Is it so that ", "We wonder: ", "Est-ce vrai : ", "")))
def test_a_question_states_nothing(text: str, before: str) -> None:
    one = text.rstrip(".").replace(".", " ").replace(";", " ").replace("\n", " ")
    assert statement(f"{before}{one}?") == ""


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    assert len(statement(text)) <= 300


NO_CONSENT = "papers attached letter the signed form we have on file passport here nous avons le dossier joint . , \n"


@given(st.lists(st.sampled_from(NO_CONSENT.split(" ")), max_size=30).map(" ".join))
def test_without_a_word_for_consent_there_is_no_statement(text: str) -> None:
    assert statement(text) == ""
