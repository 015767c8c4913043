"""Sending canary mails: inboxd writes to itself now and then, and so knows that mail still arrives, and how fast.

A mail like any other through the outgoing server and back; what becomes of it is in the rows (`store.canaries`), and
one that does not come back in time is an incident. Raises `Transient` when the database or the disk refuses.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime

from inboxd import canary
from inboxd.archive import SENT
from inboxd.context import Context
from inboxd.plan import CANARY, OutgoingMail
from inboxd.replies import message_id_for
from inboxd.store import canaries, outbox

_TEXT = (
    "inboxd writes this mail to itself to measure how long mail takes. It is filed away by itself.\r\n"
    "inboxd s'envoie ce courriel pour mesurer le temps d'acheminement. Il se classe de lui-m=C3=AAme.\r\n"
)


def send_due(app: Context) -> int:
    """Put one into the outbox if it is time. Returns how many: 0 or 1."""
    every, now, office = app.settings.watch.canary_minutes, app.now(), app.settings.office
    if not every:
        return 0
    with app.database.reading() as tx:
        last = next(iter(canaries.newest(tx, office.address)), None)
    if last is not None and timedelta(0) <= now - last.put_in_at < timedelta(minutes=every):
        return 0
    secret = canary.secret(app.settings.storage.archive)
    subject = canary.subject_for(secret, app.settings.mailbox.account, now)
    key = f"canary/{canary.token_in(subject)}"
    message_id = message_id_for(key, office.message_id_domain)
    mail = OutgoingMail(
        message_id=message_id,
        sender=office.address,
        recipient=office.address,
        subject=subject,
        template=CANARY,
        template_version="",
        raw=_raw(office.address, subject, message_id, now),
    )
    digest = app.archive.keep(SENT, mail.raw)
    with app.database.transaction() as tx:
        return int(outbox.add_mail(tx, key, mail, now, mail_id=None, digest=digest, thread=""))


def _raw(address: str, subject: str, message_id: str, now: datetime) -> bytes:
    headers = {
        "From": address,
        "To": address,
        "Subject": subject,
        "Date": format_datetime(now),
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "quoted-printable",
        "Content-Language": "en, fr",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{head}\r\n{_TEXT}".encode("ascii")
