"""A real SMTP server that answers as told, the door to it, and a mail to hand over."""

from __future__ import annotations

from collections.abc import Callable

from inboxd.plan import OutgoingMail
from inboxd.smtp import SmtpCourier

MakeCourier = Callable[..., SmtpCourier]


def mail(number: int = 1, *, body: bytes = b"Bonjour,\r\n\r\n.a line with a dot\r\n..\r\n") -> OutgoingMail:
    return OutgoingMail(
        message_id=f"<{number}@office.example>", sender="office@gov.example", recipient="staff@mp.example",
        subject="Receipt", template="receipt", template_version="1",
        raw=b"Message-ID: <%d@office.example>\r\nTo: staff@mp.example\r\nSubject: Receipt\r\n\r\n" % number + body,
    )
