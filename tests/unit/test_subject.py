"""The subject line's decision table, row by row (`domain.md` 2.2, 2.3, 4)."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.mail import SubjectIntent
from inboxd.parsers.subject import normalise, read_subject

PREFIXES = ("EP", "PR", "SV")
PHRASE = "MCMPS attachment - Fichier joint CMDS"
EXACT, NEAR, PARAPHRASE, NONE = SubjectIntent.EXACT, SubjectIntent.NEAR, SubjectIntent.PARAPHRASE, SubjectIntent.NONE

ACCEPTED = {
    "exact": (f"{PHRASE} E123456789", EXACT, "E123456789"),
    "brackets kept": (f"{PHRASE} [E123456789]", EXACT, "E123456789"),
    "trailing full stop": (f"{PHRASE} E123456789.", EXACT, "E123456789"),
    "double spaces": ("MCMPS  attachment  -  Fichier  joint  CMDS   E123456789", EXACT, "E123456789"),
    "RE:": (f"RE: {PHRASE} E123456789", EXACT, "E123456789"),
    "FW: FW: RE:": (f"FW: FW: RE: {PHRASE} E123456789", EXACT, "E123456789"),
    "TR :": (f"TR : {PHRASE} E123456789", EXACT, "E123456789"),
    "RÉ :": (f"RÉ : {PHRASE} E123456789", EXACT, "E123456789"),
    "Réf. of another program": (f"Réf : {PHRASE} E123456789", EXACT, "E123456789"),
    "RE[2]:": (f"RE[2]: {PHRASE} E123456789", EXACT, "E123456789"),
    "[EXTERNAL] FW:": (f"[EXTERNAL] FW: {PHRASE} E123456789", EXACT, "E123456789"),
    "protected tag": (f"[Protected B / Protégé B] {PHRASE} E123456789", EXACT, "E123456789"),
    "protected tag at the end": (f"{PHRASE} E123456789 - Protected B / Protégé B", EXACT, "E123456789"),
    "en dash": ("MCMPS attachment – Fichier joint CMDS E123456789", EXACT, "E123456789"),
    "em dash": ("MCMPS attachment — Fichier joint CMDS E123456789", EXACT, "E123456789"),
    "non-breaking hyphen": ("MCMPS attachment \u2011 Fichier joint CMDS E123456789", EXACT, "E123456789"),
    "NBSP": (f"{PHRASE}\u00a0E123456789".replace(" ", "\u00a0"), EXACT, "E123456789"),
    "no spaces around hyphen": ("MCMPS attachment-Fichier joint CMDS E123456789", EXACT, "E123456789"),
    "no hyphen": ("MCMPS attachment Fichier joint CMDS E123456789", EXACT, "E123456789"),
    "soft hyphen in a word": ("MCMPS attach\u00adment - Fichier joint CMDS E123456789", EXACT, "E123456789"),
    "zero width space in the number": (f"{PHRASE} E12345\u200b6789", EXACT, "E123456789"),
    "lower case": ("mcmps attachment - fichier joint cmds e123456789", EXACT, "E123456789"),
    "Title Case from phones": ("Mcmps Attachment - Fichier Joint Cmds E123456789", EXACT, "E123456789"),
    "#": (f"{PHRASE} #E123456789", EXACT, "E123456789"),
    "no. E-": (f"{PHRASE} no. E-123-456-789", EXACT, "E123456789"),
    "N° de demande": (f"{PHRASE} N° de demande E123456789", EXACT, "E123456789"),
    "numero sign": (f"{PHRASE} №E123456789", EXACT, "E123456789"),
    "colon and groups": (f"{PHRASE} : E 123 456 789", EXACT, "E123456789"),
    "groups of four": (f"{PHRASE} EP 1234 5678", EXACT, "EP12345678"),
    "missing space": ("MCMPS attachment - Fichier joint CMDSE123456789", EXACT, "E123456789"),
    "missing space after the plural": ("MCMPS attachmentsS123456789", NEAR, "S123456789"),
    "missing space, the s is the number's": ("MCMPS attachmentS123456789", NEAR, "S123456789"),
    "full-width": (f"{PHRASE} ＥＰ１２３４５６７８", EXACT, "EP12345678"),
    "halves reversed": ("Fichier joint CMDS - MCMPS attachment E123456789", EXACT, "E123456789"),
    "plural": ("MCMPS attachments - Fichiers joints CMDS E123456789", EXACT, "E123456789"),
    "number first": (f"E123456789 {PHRASE}", EXACT, "E123456789"),
    "same number twice": (f"{PHRASE} E123456789 / e 123 456 789", EXACT, "E123456789"),
    "same number with and without X": (f"{PHRASE} XE123456789 E123456789", EXACT, "E123456789"),
    "only the English half": ("MCMPS attachment E123456789", NEAR, "E123456789"),
    "only the French half": ("Fichier joint CMDS E123456789", NEAR, "E123456789"),
    "typo MCPMS": ("MCPMS attachment - Fichier joint CMDS E123456789", NEAR, "E123456789"),
    "typo attachement": ("MCMPS attachement - Fichier joint CMDS E123456789", NEAR, "E123456789"),
    "typo in the French half": ("MCMPS attachment - Ficher joint CDMS E123456789", NEAR, "E123456789"),
    "typo attachement, one half": ("MCMPS attachement E123456789", NEAR, "E123456789"),
    "French half with an acronym of the other": ("MCMPS attachment - Pièce jointe CMDS E123456789", NEAR, "E123456789"),
    "look-alike letter in the phrase only": ("M\u0421MPS attachment - Fichier joint CMDS E123456789", EXACT,
                                            "E123456789"),
    "UCI before the number": (f"{PHRASE} UCI 11-2222-3333 E123456789", EXACT, "E123456789"),
    "court number beside the number": (f"{PHRASE} E123456789 (IMM-1234-24)", EXACT, "E123456789"),
    "telephone beside the number": (f"{PHRASE} E123456789 613-555-0102", EXACT, "E123456789"),
    "tracking number of an old thread": (f"RE: [MCMPS-2026-104201] {PHRASE} E123456789", EXACT, "E123456789"),
    "one of three": (f"{PHRASE} E123456789 2 of 3", EXACT, "E123456789"),
    "placeholder filled and kept": (f"{PHRASE} [add the application number here: E123456789]", EXACT, "E123456789"),
    "PNP": (f"{PHRASE} EP12345678", EXACT, "EP12345678"),
    "citizenship certificate": (f"{PHRASE} PR12345678", EXACT, "PR12345678"),
    "verification of status": (f"{PHRASE} sv12345678", EXACT, "SV12345678"),
    "travel document form": (f"{PHRASE} E123456789 PPTC 190", EXACT, "E123456789"),
}


@pytest.mark.parametrize(("subject", "intent", "number"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_subject_is_accepted(subject: str, intent: SubjectIntent, number: str) -> None:
    reading = read_subject(subject, PREFIXES)
    assert (reading.intent, reading.number, reading.reason, reading.looks_like) == (intent, number, "", "")


REFUSED = {
    "no number": ("", "NUMBER_MISSING", ""),
    "no number, a date": ("2026-11-05", "NUMBER_MISSING", ""),
    "placeholder EN": ("[add the application number here]", "PLACEHOLDER_LEFT", ""),
    "placeholder EN, angle brackets": ("<application number>", "PLACEHOLDER_LEFT", ""),
    "placeholder EN, no brackets": ("application number", "PLACEHOLDER_LEFT", ""),
    "placeholder FR": ("[ajouter le numéro de la demande ici]", "PLACEHOLDER_LEFT", ""),
    "placeholder FR, ajoutez": ("[ajoutez le numéro de demande ici]", "PLACEHOLDER_LEFT", ""),
    "placeholder FR, insérer": ("insérer le numéro ici", "PLACEHOLDER_LEFT", ""),
    "placeholder X": ("EXXXXXXXXX", "PLACEHOLDER_LEFT", ""),
    "placeholder #": ("E#########", "PLACEHOLDER_LEFT", ""),
    "two numbers EN": ("E123456789 and F123456789", "NUMBER_MULTIPLE", ""),
    "two numbers FR": ("E123456789 et F123456789", "NUMBER_MULTIPLE", ""),
    "a number and a broken one": ("E123456789 E12345678", "NUMBER_MULTIPLE", ""),
    "a number and a seven-digit one": ("E123456789 / 1234567", "NUMBER_MULTIPLE", ""),
    "UCI ten digits, hyphens": ("11-2222-3333", "NUMBER_IS_UCI", ""),
    "UCI ten digits": ("1122223333", "NUMBER_IS_UCI", ""),
    "UCI eight digits, hyphen": ("1122-2333", "NUMBER_IS_UCI", ""),
    "UCI eight digits": ("11222333", "NUMBER_IS_UCI", ""),
    "UCI glued by hyphens": ("-11-2222-3333", "NUMBER_IS_UCI", ""),
    "UCI labelled": ("IUC 11 2222 3333", "NUMBER_IS_UCI", ""),
    "one digit short": ("E12345678", "NUMBER_FORMAT", "length"),
    "EP and nine digits": ("EP123456789", "NUMBER_FORMAT", "length"),
    "one digit too many": ("E1234567890", "NUMBER_FORMAT", "length"),
    "a stray digit behind": ("E123456789 0", "NUMBER_FORMAT", "length"),
    "nine digits, no letter": ("123456789", "NUMBER_FORMAT", "length"),
    "l for 1": ("El23456789", "NUMBER_FORMAT", "lookalike"),
    "I for 1": ("EI23456789", "NUMBER_FORMAT", "lookalike"),
    "O for 0": ("EO23456789", "NUMBER_FORMAT", "lookalike"),
    "O for 0 at the end": ("E12345678O", "NUMBER_FORMAT", "lookalike"),
    "two letters not on the list": ("CB12345678", "NUMBER_FORMAT", "lookalike"),
    "Cyrillic E": ("\u0415123456789", "NUMBER_FORMAT", "lookalike"),
    "Cyrillic P in EP": ("E\u042012345678", "NUMBER_FORMAT", "lookalike"),
    "Greek epsilon": ("\u0395123456789", "NUMBER_FORMAT", "lookalike"),
    "accent on the letter": ("\u00c9123456789", "NUMBER_FORMAT", "lookalike"),
    "Arabic-Indic digit": ("E12345678\u0669", "NUMBER_FORMAT", "lookalike"),
    "raised digit": ("E12345678\u00b2", "NUMBER_FORMAT", "lookalike"),
    "passport new": ("A123456BC", "PASSPORT_MATTER", "passport"),
    "passport old": ("AB123456", "PASSPORT_MATTER", "passport"),
    "PPTC form": ("PPTC 153", "PASSPORT_MATTER", "passport"),
    "court": ("IMM-1234-24", "NUMBER_FORMAT", "court"),
    "IRB": ("TB8-12345", "NUMBER_FORMAT", "irb"),
    "temporary UCI": ("CAN000123456789", "NUMBER_FORMAT", "temporary_uci"),
    "temporary UCI, T": ("T1234567890", "NUMBER_FORMAT", "temporary_uci"),
    "telephone": ("613-555-0102", "NUMBER_FORMAT", "phone"),
    "telephone, brackets": ("(613) 555-0102", "NUMBER_FORMAT", "phone"),
    "telephone, country": ("+1 613 555 0102", "NUMBER_FORMAT", "phone"),
}


@pytest.mark.parametrize(("rest", "reason", "looks_like"), REFUSED.values(), ids=REFUSED.keys())
def test_subject_is_refused_with_its_reason(rest: str, reason: str, looks_like: str) -> None:
    reading = read_subject(f"{PHRASE} {rest}", PREFIXES)
    assert (reading.intent, reading.number, reading.reason, reading.looks_like) == (EXACT, "", reason, looks_like)


def test_missing_space_needs_a_full_number() -> None:
    assert read_subject("MCMPS attachment - Fichier joint CMDSE12345678", PREFIXES).reason == "NUMBER_FORMAT"


@pytest.mark.parametrize(("rest", "number", "reason"), [
    pytest.param("4417092", "4417092", "NUMBER_LEGACY", id="7 digits"),
    pytest.param("RHB123456789", "RHB123456789", "NUMBER_LEGACY", id="RHB"),
    pytest.param("XE123456789", "E123456789", "NUMBER_TEMPORARY", id="X"),
    pytest.param("X-E 123 456 789", "E123456789", "NUMBER_TEMPORARY", id="X, groups"),
])
def test_number_is_left_to_a_clerk(rest: str, number: str, reason: str) -> None:
    reading = read_subject(f"{PHRASE} {rest}", PREFIXES)
    assert (reading.intent, reading.number, reading.reason) == (EXACT, number, reason)


@pytest.mark.parametrize("subject", [
    "Pièce jointe CMDS E123456789",
    "MCMPS document - E123456789",
    "CMDS fichier joint E123456789",
    "attachment MCMPS, joint fichier CMDS E123456789",
    "Documents for MCMPS: E123456789",
])
def test_paraphrase_fails_and_keeps_the_number_for_the_notice(subject: str) -> None:
    reading = read_subject(subject, PREFIXES)
    assert (reading.intent, reading.number, reading.reason) == (PARAPHRASE, "E123456789", "SUBJECT_PHRASE")


def test_paraphrase_without_a_good_number_reports_the_phrase_alone() -> None:
    reading = read_subject("MCMPS documents E12345678", PREFIXES)
    assert (reading.number, reading.reason, reading.looks_like) == ("", "SUBJECT_PHRASE", "")


@pytest.mark.parametrize(("subject", "number"), [
    ("Documents for E123456789", "E123456789"),
    ("Fichier joint E123456789", "E123456789"),
    ("URGENT - STATUS UPDATE W475761535", "W475761535"),
    ("Removal is scheduled for Thursday", ""),
    ("RE: [MCMPS-2026-104201] Ms. P.", ""),
    ("RE : Suivi CMDS-2026-33688 - documents attendus", ""),
    ("MCMPS-2026-104533 W105882968", "W105882968"),
    ("Question about the MCMPS attachment rules", ""),
    ("Fall MCMPS information session", ""),
    ("MCMPS travel document E123456789", "E123456789"),
    ("Two files: E123456789 and F123456789", ""),
    ("", ""),
])
def test_unrelated_subject_is_not_swallowed(subject: str, number: str) -> None:
    reading = read_subject(subject, PREFIXES)
    assert (reading.intent, reading.number, reading.reason, reading.personal_text) == (NONE, number, "", False)


@pytest.mark.parametrize(("subject", "expected"), [
    (f"URGENT - {PHRASE} E123456789", True),
    (f"{PHRASE} E123456789 - prioritaire", True),
    ("C'est une urgence", True),
    (f"{PHRASE} E123456789", False),
    ("Urgentia Inc.", False),
])
def test_urgent_word_is_noted(subject: str, expected: bool) -> None:
    assert read_subject(subject, PREFIXES).urgent_word is expected


@pytest.mark.parametrize(("rest", "expected"), [
    ("E123456789 - Jane Doe", True),
    ("E123456789 (Zoé Tremblay)", True),
    ("E123456789", False),
    ("N° de demande E123456789", False),
    ("E123456789 - URGENT", False),
    ("E123456789 - part 2 of 3", False),
    ("[add the application number here]", False),
])
def test_personal_text_is_noted(rest: str, expected: bool) -> None:
    assert read_subject(f"{PHRASE} {rest}", PREFIXES).personal_text is expected


@pytest.mark.parametrize(("subject", "expected"), [
    (f"RE: {PHRASE}", True), (f"TR : {PHRASE}", True), (f"[EXT] Fwd: {PHRASE}", True), (PHRASE, False),
    (f"[EXTERNAL] {PHRASE}", False), ("Refused for a document", False),
])
def test_reply_prefix_is_noted(subject: str, expected: bool) -> None:
    assert read_subject(subject, PREFIXES).is_reply is expected


def test_normalised_is_folded_and_without_prefixes_and_tags() -> None:
    reading = read_subject("RE : [EXTERNAL] TR : État  MC26–000042‑K", PREFIXES)
    assert reading.normalised == "etat mc26-000042-k"


def test_two_letter_prefixes_are_the_configured_ones() -> None:
    assert read_subject(f"{PHRASE} SV12345678", ("EP",)).reason == "NUMBER_FORMAT"
    assert read_subject(f"{PHRASE} zz12345678", ("zz",)).number == "ZZ12345678"


def test_very_long_subject_is_read_quickly() -> None:
    assert read_subject("cmds document " * 50_000, PREFIXES).intent is PARAPHRASE


NUMBERS = st.one_of(
    st.from_regex(r"[A-WYZ][0-9]{9}", fullmatch=True),
    st.from_regex(r"(EP|PR|SV)[0-9]{8}", fullmatch=True),
)
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=120)
NEAR_TEXT = st.lists(st.sampled_from([
    "MCMPS", "CMDS", "attachment", "Fichier", "joint", "E123456789", "XE", "123456789", "11-2222-3333", "RE:", "FW :",
    "TR", "[", "]", "-", "–", "\u00a0", " ", "é", "\u0415", "l", "O", "²", "(", "#", "no.", "N°", "[EXT]", "\u200b",
]), max_size=12).map("".join)


@given(st.one_of(ANY_TEXT, NEAR_TEXT))
def test_any_subject_can_be_read_and_normalising_twice_changes_nothing(subject: str) -> None:
    reading = read_subject(subject, PREFIXES)
    assert normalise(reading.normalised) == reading.normalised
    assert reading.number == "" or reading.number.isascii()


@given(number=NUMBERS, prefix=st.sampled_from(["", "RE: ", "FW: RE: ", "TR : ", "RÉ : ", "[EXTERNAL] FW: ", "Re[3]: "]),
       dash=st.sampled_from([" - ", " – ", "—", " \u2011 ", " \u2212", " "]),
       space=st.sampled_from([" ", "\u00a0", "\u202f", "  ", " \u200b"]), upper=st.booleans())
def test_dressing_a_good_subject_never_changes_number_or_reason(
    number: str, prefix: str, dash: str, space: str, upper: bool
) -> None:
    subject = f"{prefix}MCMPS attachment{dash}Fichier joint CMDS {number}".replace(" ", space)
    reading = read_subject(subject if upper else subject.lower(), PREFIXES)
    assert (reading.intent, reading.number, reading.reason) == (EXACT, number, "")
    again = read_subject(reading.normalised, PREFIXES)
    assert (again.intent, again.number, again.reason) == (EXACT, number, "")


LOOKALIKES = {
    "0": "OoОοΟ٠۰", "1": "lIi|١", "2": "Zz²٢", "3": "ЗзƷ³", "5": "Ss", "8": "B", "6": "bб", "9": "g٩",
    "A": "АΑÀ", "B": "ВΒ", "C": "СÇ", "E": "ЕΕÉ", "H": "НΗ", "K": "КΚ", "M": "МΜ", "N": "ΝÑ", "O": "ОΟÖ", "P": "РΡ",
    "S": "ЅŞ", "T": "ТΤ", "X": "ХΧ", "V": "Ѵ", "R": "Ŕ",
}


@given(number=NUMBERS, place=st.integers(0, 9), data=st.data())
def test_one_look_alike_character_never_yields_a_number(number: str, place: int, data: st.DataObject) -> None:
    twins = LOOKALIKES.get(number[place])
    if twins is None:
        return
    wrong = number[:place] + data.draw(st.sampled_from(twins)) + number[place + 1:]
    reading = read_subject(f"{PHRASE} {wrong}", PREFIXES)
    assert reading.number == ""
    assert reading.reason in {"NUMBER_FORMAT", "NUMBER_IS_UCI", "NUMBER_MISSING", "PASSPORT_MATTER"}


@given(number=NUMBERS, place=st.integers(0, 9), character=st.sampled_from(string.ascii_uppercase + string.digits))
def test_a_number_is_read_as_it_stands_or_not_at_all(number: str, place: int, character: str) -> None:
    written = number[:place] + character + number[place + 1:]
    reading = read_subject(f"{PHRASE} {written}", PREFIXES)
    assert reading.number in {"", written, written.removeprefix("X")}
