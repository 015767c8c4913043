"""The door to clamd, the malware scanner: one file in, one finding out, over its Unix socket or TCP.

The bytes are those of clamd(8), "INSTREAM": `zINSTREAM\\0`, chunks with their length before them, a chunk of no bytes,
and one answer that ends with a NUL. The code is ours because the `clamd` package on PyPI is LGPL and from 2014.
How it fails: `scan` never raises for what clamd does or does not do. Only a whole "stream: OK" to a whole file is
clean; whatever else happens is NOT_SCANNED with a sentence for the operator. `check` raises the same as `Transient`.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import select
import socket
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from inboxd.documents import Finding, Reason
from inboxd.errors import Transient
from inboxd.pulse import nothing
from inboxd.settings import ScannerSettings

_CHUNK = 256 * 1024
_LONGEST_ANSWER = 4096
"""clamd's answers have a hundred bytes; a signature's name is the longest thing in them."""
_SHOWN = 120
_SIGN_OF_LIFE_SECONDS = 5.0
_CHECK_SECONDS = 15.0
_OLD_DAYS = 7
_DEPTH = 101
"""clamd takes 100 for MaxRecursion at most; its default is 17."""
_FOUND = re.compile(r"stream: (.*) FOUND", re.DOTALL)
_DIGEST = re.compile(r"\([0-9A-Fa-f]{32,64}:\d+\)$")
"""With `ExtendedDetectionInfo` some versions add digest and size of what they found it in."""
_VERSION = re.compile(r"(ClamAV [^/]{1,40})(?:/\d+/(.{1,60}))?")
_NOT_MALWARE = (
    ("Heuristics.Limits.Exceeded", Reason.NOT_CHECKED),
    ("Heuristics.Encrypted.", Reason.ENCRYPTED),
    ("Heuristics.OLE2.ContainsMacros", Reason.MACRO_OR_ACTIVE),
    ("Heuristics.Broken.", Reason.EMPTY_OR_CORRUPT),
)
"""What clamd reports like a signature where its `Alert…` options are on: about the file's form, nothing evil in it."""


class Clamd:
    """Asks clamd. Keeps nothing between two calls: a connection serves one command, as clamd wants it."""

    def __init__(self, settings: ScannerSettings, alive: Callable[[], object] = nothing) -> None:
        """`alive` is called every few seconds while clamd is waited for."""
        self.settings = settings
        self._alive = alive

    def scan(self, content: bytes) -> Finding:
        """What clamd says about these bytes, within `timeout_seconds` from connecting to the end of its answer.

        No reason: clean. MALWARE with the signature's name. NOT_SCANNED and why, for the operator. Where clamd is set
        to report files for their form (limits met, encrypted, macros, broken), that reason instead of MALWARE.
        """
        try:
            return self._scan(content, self.settings.timeout_seconds)
        except Transient as error:
            return Finding(reason=Reason.NOT_SCANNED, detail=str(error))

    def check(self) -> str:
        """Its version and the age of its signatures, and whether it says when a file was more than it looks at.

        Raises `Transient` that names the fix: not running, no permission, no answer, not clamd.
        """
        if self._ask(b"PING") != "PONG":
            raise Transient(
                f"scanner: what listens at {self.settings.socket} does not answer as clamd does; check scanner.socket"
            )
        finding = self._scan(b"inboxd check", self._check_seconds)
        if finding.reason is not None:
            raise Transient(f"scanner: clamd finds {finding.detail} in two harmless words")
        found = _described(self._ask(b"VERSION"))
        if self._scan(_deeper_than_it_looks(), self._check_seconds).reason is None:
            found += "; it calls files clean that are beyond its limits: set AlertExceedsMax yes in clamd.conf"
        return found

    @property
    def _check_seconds(self) -> float:
        return min(self.settings.timeout_seconds, _CHECK_SECONDS)

    def _scan(self, content: bytes, seconds: float) -> Finding:
        clock = _Clock(seconds, self._alive)
        with _connected(self.settings.socket, clock) as connection:
            whole = _send(connection, _stream(content), clock)
            return _verdict(_answer(connection, clock), len(content), whole=whole)

    def _ask(self, command: bytes) -> str:
        clock = _Clock(self._check_seconds, self._alive)
        with _connected(self.settings.socket, clock) as connection:
            _send(connection, [b"z" + command + b"\0"], clock)
            return _answer(connection, clock)


