"""The chain over the journal: whatever one thing is changed, removed, moved or put in, it is found and named.

Rows are changed behind inboxd's back, with triggers and foreign keys off, as somebody with the file in hand would.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.exc import IntegrityError

from inboxd import chain, proving, sealing
from inboxd.chain import CHANGED, CUT_OFF, INSERTED, MISSING, REORDERED, Entry, Fault, Seal, content_of
from inboxd.database import Database, open_engine
from inboxd.errors import Permanent
from inboxd.store import seals as rows
from inboxd.store.journal import note
from inboxd.tables import events, seals
from tests.servers import Postgres
from tests.unit.journals import Journal

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

# pure


def entry(number: int, what: str = "taken", **detail: object) -> Entry:
    return Entry(event_id=number * 3, at=NOON + timedelta(seconds=number), mail_id=number, case_id=None,
                 actor="inboxd", event=what, detail={"uid": number, **detail})


ENTRIES = [entry(number, what) for number, what in enumerate(("taken", "decided", "case_opened", "send_done") * 3)]
Chain = list[tuple[Seal, Entry | None]]


def sealed(entries: Sequence[Entry]) -> Chain:
    return [*zip(chain.seal_all(None, entries, NOON), entries, strict=True)]


def found(pairs: Chain) -> list[Fault]:
    places = {seal.content: seal.place for seal, _ in reversed(pairs)}
    return list(chain.faults(pairs, erased={}, place_of=places.get))


any_detail = st.dictionaries(st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=20)
                             | st.lists(st.text(max_size=5), max_size=3), max_size=4)
entries = st.lists(
    st.builds(
        lambda at, mail, case, actor, what, detail: (at, mail, case, actor, what, detail),
        st.datetimes(timezones=st.just(UTC)), st.none() | st.integers(1, 10**9), st.none() | st.integers(1, 10**9),
        st.text(max_size=10), st.text(max_size=10), any_detail,
    ), min_size=2, max_size=12,
).map(lambda found: [
    Entry(event_id=number, at=at, mail_id=mail, case_id=case, actor=actor, event=what, detail=detail)
    for number, (at, mail, case, actor, what, detail) in enumerate(found, start=1)
])


@given(entries)
def test_whatever_was_sealed_is_found_right(journal: list[Entry]) -> None:
    assert found(sealed(journal)) == []


@given(entries, st.data())
def test_any_change_of_any_entry_is_found_at_its_place(journal: list[Entry], data: st.DataObject) -> None:
    pairs = sealed(journal)
    place = data.draw(st.integers(0, len(pairs) - 1))
    seal, old = pairs[place]
    assert old is not None
    field = data.draw(st.sampled_from(("at", "mail_id", "case_id", "actor", "event", "detail")))
    change = {"at": old.at + timedelta(microseconds=1), "mail_id": (old.mail_id or 0) + 1,
              "case_id": (old.case_id or 0) + 1, "actor": f"{old.actor}x", "event": f"x{old.event}",
              "detail": {**old.detail, "x": len(old.detail)}}
    changed = dataclasses.replace(old, **{field: change[field]})
    pairs[place] = seal, changed
    first, = found(pairs)
    same = any(content_of(changed) == other.content for other, _ in pairs)
    assert (first.kind, first.place) == (REORDERED if same else CHANGED, place + 1)


@given(entries, st.data())
def test_any_entry_that_is_gone_is_found(journal: list[Entry], data: st.DataObject) -> None:
    pairs = sealed(journal)
    place = data.draw(st.integers(0, len(pairs) - 1))
    gone = list(pairs)
    gone[place] = pairs[place][0], None
    assert [(fault.kind, fault.place) for fault in found(gone)] == [(MISSING, place + 1)]
    del pairs[place]  # with its seal
    if place < len(pairs):
        assert (found(pairs)[0].kind, found(pairs)[0].place) == (MISSING, place + 1)


@given(entries, st.data())
def test_any_two_that_changed_places_are_found(journal: list[Entry], data: st.DataObject) -> None:
    pairs = sealed(journal)
    first, second = sorted(data.draw(st.lists(st.integers(0, len(pairs) - 1), min_size=2, max_size=2, unique=True)))
    (one, early), (two, late) = pairs[first], pairs[second]
    assert early is not None
    assert late is not None
    swapped = list(pairs)  # what they say
    swapped[first] = one, dataclasses.replace(late, event_id=early.event_id)
    swapped[second] = two, dataclasses.replace(early, event_id=late.event_id)
    if one.content != two.content:
        assert (found(swapped)[0].kind, found(swapped)[0].place) == (REORDERED, first + 1)
    swapped = list(pairs)  # their places, with everything else
    swapped[first] = dataclasses.replace(two, place=one.place), late
    swapped[second] = dataclasses.replace(one, place=two.place), early
    assert (found(swapped)[0].kind, found(swapped)[0].place) == (REORDERED, first + 1)


@given(entries, st.data())
def test_a_seal_that_was_put_in_or_changed_is_found(journal: list[Entry], data: st.DataObject) -> None:
    pairs = sealed(journal)
    place = data.draw(st.integers(0, len(pairs)))
    new = dataclasses.replace(entry(1), event_id=1000)
    seal = Seal(place=place + 1, event_id=1000, content=content_of(new), sealed_at=NOON, digest="0" * 64)
    later = [(dataclasses.replace(other, place=other.place + 1), item) for other, item in pairs[place:]]
    wrong = found([*pairs[:place], (seal, new), *later])
    assert wrong[0].place == place + 1
    here = data.draw(st.integers(0, len(pairs) - 1))
    old, item = pairs[here]
    field = data.draw(st.sampled_from(("event_id", "content", "sealed_at", "digest")))
    value = {"event_id": old.event_id + 1000, "content": "1" * 64, "sealed_at": NOON + timedelta(seconds=1),
             "digest": "2" * 64}[field]
    pairs[here] = dataclasses.replace(old, **{field: value}), item  # type: ignore[arg-type]  # each of its own type
    assert found(pairs)[0].place == here + 1


def test_digests_do_not_change_with_the_version_of_inboxd() -> None:
    """Written down here: heads that somebody keeps outside must mean the same for ever."""
    seal, = chain.seal_all(None, [entry(7, "décidé", words="é \U0001f600", at=1.5, none=None)], NOON)
    assert seal.content == "0e1c92ac05d4a6d5b510dab2682ded5f070acf6e860db3ebb7a2552354fd966a"
    assert seal.digest == "f68731b6b149c7c0487249044aa88fbb5d3fa26f5ca77794bbaef320230efc07"


# in a database


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """Twelve entries, all sealed, in a database whose guards can be put down."""
    url = f"sqlite:///{tmp_path}/inboxd.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("cluster").create_database()
    database = Database(open_engine(url))
    database.prepare()
    opened = Journal(database)
    opened.write(12)
    assert opened.seal() == 12
    yield opened
    database.close()


def test_sealing_again_does_nothing_and_goes_on_behind(journal: Journal) -> None:
    before = journal.head()
    assert journal.seal() == 0
    assert journal.head() == before
    journal.write(3)
    assert journal.seal() == 3
    assert journal.head().place == 15
    assert journal.faults(before.digest) == []


def test_the_database_itself_refuses_to_change_a_sealed_entry(journal: Journal) -> None:
    journal.write(1)
    with journal.database.transaction() as tx:
        newest = rows.newest(tx)
    refused = (
        update(events).where(events.c.id == 3).values(actor="nobody"),
        delete(events).where(events.c.id == 12),
        update(seals).where(seals.c.place == 2).values(digest="0" * 64),
        update(seals).where(seals.c.place == 2).values(erased_by=newest, content="0" * 64),
        delete(seals).where(seals.c.place == 12),
    )
    for statement in refused:
        with pytest.raises(IntegrityError, match="only added"), journal.database.transaction() as tx:
            tx.execute(statement)
    if journal.is_postgresql:
        with pytest.raises(IntegrityError, match="only added"), journal.database.transaction() as tx:
            tx.execute(text("TRUNCATE events, seals"))
    assert journal.faults() == []


@pytest.mark.parametrize(("statements", "kind", "text"), [
    (["update events set actor = 'person:kim' where id = 4"], CHANGED,
     "entry 4 (taken, 2026-11-02T12:00:03.000000+00:00) at place 4"),
    (["update events set at = '2026-11-02 12:00:03.000001' where id = 4"], CHANGED, "entry 4"),
    (["update events set detail = '{\"uid\": 5}' where id = 4"], CHANGED, "at place 4 says something else now"),
    (["delete from events where id = 1"], MISSING, "entry 1 (place 1) is not there"),
    (["delete from seals where place in (5, 6)", "delete from events where id in (5, 6)"], MISSING,
     "places 5 to 6 are"),
    (["delete from seals where place = 1", "delete from events where id = 1"], MISSING, "place 1 is not there"),
    (["update seals set place = 100 where place = 4", "update seals set place = 4 where place = 5",
      "update seals set place = 5 where place = 100"], REORDERED, "place 4 names entry 5"),
    (["update events set id = 100 where id = 4", "update events set id = 4 where id = 5",
      "update events set id = 5 where id = 100"], REORDERED, "at place 4 says what place 5 said"),
    (["update events set id = 100 where id = 4"], MISSING, "entry 4 (place 4) is not there"),
    (["insert into events (id, at, actor, event, detail) values (0, '2026-11-02 12:00:03', 'x', 'taken', '{}')"],
     INSERTED, "entry 0 (taken"),
])
def test_what_was_done_behind_inboxds_back_is_named_first(
    journal: Journal, statements: list[str], kind: str, text: str
) -> None:
    journal.tamper(*statements)
    first = journal.faults()[0]
    assert first.kind == kind
    assert text in first.text
    journal.write(2)
    journal.seal()
    assert journal.faults()[0] == first, "what comes later hides nothing"


def test_a_tail_that_was_cut_off_is_found_with_a_head_that_was_kept(journal: Journal) -> None:
    kept = journal.head().digest
    journal.tamper("delete from seals where place > 10", "delete from events where id > 10")
    assert journal.faults() == []
    cut, = journal.faults(kept)
    assert (cut.kind, cut.text) == (CUT_OFF, f"the head {kept} is not in the chain")
    journal.write(2)
    journal.seal()
    assert [fault.kind for fault in journal.faults(kept)] == [CUT_OFF]


def test_a_chain_written_anew_is_found_with_a_head_that_was_kept(journal: Journal) -> None:
    kept = journal.head().digest
    journal.tamper("update events set actor = 'nobody' where id = 4", "delete from seals")
    journal.seal()
    assert journal.faults() == []
    assert [fault.kind for fault in journal.faults(kept)] == [CUT_OFF]


def test_rows_that_the_journal_does_not_know_are_named(journal: Journal) -> None:
    with journal.database.transaction() as tx:
        tx.execute(text(
            "insert into mails (id, account, digest, size, folder, arrived_at, taken_at, state, attempts, next_try_at, "
            "decisions, message_id, content_digest, thread, sender, subject, office, language, route, rule, because, "
            "hits, excluded, looked_for, rules_version, place, held_reason, held_detail, withheld, defects) values "
            "(7, 'main', 'd', 1, 'INBOX', '2026-11-02', '2026-11-02', 'done', 0, '2026-11-02', 1, '', '', '', '', '', "
            "'', '', '', '', '', '[]', '[]', '[]', '', '', '', '', '[]', '[]')"
        ))
    assert [fault.text for fault in journal.faults()] == [
        "mail 7 is there, and no entry taken", "mail 7 was decided 1 times, and the entries tell of 0",
    ]


def test_what_was_written_by_a_slow_process_is_waited_for(cluster: Postgres) -> None:
    """PostgreSQL gives ids before a transaction ends: a later one that ended first must not be sealed before it."""
    database = Database(open_engine(cluster.create_database()))
    database.prepare()
    journal = Journal(database)
    with database.transaction() as slow:
        note(slow, "slow", NOON)
        with database.transaction() as quick:
            note(quick, "quick", NOON)
        waits = journal.seal_beside()
        assert waits.is_alive()
    waits.join(10)
    assert not waits.is_alive()
    with database.reading() as tx:
        in_order = select(events.c.event).join(seals, seals.c.event_id == events.c.id).order_by(seals.c.place)
        assert tx.scalars(in_order).all() == ["slow", "quick"]
    assert journal.faults() == []
    database.close()


def test_many_that_seal_at_once_make_one_chain(journal: Journal) -> None:
    journal.write(60)
    running = [journal.seal_beside() for _ in range(4)]
    for thread in running:
        thread.join(20)
    assert journal.head().place == 72
    assert journal.faults() == []


def test_a_process_that_dies_while_sealing_leaves_a_whole_chain(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.write(30)
    monkeypatch.setattr(sealing, "AT_ONCE", 10)
    real, calls = rows.seal, iter((False, True))

    def dying(tx: Connection, up_to: int, limit: int, now: datetime) -> list[Seal]:
        given = real(tx, up_to, limit, now)
        if next(calls):
            raise KeyboardInterrupt  # after the rows, before the commit
        return given

    monkeypatch.setattr(rows, "seal", dying)
    with pytest.raises(KeyboardInterrupt):
        journal.seal()
    assert journal.head().place == 22
    assert journal.faults() == []
    monkeypatch.setattr(rows, "seal", real)
    assert journal.seal() == 20
    assert journal.faults() == []


def test_a_detail_can_be_erased_and_the_chain_still_holds(journal: Journal) -> None:
    kept = journal.head().digest
    with journal.database.transaction() as tx:
        assert rows.erase(tx, [4, 7], NOON, actor="person:kim", why="retention") == 2
    assert journal.faults(kept) == []
    journal.seal()
    assert journal.faults(kept) == []
    with journal.database.transaction() as tx:
        assert tx.scalar(select(events.c.detail).where(events.c.id == 4)) == {"erased": "retention"}
        assert rows.erase(tx, [4, 7], NOON, actor="person:kim", why="retention") == 0, "once"
    journal.write(1)
    with pytest.raises(Permanent, match="after it was sealed"), journal.database.transaction() as tx:
        rows.erase(tx, [rows.newest(tx)], NOON, actor="person:kim", why="retention")
    with pytest.raises(Permanent, match="never one that tells of that"), journal.database.transaction() as tx:
        rows.erase(tx, [13], NOON, actor="person:kim", why="retention")
    with pytest.raises(IntegrityError, match="only added"), journal.database.transaction() as tx:
        tx.execute(delete(events).where(events.c.id == 4))
    journal.tamper("update events set actor = 'nobody' where id = 4")
    assert [(fault.kind, fault.place) for fault in journal.faults()] == [(CHANGED, 4)], "what is left is proved too"


def test_the_head_is_told_once_an_hour_and_after_many(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sealing, "TELL_EVERY", 20)
    told = []
    for minutes in (10, 20, 50, 70):
        journal.now = NOON + timedelta(minutes=minutes)
        journal.write(4)
        told.append(journal.told(caplog))
    assert [len(lines) for lines in told] == [0, 1, 0, 1], "past the twentieth, and in the next hour"
    assert told[3] == [f"journal.sealed place=28 head={journal.head().digest}"]


def test_a_file_of_sqlite_changed_by_hand_is_found(tmp_path: Path) -> None:
    """The whole way, with nothing but the sqlite3 module, as somebody with the file would."""
    database = Database(open_engine(f"sqlite:///{tmp_path}/inboxd.sqlite"))
    database.prepare()
    journal = Journal(database)
    journal.write(5)
    journal.seal()
    database.close()
    with closing(sqlite3.connect(tmp_path / "inboxd.sqlite")) as by_hand:
        with pytest.raises(sqlite3.IntegrityError, match="only added"):
            by_hand.execute("update events set event = 'held' where id = 2")
        by_hand.execute("drop trigger inboxd_events_update")
        by_hand.execute("update events set event = 'held' where id = 2")
        by_hand.commit()
    fault, = proving.prove(journal.context).faults
    assert (fault.kind, fault.place) == (CHANGED, 2)
    database.close()
