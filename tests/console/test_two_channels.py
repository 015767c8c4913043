"""Two mailboxes, a desk each: the office's own, and the Minister's Office as it comes with inboxd (`config/mil`)."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from inboxd import accounts, app
from inboxd.console import drawing
from inboxd.console.desk import Desk
from inboxd.roles import Role
from tests.console.browsing import complaints
from tests.console.conftest import PASSWORD, Office, a_port, serve
from tests.crash.letters import critical, in_bytes, letter
from tests.fakes import Clock, InThisProcess
from tests.liaison import DESK, write_both
from tests.office import Server
from tests.scenarios.posts import FakePost
from tests.scenarios.world import World


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Office]]:
    root = tmp_path_factory.mktemp("two-desks")
    imap, liaison = (Server(port=1993, username=name, password="x") for name in ("inbox", "liaison"))
    main = write_both(root / "office", imap=imap, liaison=liaison, smtp=Server(port=1465))
    files = {"main": main, "mil": main.parent / "mil" / "inboxd.toml"}
    with ExitStack() as ends:
        opened = {}
        for name, config in files.items():
            opened[name] = _opened(name, config, ends)
        yield opened


def _opened(name: str, config: Path, ends: ExitStack) -> Office:
    with config.open("a", encoding="utf-8") as file:
        file.write(f'\n[console]\nlisten = "127.0.0.1:{a_port()}"\n')
    post, clock = FakePost(), Clock(datetime(2026, 1, 5, 15, 0, tzinfo=UTC))
    built = app.build(config)
    ends.callback(built.close)
    mailbox, courier = post.doors(built.settings)
    context = dataclasses.replace(built, mailbox=mailbox, courier=courier, inspector=InThisProcess(), now=clock)
    accounts.add(context.database, clock.at, name=f"kim-{name}", password=PASSWORD, role=Role.OFFICER, language="fr",
                 actor="person:test")
    desk = Desk(context, drawing.environment(), config)
    stop, address = serve(desk, sign_ins=100)
    ends.callback(stop)
    return Office(world=World(context, post, clock, io.StringIO()), desk=desk, address=address)


def test_each_desk_has_its_own_people_cases_and_cookie(both: dict[str, Office], browser: Browser) -> None:
    both["main"].receive(critical())
    both["mil"].receive(in_bytes(letter("Critical: removal", "He will be removed from Canada tomorrow.", sender=DESK)))
    context = browser.new_context(locale="fr-CA")
    page = context.new_page()
    page.set_default_timeout(10_000)
    for name, office in both.items():
        page.goto(office.address + "/")
        page.get_by_label("Nom").fill(f"kim-{name}")
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Ouvrir la session").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd’hui")
    for name, begins in (("main", "MC"), ("mil", "MIL")):
        page.goto(both[name].address + "/")
        expect(page.locator("#due tbody tr")).to_have_count(1)
        page.locator("#due tbody a[id^=case-]").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"Cas {begins}")
        assert complaints(page) == []
        page.get_by_role("button", name="Noter la réponse").click()
        expect(page.get_by_role("status")).to_contain_text("La réponse est notée")
    for path in ("/held", "/reports", "/criteria", "/templates", "/system"):
        assert page.goto(both["mil"].address + path).status == 200, path
    page.goto(both["main"].address + "/system")
    expect(page.get_by_role("cell", name="mil").or_(page.get_by_role("rowheader", name="mil")).first).to_be_visible()
    config = both["mil"].desk.config
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("listen =", "listens ="), encoding="utf-8")
    page.reload()
    expect(page.locator(".wrong")).to_contain_text("console.listens: is not an option")
    expect(page.get_by_role("rowheader", name="main", exact=True)).to_be_visible()
    assert complaints(page) == []
    config.write_text(text, encoding="utf-8")
    context.close()
