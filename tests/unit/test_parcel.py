"""A folder to give out: whole or absent, for its owner only, and every name in it fits the manifest and the disk."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxd.errors import DiskRefused, Permanent
from inboxd.parcel import LONGEST_NAME, MANIFEST, Parcel

HARD_NAMES = (
    "plain.pdf", "two  spaces.pdf", " first", "Élève à l'école.pdf", "a\\b.pdf", "a\nb.pdf", "../../etc/passwd",
    "/etc/x", "-c", "*?.pdf", "\u202ered.pdf", "名" * 300 + ".docx", "x" * 300, "x." + "y" * 300, "\ud800.pdf", "a.pdf",
    "A.PDF", "a.pdf", "\x7f", "# comment",
)


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sha256sum", "--strict", "--check", MANIFEST], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )


def test_whatever_a_file_is_called_the_manifest_holds(tmp_path: Path) -> None:
    parcel = Parcel(tmp_path, "given")
    paths = [parcel.add_bytes("documents", f"1-{name}", name.encode("utf-8", "replace")) for name in HARD_NAMES]
    assert len({path.casefold() for path in paths}) == len(HARD_NAMES)
    digest = parcel.finish()
    assert [path.name for path in tmp_path.iterdir()] != ["given"], "not before it is sealed"
    parcel.seal()
    folder = tmp_path / "given"
    assert [path.name for path in tmp_path.iterdir()] == ["given"]
    found = checked(folder)
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.count(": OK\n") == len(HARD_NAMES)
    assert hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest() == digest
    assert {path.parent for path in folder.rglob("*") if path.is_file()} == {folder, folder / "documents"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "documents")} == {0o700}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(names=st.lists(st.text(min_size=1), max_size=4))
def test_no_name_leads_out_of_the_folder(tmp_path: Path, names: list[str]) -> None:
    parcel = Parcel(tmp_path, "given")
    try:
        for name in names:
            path = parcel.add_bytes("documents", f"7-{name}", b"x")
            folder, _, own = path.partition("/")
            assert folder == "documents"
            assert re.match("([2-4]-)?7-", own)
            assert not set(own) & set("/\\\n\r\0")
            assert len(own.encode()) <= LONGEST_NAME
        assert len(parcel.digests) == len(names)
    finally:
        parcel.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_the_wrong_bytes_can_be_told(tmp_path: Path) -> None:
    parcel = Parcel(tmp_path, "given")
    parcel.add_bytes("", "a.txt", b"as it was")
    parcel.finish()
    parcel.seal()
    (tmp_path / "given" / "a.txt").write_bytes(b"as it is")
    assert checked(tmp_path / "given").returncode == 1


def test_the_place_must_be_free_at_the_start_and_at_the_end(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="nowhere is not a folder; make it first"):
        Parcel(tmp_path / "nowhere", "given")
    parcel = Parcel(tmp_path, "given")
    parcel.finish()
    (tmp_path / "given").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Permanent, match="given is there already"):
        parcel.seal()
    with pytest.raises(Permanent, match="given is there already"):
        Parcel(tmp_path, "given")
    parcel.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["given"]


def test_a_disk_that_refuses_is_told_and_what_was_written_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = Parcel(tmp_path, "given")

    def fill(_: BinaryIO) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(DiskRefused, match="the folder cannot be written: No space left on device"):
        parcel.add("documents", "a.pdf", "0" * 64, fill)
    assert parcel.digests == {}
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    parcel.add_bytes("documents", "b.pdf", b"b")
    parcel.finish()
    parcel.seal()
    assert len(synced) == 5, "two files, two folders, and the folder around them"
    with pytest.raises(DiskRefused, match="the folder cannot be written"):
        Parcel(Path("/proc"), "given")
