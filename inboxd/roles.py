"""Who may do what on the desk: the one table that every page, every action and every test goes by. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person is at the office; each account has one."""

    VIEWER = "viewer"
    """Looks: what is due, every case, the reports."""
    OFFICER = "officer"
    """Works on cases and held mail."""
    TEMPLATE_ADMIN = "template_admin"
    """Looks, and keeps the texts of replies."""
    ADMIN = "admin"
    """All of it; alone in charge of mail that leaves."""


class Action(StrEnum):
    """Everything that can be asked of the desk by somebody who is signed in."""

    LOOK = "look"
    """See every page; each reading of a mail is written to the journal."""
    DOWNLOAD = "download"
    """Take out a raw mail or a document."""
    WORK = "work"
    """Change a case: answered, category, waiting, closed."""
    SETTLE = "settle"
    """Try again, release or refuse what is held."""
    OUTBOX = "outbox"
    """Hold, let go and cancel mail that leaves."""
    TRY_CRITERIA = "try_criteria"
    """See what a draft of the criteria would change; nothing is taken into use."""
    TEXTS = "texts"
    """Check, try, take into use and restore the texts of replies."""
    OWN_ACCOUNT = "own_account"
    """Sign out, choose the language."""


EVERYBODY = frozenset(Role)
WORKERS = frozenset({Role.OFFICER, Role.ADMIN})
MAY: Mapping[Action, frozenset[Role]] = {
    Action.LOOK: EVERYBODY,
    Action.OWN_ACCOUNT: EVERYBODY,
    Action.DOWNLOAD: WORKERS,
    Action.WORK: WORKERS,
    Action.SETTLE: WORKERS,
    Action.OUTBOX: frozenset({Role.ADMIN}),
    Action.TRY_CRITERIA: frozenset({Role.ADMIN}),
    Action.TEXTS: frozenset({Role.TEMPLATE_ADMIN, Role.ADMIN}),
}


def may(role: Role, action: Action) -> bool:
    """Whether somebody with this role may do this."""
    return role in MAY[action]
