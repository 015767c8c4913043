"""Signatures, disclaimers and footers at the end of the sender's own text, cut off paragraph by paragraph.

What is cut is shaped like the signature of a parliamentary office in either language (`office_blocks`), is one of the
notices that programs put under every mail (`notices`), or is what offices put under signatures for anybody to read
(`footers`). A paragraph under a signature that is none of these stays the sender's own: a postscript may be the news.
Pure; never fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inboxd.parsers.footers import is_banner, is_footer, speaks_to_anybody
from inboxd.parsers.notices import device_lines, is_notice
from inboxd.parsers.office_blocks import DELIMITER, find_block, is_label, is_name, is_short, is_sign_off, is_title
from inboxd.parsers.own_voice import tells_of_case

_LAST_PARAGRAPHS = 16
_MOST_LINES = 24
"""Lines and paragraphs from the end in which a signature can begin."""


def cut_signature(text: str, *, may_be_all: bool = False) -> tuple[str, str]:
    """The sender's own words and what stands under them. Together they hold every line of `text`.

    `may_be_all`: a text that begins with an office block may be a signature from its first line on (a forward without
    a word); otherwise such a block is a letterhead.
    """
    paragraphs = [paragraph.split("\n") for paragraph in re.split(r"\n[^\S\n]*\n\s*", text.strip("\n"))]
    top: list[list[str]] = []
    while len(paragraphs) > 1 and is_banner(paragraphs[0]):
        top.append(paragraphs.pop(0))
    own: list[list[str]] = list(paragraphs)
    tail: list[list[str]] = []
    start = _signature_start(paragraphs, may_be_all=may_be_all)
    if start is not None:
        place, first, end = start
        own = [paragraph for at, paragraph in enumerate(paragraphs[:place]) if not at or not _is_whole_block(paragraph)]
        tail += [paragraph for paragraph in paragraphs[1:place] if _is_whole_block(paragraph)]
        if paragraphs[place][:first]:
            own.append(paragraphs[place][:first])
        tail.append(paragraphs[place][first:end])
        if not paragraphs[place][:first]:
            _take_names(own, tail)
        below = [paragraphs[place][end:], *paragraphs[place + 1 :]]
        for paragraph in below:
            if paragraph:
                (tail if _belongs_under(paragraph) else own).append(paragraph)
    while len(own) > 1 and _is_under(own):
        tail.insert(0, own.pop())
    if len(own) > 2 and is_name(own[-1]) and _is_device_note(own[-2]):
        tail[:0] = [own.pop(-2), own.pop()]
    if own and device_lines(own[-1]):
        lines = own.pop()
        cut = device_lines(lines)
        own.append(lines[:-cut])
        tail.insert(0, lines[-cut:])
    return _join(own), _join([*top, *tail])


def _join(paragraphs: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines).strip()


def _is_whole_block(paragraph: Sequence[str]) -> bool:
    """A signature between the two languages of one letter, or between two cases."""
    return 1 < len(paragraph) <= _MOST_LINES and is_name(paragraph[:1]) and find_block(paragraph) == (0, len(paragraph))


def _take_names(own: list[list[str]], tail: list[list[str]]) -> None:
    """Titles and one name, each a paragraph of its own above the block, as programs with wide lines write them."""
    while len(own) > 1 and len(own[-1]) == 1 and is_title(own[-1][0]) and not _announces(own, len(own) - 1):
        tail.insert(0, own.pop())
    if len(own) > 1 and is_name(own[-1]) and not _announces(own, len(own) - 1):
        tail.insert(0, own.pop())


def _announces(paragraphs: Sequence[Sequence[str]], place: int) -> bool:
    """The line above that paragraph ends with a colon: what follows is the sender's matter."""
    above = paragraphs[place - 1][-1].rstrip() if place else ""
    return above.endswith(":") and not is_sign_off(above)


