"""Which words of a mail are its sender's own: whole mails as offices write them, and what must never be cut away."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.mail import Body
from inboxd.parsers.body import is_forward, split
from inboxd.parsers.footers import is_footer, speaks_to_anybody
from inboxd.plan import Category
from inboxd.pointing import only_points
from inboxd.second_reader import matter
from tests.unit.enquiries import asked, body_of

MAILS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "own_words.toml").read_text("utf-8"))["mail"]
WRITTEN = [mail for mail in MAILS if "text" in mail]
MARKED = [mail for mail in MAILS if "html" in mail]


def ids(mails: list[dict[str, Any]]) -> list[str]:
    return [mail["id"] for mail in mails]


def lines_of(mail: dict[str, Any]) -> list[str]:
    return mail["text"].strip("\n").split("\n")


def as_sent(mail: dict[str, Any]) -> str:
    return "\n".join(line[1:] if line[:1] in ("~", "+", "?") else line for line in lines_of(mail))


def of_kind(mail: dict[str, Any], marks: str) -> Counter[str]:
    """The words of the lines so marked; no mark: the sender's own."""
    if marks:
        return Counter(word for line in lines_of(mail) if line[:1] in marks for word in line[1:].split())
    return Counter(word for line in lines_of(mail) if line[:1] not in ("~", "+", "?") for word in line.split())


def judge(mail: dict[str, Any], body: Body) -> None:
    new = Counter(body.new.split())
    assert not of_kind(mail, "") - new, "the sender's own words are lost"
    assert not new - of_kind(mail, "") - of_kind(mail, "?"), "words of nobody are left"
    assert Counter(body.forwarded.split()) == of_kind(mail, "+")


@pytest.mark.parametrize("mail", WRITTEN, ids=ids(WRITTEN))
def test_the_new_words_are_the_senders_own(mail: dict[str, Any]) -> None:
    body = split(as_sent(mail), "")
    judge(mail, body)
    if "points" in mail:
        assert only_points(body.new) is mail["points"]


@pytest.mark.parametrize("mail", MARKED, ids=ids(MARKED))
def test_the_new_words_of_html_are_the_senders_own(mail: dict[str, Any]) -> None:
    body = split("", mail["html"])
    assert body.new.split() == mail["new"].split()
    if "forwarded" in mail:
        assert body.forwarded.split() == mail["forwarded"].split()


@pytest.mark.parametrize("mail", [mail for mail in WRITTEN if "> " not in mail["text"]], ids=lambda mail: mail["id"])
@pytest.mark.parametrize("line", ['<p class="MsoNormal">{}</p>', "<div>{}</div>", "{}<br>"],
                         ids=["Outlook", "Gmail", "Apple"])
def test_html_of_the_same_lines_is_cut_the_same(mail: dict[str, Any], line: str) -> None:
    page = "\n".join(line.format(escape(each) or "&nbsp;") for each in as_sent(mail).split("\n"))
    judge(mail, split("", page))


