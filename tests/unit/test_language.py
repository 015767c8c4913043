"""Which language a person wrote in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.mail import Language
from inboxd.parsers.language import language_of

EN, FR, BOTH = Language.EN, Language.FR, Language.BOTH


@pytest.mark.parametrize(("text", "language"), [
    ("Good morning, any news on this one? She applied in July.", EN),
    ("Bonjour, avez-vous du nouveau? Sa demande a été reçue en mars.", FR),
    ("any update pls on the spousal file", EN),
    ("du nouveau svp pour la carte RP de madame?", FR),
    ("Bonjour a toute l'equipe, le pere est a Tunis, il a une place sur le vol de demain.", FR),
    ("Mme Béatrice Lukusa-Hale sponsored her son Josué, who lived with his aunt in Hôpital Sainte-Justine.", EN),
    ("M. Whitmarsh et Mrs. Oakhollow attendent une réponse de votre bureau depuis le printemps.", FR),
    ("The letter said « votre demande est en cours de traitement et sera traitée » and that is all.", EN),
    ("Hi / Bonjour,\n\nCould I have the stage of this file, please?\nPourrais-je avoir l’étape de ce dossier, s’il "
     "vous plaît?", BOTH),
    ("He was told to leave by Friday.\n\nIl a deux enfants nés ici et sa femme est enceinte.", BOTH),
    ("We can see the slots. On voit les plages, mais le bouton de confirmation est grisé pour nous trois.", BOTH),
    ("Information", BOTH),
    ("E123456789", BOTH),
    ("Boarding passes.", BOTH),
    ("", BOTH),
    ("https://www.canada.example/en/the/of/and", BOTH),
])
def test_language_of_a_text(text: str, language: Language) -> None:
    assert language_of(text) is language


def test_curly_apostrophes_change_nothing() -> None:
    text = "L'avocat de l'homme n'a pas d'adresse qu'il puisse nous donner"
    assert language_of(text) is language_of(text.replace("'", "’")) is FR


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_has_an_answer_and_always_the_same(text: str) -> None:
    assert language_of(text) is language_of(text)


@given(st.permutations(["Where is her file now?", "They have waited since the spring.", "Please call us back today."]))
def test_order_of_sentences_does_not_matter(sentences: list[str]) -> None:
    assert language_of(" ".join(sentences)) is EN
