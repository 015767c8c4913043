"""Whether what a page shows has changed since: asked by the page itself every half minute, which then says so.

Nothing in the page is replaced: somebody may have ticked mails or be writing a reason. Nothing of a mail is told, so
asking is no reading of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from inboxd.console.asking import Answer, Asked, NotThere, Page
from inboxd.console.desk import Desk
from inboxd.store import brakes, conversations, incidents, outgoing, reading
from inboxd.store import desk as reads

AT_ONCE = 100


def of_held(rows: Iterable[dict[str, Any]]) -> str:
    """How the list of held mails stands."""
    return _mark(sorted((row["id"], row["held_reason"]) for row in rows))


def of_mails(case: dict[str, Any] | None, mails: Iterable[dict[str, Any]]) -> str:
    """How a case and the mails of its conversation stand, or those of a mail without one."""
    stands = (case["state"], case["category"], case["reply_by"], case["action_by"]) if case else None
    return _mark(stands, [(mail["id"], mail["state"], mail["route"]) for mail in mails])


def of_system(tx: Connection, desk: Desk) -> str:
    """How the service stands, as far as a person should act on it: alerts, stops, mail that is kept back."""
    account = desk.context.settings.mailbox.account
    lasting = [incident.incident_id for incident in incidents.newest(tx, account, AT_ONCE, only_open=True)]
    waiting, _ = outgoing.list_mails(tx, desk.now(), limit=AT_ONCE)
    kept_back = [(mail["id"], mail["state"]) for mail in waiting if mail["state"] != "due"]
    return _mark(lasting, sorted(brakes.open_stops(tx)), kept_back)


def held(desk: Desk, asked: Asked) -> Answer:
    """News of the list of held mails."""
    with desk.database.reading() as tx:
        return _told(asked, of_held(reading.list_held(tx)))


def system(desk: Desk, asked: Asked) -> Answer:
    """News of the service."""
    with desk.database.reading() as tx:
        return _told(asked, of_system(tx, desk))


def case(desk: Desk, asked: Asked) -> Answer:
    """News of a case."""
    reference = asked.place["reference"].upper()
    with desk.database.reading() as tx:
        found, conversation = reads.case(tx, reference), conversations.of_case(tx, reference)
        if found is None or conversation is None:
            raise NotThere
        return _told(asked, of_mails(found, reads.mails_of(tx, conversation.mail_ids)))


def mail(desk: Desk, asked: Asked) -> Answer:
    """News of a mail."""
    with desk.database.reading() as tx:
        conversation = conversations.of_mail(tx, int(asked.place["mail_id"]))
        if conversation is None:
            raise NotThere
        return _told(asked, of_mails(None, reads.mails_of(tx, conversation.mail_ids)))


def _told(asked: Asked, stands: str) -> Answer:
    page = asked.path.removeprefix("/news")
    return Page(template="news.html.j2", values={"page": page, "changed": stands != asked.query.get("seen", "")})


def _mark(*what: object) -> str:
    """The same for the same, and nothing that could be read out of it."""
    return sha256(repr(what).encode()).hexdigest()[:16]
