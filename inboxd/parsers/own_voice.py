"""What only a sender writes of a mail's matter: persons, events, a day, a plea, "I" and "they".

Under a signature it tells news from a footer (`footers`), and in a line of a signature's shape a fact from an address
(`office_blocks`). Pure; never fails; every pattern reads a paragraph of bounded length once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inboxd.parsers.characters import fold

MOST_CHARACTERS = 3000
"""Of a paragraph that can be a footer; more of it is not looked at."""
_DASHES = str.maketrans("‐‑‒–—−’‘“”«»\u00a0", '------\'\'"""" ')

_NUMBER = re.compile(r"\b[a-z]{1,2}[0-9]{8,9}\b|\b[0-9]{2}-[0-9]{4}-[0-9]{4}\b|\buci\b|\biuc\b")
_POSTSCRIPT = re.compile(
    r"(?:^|[\s(*])(?:p\. ?-? ?s\.?|ps)(?: ?[:.,-]|\s+[a-z])|\bpost-?scriptum\b|(?:^|\s)n\.? ?b\.?"
    r" ?[:.-]"
    r"|\b[a-z]?n\.b\."
)
_PERSON = re.compile(
    r"\b(?:he|she|him|her|his|hers|elle|lui)\b(?!/)|\b(?:mr|mrs|ms|mme|mlle|monsieur|madame)\b\.? ?[a-z]"
    r"|\b(?:our|the|my|this|that|notre|la|le|mon|cette?|ces) ?(?:\w+ )?(?:clients?|clientes?|constituents?"
    r"|citoyen(?:ne)?"
    r"|commettante?|famil(?:y|le)|couple|father|mother|parents?|wife|husband|son|daughter|baby|child|children|brother"
    r"|sister|pere|mere|epouse|epoux|mari|femme|fils|fille|bebe|frere|soeur|enfants?)\b"
    r"|\b(?:father|mother|wife|husband|son|daughter|baby|brother|sister|nephew|niece|uncle|aunt|cousin|fiance|fiancee"
    r"|pere|mere|papa|maman|dad|mom|mum|grand(?:mother|father|ma|pa|-mere|-pere)|epouse|epoux|mari|fille|bebe|frere"
    r"|soeur|neveu|oncle|tante)\b(?! (?:tongue|langue|day))"
    r"|\b(?:client|cliente|constituent|commettante?|applicant|requerante?)\b(?! (?:service|portal|centre|assistant))"
    r"|\b(?:son|sa|ses) (?:pere|mere|epouse|mari|fils|fille|frere|soeur|vol|renvoi|depart|visa|dossier|avocate?"
    r"|permis)\b"
    r"|\bil (?:est|a|doit|part|sera|n'a|n'est|se|vient|va)\b(?! (?:interdit|ete prouve|possible|important|strictement))"
)
_CAPITAL_PERSON = re.compile(r"\b(?:M\.|MM\.|Mr\.?|Mrs\.?|Ms\.?|Mme|Mlle|Dr\.?) [A-ZÀ-Ý]")
_EVENT = re.compile(
    r"\b(?:the|this|la|le|ce|cette|l') ?(?:removal|flight|deportation|hearing|funeral|burial|surgery|operation|file"
    r"|case"
    r"|application|stay|ticket|plane|visa|permit|renvoi|vol|expulsion|audience|dossier|demande|sursis|enterrement"
    r"|obseques|funerailles|billet|avion|permis|ward|hospital|airport|prison|camp|shelter|lawyer|embassy|officer"
    r"|hopital"
    r"|aeroport|refuge|avocate?|ambassade|agente?)\b"
    r"|\b(?:removal|flight|deadline|departure|escort|vol|renvoi|depart|echeance|date limite|update|mise a jour)"
    r" ?(?:date)?"
    r" ?:|\b(?:tonight|this (?:morning|afternoon|evening|minute)|right now|as i write|ce soir|ce matin|cette nuit"
    r"|cet apres-midi|a l'instant|viens?t? (?:de|d')|viennent (?:de|d')|just (?:called|been|heard|learned|told|told us"
    r"|got)"
    r"|i forgot|j'oubliais|j'ai oublie|one more thing|autre chose|by the way|au fait|case (?:two|2|three|3)"
    r"|(?:tomorrow|demain|hier|yesterday)|detained since|detenue? depuis|was (?:arrested|detained|taken|moved)"
    r"|arretee? (?:ce|hier|par)|en route|on the way)\b"
)
_STOCK = re.compile(
    r"(?:his|her) or (?:her|his)|his/her|he/she|she/her(?:/hers|/elle)?|he/him(?:/his|/lui)?|elle/(?:la|she|her)|il/lui"
    r"|(?:solicitor|lawyer|attorney|avocat)-clients?|constituents? (?:and|or) (?:visitors|residents)"
    r"|(?:if|are) you (?:are )?(?:her|his)|(?:the )?(?:family|domestic) violence|family (?:doctor|day|fun)\w*|la"
    r" famille"
    r"|(?:the|la) (?:stay|visa)(?: office)? (?:at|of)|this (?:file|application) (?:is|may be) (?:attached|infected)"
)
_OWN_VOICE = re.compile(
    # The writer speaks, asks the reader for something, tells of somebody, or names whom the mail is about or for.
    r"\b(?:sa|ses|i|i'm|i've|i'd|my|mine|we've|we'd|je|j'[a-z]+|moi|mon|ma|mes|they|them|their|ils|elles|leur|leurs)\b"
    r"|\bme\b(?! on (?:facebook|instagram|twitter|x|linkedin)\b)"
    r"|\b(?:can|could|will|would|do|did) (?:you|your|ircc|someone|somebody|the (?:department|office|minister))\b"
    r"|\bare you able\b|\b(?:pouvez|pourriez|avez|savez|etes|allez|comptez|voulez)-vous\b|\w+ez-vous\b[^.!]*\?"
    r"|\b(?:is|are|was|has|does|did|doesn't|isn't) (?:it|this|that|there|these|any)\b[^.!]*\?|\bwe (?:would|need|want"
    r"|ask"
    r"|hope|are (?:asking|trying|writing)|understand|realise|realize|have (?:been|asked|written))\b|\bwould like\b"
    r"|\bnous (?:aimerions|voudrions|demandons|souhaitons|avons|aurions|comprenons|savons|vous)\b|\b(?:est-ce qu"
    r"|qu'est-ce)"
    r"|\b(?:aimerait|voudrait|souhaite(?:rait)?|aimeraient|voudraient)\b|\bon (?:se|l'|a|nous|aimerait|comprend|vous)\b"
    r"|\b(?:ircc|cbsa|asfc|mcmps|cmds|department|ministere|policy|directives|delegate|deleguee?|intake|litige|irb|cisr"
    r"|sai"
    r"|h&c|prra|erar|trv|trp|vrt|permit|permis)\b"
    r"|\b(?:call|reach|reached|phone|write|joindre|joint|appeler|rappeler|telephoner)\b[^.]{0,25}\b(?:us|me|nous|moi|at"
    r" [0-9])"
    r"|\bago\b|\b(?:was|were|had|avait|avaient|etait|etaient|a ete|ont ete)\b"
)
_NEWS = re.compile(
    # What a slogan lacks besides: a plea, a day or hour, a thing that has just happened.
    r"\b(?:please|pls|svp|we|nous|on)\b|-vous\b|\bmerci (?:de|pour)\b|\bs'il vous plait\b|\bthank(?:s| you) for\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b"
    r"|\byou \w{2,12}ed\b|\byou (?:sent|lost|wrote|said|told|can't)\b|\bvous avez \w+e[rs]?\b|\b(?:with|from|to|of|by"
    r"|at|so|as|when) you\b|\byou(?:'ll|'d)? (?:recall|remember|know what|have to)\b"
    r"|\byour (?:mission|system|phone|queue|office|centre|center|e?-?mail|side|website|letter|branch|team|officers?"
    r"|people"
    r"|colleagues?|answer|reply|guidance|help|time|attention)\b"
    r"|\b(?:today|aujourd'hui|noon|midi|midnight|minuit|now|still|already|also|again|toujours|deja|aussi|encore)\b"
    r"|\b[0-9]{1,2} ?(?::|h|am\b|pm\b|a\.m|p\.m) ?[0-9]{0,2}|\b[0-9]{1,2}(?:st|nd|rd|th|er)?\b(?! ?[-.) ]?[0-9])"
    r"|\b(?:called|told|confirmed|received|phoned|learned|said|moved|died|killed|arrested|detained|refused|hit|attacked"
    r"|appele|confirme|recu|appris|decede|mort|tue|arrete|detenu|refuse|correction|ajout|added|addendum|ps)\b"
)
_FULL_NAME = re.compile(r"[A-ZÀ-Ý][a-zà-ÿ]+ [A-ZÀ-Ý][a-zà-ÿ]+-?[A-Za-zÀ-ÿ]*")


def comparable(lines: Sequence[str]) -> str:
    """The lines as one, without accents and case, with straight quotes and dashes."""
    text = " ".join(line.strip() for line in lines)[: MOST_CHARACTERS + 1]
    return fold(text.translate(_DASHES)).strip()


def tells_of_case(lines: Sequence[str]) -> bool:
    """Does a line name a person, a number of this field, or an event of this mail? Then it is the sender's own."""
    text = comparable(lines)
    if _NUMBER.search(text) or _POSTSCRIPT.search(text):
        return True
    bare = _STOCK.sub(" ", text)
    return bool(_PERSON.search(bare) or _EVENT.search(bare) or _CAPITAL_PERSON.search(" ".join(lines)))


def is_own_voice(text: str) -> bool:
    """Does the writer speak, ask the reader for something, or tell of somebody? `text` is `comparable`."""
    return _OWN_VOICE.search(text) is not None


def may_be_news(text: str) -> bool:
    """Is there a plea, a day or hour, or a thing that has just happened? `text` is `comparable`."""
    return _NEWS.search(text) is not None


def names_somebody(lines: Sequence[str]) -> bool:
    """Do two capitalised words stand together?"""
    return _FULL_NAME.search(" ".join(lines)) is not None
