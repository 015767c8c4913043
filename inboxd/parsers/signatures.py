"""Signatures, disclaimers and footers at the end of the sender's own text, cut off paragraph by paragraph.

What is cut is shaped like the signature of a parliamentary office in either language, or is one of the notices that
programs and offices put under every mail (confidentiality, crisis lines, "think before printing"). A paragraph under
a signature that is neither stays the sender's own: a postscript may be the news. Pure; never fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inboxd.parsers.characters import fold
from inboxd.parsers.notices import device_lines, is_notice, is_postscript

_DELIMITER = re.compile(r"--\s?|—|__")
_WORD = re.compile(r"[^\W\d_]+(?:['’.-]+[^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<!\bm\.p)(?<!\bhon)(?<!\bext)(?<!\bst)(?<!\bste)(?<!\bblvd)[.!?…:]['”\"»)]*$",
                           re.IGNORECASE)
_PARTICLES = frozenset((
    "de", "du", "des", "la", "le", "les", "l", "d", "van", "von", "der", "den", "el", "al", "bin", "of", "the", "and",
    "et", "for", "pour", "à", "aux",
))

_OFFICE = re.compile(  # on folded lines
    r"(?:the )?(?:constituency |parliamentary |riding |hill |community )*office of\b.*"
    r"(?:\bmp\b|\bm\.p\b|member of parliament|senator|\bhon\b|\|).*"
    r"|bureau (?:de circonscription |parlementaire )*d(?:e|u|es)?\b.*(?:depute|senat|\bhon\b|\|).*"
    r"|(?:the )?hon(?:ou?rable|\.)? .*(?:\bmp\b|\bm\.p\b|senator|p\.c\.|depute|senat|ministre|minister).*"
    r"|mp [^.]*\||.*(?:,| -| \|) ?m\.?p\.?(?:\s*(?:\||-|,|for\b|$).*)|.*\bmember of parliament\b.{0,60}"
    r"|.*\|\s*(?:constituency|parliamentary) office.*|.*\bdeputee? (?:federale? )?(?:de|pour|d')\b.*"
    r"|(?:senator|senateur|senatrice)(?: the| l'|,)? .*"
)
_TITLE = re.compile(
    r"\b(?:caseworker|casework|case manager|constituency (?:assistant|manager)|office manager|director"
    r"|executive assistant|(?:policy|senior|legislative|special) (?:advisor|adviser|assistant)|chief of staff"
    r"|(?:parliamentary|bilingual"
    r"|special|staff|legislative) assistant|assistant|adjointe?|attachee?|conseiller|conseillere"
    r"|directeur|directrice|gestionnaire|chef de cabinet|agente? de (?:liaison|dossiers|circonscription)"
    r"|stagiaire|intern|gestion(?:naire)? de cas"
    r"|dossiers|communications?|liaison officer|regional manager)\b"
)
_PHONE = re.compile(r"(?:(?:tel|telephone|phone|cell|cellulaire|mobile|fax|telec|telecopieur|bur|office|o|t|c|m|f|tf"
                    r"|toll[- ]free|sans frais)\b[.: ()]*)?\+?1?[ .-]?\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-]?[0-9]{4}.{0,40}")
_WEB = re.compile(r".*(?:https?://|\bwww\.|@[a-z0-9-]+\.[a-z]|\bfacebook\b|\binstagram\b|\btwitter\b|\blinkedin\b).*")
_SHORT_LINE = 110
_LAST_PARAGRAPHS = 12
_MOST_LINES = 24
"""Lines and paragraphs from the end in which a signature can begin."""


def cut_signature(text: str, *, may_be_all: bool = False) -> tuple[str, str]:
    """The sender's own words and what stands under them. Together they hold every line of `text`.

    `may_be_all`: a text that begins with an office block may be a signature from its first line on (a forward without
    a word); otherwise such a block is a letterhead.
    """
    paragraphs = [paragraph.split("\n") for paragraph in re.split(r"\n[^\S\n]*\n\s*", text.strip("\n"))]
    own: list[list[str]] = list(paragraphs)
    tail: list[list[str]] = []
    start = _signature_start(paragraphs, may_be_all=may_be_all)
    if start is not None:
        place, line = start
        own = paragraphs[:place]
        if paragraphs[place][:line]:
            own.append(paragraphs[place][:line])
        tail.append(paragraphs[place][line:])
        kept: list[list[str]] = []
        for paragraph in paragraphs[place + 1:]:
            (tail if _belongs_under(paragraph) else kept).append(paragraph)
        own += kept
        if not kept and own and _is_name(own[-1]) and len(own) > 1:
            tail.insert(0, own.pop())
    while len(own) > 1 and (is_notice(own[-1]) or _is_device_note(own[-1])):
        tail.insert(0, own.pop())
    if own and device_lines(own[-1]):
        lines = own.pop()
        cut = device_lines(lines)
        own.append(lines[:-cut])
        tail.insert(0, lines[-cut:])
    return _join(own), _join(tail)


def _join(paragraphs: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines).strip()


def _signature_start(paragraphs: Sequence[Sequence[str]], *, may_be_all: bool) -> tuple[int, int] | None:
    """Paragraph and line where the signature begins; None if there is none.

    The first place under which nothing is the sender's own; where there is none, the last that looks like a start.
    """
    candidates = [
        (place, line)
        for place in range(max(0, len(paragraphs) - _LAST_PARAGRAPHS), len(paragraphs))
        if (line := _start_in(paragraphs, place)) is not None and (place or line or may_be_all)
    ]
    for place, line in candidates:
        if all(_belongs_under(paragraph) for paragraph in paragraphs[place + 1:]):
            return place, line
    return candidates[-1] if candidates else None


def _start_in(paragraphs: Sequence[Sequence[str]], place: int) -> int | None:
    lines = paragraphs[place]
    skipped = max(0, len(lines) - _MOST_LINES)
    for line in range(skipped, len(lines)):
        if _DELIMITER.fullmatch(lines[line].strip()) and _delimits(paragraphs, place, line):
            return line
    office = _office_block(lines[skipped:])
    return None if office is None else office + skipped


def _delimits(paragraphs: Sequence[Sequence[str]], place: int, line: int) -> bool:
    """`-- ` starts a signature unless prose follows, as between two languages of one letter."""
    if place == 0 and line == 0:
        return False
    after = [*paragraphs[place][line + 1:]] or list(paragraphs[place + 1] if place + 1 < len(paragraphs) else ())
    return len(after) <= _MOST_LINES and all(_is_short(each) for each in after)


def _office_block(lines: Sequence[str]) -> int | None:
    """First line of the office block in this paragraph: name and title lines above the office's line belong to it."""
    for index in range(len(lines)):
        if not (_is_titled(lines, index) or _is_office_line(lines, index)):
            continue
        if not all(_is_short(other) or is_notice([other], under_signature=True) for other in lines[index:]):
            continue  # prose goes on below
        first = index
        while first and _is_above_office(lines[first - 1]):
            first -= 1
        return first
    return None


