"""The shape of a signature's lines: a name, a title, the office of a member or senator, telephone, address, link.

A line is judged by its shape and a few words of the field in both languages, never by who is meant. A line that tells
of a case is no signature line whatever its shape ("FLIGHT AT NINE TONIGHT"). Pure; never fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inboxd.parsers.characters import fold
from inboxd.parsers.footers import is_footer, speaks_to_anybody
from inboxd.parsers.notices import is_notice
from inboxd.parsers.own_voice import tells_of_case

DELIMITER = re.compile(r"--\s?|—|__")
_DASHES = str.maketrans("‐‑‒–—−’", "------'")
_WORD = re.compile(r"[^\W\d_]+(?:['’.-]+[^\W\d_]+)*\.?")
_SENTENCE_END = re.compile(
    r"(?<!\bm\.p)(?<!\bhon)(?<!\bext)(?<!\bst)(?<!\bste)(?<!\bblvd)[.!?…:]['”\"»)]*$", re.IGNORECASE
)
_PARTICLES = frozenset(
    (
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
        "van",
        "von",
        "der",
        "den",
        "el",
        "al",
        "bin",
        "of",
        "the",
        "and",
        "et",
        "for",
        "pour",
        "à",
        "aux",
    )
)

_OFFICE = re.compile(  # on folded lines
    r"(?:[^.!?]{0,70}(?:,|-|\||\bfor\b|\bpour\b) )?(?:the )?(?:constituency |parliamentary |riding |hill |community )*"
    r"office of\b.*(?:\bmp\b|\bm\.p\b|member of parliament|senator|\bhon\b|honou?rable|\||/).*"
    r"|(?:[^.!?]{0,70}(?:,|-|\||\bpour\b) )?bureau (?:de circonscription |parlementaire )*d(?:e |u |es |')"
    r".*(?:depute|senat|\bhon\b|honorable|\|).*|(?:bureau de circonscription|.{0,50}constituency office|bureau"
    r" parlementaire|(?:bureau|cabinet) d(?:e |u |es |').{0,80}, deputee?.*)"
    r"|(?:the )?hon(?:ou?rable|\.)? .*(?:\bmp\b|\bm\.p\b|senator|p\.c\.|depute|senat|ministre|minister).*"
    r"|mp [^.]*\||.*(?:,| -| \|) ?m\.?p\.?(?:\s*(?:\||-|,|\(|/|;|for\b|of\b|$).*)|.*\bmember of parliament\b.{0,60}"
    r"|.{0,80}\w m\.?p\.?(?:\s*(?:\||-|,|\(|$).{0,60})"
    r"|.*\|\s*(?:constituency|parliamentary) office.*|.*\bdeputee?s? (?:federale? )?(?:de|pour|d'|du|des|\().*"
    r"|.{0,80}, deputee? (?:federale?)?(?:,|-|\||/| - ).{0,60}"
    r"|.{0,80}, deputee?|(?:senator|senateur|senatrice)(?: the| l'|,| -| \|)? .*"
    r"|.{0,60}(?:,|-|\|) ?(?:senator|senateur|senatrice)(?: ?[(|,/-].*)?"
)
_TITLE = re.compile(
    r"\b(?:caseworkers?|casework|case (?:manager|officer|lead|worker)|constituency (?:assistant|manager|office manager"
    r"|director|affairs|support|staff|advisor)|office (?:manager|administrator|coordinator)|director"
    r"|executive assistant|(?:policy|senior|legislative|special|constituency) (?:advisor|adviser|assistant)"
    r"|chief of staff|(?:parliamentary|bilingual|special|staff|legislative|administrative) assistant|assistant"
    r"|adjointe?|attachee?|conseiller|conseillere"
    r"|directeur|directrice|gestionnaire|chef de cabinet|agente? (?:de (?:liaison|dossiers|circonscription)|aux"
    r" dossiers"
    r"|principale?)|coordonnat(?:eur|rice)|coordinator|responsable (?:de|des|du)"
    r"|stagiaire|intern|gestion(?:naire)? de cas|parliamentary affairs|affaires parlementaires"
    r"|dossiers|communications?|liaison (?:officer|agent)|regional manager|immigration (?:lead|specialist"
    r"|caseworker))\b"
)
_PHONE = re.compile(
    r"(?:(?:tel|telephone|phone|cell|cellulaire|mobile|fax|telec|telecopieur|bur|office|o|t|c|m|f|tf"
    r"|toll[- ]free|sans frais)\b[.: ()]*)?\+?1?[ .-]?\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-]?[0-9]{4}.{0,40}"
)
_PHONE_IN = re.compile(r"\(?\b[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}\b")
_WEB = re.compile(r".*(?:https?://|\bwww\.|@[a-z0-9-]+\.[a-z]|\bfacebook\b|\binstagram\b|\btwitter\b|\blinkedin\b).*")
_POSTAL = re.compile(r".*\b[a-z][0-9][a-z] ?[0-9][a-z][0-9]\b.*")
_FACT_FIELD = re.compile(  # a client's details are written in the same shape as a signature
    r"(?:full |given |family |last |first )?name|nom|prenom|d\.?o\.?b|date|born|nee?|uci|iuc|client|file|dossier|case"
    r"|app"
    r"|country|pays|status|statut|citizenship|citoyennete|passport|passeport|spouse|wife|husband|lawyer|avocate?"
    r"|hospital"
    r"|flight|vol|removal|renvoi|reason|raison|issue|question|re|objet|subject|sponsor|applicant|contact"
)
_SIGN_OFF = re.compile(
    r"(?:many |with |kind |kindest |warm |best |all the |yours |very |en vous |je vous |nous vous |mes |bien |sinceres?"
    r" )*"
    r"(?:thanks?(?: (?:you|so much|again|in advance|very much|and .{0,30}))*|regards|wishes|best|cheers|sincerely"
    r"|respectfully|truly|merci(?: (?:d'avance|beaucoup|infiniment|encore|a l'avance|de .{0,40}|et .{0,30}))?"
    r"|cordialement|salutations(?: .{0,30})?|a vous|bonne (?:journee|soiree|fin .{0,20})|remerciant.{0,30})\W*"
)
_ALARM = re.compile(  # headings of a matter are written in capitals too: "Arrestation à Gatineau", "DTR - Mon 14 Sep"
    r"\b(?:arrest\w*|detention|detain\w*|detenue?s?|bandits?|bloque\w*|stay|stranded|hospital\w*|dying|dead|mort\w*"
    r"|deces"
    r"|deced\w*|urgen\w*|removal|renvoi|deport\w*|expuls\w*|risque|risk|danger|flight|vol|correspondance|report|sursis"
    r"|confidentiel|refus\w*|expir\w*|compassionate|critique|critical|airport|aeroport|jan\w*|feb\w*|fev\w*|mar|march"
    r"|mars"
    r"|apr\w*|avr\w*|may|mai|june?|juin|july?|juillet|aug\w*|aout|sept?\w*|oct\w*|nov\w*|dec\w*|mon|tues?|wed\w*|thu\w*"
    r"|fri|sat|sun|\w+day|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|yyz|yul|yvr|yyc)\b|\b[0-9]{1,2} ?[h:]"
    r" ?[0-9]{2}\b"
)
_SHORT = 220
"""Characters of the longest line of a signature."""


def shaped(line: str) -> str:
    """The line as the patterns here read it."""
    return fold(line.translate(_DASHES)).strip(" *_|")


def is_sign_off(line: str) -> bool:
    """`Thanks,` `Cordialement`: above a name, and the sender's own."""
    return _SIGN_OFF.fullmatch(shaped(line)) is not None


