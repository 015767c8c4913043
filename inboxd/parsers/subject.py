"""What a subject line says about a document submission: the decision table of `domain.md` 2.2-2.3.

As far as the subject alone decides: records, second identifiers and files come later. A number is never corrected;
one that might be another is refused with the reason, and what it looks like. Pure; never raises on any text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inboxd.documents import Reason
from inboxd.mail import SubjectIntent, SubjectReading
from inboxd.parsers.characters import clean, fold
from inboxd.parsers.numbers import Found, Shape, find_applications, find_foreign
from inboxd.parsers.phrase import Phrase, blank, find_phrase

_REPLY = re.compile(
    r"(?:re|r|res|rep|reponse|ref|fw|fwd|tr|trans|transf|aw|wg|rv)(?: ?(?:\[[0-9]{1,3}\]|\([0-9]{1,3}\)))? ?:\s*"
)
_MARK = r"(?:protected [abc]|protege [abc]|unclassified|non classifie|external|externe|ext|spam|caution)"
_TAG = re.compile(rf"(?:\[{_MARK}(?: ?/ ?{_MARK})*\]|\({_MARK}(?: ?/ ?{_MARK})*\)"
                  rf"|{_MARK}(?: ?/ ?{_MARK})* ?(?:[:|-]|(?=mcmps|fichier|re ?:|fwd? ?:|tr ?:)))\s*")
_TAG_AT_END = re.compile(rf"\s*[\[(|/-]\s*{_MARK}(?: ?/ ?{_MARK})*[\])]?$")
_LEADING = re.compile(r"[\s|]+")

_URGENT = re.compile(r"\b(?:urgent(?:e|es|s|ly)?|urgence|asap|a\.s\.a\.p|emergency|priorit(?:y|e|aire)|rush|desperate"
                     r"|critical|critique|immediate(?:ly)?|immediat|des que possible|time[- ]sensitive)\b")
_PLACEHOLDER = re.compile(
    r"\b(?:add|insert|enter|type|put|write|ajout\w*|inser\w*|inscri\w*|entr(?:er|ez)|indiqu\w*|mett\w+)\b[^|]{0,40}?"
    r"\b(?:number|no|num|numero|n°)(?![a-z])"
    r"|[\[<({«][^\]>)}»|0-9]{0,40}\b(?:number|numero|application|demande|file no|n° de)\b[^\]>)}»|0-9]{0,40}[\]>)}»]"
    r"|^[\s|:#.-]*(?:the |le |votre |your )?(?:application |file )?"
    r"(?:number|numero)(?: (?:de )?(?:la )?demande)?(?: (?:here|ici))?[\s|.]*$"
    r"|\b[a-z]{0,2}(?:x{5,}|#{3,})|_{3,}|\[[\s.…_]*\]"
)
_FORM = re.compile(r"\bpptc[ -]?([0-9]{1,3})?")
_TRAVEL_DOCUMENT_FORMS = ("190", "192")
_OWN_NUMBERS = re.compile(r"\[?\b(?:mcmps|cmds)-[0-9]{4}-[0-9]+\]?|\b[a-z]{2,4}[0-9]{2}-[0-9]{6,}[a-z]?-[a-z]\b"
                          r"|\b[0-9]{2}-[0-9]{7}\b")
"""Tracking numbers of ours, old and new."""
_EXPECTED = (
    "no nos num numero number numbers file dossier de du des la le les l d the of for pour et and a au application app "
    "demande demandes uci iuc client id here ici sur part partie page pages doc docs document documents files fichier "
    "fichiers attachment attachments attached piece pieces jointe jointes joint joints please svp plus new nouveau "
    "courriel email message suite resend renvoi again copy copie mcmps cmds rhb add insert ajouter inserer "
    "votre your ref tel phone fax pptc form formulaire"
)
_EXPECTED_WORDS = frozenset(_EXPECTED.split())
_WORD = re.compile(r"[^\W\d_]{2,}")
_SETTLE = 8
"""Rounds of normalising; folding one letter may uncover a prefix or an accent, so one round is not always enough."""
_MOST_CHARACTERS = 4000
"""A subject is a line; what is far longer is cut so that it costs no more than a line."""


@dataclass(frozen=True, slots=True)
class _Normal:
    """A subject made comparable. `plain` keeps case and accents, `folded` does not; same length."""

    plain: str
    folded: str
    is_reply: bool


def _normalise(subject: str) -> _Normal:
    """The steps of `domain.md` 2.2 (the headers were judged and the words decoded before)."""
    plain = " ".join(clean(subject[:_MOST_CHARACTERS]).split())
    folded = fold(plain)
    is_reply = False
    at = 0
    while True:
        reply = _REPLY.match(folded, at)
        step = reply or _TAG.match(folded, at) or _LEADING.match(folded, at)
        if step is None or step.end() == at:
            break
        is_reply = is_reply or reply is not None
        at = step.end()
    end = len(folded)
    while tag := _TAG_AT_END.search(folded, at, end):
        end = tag.start()
    return _Normal(plain=plain[at:end].rstrip(), folded=folded[at:end].rstrip(), is_reply=is_reply)


def normalise(subject: str) -> str:
    """For comparing words: folded, prefixes and tags stripped. Words with a digit keep their accents, so that a
    number with one is no other number when the result is read again."""
    for _ in range(_SETTLE):
        normal = _normalise(subject)
        words = zip(normal.plain.split(" "), normal.folded.split(" "), strict=True)
        result = " ".join(plain.lower() if _kept(plain) else folded for plain, folded in words)
        if result == subject:
            break
        subject = result
    return subject


def _kept(word: str) -> bool:
    return not word.isascii() and (len(word) == 1 or any(character.isdigit() for character in word))


def read_subject(subject: str, two_letter_prefixes: Sequence[str]) -> SubjectReading:
    """Read a decoded, unfolded subject. `domain.md` 2.3 row by row; the reasons are codes of `documents.Reason`."""
    normal = _normalise(subject)
    own = [match.span() for match in _OWN_NUMBERS.finditer(normal.folded)]
    plain, folded = blank(normal.plain, own), blank(normal.folded, own)
    phrase = find_phrase(folded, has_number=any(character.isdigit() for character in folded))
    rest = blank(plain, phrase.spans)
    good = list(find_applications(_without_ucis(rest), two_letter_prefixes, lenient=False))
    others, _ = find_foreign(blank(rest, [(found.start, found.end) for found in good]), two_letter_prefixes)
    intent = phrase.intent
    if _only_mentioned(phrase, folded, has_number=bool(good or others)):
        intent = SubjectIntent.NONE
    number, reason, looks_like = _number_of(good, others, fold(rest))
    if intent is SubjectIntent.NONE:
        number, reason, looks_like = number if not reason else "", "", ""
    elif intent is SubjectIntent.PARAPHRASE:
        number, reason, looks_like = number if not reason else "", Reason.SUBJECT_PHRASE, ""
    return SubjectReading(
        intent=intent,
        normalised=normalise(subject),
        number=number,
        reason=str(reason),
        looks_like=str(looks_like),
        is_reply=normal.is_reply,
        urgent_word=_URGENT.search(folded) is not None,
        personal_text=intent is not SubjectIntent.NONE and _has_personal_text(rest, [*good, *others]),
    )


def _without_ucis(rest: str) -> str:
    """Without labelled and hyphenated UCIs and passport numbers, whose digits could complete a number beside them."""
    found, _ = find_foreign(rest, ())
    firm = (Shape.UCI, Shape.PHONE, Shape.COURT, Shape.IRB, Shape.TEMPORARY_UCI)
    spans = [(each.start, each.end) for each in found if each.shape in firm and not rest[each.start:each.end].isalnum()]
    return blank(rest, spans)


def _only_mentioned(phrase: Phrase, folded: str, *, has_number: bool) -> bool:
    """One half of the phrase inside a sentence, and no number: somebody writes about attachments."""
    if has_number or phrase.halves != 1:
        return False
    before = _URGENT.sub(" ", folded[:phrase.spans[0][0]])
    return any(word not in _EXPECTED_WORDS for word in _WORD.findall(before))


_NEARLY = (Shape.LOOKALIKE, Shape.LENGTH)
_ORDER = (*_NEARLY, Shape.LEGACY, Shape.COURT, Shape.IRB, Shape.TEMPORARY_UCI, Shape.UCI, Shape.PASSPORT, Shape.PHONE)
"""Which to speak of when no number is good: first what was meant as an application number."""


def _number_of(good: list[Found], others: list[Found], folded: str) -> tuple[str, str, str]:
    """Number, reason and what it looks like. Rows of `domain.md` 2.3 from "same number twice" on."""
    form = _FORM.search(folded)
    if form and form[1] not in _TRAVEL_DOCUMENT_FORMS:
        return "", Reason.PASSPORT_MATTER, Shape.PASSPORT
    distinct = {found.compact for found in good}
    rivals = {found.compact for found in others if found.shape in (*_NEARLY, Shape.LEGACY)}
    if len(distinct) > 1 or (distinct and rivals):
        return "", Reason.NUMBER_MULTIPLE, ""
    if distinct:
        temporary = all(found.shape is Shape.TEMPORARY for found in good)
        return distinct.pop(), Reason.NUMBER_TEMPORARY if temporary else "", ""
    if others:
        return _refused(others)
    if _PLACEHOLDER.search(folded):
        return "", Reason.PLACEHOLDER_LEFT, ""
    return "", Reason.NUMBER_MISSING, ""


def _refused(others: list[Found]) -> tuple[str, str, str]:
    first = min(others, key=lambda found: (_ORDER.index(found.shape), found.start))
    if first.shape is Shape.LEGACY:
        several = len({found.compact for found in others if found.shape is Shape.LEGACY}) > 1
        return ("", Reason.NUMBER_MULTIPLE, "") if several else (first.compact, Reason.NUMBER_LEGACY, "")
    if first.shape is Shape.UCI:
        return "", Reason.NUMBER_IS_UCI, ""
    if first.shape is Shape.PASSPORT:
        return "", Reason.PASSPORT_MATTER, Shape.PASSPORT
    return "", Reason.NUMBER_FORMAT, first.shape


def _has_personal_text(rest: str, numbers: list[Found]) -> bool:
    """Words beside phrase, number, labels and urgency: often a name, which does not belong in a subject."""
    left = _URGENT.sub(" ", fold(blank(rest, [(found.start, found.end) for found in numbers])))
    if _PLACEHOLDER.search(left):
        return False
    return any(word not in _EXPECTED_WORDS for word in _WORD.findall(left))
