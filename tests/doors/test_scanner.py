"""Malware: what a real clamd says, and that nothing but a whole "stream: OK" to a whole file is ever clean."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxd import scanner
from inboxd.documents import Finding, Reason
from inboxd.errors import Transient
from tests.doors.scanning import CLEAN, EICAR, FOUND, MEBIBYTE, OK, OPERATING, at, in_a_pdf, not_scanned, zipped
from tests.doors.scripted_clamd import ScriptedClamd
from tests.servers import MARKER, UNOFFICIAL, ClamdServer
from tests.servers.places import HOST, account_for, free_port, short_folder


@pytest.fixture(scope="module")
def server() -> Iterator[ClamdServer]:
    with ClamdServer(signatures={"Inboxd.Test.Eicar": EICAR}, extra="ExtendedDetectionInfo yes") as clamd:
        yield clamd


@pytest.fixture(params=["unix", "tcp", "localhost"])
def place(server: ClamdServer, request: pytest.FixtureRequest) -> str:
    """The same clamd by each way there is to it."""
    ways = {"unix": str(server.socket), "tcp": server.over_tcp, "localhost": f"localhost:{server.port}"}
    return ways[request.param]


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
        assert time.monotonic() - began < 20
