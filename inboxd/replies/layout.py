"""What a text must look like that leaves as plain text: characters, links, length, and the reference of its case.

Read in the file that an author wrote, where a line can be named, and in what comes of it with values. Pure; gives
sentences, raises nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from inboxd.plan import Value
from inboxd.replies.text import MAX_SUBJECT, PHRASE, Text

LONGEST_TEXT = 20_000
"""Letters of one notice in one language with made-up values; the longest packaged one has a third."""
LONGEST_LINK = 400

_LINK = re.compile(r"""(?i)\b[a-z][a-z0-9+.-]{1,15}://[^\s<>"'{}|]*|\b(?:javascript|data|vbscript|file):[^\s]+""")
_BARE_LINK = re.compile(r"(?i)(?<![/\w@.-])www\.[^\s]+")
_HOST = re.compile(r"(?i)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_MARKUP = re.compile(r"(?i)</?(?:a|b|i|u|p|br|hr|div|span|strong|em|font|table|tr|td|th|ul|ol|li|img|h[1-6]|html|body|"
                     r"head|style|script|title)\b[^>]*>|&(?:nbsp|amp|lt|gt|quot|#\d{2,6}|#x[0-9a-f]{2,6});")
_LEFT_OVER = re.compile(r"\{\s?[{%#]|[}%#]\s?\}|\{ ?[a-z_]+ ?\}")
_STATEMENT = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_WHOLE_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}[0-9]{8,9}(?![A-Za-z0-9])")
_INVISIBLE = frozenset("\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{WORD JOINER}\ufeff\ufffc\ufffd")


def flaws_in_file(text: str) -> Iterator[tuple[int, str]]:
    """Line and sentence for what must not stand in a template, whatever its values are."""
    bare = _STATEMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for number, (line, written) in enumerate(zip(text.split("\n"), bare.split("\n"), strict=True), start=1):
        for letter in sorted({letter for letter in line if _is_odd(letter)}):
            yield number, f"holds {_name_of(letter)}, which a reader cannot see; take it out"
        if markup := _MARKUP.search(written):
            yield number, f"holds {markup[0]!r}: notices are plain text, and readers would see it as it stands"
        if left := _LEFT_OVER.search(written):
            yield number, f"{left[0]!r} would stand in what the reader gets; a value is written {{{{ number }}}}"
        for sentence in _links(written):
            yield number, sentence
        if written.rstrip("\n") == "-- ":
            yield number, "a line of two hyphens and a space hides all that follows in many mail programs"


def _is_odd(letter: str) -> bool:
    return letter in _INVISIBLE or unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


def _name_of(letter: str) -> str:
    if letter == "\t":
        return "a tab"
    return unicodedata.name(letter, f"the control character U+{ord(letter):04X}").lower()


def links_in(text: str) -> list[str]:
    """The links that an author wrote out, in order; those that a value brings are the settings'."""
    return [found.rstrip(".,;:!?)»") for found in _LINK.findall(_STATEMENT.sub(" ", text))]


def _links(line: str) -> Iterator[str]:
    for bare in _BARE_LINK.findall(_LINK.sub(" ", line)):
        yield f"write {bare} with https:// before it, so that it is a link for everybody"
    for link in links_in(line):
        parts = urlsplit(link)
        if parts.scheme.lower() != "https":
            yield f"the link {link} must begin with https://"
        elif parts.username is not None or "@" in parts.netloc:
            yield f"the link {link} holds an @ before its host: it leads elsewhere than it seems to"
        elif not _HOST.fullmatch(parts.netloc.rsplit(":", 1)[0]):
            yield f"the link {link} has no host that a reader could reach"
        elif len(link) > LONGEST_LINK:
            yield f"a link is longer than {LONGEST_LINK} letters"


def flaws_in_text(text: Text, values: Mapping[str, Value], *, is_sample: bool = True) -> Iterator[tuple[int, str]]:
    """Line (1: of the subject; 0: anywhere) and sentence for what is wrong with a notice as its reader would get it.

    Not of a sample: what a sender wrote may be long, which is not the author's fault.
    """
    if not text.subject:
        yield 1, "the subject is empty for some values"
    if PHRASE.search(text.subject):
        yield 1, "the subject must not hold the submission phrase"
    if _WHOLE_NUMBER.search(text.subject):
        yield 1, "the subject shows a whole number; use the masked one"
    if is_sample and len(text.subject) >= MAX_SUBJECT:
        yield 1, f"the subject is longer than {MAX_SUBJECT} letters for some values"
    if not text.body.strip():
        yield 0, "the text is empty for some values"
    if is_sample and len(text.body) > LONGEST_TEXT:
        yield 0, f"the text is longer than {LONGEST_TEXT:,} letters for some values"
    reference = values.get("reference")
    if isinstance(reference, str) and reference and reference not in text.subject and reference not in text.body:
        yield 0, "does not show the reference; a notice about a case says {{ reference }}"
