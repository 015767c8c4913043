"""The process that looks inside files, from inside: reads a request, looks, answers, until nobody asks any more.

Run by path, in an isolated interpreter: `python -I serving.py module:function`. It writes no file, starts no process,
and ends by itself when the daemon is gone: at the end of its input, or at one of its own clocks if it is in the middle
of a look. The limits of a look are soft ones, set anew for each; the memory limit counts from what is in use already.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from inboxd.documents import Finding
    from inboxd.workers.frames import Request

Inspect = Callable[[bytes, str, str], "Finding"]

_FILES = 32
"""Open files: its streams, and what a library opens when it loads a part of itself late."""
_FIRST_TO_GO = "1000"
_SPARE_SECONDS = 2
"""By how much its own clocks are later than the daemon's, which knows better what to say."""


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """The daemon's two pipes, where no library prints or reads by mistake: 0 and 1 lead nowhere from now on."""
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _load(place: str) -> Inspect:
    """The function, and with its module the libraries it needs: no look pays for imports."""
    module, _, name = place.partition(":")
    function: Inspect = getattr(importlib.import_module(module), name)
    return function


def _bind_for_good() -> None:
    """What no look may do: leave a core dump, write a file, start a process or thread (root may), open many files."""
    with contextlib.suppress(OSError):  # short of memory, the kernel takes this process and not the daemon
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (most, most))


def _address_space(which: str = "VmSize") -> int:
    """Bytes of address space in use, or, by `VmPeak`, ever in use; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{which}:")), 0)


@contextlib.contextmanager
def _limited(request: Request) -> Iterator[None]:
    """Limits of memory and of time, by the processor's clock and by the wall's, for one look."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    limits = {
        resource.RLIMIT_AS: _address_space() + request.memory_bytes,
        resource.RLIMIT_CPU: int(usage.ru_utime + usage.ru_stime + request.seconds) + _SPARE_SECONDS,
    }
    before = {name: resource.getrlimit(name) for name in limits}
    signal.setitimer(signal.ITIMER_REAL, request.seconds + _SPARE_SECONDS)
    try:
        for name, soft in limits.items():
            hard = before[name][1]
            resource.setrlimit(name, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
        yield
    finally:
        for name, both in before.items():
            resource.setrlimit(name, both)
        signal.setitimer(signal.ITIMER_REAL, 0)


def serve(requests: BinaryIO, answers: BinaryIO, inspect: Inspect) -> None:
    """Until the end of `requests`. An exception that a look raises is told by its class only."""
    from inboxd.workers import frames  # after `_find_inboxd`

    def say(answer: frames.Answer) -> None:
        answers.write(frames.pack(answer))
        answers.flush()

    say(frames.Answer())
    at_start = _address_space()
    while len(head := requests.read(frames.LENGTH.size)) == frames.LENGTH.size:
        request = frames.unpack(frames.Request, requests.read(frames.length(head)))
        content = requests.read(request.size)
        if len(content) < request.size:
            return
        before = _address_space()
        try:
            with _limited(request):
                found = inspect(content, request.sniffed_type, request.name)
            answer = frames.Answer(reason=str(found.reason or ""), detail=found.detail)
        except Exception as error:
            answer = frames.Answer(failed="MemoryError" if isinstance(error, MemoryError) else type(error).__name__)
        del content
        say(
            frames.Answer(
                reason=answer.reason,
                detail=answer.detail,
                failed=answer.failed,
                used_bytes=max(0, _address_space("VmPeak") - before),
                grown_bytes=max(0, _address_space() - at_start),
            )
        )


def _find_inboxd() -> None:
    """The package that this file is of, installed or in a checkout, and no other."""
    root = str(Path(__file__).resolve().parents[2])
    if root not in sys.path:
        sys.path.insert(0, root)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # meant for the daemon; with the daemon, this process ends
    for number in (signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    requests, answers = _streams()
    _find_inboxd()
    inspect = _load(sys.argv[1])
    _bind_for_good()
    with contextlib.suppress(BrokenPipeError):
        serve(requests, answers, inspect)
    os._exit(0)


if __name__ == "__main__":
    main()
