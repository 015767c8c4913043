"""Who lets the office act without the word consent: `nous a mandatés par écrit`, `gave us the go-ahead on paper`.

On folded text. A verb or a weaker word (permission, mandate, release) counts only where the sentence says that it was
put in writing; a release or a mandate only where it is the office's, the client's, or about information. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable

US = (
    r"(?:us|me|(?:our|this|the|my|your) (?:constituency |riding )?(?:office|team|bureau)"
    r"|(?:the |our |my |her |his |their )?(?:mp|m\.p\.|member(?: of parliament)?"
    r"|senator)(?:'s (?:constituency )?office)?(?: [a-z'-]+){0,2}?|(?:mr|ms|mrs|dr)\.? [a-z'-]+(?:'s office)?"
    r"|[a-z'-]+ [a-z'-]+'s office|notre (?:bureau|equipe)|(?:le |mon |son )?bureau(?: d[eu'] ?[a-z' -]{1,30})?|nous"
    r"|(?:le |la |son |sa |notre )?(?:deputee?|senat(?:eur|rice)))"
)
TO_ACT = (
    r"to (?:act|represent|speak|deal|intervene|communicate|correspond|inquire|enquire|handle|help|assist|look|make"
    r"|contact|talk|write|send|share|submit|receive|obtain|follow|forward|pursue|take|discuss|raise|get|work"
    r"|be (?:her|his|their)|see)"
)
AGIR = (
    r"(?:a |d'|de |pour |afin d'|afin de )(?:la |le |les |l'|vous |en )*(?:agir|representer|parler|traiter|intervenir"
    r"|communiquer|correspondre|faire|aider|assister|contacter|ecrire|transmettre|envoyer|remettre|acheminer|obtenir"
    r"|recevoir|suivre|discuter|demander|soumettre|deposer|occuper|s'occuper|mener)"
)
WRITING = re.compile(
    r"\b(?:sign(?:ed|ature|atures|ing|s)|written|in (?:black and white|writing)|on paper|executed|par ecrit|ecrite?s?"
    r"|sign(?:e|ee|es|ees)|forms?|formulaires?|papier|initialled|wrote (?:to )?(?:us|me|our office"
    r"|the (?:mp|member|senator))|dated|datee?s?|by (?:letter|e-?mail)|par (?:lettre|courriel))\b"
)
EASY = (
    r"(?:go-?ahead|green light|thumbs up|blessing|okay|ok|o\.k\.|permissions?|aval|feu vert|assentiment|accords?"
    r"|consent\.|autoris\.|sign-?off)"
)
"""Words that mean consent where they are written or signed."""
NARROW = (
    r"(?:authority|authorities|mandates?|mandats?|procurations?|powers? of attorney|releases?|waivers?|decharges?"
    r"|delegations?|approbations?|approvals?|agreements?|pouvoirs?|renonciations?|instructions|proxy|proxies)"
)
"""Words that mean consent only where it is to the office, of the client, or about information."""
_TO_THE_OFFICE = re.compile(
    r"\b(?:our|notre|nos|usual|standard|customary|habituelle?|privacy|information|to act|pour agir|d'agir|en faveur"
    rf"|in favou?r|{US}|(?:from|by|of|de|du|de la|par) (?:the |le |la |our |notre |her|him|them|elle|lui"
    r"|eux)?(?:clients?|cliente|constituents?|applicants?|commettante?|electeur|electrice)?)(?![a-z])"
)
_GRANTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:asked|requested|instructed|mandated|empowered|directed|engaged|retained|appointed|designated"
        r"|allow(?:ed|s)?|permit(?:ted|s)?|lets?|enabled|entrusted|cleared|ok(?:ay)?'?e?d|approved|delegated|named"
        rf"|chosen|wants|invited)(?: in writing)? {US}\b,?(?:[^.;]{{0,80}}?\b(?:{TO_ACT}|act for"
        r"|(?:as|with) (?:her|his|their))\b|(?= in writing|, in writing))",
        r"\b(?:nous|m'|vous) ?(?:a|ont|avait|avaient) (?:bien |dument |tous |toutes |deux |tous deux |par ecrit "
        r"|par sa signature )*(?:mandatee?s?|habilitee?s?|chargee?s?|designee?s?|permis|delegue|investis?|demande"
        rf"|donne (?:le )?(?:mandat|pouvoir))(?=[ ,])(?:[^.;]{{0,60}}?\b{AGIR})?",
        r"\b(?:a|ont) (?:bien |dument |par ecrit )*(?:mandate|habilite|charge|designe|permis a|demande a"
        rf"|donne mandat a|confie (?:un |le )?mandat (?:ecrit )?a)(?: par ecrit)? {US}(?:[^.;]{{0,60}}?\b{AGIR})?",
        rf"\bnous (?:permet(?:tent)?|autorise(?:nt)?|habilite(?:nt)?|mandate(?:nt)?)\b(?:[^.;]{{0,60}}?\b{AGIR})?",
        r"(?:^|[,:] )(?:dument )?(?:autorise|mandate|habilite)e?s? (?:par ecrit )?par (?:(?:le|la|notre) (?:client"
        r"|cliente|commettante?|demandeur|demanderesse)|l'electeur|l'electrice|m\.|mme|elle|lui)",
        r"\bnous (?:a|ont) (?:bien )?confie (?:un |le |son )?mandat",
    )
)
_AGREED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:agrees?|agreed|accepts?|accepted)\b[^.;]{0,30}? (?:to (?:our|us) \w+"
        r"|that (?:we|our office|the (?:mp|member|senator)))\b",
        r"\b(?:accepte(?:nt)?|a accepte|ont accepte)\b[^.;]{0,30}? que (?:nous|notre bureau|le bureau|la deputee?"
        r"|le depute|le senateur|la senatrice)\b",
    )
)
_AUTHORIZED = " authorized our office in writing "
_WE_ARE = re.compile(
    r"\b(?:we|i|nous|je|our office|notre bureau|this office|(?:the|our|my) (?:mp|member|senator)"
    r"|(?:le|la|mon|ma|notre) (?:deputee?|senat(?:eur|rice)))(?: are| am|'re|'m| is| were| have been| has been| was"
    r"| sommes| suis| avons ete| est| a ete)(?: now| duly| fully| properly| also| dument| bien"
    r"| formellement)?(?: in writing| par ecrit)? (?:authori[sz]ed|mandated|empowered|instructed|permitted|allowed"
    r"|cleared|autorisee?s?|mandatee?s?|habilitee?s?)\b(?! (?:by|par) (?:the |la |le )?(?:ircc|house|law|government"
    r"|loi|chambre|minist))(?=[^.;]{0,60}\b(?:by|in writing|written|signed|par|ecrite?)\b)(?:(?: in writing"
    rf"| par ecrit)? (?:{TO_ACT}|{AGIR}))?"
)


def agreed(words: str) -> str:
    """Before anything else: who agrees, in writing, that the office acts."""
    for grant in _AGREED:
        words = grant.sub(_AUTHORIZED, words)
    return words


def without_writing(words: str) -> str:
    """A rule of the office (`we never act without her go-ahead`): the weaker words mean consent there too."""
    return re.sub(rf"\b{EASY}(?![a-z])", " consent ", words)


def granted(words: str, *, in_writing: bool) -> str:
    """The sentence with every such grant as `authorized our office in writing`, every such word as `consent`."""
    if in_writing:
        for grant in _GRANTS:
            words = grant.sub(_AUTHORIZED, words)
        words = re.sub(rf"\b{EASY}(?![a-z])", " consent ", words)
        words = re.sub(rf"\b{NARROW}\b(?! (?:letter|of attorney))", _narrow(words), words)
    return _WE_ARE.sub(f" they{_AUTHORIZED}", words)


def _narrow(words: str) -> Callable[[re.Match[str]], str]:
    def one(match: re.Match[str]) -> str:
        near = f"{words[max(0, match.start() - 60) : match.start()]} {words[match.end() : match.end() + 80]}"
        return " consent " if _TO_THE_OFFICE.search(near) else match[0]

    return one
