"""Reading enquiries by the packaged criteria: what must raise, what must not (`domain.md` 5.1, 5.3), what wins."""

from __future__ import annotations

import pytest

from inboxd import mail
from inboxd.plan import Category
from inboxd.triage.reading import Reading, read
from inboxd.triage.rulebook import CATEGORY, RANK
from tests.unit.enquiries import CRITERIA, WEDNESDAY, asked, ids


def _pressing(reading: Reading) -> set[str]:
    return {found for found in ids(reading.hits) if found[:2] in ("CR", "UR")}


# --- 5.3: must not raise urgency -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "text"),
    [
        (1, "URGENT - status update E123456789. Any news?"),
        (1, "URGENT : état de la demande E123456789. Avez-vous des nouvelles?"),
        (2, "This is not urgent. Could you tell us where the file stands?"),
        (2, "Rien d'urgent. Où en est le dossier?"),
        (4, "Any update on E123456789? Emergency? Call 911."),
        (4, "Où en est la demande? Détresse, idées suicidaires? Une écoute en tout temps : 1 866 APPELLE."),
        (4, "Any news? If you or someone you know is thinking about suicide, call or text 9-8-8."),
        (5, "What happens if he were deported?"),
        (5, "Qu'arrive-t-il si une personne est expulsée demain?"),
        (6, "His mother died in 2019."),
        (6, "He was deported last year."),
        (6, "She was detained in 2021 and released."),
        (6, "Sa mère est décédée en 2019."),
        (6, "Il a été expulsé l'an dernier."),
        (6, "Elle a été détenue en 2021, puis libérée."),
        (7, "The removal set for Friday was cancelled."),
        (7, "The stay was granted yesterday."),
        (7, "Le renvoi prévu vendredi a été annulé."),
        (7, "Le sursis a été accordé hier."),
        (8, "Mr. Urgent and Dr. Life ask where their files stand."),
        (8, "Mme Tremblay habite rue de la Mort et demande où en est son dossier."),
        (8, "There is no deadline; she is dying to see her niece."),
        (8, "The Life Insurance statement is attached; he is killing time while he waits."),
        (9, "The cousins hope to have the visas for the wedding in May."),
        (9, "La famille espère le visa pour le mariage en mai."),
        (10, "He has a job interview one of these months. Is there news?"),
        (10, "Her school starts in September 2027; she asks about a deferral of admission."),
        (11, "The file is beyond processing times."),
        (11, "La demande dépasse les délais de traitement."),
        (12, "The media files are attached."),
        (12, "Les fichiers médias sont joints."),
        (13, "The critical documents are attached. Did they arrive?"),
        (14, "They land at Terminal 3 in March. Which form do they need?"),
        (15, "A sentence in the letter is not clear. Which form is meant?"),
        (16, "[High importance] Any news of the file?"),
        (18, "Please note the removal of the condition on Friday."),
        (18, "Please remove my representative from the file by Friday."),
        (19, "Who looks after the enforcement of language rules?"),
        (20, "Newsletter: our holiday hours and a general question about forms."),
        (21, "Elle est détenteur d'un permis. La personne à contacter en cas d'urgence a changé."),
        (21, "Le renvoi en bas de la page 3 mène à une annexe. L'exécution de la demande suit son cours."),
        (21, "Notre député est critique en matière d'immigration. Son permis est expiré depuis 2019."),
        (21, "Le congé de maladie grave de 2019 figure au dossier de prestations."),
        (22, "Our Member is the immigration critic. Any update on the file?"),
        (22, "La députée est porte-parole en matière d'immigration. Où en est le dossier?"),
    ],
)
def test_what_must_not_raise_urgency_does_not(group: int, text: str) -> None:
    reading = asked(text)
    assert _pressing(reading) == set(), group
    assert reading.category in (None, Category.NOT_MET, Category.COMPLEX)


def test_quoted_chain_is_not_read() -> None:
    """5.3 group 3: only `Body.new` is read; what the parser put into `quoted` has no say."""
    body = mail.Body(full="", new="Any update on the file?", quoted="> He will be deported tomorrow.", signature="",
                     forwarded="", html_only=False, links=())  # fmt: skip
    reading = read(CRITERIA, body, "", (), WEDNESDAY)
    assert reading.category is Category.NOT_MET
    assert reading.hits == ()


def test_urgent_passport_travel_goes_the_passport_way() -> None:
    """5.3 group 17."""
    reading = asked("Her Canadian passport renewal is stuck. Which office answers?")
    assert reading.passport
    assert reading.category is None
    assert not asked("Her refugee travel document is late.").passport
    assert not asked("Son certificat d'identité est en retard.").passport


def test_death_certificate_in_an_estate_file_is_the_estate_row() -> None:
    """5.3 group 23."""
    for text in (
        "The death certificate for the estate is attached; the executor needs the citizenship record.",
        "Le certificat de décès pour la succession est joint; le notaire attend la confirmation.",
    ):
        reading = asked(text)
        assert "UR-16" in ids(reading.hits)
        assert "UR-01" not in ids(reading.hits)


# --- 5.3: but do raise ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "criterion"),
    [
        ("She cannot wait: her husband is on life support.", "CR-04"),
        ("It is not that he is not in hiding: the militia came to his door.", "CR-06"),
        ("Not only is he in CBSA detention, his child is too.", "CR-02"),
        ("CBSA has not cancelled his removal, which is set for Friday.", "CR-01"),
        ("Elle ne peut plus attendre : son père est aux soins intensifs.", "CR-04"),
        ("Il n'est pas seulement détenu par l'ASFC, il est malade.", "CR-02"),
        ("Le renvoi n'a pas été annulé; il part vendredi.", "CR-01"),
    ],
)
def test_negated_help_and_double_negation_raise(text: str, criterion: str) -> None:
    reading = asked(text)
    assert criterion in ids(reading.hits)
    assert reading.category is Category.CRITICAL


