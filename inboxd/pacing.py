"""Which mails leave now: not more in a minute than the server is meant to get, nothing unusual in bulk, no storm.

What left lately is read from the rows, so a restart grants nothing. Mail to the office's own people counts and never
waits. Two breakers open by themselves and are closed by a person only (`inboxd outbox release --all`); nothing is
dropped: one on what is unusual, one on all answers to mail that had just come, as machines that answer each other send.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from inboxd import maillog
from inboxd.context import Context
from inboxd.plan import Effect
from inboxd.store import brakes, sending
from inboxd.store.sending import MINUTE


def choose(app: Context, limit: int) -> list[Effect]:
    """Mails that may leave now, as many as the limits let; those to the office's own people always."""
    smtp, now = app.settings.smtp, app.now()
    with app.database.reading() as tx:
        stopped = brakes.open_scopes(tx)
        waiting = sending.ready(tx, now, limit, stopped)
        left = smtp.storm_limit
        if any(mail.is_fresh for mail in waiting):
            left -= brakes.fresh_sent(tx, now)
        room = smtp.per_minute - len(sending.sent_since(tx, now - MINUTE)) if waiting else 0
        odd = smtp.bulk_limit
        if any(mail.is_unusual for mail in waiting):
            odd -= brakes.unusual_sent(tx, now - timedelta(minutes=smtp.bulk_minutes), now)
    if odd <= 0 and any(mail.is_unusual for mail in waiting):
        reason = f"more than {smtp.bulk_limit} unusual automatic mails in {smtp.bulk_minutes:g} minutes"
        _trip(app, now, brakes.BULK, reason)
        return choose(app, limit)  # without what is unusual
    if left <= 0 and any(mail.is_fresh for mail in waiting):
        reason = f"more than {smtp.storm_limit} automatic answers in an hour to mail that had just come"
        _trip(app, now, brakes.ALL, reason)
        return choose(app, limit)  # to our own people only
    chosen = []
    for mail in waiting:
        held_up = (mail.is_unusual and odd <= 0) or (mail.is_fresh and left <= 0)
        if (room > 0 or mail.is_inside) and not held_up:
            chosen.append(mail.effect)
            room -= 1
            odd -= mail.is_unusual
            left -= mail.is_fresh
    return chosen


def _trip(app: Context, now: datetime, scope: str, reason: str) -> None:
    """A breaker opens: what it holds stays due, and waits for a person. The watch over the daemon tells people."""
    with app.database.transaction() as tx:
        stopped = brakes.stop(tx, scope, now, reason=reason)
    if stopped:
        maillog.outgoing_stopped(scope, reason)


def seconds_to_room(app: Context) -> float:
    """How long until a mail may leave that waits for nothing but the rate limit; 0 if none does."""
    now = app.now()
    with app.database.reading() as tx:
        if not any(not mail.is_inside for mail in sending.ready(tx, now, 1, brakes.open_scopes(tx))):
            return 0.0
        sent = sending.sent_since(tx, now - MINUTE)
    if len(sent) < app.settings.smtp.per_minute:
        return 0.0
    return max((sent[-app.settings.smtp.per_minute] + MINUTE - now).total_seconds(), 0.1)
