"""The process that looks inside files: real ones, and looks that go wrong in every way (`bad_inspections`)."""

from __future__ import annotations

import json
import time

import pytest

from inboxd.documents import Finding, Reason
from inboxd.workers import looks
from inboxd.workers.frames import MOST_BYTES, Answer, pack
from tests.doors.looks import (
    DOCX,
    MEBIBYTE,
    Looking,
    Make,
    address_space,
    attachment,
    children,
    exists,
)
from tests.files import office, pdf, pictures


@pytest.mark.parametrize(("content", "kind", "reason"), [
    (pdf.pdf(), "application/pdf", None),
    (pdf.javascript(packed=True), "application/pdf", Reason.MACRO_OR_ACTIVE),
    (pictures.tiff(), "image/tiff", None),
    (pictures.truncated(pictures.jpeg()), "image/jpeg", Reason.EMPTY_OR_CORRUPT),
    (office.docx(), DOCX, None),
    (office.doc_with_macros(), "application/msword", Reason.MACRO_OR_ACTIVE),
])
def test_real_files_are_looked_into(make: Make, content: bytes, kind: str, reason: Reason | None) -> None:
    workers = make(function=looks.INSPECT)
    assert [workers.inspect(attachment(content, kind=kind)).reason for _ in range(2)] == [reason, reason]


def test_two_hundred_real_files_in_flat_memory(make: Make) -> None:
    workers = make(function=looks.INSPECT)
    files = [(pdf.pdf(pages=3), "application/pdf"), (pictures.jpeg(), "image/jpeg"), (office.docx(), DOCX)]
    spaces: list[int] = []
    for number in range(200):
        content, kind = files[number % 3]
        assert workers.inspect(attachment(content, kind=kind)) == Finding()
        spaces.append(address_space(int(children()[0])))
    assert len(set(children())) == 1
    assert spaces[-1] - spaces[20] <= 4 * MEBIBYTE








def test_bytes_type_and_name_arrive_and_the_finding_comes_back(workers: Looking) -> None:
    name = "Relevé – \ud800 \x00 \u202efdp.é.pdf"
    found = workers.inspect(attachment(b"what", name, "image/tiff"))
    assert found.reason is Reason.ARCHIVE
    assert found.detail.startswith("image/tiff|Relevé – ")
    assert found.detail.endswith(".é.pdf|4")


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 40 * MEBIBYTE])
def test_files_of_any_size_arrive_whole(workers: Looking, size: int) -> None:
    assert workers.ask(b"\0" * size) == Finding(detail=f"{size} bytes")


def test_the_longest_name_keeps_its_extension(workers: Looking) -> None:
    found = workers.inspect(attachment(b"what", "é" * 300_000 + ".exe"))
    assert (found.reason, len(found.detail)) == (Reason.ARCHIVE, 300)
    assert workers.ask(b"x") == Finding(detail="1 bytes")


@pytest.mark.parametrize("content", [b"loop", b"loop-in-c", b"sleep 60"])
def test_what_takes_too_long_is_not_checked(make: Make, content: bytes) -> None:
    workers = make(seconds=0.7)
    pid, began = workers.pid(), time.monotonic()
    assert workers.ask(content) == Finding(reason=Reason.NOT_CHECKED, detail="the look inside took more than 0.7 s")
    assert 0.7 <= time.monotonic() - began < 10
    assert not exists(pid)
    assert workers.ask(b"next") == Finding(detail="4 bytes")


@pytest.mark.parametrize("content", [b"allocate", b"allocate-at-once", b"take 257"])
def test_what_needs_too_much_memory_is_not_checked(workers: Looking, content: bytes) -> None:
    found = Finding(reason=Reason.NOT_CHECKED, detail="the look inside needed more than 256 MiB")
    assert workers.ask(content) == found
    assert workers.ask(content) == found
    assert workers.ask(b"next") == Finding(detail="4 bytes")


def test_memory_within_the_limit_may_be_used(workers: Looking) -> None:
    for _ in range(3):
        assert workers.ask(b"take 80") == Finding(detail="done")


