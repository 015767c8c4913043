"""A person's word on outgoing mail: hold, let go, cancel; one mail or all of it. Each act is one transaction.

Raises `Permanent`, in words for that person, where it cannot be done; then nothing was changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from inboxd import maillog
from inboxd.context import Context
from inboxd.errors import Permanent
from inboxd.store import brakes, outgoing


def hold(app: Context, ids: Sequence[int], *, reason: str, actor: str) -> None:
    """Hold these mails until they are let go."""
    why = _said(reason)
    with app.database.transaction() as tx:
        outgoing.hold(tx, ids, app.now(), reason=why, actor=actor)
    for effect_id in ids:
        maillog.outgoing_changed("held", effect_id=effect_id, actor=actor)


def hold_all(app: Context, *, reason: str, actor: str) -> int:
    """Stop all mail to the outside, also what comes later. Returns how many wait now."""
    why, now = _said(reason), app.now()
    with app.database.transaction() as tx:
        if not brakes.stop(tx, brakes.ALL, now, reason=why, actor=actor):
            raise Permanent("outgoing mail is stopped already; `inboxd outbox release --all` lets it go")
        waiting = brakes.held_back(tx, brakes.ALL, now)
    maillog.outgoing_stopped(brakes.ALL, "by a person")
    return waiting


def release(app: Context, ids: Sequence[int], *, actor: str) -> None:
    """Let these mails go, whatever held them."""
    with app.database.transaction() as tx:
        outgoing.release(tx, ids, app.now(), actor=actor)
    for effect_id in ids:
        maillog.outgoing_changed("released", effect_id=effect_id, actor=actor)


def release_all(app: Context, *, actor: str) -> int:
    """End every stop and every hold. Returns how many mails go out because of it."""
    with app.database.transaction() as tx:
        freed = brakes.end_stops(tx, app.now(), actor)
    maillog.outgoing_released(mails=freed, actor=actor)
    return freed


def cancel(app: Context, ids: Sequence[int], *, reason: str, actor: str) -> list[int]:
    """Cancel these mails for good. Returns the ids of the mails that are held for a person because of it."""
    why = _said(reason)
    with app.database.transaction() as tx:
        answered = outgoing.cancel(tx, ids, app.now(), app.rules.standards, reason=why, actor=actor)
    for effect_id in ids:
        maillog.outgoing_changed("cancelled", effect_id=effect_id, actor=actor)
    return answered


def _said(reason: str) -> str:
    if not reason.strip():
        raise Permanent("--reason must say why, for whoever looks later")
    return " ".join(reason.split())
