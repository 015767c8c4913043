"""What an officer does in the morning: see what is due, open a case, read why, and act."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from inboxd.roles import Role
from tests.console.browsing import complaints
from tests.console.conftest import LANGUAGES, Office, Visit
from tests.crash.letters import critical, in_bytes, letter


@pytest.mark.parametrize("language", LANGUAGES)
def test_today_lists_what_is_due_with_its_reason_and_leads_to_the_case(
    office: Office, visit: Visit, language: str
) -> None:
    case = office.case_of(office.receive(critical("Ana Lis")))
    page = visit("/", language=language)
    row = page.get_by_role("row").filter(has_text=case.reference)
    expect(row).to_contain_text({"en": "Critical", "fr": "Critique"}[language])
    expect(row).to_contain_text("h ")
    expect(row).to_contain_text("CR-")
    assert complaints(page) == []
    row.get_by_role("link", name=case.reference).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(case.reference)
    expect(page.locator("mark").first).to_have_text("being removed")
    expect(page.locator(".words.new")).to_contain_text("her life is at risk")
    assert complaints(page) == []
    assert "Lis" not in page.url + page.title()


def test_filters_are_links_and_stay_while_the_list_keeps_itself_current(office: Office, visit: Visit) -> None:
    office.receive(critical())
    page = visit("/")
    page.clock.install()
    page.get_by_role("link", name="Critical").click()
    assert page.url.endswith("/?category=critical")
    expect(page.get_by_role("row")).not_to_have_count(1)
    newer = office.case_of(office.receive(critical("Newer")))
    page.clock.fast_forward(31_000)
    expect(page.get_by_role("link", name=newer.reference)).to_be_visible()
    page.get_by_role("link", name="Complex").click()
    expect(page.get_by_role("link", name=newer.reference)).to_have_count(0)


def test_what_a_case_says_is_noted_with_the_name_of_whoever_read_it(office: Office, visit: Visit) -> None:
    mail_id = office.receive(critical())
    case = office.case_of(mail_id)
    visit(f"/cases/{case.reference}", role=Role.VIEWER)
    read, = office.journal("read", mail_id=mail_id)
    assert read.actor == "person:viewer-en"


def test_an_officer_notes_an_answer(office: Office, visit: Visit) -> None:
    case = office.case_of(office.receive(critical()))
    page = visit(f"/cases/{case.reference}")
    page.get_by_role("button", name="Note as answered").click()
    expect(page.get_by_role("status")).to_contain_text("The reply clock stopped")
    assert office.case_of(case.mail_id).state == "answered"
    noted, = office.journal("answer_noted", case_id=case.id)
    assert noted.actor == "person:officer-en"


def test_a_case_waits_goes_on_and_is_closed(office: Office, visit: Visit) -> None:
    case = office.case_of(office.receive(critical()))
    page = visit(f"/cases/{case.reference}", language="fr")
    page.get_by_role("button", name="Attend le bureau").click()
    expect(page.get_by_role("status")).to_contain_text("suspendu")
    assert office.case_of(case.mail_id).state == "waiting"
    page.get_by_role("button", name="Reprendre").click()
    expect(page.get_by_role("status")).to_contain_text("reprend")
    assert office.case_of(case.mail_id).state == "open"
    page.get_by_role("button", name="Fermer le cas").click()
    expect(page.get_by_role("status")).to_contain_text("fermé")
    assert office.case_of(case.mail_id).state == "closed"
    assert {event.actor for name in ("case_paused", "case_resumed", "case_closed")
            for event in office.journal(name, case_id=case.id)} == {"person:officer-fr"}


def test_a_category_is_changed_with_a_reason(office: Office, visit: Visit) -> None:
    case = office.case_of(office.receive(critical()))
    page = visit(f"/cases/{case.reference}")
    page.get_by_label("New category").select_option(label="Complex")
    page.get_by_label("Reason, for whoever looks later").fill("the removal was cancelled")
    page.get_by_role("button", name="Change the category").click()
    expect(page.get_by_role("status")).to_contain_text("category was changed")
    assert office.case_of(case.mail_id).category == "complex"
    expect(page.get_by_text("Critical to Complex, by person:officer-en: the removal was cancelled")).to_be_visible()
    row = visit("/").get_by_role("row", name=case.reference)
    expect(row).to_contain_text("corrected by a person: the removal was cancelled")


def test_a_case_that_a_follow_up_raised_has_the_reason_of_that(office: Office, visit: Visit) -> None:
    case = office.case_of(office.receive(in_bytes(letter(
        "Status", "Is there any news of the application?", message_id="<s1@parl.example>"
    ))))
    office.receive(in_bytes(letter(
        f"Re: Status {case.reference}", "She is being removed from Canada tomorrow.", In_Reply_To="<s1@parl.example>"
    )))
    row = visit("/").get_by_role("row", name=case.reference)
    expect(row).to_contain_text("Critical")
    expect(row).to_contain_text("raises it; criterion CR-01 hit")


def test_a_conversation_is_read_mail_by_mail(office: Office, visit: Visit) -> None:
    first = office.receive(in_bytes(letter(
        "Removal", "She is being removed from Canada tomorrow.", message_id="<a1@parl.example>"
    )))
    case = office.case_of(first)
    second = office.receive(in_bytes(letter(
        f"Re: Removal {case.reference}", "And her phone number changed.", In_Reply_To="<a1@parl.example>"
    )))
    page = visit(f"/cases/{case.reference}")
    page.get_by_role("navigation", name="Conversation").get_by_role("link", name="Re: Removal").click()
    expect(page.locator(".words.new")).to_contain_text("her phone number changed")
    assert page.url.endswith(f"/cases/{case.reference}/mails/{second}")


def test_the_reply_is_shown_as_it_was_sent(office: Office, visit: Visit) -> None:
    mail_id = office.receive(critical())
    page = visit(f"/cases/{office.case_of(mail_id).reference}")
    replies = page.get_by_role("region", name="Replies as sent")
    replies.locator("summary").first.click()
    expect(replies.locator(".words").first).to_contain_text("treated as CRITICAL")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_office_is_named_beside_its_code_but_in_no_address_and_no_title(
    office: Office, visit: Visit, language: str
) -> None:
    case = office.case_of(office.receive(critical("named")))
    assert case.office == "o1"
    page = visit("/", language=language)
    row = page.get_by_role("row").filter(has_text=case.reference)
    expect(row).to_contain_text("o1")
    expect(row).to_contain_text("Alma Rivers, Maple North")
    links = page.locator("a").evaluate_all("links => links.map(link => link.href)")
    assert not [link for link in links if "Rivers" in link or "Maple" in link]
    page.goto(f"{office.address}/cases/{case.reference}")
    expect(page.locator("dl.facts").first).to_contain_text("Alma Rivers, Maple North")
    assert "Rivers" not in page.title()
    assert complaints(page) == []
