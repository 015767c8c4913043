"""A trained model onto the disk: three arrays, and last the manifest that vouches for them.

A folder that is read while it is written is refused by its reader, never half believed: the manifest carries the
digests. Fails with `Permanent` when the folder cannot be written.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from inboxd.errors import Permanent
from inboxd.second_reader.model import FEATURES, MANIFEST, RARITY, WEIGHTS
from inboxd.training.course import Course


def write_model(course: Course, folder: Path) -> None:
    """Write the model's files into `folder`, which is made if it is missing; older ones there are replaced."""
    arrays = {FEATURES: course.features, RARITY: course.rarity, WEIGHTS: course.weights}
    said = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in arrays.items()
    }
    manifest = json.dumps(course.manifest | {"arrays": said}, indent=1, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in arrays.items():
            _replace(folder / name, content)
        _replace(folder / MANIFEST, manifest.encode())
    except OSError as error:
        raise Permanent(f"{folder} cannot be written: {error.strerror}") from error


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
