"""Everything in the archive encrypted by the newest key, file by file, beside a daemon or without one.

A file is written anew, proved by its digest, put in its place, and only then is the older one removed: dying anywhere
leaves each file readable, and the next time goes on. Raises `Permanent` where a running daemon does not know the new
key yet, or a key is missing; `DiskRefused` if the disk refuses. A damaged file is named and left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inboxd.archive import KINDS, Archive, known_keys, lock
from inboxd.errors import Permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What was done."""

    key_id: str
    """Of the key that everything is encrypted by now; empty: plain."""
    files: int
    anew: int
    problems: tuple[str, ...]
    unused: tuple[str, ...]
    """Keys that nothing is encrypted by any more."""


def rotate(archive: Archive, progress: Callable[[int, int], object]) -> Rotated:
    """Go through all files; `progress` is told how many of how many are done."""
    newest = archive.keys.newest
    if newest is not None and newest.key_id not in known_keys.known(archive.root) and lock.is_held(archive.root):
        raise Permanent(
            f"the service runs and does not know the key {newest.key_id} yet; restart it, so that it has the new "
            "credential, then give this command again"
        )
    archive.prepare()
    files = sum(1 for _ in _all(archive))
    anew, problems = 0, []
    for count, (kind, digest) in enumerate(_all(archive)):
        progress(min(count, files), files)  # the daemon adds to them meanwhile, by the newest key
        try:
            anew += archive.recipher(kind, digest)
        except Permanent as error:
            problems.append(f"{kind} {digest[:12]}: {error}")
    progress(files, files)
    return Rotated(
        key_id=newest.key_id if newest else "",
        files=files,
        anew=anew,
        problems=tuple(problems),
        unused=tuple(archive.forget_unused_keys()),
    )


def _all(archive: Archive) -> Iterator[tuple[str, str]]:
    return ((kind, digest) for kind in KINDS for digest in archive.digests(kind))
