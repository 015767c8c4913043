"""Each kind of incident of the service itself, from what goes wrong at a door to what people read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inboxd import deciding, incidents
from inboxd.certificates import Certificates
from inboxd.errors import Transient
from inboxd.settings import Security
from inboxd.store import shown_days
from inboxd.tables import marks
from tests.crash.letters import PHRASE, critical, in_bytes, letter
from tests.fakes import FakeScanner
from tests.files.pdf import pdf
from tests.office import ALERTS
from tests.scenarios.posts import FakePost
from tests.scenarios.troubles import (
    CHIEF,
    DOWN,
    GONE,
    OFFICE,
    TEAM_TOLD,
    all_rows,
    box,
    change,
    minute,
    told,
)
from tests.scenarios.world import Rows, World, open_world


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Rows:
    found: Rows = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture
def lite(tmp_path: Path, sqlite: Rows, post: FakePost) -> Iterator[World]:
    """An office in SQLite, for what does not depend on the database."""
    with open_world(tmp_path, OFFICE, post, sqlite) as opened:
        yield opened


@pytest.fixture
def world(tmp_path: Path, database: Rows, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, OFFICE, post, database) as opened:
        yield opened


def test_a_mailbox_that_was_never_read(world: World) -> None:
    with world.context.database.transaction() as tx:
        tx.execute(marks.delete())
    box(world).failure = GONE
    minute(world, 15)
    assert told(world) == []
    world.restart()
    minute(world, 2)
    assert told(world) == TEAM_TOLD, "counted from when it was first missed, also over restarts"


def test_a_sent_folder_that_cannot_be_read_is_told_though_the_inbox_can(lite: World) -> None:
    world = lite
    minute(world)
    box(world).shut["Sent"] = Transient("the folder is locked")
    minute(world, 20)
    only, = all_rows(world)
    assert (only.kind, only.subject, only.state) == ("sent_silent", "mailbox.sent_folder", "open")
    assert told(world) == [(ALERTS, "The folder of sent mail is not being read")]
    box(world).shut.clear()
    minute(world, 15)
    only, = all_rows(world)
    assert only.state == "over"


def test_an_office_that_reads_seldom_is_not_called_silent(lite: World) -> None:
    world = lite
    change(world, "mailbox", reconcile_seconds=1800)
    minute(world)
    box(world).failure = GONE
    minute(world, 89)
    assert all_rows(world) == []
    minute(world, 8)
    assert told(world) == TEAM_TOLD


REPLIES = "Replies do not go out"


def test_an_alert_about_sending_waits_like_all_mail_and_goes_out_afterwards(world: World) -> None:
    minute(world)
    world.post.keeper.failures = [DOWN] * 10_000
    world.deliver(critical(), world.clock.at)
    minute(world, 40)
    assert world.post.keeper.sent == []
    only, = all_rows(world)
    assert (only.kind, only.subject, only.state) == ("replies_waiting", "smtp", "open")
    assert "incident.told incident=1 kind=replies_waiting subject=smtp step=told" in world.log.getvalue()
    world.post.keeper.failures = []
    minute(world, 75)
    assert told(world) == [(ALERTS, REPLIES), (ALERTS, f"Over: {REPLIES}")]
    templates = {mail.template for mail in world.post.keeper.sent}
    assert "ack_critical" in templates


def test_a_given_up_reply_is_no_sign_that_sending_works(lite: World) -> None:
    world = lite
    change(world, "limits", send_attempts=9)
    minute(world)
    world.post.keeper.failures = [DOWN] * 10_000
    world.deliver(critical(), world.clock.at)
    minute(world, 240)
    assert "effect.buried" in world.log.getvalue()
    assert [(row.kind, row.state) for row in all_rows(world)] == [("replies_waiting", "open")]


def test_one_recipient_that_cannot_be_reached_is_no_incident_while_others_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, away = world.post.keeper.send, "bureau.lachaine@parl.example"

    def greylisted(mail: Any, about_to: Any) -> str:
        if mail.recipient == away:
            raise Transient("smtp: the server answered 450 4.2.0 try later")
        return str(send(mail, about_to))

    monkeypatch.setattr(world.post.keeper, "send", greylisted)
    world.deliver(in_bytes(letter("Bonjour", "Quel est l'état de la demande?\n", sender=away)), world.clock.at)
    for _ in range(30):
        minute(world, 2)
        world.deliver(in_bytes(letter("Hello", "Is there news of the file?\n")), world.clock.at)
    assert all_rows(world) == []


def test_a_disk_that_is_nearly_full_is_told_and_not_the_silence_that_follows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute(world)
    monkeypatch.setattr(type(world.context.archive), "free_bytes", lambda _: 1000)
    minute(world, 40)
    assert told(world) == [(ALERTS, "The disk is nearly full: no mail is taken")]
    monkeypatch.undo()
    minute(world, 12)
    assert told(world)[1:] == [(ALERTS, "Over: The disk is nearly full: no mail is taken")]
    assert len(all_rows(world)) == 1


def test_documents_that_wait_for_the_scanner(world: World) -> None:
    scanner = world.context.scanner = FakeScanner(down=True)
    minute(world, 60)
    assert all_rows(world) == [], "nothing waits for it"
    mail = letter(f"{PHRASE} E123456789", "UCI 11-2222-3333")
    mail.add_attachment(pdf(), maintype="application", subtype="pdf", filename="a.pdf")
    world.deliver(in_bytes(mail), world.clock.at)
    minute(world, 29)
    assert all_rows(world) == []
    minute(world, 10)
    assert told(world) == [(ALERTS, "Documents wait for another program")]
    assert all_rows(world)[0].subject == "scanner"
    scanner.down = False
    minute(world, 90)
    assert told(world)[1:] == [(ALERTS, "Over: Documents wait for another program")]


def test_mail_that_waits_to_be_decided(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(_: Any) -> int:
        raise Transient("the database does not answer")

    monkeypatch.setattr(deciding, "all_due", stuck)
    minute(world)
    world.deliver(critical(), world.clock.at)
    minute(world, 38)
    assert told(world) == [(ALERTS, "Mail waits to be decided")]
    assert "Waiting: 1\r\n" in world.post.sent()[0].text
    monkeypatch.undo()
    minute(world, 13)
    assert told(world)[-1] == (ALERTS, "Over: Mail waits to be decided")


def test_a_queue_that_grows_is_told_before_it_is_late(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(world, "watch", queue_count=20, queue_minutes=60)
    real, turn = deciding.all_due, [0]

    def slow(context: Any) -> int:
        turn[0] += 1
        return real(context) if turn[0] % 25 == 0 else 0

    monkeypatch.setattr(deciding, "all_due", slow)
    for number in range(40):
        world.deliver(in_bytes(letter(f"Out {number}", "Hello", sender=f"p{number}@elsewhere.example")), world.clock.at)
        minute(world)
    monkeypatch.setattr(deciding, "all_due", lambda _: 0)
    for number in range(60):
        world.deliver(in_bytes(letter(f"Now {number}", "Hello", sender=f"q{number}@elsewhere.example")), world.clock.at)
        minute(world)
    assert told(world)[0] == (ALERTS, "A queue grows all the time")


PASSWORD = "A password expires soon"


def test_a_password_is_told_before_its_day_and_on_it(lite: World) -> None:
    world = lite
    change(world, "smtp", password_expires=date(2026, 2, 20))
    minute(world, 3)
    assert all_rows(world) == [], "46 days are long"
    world.clock.at = datetime(2026, 1, 21, 5, 2, tzinfo=UTC)  # two minutes into the 30th day before, in Toronto
    minute(world, 5)
    assert told(world) == [(ALERTS, PASSWORD)]
    assert "No longer good from: Friday, February 20, 2026" in world.post.sent()[0].text
    for _ in range(29):
        world.clock.forward(days=1)
        minute(world)
    assert told(world) == [(ALERTS, PASSWORD)]
    world.clock.forward(days=1)
    minute(world)
    assert told(world)[1:] == [(CHIEF, "A password has expired"), (ALERTS, "A password has expired")]
    change(world, "smtp", password_expires=None)
    minute(world, 12)
    assert told(world)[3:] == [(CHIEF, "Over: A password has expired"), (ALERTS, "Over: A password has expired")]
    assert "renewed" in world.post.sent()[-1].text


def test_a_password_that_has_ended_already_is_told_once_and_as_such(lite: World) -> None:
    world = lite
    change(world, "mailbox", password_expires=date(2025, 12, 31))
    minute(world, 20)
    assert told(world) == [(CHIEF, "A password has expired"), (ALERTS, "A password has expired")]


def test_a_new_day_that_is_near_too_is_the_same_incident_with_another_end(lite: World) -> None:
    world = lite
    change(world, "mailbox", password_expires=date(2026, 1, 6))
    minute(world, 2)
    world.clock.forward(days=1)
    minute(world, 2)
    assert [title for _, title in told(world)] == [PASSWORD, "A password has expired", "A password has expired"]
    change(world, "mailbox", password_expires=date(2026, 1, 9))
    minute(world, 2)
    world.clock.forward(days=4)
    minute(world, 2)
    assert [title for _, title in told(world)][3:] == ["A password has expired"] * 2
    assert len(all_rows(world)) == 1


CERTIFICATE = "The certificate of a server expires soon"


def test_a_certificate_that_is_not_known_after_a_restart_is_not_over(lite: World) -> None:
    world = lite
    change(world, "smtp", security=Security.STARTTLS)
    minute(world, 2)
    assert all_rows(world) == [], "no connection yet: nothing is known"
    world.post.keeper.certificates = Certificates(ends=world.clock.at + timedelta(days=13))
    minute(world, 2)
    assert told(world) == [(ALERTS, CERTIFICATE)]
    world.post.keeper.certificates = None
    minute(world, 30)
    assert told(world) == [(ALERTS, CERTIFICATE)]
    world.post.keeper.certificates = Certificates(ends=world.clock.at + timedelta(days=90))
    minute(world, 12)
    assert told(world)[1:] == [(ALERTS, f"Over: {CERTIFICATE}")]


def test_a_connection_that_is_up_for_weeks_is_made_anew_before_its_certificate_is_judged(lite: World) -> None:
    world = lite
    change(world, "mailbox", security=Security.TLS)
    shown = Certificates(ends=world.clock.at + timedelta(days=3))
    box(world).certificates = Certificates(ends=shown.ends, seen_at=shown.seen_at - 7200)
    incidents.look(world.context)
    assert not box(world).connected
    assert all_rows(world) == []
    box(world).connected, box(world).certificates = True, shown
    minute(world, 2)
    assert box(world).connected
    assert told(world) == [(ALERTS, CERTIFICATE)], "the new connection shows the same"


def test_the_day_of_each_certificate_is_written_down_for_the_desk(lite: World) -> None:
    """As servers showed it last: a daemon that has just started, and spoke to none, takes nothing away."""
    world = lite

    def days() -> dict[str, datetime]:
        with world.context.database.reading() as tx:
            return {subject: at for (_, subject), at in shown_days.days(tx, "main").items()}

    change(world, "smtp", security=Security.STARTTLS)
    minute(world)
    assert days() == {}
    first, renewed = (world.clock.at + timedelta(days=count) for count in (200, 500))
    world.post.keeper.certificates = Certificates(ends=first)
    minute(world)
    assert days() == {"smtp": first}
    world.post.keeper.certificates = None
    minute(world)
    assert days() == {"smtp": first}
    world.post.keeper.certificates = Certificates(ends=renewed)
    minute(world)
    assert days() == {"smtp": renewed}
    change(world, "smtp", security=Security.PLAIN)
    minute(world)
    assert days() == {}, "there is no certificate any more"


def test_the_holiday_table_ends(lite: World) -> None:
    world = lite
    covered = world.context.rules.standards.calendar.covered_until
    world.clock.at = datetime(covered.year, 12, 10, 12, tzinfo=UTC)
    minute(world, 2)
    assert told(world) == [(ALERTS, "The holiday table ends soon")]
    world.clock.at = datetime(covered.year + 1, 1, 1, 5, 30, tzinfo=UTC)
    minute(world, 2)
    assert {title for _, title in told(world)[1:]} == {"The holiday table has ended"}