FOOTERS = [
    "Sent from my iPhone", "Get Outlook for iOS", "Envoyé de mon iPhone", "Virus-free. www.scanner.example",
    "CONFIDENTIALITY: this e-mail is only for the addressee. If it reached you in error, delete it.",
    "AVIS : ce courriel est confidentiel et destiné à son seul destinataire. Reçu par erreur? Supprimez-le.",
    "If you or someone you know is thinking about suicide, call or text 9-8-8, any time.",
    "November is Woman Abuse Prevention Month. If you or somebody you know is in immediate danger, call 911.",
    "Vous êtes victime de violence? SOS violence conjugale : 1 800 555-0163.",
]
SIGNATURES = [
    "Rowan Ashdown\nConstituency Assistant\nJude Farrow, MP (Elm Ridge)\nFacing deportation? "
    "Read our guide at jude.example",
    "Maëlle Roy\nAdjointe\nBureau de Noé Hamel, député (Val-Clair)\n514 555-0111\n"
    "Menacé d'expulsion? Consultez notre guide.",
    "Rowan Ashdown\nOffice of Jude Farrow, MP\n\nFor removals after hours call 1-800-555-0123.",
    "-- \nRowan Ashdown\nElm Ridge",
    "Rowan Ashdown | Caseworker | 613-555-0102 | rowan@parl.example",
    "Rowan Ashdown\nOffice of Jude Farrow, MP\n\nOur office is mourning the loss of our colleague Walter Dunne.",
    "Maëlle Roy\nNoé Hamel, député de Val-Clair\n\nNotre bureau est fermé la fin de semaine. "
    "Renvoi imminent? 1 888 555-0134",
]
SENTENCES = st.sampled_from([
    "He is at the airport now.", "Where is the file?", "Elle est en danger, on l'a menacée.",
    "They were told to leave.",
    "If you are in immediate danger, she was told, call 911.", "The funeral is on Friday, and she has no visa.",
    "Son vol part demain matin.", "Please call me at 613-555-0199.", "Two officers came to the house yesterday.",
    "Confidential: do not write to her husband.", "La demande E123456789 est-elle rendue à Dakar?", "Merci d'avance!",
])
LETTERS = st.lists(st.lists(SENTENCES, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=6).map("\n\n".join)


@given(LETTERS, st.sampled_from([*FOOTERS, *SIGNATURES]), st.lists(st.sampled_from(FOOTERS), max_size=3))
def test_a_known_footer_beneath_never_changes_the_new_words(letter: str, first: str, more: list[str]) -> None:
    assert split("\n\n".join([letter, first, *more]), "").new == letter


@given(LETTERS, st.sampled_from(SIGNATURES), SENTENCES)
def test_what_is_told_under_a_signature_is_kept(letter: str, signature: str, news: str) -> None:
    body = split(f"{letter}\n\n{signature}\n\nP.S. {news}", "")
    assert body.new == f"{letter}\n\nP.S. {news}"


PIECES = st.sampled_from([
    *FOOTERS, *SIGNATURES, "He leaves on Friday.", "> quoted", "> > older", "", "--", "Thanks,", "Rowan", "Li Wen",
    "FYI",
    "-----Original Message-----", "From: A <a@b.example>\nSent: Monday\nTo: B\nSubject: c", "Clients:", "E123456789",
    "De : A\nEnvoyé : lundi\nObjet : c", "Le lun. 2 nov. 2026 à 09:15, A <a@b.example> a écrit :", "P.S. tonight",
    "---------- Forwarded message ---------", "CAUTION: external sender, do not click links", "See below.",
    "________________________________",
])


@given(st.lists(PIECES, max_size=14).map("\n".join), st.booleans())
def test_cutting_loses_no_word(text: str, forwards: bool) -> None:
    body = split(text, "", forwards=forwards)
    kept = Counter(f"{body.new} {body.quoted} {body.signature}".split())
    assert kept == Counter(body.full.split())
    assert not Counter(body.forwarded.split()) - kept - Counter(word.lstrip(">") for word in kept)


@pytest.mark.parametrize("news", [
    "You issued the card to the wrong twin.", "Removal imminent.", "Toujours détenu, vol ce soir.",
    "The organ donation team would go ahead on Sunday.", "DEADLINE TODAY", "Stay: filed, not heard.",
    "Could your team tell us who decides?", "La communauté a signé une pétition, elle est jointe.",
    "Comment évaluez-vous les jugements rendus par contumace?", "In 2017 I was told to come with my suitcase.",
    "She called the crisis line twice.", "Vous seuls pouvez répondre.", "FLIGHT AT NINE TONIGHT",
])
def test_what_could_be_news_is_no_footer(news: str) -> None:
    assert not is_footer([news], under_signature=True)
    assert not speaks_to_anybody([news])
    assert split(f"{news}\n\n{SIGNATURES[0]}", "").new == news
    assert split(f"Hello.\n\n{SIGNATURES[0]}\n\n{news}", "").new == f"Hello.\n\n{news}"


# --- cover notes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("note", [
    "", "FYI", "Please see the email below from our constituent who lives in Elm Ridge and has waited for two years.",
    "Can you please advise what can be done for this family?", "Forwarded as received.", "His words follow.",
    "Bonjour, voici le courriel d'un citoyen de notre circonscription. Merci de nous indiquer comment l'aider.",
    "See below please. Urgent!!!", "Message reçu d'une commettante. Merci d'agir rapidement.",
    "Please see below. Name: Sarah Karimi, E123456789", "A constituent sent us this.", "Help!",
    "Could someone from your office call us about this? See the letter below.",
    "Hello team, we received the message below. He asks for our help. Let us know if you need anything else.",
    "Nous avons reçu ce message ce matin. Que pouvez-vous faire?",
    "Voir ci-dessous. Est-ce qu'on peut faire quelque chose?",
])
def test_a_cover_note_only_points(note: str) -> None:
    assert only_points(note)


