"""An office at work, its desk served on loopback, a browser, and a person of each role."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from sqlalchemy import func, select

from inboxd import accounts
from inboxd.console import drawing, gate, serving
from inboxd.console.desk import Desk
from inboxd.directory.provider import Provider
from inboxd.roles import Role
from inboxd.tables import cases, events, mails
from tests.console.browsing import launch
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, World, open_world
from tests.servers.odd_provider import OddProvider

PASSWORD = "correct horse battery"
LANGUAGES = ("en", "fr")
PICTURES = Path(__file__).parents[2] / "build" / "desk"
REFUSED = ("responded with a status of 409", "responded with a status of 422")
"""What a stage refuses is told on a page; Chromium notes its status as an error."""


@dataclass(kw_only=True)
class Office:
    """The world behind a desk, and the desk's address."""

    world: World
    desk: Desk
    address: str
    pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)

    @property
    def cookie(self) -> str:
        """What the desk's cookie is called."""
        return gate.cookie_name(self.desk.settings)

    def receive(self, raw: bytes) -> int:
        """A mail comes and is worked through; returns its id."""
        self.world.clock.forward(minutes=1)
        self.world.deliver(raw, self.world.clock.at)
        self.world.run()
        with self.desk.database.reading() as tx:
            return int(tx.scalar(select(func.max(mails.c.id))) or 0)

    def case_of(self, mail_id: int) -> Any:
        """The first case that a mail opened, as its row is now."""
        with self.desk.database.reading() as tx:
            return tx.execute(select(cases).where(cases.c.mail_id == mail_id).order_by(cases.c.id)).first()

    def mail(self, mail_id: int) -> Any:
        with self.desk.database.reading() as tx:
            return tx.execute(select(mails).where(mails.c.id == mail_id)).one()

    def journal(self, name: str, **where: int) -> list[Any]:
        """Entries of this name, oldest first."""
        query = select(events).where(events.c.event == name).order_by(events.c.id)
        for column, value in where.items():
            query = query.where(events.c[column] == value)
        with self.desk.database.reading() as tx:
            return list(tx.execute(query).all())

    def token(self, role: Role, language: str = "en") -> str:
        """A cookie of somebody with this role, signed in just now."""
        done = accounts.sign_in(
            self.desk.database, self.world.clock.at, f"{role.replace('_', '-')}-{language}", PASSWORD,
            longest=timedelta(hours=12),
        )
        assert done is not None
        return done.token

    def form_token(self, token: str) -> str:
        visit = accounts.visit_of(
            self.desk.database, self.world.clock.at, token, idle=timedelta(hours=1), counts=False
        )
        assert visit is not None
        return visit.form_token

    def ask(
        self, method: str, path: str, *, token: str = "", form: dict[str, str] | None = None, **headers: str
    ) -> urllib3.BaseHTTPResponse:
        """One request, with the headers that a browser sends for a form of ours unless others are given."""
        given = {"Cookie": f"{self.cookie}={token}"} if token else {}
        if method == "POST":
            given |= {"Origin": self.address, "Content-Type": "application/x-www-form-urlencoded"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in given.items() if value}
        body = urlencode(form or {}) if method == "POST" else None
        return self.pool.request(method, self.address + path, headers=sent, body=body, redirect=False, retries=False)


def serve(desk: Desk, *, sign_ins: int) -> tuple[Callable[[], None], str]:
    """Serve a desk on a port of its own; returns how to stop it, and its address."""
    listening = serving.listen(desk.settings)
    server = serving.server(desk, sign_ins=sign_ins)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    ends = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the desk did not start"
        assert time.monotonic() < ends
        time.sleep(0.01)

    def stop() -> None:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()
        assert not thread.is_alive()

    return stop, desk.settings.public


def a_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with an_office(tmp_path_factory.mktemp("desk"), a_port()) as made:
        yield made


@contextmanager
def an_office(root: Path, port: int, database: str = "", **more: str) -> Iterator[Office]:
    """An office with its desk served on this port; `more`: lines for other sections of its settings."""
    rows = Rows(database or f"sqlite:///{root}/inboxd.sqlite")
    (root / "office" / "templates").mkdir(parents=True)
    sections = {
        "rules": "second_reader = false",
        # one office for all tests: its senders write far more than any does in a day
        "replies": 'templates = "templates"\nper_sender_per_day = 100000',
        "console": f'listen = "127.0.0.1:{port}"',
        **more,
    }
    with open_world(root / "office", sections, FakePost(), rows) as world:
        for role in Role:
            for language in LANGUAGES:
                accounts.add(
                    rows.database, world.clock.at, name=f"{role.replace('_', '-')}-{language}", password=PASSWORD,
                    role=role, language=language, actor="person:test",
                )
        desk = Desk(world.context, drawing.environment(), root / "office" / "inboxd.toml")
        stop, address = serve(desk, sign_ins=1000)
        made = Office(world=world, desk=desk, address=address)
        try:
            yield made
        finally:
            made.pool.clear()
            stop()
            rows.database.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


Visit = Callable[..., Page]


def is_wrong(said: ConsoleMessage) -> bool:
    return said.type == "error" and not any(one in said.text for one in REFUSED)


@pytest.fixture
def visit(office: Office, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """`visit("/", role=Role.OFFICER, language="fr")`: a page as that person sees it.

    The browser must complain about nothing that a page does: a script refused, a file missing, a fault in a script.
    How the last page of each test looked is kept in `build/desk`.
    """
    opened = []
    wrong: list[str] = []

    def go(path: str, *, role: Role | None = Role.OFFICER, language: str = "en", **options: Any) -> Page:
        context = browser.new_context(locale=f"{language}-CA", **options)
        opened.append(context)
        if role is not None:
            context.add_cookies([{"name": office.cookie, "value": office.token(role, language), "url": office.address}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: wrong.append(said.text) if is_wrong(said) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(office.address + path)
        return page

    yield go
    PICTURES.mkdir(parents=True, exist_ok=True)
    for context in opened[-1:]:
        for page in context.pages[-1:]:
            page.screenshot(path=PICTURES / f"{re.sub(r'[^A-Za-z0-9]+', '-', request.node.name).strip('-')}.png")
    for context in opened:
        context.close()
    assert wrong == []


@pytest.fixture
def later(office: Office) -> Callable[..., datetime]:
    """Let the office's clock go forward."""

    def forward(**delta: float) -> datetime:
        office.world.clock.forward(**delta)
        return office.world.clock.at

    return forward


ROLES = '{ "desk-officers" = "officer", "desk-readers" = "viewer", "desk-texts" = "template_admin" }'


@pytest.fixture(scope="module")
def running() -> Iterator[OddProvider]:
    with OddProvider() as made:
        yield made


@pytest.fixture(scope="module")
def served(running: OddProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("directory")
    (root / "secret").write_text(running.secret)
    (root / "secret").chmod(0o600)
    lines = (
        f'issuer = "{running.issuer}"\nclient_id = "desk"\npassword_file = "{root}/secret"\nroles = {ROLES}\n'
        "timeout_seconds = 0.5"
    )
    with an_office(root, a_port(), directory=lines) as made:
        yield made


@pytest.fixture
def provider(running: OddProvider) -> OddProvider:
    running.begin_anew()
    return running


@pytest.fixture
def house(served: Office, provider: OddProvider) -> Office:
    """The office, whose clock is the provider's, and which knows nothing of the provider yet."""
    served.world.clock.at = datetime.now(UTC).replace(microsecond=0)
    served.desk.directory = Provider(served.desk.context.settings.directory)
    return served
