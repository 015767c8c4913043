"""The archive encrypted at rest: nothing of a letter is on the disk, every change is found, keys come and go safely."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxd import ciphering
from inboxd.archive import DOCUMENTS, KINDS, MAIL, SENT, Archive, digest_of, lock
from inboxd.ciphering import KEY_BYTES, Deciphering, Key, Keyring, encipher
from inboxd.credentials import new_key, read_keys
from inboxd.errors import Permanent
from inboxd.rotating import rotate
from inboxd.settings import ArchiveSettings

OLD = Key(key_id="old", secret=b"o" * KEY_BYTES)
NEW = Key(key_id="new", secret=b"n" * KEY_BYTES)
LETTER = b"Subject: E123456789\r\n\r\nDear officer, a very private matter.\r\n"
TAG = 16


def ring(*keys: Key, writes: bool = True) -> Callable[[], Keyring]:
    return lambda: Keyring(keys=keys, writes=writes)


def opened(root: Path, *keys: Key, writes: bool = True) -> Archive:
    archive = Archive(root, ring(*keys, writes=writes))
    archive.prepare()
    return archive


def sealed(raw: bytes, key: Key = NEW) -> bytes:
    written = io.BytesIO()
    encipher(key, digest_of(raw), io.BytesIO(raw), written)
    return written.getvalue()


def unsealed(coded: bytes, digest: str, key: Key = NEW) -> bytes:
    with Deciphering(key, digest, io.BytesIO(coded)) as reading:
        return reading.read()


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(ciphering, "PIECE", 64)
    return 64


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(raw=st.one_of(st.binary(max_size=300), st.sampled_from([b"", b"x" * 64, b"x" * 128, b"x" * 129])))
def test_what_is_encrypted_is_read_back(small_pieces: int, raw: bytes) -> None:
    coded = sealed(raw)
    assert unsealed(coded, digest_of(raw)) == raw
    assert sealed(raw) != coded, "a salt of its own each time"
    pieces = max(1, -(-len(raw) // small_pieces))
    assert len(coded) - len(raw) - pieces * TAG == len(b"inboxd-aes-gcm-1") + 1 + len("new") + 32


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(place=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_any_changed_byte_is_found(small_pieces: int, place: int, flip: int) -> None:
    raw = LETTER * 4
    coded = bytearray(sealed(raw))
    coded[place % len(coded)] ^= flip
    with pytest.raises(Permanent, match="not as it was written"):
        unsealed(bytes(coded), digest_of(raw))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(size=st.integers(min_value=0))
def test_a_file_cut_off_anywhere_is_found(small_pieces: int, size: int) -> None:
    raw = LETTER * 4
    coded = sealed(raw)
    with pytest.raises(Permanent, match="not as it was written"):
        unsealed(coded[: size % len(coded)], digest_of(raw))


def test_pieces_that_change_places_or_files_are_found(small_pieces: int) -> None:
    raw, other = LETTER * 6, LETTER[::-1] * 6
    coded, header = sealed(raw), len(b"inboxd-aes-gcm-1") + 1 + len("new") + 32
    body = coded[header:]
    step = small_pieces + TAG
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    assert len(pieces) > 4
    strange = sealed(other)[header : header + step]
    for mixed in (
        [pieces[1], pieces[0], *pieces[2:]], pieces[1:], [*pieces[:2], *pieces[3:]], [pieces[0], *pieces],
        [*pieces, pieces[-1]], [strange, *pieces[1:]], pieces[:-1], [*pieces, b"x" * TAG],
    ):
        with pytest.raises(Permanent, match="not as it was written"):
            unsealed(coded[:header] + b"".join(mixed), digest_of(raw))
    with pytest.raises(Permanent, match="not as it was written"):
        unsealed(coded, digest_of(other))  # under another file's name
    with pytest.raises(Permanent, match="not as it was written"):
        unsealed(coded, digest_of(raw), Key(key_id="new", secret=b"x" * KEY_BYTES))


def test_nothing_of_a_letter_is_on_the_disk(tmp_path: Path) -> None:
    archive = opened(tmp_path / "archive", OLD, NEW)
    kept = {kind: archive.keep(kind, LETTER) for kind in KINDS}
    spooled = tmp_path / "fetched-1"
    spooled.write_bytes(LETTER * 2)
    large = archive.keep_file(MAIL, spooled)
    assert not spooled.exists()
    files = [path for path in archive.root.rglob("*") if path.is_file()]
    assert len(files) == 5
    for path in files:
        assert b"private" not in path.read_bytes()
        assert b"E123456789" not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o400
        assert OLD.secret not in path.read_bytes()
    assert archive.path(MAIL, large).name == f"{large}.new.aes"
    for kind, digest in kept.items():
        assert archive.read(kind, digest) == LETTER
        assert list(archive.digests(kind))
        assert archive.has(kind, digest)
    assert archive.read(MAIL, large) == LETTER * 2
    assert list(archive.digests(SENT)) == [digest_of(LETTER)]


def test_the_same_letter_again_writes_nothing_and_a_damaged_one_is_written_again(tmp_path: Path) -> None:
    archive = opened(tmp_path / "archive", NEW)
    digest = archive.keep(MAIL, LETTER)
    path = archive.path(MAIL, digest)
    before = path.stat().st_ino
    assert archive.keep(MAIL, LETTER) == digest
    assert path.stat().st_ino == before
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(Permanent, match="not as it was written"):
        archive.read(MAIL, digest)
    archive.keep(MAIL, LETTER)
    assert archive.read(MAIL, digest) == LETTER


def test_plain_files_and_those_of_older_keys_are_read_beside_new_ones(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    plain = opened(root).keep(MAIL, b"plain")
    old = opened(root, OLD).keep(MAIL, b"old")
    archive = opened(root, OLD, NEW)
    new = archive.keep(MAIL, b"new")
    assert [archive.read(MAIL, digest) for digest in (plain, old, new)] == [b"plain", b"old", b"new"]
    assert sorted(archive.digests(MAIL)) == sorted((plain, old, new))
    assert archive.keep(MAIL, b"plain") == plain
    assert archive.path(MAIL, plain).suffix == "", "it waits for rotate"


def test_a_plain_file_may_look_like_an_encrypted_one(tmp_path: Path) -> None:
    """What decides is the name, which no sender chooses."""
    hostile = sealed(LETTER, OLD)
    archive = opened(tmp_path / "archive")
    assert archive.read(DOCUMENTS, archive.keep(DOCUMENTS, hostile)) == hostile


def test_a_missing_key_and_a_wrong_key_are_told_before_anything_is_taken(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    digest = opened(root, OLD).keep(MAIL, LETTER)
    files = sorted(path for path in root.rglob("*"))
    for keys, said in (
        ((), "encrypted by the key old, and no such key is given"),
        ((NEW,), "encrypted by the key old, and no such key is given"),
        ((Key(key_id="old", secret=b"x" * KEY_BYTES),), "the key old is not the one of that name"),
    ):
        with pytest.raises(Permanent, match=said):
            Archive(root, ring(*keys)).prepare()
        with pytest.raises(Permanent, match=r"a key that is not given|another key of the same name"):
            Archive(root, ring(*keys)).read(MAIL, digest)
        assert Archive(root, ring(*keys)).has(MAIL, digest), "it is there, only nobody can read it"
    assert sorted(path for path in root.rglob("*")) == files
    assert opened(root, OLD).read(MAIL, digest) == LETTER


def test_a_look_at_rows_needs_no_key(tmp_path: Path) -> None:
    digest = opened(tmp_path / "archive", OLD).keep(MAIL, LETTER)

    def refuse() -> Keyring:
        raise Permanent("no key here")

    archive = Archive(tmp_path / "archive", refuse)
    assert archive.path(MAIL, digest).is_file()
    assert archive.has(MAIL, digest)
    assert list(archive.digests(MAIL)) == [digest]
    with pytest.raises(Permanent, match="no key here"):
        archive.keep(MAIL, b"another")


def test_rotation_leaves_everything_by_the_newest_key_and_frees_the_old_one(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    digests = [opened(root).keep(MAIL, b"plain"), opened(root, OLD).keep(DOCUMENTS, b"old")]
    archive = opened(root, OLD, NEW)
    digests.append(archive.keep(SENT, b"new"))
    told: list[tuple[int, int]] = []
    done = rotate(archive, lambda *count: told.append(count))
    assert (done.key_id, done.files, done.anew, done.problems, done.unused) == ("new", 3, 2, (), ("old",))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    alone = opened(root, NEW)
    assert [alone.read(kind, digest) for kind, digest in zip(KINDS, digests, strict=True)] == [b"plain", b"old", b"new"]
    names = [path.name for kind in KINDS for path in (root / kind).glob("*/*")]
    assert sorted(names) == sorted(f"{digest}.new.aes" for digest in digests)
    assert rotate(alone, lambda *_: None).anew == 0


def test_a_way_back_to_plain_files(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    digest = opened(root, NEW).keep(MAIL, LETTER)
    done = rotate(opened(root, NEW, writes=False), lambda *_: None)
    assert (done.key_id, done.anew, done.unused) == ("", 1, ("new",))
    assert opened(root).path(MAIL, digest).read_bytes() == LETTER


@pytest.mark.parametrize("call", ["fsync", "rename", "unlink"])
def test_a_rotation_that_dies_anywhere_loses_nothing_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    root = tmp_path / "archive"
    raws = [bytes([number]) * 2000 for number in range(3)]
    digests = [opened(root, OLD).keep(MAIL, raw) for raw in raws]
    owner = os if call == "fsync" else Path
    for dies_at in range(1, 12):
        original, count = getattr(owner, call), 0

        def dying(
            *given: object, _real: Callable[..., object] = original, _at: int = dies_at, **more: object
        ) -> object:
            nonlocal count
            count += 1
            if count == _at:
                raise KeyboardInterrupt
            return _real(*given, **more)

        with monkeypatch.context() as patched:
            patched.setattr(owner, call, dying)
            with contextlib.suppress(KeyboardInterrupt):
                rotate(opened(root, OLD, NEW), lambda *_: None)
        archive = opened(root, OLD, NEW)
        archive.sweep(tmp_path)
        assert [archive.read(MAIL, digest) for digest in digests] == raws
    assert rotate(opened(root, OLD, NEW), lambda *_: None).problems == ()
    assert [opened(root, NEW).read(MAIL, digest) for digest in digests] == raws
    assert len(list((root / MAIL).glob("*/*"))) == 3


def test_rotation_leaves_a_damaged_file_as_it_is_and_names_it(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    archive = opened(root)
    digest = archive.keep(MAIL, LETTER)
    path = archive.path(MAIL, digest)
    path.chmod(0o600)
    path.write_bytes(b"not the letter")
    done = rotate(opened(root, NEW), lambda *_: None)
    assert done.problems == (f"mail {digest[:12]}: a file in the archive no longer has the digest it is named by",)
    assert path.read_bytes() == b"not the letter"


def test_a_running_service_must_know_the_key_first(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    opened(root, OLD).keep(MAIL, LETTER)
    with lock.only_one(root):
        with pytest.raises(Permanent, match="the service runs and does not know the key new yet; restart it"):
            rotate(Archive(root, ring(OLD, NEW)), lambda *_: None)
        opened(root, OLD, NEW)  # it was restarted
        assert rotate(Archive(root, ring(OLD, NEW)), lambda *_: None).anew == 1


def test_keys_come_from_a_credential_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [new_key("20260101"), new_key("20270101")]
    file = tmp_path / "archive-keys"
    file.write_text("\n".join(lines) + "\n\n")
    file.chmod(0o600)
    by_file = read_keys(ArchiveSettings(key_file=file))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_keys(ArchiveSettings(key_credential="archive-keys")) == by_file
    assert [f"{key.key_id} {base64.b64encode(key.secret).decode()}" for key in by_file.keys] == lines
    assert by_file.newest == by_file.keys[-1]
    assert read_keys(ArchiveSettings(key_file=file, encrypt=False)).newest is None
    assert read_keys(ArchiveSettings()) == Keyring()
    assert str(by_file).count("secret") == 0
    with pytest.raises(Permanent, match="systemd passed no credential"):
        read_keys(ArchiveSettings(key_credential="absent"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "gives no key"),
        (b"2026 short\n", "line 1 is no key"),
        (b"2026 " + base64.b64encode(b"x" * 31), "line 1 is no key"),
        (b"UP " + base64.b64encode(b"x" * 32), "line 1 is no key"),
        (b"a " + base64.b64encode(b"x" * 32) + b"\na " + base64.b64encode(b"y" * 32), "line 2 has the name"),
        (b"\xff\xfe", "line 1 is no key"),
        (b"\n" * 5000, "more than 4096 bytes"),
    ],
)
def test_what_is_no_key_is_refused_by_its_line_and_never_shown(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "keys"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(Permanent, match=said) as caught:
        read_keys(ArchiveSettings(key_file=file))
    assert base64.b64encode(b"x" * 32).decode() not in str(caught.value)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(new_key("20260101"))
    file.chmod(0o640)
    with pytest.raises(Permanent, match=r"others than its owner may use .*chmod 600"):
        read_keys(ArchiveSettings(key_file=file))


def test_150_megabytes_pass_in_bounded_memory(tmp_path: Path) -> None:
    """In a process of its own, whose address space holds the libraries and a few pieces, and no 150 MB."""
    script = f"""
import hashlib, os, resource
from pathlib import Path
from inboxd.archive import MAIL, Archive
from inboxd.ciphering import Key, Keyring
root = Path({str(tmp_path)!r})
archive = Archive(root / "archive", lambda: Keyring(keys=(Key(key_id="k", secret=b"k" * 32),)))
archive.prepare()
with (root / "fetched-1").open("wb") as file:
    for _ in range(150):
        file.write(b"x" * 1048576)
with open("/proc/self/statm") as statm:
    now = int(statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 24 * 1048576,) * 2)
digest = archive.keep_file(MAIL, root / "fetched-1")
with open(os.devnull, "wb") as nowhere:
    assert archive.copy_to(MAIL, digest, nowhere) == 150 * 1048576
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
