"""Disks that are missing, read-only or full: nothing is taken that cannot be kept, and work goes on when there is room.

Each fault is a real one: a folder that is gone, a file system mounted read-only, a real ENOSPC.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path

import pytest

from inboxd import tried
from tests.crash.letters import critical, documents, out_of_office
from tests.daemon.conftest import MakeOffice, Office
from tests.daemon.running import HURRIED, Running, inboxd, one_line


def test_an_archive_that_cannot_be_made(office: Office) -> None:
    office.deliver(critical())
    data = office.root / "data"
    (data / "archive").write_text("a file where the folder should be", encoding="utf-8")
    for command in ("run", "once"):
        ended = inboxd(office.config, command)
        assert ended.returncode == 1
        assert one_line(ended.stderr) == "inboxd: cannot make the archive folder: File exists"
    checked = inboxd(office.config, "check")
    assert checked.returncode == 1
    bad = [line for line in checked.stdout.splitlines() if line.startswith("BAD")]
    assert any("archive" in line and "the service's user must own the folder" in line for line in bad)
    (data / "archive").unlink()
    assert inboxd(office.config, "once").returncode == 0
    assert office.folders() == {"Enquiries/Critical": 1}


def test_an_archive_that_goes_away_and_comes_back(make_office: MakeOffice) -> None:
    """A disk that is unmounted under the daemon: nothing is taken, nothing is held, and then it goes on."""
    office = make_office(sections={"mailbox": "reconcile_seconds = 1"})
    archive = office.root / "data" / "archive"
    with Running(office.config, program=HURRIED) as daemon:
        daemon.wait_for("mailbox.connected")
        archive.rename(archive.with_name("elsewhere"))
        office.deliver(critical())
        assert "No such file or directory" in daemon.wait_for("storage.refused", "retry_in=", times=2)
        assert office.folders() == {"INBOX": 1}
        archive.with_name("elsewhere").rename(archive)
        daemon.wait_for("mail.done mail=1")
        assert not any("mail.failed" in line for line in daemon.lines)
        assert daemon.stop() == (0, "")


def test_an_archive_whose_disk_is_not_mounted_at_the_start(office: Office) -> None:
    """The database knows mails and the archive is not there: no empty one is made in its place."""
    office.deliver(critical())
    assert inboxd(office.config, "once").returncode == 0
    archive = office.root / "data" / "archive"
    archive.rename(archive.with_name("elsewhere"))
    office.deliver(documents())
    for command in ("run", "once", "check"):
        ended = inboxd(office.config, command)
        assert ended.returncode == 1
        assert "is its disk mounted?" in ended.stdout + ended.stderr
        assert not archive.exists()
    archive.with_name("elsewhere").rename(archive)
    assert inboxd(office.config, "once").returncode == 0
    assert office.folders().get("INBOX", 0) == 0


def test_an_archive_that_becomes_read_only(make_office: MakeOffice) -> None:
    """Root remounts it; everybody else takes the permission away; root without mounts puts a file in its place."""
    root = os.geteuid() == 0
    mounts = root and may_mount()
    with contextlib.ExitStack() as cleanup:
        office = make_office(sections={"mailbox": "reconcile_seconds = 1"})
        archive = office.root / "data" / "archive"
        archive.mkdir()
        if mounts:
            archive.rmdir()
            archive.symlink_to(cleanup.enter_context(small_disk(8)))

        def writable(allowed: bool) -> None:
            mail, away = archive / "mail", archive / "mail.away"
            if mounts:
                mode = "rw" if allowed else "ro"
                subprocess.run(["mount", "-o", f"remount,{mode}", archive.resolve()], check=True)
            elif root and allowed:
                mail.unlink()
                away.rename(mail)
            elif root:
                mail.rename(away)
                mail.touch()
            else:
                for folder in (archive, *(path for path in archive.rglob("*") if path.is_dir())):
                    folder.chmod(0o700 if allowed else 0o500)

        assert inboxd(office.config, "once").returncode == 0
        with Running(office.config, program=HURRIED) as daemon:
            daemon.wait_for("mailbox.connected")
            if root:
                daemon.stop()  # a file system with a file open for writing cannot be made read-only
            writable(False)
            office.deliver(critical())
            if root:
                ended = inboxd(office.config, "once")
                assert ended.returncode == 1
                said = "Read-only file system" if mounts else "cannot make the archive folder"
                assert said in one_line(ended.stderr)
            else:
                assert "Permission denied" in daemon.wait_for("storage.refused")
            writable(True)
        assert inboxd(office.config, "once").returncode == 0
        assert office.folders() == {"Enquiries/Critical": 1}


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own that is soon full. Root only; tests run as root in CI and in containers."""
    folder = Path(tempfile.mkdtemp(prefix="disk-", dir="/tmp"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


def may_mount() -> bool:
    if os.geteuid() != 0:
        return False
    try:
        with small_disk(1):
            return True
    except subprocess.CalledProcessError:
        return False


def write_until_it_fails(file: RawIOBase) -> None:
    while True:
        file.write(b"\0" * 4096)


def fill(path: Path, *, but: int) -> None:
    """Write to a file until its disk is full, but for so many bytes."""
    with path.open("wb", buffering=0) as file:
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            write_until_it_fails(file)
        file.truncate(file.tell() - but)


def test_a_full_disk_takes_nothing_and_goes_on_when_there_is_room(make_office: MakeOffice) -> None:
    """ENOSPC where a file system can be mounted, else EFBIG by a limit on the size of files."""
    if may_mount():
        with small_disk(12) as disk:
            office = make_office(
                root=disk / "office", sections={"mailbox": "stream_above_bytes = 500000\nreconcile_seconds = 1"}
            )
            office.config.write_text(
                office.config.read_text(encoding="utf-8").replace("min_free_bytes = 1048576", "min_free_bytes = 1"),
                encoding="utf-8",
            )
            office.deliver(out_of_office())
            with Running(office.config, program=HURRIED) as daemon:
                daemon.wait_for("mail.done mail=1")
                filling = disk / "filling"
                fill(filling, but=100_000)
                for padding in (300_000, 900_000):
                    office.deliver(documents(padding=padding))
                line = daemon.wait_for("retry_in=", "No space left on device", times=2)
                assert "storage.refused" in line
                assert daemon.mark() < 40, "it must not spin"
                assert office.folders()["INBOX"] == 2
                filling.unlink()
                daemon.wait_for("mail.done mail=3", seconds=30)
                assert daemon.stop() == (0, "")
            assert office.folders() == {"Automatic": 1, "Documents/Failed": 2}
            assert len(office.sink.mails) == 2
            assert inboxd(office.config, "verify", "--deep").returncode == 0
            assert [path.name for path in (office.root / "data" / "spool").iterdir()] == [tried.FOLDER]
    else:
        office = make_office()
        assert inboxd(office.config, "once").returncode == 0
        limited = ("-c", "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (700000, 700000)); "
                   "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); import inboxd.cli; inboxd.cli.main()")
        office.deliver(documents(padding=1_500_000))
        refused = inboxd(office.config, "once", program=limited)
        assert "storage.refused" in refused.stdout
        assert "File too large" in refused.stdout
        assert inboxd(office.config, "once").returncode == 0
        assert sum(office.folders().values()) == 1


def test_less_than_the_least_room_is_said_before_the_disk_is_full(make_office: MakeOffice) -> None:
    office = make_office(sections={"storage": ""})
    office.config.write_text(
        office.config.read_text(encoding="utf-8").replace("min_free_bytes = 1048576", f"min_free_bytes = {10**15}"),
        encoding="utf-8",
    )
    office.deliver(critical())
    ended = inboxd(office.config, "once")
    assert ended.returncode == 1
    assert "storage.min_free_bytes" in ended.stdout
    assert office.folders() == {"INBOX": 1}
