"""The life of the process that looks inside files: replaced, closed, killed, forgotten, and what it may not do."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inboxd.documents import Finding
from inboxd.errors import Transient
from inboxd.settings import LimitSettings
from inboxd.workers import looks
from tests.doors.looks import (
    BAD,
    MEBIBYTE,
    Looking,
    Make,
    address_space,
    children,
    exists,
    is_gone,
)
from tests.office import PROJECT


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
