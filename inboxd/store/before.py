"""What is known of a mail from before this decision: what a person ordered, what a later mail brought, what was found.

Nothing is known of one that comes fresh, and nothing is asked: whatever settles a mail, settles one that was decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection, bindparam, select

from inboxd.documents import Instruction
from inboxd.mail import Authentication, AuthResult, SentAgain, Taken
from inboxd.store import held, settlings
from inboxd.tables import events

# what is asked often is built once: building a statement costs more than carrying it out
_DECIDED_BEFORE = (
    select(events.c.detail)
    .where(events.c.mail_id == bindparam("mail"), events.c.event == "decided")
    .order_by(events.c.id.desc())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Of one mail."""

    instruction: Instruction | None = None
    """What a person decided about it."""
    sent_again: SentAgain | None = None
    """The later mail that brought its files to a record."""
    own_check: Authentication | None = None
    """What our own look at its DKIM signatures found."""

    @classmethod
    def of(cls, tx: Connection, taken: Taken) -> Self:
        """What our records say."""
        if not taken.decisions:
            return cls()
        mail_id = taken.mail_id
        return cls(
            instruction=held.instruction(tx, mail_id),
            sent_again=settlings.sent_again(tx, mail_id),
            own_check=_own_check(tx, mail_id),
        )


def _own_check(tx: Connection, mail_id: int) -> Authentication | None:
    """What was found when it was decided before, if anything was."""
    for detail in tx.scalars(_DECIDED_BEFORE, {"mail": mail_id}):
        if told := (detail or {}).get("dkim"):
            check = Authentication(result=AuthResult(told[0]), detail=told[1])
            return None if check.result is AuthResult.NONE else check
    return None
