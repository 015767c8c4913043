"""Mail that attacks whoever reads it at the desk: nothing of it runs, loads, leads away or lies about itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from inboxd.roles import Role
from tests.console.conftest import Office, Visit
from tests.crash.letters import PDF, PHRASE, in_bytes, letter

SCRIPT = "<script>window.owned=1</script><img src=x onerror=window.owned=1><svg onload=window.owned=1></svg>"
WORDS = f"""{SCRIPT}
"><style>*{{display:none}}</style><a href="javascript:window.owned=1" id=lure>click</a>
{{{{ 7*7 }}}} {{% for x in [1] %}}owned{{% endfor %}}
<div hx-get="/sign-out" hx-trigger="load" hx-on:load="window.owned=1"></div>
<form action="https://elsewhere.example"><button>Win</button></form>
Our constituent is being removed from Canada tomorrow morning. \u202eevil\u2066 end
https://elsewhere.example/track
"""
SUBJECT = f"Removal {SCRIPT} \u202egnp.exe"


def hostile(*, html: bool) -> bytes:
    mail = letter(SUBJECT, WORDS)
    mail.replace_header("From", f'"{"<script>window.owned=1</script>"} \u202emoc" <staff.rivers@parl.example>')
    if html:
        mail.set_content(
            f"<html><body><p>Our constituent is being removed from Canada tomorrow.</p>{SCRIPT}"
            "<iframe src='https://elsewhere.example'></iframe><link rel=stylesheet href='https://elsewhere.example/x'>"
            "<meta http-equiv=refresh content='0;url=https://elsewhere.example'></body></html>", subtype="html",
        )
    return in_bytes(mail)


@pytest.mark.parametrize("html", [False, True], ids=["plain", "html"])
def test_a_hostile_mail_is_shown_and_does_nothing(office: Office, visit: Visit, html: bool) -> None:
    mail_id = office.receive(hostile(html=html))
    case = office.case_of(mail_id)
    assert case is not None
    asked: list[str] = []
    for path in (f"/cases/{case.reference}", f"/mails/{mail_id}", "/"):
        page = visit(path)
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.owned") is None
        assert page.locator("script").count() == 1, "ours"
        assert page.locator("main :is(style, img, svg, iframe, a[href^='javascript'], #lure)").count() == 0
        assert page.locator("main [hx-on\\:load], main form[action*='elsewhere']").count() == 0
        seen = page.inner_text("main")
        assert not set("\u202e\u2066\u202d\u200f") & set(seen)
        assert "49 owned" not in seen
    assert all(url.startswith(office.address) for url in asked), asked
    page = visit(f"/mails/{mail_id}")
    expect(page.locator(".words.new")).to_contain_text("constituent is being removed")
    if not html:
        expect(page.locator(".words.new")).to_contain_text("<script>window.owned=1</script>")
    assert page.locator("mark").count() > 0


def test_a_document_is_saved_under_a_safe_name_and_noted(office: Office) -> None:
    mail = letter(f"{PHRASE} E123456789", "Please attach. UCI 11-2222-3333")
    name = '../../x"\r\nSet-Cookie: desk=1\u202efdp.exe'
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="passport.pdf")
    raw = in_bytes(mail).replace(b'"passport.pdf"', f'"{name.replace(chr(34), "")}"'.encode().replace(b"\r\n", b" "))
    mail_id = office.receive(raw)
    token = office.token(Role.OFFICER)
    page = office.ask("GET", f"/mails/{mail_id}", token=token).data.decode()
    path = page.split(f'href="/mails/{mail_id}/files/')[1].split('"')[0]
    for address, beginning in ((f"/mails/{mail_id}/files/{path}", b"%PDF"), (f"/mails/{mail_id}/raw", b"Auth")):
        answer = office.ask("GET", address, token=token)
        assert answer.status == 200
        assert answer.data.startswith(beginning)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith('attachment; filename="')
        assert disposition.isascii()
        assert disposition.count('"') == 2
        assert ".." not in disposition
        assert "/" not in disposition
        assert "Set-Cookie" not in answer.headers
    assert [event.detail["file"] for event in office.journal("taken_out", mail_id=mail_id)][-1] == "raw"
    assert office.ask("GET", f"/mails/{mail_id + 1000}/raw", token=token).status == 404
    other = office.receive(in_bytes(letter("Hello", "Any news?")))
    assert office.ask("GET", f"/mails/{other}/files/{path}", token=token).status == 404


def test_malware_is_never_given_out_nor_the_mail_that_has_it(office: Office) -> None:
    from tests.files.malware import eicar

    mail = letter(f"{PHRASE} E123456789", "Please attach. UCI 11-2222-3333")
    mail.add_attachment(eicar(), maintype="application", subtype="pdf", filename="passport.pdf")
    mail_id = office.receive(in_bytes(mail))
    token = office.token(Role.ADMIN)
    page = office.ask("GET", f"/mails/{mail_id}", token=token).data.decode()
    assert "Not given out" in page
    assert "/raw" not in page
    assert office.ask("GET", f"/mails/{mail_id}/raw", token=token).status == 409
    with office.desk.database.reading() as tx:
        from sqlalchemy import select

        from inboxd.tables import files

        file_id = tx.scalar(select(files.c.id).where(files.c.mail_id == mail_id))
    assert office.ask("GET", f"/mails/{mail_id}/files/{file_id}", token=token).status == 409
    assert office.journal("taken_out", mail_id=mail_id) == []


def test_names_stand_in_no_address_title_or_log_line(office: Office, visit: Visit) -> None:
    mail_id = office.receive(in_bytes(letter("Removal of Amaranta Quillfeather", "She is being removed tomorrow.")))
    case = office.case_of(mail_id)
    for path in ("/", "/held", f"/cases/{case.reference}", f"/mails/{mail_id}"):
        page = visit(path)
        links = page.evaluate("[...document.querySelectorAll('[href],[action]')].map(e => e.outerHTML.split('>')[0])")
        assert "Quillfeather" not in page.title() + page.url + " ".join(links)
    assert "Quillfeather" not in office.world.log.getvalue()


def test_all_can_be_read_and_done_without_script(office: Office, visit: Visit) -> None:
    case = office.case_of(office.receive(in_bytes(letter("Removal", "She is being removed from Canada tomorrow."))))
    page = visit("/", java_script_enabled=False)
    page.get_by_role("link", name=case.reference).click()
    expect(page.locator(".words.new")).to_contain_text("removed")
    page.get_by_role("button", name="Note as answered").click()
    expect(page.get_by_role("status")).to_contain_text("stopped")


@pytest.mark.parametrize("path", ["/", "/held", "/system", "/reports", "/criteria", "case"])
def test_nothing_is_cut_off_at_320_pixels_in_the_dark(office: Office, visit: Visit, path: str) -> None:
    case = office.case_of(office.receive(in_bytes(letter("Removal", "She is being removed from Canada tomorrow."))))
    where = f"/cases/{case.reference}" if path == "case" else path
    page = visit(where, role=Role.ADMIN, language="fr", viewport={"width": 320, "height": 640}, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    from tests.console.browsing import complaints

    assert complaints(page) == []
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").first.is_visible()
    assert page.get_by_role("heading", level=1).is_visible()
