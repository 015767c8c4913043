"""Writes Outlook items (MS-OXMSG): the `.msg` that one gets by dragging a mail out of Outlook. Same bytes each time."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.files.compound import compound


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFile:
    """A file to put in; with `item` set (its streams) it is an item in the item, or with method 6 a pasted object."""

    content: bytes = b""
    long_name: str = ""
    short_name: str = ""
    display_name: str = ""
    media_type: str = ""
    content_id: str = ""
    method: int = 1
    hidden: bool = False
    flags: int = 0
    eight_bit: bool = False
    """Texts in the code page of the item, as Outlook 97 wrote them."""
    item: Mapping[str, bytes] | None = field(default=None, repr=False)


def _fixed(*entries: tuple[int, int, int]) -> bytes:
    return b"".join(struct.pack("<HHIq", kind, name, 6, value) for name, kind, value in entries)


def _text(name: int, text: str, *, eight_bit: bool = False) -> dict[str, bytes]:
    if not text:
        return {}
    kind, value = ("001E", text.encode("cp1252")) if eight_bit else ("001F", text.encode("utf-16-le"))
    return {f"__substg1.0_{name:04X}{kind}": value}


def _of_file(file: ItemFile) -> dict[str, bytes]:
    entries = [(0x3705, 0x0003, file.method), (0x3714, 0x0003, file.flags), (0x7FFE, 0x000B, int(file.hidden))]
    made = {"__properties_version1.0": bytes(8) + _fixed(*entries)}
    texts = {0x3707: file.long_name, 0x3704: file.short_name, 0x3001: file.display_name, 0x370E: file.media_type,
             0x3712: file.content_id}
    for name, text in texts.items():
        made |= _text(name, text, eight_bit=file.eight_bit)
    if file.item is None:
        return made | {"__substg1.0_37010102": file.content}
    return made | {f"__substg1.0_3701000D/{name}": value for name, value in file.item.items()}


def item_streams(
    *files: ItemFile,
    subject: str = "Documents",
    html: str = "",
    codepage: int = 1252,
    texts: Mapping[int, str] | None = None,
    eight_bit: bool = False,
) -> dict[str, bytes]:
    """The streams of an item with these files, by path. `texts`: other texts of the item, by property."""
    head = bytes(8) + struct.pack("<IIII", 0, len(files), 0, len(files)) + bytes(8)
    streams = {"__properties_version1.0": head + _fixed((0x3FFD, 0x0003, codepage), (0x3FDE, 0x0003, 65001))}
    for name, text in ({0x001A: "IPM.Note", 0x0037: subject} | dict(texts or {})).items():
        streams |= _text(name, text, eight_bit=eight_bit)
    streams |= {f"__nameid_version1.0/__substg1.0_{name}0102": bytes(16) for name in ("0002", "0003", "0004")}
    if html:
        streams["__substg1.0_10130102"] = html.encode()
    for number, file in enumerate(files):
        streams |= {f"__attach_version1.0_#{number:08X}/{name}": value for name, value in _of_file(file).items()}
    return streams


def outlook_item(
    *files: ItemFile,
    subject: str = "Documents",
    html: str = "",
    codepage: int = 1252,
    texts: Mapping[int, str] | None = None,
    eight_bit: bool = False,
) -> bytes:
    """A whole `.msg` with these files."""
    streams = item_streams(
        *files, subject=subject, html=html, codepage=codepage, texts=texts, eight_bit=eight_bit
    )
    return compound(streams, clsid="00020d0b-0000-0000-c000-000000000046")
