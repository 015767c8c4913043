"""What a mail does to the process that reads it costs that mail its reading, and no other mail anything."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from inboxd import parsers
from inboxd.errors import Permanent, Transient, Unparsable
from inboxd.readers import Readers
from tests.readers.conftest import Reading

BAD = "tests.readers.bad_readings:serve"


def letter(subject: str) -> bytes:
    return f"From: <staff.rivers@parl.example>\r\nSubject: {subject}\r\n\r\nA funeral.\r\n".encode()


def children() -> list[int]:
    """The processes that read mails, of any thread of this one."""
    tasks = Path("/proc/self/task").iterdir()
    found = [pid for task in tasks for pid in (task / "children").read_text().split()]
    ours = (b"readings:serve", b"readers.serving:serve")
    return [int(pid) for pid in found if any(name in Path(f"/proc/{pid}/cmdline").read_bytes() for name in ours)]


@pytest.mark.parametrize(("subject", "told"), [
    ("for ever", "took more than 5 s"),
    ("all memory", "needed more than 512 MiB"),
    ("all memory in C", r"ended the process \(signal 11\)"),
    ("ends", r"ended the process \(exit status 3\)"),
    ("nonsense", "gave no answer that can be read"),
])  # fmt: skip
def test_a_mail_that_breaks_its_process_is_told_of_and_the_next_is_read(
    reading: Reading, subject: str, told: str
) -> None:
    readers = reading.readers(place=BAD, mail_seconds=5, mail_memory_bytes=512 * 1024 * 1024)
    bad, good = reading.mail(letter(subject)), reading.mail(letter("Question"))
    readers.begin(reading.rules, [bad, good])
    with pytest.raises(Unparsable, match=f"^reading it {told}"):
        readers.read(reading.rules, bad)
    assert readers.read(reading.rules, good) == reading.here(good)
    begun = time.monotonic()
    with pytest.raises(Unparsable, match=told):
        readers.read(reading.rules, bad)
    assert time.monotonic() - begun < 4, "asked again, by itself, it does no harm again"


def fails(raw: bytes, **_: object) -> None:
    raise LookupError("here")


def test_a_bug_is_for_the_daemon_to_see(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its class came back and no word of the mail; it is read once more here, which says why."""
    readers = reading.readers(place=BAD)
    mail = reading.mail(letter("a bug"))
    monkeypatch.setattr(parsers, "parse", fails)
    with pytest.raises(LookupError, match="here"):
        readers.read(reading.rules, mail)
    with pytest.raises(LookupError, match="here"):
        readers.stored(mail.digest)
    monkeypatch.undo()
    assert readers.read(reading.rules, mail) == reading.here(mail)
    assert readers.read(reading.rules, reading.mail(letter("next"))).subject == "next"


def test_a_process_that_somebody_killed_is_replaced(reading: Reading) -> None:
    readers = reading.readers(place=BAD)
    readers.read(reading.rules, reading.mail(letter("first")))
    (pid,) = children()
    os.kill(pid, 9)
    assert readers.read(reading.rules, reading.mail(letter("next"))).subject == "next"
    assert children() != [pid]


def test_nothing_is_started_before_the_first_mail_and_nothing_is_left(reading: Reading) -> None:
    readers = reading.readers(place=BAD)
    assert children() == []
    readers.read(reading.rules, reading.mail(letter("first")))
    assert len(children()) == 1
    for _ in range(2):
        readers.close()
        assert children() == []
    assert readers.read(reading.rules, reading.mail(letter("after"))) is not None


def test_one_that_will_be_needed_is_started_once(reading: Reading) -> None:
    readers = reading.readers(place=BAD)
    for _ in range(2):
        readers.start(reading.rules)
    readers.prepare(reading.rules)
    (pid,) = children()
    readers.start(reading.rules)
    assert readers.read(reading.rules, reading.mail(letter("first"))).subject == "first"
    assert children() == [pid]


def test_closing_waits_for_no_mail(reading: Reading) -> None:
    readers = reading.readers(place=BAD, mail_seconds=60)
    readers.read(reading.rules, reading.mail(letter("first")))
    readers.begin(reading.rules, [reading.mail(letter("for ever")), reading.mail(letter("behind it"))])
    begun = time.monotonic()
    readers.close()
    assert time.monotonic() - begun < 20
    assert children() == []


def test_other_rules_read_anew_what_was_read_ahead(reading: Reading) -> None:
    readers = reading.readers()
    taken = reading.mail(letter("Question"))
    readers.begin(reading.rules, [taken])
    changed = reading.rules.settings.office.model_copy(update={"reference_prefix": "OTHER"})
    other = replace(reading.rules, settings=reading.rules.settings.model_copy(update={"office": changed}))
    raw = letter("About OTHER-2026-000001-X")
    named = reading.mail(raw)
    assert readers.read(other, taken) is not None
    email = readers.read(other, named)
    assert email is not None
    assert email.case_references == _here(other, reading, raw)


def _here(rules: object, reading: Reading, raw: bytes) -> tuple[str, ...]:
    from inboxd import parsers

    return parsers.parse_under(rules.settings, raw, digest="").case_references  # type: ignore[attr-defined]


def test_signs_of_life_are_given_while_a_mail_is_waited_for(reading: Reading) -> None:
    times = [time.monotonic()]
    readers = reading.readers(place=BAD, mail_seconds=4, alive=lambda: times.append(time.monotonic()))
    with pytest.raises(Unparsable):
        readers.read(reading.rules, reading.mail(letter("for ever")))
    assert len(times) >= 4
    assert max(later - sooner for sooner, later in itertools.pairwise(times)) < 2.5


def test_a_mail_that_the_archive_does_not_have_is_told_as_such(reading: Reading) -> None:
    readers: Readers = reading.readers()
    with pytest.raises(Permanent, match="archive"):
        readers.read(reading.rules, replace(reading.mail(letter("x")), digest="0" * 64))
    assert readers.read(reading.rules, reading.mail(letter("next"))) is not None


def test_a_program_that_cannot_start_is_no_fault_of_the_mail(reading: Reading) -> None:
    readers = reading.readers(place="inboxd.nowhere:serve")
    with pytest.raises(Transient, match=r"the process that reads mails did not start \(exit status 1\)"):
        readers.read(reading.rules, reading.mail(letter("x")))
