"""The process is killed around moves: our own is never taken for a person's, and a person's is carried out once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from tests.crash.letters import critical
from tests.crash.ordeal import KILLED, Case, Ground, Office

CASE = Case(name="critical", raw=critical(), arrived=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5))
ORDERS = {"Waiting": ("waiting", "critical"), "Enquiries/Complex": ("open", "complex")}
"""Where a person puts a critical mail, and what its case is then."""


def ask(office: Office, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(office.database)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def orders(office: Office) -> int:
    return len(ask(office, "select id from events where event = 'moved_by_person'"))


def run(ground: Ground, office: Office, *, kill_at: int | None = None) -> tuple[str, ...]:
    ended = ground.killer.run(office.config, ("once",), kill_at=kill_at)
    assert ended.status == (KILLED if kill_at else 0), ended.output
    return ended.steps


def finish(ground: Ground, office: Office, *more: tuple[str, ...]) -> str:
    final = ground.killer.run(office.config, ("once",), ("verify",), *more)
    assert final.status == 0, final.output
    assert "nothing lost, nothing doubled" in final.output
    return final.output


def decided(ground: Ground) -> Office:
    office = ground.office(CASE)
    run(ground, office)
    return office


def drag(office: Office, source: str, target: str) -> None:
    with office.dovecot.client(office.user) as client:
        client.select_folder(source)
        client.move(client.search(), target)


def test_killed_between_our_own_move_and_its_commit(ground: Ground) -> None:
    steps = run(ground, ground.office(CASE))
    moved = steps.index("after mailbox.move") + 1
    commit = moved + steps[moved:].index("before commit") + 1
    for death in (moved, commit):
        office = ground.office(CASE)
        run(ground, office, kill_at=death)
        assert office.outcome().folders == {"Enquiries/Critical": 1}
        finish(ground, office)
        assert orders(office) == 0
        assert ask(office, "select state, category from cases") == [("open", "critical")]
        assert ask(office, "select state from mails") == [("done",)]
        drag(office, "Enquiries/Critical", "Closed")
        finish(ground, office)
        assert (orders(office), ask(office, "select state from cases")) == (1, [("closed",)])


@pytest.mark.timeout(240)
@pytest.mark.parametrize("target", ORDERS)
def test_an_order_survives_death_before_every_commit(ground: Ground, target: str) -> None:
    model = decided(ground)
    drag(model, "Enquiries/Critical", target)
    steps = run(ground, model)
    places = [place for place, step in enumerate(steps, start=1) if step == "before commit"]
    assert len(places) > 5
    wanted = outcome(model)
    failures, half_way = [], []
    for place in places:
        office = decided(ground)
        drag(office, "Enquiries/Critical", target)
        run(ground, office, kill_at=place)
        if orders(office) == 0 and not _kept_once(office):
            half_way.append(finish(ground, office, ("rebuild", "--verify")))
        else:
            finish(ground, office)
        if outcome(office) != wanted:
            failures.append(f"killed at {place} ({steps[place - 1]}): {outcome(office)} instead of {wanted}")
    assert not failures, "\n".join(failures)
    assert ask(model, "select state, category from cases") == [ORDERS[target]]
    assert len(half_way) == (target != "Waiting"), "once between the two transactions of a re-label"
    assert all("rebuilt: the same mails, the same decisions" in said for said in half_way)


def outcome(office: Office) -> tuple[object, ...]:
    """Everything but the rows of effects: a move that turned out needless is one more or less."""
    found = office.outcome()
    del found.rows["effects"]
    return found.rows, found.sent, found.folders, orders(office) if _kept_once(office) else 0


def _kept_once(office: Office) -> bool:
    """A correction of a category has a journal line of its own; dying behind it leaves out the second one."""
    return not ask(office, "select id from overrides")