class _Clock:
    """One deadline over a whole conversation, and a sign of life while it is waited for."""

    def __init__(self, seconds: float, alive: Callable[[], object]) -> None:
        self._seconds = seconds
        self._ends = time.monotonic() + seconds
        self._alive = alive
        self._next_sign = 0.0

    def wait(self, connection: socket.socket, events: int) -> int:
        """Until one of the events (or an end) is there; returns which. Raises `Transient` at the deadline."""
        poll = select.poll()
        poll.register(connection, events)
        while True:
            now = time.monotonic()
            if now >= self._next_sign:
                self._alive()
                self._next_sign = now + _SIGN_OF_LIFE_SECONDS
            if now >= self._ends:
                raise Transient(
                    f"scanner: clamd did not answer within {self._seconds:g} s; it may be loading signatures, "
                    "or have too much to do"
                )
            if ready := poll.poll((min(self._ends, self._next_sign) - now) * 1000):
                return ready[0][1]


def _connected(place: str, clock: _Clock) -> socket.socket:
    """A connection to the first address that takes one. Raises `Transient` with what to do."""
    failure: OSError | None = None
    for family, address in _addresses(place):
        with contextlib.ExitStack() as unless_connected:
            try:
                connection = unless_connected.enter_context(socket.socket(family, socket.SOCK_STREAM))
                _reach(connection, address, clock)
            except OSError as error:
                failure = error
            else:
                unless_connected.pop_all()
                return connection
    match failure:
        case FileNotFoundError():
            what = "there is no such socket; is clamav-daemon running, and is this its LocalSocket?"
        case ConnectionRefusedError():
            what = "nobody listens there; is clamav-daemon running?"
        case PermissionError():
            what = "the service's user may not use it; add it to the group clamav (SupplementaryGroups=clamav)"
        case BlockingIOError():
            what = "clamd has more callers waiting than it takes"
        case _:
            reason = failure and (failure.strerror or str(failure))
            what = f"{reason or 'there is no address'}; check scanner.socket"
    raise Transient(f"scanner: cannot connect to {place}: {what}")


def _addresses(place: str) -> list[tuple[int, str | tuple[object, ...]]]:
    if place.startswith("/"):
        return [(socket.AF_UNIX, place)]
    host, _, port = place.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise Transient(f"scanner: the host of {place} cannot be looked up; check scanner.socket and DNS") from error
    return [(family, address) for family, _, _, _, address in found]


def _reach(connection: socket.socket, address: str | tuple[object, ...], clock: _Clock) -> None:
    connection.setblocking(False)
    if connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        connection.connect(address)
    except BlockingIOError as error:
        if error.errno != errno.EINPROGRESS:  # a Unix socket whose queue is full
            raise
        clock.wait(connection, select.POLLOUT)
        if problem := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(problem, os.strerror(problem)) from error


def _send(connection: socket.socket, pieces: Iterable[bytes | memoryview], clock: _Clock) -> bool:
    """Send everything. False: clamd answered or hung up before the end; its answer can still be read."""
    for piece in pieces:
        left = memoryview(piece)
        while left:
            if clock.wait(connection, select.POLLIN | select.POLLOUT) & ~select.POLLOUT:
                return False
            try:
                left = left[connection.send(left) :]
            except BlockingIOError:
                continue
            except OSError:  # hung up; what it said before that is still in our buffer
                return False
    return True


