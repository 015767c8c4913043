"""Our own look at DKIM signatures, through the real stages: it lets a mail in where the office says so, only then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd import holding
from inboxd.database import Database, open_engine
from inboxd.dkim_check import DkimCheck
from inboxd.tables import events, mails
from tests.scenarios.posts import FakePost
from tests.scenarios.rebuilt import rebuilt
from tests.scenarios.world import Rows, World, open_world
from tests.unit.test_dkim_check import Zone, signed

LETTER = (b"From: Staff of Alma Rivers <staff.rivers@parl.example>\r\nTo: mcmps-cmds@ircc.example\r\nSubject: "
    b"Funeral\r\n"
          b"Date: Mon, 02 Nov 2026 10:00:00 -0500\r\nMessage-ID: <dkim1@parl.example>\r\n\r\n"
          b"Her father passed away on Saturday in Lagos and the funeral is on 12 November 2026.\r\n")
FAIL = b"Authentication-Results: mx.ircc.example; dmarc=fail header.from=parl.example\r\n"
NOTED, TRUSTED = "verify_dkim = true", "verify_dkim = true\ntrust_own_dkim = true"


@contextmanager
def office(root: Path, rows: Rows, senders: str, zone: Zone) -> Iterator[World]:
    with open_world(root, {"senders": senders}, FakePost(), rows) as world:
        world.context.signatures = DkimCheck(world.context.settings.senders, zone)
        yield world


def decided(world: World, raw: bytes) -> tuple[str, str, str]:
    """What becomes of a mail: route, reason it is held for, why."""
    world.deliver(raw, world.clock.at)
    world.run()
    with world.context.database.reading() as tx:
        row = tx.execute(select(mails).order_by(mails.c.id.desc())).first()
    assert row is not None
    return row.route, row.held_reason, row.because


def test_trusted_it_stands_in_where_the_gateway_said_nothing(tmp_path: Path, sqlite: Rows) -> None:
    with office(tmp_path, sqlite, TRUSTED, Zone()) as world:
        assert decided(world, signed(LETTER))[:2] == ("enquiry", "")
        assert [out.recipients for out in world.post.sent()][-1] == ("staff.rivers@parl.example",)


@pytest.mark.parametrize(("senders", "raw", "says"), [
    (NOTED, signed(LETTER), "our own look found a signature that holds"),
    (TRUSTED, FAIL + signed(LETTER), "our own look found a signature that holds"),
    (TRUSTED, signed(LETTER).replace(b"12 November", b"13 November"), "nor could we"),
    (TRUSTED, LETTER, "could not confirm the sender's address"),
    (TRUSTED, signed(LETTER, "evil.example"), "could not confirm the sender's address"),
], ids=["only noted", "the gateway says no", "changed", "unsigned", "of a stranger"])
def test_it_never_lets_in_what_it_must_not(tmp_path: Path, sqlite: Rows, senders: str, raw: bytes, says: str) -> None:
    with office(tmp_path, sqlite, senders, Zone()) as world:
        route, held, because = decided(world, raw)
        assert (route, held) == ("unverified", "SENDER_UNVERIFIED")
        assert because.endswith(says)


def test_strangers_and_machines_are_not_asked_about(tmp_path: Path, sqlite: Rows) -> None:
    zone = Zone(domain="evil.example")
    with office(tmp_path, sqlite, TRUSTED, zone) as world:
        decided(world, signed(LETTER.replace(b"parl.example>\r\nTo", b"evil.example>\r\nTo"), "evil.example"))
        decided(world, b"Auto-Submitted: auto-replied\r\n" + signed(LETTER))
    assert zone.asked == []


def test_what_was_found_once_stays_though_the_key_is_gone(tmp_path: Path, sqlite: Rows) -> None:
    zone = Zone()
    with office(tmp_path, sqlite, NOTED, zone) as world:
        decided(world, signed(LETTER))
        zone.records.clear()
        assert holding.retry(world.context, 1, "person:kim")
        world.run()
        assert len(zone.asked) == 1
        with world.context.database.reading() as tx:
            told = tx.scalars(select(events.c.detail).where(events.c.event == "decided")).all()
        assert [detail["dkim"] for detail in told] == [["pass", "signed by parl.example"]] * 2


def test_a_rebuild_asks_nobody_and_decides_the_same(tmp_path: Path, sqlite: Rows) -> None:
    zone = Zone()
    with office(tmp_path, sqlite, TRUSTED, zone) as world:
        decided(world, signed(LETTER))
        zone.records.clear()
        anew = Database(open_engine(f"sqlite:///{tmp_path}/anew.sqlite"))
        try:
            found = rebuilt(world, anew)
            assert not found.differences
            with anew.reading() as tx:
                assert tx.scalar(select(mails.c.route)) == "enquiry"
        finally:
            anew.close()
        assert len(zone.asked) == 1
