"""Which keys an archive was ever written with: a file for each under `keys/`, which tells it from another of its name.

So a key that is missing or wrong is known at the start, before a mail is taken, and not when the first one is read.
"""

from __future__ import annotations

import os
from pathlib import Path

from inboxd.archive.disk import disk, make_folder, sync_folder
from inboxd.ciphering import Key, Keyring
from inboxd.errors import Permanent

FOLDER = "keys"


def known(root: Path) -> dict[str, str]:
    """What tells each key from another of its name, by its id. Raises `DiskRefused`."""
    with disk("cannot read the archive's folder of keys"):
        try:
            return {path.name: path.read_text(encoding="ascii") for path in (root / FOLDER).iterdir()}
        except FileNotFoundError:
            return {}


def expect(root: Path, ring: Keyring) -> None:
    """Raise `Permanent` unless every key that was ever written with is given, and is that very key."""
    for key_id, check in sorted(known(root).items()):
        key = ring.get(key_id)
        if key is None:
            raise Permanent(
                f"the archive has files that are encrypted by the key {key_id}, and no such key is given; "
                "put it back into what archive.key_credential or archive.key_file names"
            )
        if not key.is_checked_by(check):
            raise Permanent(
                f"the key {key_id} is not the one of that name that the archive was written with; nothing was touched; "
                "put the right one into what archive.key_credential or archive.key_file names"
            )


def make_known(root: Path, key: Key, temporary: Path) -> None:
    """Durably, before the first file is written with it."""
    with disk("cannot write to the archive's folder of keys"):
        folder = root / FOLDER
        make_folder(folder)
        with temporary.open("x", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o400)
            file.write(key.check)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(folder / key.key_id)
        sync_folder(folder)


def forget(root: Path, key_id: str) -> None:
    """No file is encrypted by it any more."""
    with disk("cannot write to the archive's folder of keys"):
        (root / FOLDER / key_id).unlink(missing_ok=True)
        sync_folder(root / FOLDER)
