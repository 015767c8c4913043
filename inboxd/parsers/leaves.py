"""A message cut into its leaves: which of them are its text, which are its files, and the text put together.

Fails with `MisplacedError` alone, where a mail that was streamed must be read whole.
"""

from __future__ import annotations

import html as html_text
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from inboxd.parsers import mime, uuencoded
from inboxd.parsers.charsets import decode, one_line
from inboxd.parsers.encoded_words import decode_words
from inboxd.parsers.headers import first, read_block, structured
from inboxd.parsers.html_text import html_to_text
from inboxd.parsers.parts import Part
from inboxd.parsers.sniffing import sniff
from inboxd.parsers.streamed import Stretch
from inboxd.settings import LimitSettings

_LONGEST_BODY = 2 * 1024 * 1024
_BODY_TYPES = ("text/plain", "text/html")
_NO_PROSE = frozenset({"text/rtf", "text/calendar", "text/vcard"})
# Exchange's own name for a stretch of the body that Apple Mail or a list server placed behind a file.
_CUT_OFF = re.compile(r"att[0-9]{5}\.{1,2}(?:txt|html?)", re.IGNORECASE)
_SPARE_BODY_TYPES = ("text/enriched", "text/richtext", "text/markdown", "text/x-markdown")

_LEADING = re.compile(rb"(?:\xef\xbb\xbf|[ \t]*(?:\r\n|\r|\n)|>?From (?![ \t]*:)[^\r\n]*(?:\r\n|\r|\n))+")
_FIELD_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_FIRST_FIELD = re.compile(
    rb"[\r\n](?=(?:return-path|received|from|to|date|subject|message-id|mime-version|delivered-to):)", re.IGNORECASE
)
# What no person writes, and what backtracking expressions further on would take quadratic time for.
_OVERLONG = re.compile(r"(?<!\S)\S{1001,}|(?<![^\S\n])[^\S\n]{201,}")
_LONGEST_WORD, _LONGEST_BLANK = 1000, 200


def beginning(raw: bytes) -> tuple[int, tuple[str, ...]]:
    """Where the first header field begins, past BOM, blank lines, From_ lines and a stray line of text."""
    lead = _LEADING.match(raw)
    start = lead.end() if lead else 0
    if _FIELD_LINE.match(raw, start):
        return start, ("leading_junk",) if raw.startswith((b"\xef\xbb\xbf", b">From ")) else ()
    found = _FIRST_FIELD.search(raw, start, start + 1000)
    return (found.end(), ("leading_junk",)) if found else (start, ())


def _on_lines(run: re.Match[str]) -> str:
    size = _LONGEST_BLANK if run[0].isspace() else _LONGEST_WORD
    return "\n".join(run[0][at : at + size] for at in range(0, len(run[0]), size))


