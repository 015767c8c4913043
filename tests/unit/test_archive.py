"""The archive: a file is whole or absent, is never changed, and a disk that refuses is told from a missing file."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxd.archive import DOCUMENTS, KINDS, MAIL, SENT, UNFINISHED, Archive, digest_of, digest_of_file
from inboxd.errors import DiskRefused, Permanent


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "archive")
    made.prepare()
    return made


def files_of(archive: Archive) -> list[Path]:
    return [path for path in archive.root.rglob("*") if path.is_file()]


def damage(archive: Archive, kind: str, digest: str, content: bytes) -> None:
    """What a bad disk does: other bytes under the same name."""
    path = archive.path(kind, digest)
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(0o400)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(raw=st.binary(max_size=5000), kind=st.sampled_from(KINDS))
def test_what_was_kept_is_read_back(archive: Archive, raw: bytes, kind: str) -> None:
    digest = archive.keep(kind, raw)
    assert digest == hashlib.sha256(raw).hexdigest() == digest_of(raw)
    assert archive.read(kind, digest) == raw
    assert archive.has(kind, digest)
    assert digest_of_file(archive.path(kind, digest)) == digest


def test_the_same_bytes_are_one_file_and_only_ours_to_read(archive: Archive) -> None:
    digest = archive.keep(MAIL, b"a letter")
    assert archive.keep(MAIL, b"a letter") == digest
    only, = files_of(archive)
    assert stat.S_IMODE(only.stat().st_mode) == 0o400, "what is finished is not written again"
    assert stat.S_IMODE(archive.root.stat().st_mode) == 0o700
    assert stat.S_IMODE(only.parent.stat().st_mode) == 0o700
    assert list(archive.digests(MAIL)) == [digest]
    assert list(archive.digests(SENT)) == []


def test_a_file_cut_short_is_written_again(archive: Archive) -> None:
    """A disk error, or a copy that was interrupted: the size gives it away."""
    digest = archive.keep(MAIL, b"a letter")
    damage(archive, MAIL, digest, b"a let")
    assert archive.keep(MAIL, b"a letter") == digest
    assert archive.read(MAIL, digest) == b"a letter"


def test_a_file_of_the_right_size_with_other_bytes_is_written_again(archive: Archive, tmp_path: Path) -> None:
    """Its size proves nothing: taken for good, the bytes that just came in would be lost."""
    for raw in (b"a letter", b"x" * 3_000_000, b"y" * 1024 * 1024):
        digest = archive.keep(MAIL, raw)
        damage(archive, MAIL, digest, raw[:-1] + b"?")
        assert archive.keep(MAIL, raw) == digest
        assert archive.read(MAIL, digest) == raw
        damage(archive, MAIL, digest, b"?" + raw[1:])
        spooled = tmp_path / "fetched-1.eml"
        spooled.write_bytes(raw)
        assert archive.keep_file(MAIL, spooled) == digest
        assert not spooled.exists()
        assert archive.read(MAIL, digest) == raw
        assert stat.S_IMODE(archive.path(MAIL, digest).stat().st_mode) == 0o400


def test_the_same_bytes_again_write_nothing(archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    digest = archive.keep(DOCUMENTS, b"a document")

    def looks() -> tuple[int, int, int]:
        found = archive.path(DOCUMENTS, digest).stat()
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns

    before = looks()

    def refuse(*_: object) -> None:
        raise AssertionError("nothing is to be written")

    for name in ("fsync", "fchmod", "mkdir"):
        monkeypatch.setattr(os, name, refuse)
    for name in ("rename", "chmod"):
        monkeypatch.setattr(Path, name, refuse)
    spooled = tmp_path / "fetched-1.eml"
    spooled.write_bytes(b"a document")
    assert archive.keep(DOCUMENTS, b"a document") == archive.keep_file(DOCUMENTS, spooled) == digest
    assert looks() == before


def test_a_file_that_the_disk_cannot_give_back_is_written_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = archive.keep(MAIL, b"a letter")
    original = Path.open

    def open_unless(refused: int) -> None:
        def opened(self: Path, mode: str = "r") -> object:
            if self == archive.path(MAIL, digest) and mode == "rb":
                raise OSError(refused, os.strerror(refused))
            return original(self, mode)

        monkeypatch.setattr(Path, "open", opened)

    before = archive.path(MAIL, digest).stat().st_ino
    open_unless(errno.EIO)
    assert archive.keep(MAIL, b"a letter") == digest
    assert archive.path(MAIL, digest).stat().st_ino != before
    open_unless(errno.EACCES)
    with pytest.raises(DiskRefused, match="cannot write to the archive: Permission denied"):
        archive.keep(MAIL, b"a letter")


def test_a_copy_is_compared_with_its_digest(archive: Archive) -> None:
    raw = bytes(range(256)) * 10_000
    digest = archive.keep(DOCUMENTS, raw)
    copied = io.BytesIO()
    assert archive.copy_to(DOCUMENTS, digest, copied) == len(raw)
    assert copied.getvalue() == raw
    damage(archive, DOCUMENTS, digest, raw[:-1])
    with pytest.raises(Permanent, match="no longer has the digest"):
        archive.copy_to(DOCUMENTS, digest, io.BytesIO())
    with pytest.raises(Permanent, match="the file is not there"):
        archive.copy_to(MAIL, digest, io.BytesIO())
    archive.root.rename(archive.root.with_name("unmounted"))
    with pytest.raises(DiskRefused, match="No such file"):
        archive.copy_to(DOCUMENTS, digest, io.BytesIO())


def test_a_spooled_file_moves_in(archive: Archive, tmp_path: Path) -> None:
    spooled = tmp_path / "fetched-1.eml"
    spooled.write_bytes(b"a large letter")
    digest = archive.keep_file(MAIL, spooled)
    assert not spooled.exists()
    assert archive.read(MAIL, digest) == b"a large letter"
    spooled.write_bytes(b"a large letter")
    assert archive.keep_file(MAIL, spooled) == digest
    assert not spooled.exists()
    assert len(files_of(archive)) == 1


def test_a_spool_on_another_disk_is_copied(archive: Archive) -> None:
    memory = Path("/dev/shm")
    if memory.stat().st_dev == archive.root.stat().st_dev:
        memory = Path("/run")
    spooled = memory / f"fetched-{os.getpid()}.eml"
    spooled.write_bytes(b"from elsewhere")
    assert spooled.stat().st_dev != archive.root.stat().st_dev
    digest = archive.keep_file(DOCUMENTS, spooled)
    assert archive.read(DOCUMENTS, digest) == b"from elsewhere"
    assert not spooled.exists()
    assert stat.S_IMODE(archive.path(DOCUMENTS, digest).stat().st_mode) == 0o400


def test_a_changed_file_and_a_missing_file_are_no_passing_trouble(archive: Archive) -> None:
    digest = archive.keep(MAIL, b"a letter")
    damage(archive, MAIL, digest, b"b letter")
    with pytest.raises(Permanent, match="no longer has the digest it is named by"):
        archive.read(MAIL, digest)
    archive.path(MAIL, digest).unlink()
    with pytest.raises(Permanent, match="the file is not there"):
        archive.read(MAIL, digest)


def test_an_archive_that_is_gone_is_passing_trouble_and_is_not_made_anew(archive: Archive) -> None:
    """An unmounted disk: no mail may be held for it, and nothing may be written under the mount point."""
    digest = archive.keep(MAIL, b"a letter")
    archive.root.rename(archive.root.with_name("unmounted"))
    for attempt in (
        lambda: archive.read(MAIL, digest), lambda: archive.keep(MAIL, b"another"), archive.free_bytes,
        lambda: list(archive.digests(MAIL)),
    ):
        with pytest.raises(DiskRefused, match="No such file or directory"):
            attempt()
    assert not archive.root.exists()


def test_a_write_that_fails_leaves_nothing(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(DiskRefused, match="cannot write to the archive: Input/output error"):
        archive.keep(MAIL, b"a letter")
    assert files_of(archive) == []


def test_files_that_are_kept_together_are_durable_together(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file is on the disk before it has its name, and every name before the end."""
    done: list[tuple[str, str]] = []
    fsync, rename = os.fsync, Path.rename

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        done.append(("sync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))

    def renamed(path: Path, target: Path) -> Path:
        assert ("sync", str(path)) in done
        done.append(("name", str(target)))
        return rename(path, target)

    raws = [b"mail %d" % number for number in range(12)]
    with archive.together():
        digests = [archive.keep(MAIL, raw) for raw in raws]
        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(Path, "rename", renamed)
        assert [archive.read(MAIL, digest) for digest in digests] == raws, "they can be read already"
        assert archive.keep(MAIL, raws[0]) == digests[0]
        assert not done
    for digest in digests:
        target = archive.path(MAIL, digest)
        named = done.index(("name", str(target)))
        assert done.index(("sync", str(target.parent)), named) > named
    assert len(done) == 12 + 12 + len({digest[:2] for digest in digests})
    assert [archive.read(MAIL, digest) for digest in digests] == raws


def test_nothing_stays_of_files_that_were_kept_together_where_something_goes_wrong(archive: Archive) -> None:
    digest = ""
    with pytest.raises(LookupError), archive.together():  # noqa: PT012  # what is kept before it fails
        digest = archive.keep(MAIL, b"never")
        raise LookupError
    assert not archive.has(MAIL, digest)
    assert list((archive.root / UNFINISHED).iterdir()) == []
    assert archive.keep(MAIL, b"never") == digest
    assert archive.read(MAIL, digest) == b"never"


def test_a_disk_that_refuses_at_the_end_keeps_nothing_half(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskRefused, match="No space left"), archive.together():  # noqa: PT012
        digests = [archive.keep(MAIL, b"mail %d" % number) for number in range(6)]
        monkeypatch.setattr(os, "fsync", full)
    assert not any(archive.has(MAIL, digest) for digest in digests)
    assert list((archive.root / UNFINISHED).iterdir()) == []


def test_a_sweep_removes_what_is_unfinished_and_nothing_else(archive: Archive, tmp_path: Path) -> None:
    digest = archive.keep(MAIL, b"a letter")
    (archive.root / UNFINISHED / "abc.123").write_bytes(b"half")
    spool = tmp_path / "spool"
    spool.mkdir()
    (spool / "fetched-x.eml").write_bytes(b"half")
    (spool / "notes.txt").write_bytes(b"somebody's")
    (spool / "folder").mkdir()
    assert archive.sweep(spool) == 2
    assert sorted(path.name for path in spool.iterdir()) == ["folder", "notes.txt"]
    assert archive.read(MAIL, digest) == b"a letter"
    assert archive.sweep(spool) == 0
