"""Malware: what a real clamd says, and that nothing but a whole "stream: OK" to a whole file is ever clean."""

from __future__ import annotations

import contextlib
import io
import os
import re
import select
import socket
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from inboxd import scanner
from inboxd.documents import Finding, Reason
from inboxd.errors import Transient
from inboxd.scanner import Clamd
from inboxd.settings import ScannerSettings
from tests.doors.scripted_clamd import Piece, ScriptedClamd
from tests.servers import MARKER, SIGNATURE, UNOFFICIAL, ClamdServer
from tests.servers.places import HOST, account_for, free_port, short_folder

CLEAN = Finding()
FOUND = Finding(reason=Reason.MALWARE, detail=SIGNATURE + UNOFFICIAL)
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file that every scanner knows, in two halves so that no scanner finds this one."""
OPERATING = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
MEBIBYTE = 1024 * 1024
OK = b"stream: OK\0"


@pytest.fixture(scope="module")
def server() -> Iterator[ClamdServer]:
    with ClamdServer(signatures={"Inboxd.Test.Eicar": EICAR}, extra="ExtendedDetectionInfo yes") as clamd:
        yield clamd


@pytest.fixture(params=["unix", "tcp", "localhost"])
def place(server: ClamdServer, request: pytest.FixtureRequest) -> str:
    """The same clamd by each way there is to it."""
    ways = {"unix": str(server.socket), "tcp": server.over_tcp, "localhost": f"localhost:{server.port}"}
    return ways[request.param]


def at(place: str | Path, *, seconds: float = 5, alive: Callable[[], object] = int) -> Clamd:
    return Clamd(ScannerSettings(socket=str(place), timeout_seconds=seconds), alive)


def not_scanned(finding: Finding, *words: str) -> None:
    """Held, with one sentence that says `words`, is short and on one line."""
    assert finding.reason is Reason.NOT_SCANNED
    assert finding.detail.startswith("scanner: ")
    assert len(finding.detail) < 300
    assert finding.detail.isprintable()
    for word in words:
        assert word in finding.detail


def zipped(content: bytes, *, behind: int = 0) -> bytes:
    """An archive with one file: so many mebibytes of nothing, then the content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/image.bin", "w") as entry:
        for _ in range(behind):
            entry.write(bytes(MEBIBYTE))
        entry.write(content)
    return file.getvalue()


def in_a_pdf(content: bytes, *, password: str = "") -> bytes:
    """A PDF of one page with the content in a compressed stream."""
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Carried = pikepdf.Stream(pdf, content)
        pdf.save(file, compress_streams=True, recompress_flate=True,
                 encryption=pikepdf.Encryption(user=password, owner=password) if password else False)
    assert content not in file.getvalue()
    return file.getvalue()


# A real clamd


def test_the_server_for_these_tests_leaves_nothing_and_complains_aloud() -> None:
    with ClamdServer() as server:
        assert "Loaded 1 signatures" in server.log()
    assert not server.root.exists()
    wrong = ClamdServer(extra="NoSuchOption yes")
    with pytest.raises(RuntimeError, match=r"(?s)clamd does not start:.*NoSuchOption"), wrong:
        pass
    assert not wrong.root.exists()


def test_a_harmless_file_is_clean(place: str) -> None:
    assert at(place).scan(b"%PDF-1.7 nothing special") == CLEAN
    assert at(place).scan(b"") == CLEAN


@pytest.mark.parametrize("content", [
    MARKER, b"before" * 1000 + MARKER + b"after", zipped(MARKER), zipped(zipped(MARKER)),
    in_a_pdf(b"text " * 99 + MARKER),
], ids=["plain", "inside", "zip", "zip in zip", "pdf"])
def test_malware_is_found_by_the_name_of_its_signature(place: str, content: bytes) -> None:
    assert at(place).scan(content) == FOUND


def test_the_test_file_of_all_scanners_is_found(place: str) -> None:
    assert at(place).scan(EICAR) == Finding(reason=Reason.MALWARE, detail="Inboxd.Test.Eicar" + UNOFFICIAL)


