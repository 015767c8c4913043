"""Letters of invented people for tests that need a real mail of a known kind, byte for byte the same each time."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from itertools import count

from tests.files.pdf import pdf
from tests.office import GATEWAY, INBOX

PHRASE = "MCMPS attachment - Fichier joint CMDS"
PDF = pdf()
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + b"\x08" * 64 + b"\xff\xd9"
STAFF = "staff.rivers@parl.example"

_numbers = count(1)


def letter(subject: str, text: str, *, sender: str = STAFF, message_id: str = "", **headers: str) -> EmailMessage:
    """A plain mail that the gateway has verified. Without `message_id` each call makes a new one."""
    mail = EmailMessage(policy=SMTP)
    mail["Authentication-Results"] = f"{GATEWAY}; dmarc=pass header.from={sender.rpartition('@')[2]}"
    mail["From"] = f"Office <{sender}>"
    mail["To"] = INBOX
    mail["Subject"] = subject
    mail["Date"] = "Thu, 12 Nov 2026 10:00:00 -0500"
    mail["Message-ID"] = message_id or f"<letter-{next(_numbers)}@{sender.rpartition('@')[2]}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def documents(*, number: str = "E123456789", uci: str = "11-2222-3333", padding: int = 0) -> bytes:
    """A right submission of two documents, which is attached and gets a receipt."""
    mail = letter(f"{PHRASE} {number}", f"Please attach these to the record. UCI {uci}.\n")
    mail.add_attachment(
        pdf(text=f"Passport {padding}", ballast=padding),
        maintype="application", subtype="pdf", filename="passport.pdf",
    )
    mail.add_attachment(pdf(text="Employment"), maintype="application", subtype="pdf", filename="lettre d'emploi.pdf")
    return in_bytes(mail)


def critical(name: str = "") -> bytes:
    """An enquiry that opens a critical case with two clocks and is acknowledged."""
    return in_bytes(letter(
        "Urgent: removal",
        f"Our constituent {name} is being removed from Canada tomorrow morning and her life is at risk there.\n",
    ))


def out_of_office() -> bytes:
    """What another machine sends; never answered."""
    return in_bytes(letter(
        "Automatic reply: Urgent: removal", "I am out of the office until Monday.\n", Auto_Submitted="auto-replied"
    ))


def in_bytes(mail: EmailMessage) -> bytes:
    """As it goes over the wire, with a fixed boundary."""
    if mail.is_multipart():
        mail.set_boundary("=-=part=-=")
    return mail.as_bytes()
