"""Which numbers in a text the writer rejects: `not E123456789`, `à ne pas confondre avec son ancienne demande E…`.

A number that is meant and dropped costs more than one too many, so a pattern must say it plainly: `approved, but not
E123456789` and `Is it not E123456789?` reject nothing. Pure; never fails.
"""

from __future__ import annotations

import re

WITHIN = 110
"""Characters on either side of a number that tell; on one line, apostrophes straight, of its own paragraph."""

_LABEL = (
    r"(?: (?:to|for|about|under|the|this|that|le|la|au|du|file|case|number|application|dossier|num[ée]ro|demande"
    r"|no\.?|n°))*"
)
_END = r"[ :#(]*$"
_NOT = re.compile(
    rf"(?:^|[,;:.!()–—-] ?|[0-9] |\b(?:and|is|are|was|it's|that's|do|does|did|n'est) )"
    rf"(?:not(?: mean| use)?|pas){_LABEL}{_END}|\bet (?:non|pas){_LABEL}{_END}",
    re.IGNORECASE,
)
_RATHER = re.compile(
    rf"(?:\bplut[ôo]t que|\bau lieu de|\binstead of|\brather than|\bas opposed to|\bignorer?|\bignorez|\bdisregard"
    rf"|\bwrong (?:file|number|application)(?: number)?,?|\bmauvais num[ée]ro,?){_LABEL}{_END}",
    re.IGNORECASE,
)
_NOT_TO_BE_CONFUSED = re.compile(
    r"\b(?:not|don't|never|pas|jamais|sans)(?: (?:to|be|[àa]|[êe]tre|please|l[ea]s?))*"
    r" (?:confused?|mistaken|mix(?:ed)?(?: up)?|confondre|confondue?s?|m[ée]langer|m[ée]lang[ée]e?s?)"
    r"(?: [^0-9.,;:?!]{1,40})? (?:with|for|avec) ?:?"
    rf"(?:(?! (?:and|but|is|et|mais|est) )[^0-9.,;:?!]){{0,60}}{_LABEL}{_END}",
    re.IGNORECASE,
)
_ALONE = re.compile(r" ?(?:alone|only|seule?(?:ment)?|uniquement)\b", re.IGNORECASE)
_AFTER = re.compile(
    r"[,)]?(?: which| that| qui)? (?:belongs? to (?:some ?(?:one|body)|(?:some |an)?other|a different|a stranger)"
    r"|is not (?:ours|his|hers|theirs|the right|the correct|our)|isn't (?:ours|his|hers|theirs|the right|our)"
    r"|is (?:the wrong|wrong|incorrect|someone else|another)|appartient à (?:un|une|quelqu'un) ?(?:autre|d'autre)"
    r"|n'est pas (?:le sien|le n[oô]tre|le bon|la bonne|notre)|est (?:erron[ée]|le mauvais|la mauvaise)"
    r"|(?:is|was) a (?:typo|typing error)|(?:est|[ée]tait) une (?:coquille|faute de frappe))"
    r"|[^.;?!0-9]{0,60}\b(?:n'en tenez pas compte|ne pas en tenir compte|à ignorer"
    r"|please (?:ignore|disregard) (?:it|that)|(?:can|should) be ignored)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[^.!;]*\?")
_NUMBER = re.compile(r"[A-Z][ -]?[0-9]{8,9}\b[^.!?;]*$", re.IGNORECASE)

_OLD = re.compile(
    r"\b(?:previous|old|older|earlier|former|ancien(?:ne)?|vieux|vieille|pr[ée]c[ée]dente?)"
    rf"(?: (?:file|application|request|number|demande|dossier|num[ée]ro|no\.?|n°|de|du|la))*{_END}",
    re.IGNORECASE,
)
_WITHDRAWN = re.compile(
    r"[ ,()–-]*(?:(?:which|that|it|now|since|qui|depuis|has|have|been|was|is|a|[ée]t[ée]|est|n'est|maintenant|elle) )*"
    r"(?:withdrawn|replaced|superseded|no longer (?:valid|in use|used)|retir[ée]e?|remplac[ée]e?"
    r"|plus (?:valable|valide|utilis[ée]e?))\b"
    r"(?![^.;!?]{0,60}\b(?:mistake|error|wrongly|without|reinstat|reopen|erreur|m[ée]garde|tort|sans|r[ée]tabli|rouvr))",
    re.IGNORECASE,
)
_SENT = r"(?:sent|submitted|filed|e-?mailed|uploaded|envoy[ée]e?s?|soumise?s?|transmise?s?|d[ée]pos[ée]e?s?)"
_MISTAKE = r"(?:by mistake|in error|mistakenly|wrongly|par erreur|par m[ée]garde)"
_UNDER = rf"(?: (?:it|this|them))? (?:under|with|for|to|sous|avec|pour|au|dans){_LABEL}{_END}"
_SENT_UNDER = re.compile(rf"\b{_SENT}{_UNDER}", re.IGNORECASE)
_WRONGLY_UNDER = re.compile(
    rf"\b(?:{_SENT}(?: (?:it|this|them))? {_MISTAKE}|{_MISTAKE} {_SENT}){_UNDER}", re.IGNORECASE
)
_BY_MISTAKE = re.compile(rf"[ ,(–-]*{_MISTAKE}\b", re.IGNORECASE)


def is_rejected(before: str, after: str) -> bool:
    """Whether the writer says that the number between these words is not the one."""
    if _NOT_TO_BE_CONFUSED.search(before) or _AFTER.match(after):
        return True
    if not (_NOT.search(before) or _RATHER.search(before)) or _ALONE.match(after):
        return False
    # `Is it not E123456789?` asks; `Is it E987654321, not E123456789?` rejects all the same.
    return _QUESTION.match(after) is None or _NUMBER.search(before) is not None


def is_left_behind(before: str, after: str) -> bool:
    """Whether the number between these words is an old one, withdrawn, or was used by mistake.

    Weaker than a rejection: only where the writer names another number is this one not meant.
    """
    withdrawn = _OLD.search(before) is not None and _WITHDRAWN.match(after) is not None
    by_mistake = _SENT_UNDER.search(before) is not None and _BY_MISTAKE.match(after) is not None
    return withdrawn or by_mistake or _WRONGLY_UNDER.search(before) is not None