class Leaves:
    """One pass over the tree of one message: splits its leaves into body texts and parts."""

    def __init__(self, raw: bytes, limits: LimitSettings, taken_out: Sequence[Stretch] = ()) -> None:
        """`taken_out` of `raw` already; raises `MisplacedError` if that is not the base64 of its files."""
        self.raw = raw
        self.root, defects = mime.cut(
            raw,
            max_parts=limits.max_parts,
            max_depth=limits.max_depth,
            max_header_bytes=limits.max_header_bytes,
        )
        self.defects: dict[str, None] = dict.fromkeys(defects)
        self.left = {"plain": _LONGEST_BODY, "html": _LONGEST_BODY}
        self.leaves = tuple(self.root.leaves())
        self.taken_out = mime.placed(raw, self.leaves, taken_out)
        texts = [leaf for leaf in self.leaves if leaf.content_type in _BODY_TYPES]
        self.charset = next((leaf.parameters["charset"].text() for leaf in texts if "charset" in leaf.parameters), "")
        self.parts = {leaf.path: self._part(leaf) for leaf in self.leaves}
        self.body = self._body_paths()
        self.parts = {part.path: part for part in self._with_uuencoded()}

    def _part(self, leaf: mime.Entity) -> Part:
        disposition, parameters = structured(first(leaf.fields, "content-disposition"))
        disposed, typed = parameters.get, leaf.parameters.get
        # The last two are nobody's rule, and are sent.
        names = disposed("filename"), typed("name"), disposed("name"), typed("filename")
        name = next((found for found in names if found is not None and found.value), None)
        content, defect = mime.content(self.raw, leaf, self.taken_out.get(leaf.path))
        if defect:
            self.defects.setdefault(defect)
        return Part(
            path=leaf.path,
            content_type=leaf.content_type,
            parameters=leaf.parameters,
            filename=name.text(self.charset) if name else "",
            disposition=disposition,
            content_id=one_line(decode(first(leaf.fields, "content-id"))[0]).strip("<> "),
            content_location=one_line(decode(first(leaf.fields, "content-location"))[0]),
            parent=leaf.parent,
            content=content,
        )

    def _body_paths(self) -> frozenset[str]:
        """Leaves that are the text of the mail: unnamed plain text and HTML; else the first named one (M15).

        What Exchange cut off the text goes on with it, as a reader sees it.
        """
        cut_off = [part for part in self.parts.values() if _is_cut_off(part)]
        going_on = frozenset(part.path for part in cut_off)
        own = [p for p in self.parts.values() if p.disposition in ("", "inline") and p.path not in going_on]
        for types, named in ((_BODY_TYPES, False), (_SPARE_BODY_TYPES, False), (_BODY_TYPES, True)):
            fitting = [part for part in own if part.content_type in types and bool(part.filename) is named]
            if named and any(part.content.strip() for part in cut_off):
                break
            if any(part.content.strip() for part in fitting):
                return going_on | {part.path for part in (fitting[:1] if named else fitting)}
        # Nothing but blank texts: they are still no documents.
        return going_on | {part.path for part in own if part.content_type in _BODY_TYPES and not part.filename}

    def _with_uuencoded(self) -> Iterator[Part]:
        """The parts; a uuencoded file in the text becomes one after it, such as `1#1`, and the text loses it."""
        for part in self.parts.values():
            if part.path not in self.body or part.content_type == "text/html" or b"begin" not in part.content:
                yield part
                continue
            taken = uuencoded.take_out(part.content)
            if not taken.complete:
                self.defects.setdefault("uuencode")
            yield replace(part, content=taken.text)
            for number, file in enumerate(taken.files, start=1):
                name = decode(file.name, part.parameter("charset"), self.charset)[0]
                yield Part(
                    path=f"{part.path}#{number}",
                    content_type="application/octet-stream",
                    filename=one_line(decode_words(name)),
                    content=file.content,
                    parent=part.content_type,
                )

    def _text(self, part: Part) -> str:
        form = "html" if part.content_type == "text/html" else "plain"
        most = self.left[form]
        text, defect = decode(part.content[: 2 * most], part.parameter("charset"))
        if defect:
            self.defects.setdefault(defect)
        if len(text) > most or len(part.content) > 2 * most:
            self.defects.setdefault("body_too_long")
        text = text[:most].replace("\r\n", "\n").replace("\r", "\n")
        self.left[form] -= len(text)
        return text if form == "html" else _OVERLONG.sub(_on_lines, text)

    def _segments(self, entity: mime.Entity) -> list[tuple[str, str]]:
        """Stretches of the body in order, each as plain text and HTML, one of them empty unless both were sent."""
        if not entity.children:
            if entity.path not in self.body:
                return []
            text = self._text(self.parts[entity.path])
            return [("", text) if entity.content_type == "text/html" else (text, "")]
        below = [segment for child in entity.children for segment in self._segments(child)]
        if entity.content_type != "multipart/alternative" or not below:
            return below
        return [("\n".join(plain for plain, _ in below if plain), "\n".join(page for _, page in below if page))]

    def texts(self) -> tuple[str, str]:
        """The whole body twice: as plain text and as HTML; one is empty if nobody sent that form."""
        segments = self._segments(self.root)
        some_plain = any(plain.strip() for plain, _ in segments)
        some_html = any(page.strip() for _, page in segments)
        if some_plain and some_html:
            # Text in one form only, such as a footer: both views must show it, or it would be overlooked.
            segments = [
                (plain if plain.strip() else html_to_text(page), page or f"<pre>{html_text.escape(plain)}</pre>")
                for plain, page in segments
            ]
        joined = "\n".join(plain for plain, _ in segments if plain), "\n".join(page for _, page in segments if page)
        if "\n=ybegin " in f"\n{joined[0]}":
            self.defects.setdefault("yenc")
        return joined

    def other_parts(self) -> tuple[Part, ...]:
        return tuple(part for path, part in self.parts.items() if path not in self.body)


def _is_cut_off(part: Part) -> bool:
    """By the name that Exchange gave it, and by its bytes: words, and not a file that has lost its name."""
    if part.content_type not in _BODY_TYPES or not _CUT_OFF.fullmatch(part.filename):
        return False
    kind = sniff(part.content)
    words = kind == "application/x-empty" or (kind.startswith("text/") and kind not in _NO_PROSE)
    return words and not is_plainly_a_message(part.content)


def is_plainly_a_message(raw: bytes) -> bool:
    """By its bytes alone, whatever it is called: it has fields that a saved web page or a note has not."""
    start, _ = beginning(raw)
    block = read_block(raw, start, min(len(raw), start + 128 * 1024), 64 * 1024)
    names = {item.name for item in block.fields}
    return (
        "missing_header_body_separator" not in block.defects
        and names >= {"from", "date"}
        and bool(names & {"to", "cc", "bcc", "received", "delivered-to"})
        and bool(names & {"mime-version", "message-id", "received"})
    )
