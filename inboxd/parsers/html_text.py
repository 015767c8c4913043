"""The HTML of a mail as plain text that a person would read: blocks as lines, quotes marked with `>`.

Alone imports selectolax (lexbor). Nothing is fetched; scripts, styles and hidden text are dropped, because words that
no reader sees must not decide anything. Links are kept as their text and the host they lead to.
Never raises: any bytes are some HTML, and lexbor reads all of them.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from inboxd.parsers.characters import few_marks

_DROPPED = frozenset(("script", "style", "head", "title", "template", "noscript", "object", "svg", "math", "iframe",
                      "select", "textarea", "button"))
_SPACED = frozenset(("p", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre"))
"""Blocks that a browser sets apart by an empty line."""
_BLOCKS = _SPACED | frozenset((
    "div", "br", "tr", "li", "dt", "dd", "tbody", "thead", "hr", "section", "article", "header", "footer", "main",
    "center", "address", "form", "fieldset", "figure", "body",
))
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)|max-height\s*:\s*0(?:px|pt)?\s*(?:;|!|$)", re.IGNORECASE)
_NO_MARGIN = re.compile(r"margin(?:-(?:top|bottom))?\s*:\s*0", re.IGNORECASE)
_INDENTED = re.compile(r"border\s*:\s*none|margin(?:-left)?\s*:[^;]*40px", re.IGNORECASE)
_SIGNATURE = re.compile(r"signature", re.IGNORECASE)
"""Class or id by which mail programs mark a signature: gmail_signature, moz-signature, ms-outlook-mobile-signature …"""
_RULE = "_" * 32
_NESTING_TAG = re.compile(r"<(/?)(?!(?:p|li|t[dhr]|br|img|hr|meta|link|input|col|wbr|area|base|o:p)\b)[a-z][^\s<>/]*",
                          re.IGNORECASE)
"""Tags that open a level; those that close by themselves or are empty do not count."""
_MOST_DEPTH = 1000
_MOST_NODES = 400_000
"""Far above any letter; a tree beyond it is cut so that one mail cannot hold up the next."""


def html_to_text(html: str) -> str:
    """Plain text of an HTML body, `\\n` line ends, no more than one empty line in a row."""
    if _too_deep(html):
        return few_marks(_without_tags(html))  # entities can be marks
    body = LexborHTMLParser(html.replace("\x00", "")).body
    writer = _Writer()
    if body is not None:
        _walk(body, writer)
    return few_marks(writer.text())


def _too_deep(html: str) -> bool:
    """Whether elements nest as no mail program nests them; building such a tree takes quadratic time."""
    depth = 0
    for tag in _NESTING_TAG.finditer(html):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > _MOST_DEPTH:
            return True
    return False


def _without_tags(html: str) -> str:
    """Plain text of HTML that is too deep for a tree: tags out, nothing lost, scripts too."""
    text = unescape(re.sub(r"<[^<>]*>", "\n", html))
    return "\n".join(line for line in (" ".join(each.split()) for each in text.split("\n")) if line)


class _Writer:
    """Collects runs of text into lines and puts the quote marks of the current depth before each."""

    def __init__(self) -> None:
        self.depth = 0
        self.written = 0
        """Characters so far that are not white space: tells an empty block from a full one."""
        self._lines: list[str] = []
        self._line: list[str] = []

    def add(self, text: str) -> None:
        self._line.append(text)
        self.written += len(text.strip())

    def end_line(self, *, blank_after: bool = False) -> None:
        content = re.sub(r"[^\S\n]+", " ", "".join(self._line)).strip()
        self._line.clear()
        if content:
            self._lines.append(self._mark + content)
        if blank_after:
            self.blank()

    @property
    def _mark(self) -> str:
        return "> " * self.depth

    def blank(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._mark.rstrip())

    def leave_quote(self) -> None:
        while self._lines and not self._lines[-1].strip("> "):
            self._lines.pop()
        self.depth -= 1
        self.blank()

    def new_line(self) -> None:
        """A `<br>`: ends the line, and one that is already ended leaves an empty line."""
        if "".join(self._line).strip():
            self.end_line()
        else:
            self._line.clear()
            self.blank()

    def text(self) -> str:
        self.end_line()
        return "\n".join(self._lines).strip("\n")


def _walk(root: LexborNode, writer: _Writer) -> None:
    """Depth first without recursion: hostile mail nests thousands of elements."""
    todo: list[tuple[LexborNode, int]] = [(root, _OPEN)]
    seen = 0
    while todo and seen < _MOST_NODES:
        node, written = todo.pop()
        seen += 1
        tag = node.tag or ""
        if written != _OPEN:
            _close(node, tag, writer, empty=writer.written == written)
        elif tag == "-text":
            writer.add(_inline(node))
        elif tag and not tag.startswith(("-", "_", "!")) and tag not in _DROPPED:
            attributes = node.attributes
            if "hidden" in attributes or _HIDDEN.search(attributes.get("style") or ""):
                continue
            _open(tag, attributes, writer)
            todo.append((node, writer.written))
            children: list[tuple[LexborNode, int]] = []
            child = node.first_child
            while child is not None:
                children.append((child, _OPEN))
                child = child.next
            todo.extend(reversed(children))


_OPEN = -1


def _inline(node: LexborNode) -> str:
    text = node.text_content or ""
    parent = node.parent
    if parent is not None and parent.tag == "pre":
        return text.replace("\r", "")
    return re.sub(r"[\s\u00a0]+", " ", text)


def _open(tag: str, attributes: dict[str, str | None], writer: _Writer) -> None:
    if tag == "br":
        writer.new_line()
    elif tag == "hr" or attributes.get("id") == "divRplyFwdMsg":
        writer.end_line()
        writer.blank()
        writer.add(_RULE)
        writer.end_line()
    elif tag in _BLOCKS:
        writer.end_line()
    if tag in ("div", "span", "table") and _SIGNATURE.search(f"{attributes.get('class')} {attributes.get('id')}"):
        writer.end_line()
        writer.add("-- ")
        writer.end_line()
    if tag == "li":
        writer.add("- ")
    elif tag in ("td", "th"):
        writer.add(" ")
    elif tag == "blockquote" and _is_quote(attributes):
        writer.blank()
        writer.depth += 1


def _is_quote(attributes: dict[str, str | None]) -> bool:
    """A quote, not an indented paragraph of the sender's own (Gmail and Outlook indent with blockquote too)."""
    if attributes.get("type") == "cite" or "cite" in attributes or "quote" in (attributes.get("class") or ""):
        return True
    style = attributes.get("style") or ""
    return "border-left" in style.lower() or not _INDENTED.search(style)


def _close(node: LexborNode, tag: str, writer: _Writer, *, empty: bool) -> None:
    attributes = node.attributes
    if tag == "a":
        writer.add(_host_note(attributes.get("href") or "", node.text()))
    elif tag in _BLOCKS and tag != "br":
        close_set = _NO_MARGIN.search(attributes.get("style") or "") or "Mso" in (attributes.get("class") or "")
        writer.end_line(blank_after=tag in _SPACED and not close_set)
        if tag == "blockquote" and _is_quote(attributes):
            writer.leave_quote()
        elif tag in ("p", "div") and empty:
            writer.blank()


def _host_note(href: str, shown: str) -> str:
    """` (https://host)` behind a link whose text does not show where it leads."""
    host = host_of(href)
    if not host or host in shown.lower():
        return ""
    return f" (https://{host})"


def host_of(address: str) -> str:
    """Host of an http(s) address, lower case; empty for anything else or if it cannot be read."""
    try:
        parts = urlsplit(address.strip())
        return (parts.hostname or "").lower().rstrip(".") if parts.scheme.lower() in ("http", "https") else ""
    except ValueError:  # a broken IPv6 host
        return ""