def is_short(line: str) -> bool:
    """A line of a signature, not a sentence."""
    return len(line) <= _SHORT and not (_SENTENCE_END.search(line.strip()) and len(line.split()) > 4)


def is_name(lines: Sequence[str]) -> bool:
    """One line of one to four capitalised words: a name, alone as a sign-off or above a title."""
    if len(lines) != 1 or len(lines[0]) > 60 or is_sign_off(lines[0]):
        return False
    bare = re.sub(r"\((?:she|he|they|elle|il|iel)[^()]{0,30}\)", "", lines[0], flags=re.IGNORECASE)
    words = bare.strip(" ,*_").split()
    plain = [word for word in words if word.lower() not in _PARTICLES]
    named = bool(plain) and all(_WORD.fullmatch(word) and word[0].isupper() for word in plain)
    return named and len(words) <= 5 and not tells_of_case(lines)


def is_title(line: str) -> bool:
    """A short line with an office's title in it, and nothing of a case."""
    return (
        bool(_TITLE.search(shaped(line)))
        and len(line.split()) <= 12
        and is_short(line)
        and not line.rstrip().endswith(("?", "!"))
        and not is_fact(line)
    )


def is_fact(line: str) -> bool:
    """`Name: …`, `Vol : …`, or words about a case: never a line of the sender's signature."""
    key, colon, _ = shaped(line).partition(":")
    return bool(colon and _FACT_FIELD.fullmatch(key.strip(" -•"))) or tells_of_case([line])


