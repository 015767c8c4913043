"""Whose consent a clause speaks of, what for, and whether later words deny it; on folded text (`consent`).

A consent counts that the client gave, or a group with the client in it, for the office to act. A brother's, a
landlord's, one for an operation or a lease is none. Pure.
"""

from __future__ import annotations

import re

_KIN_EN = (
    r"(?:spouse|husband|wife|partner|sponsor|son|daughter|mother|father|brother|sister|twin|cousin|uncle|aunt|nephew"
    r"|niece|(?:step|grand)(?:mother|father|son|daughter)|(?:mother|father|brother|sister)-in-law|fiancee?|friend"
    r"|roommate|neighbou?r|colleague|boss|ex)s?"
)
_KIN_FR = (
    r"(?:conjointe?|epoux|epouse|mari|femme|fils|fille|mere|pere|frere|s(?:oeu|ou)r|jumeau|jumelle|grand-(?:mere|pere)"
    r"|belle-(?:mere|soeur|sour)|beau-(?:pere|frere)|garante?|repondante?|oncle|tante|neveu|niece|cousine?|amie?"
    r"|voisine?|collegue|colocataire|fiancee?)s?"
)
_ONE = (
    r"(?:(?:(?:client|applicant|constituent)'s|his|her|their|the|one"
    rf"|an? (?!(?:[a-z-]+ )?son\b)) ?(?:[a-z-]+ )?{_KIN_EN}|(?:(?:son|sa|ses|leurs?|la|le|du|d'une?|une?|au) |l'"
    rf"|d')(?:[a-z-]+ )?(?:ex-)?{_KIN_FR})\b"
)
_GIVES = (
    r"(?:signed|signs|gave|gives|given|consent(?:s|ed|ent|i)?|authori[sz]e[sd]?|agreed|provided|executed|filled"
    r"|completed|signe\w*|donne\w*|autorise\w*|rempli\w*|accorde\w*|remis\w*|fourni\w*|mandate\w*|permis)"
)
_BETWEEN = (
    r"(?: [a-z'-]+){0,4}?(?:, [^,;.]{1,60},| \([^)]{0,60}\))?(?: (?:also|has|have|had|a|ont|avait|alone|only|just"
    r"|already|deja|bien|seule?|elle-meme|lui-meme|himself|herself|qui|who|nous|y|en|the one|did|happily))*"
)
_SIGNS = re.compile(rf"\b{_ONE}(?:{_BETWEEN} {_GIVES}\b|[^.;]{{0,80}}?\b(?:herself|himself|elle-meme|lui-meme)\b)")
_SIGNED_BY = re.compile(
    r"\b(?:signed|given|provided|executed|completed|made|written|signee?s?|donnee?s?|remise?s?|fournie?s?|ecrite?s?"
    rf"|accordee?s?|obtenue?s?|obtained)(?: only| seulement| just)? (?:by |par |from |de ){_ONE}"
    r"|\b(?:consents?|consentements?|authori[sz]ations?|autorisations?|permissions?)(?: forms?"
    rf"| letters?)?(?: signee?s?| ecrite?s?)? (?:from|of|by|de|du|par) ?(?:{_ONE}|d'une? (?:[a-z-]+ )?{_KIN_FR}\b)"
    rf"|\b(?:consentement|autorisation)s? (?:signee?s? |ecrite?s? )?d'une? (?:[a-z-]+ )?{_KIN_FR}\b"
)
_POSSESSED = re.compile(
    rf"\b(?:{_KIN_EN})'s? (?:own )?(?:signed |written |notari[sz]ed )?(?:consent|authori|permission|privacy|release)"
)
_TOGETHER_BEFORE = re.compile(
    r"(?:\band|\bet|ainsi qu[e']|as well as|along with|together with|de meme qu[e']|\bwith|\bavec"
    r"|\b(?:he|she|they|him|her|them|lui|elle|eux|client\w*|applicants?|constituents?|demandeu\w+|commettante?s?"
    r"|(?:m|mr|mrs|ms|mme|dr)\.? [a-z'-]+),) *$"
)
_CLIENT = (
    r"(?:he|she|herself|himself|both|they|lui|elle|lui-meme|elle-meme|(?:the|our|le|la|notre) (?:client|applicant"
    r"|constituent|cliente|commettante?)|m\.|mme|mr\b|ms\b|mrs)"
)
_TOGETHER = re.compile(rf"\b(?:and|et|ainsi que|as well as|along with)\b ?{_CLIENT}")
_TOGETHER_BEHIND = re.compile(
    rf"^[^.;]{{0,40}}?(?:{_TOGETHER.pattern}|\b(?:both|all|tous|toutes|each|chacune?|as well|also|aussi|too"
    r"|egalement)\b)"
)
_BOTH = re.compile(r"\b(?:both|tous|toutes)\b")
_NO_SUBJECT = re.compile(r"\b(?:from|of|to|for|with|by|de|d'|du|pour|avec|chez|par|about|a) *$")
_FOR_THEM = re.compile(
    r"\b(?:minors?|mineure?s?|guardian\w*|tut(?:eur|rice|elle)|on (?:his|her|their|the \w+'s) behalf"
    r"|en (?:son|leur) nom|au nom d|power of attorney|procuration|mandataire|attorney|curat(?:eur|rice|elle)"
    r"|under (?:18|age)|moins de 18|incapa\w+|unable|too (?:young|ill|sick)|legal representative|trustee|estate"
    r"|succession|deceased|decede\w*)\b|\b(?:signed by|signee? par|signature of"
    r"|signature de) (?:(?:mr|mrs|ms|dr|m|mme)\.? [a-z'-]+|the client|la cliente|le client) (?:herself|himself"
    r"|elle-meme|lui-meme)\b|\b(?:qu'(?:elle|il) a|(?:who|whom) (?:she|he)(?: has| had)?) (?:designee?|mandatee?"
    r"|nommee?|choisie?|named|designated|appointed)\b|\b(?:signed|given|signee?|donnee?|remise?) (?:by|par) (?:him|her"
    r"|lui|elle|them|the (?:client|applicant|constituent)|le client|la cliente)\b"
)
"""Who signs for a child, or with a power of attorney, signs for the client."""
_WOMEN = re.compile(
    r"\b(?:wife|daughter|\w*mother(?:-in-law)?|sister(?:-in-law)?|aunt|niece|girlfriend|conjointe|epouse|femme|fille"
    r"|(?:\w+-)?mere|s(?:oeu|ou)r|tante|cousine|amie|voisine|garante|repondante)\b"
)
_MEN = re.compile(
    r"\b(?:husband|son|\w*father(?:-in-law)?|brother(?:-in-law)?|uncle|nephew|boyfriend|conjoint|epoux|mari|fils"
    r"|(?:\w+-)?pere|frere|oncle|neveu|ami|voisin|garant|repondant)\b"
)
_CLIENT_SIGNED = re.compile(
    r"\b(?:qu'(?P<fr>il|elle)|(?:that|which) (?P<en>he|she)) (?:has |had |a |avait )?(?:bien |dument )?(?:sign|gave"
    r"|donne)\w*(?! (?:herself|himself|elle-meme|lui-meme))"
)
_OTHER_FILE = re.compile(
    r"\b(?:for|in|on|about|under|pour|dans|sur|au) (?:an? |the |une? |l')?(?:other|another|different|separate|previous"
    r"|autre|ancien(?:ne)?|precedente?) (?:file|application|matter|client\w*|case|claim|constituent|dossier|demande"
    r"|affaire|commettante?)\b|\b(?:for|is|was|covers?|on|about|concerns?|from|in|with|to) (?:only )?(?:for |from "
    rf"|in )?(?:his|her|their|the) {_KIN_EN}'s? (?:own )?(?:file|application|case|claim|matter)"
    r"|\b(?:pour|est|vise|concerne|couvre|sur|dans|du|au) ?(?:seulement |uniquement )?(?:la |le )?(?:demande|dossier"
    rf"|cas) d(?:e|u|e la)(?: (?:son|sa|leur)| l')? ?{_KIN_FR}\b"
)
_ALSO = re.compile(r"\b(?:and|as well as|et|ainsi que|also|aussi|both|too|egalement)\b")
_THEM = (
    r"(?:hospitals?|clinics?|surgeons?|doctors?|physicians?|dentists?|landlords?|landlady"
    r"|(?:home|property|building)? ?owners?|lessors?|employers?|schools?|teachers?|principal|universit(?:y|ies)"
    r"|college|daycare|banks?|insurers?|insurance|police|airlines?|church|adoption agency|lenders?|accountants?"
    r"|pharmac(?:y|ist)|psychologists?|researchers?|media|newspapers?|photographers?|laborator(?:y|ies)|lab"
    r"|hopita(?:l|ux)|cliniques?|chirurgien(?:ne)?s?|medecins?|dentistes?|proprietaires?|locateurs?|bailleurs?"
    r"|employeurs?|ecoles?|enseignante?s?|universite|cegep|garderie|banques?|assureurs?|assurances?|eglise|comptables?"
    r"|pharmacie|psychologues?|journal|laboratoire)"
)
_THINGS = (
    r"(?:surger(?:y|ies)|operations?|operatoires?|surgical|an(?:a)?esthe\w+|chirurgi\w+|treatments?|traitements?"
    r"|trips?|outings?|field trip|sorties?|excursions?|voyages?|travel\w*|sublet\w*|sub-?leas\w*|sous-lou\w+"
    r"|sous-location|leas(?:e|es|ing)|bail|rent\w*|loyer|logement|tenancy|adoption|custody|garde|marriage|mariage"
    r"|vaccin\w*|dna|adn|photo\w*|publication|interview|entrevue|biometri\w*|transplant\w*|greffe|blood|sang|credit"
    r"|background checks?|(?:medical|hospital|health|school|tax|bank|dental) (?:records?|files?|charts?|information"
    r"|history)|dossiers? (?:medica\w+|scolaires?|hospitali\w+)|research|recherche|intervention|soins?"
    r"|examens? medica\w+|medical exam\w*|participation|enrol\w+|inscription|renovation\w*|travaux|overtime"
    r"|deduction\w*|direct deposit|leave of absence|conge)"
)
_TERM = (
    r"(?:consents?|consentements?|authori[sz]ations?|autorisations?|authori[sz]e[sd]?|consent(?:ed|i)|autorisee?s?"
    r"|permissions?|releases?)"
)
_LINK = (
    r"(?:for|to|from|by|of|about|regarding|de|du|des|d'|par|pour|a|au|aux|concernant|que|permitting|allowing"
    r"|autorisant)"
)
_ELSEWHERE = re.compile(
    rf"\b{_TERM}(?: (?!(?:and|et|or|ou|plus|with|avec|our|notre|us|nous)\b)[a-z0-9'-]+){{0,5}}? {_LINK} ?(?:(?:the|a"
    r"|an|his|her|their|its|my|la|le|les|l'|un|une|son|sa|ses|leur|panel|family|current|former|new|local|youth|public"
    rf"|high|elementary|oral|heart|knee|eye|elective|emergency|ce que)\b ?)*(?:[a-z-]+ )?(?:{_THEM}|{_THINGS})\b"
    rf"|\b(?:{_THEM})(?:'s?)?(?: (?:signed|written|consent|standard|own))? {_TERM}\b"
    rf"|\b{_TERM} (?:form |letter )?(?:{_THINGS})\b|\b(?:{_THINGS}) {_TERM}\b"
    rf"|\b(?:{_THEM})(?:,? [a-z'-]+){{0,4}}? (?:a|has|have|ont|gave|signed|granted"
    rf"|provided) (?:[a-z'-]+ ){{0,3}}?(?:{_TERM}|{_GIVES})"
)
_OURS = re.compile(
    r"\b(?:our (?:own )?(?:consent|authori|form|privacy|release|office|constituency|member|team)"
    r"|(?:to|for|with|lets?|let) us|for me|notre (?:propre )?(?:formulaire|bureau|consentement|autorisation|equipe)"
    r"|(?:this|the (?:mp|member|senator)'s) (?:constituency )?office|pour nous|authorized our office|mp consent"
    r"|(?:our|notre|nos|my) (?:involvement|interventions?|inquir\w+|enquir\w+|demarches?|representations?|help|aide"
    r"|advocacy|assistance)|(?:nous|m') ?(?:a|ont|avait) |to act for|deputee?|senat(?:or|eur|rice)|agir)"
)
_MAY = (
    "act represent inquire enquire communicate correspond contact speak talk discuss deal send share sharing"
    " release disclose"
    " disclosure obtain receive request access submit handle assist help intervene make get look follow provide upload"
    " forward pass write advocate our us office you ircc this that be mp member senator me mcmps use exchange"
    " pursue see"
    " view hear ask give collect transfer transmit have having add file proceed process these such"
    " information personal it"
    " date mr ms mrs m allow let the his her their my its do any what whatever whom everything raise work have"
)
_MAY_WORDS = frozenset(_MAY.split())
_TO = re.compile(
    r"\b(?:consents?|authori[sz]ations?|permission)(?: (?:form|letter))? to (?:the |his |her |their |my |its "
    r"|all )?(?P<word>[a-z-]+)"
)
_DENIALS = re.compile(
    r"\b(?:has|have|had|is|was|did|does|he's|she's)(?: not|n't| yet| never)(?: yet)?(?: been)?(?: (?:in|able|here"
    r"|willing|back|around|available|ready)){0,2}(?: to)? sign(?:ed)?(?: (?:his|hers|theirs|it|anything|one|ours"
    r"|either|so far|consent\w*|our|(?:the|a|any|his|her|their) (?:consent|authori|privacy|release)\w*|up|off)\b"
    r"| *[.;,!]? *$)|\b(?:refus(?:es|ed|ing|e|ent|ait)|declin(?:es|ed|ing)|unwilling|won't|will not"
    r"|ne veut (?:pas|plus)|ne souhaite (?:pas|plus))\b[^.;,]{0,30}?\b(?:sign\w*|consent\w*)\b"
    r"|\bn'(?:a|ont) (?:pas|jamais|rien|toujours pas)(?: encore)? (?:signe|consenti|voulu signer"
    r"|accepte de signer)(?: (?:le sien|la sienne|les leurs?|quoi que|encore|a ce jour|de (?:consent|autoris)\w*"
    r"|(?:notre|le|l'|son) ?(?:formulaire|consent\w*|autoris\w*))| *[.;,!]? *$)"
    r"|\b(?:his|hers|theirs|the new one|the renewal|le nouveau|la nouvelle|le sien|la sienne"
    r"|les leurs)\b[^.;]{0,30}?\b(?:not|n't|pas|never|reste|remains? to|still|to be|missing|pending|manque|to follow"
    r"|attend)|\b(?:withdrew|withdrawn|revoked|rescinded|cancelled|canceled|retracted|took back|pulled"
    r"|regrets)(?: (?:it|this|that|his|her|their|the)){1,2}(?: (?:consent|form|authori\w+|permission))?(?= *(?:[.;,!]"
    r"|$| (?:on|in|last|since|yesterday|this|by|again|when|afterwards|later)\b))"
    r"|\b(?:l'|les )a (?:depuis |ensuite |toutefois |cependant )?(?:retiree?s?|revoquee?s?|annulee?s?)"
    r"|\bs'est (?:ravisee?|retractee?|dedite?)|\brevenue? sur (?:sa decision|son)"
    r"|\b(?:has |have |had |since )?changed (?:his|her|their) minds?\b|\ba change d'(?:idee|avis)"
    r"|\bont change d'(?:idee|avis)|\b(?:it|they|that|this|the (?:consent|form|authori[sz]ation)|which|il|elle"
    r"|celui-ci|celle-ci|ce dernier)(?: ?'s| is| has| was| are| have| had| est| a)?(?: now| since| already| maintenant"
    r"| depuis| deja)?(?: been)? (?:expired|lapsed|no longer|out of date|void|run out|over|withdrawn|revoked|not ours"
    r"|n'est plus|ne vaut plus|echue?|perimee?|caduque?|caduc|expiree?|nulle?)\b"
    r"|\b(?:stop(?:ped)?|quit|cease) (?:acting|representing|helping)|\bno longer (?:wants?|wishes|act)"
    r"|\bcesser d'(?:agir|intervenir|aider)|\bne plus (?:agir|intervenir)"
    r"|\b(?:tore|torn|ripped|shredded|burn(?:t|ed)|destroyed|threw)\b[^.;,]{0,12}?\b(?:it|up|them|away|consent\w*"
    r"|form)\b|\bl'a (?:ensuite |depuis )?(?:dechire|detrui|jete|brule|perdu|egare)\w*"
    r"|\b(?:not|n't|never|hardly|ne)(?: be)? (?:enough|sufficient|adequate|suffi\w+|convient|recevable)\b"
    r"|\binsuffi[sc]\w+|\b(?:signatures?|signing (?:line|page))\b[^.;,]{0,30}?\b(?:empty|blank|missing|absent|vides?"
    r"|vierges?|absente?s?|manqu\w+|left out)\b|\b(?:has|have|had|keeps?|took|takes|with|a|l'a"
    r"|ont)\b[^.;,]{0,40}?\b(?:to sign|to be signed|for signing|pour (?:le |la |l'|les )?signer|pour signature"
    r"|a signer)\b|\bn'est plus (?:valide|valable|en vigueur|bon)"
)
_NOT_DENIED = re.compile(
    r"\b(?:passport|lease|contract|application|claim|visa|permit|appeal|passeport|bail|contrat|demande|permis)\b"
)


