"""A process that looks inside files, told by the content what to do wrong (`bad_inspections`)."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from inboxd.documents import Attachment, Finding
from inboxd.workers import Workers

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BAD = "tests.doors.bad_inspections:inspect"
MEBIBYTE = 1024 * 1024
MEMORY = 256 * MEBIBYTE


def attachment(content: bytes, name: str = "letter.pdf", kind: str = "application/pdf") -> Attachment:
    return Attachment(
        path="1", name=name, safe_name=name, declared_type=kind, sniffed_type=kind, size=len(content),
        digest=hashlib.sha256(content).hexdigest(), inline=False, content=content)


class Looking(Workers):
    """Looks by what the content says; `ask` is shorter to read than attachments."""

    def ask(self, content: bytes) -> Finding:
        return self.inspect(attachment(content))

    def pid(self) -> int:
        return int(self.ask(b"pid").detail)


Make = Callable[..., Looking]


def exists(pid: int) -> bool:
    """Whether there is such a process, dead or alive: one that ended and was not waited for counts too."""
    return Path(f"/proc/{pid}").exists()


def is_gone(pid: int, within: float = 10) -> bool:
    """Ended; nobody here waits for a process whose parent was killed, so a dead one may still have its row."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def address_space(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * 4096


def children() -> list[str]:
    """Of the workers; other tests in this process may have servers of their own running."""
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    found = [pid for task in tasks for pid in (task / "children").read_text().split()]
    told = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in found}
    # a zombie tells nothing
    return [pid for pid, command in told.items() if not command or b"inboxd.workers" in command]
