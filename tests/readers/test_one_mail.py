"""A page, an export, a correction want what one mail says: within the same limits, from any thread, told once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from inboxd.archive import Archive
from inboxd.archive.files import Writing
from inboxd.errors import Permanent, Transient, Unparsable
from inboxd.readers import Readers, open_readers, pool
from inboxd.readers.here import ReadHere
from inboxd.readers.pool import MOST_AHEAD
from tests.readers.conftest import Reading
from tests.readers.test_limits import BAD, children, letter


@pytest.mark.parametrize(("subject", "told"), [
    ("for ever", "took more than 2 s"),
    ("all memory", "needed more than 512 MiB"),
    ("ends", r"ended the process \(exit status 3\)"),
])  # fmt: skip
def test_a_mail_that_breaks_its_process_is_told_of_and_told_again_at_once(
    reading: Reading, subject: str, told: str
) -> None:
    readers = reading.readers(place=BAD, mail_seconds=20, mail_memory_bytes=512 * 1024 * 1024)
    bad, good = reading.mail(letter(subject)), reading.mail(letter("Question"))
    patience = 2 if subject == "for ever" else 0
    with pytest.raises(Unparsable, match=f"^reading it {told}"):
        readers.stored(bad.digest, at_most=patience)
    assert readers.stored(good.digest) == reading.here(good)
    begun, running = time.monotonic(), children()
    for _ in range(20):  # somebody loads the page again and again
        with pytest.raises(Unparsable, match=told):
            readers.stored(bad.digest, at_most=patience)
    assert time.monotonic() - begun < 15
    assert children() == running


def test_after_some_minutes_it_is_tried_again(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may have been busy."""
    monkeypatch.setattr(pool, "HARM_KEPT_SECONDS", 0.0)
    readers = reading.readers(place=BAD, mail_seconds=20)
    mail = reading.mail(letter("for ever"))
    for _ in range(2):
        begun = time.monotonic()
        with pytest.raises(Unparsable, match="took more than 1 s"):
            readers.stored(mail.digest, at_most=1)
        assert time.monotonic() - begun > 1


def test_who_waits_behind_the_first_one_waits_no_second_time(reading: Reading) -> None:
    """Four people open the page of a mail that takes for ever."""
    readers = reading.readers(place=BAD, mail_seconds=20)
    mail = reading.mail(letter("for ever"))
    told: list[str] = []

    def look() -> None:
        try:
            readers.stored(mail.digest, at_most=3)
        except Unparsable as error:
            told.append(str(error))

    begun = time.monotonic()
    people = [threading.Thread(target=look) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert told == ["reading it took more than 3 s"] * 4
    assert time.monotonic() - begun < 9


def test_many_threads_read_many_mails(reading: Reading) -> None:
    readers = reading.readers(readers=2)
    mails = [reading.mail(letter(f"Question {number}")) for number in range(24)]
    wrong: list[str] = []

    def look(part: int) -> None:
        for mail in mails[part::6]:
            if readers.stored(mail.digest) != reading.here(mail):
                wrong.append(mail.digest)

    people = [threading.Thread(target=look, args=(part,)) for part in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert wrong == []


def test_closing_tells_who_waits_that_it_was_not_the_mail(reading: Reading) -> None:
    readers = reading.readers(place=BAD, mail_seconds=60)
    readers.stored(reading.mail(letter("first")).digest)
    mail = reading.mail(letter("for ever"))
    told: list[Exception] = []

    def look() -> None:
        try:
            readers.stored(mail.digest)
        except Transient as error:
            told.append(error)

    person = threading.Thread(target=look)
    person.start()
    time.sleep(1)
    begun = time.monotonic()
    readers.close()
    person.join()
    assert time.monotonic() - begun < 10
    assert len(told) == 1
    assert children() == []


def test_a_person_who_stops_a_command_does_not_wait_for_the_mail(reading: Reading) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    readers = reading.readers(place=BAD, mail_seconds=60, alive=stop)
    mail = reading.mail(letter("for ever"))
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        readers.stored(mail.digest)
    assert time.monotonic() - begun < 20
    assert children() == []


def test_a_mail_that_was_given_reads_as_one_of_the_archive(reading: Reading) -> None:
    readers = reading.readers(place=BAD)
    mail = reading.mail(letter("Question"))
    assert readers.given(letter("Question")) == reading.here(mail) == readers.stored(mail.digest)
    with pytest.raises(Unparsable, match="ended the process"):
        readers.given(letter("ends"))


def test_an_archive_that_does_not_have_it(reading: Reading) -> None:
    readers = reading.readers()
    with pytest.raises(Permanent, match="archive"):
        readers.stored("0" * 64)
    assert readers.given(letter("next")).subject == "next"


def test_the_process_of_a_page_does_not_know_the_rules_and_that_of_the_daemon_serves_both(reading: Reading) -> None:
    readers = reading.readers()
    mail = reading.mail(letter("Question"))
    assert readers.stored(mail.digest).subject == "Question"
    bare = children()
    assert readers.read(reading.rules, mail).subject == "Question"
    deciding = children()
    assert deciding != bare, "it had to be started with the rules"
    assert readers.stored(mail.digest).subject == "Question"
    assert children() == deciding


def test_nothing_is_started_for_who_reads_nothing(reading: Reading) -> None:
    made = open_readers(reading.rules.settings.model_copy(
        update={"limits": reading.rules.settings.limits.model_copy(update={"readers": 1})}), reading.archive)
    assert isinstance(made, Readers)
    made.close()
    assert children() == []


def test_an_office_without_readers_reads_by_itself(reading: Reading) -> None:
    none = reading.rules.settings.limits.model_copy(update={"readers": 0})
    made = open_readers(reading.rules.settings.model_copy(update={"limits": none}), reading.archive)
    assert isinstance(made, ReadHere)
    mail = reading.mail(letter("Question"))
    assert made.stored(mail.digest) == made.given(letter("Question")) == reading.here(mail)
    assert children() == []


class Counting(Archive):
    """How often each mail was fetched from it to be read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.fetched: Counter[str] = Counter()

    def copy_to(self, kind: str, digest: str, writing: Writing) -> int:
        self.fetched[digest] += 1
        return super().copy_to(kind, digest, writing)


def test_so_many_readings_wait_to_be_asked_for_and_no_more(reading: Reading) -> None:
    """What another process decided meanwhile is never asked for: it must not stay in memory for ever."""
    archive = reading.archive = Counting(reading.archive.root)
    readers = reading.readers()
    more = 6
    mails = [reading.mail(letter(f"Question {number}")) for number in range(MOST_AHEAD + more)]
    for mail in mails:
        readers.begin(reading.rules, [mail])
    for mail in mails[more:]:
        readers.read(reading.rules, mail)
        assert archive.fetched[mail.digest] == 1, "it was read ahead, and kept"
    before = archive.fetched.copy()
    for mail in mails[:more]:
        assert readers.read(reading.rules, mail) == reading.here(mail)
        assert archive.fetched[mail.digest] == before[mail.digest] + 1, "it was let go, and read when its turn came"
    assert readers.read(reading.rules, replace(mails[0], mail_id=1000)) == reading.here(mails[0])
