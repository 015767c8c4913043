"""Rows of mails and effects: nobody takes what another has, nothing is put in twice, held things come back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from inboxd.database import Database, open_engine
from inboxd.mail import Fetched, Taken
from inboxd.plan import Effect, EffectKind, OutgoingMail
from inboxd.store import decisions, held, journal, mails, outbox, reading
from inboxd.tables import effects as effects_table
from inboxd.tables import events
from inboxd.tables import mails as mails_table
from tests.servers import Postgres

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
LEASE = NOW + timedelta(minutes=10)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = (
        f"sqlite:///{tmp_path}/inboxd.sqlite" if request.param == "sqlite"
        else request.getfixturevalue("cluster").create_database()
    )
    made = Database(open_engine(url))
    made.prepare()
    yield made
    made.close()


def take(database: Database, uid: int = 1, *, digest: str = "", uidvalidity: int = 7) -> tuple[int, bool]:
    fetched = Fetched(
        account="main", folder="INBOX", uidvalidity=uidvalidity, uid=uid, arrived_at=NOW, size=10, raw=b"x"
    )
    with database.transaction() as tx:
        return mails.take(tx, fetched, digest or f"digest-{uid}", NOW)


def column(database: Database, mail_id: int, name: str) -> object:
    with database.reading() as tx:
        return tx.scalar(select(mails_table.c[name]).where(mails_table.c.id == mail_id))


def put_in(database: Database, key: str, mail_id: int | None = None) -> bool:
    mail = OutgoingMail(
        message_id=f"<{key}@x.example>", sender="a@x.example", recipient="b@x.example", subject="s", template="receipt",
        template_version="1", raw=b"",
    )
    with database.transaction() as tx:
        return outbox.add_mail(tx, key, mail, NOW, mail_id=mail_id, digest="d", thread="t")


def due(database: Database, kind: EffectKind = EffectKind.SEND, at: datetime = NOW) -> list[Effect]:
    with database.reading() as tx:
        return outbox.due(tx, kind, at, 100)


def decide(database: Database, mail_id: int, place: str = "filed") -> None:
    """Set a mail decided as a plan does, with its move."""
    with database.transaction() as tx:
        tx.execute(
            update(mails_table).where(mails_table.c.id == mail_id).values(state="decided", decisions=1, place=place)
        )
        outbox.add_moves(tx, mail_id, 1, place, NOW)


# Taking


def test_the_same_bytes_are_one_mail_however_often_they_come(database: Database) -> None:
    first, is_new = take(database, 1, digest="same")
    assert is_new
    assert take(database, 2, digest="same") == (first, False)
    assert take(database, 1, digest="same", uidvalidity=8) == (first, False), "the server renumbered its folder"
    with database.reading() as tx:
        assert reading.tally(tx)["mails"] == {"taken": 1}
        assert mails.unknown_uids(tx, "main", "INBOX", 7, [3, 2, 1, 3]) == [3]
        assert mails.unknown_uids(tx, "main", "INBOX", 8, range(1, 3000)) == list(range(2, 3000))
        assert reading.open_uids(tx, "main", "INBOX", 7) == {1, 2}


def test_a_place_on_the_server_is_taken_once(database: Database) -> None:
    take(database, 1)
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        take(database, 1, digest="other bytes under the same number")


# Claiming


def in_parallel(claim: Callable[[], bool], workers: int = 4) -> int:
    """How many of several workers got it."""
    ready, won, failures = threading.Barrier(workers), [], []

    def work() -> None:
        try:
            ready.wait()
            won.append(claim())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return sum(won)


def as_known(database: Database, mail_id: int) -> Taken:
    with database.reading() as tx:
        taken = mails.by_id(tx, mail_id)
    assert taken is not None
    return taken


def test_one_of_many_gets_the_mail(database: Database) -> None:
    for uid in range(1, 6):
        mail_id, _ = take(database, uid)
        fresh = as_known(database, mail_id)

        def claim(taken: Taken = fresh) -> bool:
            with database.transaction() as tx:
                return mails.claim(tx, taken, NOW, LEASE) is not None

        assert in_parallel(claim) == 1
        assert column(database, mail_id, "attempts") == 1


def test_one_of_many_gets_the_effect(database: Database) -> None:
    assert put_in(database, "reply/1")
    effect, = due(database)

    def claim() -> bool:
        with database.transaction() as tx:
            return outbox.claim(tx, effect.effect_id, NOW, LEASE)

    assert in_parallel(claim) == 1
    assert due(database) == []


def test_a_claim_lasts_until_its_lease_ends_or_the_only_daemon_starts(database: Database) -> None:
    mail_id, _ = take(database)
    fresh = as_known(database, mail_id)
    with database.transaction() as tx:
        assert mails.claim(tx, fresh, NOW, LEASE) == 1
        assert mails.due(tx, NOW, 10) == []
        assert [taken.mail_id for taken in mails.due(tx, LEASE, 10)] == [mail_id]
        assert [taken.mail_id for taken in mails.due(tx, LEASE - timedelta(seconds=1), 10)] == []
    with database.transaction() as tx:
        mails.release_claims(tx, NOW)
    with database.transaction() as tx:
        assert mails.claim(tx, fresh, NOW, LEASE) is None, "somebody else tried it since it was read"
    again = as_known(database, mail_id)
    with database.transaction() as tx:
        assert mails.claim(tx, again, NOW, LEASE) == 2


@pytest.mark.parametrize(("counts", "attempts"), [(True, 1), (False, 0)])
def test_what_was_not_the_mails_fault_does_not_count(database: Database, counts: bool, attempts: int) -> None:
    mail_id, _ = take(database)
    fresh = as_known(database, mail_id)
    with database.transaction() as tx:
        mails.claim(tx, fresh, NOW, LEASE)
        mails.put_back(tx, mail_id, NOW, counts=counts)
    assert column(database, mail_id, "attempts") == attempts


# Effects


def test_a_key_is_put_in_once_for_ever(database: Database) -> None:
    assert put_in(database, "reply/1")
    assert not put_in(database, "reply/1")
    effect, = due(database)
    with database.transaction() as tx:
        outbox.done(tx, effect, NOW, "250 ok")
    assert not put_in(database, "reply/1"), "done is no reason to send it again"
    assert due(database) == []


def test_a_move_waits_for_the_reply_and_the_mail_is_done_after_both(database: Database) -> None:
    mail_id, _ = take(database)
    put_in(database, "reply/1", mail_id)
    decide(database, mail_id)
    assert due(database, EffectKind.MOVE) == []
    reply, = due(database)
    with database.transaction() as tx:
        outbox.done(tx, reply, NOW, "250 ok")
        assert not outbox.finish_mail(tx, mail_id, NOW)
    move, = due(database, EffectKind.MOVE)
    with database.transaction() as tx:
        outbox.done(tx, move, NOW, "moved")
        assert outbox.finish_mail(tx, mail_id, NOW)
        assert not outbox.finish_mail(tx, mail_id, NOW)
    assert column(database, mail_id, "state") == "done"


def test_a_buried_reply_holds_the_mail_and_retry_brings_it_home(database: Database) -> None:
    mail_id, _ = take(database)
    put_in(database, "reply/1", mail_id)
    decide(database, mail_id, "critical")
    reply, = due(database)
    with database.transaction() as tx:
        outbox.bury(tx, reply, NOW, "550 no")
    assert column(database, mail_id, "held_reason") == "EFFECT_FAILED"
    move, = due(database, EffectKind.MOVE)
    assert move.payload["place"] == "held"
    with database.transaction() as tx:
        outbox.done(tx, move, NOW, "moved")
        assert not outbox.finish_mail(tx, mail_id, NOW)
    with database.transaction() as tx:
        assert held.retry(tx, mail_id, NOW, "person:test")
        assert not held.retry(tx, mail_id, NOW, "person:test")
    again, = due(database)
    assert again.key == "reply/1"
    with database.transaction() as tx:
        outbox.done(tx, again, NOW, "250 ok")
    home, = due(database, EffectKind.MOVE)
    assert home.payload["place"] == "critical"
    with database.transaction() as tx:
        outbox.done(tx, home, NOW, "moved")
        assert outbox.finish_mail(tx, mail_id, NOW)
    assert column(database, mail_id, "place") == "critical"
    assert column(database, mail_id, "held_reason") == ""


def test_a_buried_reply_whose_move_still_waits_goes_straight_home(database: Database) -> None:
    mail_id, _ = take(database)
    put_in(database, "reply/1", mail_id)
    decide(database, mail_id)
    reply, = due(database)
    with database.transaction() as tx:
        outbox.bury(tx, reply, NOW, "550 no")
        held.retry(tx, mail_id, NOW, "person:test")
        outbox.done(tx, reply, NOW, "250 ok")
    assert [move.payload["place"] for move in due(database, EffectKind.MOVE)] == ["filed"]


def test_a_mail_held_for_a_person_is_decided_again_even_if_its_notice_was_buried(database: Database) -> None:
    mail_id, _ = take(database)
    put_in(database, "reply/1", mail_id)
    with database.transaction() as tx:
        as_held = {"state": "held", "held_reason": "NUMBER_UNKNOWN"}
        tx.execute(update(mails_table).where(mails_table.c.id == mail_id).values(**as_held))
    notice, = due(database)
    with database.transaction() as tx:
        outbox.bury(tx, notice, NOW, "550 no")
    assert column(database, mail_id, "held_reason") == "NUMBER_UNKNOWN"
    with database.transaction() as tx:
        assert held.retry(tx, mail_id, NOW, "person:test")
        assert [taken.mail_id for taken in mails.due(tx, NOW, 10)] == [mail_id]
        assert [effect.key for effect in outbox.due(tx, EffectKind.SEND, NOW, 10)] == ["reply/1"]


def test_a_mail_known_by_its_header_only_is_not_decided(database: Database) -> None:
    mail_id, _ = take(database)
    with database.transaction() as tx:
        assert decisions.hold(tx, mail_id, NOW, reason=held.UNFETCHABLE, detail="refused", stay=False)
        assert not decisions.hold(tx, mail_id, NOW, reason=held.UNFETCHABLE, detail="refused", stay=False)
    with database.transaction() as tx:
        assert held.retry(tx, mail_id, NOW, "person:test"), "it is asked for again"
        assert held.to_fetch_again(tx, "main", NOW, 5) == [(mail_id, 0)]
        assert mails.due(tx, NOW, 5) == []
    move, = due(database, EffectKind.MOVE)
    with database.transaction() as tx:
        outbox.bury(tx, move, NOW, "the server refuses the folder")
        assert held.retry(tx, mail_id, NOW, "person:test"), "its move is tried again"
    assert column(database, mail_id, "state") == "held"
    assert due(database, EffectKind.MOVE) != []


# Reading


def test_the_journal_keeps_the_order_and_who_did_it(database: Database) -> None:
    mail_id, _ = take(database)
    with database.transaction() as tx:
        journal.note(tx, "retried", NOW, mail_id=mail_id, actor="person:alma", effects=0)
    with database.reading() as tx:
        rows = tx.execute(select(events.c.event, events.c.actor, events.c.at).order_by(events.c.id)).all()
    assert [tuple(row) for row in rows] == [("taken", "inboxd", NOW), ("retried", "person:alma", NOW)]


def test_a_decided_mail_without_an_open_effect_is_told(database: Database) -> None:
    mail_id, _ = take(database)
    decide(database, mail_id)
    with database.reading() as tx:
        assert reading.without_outcome(tx) == []
    with database.transaction() as tx:
        tx.execute(update(effects_table).values(state="done"))
    with database.reading() as tx:
        assert reading.without_outcome(tx) == [mail_id]
        assert reading.doubled(tx) == []
        assert reading.story(tx, 999) is None


def test_marks_remember_how_far_a_folder_was_read(database: Database) -> None:
    with database.transaction() as tx:
        assert mails.mark(tx, "main", "Sent") is None
        mails.set_mark(tx, "main", "Sent", 5, 10, NOW)
        mails.set_mark(tx, "main", "Sent", 6, 2**32 - 1, NOW)
    with database.reading() as tx:
        assert mails.mark(tx, "main", "Sent") == (6, 2**32 - 1)
        assert mails.mark(tx, "other", "Sent") is None
