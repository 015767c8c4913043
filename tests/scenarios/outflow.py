"""People who write so that mail leaves, and what of it left."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from inboxd.plan import INTERNAL_NOTICES
from inboxd.store.outgoing import list_mails
from tests.crash.letters import in_bytes, letter
from tests.scenarios.troubles import OFFICE
from tests.scenarios.world import World

SECTIONS = {**OFFICE, "rules": "second_reader = false",
            "smtp": "per_minute = 1000\nbulk_limit = 5\nbulk_minutes = 10"}
HELD_BACK = "Automatic replies are held back"
KIM = "person:kim"


def left(world: World) -> Counter[str]:
    """Templates of what left for the outside."""
    keeper = world.post.keeper  # type: ignore[attr-defined]  # the fake one
    return Counter(mail.template for mail in keeper.sent if mail.template not in INTERNAL_NOTICES)


def strangers(world: World, count: int, *, first: int = 1) -> None:
    """So many people who are no clients write, each once."""
    for number in range(first, first + count):
        raw = in_bytes(letter("Question", "May I ask something?\n", sender=f"person-{number}@mail.example"))
        world.post.deliver(raw, world.clock.at, "INBOX")
    world.run()


def offices(world: World, count: int, *, first: int = 1, age: timedelta = timedelta(0)) -> None:
    """So many members of staff of clients write, each once."""
    for number in range(first, first + count):
        raw = in_bytes(letter("Question", f"How long do applications take? ({number})\n",
                              sender=f"staff-{number}@parl.example"))
        world.post.deliver(raw, world.clock.at - age, "INBOX")
    world.run()


def shown(world: World, state: str = "") -> list[dict[str, Any]]:
    with world.context.database.reading() as tx:
        return list_mails(tx, world.clock.at, state=state)[0]


def rows(world: World, table: Any) -> list[Any]:
    with world.context.database.reading() as tx:
        return list(tx.execute(select(table).order_by(table.c.id)).all())