@pytest.mark.parametrize("note", [
    "Please see below. What stage is this at?", "She would like an approximate date, see below.", "What stage?",
    "Voir ci-dessous; à quelle étape en est le dossier?", "Voir ci-dessous. Où en est E123456789?",
    "See below. He is out of detention since, so nothing urgent.", "Any news on E123456789?", "Status please",
    "Can you tell us if the fee was received? Her message is below.", "When will a decision be made? See below.",
    "Could you confirm that the file is with Accra? Original message below.",
    "Le client voudrait une date. Son courriel suit.", "Please send us the form for the request below.",
    "word " * 61 + "see below", "x" * 3000,
])
def test_a_note_that_asks_or_tells_for_itself_does_not_only_point(note: str) -> None:
    assert not only_points(note)


@given(words=st.lists(st.sampled_from([
    "Please see below.", "Voir plus bas.", "What stage?", "FYI", "Thanks!", "He is fine.", "Can you help?", "Merci.",
    "She would like a date.", "Nothing urgent.", "A constituent sent us this.", "Bonjour,",
]), max_size=5))
def test_both_readers_take_the_same_words_for_the_matter(words: list[str]) -> None:
    """Where the criteria let the forwarded story decide, the second reader is given it, and the other way round."""
    new, story = " ".join(words), "My father is on life support and my visa is pending."
    given_story = story in matter(body_of(new, story), "", is_reply=True)
    assert given_story is only_points(new)
    assert (asked(new, forwarded=story).category is Category.CRITICAL) is given_story


@pytest.mark.parametrize(("subject", "forwards"), [
    ("FW: help", True), ("Fwd: help", True), ("TR : aide", True), ("[EXT] Tr: aide", True), ("Re: FW: help", False),
    ("RE: help", False), ("Transfer of file", False), ("help", False),
])
def test_a_subject_tells_a_forward(subject: str, forwards: bool) -> None:
    assert is_forward(subject) is forwards


def test_outlook_draws_no_mark_over_what_it_forwards_but_the_subject_tells() -> None:
    text = "Can you help?\n\nFrom: Sarah\nSent: Monday\nTo: Jude\nSubject: help\n\nThey come on Friday."
    assert split(text, "", forwards=True).forwarded == "They come on Friday."
    assert split(text, "").forwarded == ""


BLOCK = "Hello.\n\nRowan Ashdown\nOffice of Jude Farrow, MP\n\n"


@pytest.mark.parametrize("hostile", [
    BLOCK * 12_000, BLOCK + "our office is and " * 30_000, BLOCK + "is " * 100_000 + "awareness month",
    BLOCK + "November is Radon Action Month. Call 911.\n\n" * 12_000, BLOCK + "Tel 613-555-0102\n" * 30_000,
    "Hi.\n\n" + "Rowan Ashdown\n" * 40_000, "Hi.\n\n" + "Rowan Ashdown\n\n" * 40_000, "office of " * 50_000,
    '"' * 500_000,
    "thanks and " * 50_000, "caution " * 60_000 + "\n\nx", "From / De / " * 40_000, "x" + " " * 500_000 + "y",
    "From: a\nSent: b\nSubject: c\n\n" + "> x\nyes\n" * 40_000, "Hi.\n\n" + "caseworker | 613-555-0102\n" * 20_000,
    "Hi.\n\n" + "Get Outlook for iOS\n\n" * 20_000, "x\n--\n" * 80_000, "Hi.\n\n" + "a@b " * 100_000,
])
def test_no_text_runs_away(hostile: str) -> None:
    before = time.process_time()
    split(hostile, "")
    assert time.process_time() - before < 5
