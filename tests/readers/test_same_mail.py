"""A mail reads the same in a process of its own as here: every field, every byte of its files, every word's reading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import mixed_mailbox
from inboxd.documents import Outlined
from inboxd.errors import Unparsable
from inboxd.parsers import as_excerpt
from inboxd.readers import Readers
from inboxd.triage import Rules
from inboxd.triage.both_readers import read_words, words_of
from tests.office import PROJECT
from tests.readers.conftest import Reading

_RAW = sorted(path for path in (PROJECT / "tests").rglob("*.eml"))


def mails() -> Iterator[bytes]:
    """Mails that tests keep, of all kinds, and a mailbox like a real one."""
    yield from (path.read_bytes() for path in _RAW[::5])
    yield from mixed_mailbox.mails(30, 11)


def test_mails_of_all_kinds_read_the_same(reading: Reading) -> None:
    readers = reading.readers()
    read = asked = 0
    for raw in mails():
        taken = reading.mail(raw)
        try:
            here = reading.here(taken)
        except Unparsable as error:
            with pytest.raises(Unparsable, match=re.escape(str(error))):
                readers.read(reading.rules, taken)
            continue
        there = readers.read(reading.rules, taken)
        assert there == here
        assert readers.stored(taken.digest) == here
        assert repr(there) == repr(here), "down to the kind of each value"
        assert [file.content for file in there.attachments] == [file.content for file in here.attachments]
        read += 1
        words = words_of(here, here.subject, taken.arrived_at)
        known = reading.rules.readings.of(words)
        if here.automatic is None and here.sender is not None:
            asked += 1
            assert known == read_words(words, reading.rules.criteria, reading.rules.second_reader)
    assert read > 150
    assert asked > 80


@pytest.fixture(scope="module")
def shared(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reading, Readers]]:
    """One process for all examples."""
    made = Reading(rules, tmp_path_factory.mktemp("archive"))
    yield made, made.readers()
    made.close()


@settings(max_examples=50, deadline=None)
@given(raw=st.one_of(st.binary(max_size=400), st.sampled_from(_RAW[:200]).map(Path.read_bytes).flatmap(
    lambda raw: st.tuples(st.integers(0, max(0, len(raw) - 1)), st.binary(max_size=6)).map(
        lambda cut: raw[: cut[0]] + cut[1] + raw[cut[0] + len(cut[1]) :]))))  # fmt: skip
def test_any_bytes_read_the_same(raw: bytes, shared: tuple[Reading, Readers]) -> None:
    reading, readers = shared
    taken = reading.mail(raw)
    try:
        here = repr(reading.here(taken))
    except Unparsable:
        with pytest.raises(Unparsable):
            readers.read(reading.rules, taken)
        with pytest.raises(Unparsable):
            readers.given(raw)
    else:
        assert repr(readers.read(reading.rules, taken)) == here
        assert repr(readers.given(raw)) == here


def test_a_mail_of_which_only_the_beginning_is_here(reading: Reading) -> None:
    raw = b"From: <staff.rivers@parl.example>\r\nSubject: Files\r\n\r\nHer funeral is on Friday.\r\n"
    outline = (Outlined(path="2", media_type="application/pdf", fields='; filename="a.pdf"', size=200_000_000),)
    taken = replace(reading.mail(raw), outline=outline)
    assert reading.readers().read(reading.rules, taken) == as_excerpt(reading.here(taken), outline)


def test_officers_answers_ask_for_nothing(reading: Reading) -> None:
    raw = b"From: <staff.rivers@parl.example>\r\nSubject: Question\r\n\r\nHer funeral is on Friday.\r\n"
    sent, inbox = reading.mail(raw, "Sent"), reading.mail(raw)
    readers = reading.readers()
    for taken, is_known in ((sent, False), (inbox, True)):
        email = readers.read(reading.rules, taken)
        words = words_of(email, email.subject, taken.arrived_at)
        assert (reading.rules.readings.of(words) is not None) is is_known
