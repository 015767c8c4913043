"""The limits of a confined process, from inside.

Those of one look are soft ones, set anew for each; the memory limit counts from what is in use already. The process
writes no file and starts no process, and ends by itself when the daemon is gone: at the end of its input, or at one of
its own clocks if it is in the middle of a look.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_FILES = 32
"""Open files: its streams, and what a library opens when it loads a part of itself late."""
_FIRST_TO_GO = "1000"
_SPARE_SECONDS = 2
"""By how much its own clocks are later than the daemon's, which knows better what to say."""


def streams() -> tuple[BinaryIO, BinaryIO]:
    """The daemon's two pipes, where no library prints or reads by mistake: 0 and 1 lead nowhere from now on."""
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def bind_for_good() -> None:
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


def address_space(which: str = "VmSize") -> int:
    """Bytes of address space in use, or, by `VmPeak`, ever in use; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{which}:")), 0)


@contextlib.contextmanager
def limited(seconds: float, memory_bytes: int) -> Iterator[None]:
    """Limits of memory and of time, by the processor's clock and by the wall's, for one look."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    most = {
        resource.RLIMIT_AS: address_space() + memory_bytes,
        resource.RLIMIT_CPU: int(usage.ru_utime + usage.ru_stime + seconds) + _SPARE_SECONDS,
    }
    before = {name: resource.getrlimit(name) for name in most}
    signal.setitimer(signal.ITIMER_REAL, seconds + _SPARE_SECONDS)
    try:
        for name, soft in most.items():
            hard = before[name][1]
            resource.setrlimit(name, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
        yield
    finally:
        for name, both in before.items():
            resource.setrlimit(name, both)
        signal.setitimer(signal.ITIMER_REAL, 0)
