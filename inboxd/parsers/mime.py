"""The MIME tree as spans of the raw bytes (RFC 2045, 2046): nothing is copied, re-serialised or lost.

The tree is cut here and not by the `email` package, because attachments are evidence: a nested message must keep its
original bytes, and a hostile one must cost no more than its length. Bounds on depth and number of parts turn what is
beyond them into one leaf with its raw bytes, named as a defect. Never fails.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inboxd.parsers import uuencoded
from inboxd.parsers.encoded_words import unbase64
from inboxd.parsers.headers import Field, Parameter, first, read_block, structured
from inboxd.parsers.streamed import Stretch, is_even

_TYPE = re.compile(r"[a-z0-9!#$&^_.+*'`{|}~%-]+/[a-z0-9!#$&^_.+*'`{|}~%-]+")
_GUESS = re.compile(rb"(?:\A|[\r\n])--([^\s-][^\r\n]{0,70}?)[ \t]*\r?\n(?=(?:content-|mime-))", re.IGNORECASE)
_GUESS_WITHIN = 64 * 1024
_PART_HEADER_BYTES = 64 * 1024
_DEEPEST = 100
"""No setting goes deeper: each level is a level of recursion."""
_SHOWN_TO_LIBRARIES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A node of the tree. A leaf has no children; its body is `raw[start:end]`, still transfer-encoded."""

    path: str
    fields: tuple[Field, ...]
    content_type: str
    parameters: Mapping[str, Parameter]
    start: int
    end: int
    parent: str
    """Content type of the container; empty at the root."""
    children: tuple[Entity, ...] = ()
    closed: bool = True
    """The closing boundary was there."""

    def leaves(self) -> Iterator[Entity]:
        """All leaves, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


class _Cutter:
    """One pass over one message; counts parts and collects defects."""

    def __init__(self, raw: bytes, max_parts: int, max_depth: int) -> None:
        self.raw = raw
        self.left = max_parts
        self.max_depth = min(max_depth, _DEEPEST)
        self.defects: dict[str, None] = {}

    def entity(self, start: int, end: int, *, path: str, parent: str, limit: int, depth: int) -> Entity:
        block = read_block(self.raw, start, end, limit)
        for defect in block.defects:
            self.defects.setdefault(defect)
        declared, parameters = structured(first(block.fields, "content-type"))
        if sum(field.name == "content-type" for field in block.fields) > 1:
            self.defects.setdefault("repeated_content_type")
        named = _TYPE.match(declared)
        if named is not None:
            content_type = named.group()
        else:
            content_type = "message/rfc822" if parent == "multipart/digest" else "text/plain"
        if declared and content_type != declared:
            self.defects.setdefault("content_type_unreadable")
        self.left -= 1
        children: tuple[Entity, ...] = ()
        closed = True
        if content_type.startswith("multipart/"):
            if depth >= self.max_depth:
                self.defects.setdefault("too_deep")
            else:
                boundary = parameters["boundary"].value.rstrip() if "boundary" in parameters else b""
                pieces, closed = self._pieces(block.body, end, boundary)
                if pieces:
                    children = self._children(pieces, path if parent else "", content_type, depth)
                else:
                    self.defects.setdefault("start_boundary_not_found")
                    # Nothing to divide it by: what is there is text, and a person must see it.
                    content_type = "text/plain"
        return Entity(
            path=path,
            fields=block.fields,
            content_type=content_type,
            parameters=parameters,
            start=block.body,
            end=end,
            parent=parent,
            children=children,
            closed=closed,
        )

    def _children(self, pieces: Sequence[tuple[int, int]], path: str, parent: str, depth: int) -> tuple[Entity, ...]:
        children: list[Entity] = []
        for number, (start, end) in enumerate(pieces, start=1):
            place = f"{path}.{number}" if path else str(number)
            if self.left <= 0:
                self.defects.setdefault("too_many_parts")
                children.append(
                    Entity(
                        path=place,
                        fields=(),
                        content_type="multipart/mixed",  # MIME source, not a file; `attachments` must not sniff it
                        parameters={},
                        start=start,
                        end=pieces[-1][1],
                        parent=parent,
                    )
                )
                break
            children.append(
                self.entity(start, end, path=place, parent=parent, limit=_PART_HEADER_BYTES, depth=depth + 1)
            )
        return tuple(children)

    def _pieces(self, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
        pieces, closed = self._divide(start, end, boundary) if boundary else ([], False)
        if not pieces and (guess := _GUESS.search(self.raw, start, min(end, start + _GUESS_WITHIN))):
            self.defects.setdefault("boundary_guessed")
            pieces, closed = self._divide(start, end, guess.group(1))
        if pieces and not closed:
            self.defects.setdefault("close_boundary_not_found")
        return pieces, closed

    def _divide(self, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
        raw, delimiter = self.raw, b"--" + boundary
        # Searched with its line end before it: alone, a boundary of dashes would be found at every dash.
        line_end = b"\n" if raw.find(b"\n", start, end) >= 0 else b"\r"
        pieces: list[tuple[int, int]] = []
        opened = -1
        at = start if raw.startswith(delimiter, start, end) else self._next(line_end + delimiter, start, end)
        while at >= 0:
            here, at = at, self._next(line_end + delimiter, at, end)
            after = here + len(delimiter)
            closing = raw.startswith(b"--", after, end)
            after += 2 if closing else 0
            while after < end and raw[after] in b" \t":
                after += 1
            if after < end and raw[after] not in b"\r\n":
                continue
            if opened >= 0:
                pieces.append((opened, self._before_line_end(opened, here)))
            if closing:
                return pieces, True
            opened = min(end, after + (2 if raw.startswith(b"\r\n", after, end) else 1))
        if 0 <= opened < end:
            pieces.append((opened, end))
        return pieces, False

    def _next(self, wanted: bytes, position: int, end: int) -> int:
        """Where the next delimiter itself begins, after its line end; -1 if there is none."""
        found = self.raw.find(wanted, position, end)
        return found + 1 if found >= 0 else -1

    def _before_line_end(self, start: int, at: int) -> int:
        """The line end before a boundary belongs to the boundary (RFC 2046 5.1.1)."""
        if at - 2 >= start and self.raw.startswith(b"\r\n", at - 2):
            return at - 2
        return at - 1 if at - 1 >= start and self.raw[at - 1] in b"\r\n" else at


def cut(raw: bytes, *, max_parts: int, max_depth: int, max_header_bytes: int) -> tuple[Entity, tuple[str, ...]]:
    """Cut `raw` into its tree; returns the root and the defects met. The caller has taken away what comes before."""
    cutter = _Cutter(raw, max_parts, max_depth)
    root = cutter.entity(0, len(raw), path="1", parent="", limit=max_header_bytes, depth=0)
    return root, tuple(cutter.defects)


def _unuuencode(body: bytes) -> tuple[bytes, str]:
    """The one file that the body is; anything odd leaves the bytes as they are, with a defect."""
    taken = uuencoded.take_out(body)
    if len(taken.files) != 1 or not taken.complete:
        return body, "uuencode_damaged"
    return taken.files[0].content, ""


class MisplacedError(Exception):
    """What was taken out of a mail as base64 is not the base64 of one of its files."""


def placed(raw: bytes, leaves: Sequence[Entity], taken_out: Sequence[Stretch]) -> Mapping[str, Stretch]:
    """By the path of a leaf, what was taken out of it: one stretch that goes on, to the letter, where it was cut.

    Raises `MisplacedError`.
    """
    found = {
        leaf.path: stretch
        for stretch in taken_out
        for leaf in leaves
        if leaf.start <= stretch.at < leaf.end
        and _encoding(leaf) == b"base64"
        and is_even(raw[leaf.start : stretch.at])
    }
    if len(found) < len(taken_out):
        raise MisplacedError
    return found


def _encoding(entity: Entity) -> bytes:
    words = first(entity.fields, "content-transfer-encoding").split()
    return words[0].lower().strip(b'";') if words else b""


def content(raw: bytes, entity: Entity, stretch: Stretch | None = None) -> tuple[bytes, str]:
    """The decoded bytes of a leaf, exactly; the second value is a defect or empty.

    `stretch`: what was taken out of it, if it is `placed` there; it is used up.
    """
    if stretch is not None:
        with memoryview(raw) as whole, whole[stretch.at : entity.end] as rest:
            after, defect = unbase64(rest)
        return stretch.joined(binascii.a2b_base64(raw[entity.start : stretch.at]), after), defect
    with memoryview(raw) as whole, whole[entity.start : entity.end] as body:  # no copy of what is decoded anyway
        match _encoding(entity):
            case b"base64":
                return unbase64(body)
            case b"quoted-printable":
                return binascii.a2b_qp(body), ""
            case b"x-uuencode" | b"uuencode" | b"uue" | b"x-uue":
                return _unuuencode(bytes(body))
            case b"" | b"7bit" | b"8bit" | b"binary":
                return bytes(body), ""
            case _:
                return bytes(body), "transfer_encoding_unknown"


def skeleton(entity: Entity, top: bytes | None = None) -> bytes:
    """The mail without the bodies of its leaves, for a library that judges headers and structure.

    `top` replaces the root's header block (each line with its line end). Long structured fields are cut short.
    """
    lines = top
    if lines is None:
        lines = b"".join(
            field.name.encode("ascii") + b": " + field.value[:_SHOWN_TO_LIBRARIES] + b"\r\n" for field in entity.fields
        )
    parts = [lines, b"\r\n"]
    if entity.children:
        boundary = entity.parameters["boundary"].value.rstrip() if "boundary" in entity.parameters else b""
        for child in entity.children:
            parts += [b"--", boundary, b"\r\n", skeleton(child), b"\r\n"]
        if entity.closed:
            parts += [b"--", boundary, b"--\r\n"]
    return b"".join(parts)
