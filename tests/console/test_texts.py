"""A template admin at work: side by side, checked while typing, tried on past mail, taken into use, undone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from inboxd.roles import Role
from tests.console.browsing import complaints
from tests.console.conftest import LANGUAGES, Office, Visit
from tests.crash.letters import critical

PATH = "/templates/ack_critical"


def edit(page: Page, language: str, *, add: str) -> None:
    """Put a line behind the last one, as somebody who types."""
    box = page.locator(f"#text-{language}")
    box.fill(box.input_value() + add)


def last_text(office: Office) -> str:
    """The newest acknowledgement that left."""
    return [out.text for out in office.world.post.sent() if "CRITICAL" in out.text][-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_listed_and_shown_side_by_side(visit: Visit, language: str) -> None:
    page = visit("/templates", role=Role.TEMPLATE_ADMIN, language=language)
    assert complaints(page) == []
    page.get_by_role("link", name="ack_critical", exact=True).click()
    boxes = page.locator("textarea")
    expect(boxes).to_have_count(2)
    expect(boxes.nth(0)).to_have_attribute("lang", "en")
    expect(boxes.nth(1)).to_have_attribute("lang", "fr")
    assert complaints(page) == []


def test_a_text_is_checked_while_it_is_typed(visit: Visit) -> None:
    page = visit(PATH, role=Role.TEMPLATE_ADMIN)
    edit(page, "en", add="\nDear {{ nobody_knows_this }}\n")
    expect(page.locator("#verdict")).to_contain_text("en/ack_critical.txt.j2:")
    expect(page.locator("#verdict")).to_contain_text("nobody_knows_this")
    page.locator("#text-en").fill(page.locator("#text-en").input_value().replace("{{ nobody_knows_this }}", "all"))
    expect(page.locator("#verdict")).to_contain_text("It holds")


def test_a_draft_is_previewed_and_compared_with_what_was_sent_and_nothing_is_taken(
    office: Office, visit: Visit
) -> None:
    mail_id = office.receive(critical("Try"))
    page = visit(PATH, role=Role.TEMPLATE_ADMIN)
    edit(page, "en", add="\nA new closing line.\n")
    page.get_by_label("With the values of mail number").fill(str(mail_id))
    page.get_by_role("button", name="Preview and compare").click()
    preview = page.get_by_role("region", name="Preview, English")
    expect(preview).to_contain_text("A new closing line.")
    expect(preview).to_contain_text(office.case_of(mail_id).reference)
    expect(page.locator("ins").filter(has_text="A new closing line.").first).to_be_visible()
    expect(page.get_by_text("would say something else").first).to_be_visible()
    assert complaints(page) == []
    office.receive(critical("Still"))
    assert "A new closing line." not in last_text(office)


def test_a_text_is_taken_into_use_and_undone(office: Office, visit: Visit) -> None:
    page = visit(PATH, role=Role.TEMPLATE_ADMIN)
    for language, line in (("en", "\nWith kind regards.\n"), ("fr", "\nCordialement.\n")):
        edit(page, language, add=line)
    page.get_by_label("What changed, and why").fill("a closing line")
    page.get_by_role("button", name="Take into use").click()
    expect(page.get_by_role("status").first).to_contain_text("in force")
    office.receive(critical("One"))
    assert "With kind regards." in last_text(office)
    row = page.get_by_role("row").filter(has_text="a closing line")
    expect(row).to_contain_text("person:template-admin-en")
    expect(row).to_contain_text("in force")
    page.get_by_role("button", name="Take this one again").first.click()
    expect(page.get_by_role("status").first).to_contain_text("in force again")
    office.receive(critical("Two"))
    assert "With kind regards." not in last_text(office)


@pytest.mark.parametrize(
    "broken",
    ["\n{% if %}\n", "\n{{ unknown }}\n", "\n{% for x in range(10**9) %}x{% endfor %}\n", "\n{{ ''.__class__ }}\n",
     "x" * 1_000_000],
    ids=["syntax", "name", "endless", "attribute", "a-million"],
)
def test_a_broken_text_is_refused_and_the_last_good_one_serves(office: Office, broken: str) -> None:
    token = office.token(Role.TEMPLATE_ADMIN)
    from inboxd import template_life

    good = {language.value: source.text
            for language, source in template_life.sources(office.desk.context, "ack_critical").items()}
    before = len(template_life.history(office.desk.context, "ack_critical"))
    form = {"form_token": office.form_token(token), "note": "x", "text_en": good["en"] + broken, "text_fr": good["fr"]}
    answer = office.ask("POST", f"{PATH}/activate", token=token, form=form)
    assert answer.status == 422
    assert "en/ack_critical.txt.j2" in answer.data.decode()
    assert len(template_life.history(office.desk.context, "ack_critical")) == before
    office.receive(critical("Again"))
    assert "treated as CRITICAL" in last_text(office)


def test_whoever_may_not_reads_only(visit: Visit) -> None:
    page = visit(PATH, role=Role.OFFICER)
    assert page.locator("textarea[readonly]").count() == 2
    assert page.locator("main button").count() == 0


@pytest.mark.parametrize(("note", "more", "said"), [
    ("", "\nA line that took an hour.\n", "say in a few words what changed"),
    ("x", "\nA line that took an hour.\n{{ unknown }}\n", "en/ack_critical.txt.j2"),
], ids=["no-reason", "bad-text"])
def test_a_refusal_keeps_what_was_typed(office: Office, note: str, more: str, said: str) -> None:
    token = office.token(Role.TEMPLATE_ADMIN)
    form = {"form_token": office.form_token(token), "note": note, "text_en": f"Hello{more}", "text_fr": "Bonjour"}
    answer = office.ask("POST", f"{PATH}/activate", token=token, form=form)
    page = answer.data.decode()
    assert answer.status in (409, 422)
    assert said in page
    assert "A line that took an hour." in page.partition('id="text-en"')[2].partition("</textarea>")[0]
    assert "Bonjour" in page.partition('id="text-fr"')[2].partition("</textarea>")[0]


def test_a_number_that_is_none_keeps_what_was_typed(office: Office) -> None:
    token = office.token(Role.TEMPLATE_ADMIN)
    form = {"form_token": office.form_token(token), "mail": "the last", "text_en": "Long work", "text_fr": "Bonjour"}
    answer = office.ask("POST", f"{PATH}/try", token=token, form=form)
    assert answer.status == 409
    assert "Long work" in answer.data.decode()


@pytest.mark.parametrize(("language", "said"), [
    ("en", "the settings name no folder for the office's own texts"),
    ("fr", "la configuration ne nomme aucun dossier pour les textes propres au bureau"),
])
def test_without_a_folder_for_own_texts_the_page_says_so_before_anybody_writes(
    office: Office, visit: Visit, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    settings = office.desk.context.settings
    bare = settings.model_copy(update={"replies": settings.replies.model_copy(update={"templates": None})})
    monkeypatch.setattr(office.desk.context, "settings", bare)
    page = visit(PATH, role=Role.TEMPLATE_ADMIN, language=language)
    expect(page.locator("section.acts")).to_contain_text(said)
    expect(page.locator("button[formaction$='/activate']")).to_have_count(0)
    expect(page.locator("section.acts button")).to_have_count(1)
    assert complaints(page) == []
    token = office.token(Role.TEMPLATE_ADMIN, language)
    form = {"form_token": office.form_token(token), "note": "x", "text_en": "Long work", "text_fr": "Bonjour"}
    answer = office.ask("POST", f"{PATH}/activate", token=token, form=form)
    assert answer.status == 409
    assert "Long work" in answer.data.decode()


def test_the_french_list_says_in_french_what_each_text_is_for(office: Office) -> None:
    page = office.ask("GET", "/templates", token=office.token(Role.TEMPLATE_ADMIN, "fr")).data.decode()
    assert 'lang="en"' not in page.partition("<main")[2]
    assert "aucun document n’a été accepté" in page
