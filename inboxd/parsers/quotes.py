"""What of a mail's text is quoted or forwarded, and what its sender wrote: line by line.

Knows `>` marks, `On … wrote:` / `Le … a écrit :`, Outlook's `From: / Sent: / To: / Subject:` blocks in both languages,
and the rules that mail programs draw over an original or a forwarded message. Where a sign is weak the line stays the
sender's own: words kept by mistake cost less than words lost. Pure; never fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARKED = re.compile(r"\s{0,3}>")
_DASHED = r"[-_=—–\s*]{0,60}"
_FORWARD = re.compile(
    rf"{_DASHED}(?:forwarded message|begin forwarded message|message transf[ée]r[ée]|message r[ée]exp[ée]di[ée]"
    rf"|d[ée]but du message (?:r[ée]exp[ée]di[ée]|transf[ée]r[ée])|courriel transf[ée]r[ée]"
    rf"|d[ée]but du courriel transf[ée]r[ée])\s*:?{_DASHED}", re.IGNORECASE)
_ORIGINAL = re.compile(
    rf"{_DASHED}(?:original message|original e-?mail|message d.origine|courriel d.origine|message original"
    rf"|reply message|original appointment|rendez-vous d.origine){_DASHED}", re.IGNORECASE)
_RULE = re.compile(r"\s*[_-]{10,}\s*|\s*-{5,}\s*")



def _field(names: str) -> re.Pattern[str]:
    """A header line in either language or both: `De :`, `*From:*`, `From / De :`."""
    return re.compile(rf"\s*\*{{0,2}}(?:{names})(?:\s*[/|]\s*(?:{names}))?\s*(?:le)?\s*:", re.IGNORECASE)


_FROM = _field("from|de|exp[ée]diteur")
_FIELDS = (
    _field("sent|envoy[ée]|date"),
    _field("to|à|a|pour|destinataires?"),
    _field("subject|objet|sujet"),
    _field("cc|c\\.c\\.|reply-to|r[ée]pondre à|importance|attachments|pi[èe]ces jointes"),
)
_SENT = _field("sent|envoy[ée]")
_BLOCK_LINES = 12

_WROTE = re.compile(r"(?:\bwrote|\bwrites|\ba [ée]crit|\b[ée]crivait)\s*:?[\s-]*$|<[^<>\s]+@[^<>\s]+>\s*:\s*$",
                    re.IGNORECASE)
_ATTRIBUTION_START = re.compile(r"[\s*-]*(?:on|le|at)\b.{3,}|\s*[^:]{0,80}<[^<>@\s]+@[^<>\s]+>.*"
                                r"|\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\b.*|\s*(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*",
                                re.IGNORECASE)
_WHEN = re.compile(r"[0-9]{1,2} ?[:h] ?[0-9]{2}|\b(?:19|20)[0-9]{2}\b|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}|\S@\S")
_MOST_LINES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Separated:
    """`below` is the whole message under a header block or forward mark, its header left out; also in `quoted`."""

    own: tuple[str, ...]
    quoted: tuple[str, ...]
    below: tuple[str, ...]
    is_forward: bool
    """A mark says forwarded, not only quoted."""


def separate(lines: Sequence[str]) -> Separated:
    """Take the lines of a text apart. Every line with a word is in `own` or in `quoted`."""
    own: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        forward = _FORWARD.fullmatch(line) is not None
        if forward or _ORIGINAL.fullmatch(line) or _is_header_block(lines, at):
            _drop_rule(own, quoted)
            below = _below_header(lines[at:])
            answers = _answered_between(below)
            marked = [line for line in below if _MARKED.match(line) or not line.strip()] if answers else below
            own += answers
            quoted += lines[at:len(lines) - len(below)]
            quoted += marked
            return Separated(own=tuple(own), quoted=tuple(quoted), below=tuple(_unmarked(marked)), is_forward=forward)
        attribution = 0 if _MARKED.match(line) else _attribution(lines, at)
        if attribution:
            after = at + attribution
            if not _marked_next(lines, after):
                quoted += lines[at:]
                return Separated(own=tuple(own), quoted=tuple(quoted), below=(), is_forward=False)
            quoted += lines[at:after]
            at = after
            continue
        (quoted if _MARKED.match(line) else own).append(line)
        at += 1
    return Separated(own=tuple(own), quoted=tuple(quoted), below=(), is_forward=False)


def _drop_rule(own: list[str], quoted: list[str]) -> None:
    """The line that Outlook draws above the block belongs to the quote."""
    while own and (not own[-1].strip() or _RULE.fullmatch(own[-1])):
        quoted.append(own.pop())


def _marked_next(lines: Sequence[str], at: int) -> bool:
    return any(_MARKED.match(line) for line in [line for line in lines[at:at + 6] if line.strip()][:2])


def _attribution(lines: Sequence[str], at: int) -> int:
    """How many lines from here are `On … wrote:`; 0 if none. It must name a time or an address (else it is prose)."""
    if not _ATTRIBUTION_START.match(lines[at]):
        return 0
    joined = ""
    for count, line in enumerate(lines[at:at + _MOST_LINES], start=1):
        if not line.strip():
            return 0
        joined += " " + line.strip()
        if _WROTE.search(line):
            return count if _WHEN.search(joined) and len(joined) < 400 else 0
        if line.rstrip().endswith((".", "?", "!")) and not re.search(r"\b[a-zé]{1,5}\.$", line.rstrip()):
            return 0
    return 0


def _is_header_block(lines: Sequence[str], at: int) -> bool:
    """`From:` and below it at least two more header fields, `Sent:` or `Subject:` among them (not an itinerary)."""
    if not _FROM.match(lines[at]):
        return False
    kinds: set[int] = set()
    sent = False
    strange = 0
    for line in lines[at + 1:at + _BLOCK_LINES]:
        if not line.strip():
            continue
        kind = next((index for index, field in enumerate(_FIELDS) if field.match(line)), None)
        if kind is None:
            strange += 1
            if strange > 2:
                break
            continue
        kinds.add(kind)
        sent = sent or _SENT.match(line) is not None
    return (sent or 2 in kinds) and len(kinds) >= 2


def _answered_between(below: Sequence[str]) -> list[str]:
    """Where the message below is marked line by line, the lines without a mark are the sender's, with gaps between."""
    first = next((line for line in below if line.strip()), "")
    if not _MARKED.match(first) or all(_MARKED.match(line) or not line.strip() for line in below):
        return []
    return ["", *("" if _MARKED.match(line) else line for line in below)]


def _below_header(lines: Sequence[str]) -> list[str]:
    """The message under a mark or header block: the field lines at its top left out."""
    fields = (_FROM, *_FIELDS)
    seen_field = False
    at = 0
    while at < len(lines):
        line = lines[at]
        bare = _MARKED.sub("", line, count=1) if _MARKED.match(line) else line
        is_field = any(field.match(bare) for field in fields)
        edge = _FORWARD.fullmatch(line) or _ORIGINAL.fullmatch(line) or _RULE.fullmatch(line) or not bare.strip()
        wrapped = seen_field and at + 1 < len(lines) and any(field.match(lines[at + 1]) for field in fields)
        if not (is_field or edge or wrapped):
            break
        seen_field = seen_field or is_field
        at += 1
    return list(lines[at:])


def _unmarked(lines: Sequence[str]) -> list[str]:
    """One level of `>` taken off, if every line has one."""
    filled = [line for line in lines if line.strip()]
    if filled and all(_MARKED.match(line) for line in filled):
        return [re.sub(r"^\s{0,3}> ?", "", line) for line in lines]
    return list(lines)
