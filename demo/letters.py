"""What a demo mail is: who sends it, what stands in it, and what the demo expects to become of it.

The bytes are what the office's own gateway would hand to the mailbox, Authentication-Results included. Pure; a
mail's Message-ID comes from its key, so that the demo finds it again on the server and in the answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from demo.files import File
from tests.office import GATEWAY, INBOX

_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_FR = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTHS_FR = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An invented sender. `office` names the invented office, in its own language."""

    name: str
    address: str
    signature: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


PRIYA = Person(
    name="Priya Holt",
    address="staff.rivers@parl.example",
    signature=("Priya Holt", "Constituency Assistant", "Office of Alma Rivers, M.P. | Maple North", "613-555-0101"),
)
ALMA = Person(name="Alma Rivers", address="alma.rivers@parl.example", signature=("Alma Rivers, M.P.", "Maple North"))
MAUDE = Person(
    name="Maude Thériault",
    address="bureau.lachaine@parl.example",
    signature=(
        "Maude Thériault",
        "Adjointe de circonscription",
        "Bureau de Benoît Lachaîne, député | Trois-Érables",
        "819-555-0102",
    ),
)
CORA = Person(
    name="Cora Whitfield",
    address="cora.whitfield@sen.parl.example",
    signature=("Cora Whitfield", "Senator for Manitoba / Sénatrice du Manitoba"),
)
DESK = Person(name="Minister's Office desk", address="desk@minister.example")
LAWYER = Person(
    name="Dorian Pellworth",
    address="d.pellworth@pellworth-law.example",
    signature=("Dorian Pellworth", "Pellworth Law"),
)
OFFICER = Person(
    name="Nadia Brisebois",
    address="nadia.brisebois@officers.ircc.example",
    signature=("Nadia Brisebois", "Program Officer, MCMPS"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must become of a mail. `why` are words that the recorded reason must hold."""

    place: str
    """Name in `settings.Place`."""
    replies: tuple[str, ...] = ()
    """Templates of the mails that its sender must get, in any order."""
    why: tuple[str, ...] = ()
    held: bool = False
    case: str = ""
    """Category and state of its only case, e.g. `critical open`; empty: not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail of the demo."""

    key: str
    """Short name: file name, and part of the Message-ID."""
    what: str
    """What it is, for people, at most 40 characters."""
    language: str
    raw: bytes = field(repr=False)
    expected: Expected
    folder: str = "INBOX"
    sender: str = ""

    @property
    def message_id(self) -> str:
        return message_id(self.key)


def message_id(key: str) -> str:
    """The Message-ID of the mail with this key."""
    return f"<{key}.demo@mail.parl.example>"


def compose(
    key: str,
    sender: Person,
    subject: str,
    text: str,
    *,
    at: datetime,
    files: Sequence[File] = (),
    logo: File | None = None,
    answers: Sequence[str] = (),
    to: str = INBOX,
    verified: bool = True,
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """A mail as a gateway delivers it. `answers` are the Message-IDs of the thread, oldest first.

    `verified` False: the gateway found that the sender's domain did not send it.
    """
    mail = EmailMessage(policy=SMTP)
    result = "pass" if verified else "fail"
    where = "[192.0.2.25]" if verified else "[198.51.100.77]"
    mail["Return-Path"] = f"<{sender.address}>"
    mail["Authentication-Results"] = (
        f"{GATEWAY}; spf={result} smtp.mailfrom={sender.domain}; dkim={result} header.d={sender.domain};"
        f" dmarc={result} header.from={sender.domain}"
    )
    mail["Received"] = f"from mail.{sender.domain} ({where}) by {GATEWAY} with ESMTPS; {format_datetime(at)}"
    mail["From"] = formataddr((sender.name, sender.address), charset="utf-8")
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at - timedelta(seconds=4))
    mail["Message-ID"] = message_id(key)
    if answers:
        mail["In-Reply-To"] = answers[-1]
        mail["References"] = " ".join(answers)
    for name, value in headers:
        mail[name] = value
    signature = "\n".join(("-- ", *sender.signature)) if sender.signature else ""
    mail.set_content(f"{text.strip()}\n\n{signature}".rstrip() + "\n", charset="utf-8", cte="quoted-printable")
    if logo is not None:
        _add_html(mail, text, sender, logo)
    for file in files:
        kind, _, subtype = file.content_type.partition("/")
        mail.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
    return mail.as_bytes()


def _add_html(mail: EmailMessage, text: str, sender: Person, logo: File) -> None:
    """The same words in HTML with a logo under them, as most mail programs send."""
    paragraphs = "".join(f"<p>{part}</p>" for part in text.strip().split("\n\n"))
    name = "<br>".join(sender.signature)
    page = f'<html><body>{paragraphs}<p>-- <br>{name}</p><img src="cid:logo@{sender.domain}"></body></html>'
    mail.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")
    parts = mail.get_payload()
    assert isinstance(parts, list)
    html = parts[-1]
    assert isinstance(html, EmailMessage)
    html.add_related(
        logo.content,
        maintype="image",
        subtype="png",
        cid=f"<logo@{sender.domain}>",
        filename=logo.name,
        disposition="inline",
    )


def day_en(day: date) -> str:
    """As an English letter names a day: Thursday, November 26, 2026."""
    return f"{_DAYS_EN[day.weekday()]}, {_MONTHS_EN[day.month - 1]} {day.day}, {day.year}"


def day_fr(day: date) -> str:
    """As a French letter names a day: le jeudi 26 novembre 2026 (the first is « 1er »)."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"le {_DAYS_FR[day.weekday()]} {number} {_MONTHS_FR[day.month - 1]} {day.year}"
