"""The second identifier: what agrees, what contradicts, what is only not verified (`domain.md` 3, promise 3)."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from inboxd import parsers
from inboxd.mail import Application
from inboxd.settings import LimitSettings, read_settings
from inboxd.triage.identity import Identity, compare

RECORD = Application(
    number="E123456789",
    family_name="Okonjo-Reyes",
    given_name="Amara",
    date_of_birth=date(1984, 6, 30),
    uci="1122223333",
)
OFFICE = read_settings(Path(__file__).parents[2] / "config" / "inboxd.toml").office


def said(text: str, record: Application = RECORD) -> Identity:
    raw = f"From: a@parl.example\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    email = parsers.parse(
        raw, digest="0" * 64, limits=LimitSettings(), office=OFFICE, authserv_ids=(), two_letter_prefixes=("EP",)
    )
    return compare(email, record)


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("The papers of Amara Okonjo-Reyes are attached.", ("name",)),
        ("REYES OKONJO, amara: papers attached.", ("name",)),
        ("Her UCI is 11-2222-3333, papers attached.", ("uci",)),
        ("IUC : 11-2222-3333. Documents joints.", ("uci",)),
        ("Client born 1984-06-30, papers attached.", ("date_of_birth",)),
        ("Date of birth: June 30, 1984. Papers attached.", ("date_of_birth",)),
        ("Née le 30 juin 1984. Documents joints.", ("date_of_birth",)),
        ("Her date of birth is June\n30, 1984. Papers attached.", ("date_of_birth",)),
        ("DDN : 30 juin 1984, documents joints pour Amara Okonjo Reyes.", ("date_of_birth", "name")),
    ],
)
def test_one_identifier_that_agrees_is_enough(text: str, agrees: tuple[str, ...]) -> None:
    assert said(text) == Identity(agrees=agrees, contradicted=False)


@pytest.mark.parametrize(
    "text",
    [
        "Papers of Amara Okonjo-Reyes, UCI 99-8888-7777.",
        "Papers of Amara Okonjo-Reyes, DOB 1985-01-01.",
        "Papers of Amara Okonjo-Reyes, née le 1er janvier 1985.",
        "Name: Tomás Belvedere\nUCI: 11-2222-3333",
        "Nom complet : Tomás Belvedere\nDDN : 30 juin 1984",
        "Client: Belvedere\nborn 1984-06-30",
    ],
)
def test_a_labelled_identifier_that_says_something_else_contradicts(text: str) -> None:
    assert said(text).contradicted


@pytest.mark.parametrize(
    "text",
    [
        "Papers attached, thank you.",
        "DOB 05/06/1984, papers attached.",
        "We wrote to you on 2026-11-02, papers attached.",
        "Amara's papers are attached.",
        "Name of our riding: Maple North. Papers attached.",
    ],
)
def test_what_cannot_be_read_one_way_is_neither(text: str) -> None:
    assert said(text) == Identity(agrees=(), contradicted=False)


def test_a_single_name_is_compared_whole() -> None:
    record = dataclasses.replace(RECORD, family_name="Suharti", given_name="", uci="", date_of_birth=None)
    assert said("Name: Suharti\nPapers attached.", record).contradicted is False
    assert said("Nom : Belvedere\nDocuments joints.", record).contradicted


def test_a_record_with_only_a_number_agrees_with_nothing() -> None:
    bare = Application(number="E123456789")
    assert said("Papers of Amara Okonjo-Reyes, UCI 11-2222-3333.", bare) == Identity(agrees=(), contradicted=False)
