"""The second identifier, for any name, any day and any text."""

from __future__ import annotations

import calendar
import dataclasses
import unicodedata
from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from inboxd.triage.identity import Identity, compare
from tests.unit.identities import ALL, RECORD, mail, person, said

LETTERS = st.text(st.sampled_from("abcdefghijklmnoprstuvwyzéèçñöüłøđşğ"), min_size=3, max_size=9)
DAYS = st.dates(date(1930, 1, 1), date(2025, 12, 31))


def spelt(name: str, how: int) -> str:
    """The same name in another case, without accents, or in another Unicode form."""
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", name) if not unicodedata.combining(ch))
    return (name.upper(), name.lower(), name.title(), plain, unicodedata.normalize("NFD", name), plain.swapcase())[how]


@given(family=LETTERS, given_name=LETTERS, how=st.integers(0, 5), turned=st.booleans())
def test_order_case_and_accents_never_change_the_answer(family: str, given_name: str, how: int, turned: bool) -> None:
    record = person(family, given_name)
    name = f"{family}, {given_name}" if turned else f"{given_name} {family}"
    assert said(f"Name: {spelt(name, how)}", record) == Identity(agrees=("name",), contradicted=False)


@given(born=DAYS, days=st.integers(1, 20_000), form=st.integers(0, 5), labelled=st.booleans())
def test_another_day_is_never_agreement(born: date, days: int, form: int, labelled: bool) -> None:
    other = born - timedelta(days=days) if born.year > 1990 else born + timedelta(days=days)
    month = calendar.month_name[other.month]
    written = (
        other.isoformat(), f"{other.day} {month} {other.year}", f"{month} {other.day}, {other.year}",
        f"{other:%d/%m/%Y}", f"{other:%m/%d/%Y}", f"{other:%d-%b-%Y}",
    )[form]  # fmt: skip
    record = dataclasses.replace(RECORD, date_of_birth=born)
    found = said(f"{'DOB: ' if labelled else 'Papers of '}{written}, attached.", record)
    assert "date_of_birth" not in found.agrees


@given(born=DAYS)
def test_figures_that_can_mean_two_days_never_contradict(born: date) -> None:
    assume(born.day <= 12 and born.day != born.month)
    record = dataclasses.replace(RECORD, date_of_birth=date(1984, 6, 30))
    assert said(f"DOB: {born:%d/%m/%Y}", record) == Identity(agrees=(), contradicted=False)


PLAIN = (
    "papers attached please find letter from the and for her our office we will send it soon la lettre est jointe pour"
    " le dossier merci bonjour nous avons une demande urgent number 4 12 2026 ( ) , . : ; - \n"
)
WORDS = st.sampled_from(PLAIN.split(" "))


@given(st.lists(WORDS, max_size=40).map(" ".join), st.booleans())
def test_a_text_without_an_identifier_never_agrees(text: str, trusted: bool) -> None:
    assert compare(mail(text), RECORD, trust_bare=trusted).agrees == ()


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    email = dataclasses.replace(mail("x"), body=dataclasses.replace(mail("x").body, new=text))
    found = compare(email, RECORD)
    assert set(found.agrees) <= set(ALL)