def _answer(connection: socket.socket, clock: _Clock) -> str:
    """The answer without its NUL; empty if the connection ended before that. Raises `Transient` if there is more."""
    got = b""
    while b"\0" not in got and len(got) <= _LONGEST_ANSWER:
        clock.wait(connection, select.POLLIN)
        try:
            piece = connection.recv(_LONGEST_ANSWER)
        except BlockingIOError:
            continue
        except OSError:
            piece = b""
        if not piece:
            return ""
        got += piece
    answer, _, rest = got.partition(b"\0")
    if rest or len(answer) > _LONGEST_ANSWER:
        raise Transient("scanner: the answer is longer than clamd's ever are; is it clamd that listens there?")
    return answer.decode("utf-8", "replace")


def _stream(content: bytes) -> Iterator[bytes | memoryview]:
    """INSTREAM as clamd(8) has it. The content is cut, never copied."""
    yield b"zINSTREAM\0"
    whole = memoryview(content)
    for start in range(0, len(whole), _CHUNK):
        chunk = whole[start : start + _CHUNK]
        yield len(chunk).to_bytes(4, "big")
        yield chunk
    yield bytes(4)


def _deeper_than_it_looks() -> bytes:
    """Archives in each other, more than any MaxRecursion: `Heuristics.Limits.Exceeded`, or passed over in silence."""
    inner = b""
    for _ in range(_DEPTH):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w") as archive:
            archive.writestr("a", inner)
        inner = outer.getvalue()
    return inner


def _verdict(answer: str, size: int, *, whole: bool) -> Finding:
    """A file is clean by one answer only, and only if clamd had all of it."""
    if found := _FOUND.fullmatch(answer):
        name = _shown(_DIGEST.sub("", found.group(1)))
        for beginning, reason in _NOT_MALWARE:
            if name.startswith(beginning):
                return Finding(reason=reason, detail=f"clamd: {name}")
        return Finding(reason=Reason.MALWARE, detail=name or "a signature without a name")
    if answer == "stream: OK":
        if whole:
            return Finding()
        raise Transient("scanner: clamd called a file clean before it had all of it; its log says why")
    limit = "StreamMaxLength in clamd.conf must be at least documents.max_file_bytes"
    if answer == "INSTREAM size limit exceeded. ERROR":
        raise Transient(f"scanner: a file of {size:,} bytes is more than clamd takes; {limit}")
    if answer == "COMMAND READ TIMED OUT":
        raise Transient("scanner: clamd gave up waiting for the rest of a file (CommandReadTimeout in clamd.conf)")
    if answer.endswith(" ERROR"):
        raise Transient(f"scanner: clamd could not scan a file: {_shown(answer)}")
    if answer:
        raise Transient("scanner: the answer is none that clamd gives to a file; is it clamd that listens there?")
    if whole:
        raise Transient("scanner: clamd closed the connection without a whole answer; its log says why")
    raise Transient(f"scanner: clamd hung up before it had all of a file of {size:,} bytes; its log says why; {limit}")


def _shown(text: str) -> str:
    """Text of another program on one line: printable ASCII, bounded."""
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text.strip())[:_SHOWN]


def _described(answer: str) -> str:
    """`ClamAV 1.4.6/27783/Mon Oct  6 08:27:36 2025` as a sentence, with the age of the signatures in days."""
    found = _VERSION.fullmatch(answer)
    if found is None:
        return "clamd answers and scans; it does not tell its version"
    version, made = _shown(found.group(1)), found.group(2)
    try:
        day = datetime.strptime(made or "", "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC).date()
    except ValueError:
        return f"{version}, without the distribution's signatures (does clamav-freshclam run?)"
    age = max(0, (datetime.now(UTC).date() - day).days)
    old = f", {age} days old (does clamav-freshclam run?)" if age > _OLD_DAYS else ""
    return f"{version}, signatures of {day.isoformat()}{old}"
