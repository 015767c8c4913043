"""A large mail that comes piece by piece: its base64 is decoded meanwhile, so that it is never held twice.

Only stretches of equal lines of base64 are taken out of the text, each with all that is needed to put it back to the
letter (`Streamed.whole`). Whoever finds one where he did not expect it reads the whole mail instead, so what is read
is the same with and without (`tests/unit/test_streamed.py`). Pure; never fails.
"""

from __future__ import annotations

import binascii
import io
import re
from dataclasses import dataclass
from functools import cache

LARGE_BYTES = 2 * 1024 * 1024
"""Smaller mails stay as they are."""
LEAST_BYTES = 64 * 1024
"""Of base64; a shorter stretch stays where it is."""
_FIRST = re.compile(rb"(?<=\n)((?:[A-Za-z0-9+/]{4}){10,240})(\r?\n)")
_LONGEST_LINE = 1024
_QUADS = re.compile(rb"(?:[A-Za-z0-9+/]{4}|[\r\n])*+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Lines of base64 that were taken out of a text, at this place in what is left."""

    at: int
    letters: int
    """In each line."""
    line_end: bytes
    decoded: io.BytesIO

    def encoded(self) -> bytes:
        """The lines to the letter: base64 without padding can be written in one way only."""
        one = self.letters // 4 * 3
        with self.decoded.getbuffer() as decoded:
            lines = (
                binascii.b2a_base64(decoded[at : at + one], newline=False) for at in range(0, len(decoded), one)
            )
            return b"".join(line + self.line_end for line in lines)

    def joined(self, before: bytes, after: bytes) -> bytes:
        """What it says between these bytes. Uses it up: nothing of that size is copied that need not be."""
        self.decoded.seek(0, io.SEEK_END)
        self.decoded.write(after)
        return before + self.decoded.getvalue() if before else self.decoded.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """The bytes of a mail, of which some are decoded already."""

    text: bytes
    """Without what was taken out."""
    taken_out: tuple[Stretch, ...] = ()
    size: int
    """Of the whole, in bytes."""

    @classmethod
    def of(cls, raw: bytes) -> Streamed:
        """A mail as it is, with nothing taken out."""
        return cls(text=raw, size=len(raw))

    def whole(self) -> bytes:
        """The mail to the letter."""
        if not self.taken_out:
            return self.text
        pieces, at = [], 0
        for stretch in self.taken_out:
            pieces += [self.text[at : stretch.at], stretch.encoded()]
            at = stretch.at
        return b"".join((*pieces, self.text[at:]))


class Streaming:
    """Takes a mail in, piece by piece."""

    def __init__(self, large_bytes: int = LARGE_BYTES, least_bytes: int = LEAST_BYTES) -> None:
        """`large_bytes`: nothing is taken out of a smaller mail; `least_bytes`: no stretch that is shorter."""
        self._large, self._least = large_bytes, least_bytes
        self._small: io.BytesIO | None = io.BytesIO()
        self._text = io.BytesIO()
        self._rest = b""
        self._at = 0
        self._stretch: Stretch | None = None
        self._taken_out: list[Stretch] = []
        self._size = 0

    def write(self, piece: bytes) -> int:
        """The next bytes of the mail."""
        self._size += len(piece)
        if self._small is None:
            self._take(piece)
            return len(piece)
        self._small.write(piece)
        if self._small.tell() > self._large:
            begun, self._small = self._small.getvalue(), None
            self._take(begun)
        return len(piece)

    def done(self) -> Streamed:
        """The mail; nothing more comes."""
        if self._small is not None:
            return Streamed(text=self._small.getvalue(), size=self._size)
        self._close()
        self._text.write(self._rest)
        return Streamed(text=self._text.getvalue(), taken_out=tuple(self._taken_out), size=self._size)

    def _take(self, piece: bytes) -> None:
        self._rest += piece
        self._at = 0
        while self._on_with_it() if self._stretch else self._look_for_one():
            pass
        self._rest = self._rest[self._at :]

    def _look_for_one(self) -> bool:
        """Write what is no base64; False: there is no more to be seen yet."""
        found = _FIRST.search(self._rest, self._at)
        if found is None:
            # the last line may be the beginning of one; with the line end before it, by which it is known
            end = len(self._rest)
            kept = self._rest.rfind(b"\n", max(self._at, end - _LONGEST_LINE))
            self._write_to(kept if kept >= 0 else end)
            return False
        self._write_to(found.start())
        self._stretch = Stretch(
            at=self._text.tell(), letters=len(found[1]), line_end=found[2], decoded=io.BytesIO()
        )
        return True

    def _write_to(self, end: int) -> None:
        self._text.write(self._rest[self._at : end])
        self._at = end

    def _on_with_it(self) -> bool:
        """Decode the lines that are there; False: the next one is not there yet."""
        stretch = self._stretch
        assert stretch is not None
        lines = _lines(stretch.letters, stretch.line_end).match(self._rest, self._at)
        if lines is not None and lines[0]:
            stretch.decoded.write(binascii.a2b_base64(lines[0]))
            self._at = lines.end()
        if len(self._rest) - self._at < stretch.letters + len(stretch.line_end):
            return False
        self._close()
        return True

    def _close(self) -> None:
        """The stretch ends here. Its last line stays in the text: what follows begins behind a line, as before."""
        stretch, self._stretch = self._stretch, None
        if stretch is None:
            return
        one = stretch.letters // 4 * 3
        size = stretch.decoded.tell()
        if size // 3 * 4 < self._least or size < 2 * one:
            self._text.write(stretch.encoded())
            return
        stretch.decoded.seek(size - one)
        last = stretch.decoded.read()
        stretch.decoded.seek(size - one)
        stretch.decoded.truncate()
        self._taken_out.append(stretch)
        self._text.write(binascii.b2a_base64(last, newline=False) + stretch.line_end)


@cache
def _lines(letters: int, line_end: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:[A-Za-z0-9+/]{%d}%s)*+" % (letters, line_end))


def is_even(text: bytes) -> bool:
    """Whether these lines are nothing but base64 in full groups of four letters, after which another may go on."""
    return _QUADS.fullmatch(text) is not None