def _is_signed(own: Sequence[Sequence[str]]) -> bool:
    """The last but one paragraph ends with a name under a sign-off, or is a name."""
    if len(own) < 2:
        return False
    above = own[-2]
    if not is_name(above[-1:]):
        return False
    return len(above) == 1 or is_sign_off(above[-2])


def _is_under(own: Sequence[Sequence[str]]) -> bool:
    """Whether the last paragraph of what is left is nobody's words. What stands under a block was judged before."""
    last = own[-1]
    if _announces(own, len(own) - 1):
        return False
    return (
        is_notice(last)
        or is_footer(last, under_signature=_is_signed(own))
        or _is_device_note(last)
        or _is_device_and_name(last)
    )


def _is_device_and_name(paragraph: Sequence[str]) -> bool:
    """`Get Outlook for iOS` and under it a name or a short signature."""
    return (
        1 < len(paragraph) <= 4 and device_lines(paragraph[:1]) == 1 and all(is_label(line) for line in paragraph[1:])
    )


def _signature_start(paragraphs: Sequence[Sequence[str]], *, may_be_all: bool) -> tuple[int, int, int] | None:
    """Paragraph and lines where the signature begins and where its block ends; None if there is none.

    The first place under which nothing is the sender's own; where there is none, the last that looks like a start.
    """
    candidates = [
        (place, *block)
        for place in range(max(0, len(paragraphs) - _LAST_PARAGRAPHS), len(paragraphs))
        if (block := _block_in(paragraphs, place)) is not None and (place or block[0] or may_be_all)
    ]
    own_below = [not _belongs_under(paragraph) for paragraph in paragraphs[-_LAST_PARAGRAPHS:]]
    for place, first, end in candidates:
        below = own_below[len(own_below) - (len(paragraphs) - place) + 1 :]
        if end == len(paragraphs[place]) and not any(below):
            return place, first, end
    return candidates[-1] if candidates else None


def _block_in(paragraphs: Sequence[Sequence[str]], place: int) -> tuple[int, int] | None:
    lines = paragraphs[place]
    skipped = max(0, len(lines) - _MOST_LINES)
    for line in range(skipped, len(lines)):
        if DELIMITER.fullmatch(lines[line].strip()) and _delimits(paragraphs, place, line):
            return line, len(lines)
    block = find_block(lines[skipped:], after_colon=_announces(paragraphs, place))
    return None if block is None else (block[0] + skipped, block[1] + skipped)


def _delimits(paragraphs: Sequence[Sequence[str]], place: int, line: int) -> bool:
    """`-- ` starts a signature unless prose or a fact follows, as between two languages or two cases of one letter."""
    if place == 0 and line == 0:
        return False
    after = [*paragraphs[place][line + 1 :]] or list(paragraphs[place + 1] if place + 1 < len(paragraphs) else ())
    return (
        len(after) <= _MOST_LINES
        and not tells_of_case(after)
        and all(
            is_short(each) or is_notice([each], under_signature=True) or is_footer([each], under_signature=True)
            for each in after
        )
    )


def _belongs_under(paragraph: Sequence[str]) -> bool:
    """Whether a paragraph below the start of the signature is part of it."""
    if (
        is_notice(paragraph, under_signature=True)
        or is_footer(paragraph, under_signature=True)
        or _is_device_note(paragraph)
        or _is_device_and_name(paragraph)
        or speaks_to_anybody(paragraph)
    ):
        return True
    if tells_of_case(paragraph):
        return False
    block = find_block(paragraph) if len(paragraph) <= _MOST_LINES else None
    if (
        block is not None
        and block[1] == len(paragraph)
        and (block[0] == 0 or all(is_label(line) for line in paragraph[: block[0]]))
    ):
        return True
    return len(paragraph) <= 8 and all(is_label(line) for line in paragraph)


def _is_device_note(paragraph: Sequence[str]) -> bool:
    return bool(paragraph) and device_lines(paragraph) == len(paragraph)
