"""Whose file a mail says its papers are for, where it says so by name: `on the file of Ms. X`, `est celui de M. X`.

Two people can stand in one mail, both with all their data. Then these words decide: they point at the person of the
record or at somebody else. A pointer that is denied (`et non à celui de M. X`) points at nobody. Pure; never raises on
any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from inboxd.triage.identity.names import looks_like_a_name
from inboxd.triage.identity.plain_names import NAME, PART, TITLE

_TARGET = rf"(?:(?P<title>{TITLE}) )?(?P<name>{NAME}|{PART})"
_FILE = r"(?:file|application|record|case|dossier|claim|sponsorship|petition)s?"
_PAPERS = (
    r"(?:documents?|papers?|letters?|files?|pages?|scans?|forms?|copy|copies|photos?|stubs?|statements?|certificates?"
    r"|reports?|attachments?|this|these|those|it|they|all|both)"
)
_PIECES = (
    r"(?:documents?|pièces?|lettres?|fichiers?|pages?|numérisations?|formulaires?|copies?|photos?|relevés?|certificats?"
    r"|attestations?|avis|bulletins?|rapports?|ceci|cela|il|elle|ils|elles|tout|joint|jointe|joints|jointes)"
)
_DE = r"(?:de |d['’]|du )"
_POINTERS = (
    rf"(?i:\b{_FILE} (?:of|for|under|belonging to|in the name of|opened for|opened by)(?: our)?"
    rf"(?: (?:client|constituent|applicant),?)?) {_TARGET}",
    rf"(?i:\b(?:belongs?|belonging|pertains?|pertaining|relates?|relating) (?:only )?to) {_TARGET}",
    rf"(?i:\b{_PAPERS} (?:only )?concerns?) {_TARGET}",
    rf"(?i:\b(?:is|are|was|were) (?:really |only |actually )?(?:that|those|the ones?) of) {_TARGET}",
    rf"(?i:\b{_PAPERS} (?:attached |enclosed |here )?(?:is|are|goes?|go|should go) (?:meant |intended |only |all )?"
    rf"(?:for|to|under|with)) {_TARGET}",
    rf"(?i:\b(?:put|placed?|add(?:ed)?|file[d]?|attach(?:ed)?|upload(?:ed)?|link(?:ed)?|goes?|go)\b[^.;\n]{{0,40}}? "
    rf"(?:under|to|on|onto|into|in|with)) {_TARGET}(?=['’]s?\b|(?: \(|,|\.|;|$))",
    rf"\b(?:(?P<owner>{TITLE}) )?(?P<owned>{NAME}|{PART})['’]s?(?: own)?(?: [a-z]+){{0,3}} (?i:{_FILE})\b",
    rf"(?i:\b(?:dossier|demande|fiche|parrainage|compte)s?(?: [a-zé'’]+(?: [a-zé'’]+)?)? "
    rf"(?:{_DE}|au nom {_DE}|(?:appartenant )?à |ouvert[es]* (?:par|pour) )){_TARGET}",
    rf"(?i:\b(?:dossier|demande|fiche)s? (?:{_DE}|au nom {_DE})){_TARGET}",
    rf"(?i:\bappart(?:ien(?:t|nent)|enant) à )(?i:la cliente |le client )?{_TARGET}",
    rf"(?i:\b(?:est|sont) (?:bien |en fait )?(?:celui|celle|ceux|celles) {_DE}){_TARGET}",
    rf"(?i:\b{_PIECES} (?:ne )?(?:concernent?|visent?|touchent?)) {_TARGET}",
    rf"(?i:\bse rapport(?:e|ent|ant) à )(?i:la cliente |le client )?{_TARGET}",
    rf"(?i:\b{_PIECES} (?:est|sont|va|vont) (?:destinée?s? )?(?:pour|à|au nom {_DE}?|avec)) {_TARGET}",
    rf"(?i:\b(?:à|au|aux)? ?(?:verser|ajouter|joindre|classer|déposer|rattacher)\b[^.;\n]{{0,40}}? (?:pour|à"
    rf"|chez|sous)) "
    rf"{_TARGET}",
)
_PATTERNS = tuple(re.compile(pattern) for pattern in _POINTERS)
_DENIED = re.compile(
    r"\b(?:not|n't|never|non|pas|jamais|rather than|instead of|as opposed to|plutot qu['e]|au lieu d['e]|ni"
    r"|nor|confused"
    r"|confuse|confondre|unlike|contrairement)\b[^.;:\n]{0,80}$"
)
_FOR = re.compile(rf"(?i:\b(?:for|pour)) {_TARGET}")


def pointed_at(text: str, folded: str) -> Iterator[tuple[int, str, bool]]:
    """Everybody whose file or paper the text says it is: offset of the name, the name, whether a title stands before.

    `folded` is `labelled.fold(text)`.
    """
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield from _target(match, folded)


def papers_for(text: str, folded: str) -> Iterator[tuple[int, str, bool]]:
    """Weaker: whoever stands behind `for` or `pour`."""
    for match in _FOR.finditer(text):
        yield from _target(match, folded)


def _target(match: re.Match[str], folded: str) -> Iterator[tuple[int, str, bool]]:
    said = match.groupdict()
    group = "owned" if said.get("owned") else "name"
    name = (said[group] or "").rstrip(".")
    name = re.sub(r"['’]s?$", "", name)
    start = match.start(group)
    if _DENIED.search(folded, max(0, start - 90), start) is None and looks_like_a_name(name):
        yield start, name, bool(said.get("title") or said.get("owner"))
