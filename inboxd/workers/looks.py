"""`documents.Inspector` over a process of its own: one look after the other, each within its limits.

What a file does to the process is a `Finding` (NOT_CHECKED), and the next file gets a new one. What a look found does
not depend on the files before it: a process that served others and then broke is replaced, and the file asked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from inboxd.confined import TIME_SIGNALS, Child, describe
from inboxd.documents import Attachment, Finding, Reason
from inboxd.pulse import nothing
from inboxd.workers import frames
from inboxd.workers.frames import Answer, Request

if TYPE_CHECKING:  # the settings bring a library that the process does not need; it would start half as fast
    from inboxd.settings import LimitSettings

INSPECT = "inboxd.inspection:inspect"
_SERVE = "inboxd.workers.serving:serve"
FILES_EACH = 500
"""Then the process is replaced: what leaks a little in a parser never becomes much."""
MOST_GROWN_BYTES = 64 * 1024 * 1024
"""Address space that a process keeps after a look; beyond, it is replaced."""
TRUSTED_SHARE = 1 / 3
"""Of the memory limit. Libraries in C call a file damaged, or pass over a part of it, when they get no more memory, and
a buffer that doubles fails from a third of the limit on: what is found with more is no finding."""


class Workers:
    """Looks inside files. The process is started at the first file and kept for the next ones."""

    def __init__(
        self, limits: LimitSettings, *, alive: Callable[[], object] = nothing, function: str = INSPECT
    ) -> None:
        """`alive` is called every second or so while waiting; `function` is `module:name`, imported by the process."""
        self._limits = limits
        self._alive = alive
        self._function = function
        self._child: Child | None = None

    def inspect(self, attachment: Attachment) -> Finding:
        """What is inside one file; NOT_CHECKED if the look met a limit or broke.

        Raises `Transient` if no process can be started, which is no fault of the file.
        """
        used = self._child is not None
        finding, broke = self._look(attachment)
        if broke and used:
            finding, _ = self._look(attachment)
        return finding

    def check(self) -> str:
        """One sentence for `inboxd check`. Raises `Transient` if no process can be started."""
        self._ready()
        limits = self._limits
        return f"files are looked into within {limits.file_seconds:g} s and {_mebibytes(limits.file_memory_bytes)}"

    def close(self) -> None:
        """End the process. A later look starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _ready(self) -> Child:
        if self._child is None:
            self._child = Child(_SERVE, self._function, what="looks inside files", alive=self._alive)
        return self._child

    def _look(self, attachment: Attachment) -> tuple[Finding, bool]:
        """The finding, and whether another process might have found something else."""
        child = self._ready()
        request = Request(
            sniffed_type=attachment.sniffed_type,
            name=attachment.safe_name,
            size=len(attachment.content),
            seconds=float(self._limits.file_seconds),
            memory_bytes=self._limits.file_memory_bytes,
        )
        try:
            answer = _ask(child, request, attachment.content)
            reason = Reason(answer.reason) if answer.reason else None
        except TimeoutError:
            return self._too_long(), False
        except EOFError:
            return self._ended(child)
        except ValueError:
            self.close()
            return _not_checked("gave no answer that can be read"), True
        except BaseException:
            self.close()
            raise
        if answer.failed:
            return self._failed(answer)
        if answer.used_bytes > self._limits.file_memory_bytes * TRUSTED_SHARE:
            self.close()
            if reason in (None, Reason.EMPTY_OR_CORRUPT):
                return self._short_of_memory(answer), True
        broke = reason is Reason.NOT_CHECKED
        if broke or child.answered >= FILES_EACH or answer.grown_bytes > MOST_GROWN_BYTES:
            self.close()
        return Finding(reason=reason, detail=_one_line(answer.detail)), broke

    def _short_of_memory(self, answer: Answer) -> Finding:
        limit = self._limits.file_memory_bytes
        return _not_checked(f"needed {_mebibytes(answer.used_bytes)} of {_mebibytes(limit)}, too much to be sure of it")

    def _too_long(self) -> Finding:
        self.close()
        return _not_checked(f"took more than {self._limits.file_seconds:g} s")

    def _ended(self, child: Child) -> tuple[Finding, bool]:
        status = child.ended or 0
        if -status in TIME_SIGNALS:
            return self._too_long(), False
        self.close()
        return _not_checked(f"ended the process ({describe(status)})"), True

    def _failed(self, answer: Answer) -> tuple[Finding, bool]:
        self.close()
        if answer.failed == MemoryError.__name__:
            return _not_checked(f"needed more than {_mebibytes(self._limits.file_memory_bytes)}"), True
        return _not_checked(f"failed ({answer.failed})"), True


def _ask(child: Child, request: Request, content: bytes) -> Answer:
    """Hand in one file and wait for the answer. Raises `EOFError`, `TimeoutError`, `ValueError`: end the child then."""
    deadline = time.monotonic() + request.seconds
    child.send(frames.pack(request), deadline)
    child.send(content, deadline)
    answer = frames.unpack(Answer, child.frame(deadline, frames.MOST_BYTES))
    child.answered += 1
    return answer


def _not_checked(how: str) -> Finding:
    return Finding(reason=Reason.NOT_CHECKED, detail=f"the look inside {how}")


def _one_line(text: str) -> str:
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _mebibytes(count: int) -> str:
    return f"{count / (1024 * 1024):.0f} MiB"