def test_what_is_found_where_memory_is_short_is_no_finding(workers: Looking) -> None:
    """A library that got no more memory says: nothing against it, or damaged. A script was seen all the same."""
    unsure = Finding(
        reason=Reason.NOT_CHECKED, detail="the look inside needed 120 MiB of 256 MiB, too much to be sure of it")
    assert workers.ask(b"take 120") == unsure
    assert workers.ask(b"take-and-find 120 EMPTY_OR_CORRUPT") == unsure
    assert workers.ask(b"take-and-find 120 MACRO_OR_ACTIVE") == Finding(reason=Reason.MACRO_OR_ACTIVE)
    assert workers.ask(b"take-and-find 80 EMPTY_OR_CORRUPT") == Finding(reason=Reason.EMPTY_OR_CORRUPT)


def test_memory_of_one_look_is_not_charged_to_the_next(workers: Looking) -> None:
    pid = workers.pid()
    assert workers.ask(b"take 80") == Finding(detail="done")
    assert workers.pid() == pid
    workers.ask(b"take 120")
    assert workers.pid() != pid
    assert workers.ask(b"next") == Finding(detail="4 bytes")


@pytest.mark.parametrize(("content", "how"), [
    (b"segfault", "ended the process (signal 11)"),
    (b"allocate-in-c", "ended the process (signal 11)"),
    (b"abort", "ended the process (signal 6)"),
    (b"exit 0", "ended the process (exit status 0)"),
    (b"exit 3", "ended the process (exit status 3)"),
    (b"sys-exit", "ended the process (exit status 1)"),
    (b"fail", "failed (KeyError)"),
    (b"recurse", "failed (RecursionError)"),
    (b"no-finding", "failed (AttributeError)"),
    (b"unknown-reason", "gave no answer that can be read"),
])
def test_a_look_that_breaks_is_not_checked_and_the_next_file_is(workers: Looking, content: bytes, how: str) -> None:
    for _ in range(2):  # the second time by a new process, which breaks just so
        assert workers.ask(content) == Finding(reason=Reason.NOT_CHECKED, detail=f"the look inside {how}")
    assert workers.ask(b"next") == Finding(detail="4 bytes")


def frame(words: object) -> bytes:
    text = json.dumps(words).encode()
    return len(text).to_bytes(4) + text


GOOD = {"reason": "", "detail": "", "failed": "", "used_bytes": 0, "grown_bytes": 0}


@pytest.mark.parametrize("words", [
    b"\xff\xff\xff\xff", (MOST_BYTES + 1).to_bytes(4), b"%PDF-1.7 and so on", b"\0\0\0\0", b"\0\0\0\x01{",
    b"\0\0\0\x02\xff\xff", frame(None), frame([]), frame({}), frame({"reason": "", "detail": ""}),
    frame(GOOD | {"more": 1}), frame(GOOD | {"grown_bytes": "0"}), frame(GOOD | {"grown_bytes": True}),
    frame(GOOD | {"detail": None}), frame(GOOD | {"reason": "PERHAPS"}), frame(GOOD | {"reason": ["MALWARE"]}),
    (50_000).to_bytes(4) + b"[" * 50_000,
])
def test_nonsense_in_the_pipe_is_not_checked(workers: Looking, words: bytes) -> None:
    found = workers.ask(b"say " + words)
    assert found == Finding(reason=Reason.NOT_CHECKED, detail="the look inside gave no answer that can be read")
    assert workers.ask(b"next") == Finding(detail="4 bytes")


def test_half_an_answer_is_waited_for_no_longer_than_a_look_may_take(make: Make) -> None:
    workers = make(seconds=0.7)
    assert "took more than" in workers.ask(b"say " + pack(Answer())[:-1]).detail


def test_a_process_that_hangs_up_and_lives_on_ends_by_its_own_clock(make: Make) -> None:
    workers = make(seconds=0.7)
    assert workers.ask(b"close-everything").detail == "the look inside took more than 0.7 s"
    assert workers.ask(b"next") == Finding(detail="4 bytes")


def test_what_a_library_prints_or_reads_does_no_harm(workers: Looking) -> None:
    pid = workers.pid()
    assert workers.ask(b"rubbish") == Finding(detail="done")
    assert workers.ask(b"read-stdin") == Finding(detail="0 bytes")
    assert workers.pid() == pid


def test_what_is_said_is_one_short_line(workers: Looking) -> None:
    found = workers.ask(b"long-detail")
    assert found.reason is Reason.MACRO_OR_ACTIVE
    assert found.detail == "a b " + "x" * (300 - len("a\nb\0\r\n\u2028"))
