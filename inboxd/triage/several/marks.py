"""Where items begin: each way in which people set apart several matters in one text, the plainest first.

Each way gives the offsets at which its items begin. Whether they are several cases is not judged here. Line breaks
count only where a paragraph ends, or where a list has nothing else; so that a mail program which wraps lines changes
nothing. Pure; never fails on any text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from inboxd.triage.several.identities import identity_of, lead_of, places_of, titled_names


def _loose(pattern: str) -> str:
    """A space of the pattern stands for any white space: a line may be wrapped there."""
    return pattern.replace(" ", r"\s+")


Starts = tuple[int, ...]
MOST_ITEMS = 60
"""More than this is no list of cases that a person wrote; it is read whole."""
_NOT_MARKED = re.compile(
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|janv(?:ier)?|f[ée]vr(?:ier)?|mars|avr(?:il)?|mai|juin|juil(?:let)?|ao[uû]t|septembre"
    r"|octobre|novembre|d[ée]c(?:embre)?)\s*$"
    r"|\b(?:no|nos|art|sec|p|pp)\.?\s*$|(?:n°|#)\s*$|\b(?:section|article|page|question|step|item|form|part"
    r"|annex|schedule|point|room|unit|apt|level|class|stage|category|chapter|[ée]tape|formulaire|partie|annexe|bureau"
    r"|salle|stade|cat[ée]gorie|le|on|the|au|to)\s*$",
    re.IGNORECASE,
)
"""Before a number that is no mark of an item: `on November 1.`, `section 2)`."""
_LABEL = re.compile(
    r"(?<!\w)(?:case|file|dossier|cas|client|cliente|constituent|commettante?|household|m[ée]nage|family|famille|person"
    r"|personne|applicant|demandeur|matter|affaire|situation|request|demande|enquiry)\s*(?:no\.?|n°|nº|#|number"
    r"|num[ée]ro)?\s*(\d{1,2}|[A-H]|one|two|three|four|five|un|deux|trois|quatre|cinq)\b\s*(?=[-–—:.,()\n])",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"(?<![^\s(])\(?(\d{1,2})(?:[.):]\)?|\s?[-–—])\s+(?=\S)")
_LETTER = re.compile(r"(?<![^\s(])\(?([A-Ha-h])(?:[.)]\)?|\s?[-–—:])\s+(?=\S)")
_ORDINALS = (
    r"First(?:ly| of all| one| case| file)?|The first(?: one| case| file| person| constituent)?|Premi[èe]rement"
    r"|D['’]abord|Tout d['’]abord|En premier lieu|Primo|(?:Le )?[Pp]remier (?:dossier|cas)"
    r"|La premi[èe]re(?: demande| personne)?",
    r"Second(?:ly| of all| one| case| file)?|The second(?: one| case| file| person| constituent)?|Deuxi[èe]mement"
    r"|Ensuite|En (?:deuxi[èe]me|second) lieu|Secundo|(?:Le )?(?:[Dd]euxi[èe]me|[Ss]econd) (?:dossier|cas)"
    r"|La (?:deuxi[èe]me|seconde)(?: demande| personne)?|Then",
    r"Third(?:ly| one| case| file)?|The third(?: one| case| file| person| constituent)?|Troisi[èe]mement|Finally"
    r"|Lastly|En troisi[èe]me lieu|Tertio|Enfin|(?:Le )?[Tt]roisi[èe]me (?:dossier|cas)"
    r"|La troisi[èe]me(?: demande| personne)?",
    r"Fourth(?:ly| one| case| file)?|The fourth(?: one| case| file)?|Quatri[èe]mement|Finally|Lastly|Enfin"
    r"|(?:Le )?[Qq]uatri[èe]me (?:dossier|cas)",
)
_ORDINAL = tuple(re.compile(rf"(?<!\w)(?:{_loose(words)})(?=[\s,:;(–—-])") for words in _ORDINALS)
_BULLET = re.compile(r"(?:^|\n)[ \t]*(?=(?:[-–—*•·‣▪◦o+>])[ \t\n]+\S)")
_MARKED = re.compile(r"[ \t]*(?:[-–—*•·‣▪◦o+>][ \t]|\(?\d{1,2}[.):][ \t])")
_BEHIND_BULLET = re.compile(r"(?:^|\n)[ \t]*[-–—*•·‣▪◦o+>][ \t\n]+$")
_SENTENCE_BEFORE = re.compile(r"(?:^|[.!?:;)”\"»\-–—]|\n[ \t]*\n)[\s*•]*$")
_ABOUT = _loose(
    r"(?:re|ref|objet|concerning|regarding|about|as for|as to|for|on|with regard to|in the matter of|concernant|pour"
    r"|quant [àa]|au sujet d[eu']|[àa] propos d[eu']|en ce qui concerne|dossier|file|case|cas)\b[\s:’']*"
)
_LED = re.compile(rf"\s*(?:{_ABOUT}){{0,2}}", re.IGNORECASE)
SEPARATE = re.compile(
    _loose(
        r"\b(?:unrelated|unconnected|not (?:related|connected)|no (?:relation|connection|link)|separately|quite apart"
        r"|on (?:another|a (?:separate|different)) (?:note|matter|file|case|subject)"
        r"|another (?:file|case|constituent|client|family|matter|person|one|enquiry|request)"
        r"|(?:a|one|two|three) (?:separate|different|other|more) (?:file|case|constituent|client|family|matter|person)"
        r"|(?:different|separate|distinct|other) (?:file|case|constituent|client|familie|family|matter|people|person)s?"
        r"|(?:two|three|several) (?:households|families)|while i have you"
        r"|sans (?:aucun )?(?:lien|rapport)|rien à voir|autres? (?:dossier|cas|commettant|commettante|client|cliente"
        r"|famille|personne|affaire|chose|demande|sujet)s?|s[ée]par[ée]ment|dans un autre ordre|(?:deux|trois) "
        r"(?:familles|m[ée]nages)|distinctes?|diff[ée]rentes? (?:familles|personnes))\b"
    ),
    re.IGNORECASE,
)
"""The writer says that it is another matter."""
_PASSES_ON = re.compile(
    _loose(
        r"\s*(?:also|next|then|finally|lastly|and|additionally|in addition|likewise|aussi|ensuite|enfin|par ailleurs"
        r"|de plus|en outre|[ée]galement|de m[êe]me)\b[\s,:]*"
    )
    + rf"(?:[^\s.!?]+\s+){{0,4}}?{_ABOUT}",
    re.IGNORECASE,
)
"""`Also, for Ms …`, `Par ailleurs, pour Mme …`: what follows must be somebody new."""


def sequences(text: str, numbers: Sequence[str]) -> Iterator[Starts]:
    """For each way of setting matters apart: where its items begin, two or more, rising."""
    for way in _WAYS:
        starts = way(text, numbers)
        if 1 < len(starts) <= MOST_ITEMS:
            yield starts


def _labels(text: str, numbers: Sequence[str]) -> Starts:
    return _counted(text, _LABEL, numbers)


def _digits(text: str, numbers: Sequence[str]) -> Starts:
    return _counted(text, _DIGIT, numbers)


def _letters(text: str, numbers: Sequence[str]) -> Starts:
    return _counted(text, _LETTER, numbers)


_COUNT = {
    word: place
    for words in (("one", "two", "three", "four", "five"), ("un", "deux", "trois", "quatre", "cinq"))
    for place, word in enumerate(words, start=1)
}


def _value(mark: str) -> int:
    if mark.isdigit():
        return int(mark)
    folded = mark.lower()
    return _COUNT.get(folded) or ord(folded[0]) - ord("a") + 1


def _counted(text: str, pattern: re.Pattern[str], numbers: Sequence[str]) -> Starts:
    """The first run that counts from one up, without a gap. A mark inside an application number is none."""
    spans = [(start, end) for _, start, end in places_of(text, numbers)]
    starts: list[int] = []
    for found in pattern.finditer(text):
        place = found.start()
        if any(start <= found.start(1) < end for start, end in spans):
            continue
        before = text[max(0, place - 24) : place].rpartition("\n\n")[2]
        if _value(found[1]) == len(starts) + 1 and not _NOT_MARKED.search(before):
            starts.append(place)
    return tuple(starts)


def _ordinals(text: str, numbers: Sequence[str]) -> Starts:
    """`First, … Second, …`: each where a sentence can begin."""
    starts: list[int] = []
    after = 0
    for pattern in _ORDINAL:
        places = (found.start() for found in pattern.finditer(text, after))
        place = next((each for each in places if _SENTENCE_BEFORE.search(text[max(0, each - 12) : each])), None)
        if place is None:
            break
        starts.append(place)
        after = place + 1
    return tuple(starts)


def _bullets(text: str, numbers: Sequence[str]) -> Starts:
    """Lines with a bullet; not where the dash stands behind a number, as in `E123456789\\n- Ms …`, which has none."""
    begins = {end: start for _, start, end in places_of(text, numbers)}

    def is_bullet(place: int) -> bool:
        number = begins.get(len(text[:place].rstrip()))
        return number is None or _BEHIND_BULLET.search(text[max(0, number - 8) : number]) is not None

    places = (found.end() for found in _BULLET.finditer(text))
    return tuple(place for place in places if is_bullet(place))


def _lines(text: str, numbers: Sequence[str]) -> Starts:
    """Lines that each begin with a number or a titled name and hold a number, in one block, as in a plain list.

    A line before that ends a sentence, or goes on with `and`, may be wrapped prose: then it is no list.
    """
    for block in re.finditer(r"(?:[^\n]|\n(?![ \t]*\n))+", text):
        starts = [
            block.start() + line.start()
            for line in re.finditer(r"(?:(?<=\n)|^)[^\n]+", block[0])
            if not _MARKED.match(line[0]) and _leads(line[0], numbers, within=12)
        ]
        if len(starts) > 1 and all(_can_end_line(text[block.start() : start]) for start in starts):
            return tuple(starts)
    return ()


_GOES_ON = re.compile(r"(?:[.!?,;&(]|\b(?:and|et|or|ou|for|of|pour|de|the|number|num[ée]ro|file|dossier))\s*$")


def _can_end_line(before: str) -> bool:
    return _GOES_ON.search(before[-40:]) is None


def _leads(text: str, numbers: Sequence[str], *, within: int) -> bool:
    """Begins it, behind `Re:` or the like, with a number or a titled name, and is a number near?"""
    lead = " ".join(lead_of(text).split()[:within])
    rest = lead[_LED.match(lead).end() :]  # type: ignore[union-attr]  # matches the empty text too
    places = sorted(start for _, start, _ in places_of(rest, numbers))
    if not places:
        return False
    return places[0] == 0 or (rest[0].isupper() and bool(titled_names(" ".join(rest.split()[:3]))))


def _paragraphs(text: str, numbers: Sequence[str]) -> Starts:
    """Paragraphs that each begin with somebody new, or say that another matter begins."""
    spans = [(found.start(), found.end()) for found in re.finditer(r"\S(?:[^\n]|\n(?![ \t]*\n))*", text)]
    starts: list[int] = []
    turned = False
    told: set[str] = set()
    for start, end in spans:
        if len(starts) > MOST_ITEMS:
            return ()
        words = text[start:end]
        if _is_new(words, told, numbers):
            turns = start > 0 and _turns(words, numbers)
            turned = turned or (turns and not starts)
            if turns or _leads(words, numbers, within=15):
                starts.append(start)
        told |= titled_names(words) | {number for number, _, _ in places_of(words, numbers)}
    if turned and text[: starts[0]].strip():
        starts.insert(0, 0)
    return tuple(starts)


def _turns(words: str, numbers: Sequence[str]) -> bool:
    """Does a paragraph turn to another person, in so many words?"""
    lead = lead_of(words)
    passes = _PASSES_ON.match(lead)
    if passes is None and not SEPARATE.search(lead):
        return False
    near = lead if passes is None else " ".join(lead[passes.end() :].split()[:6])
    return bool(titled_names(near)) or any(True for _ in places_of(near, numbers))


def _is_new(words: str, told: set[str], numbers: Sequence[str]) -> bool:
    """Is whom the paragraph begins with not among the names and numbers told before?"""
    who = identity_of(words, numbers)
    return who.is_somebody and told.isdisjoint(who.names | who.numbers)


_WAYS: tuple[Callable[[str, Sequence[str]], Starts], ...] = (
    _labels, _digits, _letters, _ordinals, _bullets, _lines, _paragraphs,
)  # fmt: skip
