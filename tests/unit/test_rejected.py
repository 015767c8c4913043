"""Numbers that the sender rejects are not meant; and no number that is meant is dropped for the words beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.parsers.references import application_numbers

PREFIXES = ("EP", "PR", "SV")
MEANT, OTHER = "E222222222", "E111111111"


def numbers(text: str, subject: str = "") -> tuple[str, ...]:
    return application_numbers(text, PREFIXES, subject=subject)


@pytest.mark.parametrize(
    "text",
    [
        "not E111111111",
        "It is not E111111111.",
        "that’s not E111111111",
        "This is not for application E111111111.",
        "I do not mean E111111111, sorry.",
        "It is about E222222222, not E111111111.",
        "E222222222 (not E111111111)",
        "E222222222 and not E111111111",
        "Use E222222222\nand not\nE111111111.",
        "Use E222222222 instead of E111111111",
        "Is it E222222222, not E111111111?",
        "E111111111 was a typo",
        "not to be confused with E111111111",
        "Not to be confused with his brother's file E111111111.",
        "Please do not confuse it with application no. E111111111",
        "It must not be mixed up with E111111111.",
        "et non E111111111",
        "C’est E222222222 et non le dossier E111111111.",
        "Ce n’est pas E111111111.",
        "À ne pas confondre avec son ancienne demande E111111111, retirée en 2024.",
        "ne doit pas être confondue avec la demande E111111111",
        "ne pas confondre avec le dossier de son frère (E111111111)",
        "E111111111 est une coquille",
        "His number is E222222222; previous number E111111111 (withdrawn).",
        "Her old application E111111111 has been withdrawn, this is E222222222",
        "E222222222. Ancienne demande E111111111, retirée en mai.",
        "L’ancien numéro E111111111 n’est plus valable, c’est E222222222",
        "E222222222, previously sent under E111111111 by mistake.",
        "We sent it by mistake under file E111111111; the right one is E222222222.",
        "Envoyé par erreur sous le numéro E111111111. Le bon est E222222222.",
        "Nous l’avons transmis sous E111111111 par erreur, c’est E222222222",
    ],
)
def test_what_the_sender_rejects_is_not_meant(text: str) -> None:
    assert numbers(text) == ((MEANT,) if MEANT in text else ())


@pytest.mark.parametrize(
    "text",
    [
        "Is it not E111111111?",
        "Is the number not E111111111?",
        "N’est-ce pas E111111111?",
        "Ce n’est pas E111111111?",
        "whether or not E111111111 was approved",
        "If not E111111111, tell us which.",
        "not only E111111111 but also E222222222",
        "pas seulement E111111111",
        "We ask about E222222222, not E111111111 alone.",
        "E222222222 was approved but not E111111111.",
        "E222222222 est approuvée mais pas E111111111",
        "He did not get E111111111.",
        "Why has it not moved? E111111111",
        "No, we are not.\n\nE111111111",
        "Not yet. E111111111",
        "do not confuse E111111111 with the other",
        "not to be confused with Ana. Her file is E111111111",
        "not to be confused with his brother, file E111111111",
        "Her previous application E111111111 was refused. E222222222 is open.",
        "His previous application E111111111 was withdrawn by mistake; E222222222 too",
        "E111111111 was closed by mistake. E222222222",
        "pas de nouvelles de E111111111",
    ],
)
def test_what_only_sounds_like_a_rejection_is_meant(text: str) -> None:
    assert OTHER in numbers(text)
    assert (MEANT in numbers(text)) is (MEANT in text)


@pytest.mark.parametrize("text", ["His old application E111111111 (withdrawn).", "Sent by mistake under E111111111."])
def test_an_old_number_is_meant_where_no_other_is_named(text: str) -> None:
    assert numbers(text) == (OTHER,)
    assert numbers(text, subject="MCMPS attachment E222222222") == (MEANT,)


def test_a_number_of_the_subject_is_meant_whatever_is_said_about_it() -> None:
    for said in ("Not E111111111, it is E222222222.", "Please ignore it.", "E111111111 is wrong. E222222222"):
        assert numbers(said, subject="MCMPS attachment - Fichier joint CMDS E111111111")[0] == OTHER
    assert numbers("", subject="not E111111111") == (OTHER,)


def test_words_of_another_paragraph_reject_nothing() -> None:
    assert numbers("E111111111\n\nPlease ignore it if that was done already.") == (OTHER,)


def test_a_number_rejected_once_and_meant_once_is_meant() -> None:
    assert numbers("Not E111111111 alone. Or rather: E111111111.") == (OTHER,)
    assert numbers("Her file is E111111111. It is not E111111111 that her sister has.") == (OTHER,)


@given(st.text(st.sampled_from("notNOT pasPAS?,.:()\n'’E123456789 "), max_size=200), st.text(max_size=100))
def test_any_words_beside_a_number_can_be_read(before: str, after: str) -> None:
    assert set(numbers(f"{before} E111111111 {after}", subject="E222222222")) >= {MEANT}
