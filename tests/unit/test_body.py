"""The sender's own new words, apart from quotes, signatures, notices and forwarded text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.parsers.body import split
from inboxd.parsers.html_text import html_to_text
from inboxd.pointing import points_below

NEWS = "The stay came through last night, so please disregard the alarm."
NOUVELLES = "Le sursis a été accordé hier soir; il n'y a plus d'urgence."
ALARM = "He is being removed tomorrow at 9 pm!"

OFFICE = "Office <office@parl.example>"
QUOTES = {
    "Outlook EN": (f"From: {OFFICE}\nSent: November 3, 2026 5:15 PM\nTo: MCMPS <mcmps@ircc.example>\n"
                   f"Subject: URGENT\n\n{ALARM}"),
    "Outlook EN, rule": (f"________________________________\nFrom: {OFFICE}\nSent: November 3, 2026\n"
                         f"To: MCMPS\nSubject: URGENT\n\n{ALARM}"),
    "Outlook EN, wrapped": ("From: A Very Long Office Name\n<office@parl.example>\nSent: November 3, 2026 5:15 PM\n"
                            f"To: MCMPS\nSubject: URGENT\n\n{ALARM}"),
    "Outlook FR": ("De : Bureau <bureau@parl.example>\nEnvoyé : 3 novembre 2026 17:15\nÀ : CMDS <cmds@ircc.example>\n"
                   f"Objet : URGENT\n\n{ALARM}"),
    "Outlook FR, NBSP": ("De\u00a0: Bureau\nEnvoyé\u00a0: 3 novembre 2026\nÀ\u00a0: CMDS\nCc\u00a0: X\n"
                         f"Objet\u00a0: URGENT\n\n{ALARM}"),
    "Original Message": f"-----Original Message-----\nFrom: Office\nSent: Monday\nTo: MCMPS\nSubject: x\n\n{ALARM}",
    "Message d'origine": f"-----Message d'origine-----\nDe : Bureau\nEnvoyé : lundi\nÀ : CMDS\nObjet : x\n\n{ALARM}",
    "Message d’origine, curly": f"-------- Message d’origine --------\n{ALARM}",
    "On ... wrote": f"On Nov 3, 2026, at 5:15 PM, Office <office@parl.example> wrote:\n\n> {ALARM}",
    "On ... wrote over lines": f"On Mon, Nov 3, 2026 at 5:15 PM Office <\noffice@parl.example> wrote:\n\n> {ALARM}",
    "On ... wrote, no marks": f"On 2026-11-03 5:15 p.m., Office wrote:\n\n{ALARM}",
    "Le ... a écrit": f"Le lun. 3 nov. 2026 à 17:15, Bureau <bureau@parl.example> a écrit :\n\n> {ALARM}",
    "Le ... a écrit over lines": f"Le lun. 3 nov. 2026 à 17:15, Bureau <bureau@parl.example>\na écrit :\n\n{ALARM}",
    "marks alone": f"> {ALARM}\n> > older\n>",
    "forwarded EN": f"---------- Forwarded message ---------\nFrom: A <a@b.example>\nSubject: x\n\n{ALARM}",
    "forwarded FR": f"---------- Message transféré ---------\nDe : A <a@b.example>\nDate: lun.\nSubject: x\n\n{ALARM}",
    "forwarded Apple EN": f"Begin forwarded message:\n\nFrom: A\nSubject: x\n\n{ALARM}",
    "forwarded Apple FR": f"Début du message réexpédié :\n\nDe : A\nObjet : x\n\n{ALARM}",
}


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES.keys())
@pytest.mark.parametrize("new", [NEWS, NOUVELLES])
def test_words_above_a_quote_are_new_and_the_quote_is_not(quote: str, new: str) -> None:
    body = split(f"{new}\n\n{quote}\n", "")
    assert body.new == new
    assert ALARM in body.quoted
    # what a mark says was forwarded is evidence, kept apart; what is only quoted is not
    forwards = any(mark in quote for mark in ("Forwarded message", "Message transféré", "forwarded", "réexpédié"))
    assert body.forwarded == (ALARM if forwards else "")
    assert ALARM in body.full


def test_bottom_posted_words_are_new() -> None:
    body = split(f"On 2026-11-03 5:15 p.m., Office wrote:\n> {ALARM}\n> Thanks\n\n{NEWS}", "")
    assert body.new == NEWS


def test_answers_between_the_lines_are_new() -> None:
    body = split("See my answers.\n\n> 1. What expires?\n\nThe visa, on the 26th.\n\n> 2. Who?\n\nAccra did.", "")
    assert body.new == "See my answers.\n\nThe visa, on the 26th.\n\nAccra did."
    assert body.quoted == "> 1. What expires?\n> 2. Who?"


@pytest.mark.parametrize("text", [
    "On the other hand, he has no date yet.\n\nOn average these take a year.",
    "From: Toronto\nTo: Manila\nDate: December 3\n\nIs this itinerary proof enough?",
    "The officer wrote:\nyou must leave by Friday.",
    "Hello,\n-- first point\n-- second point\n\nThanks",
    "(English below)\n\nBonjour, il part vendredi.\n\n----\n\nHello, he leaves on Friday.",
    "Bonjour, il part vendredi.\n\n--\n\nHello, he leaves on Friday and his children stay here alone.",
    "The notification was sent from my iPhone app to all users, and she never got it.",
    "Our client says she was told: in an emergency call 911, and nobody came. She is afraid.",
    "She spoke of suicide again last night, in crisis.\n\nIf you or someone in the family can call her, please do.",
    "This is confidential. Please send no message to her husband; unauthorized disclosure puts her at risk.",
    "Senator Ouimette asks\nIRCC to call him before the flight.\nHe is at the airport.",
])
def test_prose_is_kept_whole(text: str) -> None:
    body = split(text, "")
    assert (body.new, body.quoted, body.signature) == (text, "", "")


SIGNATURES = {
    "delimiter": "-- \nRowan Ashdown\nCaseworker",
    "office EN": "Rowan Ashdown\nConstituency Assistant\nOffice of Jude Farrow, MP | Elm Ridge\nTel: 613-555-0102",
    "office EN, one line": "Constituency Office of Jude Farrow, Member of Parliament | Elm Ridge",
    "M.P.": "Rowan Ashdown - Caseworker\nJude Farrow, M.P. | Elm Ridge\nFacebook | www.jude-farrow.example",
    "office FR": "Maëlle Roy\nAdjointe de circonscription\nBureau de Noé Hamel, député de Val-Clair\n514-555-0111",
    "office FR, one line": "Bureau d’Ève Hamel, députée de Val-Clair",
    "senator EN": "Rowan Ashdown\nPolicy Advisor\nOffice of the Hon. Ada Birch, Senator (Ontario)\nOttawa, Ontario",
    "senator FR": "Maëlle Roy - Adjointe\nBureau de l’hon. Ada Birch, sénatrice (Québec)",
    "bilingual": "Rowan Ashdown\nOffice of Jude Farrow, MP | Elm Ridge\nBureau de Jude Farrow, député de Elm Ridge",
    "title and telephone": "Rowan Ashdown\nCaseworker\n613-555-0102",
    "device EN": "Sent from my iPhone",
    "device EN, typos": "Sent from my iPhone. Please excuse typos.",
    "device FR": "Envoyé de mon iPhone",
    "device FR, Outlook": "Envoyé à partir d’Outlook pour iOS",
    "Outlook": "Get Outlook for iOS",
}
NOTICES = {
    "none": "",
    "confidentiality EN": "CONFIDENTIALITY: this e-mail is only for the addressee. If it reached you in error, "
                          "delete it.",
    "privilege": "This message may be privileged. Unauthorized disclosure is prohibited.",
    "confidentiality FR": "AVIS DE CONFIDENTIALITÉ : Ce courriel est destiné uniquement à son destinataire. "
                          "Si vous l’avez reçu par erreur, veuillez le supprimer.",
    "printing EN": "Please consider the environment before printing.",
    "printing FR": "Devez-vous vraiment l’imprimer?",
    "crisis EN": "If you or someone you know is thinking about suicide, call or text 9-8-8, any time.",
    "crisis FR": "Détresse, idées suicidaires? Une écoute en tout temps : 1 866 555-0100. Urgence : 911.",
    "911": "Emergency? Dial 911. This mailbox isn’t watched after 5 p.m.",
}


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES.keys())
@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES.keys())
def test_signature_and_notice_are_cut(signature: str, notice: str) -> None:
    body = split(f"Hello,\n\n{NEWS}\n\n{signature}\n\n{notice}", "")
    assert body.new == f"Hello,\n\n{NEWS}"
    assert body.signature.split() == f"{signature} {notice}".replace("\u00a0", " ").split()


@pytest.mark.parametrize("slogan", [
    "Our office is a drop-off point for the blanket drive. One warm blanket can save a life!",
    "Collecte de sang du député le 28 novembre : un don, quatre vies sauvées!",
    "Note to constituents: an MP’s office can’t stop a deportation.",
    "Official Opposition Critic for Immigration",
    "With respect we work on unceded territory.",
])
def test_slogan_under_a_signature_is_cut_but_the_same_words_above_are_not(slogan: str) -> None:
    office = "Office of Jude Farrow, MP | Elm Ridge"
    assert split(f"{NEWS}\n\n{office}\n\n{slogan}", "").new == NEWS
    assert split(f"{NEWS}\n\n{slogan}", "").new == f"{NEWS}\n\n{slogan}"


@pytest.mark.parametrize("postscript", [
    "P.S. Her flight is now tonight at 9.",
    "They called again: the removal was moved up to tomorrow morning.",
    "Le dossier est le E123456789.",
])
def test_words_under_a_signature_are_kept(postscript: str) -> None:
    body = split(f"{NEWS}\n\nRowan Ashdown\nOffice of Jude Farrow, MP | Elm Ridge\n\n{postscript}", "")
    assert body.new == f"{NEWS}\n\n{postscript}"


@pytest.mark.parametrize("cover", [
    "See below, please help.", "Hi, please see the message below from a constituent.", "FYI", "Voir ci-dessous, merci.",
    "Bonjour, je vous transmets le courriel ci-dessous. Nous avons le consentement.", "",
])
def test_forwarded_text_is_evidence_when_the_note_only_points_to_it(cover: str) -> None:
    story = "Dear MP, they put me on a plane on Friday. My number is E123456789.\nAmina"
    office = "Office of Jude Farrow, MP | Elm Ridge"
    forward = f"---------- Forwarded message ---------\nFrom: Amina <a@mail.example>\nSubject: help\n\n{story}"
    body = split(f"{cover}\n\n{office}\n\n{forward}", "")
    assert (body.new, body.forwarded, body.signature) == (cover, story, office)
    assert story in body.quoted


def test_forward_of_a_quoted_message_is_read_without_its_marks() -> None:
    body = split("See below.\n\nBegin forwarded message:\n\n> From: A\n> Subject: x\n>\n> I am in danger.\n> A", "")
    assert body.forwarded == "I am in danger.\nA"


@pytest.mark.parametrize("note", [
    "Hello, the constituent below is only unhappy about his wait. Where is E123456789?",
    "Bonjour, monsieur est découragé mais rien de grave. Où en est F111967081, svp?",
])
def test_note_that_asks_for_itself_does_not_point(note: str) -> None:
    assert not points_below(note)
    body = split(f"{note}\n\nBegin forwarded message:\n\nFrom: A\nSubject: x\n\n{ALARM}", "")
    assert (body.new, body.forwarded) == (note, ALARM)


@pytest.mark.parametrize("text", [
    "> only a quote", "On 2026-11-03 5:15 p.m., Office wrote:\n\nsomething", "Office of Jude Farrow, MP | Elm Ridge",
    "Sent from my iPhone",
])
def test_where_nothing_would_be_left_the_text_is_kept(text: str) -> None:
    assert split(text, "").new == text


def test_empty_mail_has_an_empty_body() -> None:
    body = split(" \r\n\u00a0\n", "<html><body><p>&nbsp;</p></body></html>")
    assert (body.full, body.new, body.html_only, body.links) == ("", "", False, ())


def test_new_text_is_plain_and_clean() -> None:
    body = split("\ufeffBonjour\u00a0!\r\n\r\n\r\n\r\nIl part\u200b demain.  \r\n", "")
    assert body.new == "Bonjour !\n\nIl part demain."


def test_links_are_those_of_the_new_text() -> None:
    text = ("Files: https://Files.CloudBox.example/s/9 and https://files.cloudbox.example/t.\n\n-- \nRowan\n"
            "https://www.jude.example\n\nOn 2026-11-03 5:15 p.m., X wrote:\n> http://old.example/x")
    assert split(text, "").links == ("files.cloudbox.example",)


def test_link_that_only_the_html_shows_counts() -> None:
    page = '<p>The papers are in our <a href="https://box.example/x">folder</a>.</p>'
    body = split("The papers are in our folder.", page)
    assert (body.new, body.links, body.html_only) == ("The papers are in our folder.", ("box.example",), False)


def test_html_stands_in_for_a_plain_part_that_says_nothing() -> None:
    page = "<p>Mr. Ash is to be removed on Friday morning; the office asks for a call before noon today, please.</p>"
    body = split("This message needs HTML.", page)
    assert body.html_only
    assert body.new.startswith("Mr. Ash")


@pytest.mark.parametrize(("html", "text"), [
    ("<p>a <b>b</b></p><p>c</p>", "a b\n\nc"),
    ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
    ("a<br>b<br><br>c", "a\nb\n\nc"),
    ('<p class="MsoNormal">a</p><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">b</p><p class="MsoNormal">c</p>',
     "a\n\nb\nc"),
    ("<style>p{}</style><script>x()</script><p>a</p><!-- b -->", "a"),
    ('<p>a<span style="display:none">hidden</span></p><div hidden>x</div><p style="font-size:0">y</p>', "a"),
    ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ("<p>a</p><blockquote type=cite><p>b</p><blockquote>c</blockquote></blockquote>d", "a\n\n> b\n>\n> > c\n\nd"),
    ('<blockquote style="margin:0 0 0 40px;border:none;padding:0px">mine</blockquote>', "mine"),
    ('<a href="https://drive.example/f/1">here</a>', "here (https://drive.example)"),
    ('<a href="https://drive.example/f/1">https://drive.example/f/1</a>', "https://drive.example/f/1"),
    ('<a href="mailto:a@b.example">a</a>', "a"),
    ("<pre>a\n  b</pre>", "a\n b"),
    ("&eacute;&nbsp;&amp;", "é &"),
    ("no tags", "no tags"),
    ("", ""),
])
def test_html_as_text(html: str, text: str) -> None:
    assert re.sub(r"\n>\n(?!>)", "\n", html_to_text(html)) == text


HTML_REPLIES = {
    "Gmail": '<div dir="ltr">NEW</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 3, 2026 at 5:15 '
             'PM Office &lt;<a href="mailto:o@p.example">o@p.example</a>&gt; wrote:<br></div><blockquote '
             'class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px">OLD</blockquote></div>',
    "Outlook web": '<div>NEW</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Office<br>'
                   "<b>Sent:</b> Monday<br><b>To:</b> MCMPS<br><b>Subject:</b> x</div><div>OLD</div>",
    "Outlook": '<p class="MsoNormal">NEW</p><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
               '<p class="MsoNormal">'
               "<b>De :</b> Bureau<br><b>Envoyé :</b> lundi<br><b>À :</b> CMDS<br><b>Objet :</b> x</p></div>"
               '<p class="MsoNormal">OLD</p>',
    "Apple": '<div>NEW</div><div><br><blockquote type="cite"><div>On Nov 3, 2026, at 5:15 PM, Office wrote:</div>OLD'
             "</blockquote></div>",
    "Thunderbird": '<p>NEW</p><div class="moz-cite-prefix">Le 2026-11-03 à 17:15, Bureau a écrit :</div><blockquote '
                   'type="cite">OLD</blockquote>',
}


@pytest.mark.parametrize("html", HTML_REPLIES.values(), ids=HTML_REPLIES.keys())
def test_html_reply_is_split_like_plain_text(html: str) -> None:
    body = split("", html.replace("NEW", NEWS).replace("OLD", ALARM))
    assert body.html_only
    assert body.new == NEWS
    assert ALARM in body.quoted


def test_html_signature_is_marked_by_its_class() -> None:
    page = f'<div>{NEWS}</div><div class="gmail_signature"><div>Rowan Ashdown</div><div>Elm Ridge</div></div>'
    assert split("", page).new == NEWS


LINES = st.sampled_from([
    NEWS, NOUVELLES, "", "> quoted", "-- ", "From: A <a@b.example>", "Sent: Monday", "To: B", "Subject: c", "De : A",
    "Envoyé : lundi", "Objet : c", "On Mon, Nov 3, 2026 at 5:15 PM A <a@b.example> wrote:", "Sent from my iPhone",
    "Office of Jude Farrow, MP | Elm Ridge", "-----Original Message-----", "Begin forwarded message:", "See below.",
    "________________________________", "Tel: 613-555-0102", "Emergency? Dial 911.", "Rowan", "P.S. tonight",
])
DOCUMENTS = st.one_of(st.text(st.characters(codec="utf-8"), max_size=300), st.lists(LINES, max_size=14).map("\n".join))


@given(DOCUMENTS)
def test_every_word_is_kept_in_order_somewhere_and_nothing_is_invented(text: str) -> None:
    body = split(text, "")
    words = body.full.split()
    assert bool(body.new or body.forwarded) == bool(words)
    rest = iter(words)
    assert all(word in rest for word in body.new.split())
    kept = (body.new + " " + body.quoted + " " + body.signature).split()
    assert sorted(kept) == sorted(words)


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.lists(st.sampled_from(
    ["<p>", "</p>", "<div>", "</div>", "<blockquote>", "</blockquote>", "<br>", "<a href='http://[x'>", "</a>", "text",
     "<!--", "-->", "<style>", "</style>", "&nbsp;", "<td>", "<pre>", "\x00", "<", ">"]), max_size=20).map("".join))
def test_any_html_can_be_read(plain: str, html: str) -> None:
    assert "\r" not in split(plain, html).full
    assert "<p>" not in html_to_text(html)


@pytest.mark.parametrize("hostile", [
    "-- \n" * 50_000, "From: a\nTo: b\n" * 20_000, "On x\n" * 50_000, "see " * 100_000, "> " * 100_000, "a" * 500_000,
    "Office of Jane Doe, MP | X\n\n" * 5_000, "avis message " * 50_000, "http://" * 50_000,
])
def test_hostile_text_costs_no_more_than_its_length(hostile: str) -> None:
    before = time.process_time()
    split(hostile, "")
    assert time.process_time() - before < 5


@pytest.mark.parametrize("hostile", ["<div>" * 100_000 + "x", "<b>" * 50_000 + "x", "<blockquote>" * 50_000 + "x"])
def test_hostile_html_costs_no_more_than_its_length(hostile: str) -> None:
    before = time.process_time()
    assert html_to_text(hostile) == "x"
    assert time.process_time() - before < 5
