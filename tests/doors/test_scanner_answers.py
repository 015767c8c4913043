"""What no clamd should say: nothing but a whole "stream: OK" to a whole file is ever clean."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from inboxd import scanner
from inboxd.documents import Finding, Reason
from tests.doors.scanning import CLEAN, MEBIBYTE, OK, at, not_scanned
from tests.doors.scripted_clamd import Piece, ScriptedClamd

# What no clamd should say


@pytest.fixture(params=["unix", "tcp"])
def scripted(request: pytest.FixtureRequest) -> Iterator[Callable[..., ScriptedClamd]]:
    with contextlib.ExitStack() as stack:
        def make(*pieces: Piece, after: int | None = None, slowly: float = 0) -> ScriptedClamd:
            server = ScriptedClamd(*pieces, after=after, slowly=slowly, unix=request.param == "unix")
            return stack.enter_context(server)

        yield make


Scripted = Callable[..., ScriptedClamd]


@pytest.mark.parametrize("size", [
    0, 1, scanner._CHUNK - 1, scanner._CHUNK, scanner._CHUNK + 1, 3 * scanner._CHUNK, 2_000_000,
])
def test_every_byte_arrives_once_and_in_order(scripted: Scripted, size: int) -> None:
    server = scripted(OK)
    content = os.urandom(size)
    assert at(server.place).scan(content) == CLEAN
    assert list(server.streams) == [content]
    assert server.commands == [b"INSTREAM"]


@pytest.mark.parametrize(("answer", "expected"), [
    (OK, CLEAN), (b"stream: A.Name FOUND\0", Finding(reason=Reason.MALWARE, detail="A.Name")),
])
def test_an_answer_in_pieces_is_the_same_answer(answer: bytes, expected: Finding) -> None:
    with ScriptedClamd() as server:
        for cut in range(1, len(answer)):
            server.pieces = (answer[:cut], 0.005, answer[cut:])
            assert at(server.place).scan(b"x" * 10) == expected
        server.pieces = tuple(piece for byte in answer for piece in (bytes([byte]), 0.002))
        assert at(server.place).scan(b"x" * 10) == expected


def test_half_an_answer_is_none(scripted: Scripted) -> None:
    server = scripted()
    for answer in (OK, b"stream: A.Name FOUND\0", b"INSTREAM size limit exceeded. ERROR\0"):
        for cut in range(len(answer)):
            server.pieces = (answer[:cut],)
            not_scanned(at(server.place).scan(b"x" * 10), "without a whole answer")


@pytest.mark.parametrize("answer", [
    b"\0", b"OK\0", b"stream:OK\0", b"stream: ok\0", b" stream: OK\0", b"stream: OK \0", b"stream: OK\n",
    b"stream: OK\n\0", b"stream: OK\r\n\0", b"1: stream: OK\0", b"stream: NOT OK\0", b"stream: OK stream: OK\0",
    b"stream: OK\0stream: OK\0", b"stream: OK\0\0", OK + b"stream: A.Name FOUND\0", b"\0stream: OK\0",
    b"UNKNOWN COMMAND\0", b"PONG\0", b"/tmp/file: OK\0", b"stream: A.Name found\0", b"FOUND\0",
    b"250 OK\r\n", "stream: ÖK\0".encode(), b"\xff\xfe\0",
    b"stream: O\xd0\x9a\0", b"HTTP/1.1 200 OK\r\n\r\nstream: OK\0",
], ids=ascii)
def test_nonsense_is_never_clean(answer: bytes) -> None:
    with ScriptedClamd(answer) as server:
        not_scanned(at(server.place).scan(b"secret words"))


@pytest.mark.parametrize(("answer", "words"), [
    (b"INSTREAM size limit exceeded. ERROR\0", "StreamMaxLength in clamd.conf"),
    (b"COMMAND READ TIMED OUT\0", "CommandReadTimeout"),
    (b"stream: Can't allocate memory ERROR\0", "could not scan a file: stream: Can't allocate memory ERROR"),
    (b"Error processing command. ERROR\0", "could not scan a file: Error processing command. ERROR"),
    (b"stream: \x1b[31m\r\nforged line ERROR\0", "stream: ?[31m??forged line ERROR"),
    (b"stream: " + b"x" * 3000 + b" ERROR\0", "xxx"),
])
def test_errors_of_clamd_are_told_to_the_operator(answer: bytes, words: str) -> None:
    with ScriptedClamd(answer) as server:
        not_scanned(at(server.place).scan(b"x"), words)


@pytest.mark.parametrize(("name", "detail"), [
    (b"Win.Trojan.Agent-1234", "Win.Trojan.Agent-1234"), (b"A(" + b"0a" * 16 + b":27)", "A"),
    (b"A(" + b"0a" * 32 + b":27)", "A"), (b"", "a signature without a name"), (b"two words", "two words"),
    (b"OK", "OK"), (b"\x1b[2J\x07\r\nInjected: line", "?[2J???Injected: line"), ("Évil\u202e".encode(), "?vil?"),
    (b"\xff\xfe", "??"), (b"N" * 4000, "N" * 120), (b"x FOUND", "x FOUND"),
    (b"Heuristics.Phishing.Email.SpoofedDomain", "Heuristics.Phishing.Email.SpoofedDomain"),
])
def test_a_name_is_text_of_a_stranger(name: bytes, detail: str) -> None:
    with ScriptedClamd(b"stream: " + name + b" FOUND\0") as server:
        assert at(server.place).scan(b"x") == Finding(reason=Reason.MALWARE, detail=detail)


@pytest.mark.parametrize("pieces", [
    (b"x" * 10_000_000,), (b"stream: " + b"x" * 5000 + b" FOUND\0",), (b"x" * 1000,) * 9,
])
def test_a_giant_answer_is_not_read_to_its_end(pieces: tuple[bytes, ...]) -> None:
    with ScriptedClamd(*pieces) as server:
        began = time.monotonic()
        not_scanned(at(server.place, seconds=20).scan(b"x"), "longer than clamd's ever are")
        assert time.monotonic() - began < 15


def test_the_time_counts_over_the_whole_conversation(scripted: Scripted) -> None:
    """A byte now and then does not keep it waiting for ever, and neither does a reader that is slow."""
    dripping = scripted(*[piece for _ in range(200) for piece in (b"s", 0.05)])
    lazy = scripted(OK, slowly=0.05)
    for server, size in ((dripping, 10), (lazy, 20 * MEBIBYTE)):
        began = time.monotonic()
        not_scanned(at(server.place, seconds=0.5).scan(bytes(size)), "within 0.5 s")
        assert 0.5 <= time.monotonic() - began < 9


def test_silence_is_not_clean(scripted: Scripted) -> None:
    not_scanned(at(scripted(None).place, seconds=0.2).scan(b"x"), "within 0.2 s")
    not_scanned(at(scripted(b"stream: OK", None).place, seconds=0.2).scan(b"x"), "within 0.2 s")


def test_an_early_answer_is_read_although_the_file_is_not_through(scripted: Scripted) -> None:
    """The connection may already be gone when it is read: the answer counts, not the broken pipe."""
    content = bytes(10 * MEBIBYTE)
    for after in (0, 1, 100_000, 3 * MEBIBYTE):
        too_large = scripted(b"INSTREAM size limit exceeded. ERROR\0", after=after)
        not_scanned(at(too_large.place).scan(content), "StreamMaxLength")
        found = scripted(b"stream: Early.Name FOUND\0", after=after)
        assert at(found.place).scan(content) == Finding(reason=Reason.MALWARE, detail="Early.Name")


def test_an_early_answer_is_not_kept_waiting_by_a_clamd_that_reads_no_more(scripted: Scripted) -> None:
    server = scripted(b"stream: Early.Name FOUND\0", None, after=0)
    began = time.monotonic()
    assert at(server.place, seconds=20).scan(bytes(10 * MEBIBYTE)).detail == "Early.Name"
    assert time.monotonic() - began < 15


def test_a_connection_that_breaks_between_looking_and_sending(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = scanner._Clock.wait

    def see_nothing(clock: scanner._Clock, connection: socket.socket, events: int) -> int:
        seen = look(clock, connection, events)
        return select.POLLOUT if events & select.POLLOUT else seen

    monkeypatch.setattr(scanner._Clock, "wait", see_nothing)
    server = scripted(b"INSTREAM size limit exceeded. ERROR\0", after=100_000)
    not_scanned(at(server.place).scan(bytes(10 * MEBIBYTE)), "StreamMaxLength")


def test_clean_before_the_end_is_not_clean(scripted: Scripted) -> None:
    not_scanned(at(scripted(OK, after=65536).place).scan(bytes(10 * MEBIBYTE)), "clean before it had all of it")
    not_scanned(at(scripted(OK, 0.3, after=65536).place).scan(bytes(10 * MEBIBYTE)), "clean before it had all of it")


def test_hanging_up_without_a_word(scripted: Scripted) -> None:
    finding = at(scripted(after=65536).place).scan(bytes(10 * MEBIBYTE))
    not_scanned(finding, "hung up before it had all", "StreamMaxLength")
    not_scanned(at(scripted().place).scan(b"x"), "closed the connection without a whole answer")


@pytest.fixture(scope="module")
def echo() -> Iterator[ScriptedClamd]:
    with ScriptedClamd() as server:
        yield server


@given(answer=st.one_of(
    st.binary(max_size=60), st.text(max_size=40).map(str.encode),
    st.text(max_size=20).map(lambda it: it.encode() + b"\0"),
    st.text(max_size=20).map(lambda it: b"stream: " + it.encode() + b" FOUND\0"),
    st.builds(lambda cut, more: OK[:cut] + more, st.integers(0, len(OK)), st.binary(max_size=8)),
))
@hypothesis_settings(max_examples=150, deadline=None)
def test_no_answer_but_one_is_clean(echo: ScriptedClamd, answer: bytes) -> None:
    echo.pieces = (answer,)
    finding = at(echo.place).scan(b"words of the file")
    assert (finding == CLEAN) == (answer == OK)
    assert finding.reason in (None, Reason.MALWARE, Reason.NOT_SCANNED)
    assert len(finding.detail) < 300
    assert finding.detail.isprintable() or not finding.detail
    assert "words of the file" not in finding.detail
