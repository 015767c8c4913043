"""The second post: mail that answers what the daemon sent in the first. Made from the replies as they were received."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from demo import documents, enquiries
from demo.letters import CORA, MAUDE, OFFICER, PRIYA, Expected, Letter, Person, compose, message_id
from tests.office import GATEWAY, INBOX

_REFERENCE = re.compile(r"\bMC\d{2}-\d{6,}[A-Z]?-[A-Z]\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A reply of the daemon's as its reader has it."""

    message_id: str
    reference: str
    """Of the case, as the text says it."""
    raw: bytes


def reference_in(text: str) -> str:
    """The case reference in a reply's text; empty if there is none."""
    found = _REFERENCE.search(text)
    return found.group() if found else ""


def second_post(at: datetime, replies: Mapping[str, Answered], again: Letter) -> Iterator[Letter]:
    """What comes back. `replies` by the key of the mail that they answer; `again` is delivered a second time."""
    status, raised = replies[enquiries.STATUS_CASE], replies[enquiries.RAISED_CASE]
    yield Letter(
        key="status-fr",
        what="ÉTAT and the reference of a case",
        language="FR",
        sender=MAUDE.address,
        raw=compose("status-fr", MAUDE, f"ÉTAT {status.reference}", "Bonjour,\n\nOù en est-on?\n\nMerci,", at=at),
        expected=Expected(place="status", replies=("status",), why=("time line of its own case",)),
    )
    yield Letter(
        key="raise-en",
        what="It has become a matter of life",
        language="EN",
        sender=PRIYA.address,
        raw=compose(
            "raise-en",
            PRIYA,
            "RE: Status update",
            "Hello,\n\nThe situation has changed: her husband is now in intensive care on a ventilator, and the "
            "doctors say that he has days to live.\n\nThank you,",
            at=at,
            answers=(message_id(enquiries.RAISED_CASE), raised.message_id),
        ),
        expected=Expected(
            place="critical", replies=("raised",), case="critical open", why=("joins its case and raises it", "CR-04")
        ),
    )
    yield Letter(
        key="completes-fr",
        what="What a failure notice asked for",
        language="FR",
        sender=MAUDE.address,
        raw=compose(
            "completes-fr",
            MAUDE,
            "RE : MCMPS attachment - Fichier joint CMDS",
            "Bonjour,\n\nLe numéro est le W987654321. Inés Vasquez a consenti par écrit.\n\nMerci,",
            at=at,
            answers=(message_id(documents.COMPLETED), replies[documents.COMPLETED].message_id),
        ),
        expected=Expected(place="filed", replies=("receipt",), why=("gives what the documents of mail",)),
    )
    yield Letter(
        key="officer",
        what="An officer answers (Sent folder)",
        language="EN",
        sender=INBOX,
        folder="Sent",
        raw=_officers_answer(at, replies[enquiries.ANSWERED_CASE]),
        expected=Expected(place="stay", case="urgent answered", why=("an officer answered; the reply timer stops",)),
    )
    yield Letter(
        key="away",
        what="Out of office, to our reply",
        language="EN",
        sender=CORA.address,
        raw=compose(
            "away",
            CORA,
            "Automatic reply: We received your message",
            "I am away from the office until Monday. For urgent matters please call 204-555-0103.",
            at=at,
            answers=(message_id(enquiries.AWAY_AFTER), replies[enquiries.AWAY_AFTER].message_id),
            headers=(("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")),
        ),
        expected=Expected(place="automatic", why=("sent by a machine: out_of_office",)),
    )
    yield Letter(
        key="bounce",
        what="Our reply could not be delivered",
        language="EN",
        sender="mailer-daemon@parl.example",
        raw=_bounce(at, replies[enquiries.BOUNCED], MAUDE),
        expected=Expected(place="automatic", why=("could not be delivered",)),
    )
    yield Letter(
        key="again",
        what="A mail of the first post, once more",
        language=again.language,
        sender=again.sender,
        raw=b"X-Delivered-By: mx2.ircc.example\r\n" + again.raw,
        expected=Expected(place="automatic", why=("the same message as mail",)),
    )


def _officers_answer(at: datetime, answered: Answered) -> bytes:
    """Sent from the service address, as an ordinary mail program leaves it in the Sent folder."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f'"MCMPS / CMDS" <{INBOX}>'
    mail["To"] = "alma.rivers@parl.example"
    mail["Subject"] = f"RE: Travel for a funeral [{answered.reference}]"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id("officer")
    mail["In-Reply-To"] = answered.message_id
    mail["References"] = f"{message_id(enquiries.ANSWERED_CASE)} {answered.message_id}"
    mail.set_content(
        "Hello,\n\nWe have asked the office that holds the file to finish it this week. I will call you tomorrow."
        "\n\n-- \n" + "\n".join(OFFICER.signature) + "\n",
        charset="utf-8",
        cte="quoted-printable",
    )
    return mail.as_bytes()


def _bounce(at: datetime, returned: Answered, reader: Person) -> bytes:
    """A delivery status notification (RFC 3464) about one of our replies, with its headers returned."""
    head = returned.raw.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = [
        "Return-Path: <>",
        f"Authentication-Results: {GATEWAY}; spf=pass smtp.mailfrom=parl.example",
        f"Received: from mail.parl.example ([192.0.2.25]) by {GATEWAY} with ESMTPS; {format_datetime(at)}",
        "From: Mail Delivery System <mailer-daemon@parl.example>",
        f"To: {INBOX}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {message_id('bounce')}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_demo"',
        "",
        "--=_demo",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "Your message could not be delivered to one recipient.",
        "",
        "--=_demo",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mail.parl.example",
        "",
        f"Final-Recipient: rfc822; {reader.address}",
        "Action: failed",
        "Status: 5.2.2",
        "Diagnostic-Code: smtp; 552 5.2.2 Mailbox full",
        "",
        "--=_demo",
        "Content-Type: text/rfc822-headers",
        "",
        *head.split("\r\n"),
        "",
        "--=_demo--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")
