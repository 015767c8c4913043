"""Numbers in running text, and our own case references with their check letter."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.parsers.references import application_numbers, case_references, ucis
from inboxd.reference import CHECK_LETTERS, LAST_ORDINAL, is_reference, make_reference

PREFIXES = ("EP", "PR", "SV")


@pytest.mark.parametrize(("text", "numbers"), [
    ("Her file is E123456789.", ("E123456789",)),
    ("les demandes V455603619 et V375456027", ("V455603619", "V375456027")),
    ("(w199315751, W131505658)", ("W199315751", "W131505658")),
    ("PNP file EP12345678, certificate PR12345678", ("EP12345678", "PR12345678")),
    ("no. F-130-919-034", ("F130919034",)),
    ("file: E 123 456 789", ("E123456789",)),
    ("application number e 1234 56789", ("E123456789",)),
    ("E123456789, again E-123-456-789", ("E123456789",)),
    ("XE143972791 is temporary", ("XE143972791",)),
    ("E288401542 10 mars", ("E288401542",)),
    ("MCMPS attachment - Fichier joint CMDSE367830361", ("E367830361",)),
    ("E123456789_letter.pdf", ("E123456789",)),
    ("W226421313, belongs to some other Mr. Oak; ours is W346327291", ("W346327291",)),
    ("It is about W346327291, not W226421313.", ("W346327291",)),
    ("G147502995 (un vieux visa, V112420414, peut apparaître, n’en tenez pas compte)", ("G147502995",)),
    ("le numéro V112420414 n'est pas le sien", ()),
    ("IMM-1234-24 and TB8-12345", ()),
    ("UCI 11-2222-3333, 1122223333", ()),
    ("passport no. A123456789", ()),
    ("passeport A123456BC, AB123456", ()),
    ("CAN000123456789", ()),
    ("call 613-555-0102 or C 613 555 0102", ()),
    ("E12345678, EP123456789, EO41887203, \u0415123456789", ()),
    ("seen E1234567890", ()),
    ("AE123456789", ()),
    ("https://portal.example/c123456789/x and a123456789@mail.example", ()),
    ("I 123 45 6789", ()),
    ("a 123 456 789", ()),
    ("PR 2026-11-05 was the date", ()),
    ("", ()),
])
def test_application_numbers_that_the_sender_means(text: str, numbers: tuple[str, ...]) -> None:
    assert application_numbers(text, PREFIXES) == numbers


@pytest.mark.parametrize(("text", "expected"), [
    ("UCI: 11-2222-3333", ("1122223333",)),
    ("IUC 1122-3344", ("11223344",)),
    ("IUC / UCI 6686-7430", ("66867430",)),
    ("client ID 1122223333", ("1122223333",)),
    ("ID client : 11 2222 3333", ("1122223333",)),
    ("numéro de client 11222333", ("11222333",)),
    ("UCIs 11-0014-4730 and 11-2275-8431", ("1100144730", "1122758431")),
    ("(11-2222-3333) 11-2222-3333", ("1122223333",)),
    ("1122223333", ()),
    ("the 2024-2025 fiscal year", ()),
    ("UCI 2024-2025", ("20242025",)),
    ("1234-5678-9012-3456", ()),
    ("tél. 55-1234-5678", ()),
    ("Tel: 613-555-0102", ()),
    ("UCI n/a (first application)", ()),
])
def test_ucis_that_are_labelled_or_hyphenated(text: str, expected: tuple[str, ...]) -> None:
    assert ucis(text) == expected


def test_reference_has_the_documented_form() -> None:
    assert make_reference("MC", 2026, 42, 0) == "MC26-000042-A"
    assert make_reference("MC", 2026, 42, 1) == "MC26-000042B-B"
    assert make_reference("MIL", 2031, 1_234_567, 0).startswith("MIL31-01234567-")


@pytest.mark.parametrize(("prefix", "year", "mail_id", "ordinal"), [
    ("MC", 2026, 1, LAST_ORDINAL + 1), ("MC", 2026, 1, -1), ("MC", 2026, -1, 0), ("mc", 2026, 1, 0), ("", 2026, 1, 0),
])
def test_reference_refuses_what_it_cannot_hold(prefix: str, year: int, mail_id: int, ordinal: int) -> None:
    with pytest.raises(ValueError, match="no case reference"):
        make_reference(prefix, year, mail_id, ordinal)


REFERENCES = st.builds(make_reference, st.just("MC"), st.integers(2000, 2099), st.integers(0, 99_999_999),
                       st.integers(0, LAST_ORDINAL))


@given(reference=REFERENCES)
def test_reference_is_found_in_text(reference: str) -> None:
    dashes = reference.replace("-", "\u2011")
    text = f"RE: [{reference}] merci, {reference.lower()} ({dashes})."
    assert case_references(text, "MC") == (reference,)
    assert case_references(text, "MD") == ()


@given(reference=REFERENCES)
def test_every_single_wrong_character_is_detected(reference: str) -> None:
    for place, right in enumerate(reference):
        for wrong in string.ascii_uppercase + string.digits + "-":
            if wrong != right:
                changed = reference[:place] + wrong + reference[place + 1:]
                assert not is_reference(changed, "MC"), changed
                assert case_references(changed, "MC") == (), changed


@given(reference=REFERENCES)
def test_every_swap_of_neighbours_is_detected(reference: str) -> None:
    for place in range(len(reference) - 1):
        swapped = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2:]
        if swapped != reference:
            assert not is_reference(swapped, "MC"), swapped
            assert case_references(swapped, "MC") == (), swapped


def test_check_letters_leave_out_what_is_misread() -> None:
    assert not set("ILOU") & set(CHECK_LETTERS)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    for number in application_numbers(text, PREFIXES):
        assert number.isascii()
    for uci in ucis(text):
        assert uci.isascii()
        assert len(uci) in (8, 10)
    assert case_references(text, "MC") == ()


def test_long_hostile_text_costs_no_more_than_its_length() -> None:
    text = "E 12 34 56 78 " * 20_000 + "11-" * 50_000 + "uci " * 50_000
    assert application_numbers(text, PREFIXES) == ()
    assert ucis(text) == ()
