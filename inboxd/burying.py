"""An effect that cannot be carried out is given up: buried, its mail held, people told."""

from __future__ import annotations

import re

from inboxd import alerts, maillog, records
from inboxd.context import Context
from inboxd.plan import INTERNAL_NOTICES, Effect, EffectKind
from inboxd.store import outbox

_THEIR_WORDS = re.compile(r"(the server answered \d{3}(?: \d\.\d{1,3}\.\d{1,3})?)\b.*", re.DOTALL)


def bury(app: Context, effect: Effect, why: str) -> None:
    """Give an effect up, for `why`. What was told to people only is no reason to tell them more."""
    told: tuple[alerts.Alert, ...] = ()
    if effect.mail_id is not None and effect.payload.get("template") not in INTERNAL_NOTICES:
        key = f"buried/{effect.key}"
        what = "register_refused" if effect.kind is EffectKind.ATTACH else "undelivered"
        told = alerts.prepare(app, key, what, received=app.now(), mail_id=effect.mail_id)
    with app.database.transaction() as tx:
        if effect.kind is EffectKind.ATTACH:
            records.settle(tx, str(effect.payload["number"]), str(effect.payload["digest"]), records.REFUSED, why)
        outbox.bury(tx, effect, app.now(), why)
        alerts.put_in(tx, told, app.now())
    maillog.effect_buried(effect.effect_id, kind=effect.kind, mail_id=effect.mail_id, why=without_their_words(why))
    if effect.mail_id is not None:
        maillog.mail_held(effect.mail_id, reason="EFFECT_FAILED")


def without_their_words(why: str) -> str:
    """A server's refusal up to its codes: its words may quote the mail. They stay in the row, for `inboxd show`."""
    return _THEIR_WORDS.sub(r"\1", why)
