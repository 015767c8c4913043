"""A person's word on a case from the desk or the command line: answered, waits, goes on; and that a mail was read.

Each act is one transaction, in the journal with the person's name. Raises `Permanent`, in words for that person, where
it cannot be done; then nothing was changed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from inboxd import parking
from inboxd.context import Context
from inboxd.database import Database
from inboxd.errors import Permanent
from inboxd.store import clocks
from inboxd.store.journal import note
from inboxd.tables import cases

Act = Callable[[Connection, Any], bool]


def note_answer(app: Context, reference: str, actor: str) -> None:
    """The office was answered in a way that inboxd does not see, by telephone for one: the reply clock stops."""

    def act(tx: Connection, case: Any) -> bool:
        if case.state not in ("open", "waiting"):
            return False
        now = app.now()
        clocks.answered(tx, case.id, now, now, mail_id=None)
        note(tx, "answer_noted", now, mail_id=case.mail_id, case_id=case.id, actor=actor)
        return True

    _do(app, reference, act, "is {state}; only one that is open or waits can be answered")


def wait(app: Context, reference: str, actor: str) -> None:
    """The case waits for its office: the reply clock stands still, the action alarm never."""
    _do(app, reference, lambda tx, case: parking.pause(app, tx, case.id, actor), "is {state}; it cannot wait")


def go_on(app: Context, reference: str, actor: str) -> None:
    """A case that waits goes on, with the office time that it had left."""
    _do(app, reference, lambda tx, case: parking.resume(app, tx, case.id, actor), "is {state}; it does not wait")


def _do(app: Context, reference: str, act: Act, refused: str) -> None:
    name = reference.strip().upper()
    with app.database.transaction() as tx:
        case = tx.execute(select(cases).where(cases.c.reference == name)).first()
        if case is None:
            raise Permanent(f"there is no case {name}; `inboxd cases` shows them")
        if not act(tx, case):
            raise Permanent(f"case {name} {refused.format(state=case.state)}")


def note_reading(database: Database, now: datetime, mail_id: int, actor: str) -> None:
    """Somebody reads a mail at the desk."""
    with database.transaction() as tx:
        note(tx, "read", now, mail_id=mail_id, actor=actor)


def note_taking_out(database: Database, now: datetime, mail_id: int, actor: str, *, file: str) -> None:
    """Somebody saves a file of a mail from the desk; `file` is its path in the mail, or raw for all of it."""
    with database.transaction() as tx:
        note(tx, "taken_out", now, mail_id=mail_id, actor=actor, file=file)
