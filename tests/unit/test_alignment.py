"""Which domains one organisation owns (RFC 7489 3.2), by the public suffix list and by the office's own word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.alignment import aligned, organisation_of, plain


@pytest.mark.parametrize(("domain", "owner"), [
    ("parl.gc.ca", "parl.gc.ca"), ("sen.parl.gc.ca", "parl.gc.ca"), ("a.b.parl.gc.ca", "parl.gc.ca"),
    ("gc.ca", ""), ("on.ca", ""), ("ca", ""), ("ola.on.ca", "ola.on.ca"), ("canada.ca", "canada.ca"),
    ("ircc.canada.ca", "canada.ca"), ("mail.parl.example", "parl.example"), ("example", ""),
    ("PARL.GC.CA.", "parl.gc.ca"), ("x.github.io", "x.github.io"), ("bücher.example", "xn--bcher-kva.example"),
    ("", ""), (".", ""), ("a..b", ""), ("a b.example", ""), ("x@parl.gc.ca", ""), ("-" * 64 + ".ca", ""),
])
def test_the_owner_of_a_domain(domain: str, owner: str) -> None:
    assert organisation_of(domain) == owner


@pytest.mark.parametrize(("domain", "sender"), [
    ("parl.gc.ca", "parl.gc.ca"), ("mail.parl.gc.ca", "parl.gc.ca"), ("parl.gc.ca", "sen.parl.gc.ca"),
    ("mail.parl.gc.ca", "sen.parl.gc.ca"), ("Parl.GC.ca.", "parl.gc.ca"), ("gc.ca", "gc.ca"),
    ("xn--bcher-kva.example", "mail.bücher.example"),
])
def test_one_owner(domain: str, sender: str) -> None:
    assert aligned(domain, sender)


@pytest.mark.parametrize(("domain", "sender"), [
    ("attacker.on.ca", "ola.on.ca"), ("attacker.gc.ca", "parl.gc.ca"), ("gc.ca", "parl.gc.ca"), ("parl.gc.ca", "gc.ca"),
    ("on.ca", "ola.on.ca"), ("parl.gc.ca.evil.example", "parl.gc.ca"), ("notparl.gc.ca", "parl.gc.ca"),
    ("one.github.io", "other.github.io"), ("ca", "parl.gc.ca"), ("example", "example"), ("", ""), ("", "parl.gc.ca"),
    ("p\u0430rl.gc.ca", "parl.gc.ca"),
])
def test_different_owners(domain: str, sender: str) -> None:
    assert not aligned(domain, sender)


def test_the_office_says_that_two_are_one() -> None:
    groups = [["parl.gc.ca", "hoc.example"]]
    assert aligned("hoc.example", "parl.gc.ca", groups)
    assert aligned("mail.hoc.example", "sen.parl.gc.ca", groups)
    assert not aligned("hoc.example", "other.gc.ca", groups)
    assert not aligned("xhoc.example", "parl.gc.ca", groups)
    assert not aligned("a.gc.ca", "b.gc.ca", groups)
    assert aligned("a.gc.ca", "b.gc.ca", [["gc.ca"]])


LABEL = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)


@given(LABEL, LABEL, st.sampled_from(["gc.ca", "on.ca", "qc.ca", "ca", "co.uk", "com", "github.io"]))
def test_two_below_one_suffix_are_never_one(one: str, other: str, suffix: str) -> None:
    first, second = f"x-{one}.{suffix}", f"x-{other}.{suffix}"
    assert aligned(first, second) is (one == other)
    assert aligned(f"mail.{first}", f"www.{second}") is (one == other)
    assert not aligned(suffix, first)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_has_an_answer_that_is_the_same_both_ways(one: str, other: str) -> None:
    assert aligned(one, other) == aligned(other, one)
    assert plain(plain(one)) == plain(one)
