"""Header fields from bytes: where the block ends, what a field says, its parameters.

Works on bytes to the end, so that raw 8-bit text (M6, M7 of our notes on real mail) can still be read; every step is
linear and bounded, because a 14 kB Content-Type of `; ; ;` costs the standard library seconds. Never fails: what
cannot be read is left as it stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inboxd.parsers.charsets import decode, one_line
from inboxd.parsers.encoded_words import TEXT_CHARACTERS, decode_words

FIELD_BYTES = 64 * 1024
"""What is kept of one field; nothing a person wrote is longer."""

_VERDICTS = frozenset({"authentication-results", "arc-authentication-results", "received-spf", "received"})
_VERDICT_PREFIX = "x-ms-exchange-organization-"

_LINE_END = re.compile(rb"\r\n|\r|\n")
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
_COMMENT = re.compile(r"\([^()]*\)")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)
# `application/pdf name="x.pdf"`: a semicolon was forgotten.
_NO_SEMICOLON = re.compile(r"\A(\s*[^\s;=\"]+)\s+(?=[A-Za-z][\w*-]{0,20}\s?=)")
_CONTINUED = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_ESCAPED = re.compile(r'\\(["\\])')
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One header field: name in lower case, value unfolded, still bytes."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a structured field, RFC 2231 already put together; `charset` is empty if none was named."""

    value: bytes
    charset: str = ""

    def text(self, second: str = "") -> str:
        """The value as one clean line; `second` is the charset to try when the bytes are raw 8-bit."""
        text, _ = decode(self.value, self.charset, second)
        return one_line(text if self.charset else decode_words(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A header block and where the body after it begins."""

    fields: tuple[Field, ...]
    body: int
    defects: tuple[str, ...]


def read_block(raw: bytes, start: int, end: int, limit: int) -> Block:
    """Read the fields from `start`; the block ends at a blank line or, with a defect, at a line that is no field.

    At most `limit` bytes of fields are kept (defect `header_too_long`); the rest is skipped, not read as body.
    """
    names: list[str] = []
    values: list[list[bytes]] = []
    sizes: list[int] = []
    defects: list[str] = []
    position, kept = start, 0
    while position < end:
        found = _LINE_END.search(raw, position, end)
        line_end, following = (found.start(), found.end()) if found else (end, end)
        if line_end == position:
            position = following
            break
        line = raw[position : min(line_end, position + FIELD_BYTES)]
        if line_end - position > FIELD_BYTES:
            defects.append("header_too_long")
        name = None if line[:1] in b" \t" else _NAME.match(line)
        if name is None and line[:1] not in b" \t":
            defects.append("missing_header_body_separator")
            break
        if name is None and not names:
            # A continuation of nothing: indented text before the first field.
            position = following
            continue
        if kept + len(line) > limit or (name is None and sizes[-1] + len(line) > FIELD_BYTES):
            defects.append("header_too_long")
            if name is not None:
                names.append("")
                values.append([])
                sizes.append(FIELD_BYTES)
        elif name is not None and _is_passed_over(raw, position, name):
            defects.append("gateway_field_odd")
            names.append("")
            values.append([])
            sizes.append(0)
        elif name is not None:
            names.append(name.group(1).decode("ascii").lower())
            values.append([line[name.end() :]])
            sizes.append(len(line))
            kept += len(line)
        else:
            values[-1].append(line)
            sizes[-1] += len(line)
            kept += len(line)
        position = following
    fields = tuple(
        Field(name=name, value=b"".join(lines).strip()) for name, lines in zip(names, values, strict=True) if name
    )
    return Block(fields=fields, body=position, defects=tuple(dict.fromkeys(defects)))


def is_verdict(name: str) -> bool:
    """Whether our own gateway speaks in fields of that name (lower case): who sent the mail, and what it found out.

    It takes forged ones away first. Read more kindly than it reads, a field that it passed over would speak in its
    name: these count only as gateways write them (RFC 8601 2.2, RFC 5321 4.4), and know no encoded words.
    """
    return name in _VERDICTS or name.startswith(_VERDICT_PREFIX)


def _is_passed_over(raw: bytes, at: int, name: re.Match[bytes]) -> bool:
    """Such a field that a gateway may not have seen: a blank before its colon, a CR alone before its name."""
    if name.group()[-2:-1] not in (b" ", b"\t") and raw[at - 1 : at] != b"\r":
        return False
    return is_verdict(name.group(1).decode("ascii").lower())


def first(fields: Iterable[Field], name: str) -> bytes:
    """The value of the topmost field of that name; empty if there is none."""
    return next((field.value for field in fields if field.name == name), b"")


def _join(pieces: Sequence[tuple[int, bool, str]]) -> Parameter:
    """Put RFC 2231 continuations together; the charset stands in the first one."""
    charset = ""
    data: list[bytes] = []
    for number, (_, encoded, value) in enumerate(sorted(pieces, key=lambda piece: piece[0])):
        part = value
        if encoded and number == 0 and value.count("'") >= 2:
            charset, _, part = value.split("'", 2)
        octets = part.encode("latin-1", "replace")
        data.append(_PERCENT.sub(lambda found: bytes((int(found.group(1), 16),)), octets) if encoded else octets)
    return Parameter(value=b"".join(data), charset=charset)


def structured(value: bytes) -> tuple[str, dict[str, Parameter]]:
    """Take a Content-Type or Content-Disposition apart: the value in lower case, and the parameters by name.

    The first of two equal parameters counts; an RFC 2231 form (`name*`, `name*0`) goes before the plain one.
    """
    text = _NO_SEMICOLON.sub(r"\1;", value[:TEXT_CHARACTERS].decode("latin-1"))
    cut = text.find(";")
    main = _COMMENT.sub(" ", text if cut < 0 else text[:cut]).strip().strip('"').lower()
    plain: dict[str, Parameter] = {}
    extended: dict[str, list[tuple[int, bool, str]]] = {}
    for found in _PARAMETER.finditer(text, max(cut, 0)):
        content = found.group(2)
        content = _ESCAPED.sub(r"\1", content) if content is not None else found.group(3).strip()
        name = _CONTINUED.fullmatch(found.group(1).lower())
        if name is None:
            continue
        base, index, encoded = name.group(1), name.group(2), bool(name.group(3))
        if index is None and not encoded:
            plain.setdefault(base, Parameter(value=content.encode("latin-1")))
            continue
        pieces = extended.setdefault(base, [])
        if all(piece[0] != int(index or 0) for piece in pieces):
            pieces.append((int(index or 0), encoded, content))
    return main, plain | {base: _join(pieces) for base, pieces in extended.items()}
