"""Ways of saying consent in other words, brought to one form before `consent` reads a sentence.

`She asked this office, over her own signature, to act for her` becomes `authorized our office in writing`; a double no
(`we would not be writing without it`, `has not been withdrawn`) stops being a no. What becomes `§` speaks of consent
without giving it: the clause behind it can (`§ her consent, which is on file`). On folded text; pure.
"""

from __future__ import annotations

import re

from inboxd.triage.consent import signing
from inboxd.triage.consent.grants import EASY, NARROW, US, WRITING, agreed, granted, without_writing
from inboxd.triage.identity.label_words import ROLE

POLICY = "§"
_LABEL = re.compile(
    rf"^[ \t>*-]*(?P<label>(?:(?:signed|written|client|client's) )?(?:{EASY}|{NARROW}|consent|consentement"
    r"|authori[sz]ation|autorisation)(?: (?:signed|ecrite?|signee?|given|form|on file))?(?: (?:from|of|by|de|du|de la"
    rf"|de l'|d')(?: the| our| le| la| notre)? ?{ROLE})?)(?: ?[:=|]|(?<!form)\n(?=[^\n*>•-]))[ \t|]*",
    re.MULTILINE,
)
"""`Accord de la cliente`, `Release signed:`, `Permission from constituent`, a label with its value or above it."""
_UNTICKED = re.compile(r"(?:☐|□|\[ ?\]|\( ?\)) ?[^☐□☑☒✓✔✅\[\]()\n]*")
_TICKED = re.compile(r"[☑☒✓✔✅]|\[ ?[x✓✔] ?\]|\( ?x ?\)")
_ANSWERED = re.compile(r"(?<=[a-z])\? (?=(?:yes|oui|y|done|affirmative|ok|certainly|bien sur)\b)")
"""`Signed consent? Yes, on file.`"""
_NEVER = (
    r"(?:(?:would|could|do|does|did|will|can|shall|should|may|had|have|has|is|are|was) ?(?:not|never)"
    r"|(?:would|could|do|does|did|wo|ca|have|had|has|is|are)n't|cannot|never|nor)"
)
_CONSENT = r"(?:consents?|consentements?|authori[sz]ations?|autorisations?|permissions?|release|signature)"
_GONE = r"(?:withdrawn|revoked|rescinded|cancelled|canceled|lapsed|expired|changed|retracted|taken (?:it )?back)"
_PARTI = r"(?:retiree?s?|revoquee?s?|annulee?s?|expiree?s?|echue?s?|perimee?s?|caduque?s?|revenue?s? sur|change d)"
_TROUBLE = (
    r"(?:issues?|problems?|concerns?|questions?|doubts?|worr(?:y|ies)|difficult(?:y|ies)|trouble|soucis?|problemes?"
    r"|doutes?|inquietudes?|difficultes?|ambiguites?|obstacles?)"
)
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), with_)
    for pattern, with_ in (
        # a no that is none
        (
            r"\b(?:without|sans|with no|no) (?:any |the (?:least|slightest) |la moindre |le moindre |aucune? "
            r"|plus d')?(?:hesitat\w+|hesit\w+|delays?|delais?|further (?:ado|delay)|plus attendre|tarder|fail|faute"
            r"|pressure|coercion|reservations?|conditions?|reserves?|restrictions?|limitations?|objections?|doubts?"
            r"|doutes?|contraintes?|pressions?|reluctance|reticence|second thoughts?)\b",
            " ",
        ),
        (
            r"\b(?:has|have|had|was|were|is|are|'s)(?: not|n't| never)(?: yet"
            rf"| since)?(?: been)?(?: ever)? {_GONE}(?: (?:it|by (?:her|him|them)))?",
            " ",
        ),
        (r"\b(?:never|not|did not|didn't) (?:withdrew|withdraw|revoked?|rescind(?:ed)?|expired?|lapsed?)\b", " "),
        (r"\b(?:does not|doesn't|will not|won't) (?:expire|lapse|run out)\b[^,;.]{0,30}", " "),
        (r"\b(?:unrevoked|non revoquee?|non expiree?|non echue?)\b", " "),
        (
            r"\bn'(?:a|ont|est|sont|etait|avait|y a) ?(?:pas|jamais|nullement|toujours pas|pas encore)(?: ete"
            rf"| eu)? {_PARTI}",
            " ",
        ),
        (
            r"\b(?:there (?:is|are|was) )?(?:no|not an?|never an?|aucune?|pas d[e']|sans|without|nul"
            rf"|nulle) ?(?:further |other |autre )?{_TROUBLE}(?: ?(?:with|about|as to|regarding|concerning|on|over|of"
            r"|for|here|pour|quant|avec|concernant|sur|au sujet|cote|du cote))?",
            f" {POLICY} ",
        ),
        (
            rf"\b{_CONSENT} (?:is|was|are|were) (?:not|never) (?:an? )?(?:{_TROUBLE}|in (?:question|doubt))",
            f" consent {POLICY} ",
        ),
        (rf"\b{_NEVER}\b[^.;,]{{0,60}}?\bwithout\b", f" {POLICY} "),
        (
            rf"\bwithout\b[^.;,]{{0,30}}\b{_CONSENT}\b,? (?:we|i|our office|this office) (?:{_NEVER}|take no"
            r"|do nothing)\b[^.;,]*",
            f" {POLICY} consent ",
        ),
        (r"\b(?:ne |n')[^.;,]{0,50}?\b(?:jamais|pas|rien|plus|aucune?)\b[^.;,]{0,50}?\bsans\b", f" {POLICY} "),
        (
            rf"\bsans\b[^.;,]{{0,30}}\b{_CONSENT}\b[^.;,]{{0,20}},? (?:nous|je|notre bureau) n[e'][^.;,]*",
            f" {POLICY} consentement ",
        ),
        (
            r"\b(?:since|as|because|given that|considering|puisque?|puisqu'|comme|vu que|etant donne que?|parce que"
            r"|car|sachant que) ?(?:you|ircc|cmds|mcmps|the (?:rules?|department|centre)|your (?:rules?|office|centre)"
            r"|vous|le ministere|on|la loi|les regles|il vous) [^,;.]{0,30}?(?:require|need|ask|insist|want|demand"
            r"|exige|demande|veut|voulez|veulent|impose|tenez|faut)\w*(?: (?:on|for|to have))?",
            f" {POLICY} ",
        ),
        (
            r",? ?\b(?:as|like|comme) (?:i|we|you|je|nous|vous) (?:have |had |already |l'|le |vous |l'a|avons |avez "
            r"|ai |avais |avions )*(?:said|told|wrote|written|mentioned|noted|explained|indicated|stated|asked|know"
            r"|required?|requested|dit|ecrit|mentionne|indique|explique|precise|demande|savez"
            r"|exige\w*)(?: (?:you|vous|for|on the phone|by phone|par telephone|au telephone))?(?: (?:in|on|by|dans"
            r"|par|lors de) (?:my|our|the|mon|ma|notre|le|la)[a-z' -]{1,25}?)?(?: (?:earlier|before|already|last \w+"
            r"|deja|plus tot))?(?=,| (?:we|she|he|they|the|her|his|nous|il|elle|son|sa|le|la)\b|[.;]|$)",
            " ",
        ),
        # an old one that was replaced; a wish about something else
        (
            r",? ?\b(?:(?:because|since|as|when|after|car|puisque?|parce que|comme) )?(?:the|her|his|their|l'|le |la "
            r"|son |sa )? ?(?:old|previous|earlier|former|first|last|ancien(?:ne)?|precedente?|premiere?)(?: one| form"
            r"| consent| authori[sz]ation| consentement| autorisation| formulaire)?(?: had| has| having| ayant| etant"
            r"| est| etait| a| was)? (?:lapsed|expired|run out|ran out|echue?|perimee?|expiree?|caduque?|caduc|lost"
            r"|egaree?|perdue?)\b",
            " ",
        ),
        (
            r",? ?\b(?:and |et )?(?:she |he |they |has |have |also )*(?:asks?|asked|requests?|requested|wants?"
            r"|would like|prefers?) (?:us |you |me |that )?(?:not )?to (?!sign|consent|withdraw|revoke|stop|cancel"
            r"|destroy|wait|hold|obtain|get|give|provide|act|represent)(?:(?!consent|authori)[^.;])*",
            " ",
        ),
        (
            r",? ?\b(?:et )?(?:elle|il|ils|elles|nous|vous|et) (?:nous |vous )?(?:demande|prie|souhaite"
            r"|prefere)(?:nt)? (?:de |d'|que )(?:ne pas )?(?!signer|retirer|cesser|attendre|detruire|revoquer|obtenir"
            r"|agir|consentir|nous\b|notre)(?:(?!consent|autoris)[^.;])*",
            " ",
        ),
        (r"\byou(?:'ll| will| can| may) (?:also |please )?(?:find|see|note|notice)\b", " "),
        # spoken first, written then
        (
            r"\b(?:verbal\w*|oral\w*|verbaux|de vive voix"
            r"|(?:by|over the|par) (?:tele)?phone)(?: consent)?(?: (?:at first|first|initially|d'abord|au depart"
            r"|au debut))?,? (?:and |but |et |mais )?(?:then|now|later|since|followed by|puis|ensuite|maintenant"
            r"|depuis|suivie? d'un)(?: (?:in writing|confirmed in writing|confirmee? par ecrit))?",
            " ",
        ),
        (r"\b(?:verbal\w*|oral\w*) (?:and|et) (?=written|ecrite?|signed|signe)", " "),
        (
            r"\bnot (?:just|only|merely) (?:verbal\w*|oral\w*|by phone)|\bpas (?:juste|seulement"
            r"|uniquement) (?:verbal\w*|oral\w*)",
            " ",
        ),
        # at the client's wish; a wish that is no more than one
        (
            r"\b(?:at|on|upon) (?:his|her|their|the (?:client|constituent|applicant|family)'s"
            r"|(?:mr|ms|mrs)\.? [a-z'-]+'s) (?:own )?(?:express )?requests?\b|\ba (?:sa|leur) demande\b"
            r"|\ba la demande d[eu'] ?(?:la |l')?(?:cliente?|commettante?|m\.|mme)",
            " ",
        ),
        (
            r"\b(?:agrees?|agreed|accepts?|accepted|wants?|wishes|accepte(?:nt)?|a accepte|souhaite(?:nt)?"
            rf"|veu(?:t|lent)) (?:that|for|que|qu'|to let) ?(?:{US})\b",
            f" {POLICY} consent ",
        ),
        (
            r"\b((?:fourni|remis|donne|obtenu|recu|signe|rempli|avons|ai"
            r"|detenons)\w*\b[^.;,]{0,40}?\b(?:consentements?|autorisations?|formulaires?(?: de consentement"
            r"| d'autorisation)?)) (?:demandee?s?|requise?s?|exigee?s?|necessaires?|voulue?s?|en bonne et due forme)\b",
            r"\1",
        ),
        (
            r"\b((?:consentements?|autorisations?|formulaires?(?: de consentement| d'autorisation)?)) (?:demandee?s?"
            r"|requise?s?|exigee?s?|necessaires?|voulue?s?)(?=[^.;]{0,30}\b(?:joint|annex|sign|dossier|recu|ci-j"
            r"|inclus|en main))",
            r"\1",
        ),
    )
)


def with_labels(folded: str) -> str:
    """The text with every label of consent in one form, its value behind it on the same line; as long as before."""

    def one(match: re.Match[str]) -> str:
        label = "consent:" if len(match[0]) >= 9 else "ok:"
        return label.ljust(len(match[0]))[: len(match[0])]

    ticked = "\n".join(_without_unticked(line) for line in folded.split("\n"))
    return _ANSWERED.sub(": ", _LABEL.sub(one, ticked))


def _without_unticked(line: str) -> str:
    """The line without its boxes that are not ticked, if one is."""
    if not _TICKED.search(line):
        return line
    return _UNTICKED.sub(lambda match: " " * len(match[0]), line)


def plainly(sentence: str) -> str:
    """One folded sentence, with other words for consent and double negations brought to one form."""
    words = agreed(sentence) if WRITING.search(sentence) else sentence
    for pattern, with_ in (*_REWRITES, *signing.REWRITES):
        words = pattern.sub(with_, words)
    words = granted(words, in_writing=WRITING.search(sentence) is not None)
    words = re.sub(r" {2,}", " ", words)
    return without_writing(words).replace(":", ",") if POLICY in words else words
