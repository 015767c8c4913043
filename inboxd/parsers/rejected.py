"""Which numbers in a text the writer rejects: `not E123456789`, `à ne pas confondre avec son ancienne demande E…`.

A number that is meant and dropped costs more than one too many, so each pattern must say it plainly, and a question
such as `Is it not E123456789?` rejects nothing. What is only old or was used by mistake is rejected where the text
names another number as well. Pure; never fails.
"""

from __future__ import annotations

import re

WITHIN = 110
"""Characters on either side of a number that are looked at."""

_WORDS = (
    r"(?: (?:to|for|about|the|this|that|my|his|her|their|our|your|other|old|older|new|previous|earlier|former|first|file"
    r"|case|number|numbers|application|no\.?|n°|#|d'|de|du|la|le|les|l'|un|une|ce|cette|sa|son|ses|leur|votre|notre|mon"
    r"|ma|l'autre|autre|ancien|ancienne|vieux|vieille|premi[eè]re?|pr[ée]c[ée]dente?|nouvelle|dossier|num[ée]ro|demande"
    r"|'s|de l'|d'une?|brother|sister|husband|wife|spouse|mother|father|fr[eè]re|soeur|sœur|mari|femme|conjointe?"
    r"|[\w-]{2,20}'s?)){0,8}"
)
_LABEL = r"(?: (?:to|for|about|the|le|la|file|case|number|application|dossier|num[ée]ro|demande|no\.?|n°))*"
_END = r"[ :#(]*$"
_NOT = (
    # Behind a word that makes it a question or a condition (`is it not`, `or not`, `if not`) it rejects nothing.
    r"(?:^|[,;:.!()\[\]–—|-] ?|[0-9] |\b(?:and|but|is|are|was|were|that's|it's|please|do|does|did|should|must"
    r"|mais|c'est|est|ce n'est|n'est) )"
)
_BEFORE = re.compile(
    rf"{_NOT}(?:not(?: mean| use)?|pas){_LABEL}{_END}"
    rf"|\b(?:et non|et pas|et surtout pas|mais (?:non|pas)|plut[ôo]t que|au lieu de|instead of|rather than"
    rf"|as opposed to|ignore[rz]?|disregard|ne pas utiliser|do not use|don't use)(?: pas)?{_LABEL}{_END}"
    rf"|\b(?:confondre|confondu[es]*|confuse|confused|confusing|mixed up|m[ée]lang[ée]e?r?)"
    rf"(?: (?:it|this|that|this one|them|him|her))? (?:avec|with){_WORDS}{_END}"
    rf"|\b(?:wrong (?:file|number|application)(?: number)?,?|mauvais num[ée]ro,?){_END}",
    re.IGNORECASE,
)
_NOT_REJECTING = re.compile(
    r"\b(?:confondre|confondu[es]*|confuse|confused|confusing|mixed up|m[ée]lang\w*)\b", re.IGNORECASE
)
_DENIED = re.compile(
    r"\b(?:not|never|don't|doesn't|cannot|pas|jamais|sans|ne (?:le|la|les|l')?|won't|avoid|[ée]vitez?(?: de)?) "
    r"(?:to |be |to be |[àa] |pas |be |[êe]tre |le |la |les |l')*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[,)]?(?: which| that| qui)? (?:belongs? to (?:some ?(?:one|body)|(?:some |an)?other|a different|a stranger)"
    r"|is not (?:ours|his|hers|theirs|the right|the correct|our)|isn't (?:ours|his|hers|theirs|the right|our)"
    r"|is (?:the wrong|wrong|incorrect|someone else|another)|appartient à (?:un|une|quelqu'un) ?(?:autre|d'autre)"
    r"|n'est pas (?:le sien|le n[oô]tre|le bon|la bonne|notre)|est (?:erron[ée]|le mauvais|la mauvaise)"
    r"|(?:was|is) a (?:typo|typing error)|(?:est|[ée]tait) une (?:coquille|faute de frappe))"
    r"|[^.;?!0-9]{0,60}\b(?:n'en tenez pas compte|ne pas en tenir compte|à ignorer"
    r"|please (?:ignore|disregard) (?:it|that)|(?:can|should) be ignored)",
    re.IGNORECASE,
)
_OLD = re.compile(
    rf"\b(?:previous|old|older|earlier|former|ancien|ancienne|vieux|vieille|pr[ée]c[ée]dente?)"
    rf"(?: (?:file|application|number|request|demande|dossier|num[ée]ro|no\.?|n°|de|la))*{_END}",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"[ ,()–-]*(?:(?:which|that|now|since|qui|depuis|has been|have been|was|is|it was|a [ée]t[ée]|est|maintenant) )*"
    r"(?:withdrawn|replaced|superseded|no longer (?:valid|in use|used)|not (?:valid|in use) any ?more|retir[ée]e?"
    r"|remplac[ée]e?|plus (?:valable|valide|en vigueur|utilis[ée]e?))\b"
    r"(?![^.;!?]{0,60}\b(?:mistake|error|wrongly|without|erreur|m[ée]garde|tort|sans|reinstate\w*|r[ée]tabli\w*))",
    re.IGNORECASE,
)
_SENT = r"(?:sent|submitted|filed|e-?mailed|forwarded|uploaded|envoy[ée]e?s?|soumise?s?|transmise?s?|d[ée]pos[ée]e?s?)"
_ERROR = r"(?:by mistake|in error|by error|mistakenly|wrongly|erroneously|par erreur|par m[ée]garde|erron[ée]ment)"
_UNDER = rf"(?: (?:it|this|them|already|d[ée]j[àa]))?,? (?:under|with|for|to|sous|avec|pour|au|dans){_LABEL}{_END}"
_SENT_BEFORE = re.compile(rf"\b{_SENT}{_UNDER}", re.IGNORECASE)
_SENT_WRONGLY_BEFORE = re.compile(
    rf"\b(?:{_SENT}(?: (?:it|this|them))? {_ERROR}|{_ERROR} {_SENT}){_UNDER}", re.IGNORECASE
)
_BY_MISTAKE = re.compile(rf"[ ,(–-]*{_ERROR}\b", re.IGNORECASE)
_QUESTION = re.compile(r"[^.!;\n]{0,80}\?")


def is_rejected(before: str, after: str) -> bool:
    """Whether the number between these words is rejected, plainly. Both on one line, apostrophes straight."""
    found = _BEFORE.search(before)
    if found and not (_confusion_is_told(found, before) or _is_asked(found, before, after)):
        return True
    return _AFTER.match(after) is not None


def is_left_behind(before: str, after: str) -> bool:
    """Whether the number between these words is an old one, withdrawn, or was used by mistake."""
    if _OLD.search(before) and _GONE.match(after):
        return True
    if _SENT_WRONGLY_BEFORE.search(before):
        return True
    return _SENT_BEFORE.search(before) is not None and _BY_MISTAKE.match(after) is not None
