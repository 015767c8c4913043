"""Mail that the server lists and does not give: held by its header, people told, and taken once when it can be had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select, update

from inboxd import holding, rebuilding, refetching, sealing
from inboxd.cli.verifying import verify
from inboxd.database import Database, open_engine
from inboxd.errors import Permanent, Transient
from inboxd.mailbox import FolderState
from inboxd.plan import INTERNAL_NOTICES
from inboxd.rebuilding import FromDatabase
from inboxd.tables import cases, events, mails, sightings
from tests.crash.letters import critical, in_bytes, letter
from tests.fakes import FakeMailbox
from tests.scenarios.posts import FakePost
from tests.scenarios.troubles import box
from tests.scenarios.world import Rows, World, open_world

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
WHOLE = critical()
PLAIN = in_bytes(letter("A question", "Could somebody tell us how long a study permit takes, please?"))


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    with open_world(tmp_path, {}, FakePost(), request.getfixturevalue(request.param)) as opened:
        yield opened


@pytest.fixture
def lite(tmp_path: Path, sqlite: Rows) -> Iterator[World]:
    """For what does not depend on the database."""
    with open_world(tmp_path, {}, FakePost(), sqlite) as opened:
        yield opened


def column(world: World, name: str) -> list[object]:
    with world.context.database.reading() as tx:
        return list(tx.scalars(select(mails.c[name]).order_by(mails.c.id)))


def verified(world: World) -> list[str]:
    result = verify(world.context, deep=True, offline=False)
    box(world).connected = True
    assert result.gaps == []
    return list(result.lines())


def arrives_unfetchable(world: World, raw: bytes) -> None:
    box(world).broken_uids = {1}
    world.deliver(raw, MONDAY)
    world.run()


def hours(world: World, count: float) -> None:
    world.clock.forward(hours=count)
    world.run()


def replies(world: World) -> list[str]:
    return [mail.template for mail in world.post.keeper.sent if mail.template not in INTERNAL_NOTICES]  # type: ignore[attr-defined]


def test_it_is_held_counted_and_told_and_the_next_mail_goes_its_way(world: World) -> None:
    arrives_unfetchable(world, WHOLE)
    world.deliver(PLAIN, MONDAY)
    world.run()
    assert column(world, "state") == ["held", "done"]
    assert column(world, "held_reason") == ["UNFETCHABLE", ""]
    assert world.post.contents()["Held"] == [WHOLE]
    assert replies(world) == ["not_met"]
    assert next(mail.template for mail in world.post.keeper.sent) == "alert"  # type: ignore[attr-defined]
    assert verified(world)[0] == "received 2 = 1 done + 1 held + 0 decided + 0 taken"


def test_when_it_can_be_had_it_is_taken_once_and_its_clock_runs_from_the_first_receipt(world: World) -> None:
    arrives_unfetchable(world, WHOLE)
    box(world).broken_uids = set()
    hours(world, 0.5)
    assert column(world, "state") == ["done"]
    assert column(world, "size") == [len(WHOLE)]
    assert column(world, "held_reason") == [""]
    assert replies(world) == ["ack_critical"]
    assert list(world.post.contents()) == ["Enquiries/Critical"]
    with world.context.database.reading() as tx:
        assert tx.scalars(select(cases.c.received)).all() == [MONDAY]
    hours(world, 100)
    assert len(replies(world)) == 1
    assert verified(world)[0] == "received 1 = 1 done + 0 held + 0 decided + 0 taken"


def test_it_is_asked_for_with_growing_pauses_and_never_given_up(lite: World) -> None:
    arrives_unfetchable(lite, WHOLE)
    asked = []
    fetch = box(lite).fetch

    def counted(*arguments: object) -> object:
        asked.append(lite.clock.at)
        return fetch(*arguments)  # type: ignore[arg-type]  # handed on

    box(lite).fetch = counted  # type: ignore[method-assign,assignment]  # counts
    for _ in range(6 * 24):
        lite.clock.forward(minutes=10)
        refetching.fetch_again(lite.context)
    gaps = [(later - earlier) / timedelta(minutes=10) for earlier, later in pairwise(asked)]
    assert gaps[:6] == [1, 2, 4, 8, 16, 32]
    assert set(gaps[6:]) == {36}
    box(lite).broken_uids = set()
    hours(lite, 6)
    assert column(lite, "state") == ["done"]


def test_a_person_can_have_it_asked_for_at_once(lite: World) -> None:
    arrives_unfetchable(lite, WHOLE)
    box(lite).broken_uids = set()
    assert holding.retry(lite.context, 1, "person:kim")
    lite.run()
    assert column(lite, "state") == ["done"]


def test_moved_back_to_the_inbox_it_is_the_same_mail(world: World) -> None:
    """Its header is known: no second case, no second answer."""
    arrives_unfetchable(world, WHOLE)
    box(world).broken_uids = set()
    box(world).open("Held")
    box(world).move([1], "INBOX")
    world.run()
    assert column(world, "state") == ["done"]
    assert replies(world) == ["ack_critical"]
    hours(world, 24)
    assert replies(world) == ["ack_critical"]
    assert verified(world)[0].startswith("received 1 = 1 done")


def test_what_came_whole_in_another_way_closes_it_as_the_same_message(world: World) -> None:
    """Its header could not be had either, so nothing told that they are one mail until both are whole."""
    box(world).headless_uids = {1}
    arrives_unfetchable(world, WHOLE)
    world.deliver(WHOLE, MONDAY)
    world.run()
    assert column(world, "state") == ["held", "done"]
    box(world).broken_uids = set()
    hours(world, 0.5)
    assert column(world, "state") == ["done", "done"]
    assert column(world, "route") == ["duplicate", "enquiry"]
    assert replies(world) == ["ack_critical"]
    assert verified(world)[0].startswith("received 2 = 2 done")


def test_two_mails_without_even_a_header_are_two_rows(lite: World) -> None:
    box(lite).broken_uids = box(lite).headless_uids = {1, 2}
    lite.deliver(WHOLE, MONDAY)
    lite.deliver(PLAIN, MONDAY)
    lite.run()
    assert column(lite, "state") == ["held", "held"]
    verified(lite)
    box(lite).broken_uids = set()
    hours(lite, 1)
    assert column(lite, "state") == ["done", "done"]
    assert len(replies(lite)) == 2


def test_after_the_server_renumbered_a_mail_that_is_here_whole_is_no_unfetchable_one(lite: World) -> None:
    lite.deliver(WHOLE, MONDAY)
    lite.run()
    box(lite).open("Enquiries/Critical")
    box(lite).move([1], "INBOX")
    box(lite).renumber("INBOX")
    box(lite).broken_uids = {1}
    lite.run()
    assert column(lite, "state") == ["done"]
    assert replies(lite) == ["ack_critical"]


def test_a_mail_that_a_person_put_elsewhere_is_not_asked_for(lite: World) -> None:
    arrives_unfetchable(lite, WHOLE)
    with lite.context.database.transaction() as tx:
        tx.execute(update(mails).values(place="closed"))
    box(lite).broken_uids = set()
    hours(lite, 24)
    assert column(lite, "state") == ["held"]
    assert replies(lite) == []


def test_a_try_that_breaks_the_connection_is_counted_before_and_costs_one_round(lite: World) -> None:
    arrives_unfetchable(lite, WHOLE)

    class Breaks(FakeMailbox):
        def open(self, folder: str) -> FolderState:
            if folder == "Held":
                raise Transient("the connection broke")
            return super().open(folder)

    whole = lite.context.mailbox
    assert isinstance(whole, FakeMailbox)
    lite.context.mailbox = Breaks(folders=whole.folders)
    lite.clock.forward(hours=1)
    with pytest.raises(Transient):
        lite.run()
    lite.run()  # the next round is not held up: its time has not come again
    lite.context.mailbox = whole
    whole.broken_uids = set()
    hours(lite, 1)
    assert column(lite, "state") == ["done"]


def test_a_mail_above_the_limit_is_read_by_its_beginning_when_it_can(lite: World) -> None:
    limits = lite.context.settings.limits.model_copy(update={"max_mail_bytes": 600})
    lite.context.settings = lite.context.settings.model_copy(update={"limits": limits})
    box(lite).headless_uids = {1}
    beginning = box(lite).beginning

    def refused(_: int) -> bytes:
        raise Permanent("no")

    box(lite).beginning = refused  # type: ignore[method-assign,assignment]  # a server that gives nothing of it
    lite.deliver(WHOLE + b"and so on " * 100, MONDAY)
    lite.run()
    assert column(lite, "held_reason") == ["UNFETCHABLE"]
    box(lite).beginning = beginning  # type: ignore[method-assign]  # and then does
    hours(lite, 1)
    assert column(lite, "state") == ["done"]
    assert column(lite, "outline") != [None]


def test_the_story_is_told_by_the_journal_and_a_database_made_anew_agrees(tmp_path: Path) -> None:
    rows = Rows(f"sqlite:///{tmp_path}/rows.sqlite")
    with open_world(tmp_path / "office", {}, FakePost(), rows) as world:
        arrives_unfetchable(world, WHOLE)
        box(world).broken_uids = set()
        hours(world, 1)
        with world.context.database.reading() as tx:
            told = tx.scalars(select(events.c.event).where(events.c.mail_id == 1).order_by(events.c.id)).all()
            assert tx.scalars(select(sightings.c.folder_now)).all() == ["Enquiries/Critical"]
        assert [event for event in told if event in ("taken", "held", "fetched_whole", "decided")] == [
            "taken", "held", "fetched_whole", "decided"
        ]  # fmt: skip
        anew = Database(open_engine(f"sqlite:///{tmp_path}/anew.sqlite"))
        sealing.seal(world.context)
        with world.context.database.snapshot() as tx:
            found = rebuilding.rebuild(world.context, FromDatabase(tx), anew, lambda: None)
        assert [difference.line for difference in found.differences] == []
        anew.close()
    rows.database.close()