def test_urgency_in_the_subject_and_a_critical_phrase_in_a_file_name_raise() -> None:
    reading = asked("Please see the attached.", subject="URGENT - E123456789", files=("removal_is_imminent.pdf",))
    assert reading.category is Category.CRITICAL
    assert reading.hits[0].where == "file_name"


def test_a_file_name_alone_leaves_it_to_a_person() -> None:
    reading = asked("Any update on the file?", files=("life-support letter.pdf",))
    assert reading.category is None
    assert reading.uncertain
    assert "file name alone" in {note.because for note in reading.excluded}


def test_a_new_subject_counts_and_the_subject_of_an_old_thread_does_not() -> None:
    assert asked("Please call me.", subject="Removal is imminent").category is Category.CRITICAL
    for prefix in ("RE: ", "TR : ", "[EXTERNAL] Re[2]: "):
        reading = asked("Thank you for your help.", subject=prefix + "Removal is imminent")
        assert reading.category is None
        assert "old subject" in {note.because for note in reading.excluded}


def test_new_top_text_of_an_old_thread_is_critical() -> None:
    reading = asked("He is now stuck at the airport in Doha.", subject="RE: status of F123456789")
    assert reading.category is Category.CRITICAL


def test_everyday_words_of_travel_are_critical_only_beside_words_of_enforcement() -> None:
    """The plane on Friday is a removal when the border agency stands elsewhere in the text, and a visit when not."""
    for agency, visit in (
        ("CBSA came to the house. The plane to Accra leaves on Friday.", "The plane to Accra leaves on Friday."),
        ("L'ASFC est venue chez elle. L'avion part vendredi.", "L'avion part vendredi pour les vacances."),
    ):
        assert asked(agency).category is Category.CRITICAL
        assert "CR-01" not in ids(asked(visit).hits)
    assert asked("CBSA came to the house. The plane to Accra leaves on 3 March 2027.").category is not Category.CRITICAL


# --- forwarded -----------------------------------------------------------------------------------------------------


def test_a_note_that_only_points_lets_the_forwarded_text_decide() -> None:
    reading = asked("Please see below.", forwarded="My father is on life support and my visa is pending.")
    assert reading.category is Category.CRITICAL
    assert {hit.where for hit in reading.hits} == {"forwarded"}


def test_a_forwarded_story_never_lowers_and_never_decides_over_new_words() -> None:
    reading = asked("Could you explain the policy on dual intent?", forwarded="My father is on life support.")
    assert reading.category is None
    assert reading.hits[0].where == "forwarded"
    calm = asked("Her father is on life support.", forwarded="Which form do I need?")
    assert calm.category is Category.CRITICAL


# --- the ladder ----------------------------------------------------------------------------------------------------


def test_the_highest_hit_wins_and_stands_first() -> None:
    reading = asked("She was refused in 2024, will lose her job, and her father is on life support.")
    assert reading.category is Category.CRITICAL
    assert [RANK[hit.category] for hit in reading.hits] == sorted(RANK[hit.category] for hit in reading.hits)
    assert {"CR-04", "UR-02", "CX-10"} <= ids(reading.hits)


def test_something_open_above_a_hit_goes_to_a_person() -> None:
    reading = asked("He asks about rehabilitation after a conviction. His brother speaks of a ransom.")
    assert "CX-02" in ids(reading.hits)
    assert reading.category is None
    assert reading.uncertain


def test_a_refusal_needs_a_known_topic() -> None:
    assert asked("Greetings from our office.").category is None
    assert asked("Any update on E123456789?").category is Category.NOT_MET
    assert asked("Où en est la demande E123456789?").category is Category.NOT_MET


def test_a_long_story_without_a_known_topic_is_not_refused() -> None:
    story = "The two of them planted beans and waited for the bus each Sunday with their neighbour. " * 4
    assert asked("Any update on E123456789? " + story).category is None


def test_a_near_day_that_nothing_explains_is_not_refused() -> None:
    assert asked("Any update on E123456789? They leave on Friday.").category is None
    assert asked("May we book a slot on Friday?").category is Category.NOT_MET


def test_high_profile_stands_beside_the_category() -> None:
    reading = asked("CBC is asking about the family, and the father is on life support.")
    assert reading.high_profile
    assert reading.category is Category.CRITICAL
    assert "HP-01" in ids(reading.topics)
    assert "HP-01" not in ids(reading.hits)
    assert not asked("The media files are attached.").high_profile


def test_looked_for_lists_every_row_that_did_not_hit() -> None:
    reading = asked("Any update on E123456789?")
    assert set(reading.looked_for) == {row.id for row in CRITERIA.rows if row.category in CATEGORY}
    assert "CR-04" not in asked("He is on life support.").looked_for


def test_what_was_set_aside_says_why() -> None:
    reasons = {
        "He is not on life support.": "not",
        "What happens if he were on life support?": "if",
        "In 2019 he was on life support.": "past",
        "Her removal on Friday was cancelled.": "cancelled",
        "She is dying to see you.": "other meaning",
        "Dr. Suicide asks for news.": "name",
        "His removal is set for 18 March 2027.": "later",
    }
    for text, because in reasons.items():
        assert because in {note.because for note in asked(text).excluded}, text
