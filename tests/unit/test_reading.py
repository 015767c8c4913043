"""Reading enquiries by the packaged criteria: what must raise, what must not (`domain.md` 5.1, 5.3), and dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd import mail, plan
from inboxd.plan import Category
from inboxd.triage.criteria import read_criteria
from inboxd.triage.folding import fold
from inboxd.triage.horizon import local_day, mentions
from inboxd.triage.phrases import PhraseBook
from inboxd.triage.reading import Reading, read
from inboxd.triage.rulebook import CATEGORY, RANK, Criteria

TORONTO = ZoneInfo("America/Toronto")
WEDNESDAY = datetime(2026, 11, 18, 9, 30, tzinfo=TORONTO)
CRITERIA = read_criteria(Path(__file__).parents[2] / "config" / "criteria.toml")


def _body(new: str, forwarded: str = "") -> mail.Body:
    return mail.Body(full=new + forwarded, new=new, quoted="", signature="", forwarded=forwarded, html_only=False,
                     links=())  # fmt: skip


def _read(
    text: str, *, subject: str = "", files: tuple[str, ...] = (), forwarded: str = "", at: datetime = WEDNESDAY
) -> Reading:
    return read(CRITERIA, _body(text, forwarded), subject, files, at)


def _ids(hits: tuple[plan.Hit, ...]) -> set[str]:
    return {hit.criterion for hit in hits}


def _pressing(reading: Reading) -> set[str]:
    return {found for found in _ids(reading.hits) if found[:2] in ("CR", "UR")}


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
    reading = _read(text)
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
    reading = _read("Her Canadian passport renewal is stuck. Which office answers?")
    assert reading.passport
    assert reading.category is None
    assert not _read("Her refugee travel document is late.").passport
    assert not _read("Son certificat d'identité est en retard.").passport


def test_death_certificate_in_an_estate_file_is_the_estate_row() -> None:
    """5.3 group 23."""
    for text in (
        "The death certificate for the estate is attached; the executor needs the citizenship record.",
        "Le certificat de décès pour la succession est joint; le notaire attend la confirmation.",
    ):
        reading = _read(text)
        assert "UR-16" in _ids(reading.hits)
        assert "UR-01" not in _ids(reading.hits)


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
    reading = _read(text)
    assert criterion in _ids(reading.hits)
    assert reading.category is Category.CRITICAL


def test_urgency_in_the_subject_and_a_critical_phrase_in_a_file_name_raise() -> None:
    reading = _read("Please see the attached.", subject="URGENT - E123456789", files=("removal_is_imminent.pdf",))
    assert reading.category is Category.CRITICAL
    assert reading.hits[0].where == "file_name"


def test_a_file_name_alone_leaves_it_to_a_person() -> None:
    reading = _read("Any update on the file?", files=("life-support letter.pdf",))
    assert reading.category is None
    assert reading.uncertain
    assert "file name alone" in {note.because for note in reading.excluded}


def test_a_new_subject_counts_and_the_subject_of_an_old_thread_does_not() -> None:
    assert _read("Please call me.", subject="Removal is imminent").category is Category.CRITICAL
    for prefix in ("RE: ", "TR : ", "[EXTERNAL] Re[2]: "):
        reading = _read("Thank you for your help.", subject=prefix + "Removal is imminent")
        assert reading.category is None
        assert "old subject" in {note.because for note in reading.excluded}


def test_new_top_text_of_an_old_thread_is_critical() -> None:
    reading = _read("He is now stuck at the airport in Doha.", subject="RE: status of F123456789")
    assert reading.category is Category.CRITICAL


def test_everyday_words_of_travel_are_critical_only_beside_words_of_enforcement() -> None:
    """The plane on Friday is a removal when the border agency stands elsewhere in the text, and a visit when not."""
    for agency, visit in (
        ("CBSA came to the house. The plane to Accra leaves on Friday.", "The plane to Accra leaves on Friday."),
        ("L'ASFC est venue chez elle. L'avion part vendredi.", "L'avion part vendredi pour les vacances."),
    ):
        assert _read(agency).category is Category.CRITICAL
        assert "CR-01" not in _ids(_read(visit).hits)
    assert _read("CBSA came to the house. The plane to Accra leaves on 3 March 2027.").category is not Category.CRITICAL


# --- forwarded -----------------------------------------------------------------------------------------------------


def test_a_note_that_only_points_lets_the_forwarded_text_decide() -> None:
    reading = _read("Please see below.", forwarded="My father is on life support and my visa is pending.")
    assert reading.category is Category.CRITICAL
    assert {hit.where for hit in reading.hits} == {"forwarded"}


def test_a_forwarded_story_never_lowers_and_never_decides_over_new_words() -> None:
    reading = _read("Could you explain the policy on dual intent?", forwarded="My father is on life support.")
    assert reading.category is None
    assert reading.hits[0].where == "forwarded"
    calm = _read("Her father is on life support.", forwarded="Which form do I need?")
    assert calm.category is Category.CRITICAL


# --- the ladder ----------------------------------------------------------------------------------------------------


def test_the_highest_hit_wins_and_stands_first() -> None:
    reading = _read("She was refused in 2024, will lose her job, and her father is on life support.")
    assert reading.category is Category.CRITICAL
    assert [RANK[hit.category] for hit in reading.hits] == sorted(RANK[hit.category] for hit in reading.hits)
    assert {"CR-04", "UR-02", "CX-10"} <= _ids(reading.hits)


def test_something_open_above_a_hit_goes_to_a_person() -> None:
    reading = _read("He asks about rehabilitation after a conviction. He was beaten at school.")
    assert "CX-02" in _ids(reading.hits)
    assert reading.category is None
    assert reading.uncertain


def test_a_refusal_needs_a_known_topic() -> None:
    assert _read("Greetings from our office.").category is None
    assert _read("Any update on E123456789?").category is Category.NOT_MET
    assert _read("Où en est la demande E123456789?").category is Category.NOT_MET


def test_a_long_story_without_a_known_topic_is_not_refused() -> None:
    story = "The two of them planted beans and waited for the bus each Sunday with their neighbour. " * 4
    assert _read("Any update on E123456789? " + story).category is None


def test_a_near_day_that_nothing_explains_is_not_refused() -> None:
    assert _read("Any update on E123456789? They leave on Friday.").category is None
    assert _read("May we book a slot on Friday?").category is Category.NOT_MET


def test_high_profile_stands_beside_the_category() -> None:
    reading = _read("CBC is asking about the family, and the father is on life support.")
    assert reading.high_profile
    assert reading.category is Category.CRITICAL
    assert "HP-01" in _ids(reading.topics)
    assert "HP-01" not in _ids(reading.hits)
    assert not _read("The media files are attached.").high_profile


def test_looked_for_lists_every_row_that_did_not_hit() -> None:
    reading = _read("Any update on E123456789?")
    assert set(reading.looked_for) == {row.id for row in CRITERIA.rows if row.category in CATEGORY}
    assert "CR-04" not in _read("He is on life support.").looked_for


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
        assert because in {note.because for note in _read(text).excluded}, text


# --- dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("today", (0, 0)), ("tonight", (0, 0)), ("tomorrow", (1, 1)), ("the day after tomorrow", (2, 2)),
        ("aujourd'hui", (0, 0)), ("ce soir", (0, 0)), ("demain", (1, 1)), ("après-demain", (2, 2)),
        ("yesterday", (-1, -1)), ("hier", (-1, -1)),
        ("on Thursday", (1, 1)), ("jeudi", (1, 1)), ("on Wednesday", (0, 0)), ("ce mercredi", (0, 0)),
        ("last Friday", (-5, -5)), ("vendredi dernier", (-5, -5)), ("next Friday", (2, 2)),
        ("vendredi prochain", (2, 2)),
        ("samedi en huit", (10, 10)), ("Saturday the 28th", (10, 10)), ("le samedi 28", (10, 10)),
        ("November 23", (5, 5)), ("Nov. 23rd, 2027", (370, 370)), ("23 novembre", (5, 5)),
        ("le 1er décembre", (13, 13)),
        ("2026-11-28", (10, 10)), ("Thursday, November 19", (1, 1)), ("jeudi 19 novembre", (1, 1)),
        ("18 March 2027", (120, 120)), ("3 January", (46, 46)), ("3 October", (-46, -46)),
        ("in ten days", (10, 10)), ("dans dix jours", (10, 10)), ("d'ici deux jours", (2, 2)),
        ("within 48 hours", (0, 2)), ("dans les 24 heures", (0, 1)), ("a week from today", (7, 7)),
        ("three weeks ago", (-21, -21)), ("il y a deux ans", (-730, -730)), ("a year ago today", (-365, -365)),
        ("next week", (5, 11)), ("la semaine prochaine", (5, 11)), ("this week", (0, 4)),
    ],
)  # fmt: skip
def test_days_are_counted_from_receipt(text: str, days: tuple[int, int]) -> None:
    found = mentions(fold(f"They go {text}.").text, date(2026, 11, 18))
    assert [(mention.first, mention.last) for mention in found] == [days]


@pytest.mark.parametrize("text", ["30 February", "2026-13-40", "the 4 children", "no. 24", "room 12"])
def test_what_is_no_day_is_not_read_as_one(text: str) -> None:
    assert mentions(fold(f"See {text} of it.").text, date(2026, 11, 18)) == ()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("His removal is set for 28 November 2026.", Category.CRITICAL),
        ("His removal is set for 29 November 2026.", Category.COMPLEX),
        ("His removal is set for tonight.", Category.CRITICAL),
        ("Son renvoi est fixé au 28 novembre 2026.", Category.CRITICAL),
        ("Son renvoi est fixé au 29 novembre 2026.", Category.COMPLEX),
        ("Elle sera expulsée jeudi.", Category.CRITICAL),
        ("A removal order was made against him.", Category.COMPLEX),
        ("Une mesure de renvoi a été prise contre lui.", Category.COMPLEX),
    ],
)
def test_a_removal_is_critical_inside_ten_calendar_days(text: str, category: Category) -> None:
    assert _read(text).category is category


def test_the_day_of_receipt_is_the_day_in_toronto() -> None:
    """04:30 UTC on the 5th is still the 4th in Toronto (winter), and 03:30 UTC in June is the evening before."""
    assert local_day(datetime(2026, 11, 5, 4, 30, tzinfo=UTC)) == date(2026, 11, 4)
    assert local_day(datetime(2026, 6, 5, 3, 30, tzinfo=UTC)) == date(2026, 6, 4)
    text = "His removal is set for 14 November."
    assert _read(text, at=datetime(2026, 11, 4, 4, 59, tzinfo=UTC)).category is Category.COMPLEX
    assert _read(text, at=datetime(2026, 11, 4, 5, 1, tzinfo=UTC)).category is Category.CRITICAL


@pytest.mark.parametrize("hour", [0, 1, 2, 3, 23])
def test_clock_changes_move_no_day(hour: int) -> None:
    """1 November 2026 has 25 hours and 14 March 2027 has 23; ten days stay ten days."""
    autumn = datetime(2026, 11, 1, hour, 30, tzinfo=TORONTO)
    assert _read("His removal is set for 11 November.", at=autumn).category is Category.CRITICAL
    assert _read("His removal is set for 12 November.", at=autumn).category is Category.COMPLEX
    spring = datetime(2027, 3, 14, hour, 30, tzinfo=TORONTO)
    assert _read("Son renvoi est fixé au 24 mars.", at=spring).category is Category.CRITICAL
    assert _read("Son renvoi est fixé au 25 mars.", at=spring).category is Category.COMPLEX


# --- any text ------------------------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    ["She is on life support", "removal", "tomorrow", "le 24", "n'est pas", "not", "if he were", "Où en est", "status",
     "funérailles", "in 2019", "«", "—", "\n\n", "\n- ", "e\u0301", "ŒUVRE", "Mr.", ".",
     "!", "\u202f", "\u200b", "ﬁ", "½",
     "𝔘", "\udc80", "中", "ß", "İ", "31/12", "2026-02-30", "[", "(", "*", "\x00"]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=40).map(" ".join), st.lists(_PIECES).map("".join))


@settings(max_examples=150, deadline=None)
@given(text=_TEXTS, subject=_TEXTS, forwarded=_TEXTS, name=st.text(max_size=30))
def test_any_text_is_read_the_same_twice_and_points_at_its_words(
    text: str, subject: str, forwarded: str, name: str
) -> None:
    first = _read(text, subject=subject, files=(name,), forwarded=forwarded)
    assert first == _read(text, subject=subject, files=(name,), forwarded=forwarded)
    where = {"new": text, "subject": subject, "forwarded": forwarded}
    for hit in (*first.hits, *first.topics):
        assert hit.words
        if hit.where in where:
            assert where[hit.where][hit.start : hit.start + len(hit.words)] == hit.words
    if first.category is Category.NOT_MET:
        assert first.not_met_topics
        assert not first.hits
        assert not first.uncertain


@settings(max_examples=150, deadline=None)
@given(text=_TEXTS)
def test_folding_keeps_places(text: str) -> None:
    folded = fold(text)
    assert folded.text.isascii()
    assert len(folded.offsets) == len(folded.text)
    assert list(folded.offsets) == sorted(folded.offsets)
    assert folded.breaks[-1] == len(folded.text)


def test_a_hostile_text_is_read_in_bounded_time_and_not_refused() -> None:
    """Every phrase of the file, and one phrase without end: seconds, never a refusal."""
    packaged = (Path(__file__).parents[2] / "config" / "criteria.toml").read_text(encoding="utf-8")
    for text in (packaged, "Any update on the file? " * 20_000, "le 24 " * 40_000, "not (" * 40_000):
        started = monotonic()
        assert _read(text).category in (None, Category.CRITICAL)
        assert monotonic() - started < 30


def test_words_are_shown_as_the_sender_wrote_them() -> None:
    text = "Bonjour,\nil est DE\u0301TENU   par\nl’ASFC depuis hier."
    hit = next(hit for hit in _read(text).hits if hit.criterion == "CR-02" and hit.words.startswith("DE"))
    assert hit.words == "DE\u0301TENU   par"
    assert text[hit.start :].startswith(hit.words)


def test_a_set_that_gives_no_answer_is_replaced_by_one_search_for_each_phrase() -> None:
    """RE2's set answers "nothing" when it runs out of memory; the sentinel pattern tells that from an answer."""
    book = PhraseBook(["life support", "flood*"])

    class Dumb:
        def Match(self, data: bytes) -> list[int]:  # noqa: N802 - the library's name
            return []

    book._set = Dumb()
    assert [match.index for match in book.find(fold("A flood, and life support."))] == [0, 1]


def test_criteria_cannot_be_changed() -> None:
    criteria: Criteria = CRITERIA
    with pytest.raises(AttributeError):
        criteria.version = "x"  # type: ignore[misc]  # the point of the test
    with pytest.raises(Exception, match="frozen"):
        criteria.rows[0].id = "CR-99"
