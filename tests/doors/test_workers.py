"""The process that looks inside files: real ones, and looks that go wrong in every way (`bad_inspections`)."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inboxd.documents import Attachment, Finding, Reason
from inboxd.errors import Transient
from inboxd.settings import LimitSettings
from inboxd.workers import Workers, looks
from inboxd.workers.frames import MOST_BYTES, Answer, pack
from tests.files import office, pdf, pictures
from tests.office import PROJECT

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


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Looking] = []

    def workers(*, seconds: float = 30, function: str = BAD, alive: Callable[[], object] = lambda: None) -> Looking:
        limits = LimitSettings(file_seconds=seconds, file_memory_bytes=MEMORY)
        made.append(Looking(limits, alive=alive, function=function))
        return made[-1]

    yield workers
    for one in made:
        one.close()


@pytest.fixture
def workers(make: Make) -> Looking:
    return make()


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


def test_a_process_serves_many_files_in_flat_memory(workers: Looking) -> None:
    pid = workers.pid()
    content = b"x" * MEBIBYTE
    for _ in range(20):
        workers.ask(content)
    before = address_space(pid)
    for _ in range(200):
        assert workers.ask(content) == Finding(detail=f"{MEBIBYTE} bytes")
    assert workers.pid() == pid
    assert address_space(pid) - before <= MEBIBYTE


def test_a_process_is_replaced_after_many_files(workers: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "FILES_EACH", 3)
    pids = [workers.pid() for _ in range(7)]
    assert pids[0] == pids[1] == pids[2] != pids[3] == pids[5] != pids[6]
    assert not exists(pids[0])


def test_a_process_that_keeps_memory_is_replaced(workers: Looking) -> None:
    pid = workers.pid()
    assert workers.ask(b"keep 20") == Finding(detail="done")
    assert workers.pid() == pid
    assert workers.ask(b"keep 60") == Finding(detail="done")
    assert not exists(pid)
    assert workers.pid() != pid


def test_a_file_does_not_pay_for_the_files_before_it(workers: Looking) -> None:
    for content, found in ((b"die-when-used", "done"), (b"fail-when-used", "room enough")):
        workers.ask(b"keep 1")
        pid = workers.pid()
        assert workers.ask(content) == Finding(detail=found)
        assert workers.pid() != pid


def test_a_process_that_somebody_killed_is_replaced(workers: Looking) -> None:
    pid = workers.pid()
    os.kill(pid, signal.SIGKILL)
    assert workers.ask(b"next") == Finding(detail="4 bytes")
    assert not exists(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_for_the_daemon_do_not_end_a_look(workers: Looking, number: signal.Signals) -> None:
    pid = workers.pid()
    assert os.getpgid(pid) == pid != os.getpgid(0)
    os.kill(pid, number)
    assert workers.pid() == pid


def test_nothing_is_started_before_the_first_file(make: Make) -> None:
    before = set(children())
    workers = make()
    assert set(children()) == before
    workers.pid()
    assert len(set(children()) - before) == 1
    workers.close()
    assert set(children()) == before


def children() -> list[str]:
    """Of the workers; other tests in this process may have servers of their own running."""
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    found = [pid for task in tasks for pid in (task / "children").read_text().split()]
    told = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in found}
    return [pid for pid, command in told.items() if not command or b"serving.py" in command]  # a zombie tells nothing


def test_close_may_be_called_again_and_work_goes_on_after_it(workers: Looking) -> None:
    workers.close()
    first = workers.pid()
    workers.close()
    workers.close()
    assert not exists(first)
    second = workers.pid()
    assert second != first
    workers.close()
    assert not exists(second)


def test_forgotten_workers_leave_no_process(make: Make) -> None:
    workers: Looking | None = Looking(LimitSettings(), function=BAD)
    assert workers is not None
    pid = workers.pid()
    workers = None
    assert not exists(pid)


def test_descriptors_are_given_back(workers: Looking) -> None:
    workers.pid()
    workers.close()
    before = sorted(path.name for path in Path("/proc/self/fd").iterdir())
    for _ in range(3):
        workers.ask(b"exit 3")
        workers.pid()
    workers.close()
    assert sorted(path.name for path in Path("/proc/self/fd").iterdir()) == before


def test_signs_of_life_are_given_while_waiting(make: Make) -> None:
    times = [time.monotonic()]
    workers = make(seconds=3.2, alive=lambda: times.append(time.monotonic()))
    workers.ask(b"loop")
    times.append(time.monotonic())
    assert len(times) >= 4
    assert max(later - sooner for sooner, later in itertools.pairwise(times)) < 2.5


def test_an_interrupted_look_leaves_nothing_half_said(make: Make) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    workers = make(alive=interrupted)
    with pytest.raises(KeyboardInterrupt):
        workers.ask(b"sleep 20")
    assert children() == []


def test_a_look_cannot_write_files_dump_core_or_start_programs(workers: Looking, tmp_path: Path) -> None:
    assert workers.ask(b"write " + bytes(tmp_path / "file")).detail == "File too large"
    assert workers.ask(b"limits").detail == (
        "RLIMIT_CORE=(0, 0) RLIMIT_FSIZE=(0, 0) RLIMIT_NPROC=(0, 0) RLIMIT_NOFILE=(32, 32)")
    assert workers.ask(b"next") == Finding(detail="4 bytes")


def test_a_look_knows_nothing_of_the_daemons_environment(workers: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOXD_PASSWORD", "secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/inboxd")
    assert set(workers.ask(b"environment").detail.split()) <= {"LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH"}


def test_where_and_how_the_daemon_was_started_does_not_matter(
    workers: Looking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    (tmp_path / "inboxd.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    assert workers.ask(b"next") == Finding(detail="4 bytes")


@pytest.mark.parametrize("function", ["inboxd.nowhere:inspect", "inboxd.documents:inspect", "this:is:wrong"])
def test_a_process_that_cannot_start_is_no_fault_of_the_file(make: Make, function: str) -> None:
    workers = make(function=function)
    for ask in (lambda: workers.ask(b"x"), workers.check):
        with pytest.raises(Transient, match=r"did not start \(exit status 1\)"):
            ask()
    assert children() == []


def test_a_program_that_is_not_there_is_no_fault_of_the_file(workers: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Transient, match="cannot be started: No such file"):
        workers.ask(b"x")


def test_check_says_what_the_limits_are(workers: Looking) -> None:
    assert workers.check() == "files are looked into within 30 s and 256 MiB"


ORPHANED = """\
import sys
from inboxd.documents import Attachment
from inboxd.settings import LimitSettings
from inboxd.workers import Workers

def look(content):
    return workers.inspect(Attachment(path="1", name="", safe_name="x", declared_type="", sniffed_type="",
                                      size=len(content), digest="", inline=False, content=content))

workers = Workers(LimitSettings(file_seconds=1), function="tests.doors.bad_inspections:inspect")
print(look(b"pid").detail, flush=True)
look(sys.argv[1].encode()) if sys.argv[1] else sys.stdin.read()
"""


@pytest.mark.parametrize("busy_with", ["", "loop", "loop-in-c", "sleep 60"])
def test_a_process_does_not_outlive_a_daemon_that_was_killed(busy_with: str) -> None:
    command = [sys.executable, "-c", ORPHANED, busy_with]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        pid = int(daemon.stdout.readline())
        time.sleep(0.2)
        assert exists(pid)
        daemon.kill()
        daemon.wait()
        assert is_gone(pid)


def test_a_process_ends_with_an_interpreter_that_forgot_it() -> None:
    ended = subprocess.run([sys.executable, "-X", "dev", "-c", ORPHANED, ""], cwd=PROJECT, input="", text=True,
                           capture_output=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert is_gone(int(ended.stdout), within=2)