def is_anothers(words: str) -> bool:
    """Whether only somebody else gave it: `her brother signed`, `consent of the father`, `his wife's consent`."""
    if _FOR_THEM.search(words):
        return False
    if signed := _CLIENT_SIGNED.search(words):  # `his wife brought the form that he signed`
        woman = (signed["fr"] or signed["en"]) in ("elle", "she")
        before = words[: signed.start()]
        if not (_WOMEN if woman else _MEN).search(before) and (_MEN if woman else _WOMEN).search(before):
            return False
    for match in (*_SIGNS.finditer(words), *_SIGNED_BY.finditer(words), *_POSSESSED.finditer(words)):
        before = words[: match.start()]
        if match.re is _SIGNS and _NO_SUBJECT.search(before):
            continue
        together = _TOGETHER_BEFORE.search(before) or _TOGETHER.search(match[0]) or _BOTH.search(words[: match.end()])
        if not together and _TOGETHER_BEHIND.search(words[match.end() :]) is None:
            return True
    other = _OTHER_FILE.search(words)
    return other is not None and not _ALSO.search(words)


def is_for_something_else(words: str) -> bool:
    """Whether a clause speaks of consent to an operation, a lease, a school, of an employer: not for us to act."""
    if _ELSEWHERE.search(words) and not _OURS.search(words):
        return True
    to = _TO.search(words)
    return to is not None and to["word"] not in _MAY_WORDS and not _OURS.search(words)


def denies(words: str) -> bool:
    """Whether a sentence takes back what an earlier one said: not signed, withdrawn, expired, a changed mind."""
    found = _DENIALS.search(words)
    return found is not None and _NOT_DENIED.search(found[0]) is None
