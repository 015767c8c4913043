"""Writes OLE compound files (MS-CFB 2.2, version 3, 512 byte sectors), which no library of ours can make.

Old Word, Outlook `.msg`, `vbaProject.bin` and the envelope of an encrypted `.docx` are such files. What is written is
valid for olefile, libmagic and msoffcrypto; it fails (ValueError) only past 6.8 MB, where a DIFAT would be needed.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORD_97 = "00020906-0000-0000-c000-000000000046"
"""Class of the root storage of a Word 97-2003 document."""
_SECTOR = 512
_MINI = 64
_CUTOFF = 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass
class _Entry:
    name: str
    kind: int
    content: bytes = b""
    children: dict[str, _Entry] = field(default_factory=dict)
    number: int = 0
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    red: bool = False
    start: int = 0
    size: int = 0
    clsid: bytes = bytes(16)


def _tree(streams: Mapping[str, bytes]) -> _Entry:
    root = _Entry("Root Entry", _ROOT)
    for path, content in streams.items():
        *folders, name = path.split("/")
        here = root
        for folder in folders:
            here = here.children.setdefault(folder, _Entry(folder, _STORAGE))
        here.children[name] = _Entry(name, _STREAM, content)
    return root


def _numbered(root: _Entry) -> list[_Entry]:
    entries = [root]
    for entry in entries:
        for child in entry.children.values():
            child.number = len(entries)
            entries.append(child)
    return entries


def _balance(children: list[_Entry], depth: int, deepest: int) -> int:
    """Make the siblings a red-black tree: halved, the incomplete last level red. Returns the number of its root."""
    if not children:
        return _NONE
    middle = len(children) // 2
    top = children[middle]
    top.red = depth == deepest and depth > 0
    top.left = _balance(children[:middle], depth + 1, deepest)
    top.right = _balance(children[middle + 1 :], depth + 1, deepest)
    return top.number


def _padded(content: bytes, unit: int) -> bytes:
    return content + bytes(-len(content) % unit)


def _chain(table: list[int], sectors: int) -> int:
    """Append a chain of `sectors` to an allocation table; returns its first sector."""
    first = len(table)
    table += [*range(first + 1, first + sectors), _END] if sectors else []
    return first if sectors else _END


def _record(entry: _Entry) -> bytes:
    name = (entry.name.encode("utf-16-le") + b"\0\0").ljust(64, b"\0")
    if len(name) > 64:
        raise ValueError(f"a name has at most 31 characters: {entry.name}")
    head = struct.pack("<HBB", 2 * len(entry.name) + 2, entry.kind, 0 if entry.red else 1)
    links = struct.pack("<III", entry.left, entry.right, entry.child)
    return name + head + links + entry.clsid + bytes(20) + struct.pack("<IQ", entry.start, entry.size)


def compound(streams: Mapping[str, bytes], *, clsid: str = "") -> bytes:
    """A compound file with these streams, storages by `/` in the names; below 4096 bytes in the mini stream.

    `clsid`: class of the root storage, by which libmagic tells Word from others.
    """
    root = _tree(streams)
    root.clsid = uuid.UUID(clsid).bytes_le if clsid else bytes(16)
    entries = _numbered(root)
    for entry in entries:
        # MS-CFB 2.6.4: siblings are ordered by length of the name first, then by its upper case.
        ordered = sorted(entry.children.values(), key=lambda child: (len(child.name), child.name.upper()))
        entry.child = _balance(ordered, 0, len(ordered).bit_length() - 1)

    table: list[int] = []
    sectors: list[bytes] = []
    mini_table: list[int] = []
    mini = b""
    for entry in entries:
        if entry.kind != _STREAM:
            continue
        entry.size = len(entry.content)
        if 0 < entry.size < _CUTOFF:
            entry.start = _chain(mini_table, -(-entry.size // _MINI))
            mini += _padded(entry.content, _MINI)
        else:
            entry.start = _chain(table, -(-entry.size // _SECTOR))
            sectors.append(_padded(entry.content, _SECTOR))
    root.start, root.size = _chain(table, -(-len(mini) // _SECTOR)), len(mini)
    sectors.append(_padded(mini, _SECTOR))
    listing = _padded(struct.pack(f"<{len(mini_table)}I", *mini_table), 4)
    listing += b"\xff" * (-len(listing) % _SECTOR)
    mini_start = _chain(table, len(listing) // _SECTOR)
    sectors.append(listing)
    unused = bytes(64) + struct.pack("<HBBIII", 0, 0, 0, _NONE, _NONE, _NONE) + bytes(48)
    directory = b"".join(map(_record, entries))
    directory += unused * (-len(entries) % 4)
    directory_start = _chain(table, len(directory) // _SECTOR)
    sectors.append(directory)

    used = len(table)
    fats = 1
    while used + fats > fats * 128:
        fats += 1
    if fats > 109:
        raise ValueError("too large for a compound file without a DIFAT")
    table += [_FAT] * fats + [_FREE] * (fats * 128 - used - fats)
    sectors.append(struct.pack(f"<{len(table)}I", *table))
    header = SIGNATURE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIII", 0, fats, directory_start, 0, _CUTOFF, mini_start, len(listing) // _SECTOR, _END)
    header += struct.pack("<I", 0)
    header += struct.pack("<109I", *range(used, used + fats), *[_FREE] * (109 - fats))
    return header + b"".join(sectors)
