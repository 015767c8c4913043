"""What offices put under their signatures for anybody to read, told from what the sender wrote there about a case.

Awareness months and crisis lines, hours and absences, invitations, surveys, slogans, remembrance, land and access:
words such as "deportation", "died" or "immediate danger" stand there and mean nobody. A paragraph is a footer only if
it speaks like one and nothing in it speaks of a person or an event of this mail, because news under a signature
counts. Pure; never fails; every pattern reads a paragraph of bounded length once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inboxd.parsers.own_voice import (
    MOST_CHARACTERS,
    comparable,
    is_own_voice,
    may_be_news,
    names_somebody,
    tells_of_case,
)

_SLOGAN_WORDS = 30
"""A longer paragraph is no slogan."""

_HOST = re.compile(r"https?://|\bwww\.|\b[a-z0-9-]{2,60}\.(?:ca|com|org|net|info|quebec|example)\b")
_CALL = re.compile(
    r"\b(?:1[ .-])?\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}\b|\b(?:911|9-1-1|988|9-8-8|811|8-1-1|211"
    r"|2-1-1)\b"
)

_ALWAYS = re.compile(
    # Stands alone as a footer, with or without a signature above.
    r"\b(?:is|are|marks?|c'est|est) [^.!?]{0,60}\b(?:awareness|prevention|heritage|history|appreciation|action)"
    r" (?:month"
    r"|week|day)\b|\b(?:awareness|prevention) (?:month|week|day)\b|\bmois (?:de la |d'|national |du )?[^.!?]{0,30}"
    r"(?:prevention|sensibilisation|histoire|patrimoine)\b|\b(?:semaine|journee) (?:nationale|mondiale|internationale"
    r"|quebecoise|canadienne|du souvenir)\b|\b(?:national|international|world) [^.!?]{0,40}\b(?:day|week|month)\b"
    r"|\b(?:[0-9]+|twelve|sixteen|douze|seize) (?:days of (?:action|activism)|jours d'action)\b|\bmovember\b"
    r"|\bif you,? (?:or|and) (?:someone|somebody|anyone|a loved one|your|a (?:friend|family))|\bif you are (?:a victim"
    r"|experiencing|being abused|feeling|struggling)|\bare you (?:a victim|experiencing|being|struggling|in crisis)\b"
    r"|\b(?:vous etes|etes-vous) (?:victime|temoin)|\bsi vous (?:ou (?:un|une|quelqu)|vivez de|subissez|etes victime)"
    r"|\b(?:thinking (?:of|about)|thoughts of) suicide\b|\bpensez au suicide\b|\b(?:you are|you're) not alone\b"
    r"|\bvous n'etes pas seule?s?\b|\bleave now and call\b|\b(?:help|crisis|distress|support|hot)"
    r" ?-?line\b(?=.*(?:[0-9]{3}|\bcall\b|\btext\b))"
    r"|\bsos violence\b|\bligne d'(?:ecoute|aide|urgence)\b|\blest we forget\b|\bnous nous souvenons\b|\bn'oublions"
    r" jamais\b"
    r"|\bwe (?:will )?remember them\b|\bbe(?:come)? an organ\b|\bdevenez donneu|\bone (?:organ )?donor can save\b|\bdon"
    r" d'organes? (?:et de tissus )?sauve"
    r"|\b(?:email|message|mailbox|inbox) (?:is|are) (?:not |only )?(?:monitored|checked|read)\b"
    r"|\b(?:do not|don't|does not|not) (?:monitor|check|monitored|checked)\b[^.!?]{0,60}\b(?:inbox|mailbox|account"
    r"|e-?mails?"
    r"|messages|weekends?|evenings?|hours)\b|\bn'est (?:pas|plus) (?:surveillee?|consultee?|lue?)\b"
    r"|\bvirus-free\b|\bsans virus\b|\bscanned (?:by|for)\b"
)
_SELF = re.compile(
    # Of the writer, and yet no news of a case: absences, land, pronouns.
    r"\b(?:i|we) (?:will be|am|are) (?:away|out of (?:the )?office|on (?:leave|vacation|holiday)|off|working from)\b"
    r"|\b(?:je serai|nous serons|je suis) (?:absente?s?|en conge|en vacances|en teletravail|de retour)\b"
    r"|\b(?:unceded|non cedes?|traditional territor\w+|territoires? traditionnels?|ancestral lands?)\b|\bland"
    r" acknowledg"
    r"|\bmy (?:pronouns|working hours)\b|\bmes pronoms\b"
)
_UNDER = re.compile(
    # Only under a signature: above it these may be the sender's own words.
    r"\b(?:after|outside|regular|business|office|working|opening) hours\b|\bweekends? and holidays\b|\bheures"
    r" (?:d'ouverture"
    r"|ouvrables|de bureau|normales)\b|\bferme\w* [^.!?]{0,20}fins? de semaine\b|\bjours feries\b|\b(?:office|team"
    r"|bureau|equipe) (?:is|will be"
    r"|est|sera|seront) (?:now |currently |also |maintenant |actuellement )?(?:closed|open|ferme|ouvert)\w*"
    r"\b(?:repl(?:y|ies)|response|answer)s?(?: times?)? (?:may|might|can|will) be\b|\bdelais? de reponse\b|\bhigh"
    r" volume\b"
    r"|\bvolume eleve\b|\bthank you for your patience\b|\bmerci de votre patience\b"
    r"|\bfor urgent (?:matters|requests|cases|issues)\b|\bpour toute urgence\b|\ben cas d'urgence\b|\bin (?:an|case of"
    r" an?)"
    r" emergency\b|\bfor (?:all )?emergencies\b|\bif (?:it is|this is|your (?:matter|case|call) is) (?:an emergency"
    r"|urgent)\b"
    r"|\b(?:mourn|griev)(?:s|ing)?\b|\b(?:loss|passing|death) of (?:our|a)\b|\bour (?:late )?(?:colleague"
    r"|friend)\b[^.!?]{0,60}\b(?:passed|loss|late)\b|\b(?:depart|deces) de (?:notre|nos)\b"
    r"|\ben deuil\b|\brest in peace\b|\brepose en paix\b|\bhonou?r(?:s|ing)? (?:those|the|our)\b|\bsouvenons-nous\b"
    r"|\b(?:another|alternate|alternative|accessible|large print) format\b|\b(?:autre|un) format\b|\bmedias?"
    r" substituts?\b"
    r"|\baccommodations?\b|\baccessib\w+\b|\bofficial language\b|\blangue officielle\b|\blangue de votre choix\b"
    r"|\bunceded\b|\bnon cedes?\b|\b(?:traditional|ancestral) (?:territor|land)|\bterritoires? (?:traditionnel|ancestr"
    r"|non)"
    r"|\bland acknowledg|\bpronouns?\b|\bpronoms\b|\bcritic for\b|\bporte-parole\b|\bparliamentary secretary\b"
    r"|\b(?:follow|like|find) (?:us|me|the|\w+ on)\b|\bsuivez\b|\bnewsletter\b|\binfolettre\b|\bsubscribe\b|\babonne"
    r"|\bsign up\b|\binscrivez|\binscriptions? ?(?::|en ligne|au [0-9])|\bregister (?:at|now|online|today|by|here|with"
    r"|your)\b|\brsvp\b|\btickets?(?: ?:| (?:at|available|on sale|from))"
    r"|\bbillets?(?: ?:| en vente)|\bvos billets\b|\bjoin (?:us|me|jude|our)\b|\bjoignez\b|\brejoignez\b|\byou are"
    r" invited\b|\bvous etes invite"
    r"|\bvenez\b|\bcome (?:to|and|by|see)\b|\bsave the date\b|\ba vos agendas\b|\btown ?hall\b|\bassemblee\b|\bopen"
    r" house\b"
    r"|\bportes ouvertes\b|\b(?:free|tax|immigration|legal|flu|vaccin\w*) clinics?\b|\bfood (?:drive|bank)\b|\btoy"
    r" drive\b|\bblanket drive\b|\bdrop-off\b|\bcollecte\b"
    r"|\bguignolee\b|\bpaniers? de noel\b|\bfundrais|\blevee de fonds\b|\bbenefice\b|\bdonate (?:to|now|today|at"
    r"|blood)\b|\bdonations? (?:to|are|accepted|welcome)\b|\bdonnez\b"
    r"|\bfaites un don\b|\bdon de sang\b|\bblood (?:donor|drive)\b|\bsav(?:e|es|ed|ing) (?:a )?li(?:fe|ves)\b"
    r"|\blife-?saving\b"
    r"|\bsauve[rz]? (?:des|une|la) vies?\b|\bvies sauvees?\b|\bsurvey\b|\bsondage\b|\bfeedback\b|\bhow did we do\b"
    r"|\bvos"
    r" commentaires\b|\brate (?:us|our|your)\b|\b(?:sign|support) (?:our|the|my) petition\b|\bsignez (?:la|notre|ma)\b"
    r"|\bour petition\b|\bstand (?:with|up)\b|\bsupport (?:our|the|local)\b|\bsolidarite avec\b"
    r"|\bappuyez\b|\bread (?:our|the|my|about)\b|\blisez\b|\bconsultez\b|\blearn (?:more|about|how)\b|\ben savoir"
    r" plus\b"
    r"|\bvisit (?:our|my|us|the)\b|\bvisitez\b|\b(?:our|my) (?:website|web site|guide|page|podcast|column|app)\b"
    r"|\b(?:notre|nos|mon) (?:site|guides?|page|balado|chronique|infolettre)\b|\bdid you know\b|\bsaviez-vous\b"
    r"|\b(?:know|knows) (?:somebody|someone|anyone)\b|\bconnaissez-vous\b|\bneed help\b|\bbesoin d'aide\b"
    r"|(?:^|[.!?,:] )(?:(?:please note|veuillez noter)(?: that| que)? )?(?:our|notre) (?:\w+ )?(?:office|team|bureau"
    r"|equipe|cabinet|personnel)\b(?! (?:would|wants?|needs?|has|asks?|asked|received|gets|wrote|recoit|vous|nous|a"
    r"|aimerait"
    r"|voudrait|souhaite|demande|desservant))|\bour (?:front desk|phone lines?|lines|telephones?)\b|\bnos (?:lignes"
    r"|bureaux)\b|\bat our (?:riding |constituency )?office\b|\bwe will"
    r" be"
    r" closed\b|\bnous serons fermes\b|\b(?:soiree|seance|session|evening) d'information\b|\binformation (?:session"
    r"|evening"
    r"|night)\b|\bentree libre\b|\b(?:free|no) (?:admission|entry)\b|\bhalf-mast\b|\ben berne\b|\bscams?\b|\bfraudes?\b"
    r"|\bprivacy (?:notice|policy|statement)\b|\bavis de confidentialite\b|\bnote to (?:constituents|all)\b|\bavis"
    r" (?:aux|a nos|a tous)\b|\blegal (?:advice|aid)\b|\b(?:conseils?|avis) juridiques?"
    r"|\baide juridique\b|\bproud(?:ly)? (?:to|serving|represent)|\bfier[es]* de\b|(?:^|, )au service de\b|\bserving"
    r" (?:the|our"
    r"|you)\b|\bhere to help\b|\bla pour vous\b|\bhappy (?:new|holiday|diwali|eid|hanukkah|thanksgiving|canada)\b"
    r"|\bseason'?s greetings\b|\bmerry christmas\b|\bjoyeu(?:x|ses)\b|\bbonne annee\b|\btest your\b|\bget (?:tested"
    r"|vaccinated|your)\b|\bfaites-vous\b|\bkills?\b.{0,40}\byour\b|\bmois de\b|\bmonth\b.{0,60}\b(?:support|help"
    r"|together)\b"
)
_TO_ANYBODY = re.compile(
    r"\b(?:you|your|vous|votre|vos|we|nous|call|text|dial|composez|appelez|textez)\b|\bmonth"
    r"|\bday\b"
    r"|\bmois\b|\bjournee\b|\bvirus\b"
)
_QUOTED_SLOGAN = re.compile(r"^\"[^\"]{10,240}\"(?: ?[-,(] ?.{2,60})?$|^[^\"]{0,3}\"[^\"]{10,240}\" ?- ?.{2,60}$")
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|je|j'ai|moi|mon|ma|mes|we were|they|ils|elles)\b")
_SECOND_PERSON = re.compile(
    r"\b(?:you|your|yours|yourself)\b|(?:^|[.!?] )vous (?:avez|etes|pensez|vivez|meritez|craignez|cherchez|n'etes)\b"
    r"|\bvotre (?:proche|vie|sante|voix|voisin|quartier|communaute|famille|bien-etre)\b"
)
_IMPERATIVE = re.compile(
    r"(?:^|[.!?:] ?)(?:wear|ask|report|reach out|talk|speak|share|give|read|watch|learn|check|test|call|text|get|know"
    r"|stop"
    r"|end|remember|protect|shop|buy|choose|be|keep|think|vote|say|visit|help|act|dites|parlez|portez|signalez|demandez"
    r"|partagez|protegez|restez|achetez|pensez|gardez|appelez|faites|lisez|donnez|agissez|votez)\b"
)
_SECRET = re.compile(
    r"^\W*(?:private (?:and|&) |prive et |strictly )?(?:confiden\w+|privileged|protected b|protege"
    r" b)\b"
    r"(?=.*\b(?:message|e-?mails?|courriel|contents?|contenu|communication|transmission"
    r"|documents?)\b)"
)
_BANNER = re.compile(
    r"^\W*(?:external|courriel externe|caution|attention|warning|avertissement|mise en garde)\b.{0,240}"
    r"\b(?:outside|originated|external|externe|links?|liens?|attachments?|pieces jointes|sender|expediteur|provient)\b",
    re.DOTALL,
)


def is_footer(lines: Sequence[str], *, under_signature: bool) -> bool:
    """Whether the lines speak to anybody and of nobody. `under_signature`: a signature stands above them."""
    text = comparable(lines)
    if not text or len(text) > MOST_CHARACTERS or tells_of_case(lines):
        return False
    if not under_signature:
        return _ALWAYS.search(text) is not None and _TO_ANYBODY.search(text) is not None
    if _ALWAYS.search(text) or _SELF.search(text):
        return True
    return not is_own_voice(text) and bool(
        _UNDER.search(text)
        or _SECRET.match(text)
        or (_QUOTED_SLOGAN.match(text) and not _FIRST_PERSON.search(text) and not may_be_news(text))
        or (
            (_HOST.search(text) or (_CALL.search(text) and _TO_ANYBODY.search(text))) and not _FIRST_PERSON.search(text)
        )
    )


def speaks_to_anybody(lines: Sequence[str]) -> bool:
    """Whether the lines, under an office's block, address whoever reads them and hold nothing that could be news."""
    text = comparable(lines)
    if not text or len(text) > MOST_CHARACTERS or tells_of_case(lines):
        return False
    addressed = _SECOND_PERSON.search(text) or _IMPERATIVE.search(text)
    if addressed is None or len(text.split()) > _SLOGAN_WORDS or is_own_voice(text):
        return False
    return not (may_be_news(_CALL.sub(" ", text)) or names_somebody(lines))


def is_banner(lines: Sequence[str]) -> bool:
    """Whether the lines are the warning that a mail server puts over mail from outside."""
    return _BANNER.match(comparable(lines)) is not None and not tells_of_case(lines)
