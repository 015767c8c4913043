"""The whole way of a document with the real things together, each failing in its turn.

A real IMAP and SMTP server over TLS, a real clamd, the real process that looks inside files, and a register over HTTP
in another process. The clock is the test's own: what waits for hours waits for milliseconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inboxd import holding
from inboxd.cli.verifying import verify
from inboxd.registers import open_register
from inboxd.scanner import Clamd
from inboxd.store import reading
from inboxd.tables import mails
from inboxd.workers import Workers
from tests.crash.letters import PHRASE, in_bytes, letter
from tests.files import pictures
from tests.files.pdf import pdf
from tests.scenarios.posts import RealPost
from tests.scenarios.world import Rows, World, open_world
from tests.servers import MARKER, ClamdServer, RegisterServer
from tests.servers.places import wait_until

NUMBER = "E123456789"
RECORD = {"family_name": "Okonjo-Reyes", "given_name": "Amara", "date_of_birth": "1984-06-30", "uci": "11-2222-3333"}
ARRIVED = datetime.fromisoformat("2026-11-12T10:00:00-05:00").astimezone(UTC)
LOOKS = "tests.doors.bad_inspections:told_or_real"
LOOK_SECONDS = 2
"""Long for a letter; a file that never comes to an end costs a test so much."""
PROBLEM = "application/problem+json"
File = tuple[str, bytes]


@pytest.fixture(scope="module")
def scanners() -> Iterator[ClamdServer]:
    with ClamdServer() as server:
        yield server


@pytest.fixture(scope="module")
def registers() -> Iterator[RegisterServer]:
    with RegisterServer() as server:
        yield server


@pytest.fixture
def clamd(scanners: ClamdServer) -> Iterator[ClamdServer]:
    """It runs at the beginning, whatever the test before did to it."""
    yield scanners
    scanners.stop()
    scanners.start()


@pytest.fixture
def register(registers: RegisterServer) -> Iterator[RegisterServer]:
    """With one record and no documents."""
    registers.begin_anew()
    registers.knows(NUMBER, **RECORD)
    yield registers
    registers.stop()
    registers.start()


@dataclass(frozen=True, slots=True)
class Desk:
    """The office, its servers, and what can be seen of them from outside."""

    world: World
    post: RealPost
    register: RegisterServer

    def arrive(self, *files: File, text: str = "UCI 11-2222-3333") -> int:
        """A submission with these files arrives and is worked off as far as it goes; returns its mail id."""
        self.post.deliver(submission(text, *files), self.world.clock.at, "INBOX")
        self.world.run()
        with self.world.context.database.reading() as tx:
            return int(tx.scalars(select(mails.c.id).order_by(mails.c.id.desc())).first() or 0)

    def later(self, hours: float = 2) -> None:
        self.world.clock.forward(hours=hours)
        self.world.run()

    def story(self, mail_id: int) -> Mapping[str, Any]:
        with self.world.context.database.reading() as tx:
            story = reading.story(tx, mail_id)
        assert story is not None
        return story

    def held(self, mail_id: int) -> str:
        """The reason code by which a mail is held; empty if it is not."""
        return str(self.story(mail_id)["mail"]["held_reason"])

    def told(self) -> list[str]:
        """The subjects of what was sent to the sender, without what stands in brackets."""
        to_sender = [out for out in self.post.sent() if out.recipients == ("staff.rivers@parl.example",)]
        return [str(out.message["Subject"]).partition(" for application")[0].partition(" (")[0] for out in to_sender]

    def alerts(self) -> list[str]:
        return [out.text for out in self.post.sent() if out.recipients != ("staff.rivers@parl.example",)]

    def lying(self) -> dict[str, int]:
        return {folder: len(raws) for folder, raws in self.post.contents().items()}

    def on_the_record(self) -> dict[str, bytes]:
        """What the register holds, by digest."""
        assert {number for number, _ in self.register.documents} <= {NUMBER}
        return {digest: path.read_bytes() for (_, digest), path in self.register.documents.items()}

    def handed_in(self) -> int:
        """How often a document was sent to the register, taken or not."""
        return sum(asked.method == "PUT" for asked in self.register.asked)

    def in_order(self) -> None:
        """Nothing is lost, and nothing happens by itself any more but what a clock says."""
        sent, has = len(self.told()), self.on_the_record()
        self.later(hours=1)
        assert (len(self.told()), self.on_the_record()) == (sent, has)
        assert verify(self.world.context, deep=True, offline=False).gaps == []


def submission(text: str, *files: File) -> bytes:
    mail: EmailMessage = letter(f"{PHRASE} {NUMBER}", text)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return in_bytes(mail)


def by_digest(*contents: bytes) -> dict[str, bytes]:
    return {hashlib.sha256(content).hexdigest(): content for content in contents}


@pytest.fixture
def desk(
    tmp_path: Path, sqlite: Rows, post: RealPost, clamd: ClamdServer, register: RegisterServer
) -> Iterator[Desk]:
    token = register.root / "token"  # the same lines of settings for each test: the rules are read once
    token.write_text(RegisterServer.token, encoding="ascii")
    token.chmod(0o600)
    sections = {
        "scanner": f'socket = "{clamd.socket}"\ntimeout_seconds = 2',
        "records": f'url = "{register.url}"\nca_file = "{register.certificates.ca}"\npassword_file = "{token}"\n'
                   "timeout_seconds = 2",
        "limits": f"file_seconds = {LOOK_SECONDS}",
    }
    with open_world(tmp_path / "office", sections, post, sqlite) as world:
        world.clock.at = ARRIVED
        context = world.context
        context.scanner = Clamd(context.settings.scanner, lambda: None)
        context.inspector = Workers(context.settings.limits, function=LOOKS)
        context.register = open_register(context.settings.records, context.database, lambda: None)
        try:
            yield Desk(world, post, register)
        finally:
            context.inspector.close()
            context.register.close()


LETTER = ("letter.pdf", pdf(3, "Letter of support"))
PHOTO = ("Ottawa – été.jpg", pictures.jpeg(600, 800))
INFECTED = ("statement.pdf", pdf(1, "Statement") + b"% " + MARKER + b"\n")


def told_to(deed: str) -> File:
    """A sound PDF at which the look inside does this."""
    return (f"{deed.partition(' ')[0]}.pdf", pdf(1, deed) + f"\n% told: {deed}\n".encode())


def test_good_documents_are_on_the_record_byte_for_byte(desk: Desk) -> None:
    mail_id = desk.arrive(LETTER, PHOTO)
    assert desk.on_the_record() == by_digest(LETTER[1], PHOTO[1])
    headers = desk.register.headers_of(NUMBER, hashlib.sha256(PHOTO[1]).hexdigest())
    assert (headers["Content-Type"], headers["Inboxd-Sender"]) == ("image/jpeg", "staff.rivers@parl.example")
    assert headers["Content-Disposition"].endswith("filename*=UTF-8''Ottawa%20%E2%80%93%20%C3%A9t%C3%A9.jpg")
    assert (desk.held(mail_id), desk.lying(), desk.told()) == ("", {"Documents/Filed": 1}, ["Documents received"])
    desk.in_order()


def test_an_infected_file_goes_to_quarantine_and_is_never_handed_in(desk: Desk) -> None:
    desk.arrive(LETTER, INFECTED)
    desk.arrive(INFECTED, text="UCI 11-2222-3333, once more")
    assert desk.on_the_record() == by_digest(LETTER[1])
    assert desk.handed_in() == 1
    assert desk.lying() == {"Quarantine": 2}
    assert desk.told() == ["Documents received in part", "Documents NOT added: what to fix"]
    assert len(desk.alerts()) == 2
    assert not any("Inboxd.Test" in out.text for out in desk.post.sent())
    assert MARKER not in b"".join(out.raw for out in desk.post.sent())
    desk.in_order()


@pytest.mark.parametrize("fails", ["stopped", "hangs"])
def test_without_the_scanner_nothing_passes_and_with_it_everything_does(
    desk: Desk, clamd: ClamdServer, fails: str
) -> None:
    end, begin = {"stopped": (clamd.stop, clamd.start), "hangs": (clamd.pause, clamd.resume)}[fails]
    end()
    clean, infected = desk.arrive(LETTER), desk.arrive(INFECTED, text="UCI 11-2222-3333, another")
    assert (desk.held(clean), desk.held(infected)) == ("NOT_SCANNED", "NOT_SCANNED")
    assert desk.told() == ["Documents received, our checks are delayed"] * 2
    assert (desk.on_the_record(), desk.handed_in(), desk.lying()) == ({}, 0, {"Held": 2})
    begin()
    desk.later()
    assert desk.on_the_record() == by_digest(LETTER[1])
    assert desk.handed_in() == 1
    assert desk.lying() == {"Documents/Filed": 1, "Quarantine": 1}
    assert sorted(desk.told()[2:]) == ["Documents NOT added: what to fix", "Documents received"]
    desk.in_order()


def test_what_the_register_refuses_waits_for_a_person_and_arrives_once(desk: Desk) -> None:
    desk.register.fails("serve")  # the question whether there is such a record
    desk.register.answers(422, {"title": "Not taken", "detail": "The application is closed."}, media_type=PROBLEM)
    mail_id = desk.arrive(LETTER)
    assert (desk.held(mail_id), desk.lying()) == ("REGISTER_REFUSED", {"Held": 1})
    assert desk.story(mail_id)["filings"][0]["answer"].endswith("Not taken: The application is closed.")
    assert any("did not take a document" in text for text in desk.alerts())
    desk.later(hours=20)
    assert (desk.handed_in(), desk.on_the_record()) == (1, {}), "a refusal is final until a person says otherwise"
    assert holding.retry(desk.world.context, mail_id, "person:kim")
    desk.world.run()
    assert desk.on_the_record() == by_digest(LETTER[1])
    assert (desk.held(mail_id), desk.lying(), desk.told()) == ("", {"Documents/Filed": 1}, ["Documents received"])
    desk.in_order()


def test_a_register_that_is_down_is_waited_for(desk: Desk) -> None:
    desk.register.stop()
    mail_id = desk.arrive(LETTER)
    assert (desk.held(mail_id), desk.lying()) == ("REGISTER_UNAVAILABLE", {"Held": 1})
    desk.later(hours=30)
    assert desk.held(mail_id) == "REGISTER_UNAVAILABLE"
    desk.register.start()
    desk.later()
    assert desk.on_the_record() == by_digest(LETTER[1])
    assert desk.told() == ["Documents received, our checks are delayed", "Documents received"]
    assert desk.lying() == {"Documents/Filed": 1}
    desk.in_order()


def keeps_and_breaks(register: RegisterServer) -> None:
    """It takes the document, and the connection breaks before it could say so; so does the next."""
    register.fails("serve")
    register.fails("keep_and_reset", times=2)


def answers_too_late(register: RegisterServer) -> None:
    """It takes the document, and says so when nobody listens any more."""
    register.fails("serve")
    register.fails("serve_late", seconds=3, times=2)


def falls_over(register: RegisterServer) -> None:
    register.fails("serve")
    register.answers(503, "", times=3)


@pytest.mark.parametrize(("how", "answer"), [
    (keeps_and_breaks, "was there already as DOC-1"),
    (answers_too_late, "was there already as DOC-1"),
    (falls_over, "attached as DOC-1"),
])
def test_a_document_arrives_once_however_the_register_fails(
    desk: Desk, how: Callable[[RegisterServer], None], answer: str
) -> None:
    how(desk.register)
    mail_id = desk.arrive(LETTER)
    assert desk.lying() == {"INBOX": 1}, "what is not finished stays in sight"
    assert desk.told() == ["Documents received"]
    if "already" in answer:
        wait_until(lambda: bool(desk.register.documents), seconds=10, failure=lambda: "it does not keep the document")
    desk.register.stop()  # and is started anew: every connection is gone, what it took is not
    desk.later()
    desk.register.start()
    for _ in range(4):
        desk.later()
    assert desk.on_the_record() == by_digest(LETTER[1])
    assert [filing["answer"] for filing in desk.story(mail_id)["filings"]] == [answer]
    assert (desk.held(mail_id), desk.lying(), desk.told()) == ("", {"Documents/Filed": 1}, ["Documents received"])
    desk.in_order()


@pytest.mark.parametrize("deed", ["loop-in-c", "segfault"])
def test_a_file_that_breaks_the_look_inside_is_held_and_holds_up_nobody(desk: Desk, deed: str) -> None:
    bad = told_to(deed)
    desk.post.deliver(submission("UCI 11-2222-3333, the odd one", PHOTO, bad), desk.world.clock.at, "INBOX")
    good = desk.arrive(LETTER)
    assert desk.held(good - 1) == "NOT_CHECKED"
    assert (desk.held(good), desk.on_the_record()) == ("", by_digest(LETTER[1]))
    assert sorted(desk.told()) == ["Documents received", "Documents received, to be checked by a person"]
    assert desk.lying() == {"Documents/Filed": 1, "Held": 1}
    desk.in_order()
