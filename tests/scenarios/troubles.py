"""An office whose doors fail, minute by minute, and what its people hear of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from inboxd import deciding, holding, incidents, intake, outbox, unanswered
from inboxd.errors import InboxdError, Transient
from inboxd.tables import incidents as table
from tests.fakes import FakeMailbox
from tests.office import ALERTS
from tests.scenarios.world import World

CHIEF = "chief@officers.ircc.example"
OFFICE = {"office": f'managers = ["{CHIEF}"]'}
GONE = Transient("mailbox: cannot connect: Connection refused")
DOWN = Transient("smtp: cannot connect: Connection refused")
Mails = list[tuple[str, str]]
SILENT = "The mailbox is not being read"
TEAM_TOLD = [(ALERTS, SILENT)]
OVER = f"Over: {SILENT}"


def change(world: World, section: str, **options: object) -> None:
    """Other settings from now on, as after a restart."""
    settings = world.context.settings
    changed = getattr(settings, section).model_copy(update=options)
    world.context.settings = settings.model_copy(update={section: changed})


def minute(world: World, times: int = 1, *, look: Callable[[Any], int] = incidents.look) -> None:
    """What the daemon does in a minute, so often: a stage whose door refuses does not stop the others."""
    stages = (intake.take_in, holding.wake_waiting, deciding.all_due, look, unanswered.settle, outbox.deliver_due,
              outbox.move_due)
    for _ in range(times):
        world.clock.forward(minutes=1)
        for stage in stages:
            try:
                stage(world.context)
            except InboxdError:
                assert stage is not look


def told(world: World) -> Mails:
    """(recipient, English title) of each alert about the service that left, in order."""
    found = []
    for mail in world.post.keeper.sent:
        if mail.template in ("incident", "incident_over"):
            title = re.match(r"\[SERVICE\] (.*) / \[SERVICE\] ", mail.subject)
            assert title, mail.subject
            found.append((mail.recipient, title[1]))
    return found


def box(world: World) -> FakeMailbox:
    found = world.context.mailbox
    assert isinstance(found, FakeMailbox)
    return found


def all_rows(world: World) -> list[Any]:
    with world.context.database.reading() as tx:
        return list(tx.execute(select(table).order_by(table.c.id)))