def is_label(line: str) -> bool:
    """Address, telephone, link, title or name: a line without a sentence in it."""
    folded = shaped(line)
    if is_fact(line):
        return False
    if (
        _PHONE.fullmatch(folded)
        or _WEB.fullmatch(folded)
        or _POSTAL.fullmatch(folded)
        or DELIMITER.fullmatch(line.strip())
        or _TITLE.search(folded)
    ):
        return is_short(line)
    if _ALARM.search(folded):
        return False
    words = _WORD.findall(line)
    capitals = sum(word[0].isupper() or word.lower() in _PARTICLES for word in words)
    return bool(words) and len(words) <= 9 and capitals == len(words) and not _SENTENCE_END.search(line.strip())


def find_block(lines: Sequence[str], *, after_colon: bool = False) -> tuple[int, int] | None:
    """First line of the office block in this paragraph, and the line after its last; None if there is no block.

    Name and title lines above the office's line belong to it; below it, all that is no sentence of the sender's own.
    `after_colon`: the words above announce something ("His lawyer:"), so that only a named office makes a block.
    """
    for index in range(len(lines)):
        if is_office_line(lines, index):
            titled = False
        elif not after_colon and _is_titled(lines, index):
            titled = True
        elif (
            not after_colon
            and index == len(lines) - 1
            and 0 < index <= 2
            and is_name(lines[index - 1 : index])
            and (is_title(lines[index]))
        ):
            titled = True  # a name and a title, and nothing else
        else:
            continue
        end = _end(lines, index + 1)
        first = index
        while first and _is_above_office(lines[first - 1]):
            first -= 1
        if end < len(lines) and (titled or not _stands_apart(lines, first)):
            continue  # prose goes on below
        return first, end
    return None


def _end(lines: Sequence[str], at: int) -> int:
    """The line after the last one of the block."""
    while at < len(lines):
        rest = lines[at:]
        if _is_nobodys(rest):
            return len(lines)
        if not (_is_nobodys(lines[at : at + 1]) or (is_short(lines[at]) and not is_fact(lines[at]))):
            return at
        at += 1
    return at


def _is_nobodys(lines: Sequence[str]) -> bool:
    return is_notice(lines, under_signature=True) or is_footer(lines, under_signature=True) or speaks_to_anybody(lines)


def _stands_apart(lines: Sequence[str], first: int) -> bool:
    """The block is not in the middle of a sentence: a name, a title, a sign-off or an ended sentence is above."""
    above = lines[first - 1].rstrip() if first else ""
    if first:
        return is_sign_off(above) or above.endswith((".", "!", "?", ","))
    return bool(lines) and (is_name(lines[:1]) or is_title(lines[0]))


def _is_titled(lines: Sequence[str], index: int) -> bool:
    """A title with a telephone number or link beside or below it: a signature that does not name the office."""
    if not is_title(lines[index]):
        return False
    same = shaped(lines[index])
    if "|" in lines[index] and (_PHONE_IN.search(same) or _WEB.fullmatch(same)):
        return True
    return any(_PHONE.fullmatch(shaped(other)) or _WEB.fullmatch(shaped(other)) for other in lines[index + 1 :])


def is_office_line(lines: Sequence[str], index: int) -> bool:
    """The line that names the office of a member or senator, and is no sentence."""
    folded = shaped(lines[index])
    if len(folded) > 220 or len(folded.split()) > 26 or not is_short(lines[index]) or is_fact(lines[index]):
        return False
    if not _OFFICE.fullmatch(folded):
        return False
    following = lines[index + 1].strip() if index + 1 < len(lines) else ""
    return not following[:1].islower()


def _is_above_office(line: str) -> bool:
    return is_name([line]) or is_title(line)
