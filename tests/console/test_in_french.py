"""What stages say, on the French desk: in French where the phrasebook has it, marked as English where it has not."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from inboxd.console import telling
from inboxd.console.phrasebook import Phrasebook, Told
from inboxd.console.wording import in_language
from inboxd.replaying.comparing import KINDS
from inboxd.replies import NOTICES
from inboxd.roles import Role
from tests.console.conftest import Office, Visit
from tests.crash.letters import critical

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def book(office: Office) -> Phrasebook:
    rules = office.desk.context.rules
    return Phrasebook(in_language("fr", rules.standards.calendar.zone, (2, 5)), rules)


def test_a_deadline_is_explained_step_by_step_in_french(book: Phrasebook) -> None:
    for english, french in {
        "2026-12-24 20:15 is after closing": f"24 décembre 2026 à 20{NBSP}h{NBSP}15{NBSP}: après la fermeture",
        "2026-12-25 skipped: Christmas Day": f"25 décembre 2026 non compté{NBSP}: Jour de Noël",
        "2026-12-26 skipped: Saturday": f"26 décembre 2026 non compté{NBSP}: samedi",
        "clocks change from EDT to EST: 09:00 stays 09:00":
            f"on passe de HAE à HNE{NBSP}: 09{NBSP}h{NBSP}00 reste 09{NBSP}h{NBSP}00",
    }.items():
        assert book.told(english) == Told(french, "fr")


def test_a_sentence_of_several_is_french_only_as_a_whole(book: Phrasebook) -> None:
    both = (
        "2 separate matters: 1 critical (criterion CR-01 hit); "
        "2 review (the criteria do not settle it; a person decides)"
    )
    assert book.told(both).text == (
        f"2 sujets distincts{NBSP}: 1 Critique (critère CR-01 trouvé){NBSP}; "
        f"2 En cours d’examen (les critères ne tranchent pas{NBSP}; une personne décide)"
    )
    for unknown in ("criterion CR-01 hit; and a new clause", "2026-13-45 is business day 1", "x" * 100_000, "a (b; c"):
        assert book.told(unknown) == Told(unknown, "en")


def test_every_text_of_ours_has_its_purpose_in_french(book: Phrasebook) -> None:
    told = {name: book.told(notice.purpose) for name, notice in NOTICES.items()}
    assert {name for name, one in told.items() if one.lang != "fr"} == set()
    assert len({one.text for one in told.values()}) == len({notice.purpose for notice in NOTICES.values()})
    assert told["failure"].text == (
        f"expéditeur{NBSP}: aucun document n’a été accepté{NBSP}; ce qu’il faut corriger"
    )


def test_every_way_in_which_a_draft_decides_otherwise_is_named_in_french(book: Phrasebook) -> None:
    told = [book.told(name) for name in KINDS.values()]
    assert {one.lang for one in told} == {"fr"}
    assert len({one.text for one in told}) == len(KINDS)


def test_the_page_of_a_case_says_its_reason_and_deadline_in_french(office: Office, visit: Visit) -> None:
    case = office.case_of(office.receive(critical("french")))
    page = visit(f"/cases/{case.reference}", language="fr")
    main = page.locator("main")
    expect(main).to_contain_text(re.compile("critère [A-Z]+-[0-9]+.* trouvé"))
    expect(page.locator("[aria-labelledby=deadline] ol li").first).to_contain_text(re.compile("jour ouvrable|délai"))
    expect(page.locator("[aria-labelledby=deadline] [lang=en], [aria-labelledby=events] [lang=en]")).to_have_count(0)


@pytest.mark.parametrize(("path", "form", "said"), [
    ("/cases/XX00-000000-X/answered", {}, "il n’y a pas de cas XX00-000000-X"),
    ("/cases/XX00-000000-X/close", {}, "il n’y a pas de cas ouvert XX00-000000-X"),
    ("/cases/XX00-000000-X/category", {"category": "none"}, "cette catégorie n’existe pas"),
    ("/mails/999999/retry", {}, "le message 999999 n’est pas retenu"),
    ("/mails/999999/release", {}, "il n’y a pas de message 999999"),
    ("/mails/999999/release", {"number": "12"}, "ce n’est pas un numéro de demande tel que E123456789"),
    ("/mails/999999/refuse", {"reason": "none"}, "ce motif n’existe pas"),
    ("/held/retry", {}, "rien n’a été choisi"),
    ("/outbox/hold", {"id": "999999"}, "un motif est nécessaire, pour qui regardera plus tard"),
    ("/outbox/hold", {"id": "999999", "reason": "x"}, "il n’y a pas de message en partance 999999"),
])
def test_what_a_stage_refuses_is_told_in_french(office: Office, path: str, form: dict[str, str], said: str) -> None:
    token = office.token(Role.ADMIN, "fr")
    answer = office.ask("POST", path, token=token, form={"form_token": office.form_token(token), **form})
    page = answer.data.decode()
    assert answer.status == 409
    assert said in page
    assert 'lang="en"' not in page.split("<main")[1]


@pytest.mark.parametrize(("language", "colon", "quotes"), [
    ("en", ': "', ("\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}")),
    ("fr", f'{NBSP}: "', (f"«{NBSP}", f"{NBSP}»")),
])
def test_colons_and_quotation_marks_are_those_of_the_language(
    office: Office, visit: Visit, language: str, colon: str, quotes: tuple[str, str]
) -> None:
    case = office.case_of(office.receive(critical("marks")))
    page = visit("/", language=language, viewport={"width": 320, "height": 900})
    before = page.locator("td[data-label]").first.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert before.endswith(colon), before
    page.goto(f"{office.address}/cases/{case.reference}")
    quoted = page.locator("q").first
    assert quoted.evaluate("words => getComputedStyle(words).quotes").startswith(f'"{quotes[0]}" "{quotes[1]}"')
    joined = page.locator("[aria-labelledby=hits] li").filter(has=page.locator("q")).first.inner_text()
    assert (f"{NBSP}: " in joined) is (language == "fr"), joined


def test_descriptions_of_criteria_have_the_apostrophe_of_print(office: Office) -> None:
    page = office.ask("GET", "/criteria", token=office.token(Role.OFFICER, "fr")).data.decode()
    assert "Un risque de suicide ou d’automutilation" in page
    assert re.findall(r"\w(?:'|&#39;)\w", page.partition("<main")[2]) == []


def test_how_sure_the_second_reader_was_is_written_as_each_language_does(office: Office) -> None:
    story = {"cases": [], "mail": {"hits": [
        {"criterion": "SR", "category": "urgent", "words": "99%: funeral, tomorrow", "where": "opinion"},
    ]}}
    for language, sure in (("en", "99%"), ("fr", f"99{NBSP}%")):
        hit, = telling.hits_of(office.desk.context, story, None, language)
        assert (hit["sure"], hit["words"]) == (sure, "funeral, tomorrow")
