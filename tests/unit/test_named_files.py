"""Digests that rows name, however many: none is lost and none is made up."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from inboxd.store.named_files import BEGINNINGS, Digests

_DIGESTS = st.binary(max_size=8).map(lambda content: hashlib.sha256(content).hexdigest())


@given(st.lists(_DIGESTS, max_size=300))
def test_each_is_found_under_its_beginning_and_nothing_else(given_: list[str]) -> None:
    held = Digests(given_)
    found = {beginning: held.beginning(beginning) for beginning in BEGINNINGS}
    assert set().union(*found.values()) == set(given_)
    assert all(digest.startswith(beginning) for beginning, digests in found.items() for digest in digests)