def _is_titled(lines: Sequence[str], index: int) -> bool:
    """A title with a telephone number or link below it: a signature that does not name the office."""
    if not (_is_short(lines[index]) and _TITLE.search(fold(lines[index]))):
        return False
    return any(_PHONE.fullmatch(fold(other).strip()) or _WEB.fullmatch(fold(other)) for other in lines[index + 1:])


def _is_office_line(lines: Sequence[str], index: int) -> bool:
    folded = fold(lines[index]).strip(" *_|")
    if not _OFFICE.fullmatch(folded) or len(folded) > 220 or len(folded.split()) > 26 or not _is_short(lines[index]):
        return False
    following = lines[index + 1].strip() if index + 1 < len(lines) else ""
    return not following[:1].islower()


def _is_above_office(line: str) -> bool:
    return _is_name([line]) or bool(_TITLE.search(fold(line)) and len(line.split()) <= 9 and _is_short(line))


def _is_name(lines: Sequence[str]) -> bool:
    """One line of one to four capitalised words: a name, alone as a sign-off or above a title."""
    if len(lines) != 1:
        return False
    words = lines[0].strip(" ,*_").split()
    plain = [word for word in words if word.lower() not in _PARTICLES]
    named = bool(plain) and all(_WORD.fullmatch(word) and word[0].isupper() for word in plain)
    return named and len(words) <= 5 and len(lines[0]) <= 60


def _is_short(line: str) -> bool:
    """A line of a signature, not a sentence."""
    return len(line) <= 2 * _SHORT_LINE and not (_SENTENCE_END.search(line.strip()) and len(line.split()) > 4)


def _belongs_under(paragraph: Sequence[str]) -> bool:
    """Whether a paragraph below the start of the signature is part of it."""
    text = fold(" ".join(paragraph))
    if is_postscript(text):
        return False
    if is_notice(paragraph, under_signature=True) or _is_device_note(paragraph) or _office_block(paragraph) is not None:
        return True
    return len(paragraph) <= 8 and all(_is_label(line) for line in paragraph)


def _is_label(line: str) -> bool:
    """Address, telephone, link, title or name: a line without a sentence in it."""
    folded = fold(line).strip()
    if _PHONE.fullmatch(folded) or _WEB.fullmatch(folded) or _DELIMITER.fullmatch(folded) or _TITLE.search(folded):
        return _is_short(line)
    words = _WORD.findall(line)
    capitals = sum(word[0].isupper() or word.lower() in _PARTICLES for word in words)
    return bool(words) and len(words) <= 9 and capitals == len(words) and not _SENTENCE_END.search(line.strip())


def _is_device_note(paragraph: Sequence[str]) -> bool:
    return bool(paragraph) and device_lines(paragraph) == len(paragraph)
