"""A mail that harms whoever reads it, at the desk: its page is shown without its text, and says where the mail is."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from inboxd.console import telling
from inboxd.roles import Role
from inboxd.tables import files
from tests.console.conftest import Office, Visit
from tests.crash.letters import PDF, PHRASE, in_bytes, letter
from tests.readers.harmful import EATS, HANGS, SECONDS, harmful, readers_of

HELD_FOR = {
    HANGS: {"en": f"reading it took more than {SECONDS} s", "fr": f"sa lecture a pris plus de {SECONDS} s"},
    EATS: {"en": "reading it needed more than 512 MiB", "fr": "sa lecture a demandé plus de 512 Mio"},
}
SAID = {"en": "This mail cannot be read safely", "fr": "Ce message ne peut pas être lu sans risque"}


@pytest.fixture
def careful(office: Office) -> Iterator[Office]:
    """The same office, whose daemon and desk read mails in a process; some mails harm that."""
    context = office.world.context
    context.readers = readers_of(context.settings, context.archive)
    yield office
    context.readers.close()
    context.readers = None


def words(page: str) -> str:
    return page.split('<section aria-labelledby="text">')[1].split("</section>", maxsplit=1)[0]


@pytest.mark.parametrize("subject", [HANGS, EATS])
def test_its_page_has_all_but_its_text_and_says_where_the_mail_is(careful: Office, visit: Visit, subject: str) -> None:
    context = careful.world.context
    if subject == EATS:  # the machine may be so busy that it is still about it when its time is over
        context.readers = readers_of(context.settings, context.archive, seconds=60)
    bad, good = careful.receive(harmful(subject)), careful.receive(harmful("Removal"))
    assert careful.mail(bad).held_reason == "UNREADABLE"
    for language, said in SAID.items():
        page = visit(f"/mails/{bad}", language=language)
        text = page.inner_text("section[aria-labelledby=text]")
        assert said in text
        assert f"/mails/{bad}/raw" in text
        shown = re.sub(r"[\u00a0\u202f]", " ", page.inner_text("section[aria-labelledby=the-mail]"))
        assert HELD_FOR[subject][language] in shown
        assert page.locator("section[aria-labelledby=events] tbody tr").count() > 0
        assert page.locator(f"form[action='/mails/{bad}/retry']").count() == 1
    next_one = visit(f"/mails/{good}")
    assert "from Canada tomorrow morning" in next_one.inner_text(".words.new")
    assert not any(said in next_one.inner_text("main") for said in SAID.values())


def test_it_is_saved_as_it_came(careful: Office) -> None:
    raw = harmful(HANGS)
    mail_id = careful.receive(raw)
    answer = careful.ask("GET", f"/mails/{mail_id}/raw", token=careful.token(Role.OFFICER))
    assert (answer.status, answer.data) == (200, raw)


def test_who_may_save_nothing_is_not_sent_there(careful: Office) -> None:
    mail_id = careful.receive(harmful(HANGS))
    page = careful.ask("GET", f"/mails/{mail_id}", token=careful.token(Role.VIEWER)).data.decode()
    assert SAID["en"] in words(page)
    assert "/raw" not in page


def test_the_second_time_nobody_waits(careful: Office) -> None:
    mail_id, token = careful.receive(harmful(HANGS)), careful.token(Role.OFFICER)
    took = []
    for _ in range(3):
        begun = time.monotonic()
        assert SAID["en"] in words(careful.ask("GET", f"/mails/{mail_id}", token=token).data.decode())
        took.append(time.monotonic() - begun)
    assert took[0] < SECONDS + 10
    assert max(took[1:]) < SECONDS


def test_the_desk_waits_less_than_a_proxy_does(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon may give a mail a minute; a person who looks at a page is told sooner."""
    assert telling.PATIENCE_SECONDS < 30
    monkeypatch.setattr(telling, "PATIENCE_SECONDS", 0.5)
    context = office.world.context
    mail_id = office.receive(harmful(HANGS))
    context.readers = readers_of(context.settings, context.archive, seconds=60)
    try:
        begun = time.monotonic()
        page = office.ask("GET", f"/mails/{mail_id}", token=office.token(Role.OFFICER)).data.decode()
        assert time.monotonic() - begun < 20
    finally:
        context.readers.close()
        context.readers = None
    assert SAID["en"] in words(page)


@pytest.mark.parametrize(("language", "said"), [
    ("en", "this mail cannot be read safely, so no file is taken out of it; it is at /mails/{}/raw as it came"),
    ("fr", "ce message ne peut pas être lu sans risque ; aucun fichier n’en est donc extrait ; il se trouve à l’adresse"
           " /mails/{}/raw tel qu’il est arrivé"),
])  # fmt: skip
def test_a_file_that_is_only_inside_it_is_refused_in_words(careful: Office, language: str, said: str) -> None:
    """It was read when it came; a file that was refused is kept in the mail alone."""
    readers, careful.world.context.readers = careful.world.context.readers, None
    mail = letter(f"{PHRASE} E999999999", "UCI 11-2222-3333", X_Harm=HANGS)
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="refused.pdf")
    mail_id = careful.receive(in_bytes(mail))
    careful.world.context.readers = readers
    with careful.desk.database.reading() as tx:
        file_id = tx.scalar(select(files.c.id).where(files.c.mail_id == mail_id))
    answer = careful.ask("GET", f"/mails/{mail_id}/files/{file_id}", token=careful.token(Role.OFFICER, language))
    assert answer.status == 409
    shown = re.sub(r"[\u00a0\u202f]", " ", answer.data.decode())
    assert said.format(mail_id) in shown
    assert careful.journal("taken_out", mail_id=mail_id) == []
