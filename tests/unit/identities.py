"""A record, and mails that name people, for the tests of the second identifier."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

from inboxd import parsers
from inboxd.documents import Application
from inboxd.mail import Email
from inboxd.settings import LimitSettings, SenderSettings, read_settings
from inboxd.triage.identity import Identity, compare

RECORD = Application(
    number="E123456789",
    family_name="Okonjo-Reyes",
    given_name="Amara",
    date_of_birth=date(1984, 6, 30),
    uci="1122223333",
)
BARE = Application(number="E123456789")
OFFICE = read_settings(Path(__file__).parents[2] / "config" / "inboxd.toml").office
ALL = ("uci", "date_of_birth", "name")
BOTH = ("date_of_birth", "name")


def mail(text: str, *, subject: str = "x", sender: str = "a@parl.example") -> Email:
    head = f"From: {sender}\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return parsers.parse(
        f"{head}{text}\r\n".encode(), digest="0" * 64, limits=LimitSettings(), office=OFFICE,
        senders=SenderSettings(roster=Path("roster.csv")), two_letter_prefixes=("EP",),
    )


def said(text: str, record: Application = RECORD) -> Identity:
    return compare(mail(text), record)


def person(family: str, given: str, **more: object) -> Application:
    """A record of which only the name is known."""
    return dataclasses.replace(Application(number="E123456789", family_name=family, given_name=given), **more)
