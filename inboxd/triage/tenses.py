"""Whether a bare weekday or day is told of as past: "died on Saturday", "arrived Saturday", "est morte samedi".

A bare weekday is read as the day to come (the safe side for a removal) unless an event that is over stands beside it in
the same clause, and nothing there points ahead: no "for", "by" or "until" before the day, no "will" or "to" between,
and no flight, hearing or appointment that the day could belong to. Works on folded text; never fails.
"""

from __future__ import annotations

import re

_REACH = 70
"""Characters before and after the day that are looked at."""
_CLAUSE_ENDS = re.compile(r"[.;:!?\n,()]|\b(?:and|but|so|because|who|which|et|mais|donc|car|qui|que)\b")
_POINTS_AHEAD = re.compile(
    r"\b(?:for|by|before|until|till|from|after|as of|pour|avant|d'ici|jusqu'a|jusqu'au|des|a partir de|a compter de)"
    r"(?: the| le| au)? ?$"
)
_AHEAD = re.compile(
    r"\b(?:to|will|shall|would|must|should|going|if|can|may|not|never|for|by|before|until|pour|avant|d'ici"
    r"|va|vont|doit|doivent|devra|devront|sera|seront|si|ne|n"
    r"|flights?|planes?|tickets?|seats?|dates?|appointments?|hearings?|interviews?|removals?|deadlines?|meetings?|notice"
    r"|vols?|avion|billets?|sieges?|rendez-vous|audiences?|entrevues?|renvois?|echeances?|convocations?|avis)\b|'ll\b"
)
_PASSIVE = re.compile(r"\b(?:is|are|be|being|get|gets|getting) $")
_EVENT = re.compile(
    r"\b(?:died|passed away|passed|arrested|detained|deported|released|arrived|landed|came|went|called|phoned"
    r"|received|heard|submitted|filed|lodged|applied|mailed|uploaded|spoke|visited|moved|returned|happened|collapsed"
    r"|fell|lost|gave birth|refused|denied|rejected|approved|granted|dismissed|cancelled|attended|expired"
    r"|removed (?:him|her|them)|buried|(?:was|were|been|got) (?:killed|taken|picked up|removed|born|admitted|sent"
    r"|sworn in|hospitali[sz]ed|turned (?:away|back)|called off|hit|attacked|shot|rushed|put)"
    r"|(?:a|ont|ai|avons|fut) (?:ete )?(?:arrete|detenu|renvoye|expulse|libere|relache|enterre|inhume|hospitalise|opere"
    r"|refuse|rejete|accorde|approuve|annule|recu|envoye|depose|soumis|appele|parle|rencontre|perdu|accouche|eu lieu"
    r"|quitte|transmis|paye)e?s?"
    r"|(?:est|sont|s'est|etait) (?:mort|decede|arrive|parti|revenu|rentre|venu|tombe|eteint|noye)e?s?)\b"
)


def told_as_past(text: str, start: int, end: int) -> bool:
    """Is the day at folded `start:end` told of as over?"""
    before = text[max(0, start - _REACH) : start]
    clause = before[max((found.end() for found in _CLAUSE_ENDS.finditer(before)), default=0) :]
    if _POINTS_AHEAD.search(clause):
        return False
    events = list(_EVENT.finditer(clause))
    if events:
        return _AHEAD.search(clause, events[-1].end()) is None and not _governed(clause, events[-1].start())
    if clause.strip() not in ("", "on", "le"):
        return False
    after = text[end : end + _REACH].lstrip(", ")
    stop = _CLAUSE_ENDS.search(after)
    after = after[: stop.start()] if stop else after
    event = _EVENT.search(after)
    return event is not None and _AHEAD.search(after, 0, event.start()) is None


def _governed(clause: str, event: int) -> bool:
    """The verb looks like the past and is none: "will be arrested", "is being deported", "if she died"."""
    before = clause[max(0, event - 24) : event]
    return _AHEAD.search(before) is not None or _PASSIVE.search(before) is not None
