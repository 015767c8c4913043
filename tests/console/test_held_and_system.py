"""What waits for a person, and the running of the service, as people see and settle it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from inboxd import outgoing, timers
from inboxd.conditions import Kind
from inboxd.console import held
from inboxd.console.doors import page_of
from inboxd.roles import Role
from inboxd.settings import Security
from inboxd.store import shown_days
from inboxd.tables import effects, mails
from tests.console.browsing import complaints
from tests.console.conftest import LANGUAGES, Office, Visit
from tests.crash.letters import PDF, PHRASE, critical, in_bytes, letter

HELD = {"en": "Held", "fr": "Retenus"}


def without_identity(number: str = "E123456789") -> bytes:
    """Documents that say nothing of whose they are: held for a person."""
    mail = letter(f"{PHRASE} {number}", "Please attach this.")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="passport.pdf")
    return in_bytes(mail)


def unverified() -> bytes:
    mail = letter("Hello", "Is there news?")
    del mail["Authentication-Results"]
    return in_bytes(mail)


def test_a_form_that_is_refused_leads_back_to_its_page(office: Office, visit: Visit) -> None:
    office.receive(without_identity())
    page = visit("/held")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("nothing was ticked")).to_be_visible()
    page.get_by_role("link", name="Back to the page before").click()
    expect(page.get_by_role("heading", name="Held", level=1)).to_be_visible()
    assert page_of("/outbox/stop") == "/system"
    assert page_of("/templates/receipt/activate") == "/templates/receipt"
    assert page_of("//elsewhere.example/retry") == page_of("/sign-out") == page_of("/nowhere/retry") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_open_list_says_that_it_is_out_of_date_and_keeps_what_was_ticked(
    office: Office, visit: Visit, language: str
) -> None:
    first = office.receive(without_identity())
    page = visit("/held", language=language)
    page.clock.install()
    page.reload()
    tick = page.locator(f"input[type=checkbox][value='{first}']")
    tick.check()
    page.clock.fast_forward(31_000)
    anew = page.get_by_role("link", name={"en": "Load the page anew", "fr": "Recharger la page"}[language])
    page.wait_for_timeout(500)
    expect(anew).to_have_count(0)
    second = office.receive(without_identity("W987654321"))
    page.clock.fast_forward(31_000)
    expect(anew).to_be_visible()
    expect(tick).to_be_checked()
    assert complaints(page) == []
    anew.click()
    expect(page.locator(f"input[type=checkbox][value='{second}']")).to_be_visible()


def test_an_open_case_and_the_system_say_that_they_are_out_of_date(office: Office, visit: Visit) -> None:
    case = office.case_of(office.receive(critical()))
    page = visit(f"/cases/{case.reference}")
    page.clock.install()
    page.reload()
    page.get_by_label("Reason, for whoever looks later").fill("not yet sent")
    timers.close_case(office.desk.context, case.reference, "person:somebody")
    read = len(office.journal("read"))
    page.clock.fast_forward(31_000)
    expect(page.get_by_text("Something has changed here since.")).to_be_visible()
    expect(page.get_by_label("Reason, for whoever looks later")).to_have_value("not yet sent")
    assert len(office.journal("read")) == read, "asking shows nothing of a mail"
    page = visit("/system")
    page.clock.install()
    page.reload()
    try:
        outgoing.hold_all(office.desk.context, reason="a test", actor="person:test")
        page.clock.fast_forward(31_000)
        expect(page.get_by_text("Something has changed here since.")).to_be_visible()
    finally:
        outgoing.release_all(office.desk.context, actor="person:test")


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_mail_is_listed_by_cause_and_leads_to_the_mail(office: Office, visit: Visit, language: str) -> None:
    mail_id = office.receive(without_identity())
    page = visit("/held", language=language)
    expect(page.get_by_role("heading", level=1)).to_have_text(HELD[language])
    assert complaints(page) == []
    page.get_by_role("link", name={"en": f"Mail {mail_id}", "fr": f"Message {mail_id}"}[language], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(mail_id))
    assert complaints(page) == []


def test_an_officer_releases_held_documents(office: Office, visit: Visit) -> None:
    mail_id = office.receive(without_identity())
    page = visit(f"/mails/{mail_id}")
    page.get_by_role("button", name="Release the documents").click()
    expect(page.get_by_role("status")).to_contain_text("released")
    office.world.run()
    page.reload()
    expect(page.get_by_text("Attached").first).to_be_visible()
    assert office.mail(mail_id).state == "done"
    assert office.mail(mail_id).instruction["actor"] == "person:officer-en"


def test_a_number_that_no_record_has_is_refused_with_the_reason(office: Office, visit: Visit) -> None:
    mail_id = office.receive(without_identity())
    page = visit(f"/mails/{mail_id}")
    page.get_by_label("Application number").fill("E999999999")
    with page.expect_response(lambda response: response.status == 409):
        page.get_by_role("button", name="Release the documents").click()
    expect(page.get_by_text("the register has no record")).to_be_visible()
    assert office.mail(mail_id).state == "held"


def test_held_documents_are_refused_and_the_sender_learns_why(office: Office, visit: Visit) -> None:
    mail_id = office.receive(without_identity())
    page = visit(f"/mails/{mail_id}", language="fr")
    page.get_by_role("combobox").select_option("NUMBER_UNKNOWN")
    page.get_by_role("button", name="Refuser les documents").click()
    expect(page.get_by_role("status")).to_contain_text("refusés")
    office.world.run()
    assert "NUMBER_UNKNOWN" in office.mail(mail_id).because


def test_several_of_one_cause_are_tried_again_together(office: Office, visit: Visit) -> None:
    both = [office.receive(unverified()) for _ in range(2)]
    page = visit("/held")
    page.get_by_role("link", name="It could not be verified who sent the message.").click()
    for mail_id in both:
        page.get_by_role("checkbox", name=f"Mail {mail_id}", exact=True).check()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status")).to_contain_text("due again")
    assert [office.mail(mail_id).state for mail_id in both] == ["taken", "taken"]
    office.world.run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_list_is_read_page_by_page(
    office: Office, visit: Visit, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    for _ in range(3):
        office.receive(unverified())
    monkeypatch.setattr(held, "AT_ONCE", 2)
    page = visit("/held?reason=SENDER_UNVERIFIED", language=language)
    rows, seen = page.locator("table tbody tr"), []
    after = page.get_by_role("link", name={"en": "Less pressing", "fr": "Moins pressants"}[language])
    seen += rows.locator("th").all_inner_texts()
    while after.count():
        after.click()
        expect(page).to_have_url(re.compile("reason=SENDER_UNVERIFIED&page="))
        seen += rows.locator("th").all_inner_texts()
    assert len(seen) == len(set(seen)) >= 3
    assert complaints(page) == []
    page.get_by_role("link", name={"en": "More pressing", "fr": "Plus pressants"}[language]).click()
    expect(rows).to_have_count(2)
    for odd in ("0", "99999", "x", "-1", "²"):
        token = office.token(Role.VIEWER)
        assert office.ask("GET", f"/held?page={quote(odd)}", token=token).status == 200


def test_a_reply_that_may_have_arrived_is_sent_once_more_only_by_a_tick_on_its_own_page(
    office: Office, visit: Visit
) -> None:
    mail_id = office.receive(critical())
    with office.desk.database.transaction() as tx:
        reply = tx.execute(update(effects).where(effects.c.mail_id == mail_id, effects.c.kind == "send").values(
            state="buried", looked_at=office.world.clock.at))
        tx.execute(update(mails).where(mails.c.id == mail_id).values(state="held", held_reason="EFFECT_FAILED"))
    assert reply.rowcount == 1
    page = visit("/held")
    page.get_by_role("checkbox", name=f"Mail {mail_id}").check()
    expect(page.get_by_text("What could not be done outside")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text(f"nobody knows whether the reply to mail {mail_id} arrived")).to_be_visible()
    page = visit(f"/mails/{mail_id}")
    expect(page.get_by_text("Nobody knows whether the reply arrived. Ask the office first.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("sends it once more")).to_be_visible()
    assert not office.journal("send_repeated", mail_id=mail_id)
    page.get_by_role("link", name="Back to the page before").click()
    page.get_by_label("Send the reply once more, though it may have arrived").check()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert office.journal("send_repeated", mail_id=mail_id)[-1].actor == "person:officer-en"
    office.world.run()
    assert office.mail(mail_id).state == "done"


def test_what_cannot_be_done_is_named_and_the_rest_is_done(office: Office) -> None:
    held, other = office.receive(without_identity()), office.receive(critical())
    token = office.token(Role.OFFICER)
    body = f"form_token={office.form_token(token)}&id={held}&id={other}&id=x"
    answer = office.pool.request(
        "POST", f"{office.address}/held/retry", body=body,
        headers={"Cookie": f"{office.cookie}={token}", "Origin": office.address,
                 "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status == 409
    assert f"mail {other} is not held" in answer.data.decode()
    assert office.mail(held).state == "taken"
    office.world.run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_system_shows_how_the_service_stands(office: Office, visit: Visit, language: str) -> None:
    page = visit("/system", role=Role.ADMIN, language=language)
    expect(page.locator("main")).to_contain_text("INBOX")
    expect(page.locator("main")).to_contain_text({"en": "Holiday table", "fr": "Table des jours fériés"}[language])
    expect(page.locator("main")).to_contain_text(office.world.context.database.revision()[1])
    assert complaints(page) == []


def test_an_admin_stops_mail_lets_one_go_and_cancels_another(office: Office, visit: Visit) -> None:
    page = visit("/system", role=Role.ADMIN)
    page.get_by_label("Reason, for whoever looks later").fill("a wrong text")
    page.get_by_role("button", name="Stop all mail to the outside").click()
    expect(page.get_by_text("All mail to the outside is stopped since")).to_be_visible()
    try:
        first, second = office.receive(critical("One")), office.receive(critical("Two"))
        page.reload()
        waiting = page.get_by_role("row").filter(has_text="ack_critical")
        expect(waiting).to_have_count(2)
        newest, oldest = waiting.nth(0), waiting.nth(1)
        oldest.get_by_role("checkbox").check()
        page.get_by_role("button", name="Let the chosen go").click()
        expect(page.get_by_role("status")).to_contain_text("leave within seconds")
        newest.get_by_role("checkbox").check()
        page.get_by_role("button", name="Cancel the chosen").click()
        expect(page.get_by_text("a reason is needed")).to_be_visible()
        page.goto(office.address + "/system")
        newest.get_by_role("checkbox").check()
        page.get_by_label("Reason, for whoever looks later").fill("answered by hand")
        page.get_by_role("button", name="Cancel the chosen").click()
        expect(page.get_by_role("status")).to_contain_text("cancelled")
        office.world.run()
        assert office.mail(first).state == "done"
        assert office.mail(second).held_reason == "REPLY_CANCELLED"
        assert office.journal("send_cancelled")[-1].actor == "person:admin-en"
    finally:
        outgoing.release_all(office.desk.context, actor="person:test")


def test_whoever_only_looks_is_offered_nothing_to_do(office: Office, visit: Visit) -> None:
    office.receive(without_identity())
    case = office.case_of(office.receive(critical()))
    for path in ("/held", "/system", f"/cases/{case.reference}"):
        page = visit(path, role=Role.VIEWER)
        assert page.locator("main form button").count() == 0
        assert page.locator("input[type=checkbox]").count() == 0
        assert page.locator("a[download]").count() == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_certificate_has_the_day_that_its_server_showed_the_daemon(
    office: Office, visit: Visit, language: str
) -> None:
    """The desk itself speaks to no server."""
    ends = datetime(2031, 3, 9, 12, tzinfo=UTC)
    settings = office.desk.context.settings
    smtp = settings.smtp.model_copy(update={"security": Security.STARTTLS})
    office.desk.context.settings = settings.model_copy(update={"smtp": smtp})
    with office.desk.database.transaction() as tx:
        shown_days.keep(tx, settings.mailbox.account, {(Kind.CERTIFICATE_ENDS, "smtp"): ends}, office.world.clock.at)
    page = visit("/system", language=language)
    row = page.locator("li, tr").filter(has_text="smtp").filter(has_text="2031")
    expect(row).to_contain_text({"en": "Mar 9, 2031", "fr": "9 mars 2031"}[language])
    office.desk.context.settings = settings
