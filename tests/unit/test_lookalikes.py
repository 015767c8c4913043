"""Domains that a hurried reader takes for a client's, and honest ones that nobody should be told of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.triage.lookalikes import lookalike_of

OURS = ("parl.example", "sen.parl.example")
LONG = "senate-of-the-north.example"


@pytest.mark.parametrize("domain", [
    "par1.example", "parl.examp1e", "p\u0430rl.example", "xn--prl-7cd.example", "PARL.EXAMPLE.CO",
    "parl.example.co", "parl.co", "parl.org", "parl-example.com", "parlexample.org", "sen-parl.example",
    "senparl.example", "parll.example", "pal.example", "pral.example", "pari.example", "parl.exmaple",
    "parl.exampel", "parl.example.mail.test", "parl.example-login.test", "\u0440\u0430rl.example",
    "p\u00e1rl.example", "\uff50arl.example",
])  # fmt: skip
def test_a_look_alike_is_seen(domain: str) -> None:
    assert lookalike_of(domain, OURS) in OURS


@pytest.mark.parametrize("domain", [
    "parl.example", "sen.parl.example", "Parl.Example", "parl.example.", "desk.parl.example", "ircc.example", "",
    "university.example", "assembly.example", "canada.example", "mail.example",
    "courriel.example", "example", ".",
    "library-of-parliament.example",
])  # fmt: skip
def test_an_honest_domain_is_none(domain: str) -> None:
    assert lookalike_of(domain, OURS) == ""


def test_a_pair_of_letters_that_looks_like_one_is_seen() -> None:
    assert lookalike_of("cornmons.example", ["commons.example"]) == "commons.example"
    assert lookalike_of("vvestern-members.example", ["western-members.example"]) == "western-members.example"


def test_domains_of_the_government_differ_by_more_than_a_letter() -> None:
    for domain in ("cic.gc.ca", "cra-arc.gc.ca", "canada.ca", "sen.gc.ca"):
        assert lookalike_of(domain, ["parl.gc.ca"]) == ""
    for domain in ("parl.gc.co", "parl-gc.ca", "parlgc.ca", "parl.gc.com", "par1.gc.ca"):
        assert lookalike_of(domain, ["parl.gc.ca"]) == "parl.gc.ca"


@given(st.integers(0, len(LONG)), st.sampled_from("abcxyz"))
def test_one_letter_more_is_always_seen(place: int, letter: str) -> None:
    assert lookalike_of(LONG[:place] + letter + LONG[place:], [LONG]) == LONG or f".{LONG}" in f".{letter}{LONG}"


@given(st.integers(0, len(LONG) - 1))
def test_one_letter_less_is_always_seen(place: int) -> None:
    assert lookalike_of(LONG[:place] + LONG[place + 1:], [LONG]) == LONG


@given(st.integers(0, len(LONG) - 2))
def test_two_letters_swapped_are_always_seen(place: int) -> None:
    swapped = LONG[:place] + LONG[place + 1] + LONG[place] + LONG[place + 2:]
    assert lookalike_of(swapped, [LONG]) == ("" if swapped == LONG else LONG)


@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3))
def test_any_text_has_an_answer(domain: str, ours: list[str]) -> None:
    assert lookalike_of(domain, ours) in {"", *(name.lower().strip(".") for name in ours)}
