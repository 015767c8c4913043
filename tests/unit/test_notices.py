"""What the packaged notices say: every branch, both languages alike, careful French, nothing that must not be said."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from jinja2.ext import Extension

from inboxd.documents import Reason
from inboxd.mail import Language
from inboxd.plan import INTERNAL_NOTICES, Category, Value
from inboxd.replies import NOTICES, Templates, collection, sandbox
from inboxd.replies.catalogue import ALERTS, FIELDS, LATENESS, LOOKS_LIKE
from inboxd.replies.day import HELD_CODES, HOLDERS, STEPS
from inboxd.settings import DocumentSettings, OfficeSettings, ReplySettings

TORONTO = ZoneInfo("America/Toronto")
OFFICE = OfficeSettings(address="question@centre.example", name_en="Example Centre (EC)",
                        name_fr="Centre exemplaire (CE)", message_id_domain="centre.example")
REPLIES = ReplySettings(
    booking_url="https://liaison.example/", web_form_url="https://form.example/",
    find_member_url="https://find.example/", status_tracker_url="https://tracker.example/",
    passport_url="https://passport.example/", contact="1-555-0100")
TEMPLATES = Templates.load(REPLIES, OFFICE, TORONTO, DocumentSettings())
BOTH = (Language.EN, Language.FR)
EVERY = [(name, language) for name in NOTICES for language in BOTH]
ABOUT_A_CASE = ("ack_critical", "ack_urgent", "ack_complex", "ack_review", "ack_several", "raised", "not_met", "status",
                "alert", "page", "review_page", "reminder", "breach", "escalation", "action_reminder", "action_alarm")


def said(name: str, language: Language = Language.EN, **values: Value) -> str:
    """Subject and text on single spaces, so that line breaks do not matter."""
    text = TEMPLATES.text(name, language, {**NOTICES[name].sample, **values})
    return " ".join(f"{text.subject}\n{text.body}".split())


class Witness(Extension):
    """Rewrites each condition of a template so that its outcome is noted."""

    outcomes: dict[str, set[bool]] = defaultdict(set)  # noqa: RUF012 - one record for the whole test, on purpose

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        self.environment.filters["witness"] = self._note
        place = "/".join((filename or "").split("/")[-2:])

        def noted(found: re.Match[str]) -> str:
            line = source[:found.start()].count("\n") + 1
            key = f"{place}:{line}:{found['test'].strip()}"
            self.outcomes[key]
            return f"{{% {found['word']} ({found['test']}) | witness('{key.encode().hex()}') {found['end']}"
        return re.sub(r"\{% (?P<word>if|elif) (?P<test>.+?) (?P<end>\+?%\})", noted, source)

    def _note(self, value: object, key: str) -> object:
        self.outcomes[bytes.fromhex(key).decode()].add(bool(value))
        return value


def test_the_samples_reach_both_sides_of_every_condition() -> None:
    Witness.outcomes.clear()
    shared = dict(TEMPLATES.environments[Language.EN].globals)
    for limits in ({}, {"allowed_types": (), "max_file_mb": "", "max_total_mb": ""}):
        for language in BOTH:
            files, words = TEMPLATES.collection.files[language], TEMPLATES.collection.words[language]
            env = sandbox.environment(language, files, words, TORONTO, shared | limits)
            env.add_extension(Witness)
            for name, notice in NOTICES.items():
                for values in notice.every_case():
                    env.get_template(f"{name}.txt.j2").render(values)
    assert len(Witness.outcomes) > 80
    assert [key for key, seen in Witness.outcomes.items() if seen != {True, False}] == []


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_lines_are_short_and_tidy_in_every_case(name: str, language: Language) -> None:
    for values in NOTICES[name].every_case():
        text = TEMPLATES.text(name, language, values)
        assert "\n\n\n" not in text.body
        for line in text.body.split("\n"):
            assert len(line) <= 78
            assert line == line.rstrip()
        assert text.body[0] != "\n"
        assert not re.search(r"[{}]|%\}|\bNone\b|datetime", text.subject + text.body)


@pytest.mark.parametrize("name", NOTICES)
def test_both_languages_give_the_same_facts(name: str) -> None:
    """The same times, numbers, files, addresses and identifiers, in every case; and neither is much longer."""
    facts = re.compile(r"https?://\S+|\S+@\S+|[A-Z]{1,3}\*+\d+|MC26-\S+\d|(?:CR|UR|CX)-\d\d|file-\d+\.bin|\d{4}"
                       r"|[A-Z]{2,4}_[A-Z_]+")
    for values in NOTICES[name].every_case():
        english, french = (TEMPLATES.text(name, language, values) for language in BOTH)
        given = [sorted(facts.findall(text.subject + text.body)) for text in (english, french)]
        assert given[0] == given[1]
        assert english.body.count("\n- ") == french.body.count("\n- ")
        assert 0.6 < len(french.body) / len(english.body) < 1.6


@pytest.mark.parametrize("name", NOTICES)
def test_french_is_set_as_french(name: str) -> None:
    for values in NOTICES[name].every_case():
        text = TEMPLATES.text(name, Language.FR, values)
        lines = (text.subject + "\n" + text.body).split("\n")
        for line in lines:
            bare = re.sub(r"https?://\S+|\S+@\S+", "", line)
            if bare.startswith("You may write") or re.search(r"\.j2:\d+: ", bare):
                continue  # English words; a place in a file, as the commands name it
            assert not re.search(r"(?<![\s\u00a0])[:;?!»]", bare), line
            assert not re.search(r"«(?![\s\u00a0])", bare), line
            assert not re.search(r"^[:;?!»]|«$", bare.strip()), "a mark that lost its line"
            assert not re.search(r"\d (?:a|p)\.m\.|\(ET\)|\d:\d\d|\b(?:Monday|December)\b", bare), line
        assert not re.search(r"\b[Cc]i-bas\b|\be-mail\b|\bprès de\b", text.body)
        if re.search(r"\d{4}, \d", text.body):
            assert "(HE)" in text.body


@pytest.mark.parametrize("name", NOTICES)
def test_english_is_set_as_english(name: str) -> None:
    for values in NOTICES[name].every_case():
        text = TEMPLATES.text(name, Language.EN, values)
        body = text.body.replace("Vous pouvez nous écrire et recevoir nos réponses en français.", "")
        assert not re.search(r" [:;?!]|«|»|\(HE\)|\d h \d\d", text.subject + body)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_each_notice_says_that_a_machine_wrote_it_and_who_we_are(name: str, language: Language) -> None:
    text = said(name, language)
    assert {"en": "was written automatically", "fr": "rédigé"}[language] in text
    assert (OFFICE.name_fr if language is Language.FR else OFFICE.name_en) in text
    if name not in INTERNAL_NOTICES:
        assert OFFICE.address in text
        assert REPLIES.contact in text
        assert {"en": "recevoir nos réponses en français", "fr": "receive our replies in English"}[language] in text


@pytest.mark.parametrize("name", ABOUT_A_CASE)
def test_a_notice_about_a_case_shows_its_reference_in_subject_and_text(name: str) -> None:
    for language in BOTH:
        text = TEMPLATES.text(name, language, NOTICES[name].sample)
        assert "MC26-000417-G" in text.subject
        assert "MC26-000417-G" in text.body


@pytest.mark.parametrize("name", ["ack_critical", "ack_urgent", "ack_complex", "ack_review", "raised"])
def test_an_acknowledgement_names_times_with_zone_and_promises_no_decision(name: str) -> None:
    english, french = said(name), said(name, Language.FR)
    assert "Friday, December 11, 2026, 4:45 p.m. (ET)" in english
    assert re.search(r"Reply by: (Mon|Tues)day, December 1[45], 2026, 4:45 p\.m\. \(ET\)", english)
    assert "le vendredi 11 décembre 2026, 16 h 45 (HE)" in french
    assert "They do not decide applications" in english
    assert "Ils ne rendent pas de décision sur les demandes" in french
    assert "Removal imminent or dated" in english
    assert "Renvoi imminent ou daté" in french


@pytest.mark.parametrize(("language", "words"), [
    (Language.EN, ("cannot stop a removal", "Canada Border Services Agency", "Federal Court")),
    (Language.FR, ("ne peuvent pas empêcher un renvoi", "Agence des services frontaliers du Canada", "Cour fédérale")),
])
def test_a_critical_case_is_told_who_can_stop_a_removal(language: Language, words: tuple[str, ...]) -> None:
    for name in ("ack_critical", "raised"):
        assert all(word in said(name, language) for word in words)
    assert not any(word in said("ack_urgent", language) for word in words)
    assert not any(word in said("raised", language, category="urgent", previous="complex") for word in words)


def test_the_start_of_the_clock_is_shown_only_when_it_differs() -> None:
    later = datetime(2026, 12, 14, 12, 0, tzinfo=UTC)
    assert "outside our business hours" not in said("ack_urgent")
    assert "starts on Monday, December 14, 2026, 7:00 a.m. (ET)" in said("ack_urgent", clock_start=later)
    assert "commence le lundi 14 décembre 2026, 7 h (HE)" in said("ack_urgent", Language.FR, clock_start=later)


def test_a_failure_gives_the_corrected_subject_to_copy() -> None:
    for language in BOTH:
        line = "    MCMPS attachment - Fichier joint CMDS E123456789\n"
        assert line in TEMPLATES.text("failure", language, NOTICES["failure"].sample).body


def test_a_number_found_in_the_text_is_offered_and_never_asserted() -> None:
    values: dict[str, Value] = {"number": "", "correct_subject": "", "suggestion": "E987654321", "looks_like": "",
                                "reason": "NUMBER_MISSING"}
    assert "Only if it is the right application number" in said("failure", **values)
    assert "Seulement si c'est bien le numéro de demande" in said("failure", Language.FR, **values)


def test_without_a_sound_number_no_number_is_made_up() -> None:
    text = said("failure", number="", correct_subject="", reason="NUMBER_MISSING", looks_like="")
    assert "[application number]" in text
    assert not re.search(r"[A-Z]{1,2}\d{8,9}", text)


def test_an_unknown_number_is_not_given_back_as_the_right_subject() -> None:
    for language in BOTH:
        text = said("failure", language, reason="NUMBER_UNKNOWN", looks_like="")
        assert "CMDS E123456789" not in text
        assert "record" not in text.lower()


def test_a_passport_submission_is_not_asked_to_come_again() -> None:
    text = said("failure", reason="PASSPORT_MATTER", looks_like="passport", refused=(), missing=())
    assert "SUBJECT LINE TO COPY" not in text
    assert REPLIES.passport_url in text


def test_the_limits_for_files_are_those_of_the_settings() -> None:
    assert "up to 4 MB for each file, and 20 MB" in said("partial")
    assert "au plus 2,5 Mo par fichier et 20 Mo" in said("failure", Language.FR)
    small = DocumentSettings(allowed_types=("pdf",), max_file_bytes=2**20 * 5 // 2, max_total_bytes=2**20 * 10)
    other = Templates.load(REPLIES, OFFICE, TORONTO, small)
    assert "au plus 2,5 Mo par fichier" in other.text("partial", Language.FR, NOTICES["partial"].sample).body
    unknown = Templates.load(REPLIES, OFFICE, TORONTO)
    assert "MB for each" not in unknown.text("partial", Language.EN, NOTICES["partial"].sample).body


def test_every_refused_file_gets_its_own_reason_and_fix() -> None:
    refused = tuple({"name": f"{reason}.pdf", "reason": reason.value, "hint": ""} for reason in Reason)
    for language in BOTH:
        text = said("partial", language, refused=refused)
        for reason in Reason:
            words = TEMPLATES.collection.words[language].reasons[reason]
            assert " ".join(words["reason"].split()) in text
            assert " ".join(words["fix"].split()) in text


def test_not_met_lists_what_was_looked_for_by_category_and_how_to_book() -> None:
    text = said("not_met")
    assert "Critical: - Life or death (CR-04) Urgent: - Family violence (UR-10) Complex: - Criminality (CX-02)" in text
    for words in (REPLIES.booking_url, "two weeks ahead", "wait-list", "not a decision", "written authorization"):
        assert words in text
    assert REPLIES.status_tracker_url not in said("not_met", tracker="")


def test_an_outsider_learns_nothing() -> None:
    for language in BOTH:
        assert not re.search(r"\d{4}|\*", said("outsider", language).replace("1-555-0100", ""))
    assert "does not say whether we hold a file" in said("outsider")
    assert "n'indique pas si nous avons un dossier" in said("outsider", Language.FR)


@pytest.mark.parametrize("language", BOTH)
def test_every_code_has_words_in_both_languages(language: Language) -> None:
    words = TEMPLATES.collection.words[language]
    assert set(words.reasons) == {reason.value for reason in Reason}
    assert set(words.names["categories"]) == set(Category)
    assert set(words.names["fields"]) >= set(FIELDS)
    assert set(words.names["looks_like"]) == set(LOOKS_LIKE)
    assert set(words.names["steps"]) == set(STEPS)
    assert set(words.names["holders"]) == set(HOLDERS)
    assert set(words.names["held_help"]) == set(HELD_CODES)
    assert set(words.names["lateness"]) == set(LATENESS)
    for table in ("alert_levels", "alert_titles", "alert_actions"):
        assert set(words.names[table]) == set(ALERTS)


@pytest.mark.parametrize("language", BOTH)
def test_reasons_are_full_sentences_without_blame(language: Language) -> None:
    blame = {"en": r"\byou (?:forgot|failed|did not|must)\b|\bwrong\b|\berror\b|\binvalid\b|\byour mistake",
             "fr": r"\bvous avez (?:oublié|omis)\b|\bvous devez\b|\berreur\b|\binvalide\b|\bfaute\b"}[language]
    data: Mapping[str, Mapping[str, str]] = tomllib.loads(
        (collection.PACKAGED / language / "reasons.toml").read_text(encoding="utf-8"))
    for code, entry in data.items():
        for sentence in entry.values():
            assert sentence.endswith("."), code
            assert sentence[0].isupper(), code
            assert not re.search(blame, sentence, re.IGNORECASE), code


def test_a_mismatch_tells_neither_which_field_nor_whose() -> None:
    for language in BOTH:
        for code in ("IDENTITY_MISMATCH", "OTHER_RECORD"):
            words = " ".join(TEMPLATES.collection.words[language].reasons[code].values())
            assert not re.search(r"name|birth|uci|person's|other|nom|naissance|iuc|autre", words, re.IGNORECASE)
