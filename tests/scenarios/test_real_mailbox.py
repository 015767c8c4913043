"""What happens at the mailbox besides mail arriving: people move and delete, servers renumber, sends wait.

Against a real Dovecot and a real SMTP server, over TLS, with the stages as the daemon runs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from inboxd.cli.verifying import verify
from inboxd.tables import cases, effects, mails, sightings
from tests.office import write_office
from tests.scenarios.posts import RealPost
from tests.scenarios.reading import HERE, read
from tests.scenarios.world import Rows, World, open_world
from tests.servers import SmtpSink

CRITICAL = "Enquiries/Critical"


@pytest.fixture
def world(tmp_path: Path, sqlite: Rows, post: RealPost) -> Iterator[World]:
    with open_world(tmp_path, {}, post, sqlite) as opened:
        yield opened


def removal() -> tuple[bytes, datetime]:
    """The mail of the scenario "critical, in English"."""
    step = read(HERE / "270-critical").steps[0]
    raw = step.mail(lambda kind, ordinal, name: b"")
    return raw, step.arrival(raw)


def arrive(world: World, folder: str = "INBOX") -> bytes:
    raw, at = removal()
    world.deliver(raw, at, folder)
    world.run()
    return raw


def lying(post: RealPost) -> dict[str, int]:
    return {folder: len(raws) for folder, raws in post.contents().items()}


def state_of(world: World) -> str:
    with world.context.database.reading() as tx:
        return str(tx.scalars(select(mails.c.state)).one())


def count(world: World, table: object) -> int:
    with world.context.database.reading() as tx:
        return tx.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]  # any table


def move(post: RealPost, source: str, target: str) -> None:
    """A person drags every mail of a folder to another one."""
    with post.dovecot.client(post.user) as client:
        if not client.folder_exists(target):
            client.create_folder(target)
        client.select_folder(source)
        client.move(client.search(), target)


def renumber(world: World, post: RealPost, folder: str = "INBOX") -> None:
    """What a restored server does: UIDVALIDITY changes, every mail gets a new number."""
    maildir = post.dovecot.root / "mail" / post.user / "Maildir"
    maildir = maildir if folder == "INBOX" else maildir / f".{folder}"
    world.context.mailbox.close()
    for path in (*maildir.glob("dovecot-uidlist*"), *maildir.glob("dovecot.index*")):
        path.unlink()
    world.context.mailbox.connect()


def refuse(sink: SmtpSink, times: int = 30) -> None:
    sink.answer("MAIL", "451 4.3.0 try again later", times=times)


def let_through(sink: SmtpSink) -> None:
    with sink.lock:
        sink.answers["MAIL"].clear()


def test_folders_are_made_with_the_first_mail_for_each(world: World, post: RealPost) -> None:
    before = post.dovecot.folders(user=post.user)
    raw = arrive(world)
    assert before == ["INBOX", "Sent"]
    assert CRITICAL in post.dovecot.folders(user=post.user)
    assert post.dovecot.messages(CRITICAL, user=post.user) == [raw]


def test_a_folder_of_the_office_own_naming(tmp_path: Path, sqlite: Rows, post: RealPost) -> None:
    with open_world(tmp_path, {"folders": 'critical = "Dossiers/Très critiques & pressés"'}, post, sqlite) as world:
        arrive(world)
        assert lying(post) == {"Dossiers/Très critiques & pressés": 1}


def test_a_mail_stays_in_the_inbox_until_its_reply_is_out(world: World, post: RealPost) -> None:
    refuse(post.sink)
    arrive(world)
    assert lying(post) == {"INBOX": 1}
    assert state_of(world) == "decided"
    let_through(post.sink)
    world.clock.forward(hours=1)
    world.run()
    assert lying(post) == {CRITICAL: 1}
    assert state_of(world) == "done"
    assert sum(mail.recipients == ("staff.rivers@parl.example",) for mail in post.sink.mails) == 1


def test_moved_back_by_a_person(world: World, post: RealPost) -> None:
    arrive(world)
    sent = len(post.sink.mails)
    move(post, CRITICAL, "INBOX")
    world.run()
    assert lying(post) == {CRITICAL: 1}
    assert len(post.sink.mails) == sent
    assert count(world, mails) == count(world, cases) == 1
    assert count(world, sightings) == 2


def test_moved_back_again_and_again(world: World, post: RealPost) -> None:
    arrive(world)
    for _ in range(3):
        move(post, CRITICAL, "INBOX")
        world.run()
    assert lying(post) == {CRITICAL: 1}
    assert count(world, cases) == 1


def test_filed_elsewhere_by_a_person(world: World, post: RealPost) -> None:
    arrive(world)
    move(post, CRITICAL, "Private")
    world.run()
    assert lying(post) == {"Private": 1}
    result = verify(world.context, deep=True, offline=False)
    assert result.gaps == []
    assert [note for note in result.notes if "moved out of Enquiries/Critical or deleted" in note]


@pytest.mark.parametrize("by", ["moved", "deleted"])
def test_taken_out_of_the_inbox_by_a_person_before_we_could(world: World, post: RealPost, by: str) -> None:
    refuse(post.sink)
    arrive(world)
    if by == "moved":
        move(post, "INBOX", "Private")
    else:
        with post.dovecot.client(post.user) as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search())
            client.expunge()
    let_through(post.sink)
    world.clock.forward(hours=1)
    world.run()
    assert lying(post) == ({"Private": 1} if by == "moved" else {})
    assert state_of(world) == "done"
    assert sum(mail.recipients == ("staff.rivers@parl.example",) for mail in post.sink.mails) == 1


def test_the_inbox_is_renumbered_while_a_mail_lies_in_it(world: World, post: RealPost) -> None:
    refuse(post.sink)
    arrive(world)
    old = world.context.mailbox.open("INBOX").uidvalidity
    renumber(world, post)
    world.run()
    assert world.context.mailbox.open("INBOX").uidvalidity != old
    assert "mailbox.renumbered" in world.log.getvalue()
    let_through(post.sink)
    world.clock.forward(hours=1)
    world.run()
    assert lying(post) == {CRITICAL: 1}
    assert state_of(world) == "done"
    assert count(world, mails) == count(world, cases) == 1
    assert sum(mail.recipients == ("staff.rivers@parl.example",) for mail in post.sink.mails) == 1
    assert verify(world.context, deep=True, offline=False).gaps == []


def test_the_inbox_is_renumbered_when_it_is_empty(world: World, post: RealPost) -> None:
    arrive(world)
    renumber(world, post)
    world.run()
    arrive(world)
    assert lying(post) == {CRITICAL: 2}
    assert count(world, cases) == 1


def answer() -> bytes:
    """The officer's answer of the scenario "an officer's answer in the Sent folder"."""
    step = read(HERE / "212-answer-in-sent").steps[-1]
    return step.mail(lambda kind, ordinal, name: b"").replace(b"<first@parl.example>", removal_id())


