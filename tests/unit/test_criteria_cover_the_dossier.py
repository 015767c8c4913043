"""Nothing of the dossier's criteria is lost: every row of `domain.md` 5 and all 23 groups of 5.3, in both languages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from inboxd import mail
from inboxd.plan import Category
from inboxd.triage.examples import trials
from inboxd.triage.reading import Reading, read
from inboxd.triage.upkeep import EXAMPLES_WANTED, remarks
from tests.unit.enquiries import CRITERIA, WEDNESDAY, asked, ids

ROWS: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "dossier_rows.toml").read_text(encoding="utf-8")
)
SAID = [(row, text) for row, by_language in ROWS.items() for texts in by_language.values() for text in texts]
TABLE = {"CR": 10, "UR": 19, "CX": 11, "HP": 3}
"""How many rows the table has of each kind (HP-* of the dossier is three rows here: media, ministers, governments)."""
GROUPS: dict[int, tuple[str, ...]] = {
    1: ("URGENT - status update E123456789. Any news?", "URGENT : état de la demande E123456789. Des nouvelles?"),
    2: ("This is not urgent. Any news?", "Rien d'urgent. Où en est le dossier?"),
    3: (),
    4: ("Any news? Emergency? Call 911.", "Des nouvelles du dossier? En cas d'urgence, composez le 911.",
        "Where does it stand? If you are in crisis, call or text 9-8-8, suicide crisis helpline.",
        "Où en est le dossier? Ligne de prévention du suicide, jour et nuit."),
    5: ("What happens if he were deported?", "Qu'arrive-t-il si une personne est expulsée?"),
    6: ("His mother died in 2019.", "Sa mère est décédée en 2019.", "He was deported last year.",
        "Il a été expulsé l'an dernier.", "She was detained in 2021 and released.",
        "Elle a été détenue en 2021, puis libérée."),
    7: ("The removal was cancelled.", "Le renvoi a été annulé.", "The stay was granted.", "Le sursis a été accordé."),
    8: ("Mr. Urgent asks for news.", "Dr. Life asks for news.", "Mme Roy, rue de la Mort, demande des nouvelles.",
        "There is no deadline.", "The Life Insurance form is attached.", "She is dying to see her.",
        "He is killing time."),
    9: ("They hope to come for the wedding in May.", "Ils espèrent venir pour le mariage en mai.",
        "It is for their holidays.", "C'est pour les retrouvailles et les vacances."),
    10: ("School starts next September.", "He asks about a deferral of admission.", "He has a job interview in spring.",
         "La rentrée est en septembre prochain.", "Il a une entrevue d'emploi un jour."),
    11: ("The file is beyond processing times.", "La demande dépasse les délais de traitement."),
    12: ("The media files are attached.", "Les fichiers médias sont joints."),
    13: ("The critical documents are attached.", "La critique du film est jointe."),
    14: ("They land at Terminal 3.", "Ils arrivent au terminal 3."),
    15: ("A sentence of the letter is not clear.", "Une phrase de la lettre n'est pas claire."),
    16: ("[High importance] Any news?", "[Haute importance] Des nouvelles du dossier?"),
    17: ("Her Canadian passport is late and she must travel.", "Son passeport canadien tarde et elle doit voyager."),
    18: ("The removal of the condition is what she asks about.", "Please remove my representative from the file.",
         "Veuillez retirer mon représentant du dossier."),
    19: ("Who looks after the enforcement of language rules?", "Qui veille à l'application des règles de langue?"),
    20: ("Newsletter: our holiday hours.", "Infolettre : nos heures des fêtes."),
    21: ("La personne à contacter en cas d'urgence a changé.", "Il est détenteur d'un permis.",
         "Le renvoi en bas de la page 3 mène à une annexe.", "L'exécution de la demande suit son cours.",
         "La critique du député est jointe.", "Son permis est expiré depuis 2019.",
         "Un congé de maladie grave figure au dossier de prestations depuis 2019."),
    22: ("The MP is the immigration critic. Any news?", "Le député est porte-parole en matière d'immigration."),
    23: ("The death certificate for the estate is attached.", "Le certificat de décès pour la succession est joint."),
}  # fmt: skip
COUNTER = [(group, text) for group, texts in GROUPS.items() for text in texts]
BUT_RAISE = (
    "They cannot wait: his wife is on life support.",
    "Ils ne peuvent plus attendre : sa femme est sous respirateur.",
    "It is not that she is not in hiding: the militia came to her door.",
    "Ce n'est pas qu'elle n'est pas en danger : sa vie est en danger à Goma.",
)


def _rows(reading: Reading) -> set[str]:
    return ids(reading.hits) | ids(reading.topics)


def test_every_row_of_the_table_is_a_criterion_and_is_said_in_both_languages() -> None:
    table = {f"{kind}-{number:02}" for kind, count in TABLE.items() for number in range(1, count + 1)}
    assert set(ROWS) == table
    assert table <= set(CRITERIA.by_id)
    assert [row for row, said in ROWS.items() if not (said.get("en") and said.get("fr"))] == []


@pytest.mark.parametrize(("row", "text"), SAID)
def test_what_the_dossier_says_of_a_row_is_read_by_it(row: str, text: str) -> None:
    assert row in _rows(asked(text))


def test_every_row_has_two_examples_each_way_in_each_language() -> None:
    few = [remark.message for remark in remarks(CRITERIA) if remark.kind == "few_examples"]
    assert few == []
    assert EXAMPLES_WANTED == 2
    assert [trial.told() for trial in trials(CRITERIA) if not trial.behaves] == []


def test_no_phrase_of_the_packaged_file_is_covered_by_another_or_can_never_count() -> None:
    assert [remark for remark in remarks(CRITERIA) if remark.kind in ("covered", "never_counts")] == []


def test_there_are_twenty_three_groups() -> None:
    assert list(GROUPS) == list(range(1, 24))


@pytest.mark.parametrize(("group", "text"), COUNTER)
def test_a_counter_example_raises_no_urgency(group: int, text: str) -> None:
    reading = asked(text)
    pressing = {row for row in _rows(reading) if row[:2] in ("CR", "UR")} - ({"UR-16"} if group == 23 else set())
    assert pressing == set()
    assert reading.high_profile is False or group not in (12, 22)


def test_a_quoted_chain_is_no_part_of_the_new_words() -> None:
    """Group 3; what a reply quotes has no say, in either language."""
    for quoted in ("> She is on life support.", "> Elle est sous respirateur."):
        body = mail.Body(full=quoted, new="Any news of the file?", quoted=quoted, signature=quoted, forwarded="",
                         html_only=False, links=())  # fmt: skip
        assert read(CRITERIA, body, "", (), WEDNESDAY).category is Category.NOT_MET


def test_passport_travel_goes_the_passport_way() -> None:
    """Group 17."""
    assert all(asked(text).passport for text in GROUPS[17])


def test_a_death_certificate_in_an_estate_file_is_the_estate_row() -> None:
    """Group 23."""
    for text in GROUPS[23]:
        assert "UR-16" in _rows(asked(text))
        assert "UR-01" not in _rows(asked(text))


@pytest.mark.parametrize("text", BUT_RAISE)
def test_negated_help_and_double_negation_raise(text: str) -> None:
    assert asked(text).category is Category.CRITICAL