@pytest.mark.parametrize("start", [scanner._CHUNK - 1, scanner._CHUNK - len(MARKER) + 1, 2 * scanner._CHUNK - 7])
def test_malware_across_two_chunks_is_found(server: ClamdServer, start: int) -> None:
    assert at(server.socket).scan(bytes(start) + MARKER + bytes(10)) == FOUND


def test_twenty_megabytes_are_scanned_to_the_end_without_a_copy(place: str) -> None:
    content = os.urandom(20 * MEBIBYTE)
    poisoned = content + MARKER
    tracemalloc.start()
    try:
        clean, found = at(place, seconds=60).scan(content), at(place, seconds=60).scan(poisoned)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (clean, found) == (CLEAN, FOUND)
    assert most < MEBIBYTE // 2


def test_many_at_once_get_each_their_own_answer(server: ClamdServer) -> None:
    contents = [MARKER if number % 3 == 0 else b"harmless %d" % number for number in range(30)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        findings = list(pool.map(at(server.socket, seconds=30).scan, contents))
    assert findings == [FOUND if content == MARKER else CLEAN for content in contents]


def test_clamd_that_stopped_and_came_back(place: str, server: ClamdServer) -> None:
    clamd = at(place)
    server.stop()
    try:
        not_scanned(clamd.scan(MARKER), "nobody listens there", "clamav-daemon")
        with pytest.raises(Transient, match="is clamav-daemon running"):
            clamd.check()
    finally:
        server.start()
    assert clamd.scan(MARKER) == FOUND


@pytest.mark.parametrize("size", [10, 5 * MEBIBYTE])
def test_a_clamd_that_hangs_is_waited_for_so_long_and_no_longer(place: str, server: ClamdServer, size: int) -> None:
    server.pause()
    try:
        began = time.monotonic()
        not_scanned(at(place, seconds=0.4).scan(bytes(size)), "within 0.4 s")
        took = time.monotonic() - began
        with pytest.raises(Transient, match=r"did not answer within 0\.3 s"):
            at(place, seconds=0.3).check()
    finally:
        server.resume()
    assert 0.4 <= took < 3
    assert at(place).scan(MARKER) == FOUND


def test_a_sign_of_life_is_given_while_clamd_is_slow(server: ClamdServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "_SIGN_OF_LIFE_SECONDS", 0.05)
    signs: list[float] = []
    server.pause()
    try:
        busy = time.process_time()
        at(server.socket, seconds=1, alive=lambda: signs.append(time.monotonic())).scan(b"x")
        busy = time.process_time() - busy
    finally:
        server.resume()
    assert 5 <= len(signs) <= 21
    assert busy < 0.5, "it spun"


def test_clamd_dies_in_the_middle_of_a_file() -> None:
    with ClamdServer() as server:
        for place in (str(server.socket), server.over_tcp):
            server.pause()  # so that the file cannot be through before it dies
            with ThreadPoolExecutor() as pool:
                scanning = pool.submit(at(place, seconds=30).scan, bytes(20 * MEBIBYTE))
                time.sleep(0.1)
                server.stop()
                not_scanned(scanning.result(20), "hung up before it had all of a file of 20,971,520 bytes")
            server.start()


@pytest.mark.parametrize("way", ["unix", "tcp"])
def test_a_file_over_the_stream_limit_is_not_scanned_and_the_option_is_named(way: str) -> None:
    with ClamdServer(extra="StreamMaxLength 1M") as server:
        place = str(server.socket) if way == "unix" else server.over_tcp
        assert at(place).scan(bytes(MEBIBYTE)) == CLEAN
        for size in (MEBIBYTE + 1, 3 * MEBIBYTE, 20 * MEBIBYTE) * 5:
            not_scanned(at(place).scan(bytes(size)), "StreamMaxLength", "documents.max_file_bytes", f"{size:,} bytes")


def test_a_finding_about_the_form_of_a_file_is_no_malware() -> None:
    options = "AlertExceedsMax yes\nMaxFileSize 1M\nAlertEncrypted yes\nAlertBrokenMedia yes"
    with ClamdServer(extra=options) as server:
        clamd = at(server.socket)
        assert clamd.scan(bytes(MEBIBYTE + 1)) == Finding(
            reason=Reason.NOT_CHECKED, detail="clamd: Heuristics.Limits.Exceeded.MaxFileSize")
        assert clamd.scan(in_a_pdf(b"secret", password="p")) == Finding(
            reason=Reason.ENCRYPTED, detail="clamd: Heuristics.Encrypted.PDF")
        assert clamd.scan(b"\x89PNG\r\n\x1a\n" + b"abc" * 50).reason is Reason.EMPTY_OR_CORRUPT
        assert clamd.scan(MARKER) == FOUND


def test_the_options_that_the_operating_page_gives_leave_nothing_unseen() -> None:
    """Without them clamd calls clean what it did not look at."""
    block = re.search(r"^ +StreamMaxLength .*\n(?: +[A-Z]\w+ .+\n)+", OPERATING, re.MULTILINE)
    assert block
    deep, large = zipped(MARKER, behind=30), zipped(MARKER, behind=410)
    nested = MARKER
    for _ in range(20):
        nested = zipped(nested)
    with ClamdServer(extra="MaxFileSize 25M") as server:
        assert [at(server.socket).scan(content) for content in (deep, nested)] == [CLEAN, CLEAN]
        assert "calls files clean that are beyond its limits: set AlertExceedsMax yes" in at(server.socket).check()
    with ClamdServer(extra=re.sub(r"^ +", "", block[0], flags=re.MULTILINE)) as server:
        clamd = at(server.socket, seconds=60)
        assert clamd.scan(deep) == FOUND
        assert [clamd.scan(content).reason for content in (large, nested)] == [Reason.NOT_CHECKED] * 2
        assert "AlertExceedsMax" not in clamd.check()


# Looking from outside


def test_check_tells_the_version_and_that_signatures_are_missing(place: str) -> None:
    assert re.match(r"ClamAV \d+\.\d+\.\d+, without the distribution's signatures \(does clamav-freshclam run\?\)",
                    at(place).check())


@pytest.mark.parametrize(("days", "expected"), [(0, "ClamAV 1.4.6, signatures of {day}"), (7, "signatures of {day}"),
                                                (30, "signatures of {day}, 30 days old (does clamav-freshclam run?)")])
def test_check_tells_the_age_of_the_signatures(days: int, expected: str) -> None:
    made = datetime.now(UTC) - timedelta(days=days)
    version = f"ClamAV 1.4.6/27783/{made:%a %b %e %H:%M:%S %Y}\0".encode()
    with ScriptedClamd(OK, replies={b"PING": b"PONG\0", b"VERSION": version}) as server:
        said = at(server.place).check()
    assert said.removesuffix("; it calls files clean that are beyond its limits: set AlertExceedsMax yes in clamd.conf"
                             ).endswith(expected.format(day=made.date().isoformat()))
    assert server.commands == [b"PING", b"INSTREAM", b"VERSION", b"INSTREAM"]


@pytest.mark.parametrize("version", [b"COMMAND UNAVAILABLE\0", b"ClamAV 1.4.6/27783/no day at all\0", b"ClamAV 1.4.6\0",
                                     b"\x1b[2JClamAV\0"])
def test_check_lives_with_any_version(version: bytes) -> None:
    with ScriptedClamd(OK, replies={b"PING": b"PONG\0", b"VERSION": version}) as server:
        said = at(server.place).check()
    assert said.isprintable()
    assert said.startswith(("clamd answers and scans", "ClamAV 1.4.6, without"))


@pytest.mark.parametrize(("ping", "words"), [
    (b"PANG\0", "does not answer as clamd does"), (b"", "does not answer as clamd does"),
    (b"PONG", "does not answer as clamd does"), (b"HTTP/1.1 400 Bad Request\r\n" * 900, "longer than clamd's"),
])
def test_check_knows_what_is_no_clamd(ping: bytes, words: str) -> None:
    with ScriptedClamd(OK, replies={b"PING": ping}) as server, pytest.raises(Transient, match=words):
        at(server.place).check()


def test_check_scans_two_words() -> None:
    pong = {b"PING": b"PONG\0", b"VERSION": b"ClamAV 1.4.6\0"}
    with ScriptedClamd(b"stream: Can't create temporary file ERROR\0", replies=pong) as server:
        with pytest.raises(Transient, match="could not scan a file: stream: Can't create temporary file ERROR"):
            at(server.place).check()
        server.pieces = (b"stream: Everything FOUND\0",)
        with pytest.raises(Transient, match="finds Everything in two harmless words"):
            at(server.place).check()


# No way to it


@pytest.mark.parametrize(("place", "words"), [
    ("/nowhere/clamd.ctl", "there is no such socket; is clamav-daemon running"),
    ("/etc/passwd", "nobody listens there"), ("/etc", "nobody listens there"),
    ("/etc/passwd/clamd.ctl", "Not a directory"), ("/" + "x" * 120, "too long"),
    ("no-such-host.example:3310", "cannot be looked up"), ("a..b:3310", "cannot be looked up"),
])
def test_a_wrong_socket_is_a_sentence(place: str, words: str) -> None:
    not_scanned(at(place).scan(b"x"), words, place)
    with pytest.raises(Transient, match=words):
        at(place).check()


def test_a_port_where_nobody_listens() -> None:
    not_scanned(at(f"{HOST}:{free_port()}").scan(b"x"), "nobody listens there; is clamav-daemon running?")
    not_scanned(at(f"[::1]:{free_port()}").scan(b"x"), "cannot connect to [::1]:")


def test_an_address_that_cannot_be_tried_is_not_the_last(server: ClamdServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without IPv6 whose localhost has an IPv6 address first."""
    unknown = (socket.AF_APPLETALK, socket.SOCK_STREAM, 0, "", ("::1", server.port))
    refused = (socket.AF_INET, socket.SOCK_STREAM, 0, "", (HOST, free_port()))
    right = (socket.AF_INET, socket.SOCK_STREAM, 0, "", (HOST, server.port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [unknown, refused, right])
    assert at(f"localhost:{server.port}").scan(MARKER) == FOUND
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [unknown])
    not_scanned(at(f"localhost:{server.port}").scan(MARKER), "Address family not supported")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    not_scanned(at(f"localhost:{server.port}").scan(MARKER), "there is no address")


def test_no_connection_is_left_open(server: ClamdServer) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for place in (str(server.socket), server.over_tcp, "/nowhere/clamd.ctl", f"{HOST}:{free_port()}"):
        at(place).scan(MARKER)
    with ScriptedClamd(None, unix=True) as silent:
        at(silent.place, seconds=0.05).scan(b"x")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_socket_that_may_not_be_used_names_the_group() -> None:
    with ScriptedClamd(OK, unix=True) as server:
        Path(server.place).chmod(0)
        user = account_for("nobody")
        was = os.geteuid()
        if was == 0:
            os.seteuid(user.pw_uid)
        try:
            finding = at(server.place).scan(b"x")
        finally:
            os.seteuid(was)
    not_scanned(finding, "may not use it", "group clamav", "SupplementaryGroups=clamav")


def test_a_unix_socket_with_a_full_queue() -> None:
    folder = short_folder("full-")
    place = str(folder / "clamd.ctl")
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(place)
        listener.listen(0)
        with contextlib.suppress(BlockingIOError):
            for _ in range(10):
                waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
                waiting.setblocking(False)
                waiting.connect(place)
        not_scanned(at(place, seconds=1).scan(b"x"), "more callers waiting")
    (folder / "clamd.ctl").unlink()
    folder.rmdir()


def test_a_host_that_does_not_take_the_connection() -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((HOST, 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        began = time.monotonic()
        not_scanned(at(f"{HOST}:{listener.getsockname()[1]}", seconds=0.4).scan(b"x"), "within 0.4 s")
        assert time.monotonic() - began < 3


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
        assert time.monotonic() - began < 5


def test_the_time_counts_over_the_whole_conversation(scripted: Scripted) -> None:
    """A byte now and then does not keep it waiting for ever, and neither does a reader that is slow."""
    dripping = scripted(*[piece for _ in range(200) for piece in (b"s", 0.05)])
    lazy = scripted(OK, slowly=0.05)
    for server, size in ((dripping, 10), (lazy, 20 * MEBIBYTE)):
        began = time.monotonic()
        not_scanned(at(server.place, seconds=0.5).scan(bytes(size)), "within 0.5 s")
        assert 0.5 <= time.monotonic() - began < 3


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
    assert time.monotonic() - began < 5


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