def removal_id() -> bytes:
    return next(line.split(b": ")[1] for line in removal()[0].splitlines() if line.startswith(b"Message-ID: "))


def case_state(world: World) -> str:
    with world.context.database.reading() as tx:
        return str(tx.scalars(select(cases.c.state)).one())


def test_sent_mail_from_before_the_first_reading_is_history(tmp_path: Path, sqlite: Rows, post: RealPost) -> None:
    with post.dovecot.client(post.user) as client:
        client.append("Sent", answer())
    with open_world(tmp_path, {}, post, sqlite) as world:
        arrive(world)
        assert count(world, mails) == 1
        assert case_state(world) == "open"


def test_an_answer_in_a_renumbered_sent_folder(world: World, post: RealPost) -> None:
    """After the server renumbered, what lies in Sent is history; the next answer counts again."""
    arrive(world)
    old = b"From: mcmps-cmds@ircc.example\r\nSubject: old\r\n\r\nold\r\n"
    post.deliver(old, datetime(2026, 11, 2, 16, 0, tzinfo=UTC), "Sent")
    world.run()
    renumber(world, post, "Sent")
    world.run()
    assert case_state(world) == "open"
    post.deliver(answer(), datetime(2026, 11, 2, 16, 30, tzinfo=UTC), "Sent")
    world.run()
    assert case_state(world) == "answered"
    assert lying(post)["Sent"] == 2


def test_a_burst_is_taken_in_batches(world: World, post: RealPost) -> None:
    raw, at = removal()
    for number in range(60):
        post.deliver(raw.replace(removal_id(), b"<burst-%d@parl.example>" % number), at, "INBOX")
    world.clock.at = at
    world.run()
    with world.context.database.reading() as tx:
        moved = tx.scalar(select(func.count()).where(effects.c.kind == "move", effects.c.state == "done"))
    assert moved == 60
    assert "INBOX" not in lying(post)
    assert verify(world.context, deep=False, offline=False).gaps == []


def test_settings_of_the_real_servers_are_the_office_own(tmp_path: Path, post: RealPost) -> None:
    """What the scenarios log in with: TLS with a checked certificate, and STARTTLS with a login."""
    text = write_office(tmp_path, imap=post.imap, smtp=post.smtp).read_text(encoding="utf-8")
    assert text.count("ca_file") == 2
    assert 'security = "tls"' in text
    assert 'security = "starttls"' in text
