"""Internal notices: told to the office's alert addresses, one mail for each, through the outbox like every mail.

An alert is no effect of the mail it is about: that mail is finished, or held, whether or not anybody could be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from inboxd.archive import SENT
from inboxd.context import Context
from inboxd.documents import Reason
from inboxd.mail import Language
from inboxd.plan import OutgoingMail, ReplyPlan, Value
from inboxd.replies import render
from inboxd.settings import Audience
from inboxd.store import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rendered notice whose bytes are in the archive."""

    key: str
    mail: OutgoingMail
    digest: str


def prepare(
    app: Context,
    key: str,
    what: str,
    *,
    received: datetime,
    due: datetime | None = None,
    reference: str = "",
    category: str = "",
    mail_id: int | None = None,
    office: str = "",
    reason: str = "",
    others: tuple[str, ...] = (),
    template: str = "alert",
    to: Audience = Audience.TEAM,
    values: Mapping[str, Value] | None = None,
) -> tuple[Alert, ...]:
    """Render a notice for each address of `to` and keep its bytes. The same key is the same alert, sent once.

    `what` and `reason` are codes that the notice has words for; a reason it has none for is left out. `values` are
    what another template than `alert` gets besides.
    """
    told: dict[str, Value] = {
        "what": what,
        "reference": reference,
        "category": category,
        "due": due or received,
        "received": received,
        "mail_id": str(mail_id or ""),
        "office": office,
        "others": others,
        "reason": reason if reason in tuple(Reason) else "",
        **(values or {}),
    }
    alerts = []
    for address in app.settings.office.addresses(to):
        own_key = f"{key}/{address}"
        plan = ReplyPlan(template=template, to=address, language=Language.BOTH, french_first=False, values=told)
        mail = render(app.templates, plan, None, office=app.settings.office, effect_key=own_key, now=app.now())
        alerts.append(Alert(key=own_key, mail=mail, digest=app.archive.keep(SENT, mail.raw)))
    return tuple(alerts)


def put_in(tx: Connection, alerts: Iterable[Alert], now: datetime) -> int:
    """Put alerts into the outbox, in the transaction of what they tell of. Returns how many were not there before."""
    return sum(
        outbox.add_mail(tx, alert.key, alert.mail, now, mail_id=None, digest=alert.digest, thread="")
        for alert in alerts
    )
