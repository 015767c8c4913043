"""Looks inside a file that go wrong in every way, for the process of `inboxd.workers` to run instead of the real one.

The bytes of the "file" say what is to happen, e.g. `exit 3`; anything else is a file with nothing against it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from inboxd.documents import Finding, Reason
from inboxd.inspection import inspect as real_inspect

MEBIBYTE = 1024 * 1024
KEPT: list[bytearray] = []


def loop() -> None:
    while True:
        pass


def loop_in_c() -> None:
    """Never comes back to the interpreter, as in a parser written in C."""
    sum(iter(int, 1))


def allocate() -> None:
    blocks: list[bytearray] = []
    while True:
        blocks.append(bytearray(8 * MEBIBYTE))


def allocate_in_c() -> None:
    """A parser that does not ask whether it got what it wanted."""
    ctypes.memset(ctypes.CDLL(None).malloc(1 << 34), 0, 1)


def take(mebibytes: bytes) -> None:
    assert len(bytearray(int(mebibytes) * MEBIBYTE)) > 0


def take_and_find(mebibytes: bytes, reason: bytes) -> Finding:
    take(mebibytes)
    return Finding(reason=Reason(reason.decode()))


def keep(mebibytes: bytes) -> None:
    KEPT.append(bytearray(int(mebibytes) * MEBIBYTE))


def fail() -> None:
    raise KeyError("Amara Okonjo-Reyes")


def recurse() -> None:
    recurse()


def rubbish() -> None:
    print("%PDF rubbish", flush=True)
    print("more rubbish", file=sys.stderr, flush=True)
    os.write(1, b"\x00\x00\x00\x04null" * 1000)


def close_everything() -> None:
    os.closerange(0, 64)
    loop()


def die_when_used() -> None:
    if KEPT:
        os.kill(os.getpid(), signal.SIGKILL)


def fail_when_used() -> Finding:
    """As the real look does when memory is short: it says itself that it came to no end."""
    return Finding(reason=Reason.NOT_CHECKED, detail="no room") if KEPT else Finding(detail="room enough")


def write(path: bytes) -> Finding:
    try:
        Path(path.decode()).write_bytes(b"x")
    except OSError as error:
        return Finding(detail=error.strerror or "")
    return Finding(detail="written")


def limits() -> Finding:
    names = ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_NOFILE")
    return Finding(detail=" ".join(f"{name}={resource.getrlimit(getattr(resource, name))}" for name in names))


DEEDS: dict[bytes, Callable[..., object]] = {
    b"loop": loop,
    b"loop-in-c": loop_in_c,
    b"sleep": lambda seconds: time.sleep(float(seconds)),
    b"allocate": allocate,
    b"allocate-at-once": lambda: bytearray(1 << 34),
    b"allocate-in-c": allocate_in_c,
    b"take": take,
    b"take-and-find": take_and_find,
    b"keep": keep,
    b"segfault": lambda: ctypes.string_at(0),
    b"abort": os.abort,
    b"exit": lambda status: os._exit(int(status)),
    b"sys-exit": lambda: sys.exit("enough"),
    b"fail": fail,
    b"recurse": recurse,
    b"rubbish": rubbish,
    b"read-stdin": lambda: Finding(detail=f"{len(sys.stdin.buffer.read())} bytes"),
    b"close-everything": close_everything,
    b"no-finding": lambda: "nothing found",
    b"unknown-reason": lambda: Finding(reason="PERHAPS"),  # type: ignore[arg-type]  # that is the point
    b"long-detail": lambda: Finding(reason=Reason.MACRO_OR_ACTIVE, detail="a\nb\x00\r\n\u2028" + "x" * 100_000),
    b"pid": lambda: Finding(detail=str(os.getpid())),
    b"die-when-used": die_when_used,
    b"fail-when-used": fail_when_used,
    b"write": write,
    b"limits": limits,
    b"environment": lambda: Finding(detail=" ".join(sorted(os.environ))),
}


def say(words: bytes) -> None:
    """Past every care: straight into the pipe that answers go through, whichever descriptor that is."""
    for descriptor in range(3, 32):
        try:
            os.write(descriptor, words)
        except OSError:
            continue
    time.sleep(60)


def inspect(content: bytes, sniffed_type: str, name: str) -> object:
    """Do what the content says."""
    if content.startswith(b"say "):
        say(content.removeprefix(b"say "))
    if content == b"what":
        return Finding(reason=Reason.ARCHIVE, detail=f"{sniffed_type}|{name}|{len(content)}")
    deed, *given = content[:1000].split() or [b""]
    if deed not in DEEDS:
        return Finding(detail=f"{len(content)} bytes")
    return DEEDS[deed](*given) or Finding(detail="done")


def told_or_real(content: bytes, sniffed_type: str, name: str) -> object:
    """The real look, unless the file's last line says what is to happen: `% told: loop` in a sound PDF."""
    _, told, deed = content.rpartition(b"\n% told: ")
    return inspect(deed.strip(), sniffed_type, name) if told else real_inspect(content, sniffed_type, name)
