"""What offices put under their signatures for anybody to read, told from what the sender wrote there about a case.

Awareness months and crisis lines, hours and absences, invitations, surveys, slogans, remembrance, land and access:
words such as "deportation", "died" or "immediate danger" stand there and mean nobody. A paragraph is a footer only if
it speaks like one and nothing in it speaks of a person or an event of this mail, because news under a signature
counts. Pure; never fails; every pattern reads a paragraph of bounded length once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inboxd.parsers.characters import fold

_MOST_CHARACTERS = 3000
_SLOGAN_WORDS = 30
_DASHES = str.maketrans("‐‑‒–—−’‘“”«»\u00a0", "------''\"\"\"\" ")

_NUMBER = re.compile(r"\b[a-z]{1,2}[0-9]{8,9}\b|\b[0-9]{2}-[0-9]{4}-[0-9]{4}\b|\buci\b|\biuc\b")
_POSTSCRIPT = re.compile(r"(?:^|[\s(*])(?:p\. ?-? ?s\.?|ps)(?: ?[:.,-]|\s+[a-z])|\bpost-?scriptum\b|(?:^|\s)n\.? ?b\.? ?[:.-]"
                         r"|\b[a-z]?n\.b\.")
_PERSON = re.compile(
    r"\b(?:he|she|him|her|his|hers|elle|lui)\b(?!/)|\b(?:mr|mrs|ms|mme|mlle|monsieur|madame)\b\.? ?[a-z]"
    r"|\b(?:our|the|my|this|that|notre|la|le|mon|cette?|ces) ?(?:\w+ )?(?:clients?|clientes?|constituents?|citoyen(?:ne)?"
    r"|commettante?|famil(?:y|le)|couple|father|mother|parents?|wife|husband|son|daughter|baby|child|children|brother"
    r"|sister|pere|mere|epouse|epoux|mari|femme|fils|fille|bebe|frere|soeur|enfants?)\b"
    r"|\b(?:father|mother|wife|husband|son|daughter|baby|brother|sister|nephew|niece|uncle|aunt|cousin|fiance|fiancee"
    r"|pere|mere|papa|maman|dad|mom|mum|grand(?:mother|father|ma|pa|-mere|-pere)|epouse|epoux|mari|fille|bebe|frere|soeur|neveu|oncle|tante)\b(?! (?:tongue|langue|day))"
    r"|\b(?:client|cliente|constituent|commettante?|applicant|requerante?)\b(?! (?:service|portal|centre|assistant))"
    r"|\b(?:son|sa|ses) (?:pere|mere|epouse|mari|fils|fille|frere|soeur|vol|renvoi|depart|visa|dossier|avocate?|permis)\b"
    r"|\bil (?:est|a|doit|part|sera|n'a|n'est|se|vient|va)\b(?! (?:interdit|ete prouve|possible|important|strictement))"
)
_CAPITAL_PERSON = re.compile(r"\b(?:M\.|MM\.|Mr\.?|Mrs\.?|Ms\.?|Mme|Mlle|Dr\.?) [A-ZÀ-Ý]")
_EVENT = re.compile(
    r"\b(?:the|this|la|le|ce|cette|l') ?(?:removal|flight|deportation|hearing|funeral|burial|surgery|operation|file|case"
    r"|application|stay|ticket|plane|visa|permit|renvoi|vol|expulsion|audience|dossier|demande|sursis|enterrement"
    r"|obseques|funerailles|billet|avion|permis|ward|hospital|airport|prison|camp|shelter|lawyer|embassy|officer|hopital"
    r"|aeroport|refuge|avocate?|ambassade|agente?)\b"
    r"|\b(?:removal|flight|deadline|departure|escort|vol|renvoi|depart|echeance|date limite|update|mise a jour) ?(?:date)?"
    r" ?:|\b(?:tonight|this (?:morning|afternoon|evening|minute)|right now|as i write|ce soir|ce matin|cette nuit"
    r"|cet apres-midi|a l'instant|viens?t? (?:de|d')|viennent (?:de|d')|just (?:called|been|heard|learned|told|told us|got)"
    r"|i forgot|j'oubliais|j'ai oublie|one more thing|autre chose|by the way|au fait|case (?:two|2|three|3)"
    r"|(?:tomorrow|demain|hier|yesterday)|detained since|detenue? depuis|was (?:arrested|detained|taken|moved)"
    r"|arretee? (?:ce|hier|par)|en route|on the way)\b"
)
_STOCK = re.compile(
    r"(?:his|her) or (?:her|his)|his/her|he/she|she/her(?:/hers|/elle)?|he/him(?:/his|/lui)?|elle/(?:la|she|her)|il/lui"
    r"|(?:solicitor|lawyer|attorney|avocat)-clients?|constituents? (?:and|or) (?:visitors|residents)"
    r"|(?:if|are) you (?:are )?(?:her|his)|(?:the )?(?:family|domestic) violence|family (?:doctor|day|fun)\w*|la famille"
    r"|(?:the|la) (?:stay|visa)(?: office)? (?:at|of)|this (?:file|application) (?:is|may be) (?:attached|infected)"
)

_HOST = re.compile(r"https?://|\bwww\.|\b[a-z0-9-]{2,60}\.(?:ca|com|org|net|info|quebec|example)\b")
_CALL = re.compile(r"\b(?:1[ .-])?\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}\b|\b(?:911|9-1-1|988|9-8-8|811|8-1-1|211|2-1-1)\b")

_ALWAYS = re.compile(
    # Stands alone as a footer, with or without a signature above.
    r"\b(?:is|are|marks?|c'est|est) [^.!?]{0,60}\b(?:awareness|prevention|heritage|history|appreciation|action) (?:month"
    r"|week|day)\b|\b(?:awareness|prevention) (?:month|week|day)\b|\bmois (?:de la |d'|national |du )?[^.!?]{0,30}"
    r"(?:prevention|sensibilisation|histoire|patrimoine)\b|\b(?:semaine|journee) (?:nationale|mondiale|internationale"
    r"|quebecoise|canadienne|du souvenir)\b|\b(?:national|international|world) [^.!?]{0,40}\b(?:day|week|month)\b"
    r"|\b(?:[0-9]+|twelve|sixteen|douze|seize) (?:days of (?:action|activism)|jours d'action)\b|\bmovember\b"
    r"|\bif you,? (?:or|and) (?:someone|somebody|anyone|a loved one|your|a (?:friend|family))|\bif you are (?:a victim"
    r"|experiencing|being abused|feeling|struggling)|\bare you (?:a victim|experiencing|being|struggling|in crisis)\b"
    r"|\b(?:vous etes|etes-vous) (?:victime|temoin)|\bsi vous (?:ou (?:un|une|quelqu)|vivez de|subissez|etes victime)"
    r"|\b(?:thinking (?:of|about)|thoughts of) suicide\b|\bpensez au suicide\b|\b(?:you are|you're) not alone\b"
    r"|\bvous n'etes pas seule?s?\b|\bleave now and call\b|\b(?:help|crisis|distress|support|hot) ?-?line\b(?=.*(?:[0-9]{3}|\bcall\b|\btext\b))"
    r"|\bsos violence\b|\bligne d'(?:ecoute|aide|urgence)\b|\blest we forget\b|\bnous nous souvenons\b|\bn'oublions jamais\b"
    r"|\bwe (?:will )?remember them\b|\bbe(?:come)? an organ\b|\bdevenez donneu|\bone (?:organ )?donor can save\b|\bdon d'organes? (?:et de tissus )?sauve"
    r"|\b(?:email|message|mailbox|inbox) (?:is|are) (?:not |only )?(?:monitored|checked|read)\b"
    r"|\b(?:do not|don't|does not|not) (?:monitor|check|monitored|checked)\b[^.!?]{0,60}\b(?:inbox|mailbox|account|e-?mails?"
    r"|messages|weekends?|evenings?|hours)\b|\bn'est (?:pas|plus) (?:surveillee?|consultee?|lue?)\b"
    r"|\bvirus-free\b|\bsans virus\b|\bscanned (?:by|for)\b"
)
_SELF = re.compile(
    # Of the writer, and yet no news of a case: absences, land, pronouns.
    r"\b(?:i|we) (?:will be|am|are) (?:away|out of (?:the )?office|on (?:leave|vacation|holiday)|off|working from)\b"
    r"|\b(?:je serai|nous serons|je suis) (?:absente?s?|en conge|en vacances|en teletravail|de retour)\b"
    r"|\b(?:unceded|non cedes?|traditional territor\w+|territoires? traditionnels?|ancestral lands?)\b|\bland acknowledg"
    r"|\bmy (?:pronouns|working hours)\b|\bmes pronoms\b"
)
_UNDER = re.compile(
    # Only under a signature: above it these may be the sender's own words.
    r"\b(?:after|outside|regular|business|office|working|opening) hours\b|\bweekends? and holidays\b|\bheures (?:d'ouverture"
    r"|ouvrables|de bureau|normales)\b|\bferme\w* [^.!?]{0,20}fins? de semaine\b|\bjours feries\b|\b(?:office|team|bureau|equipe) (?:is|will be"
    r"|est|sera|seront) (?:now |currently |also |maintenant |actuellement )?(?:closed|open|ferme|ouvert)\w*"
    r"\b(?:repl(?:y|ies)|response|answer)s?(?: times?)? (?:may|might|can|will) be\b|\bdelais? de reponse\b|\bhigh volume\b"
    r"|\bvolume eleve\b|\bthank you for your patience\b|\bmerci de votre patience\b"
    r"|\bfor urgent (?:matters|requests|cases|issues)\b|\bpour toute urgence\b|\ben cas d'urgence\b|\bin (?:an|case of an?)"
    r" emergency\b|\bfor (?:all )?emergencies\b|\bif (?:it is|this is|your (?:matter|case|call) is) (?:an emergency|urgent)\b"
    r"|\b(?:mourn|griev)(?:s|ing)?\b|\b(?:loss|passing|death) of (?:our|a)\b|\bour (?:late )?(?:colleague|friend)\b[^.!?]{0,60}\b(?:passed|loss|late)\b|\b(?:depart|deces) de (?:notre|nos)\b"
    r"|\ben deuil\b|\brest in peace\b|\brepose en paix\b|\bhonou?r(?:s|ing)? (?:those|the|our)\b|\bsouvenons-nous\b"
    r"|\b(?:another|alternate|alternative|accessible|large print) format\b|\b(?:autre|un) format\b|\bmedias? substituts?\b"
    r"|\baccommodations?\b|\baccessib\w+\b|\bofficial language\b|\blangue officielle\b|\blangue de votre choix\b"
    r"|\bunceded\b|\bnon cedes?\b|\b(?:traditional|ancestral) (?:territor|land)|\bterritoires? (?:traditionnel|ancestr|non)"
    r"|\bland acknowledg|\bpronouns?\b|\bpronoms\b|\bcritic for\b|\bporte-parole\b|\bparliamentary secretary\b"
    r"|\b(?:follow|like|find) (?:us|me|the|\w+ on)\b|\bsuivez\b|\bnewsletter\b|\binfolettre\b|\bsubscribe\b|\babonne"
    r"|\bsign up\b|\binscrivez|\binscriptions? ?(?::|en ligne|au [0-9])|\bregister (?:at|now|online|today|by|here|with|your)\b|\brsvp\b|\btickets?(?: ?:| (?:at|available|on sale|from))"
    r"|\bbillets?(?: ?:| en vente)|\bvos billets\b|\bjoin (?:us|me|jude|our)\b|\bjoignez\b|\brejoignez\b|\byou are invited\b|\bvous etes invite"
    r"|\bvenez\b|\bcome (?:to|and|by|see)\b|\bsave the date\b|\ba vos agendas\b|\btown ?hall\b|\bassemblee\b|\bopen house\b"
    r"|\bportes ouvertes\b|\b(?:free|tax|immigration|legal|flu|vaccin\w*) clinics?\b|\bfood (?:drive|bank)\b|\btoy drive\b|\bblanket drive\b|\bdrop-off\b|\bcollecte\b"
    r"|\bguignolee\b|\bpaniers? de noel\b|\bfundrais|\blevee de fonds\b|\bbenefice\b|\bdonate (?:to|now|today|at|blood)\b|\bdonations? (?:to|are|accepted|welcome)\b|\bdonnez\b"
    r"|\bfaites un don\b|\bdon de sang\b|\bblood (?:donor|drive)\b|\bsav(?:e|es|ed|ing) (?:a )?li(?:fe|ves)\b|\blife-?saving\b"
    r"|\bsauve[rz]? (?:des|une|la) vies?\b|\bvies sauvees?\b|\bsurvey\b|\bsondage\b|\bfeedback\b|\bhow did we do\b|\bvos"
    r" commentaires\b|\brate (?:us|our|your)\b|\b(?:sign|support) (?:our|the|my) petition\b|\bsignez (?:la|notre|ma)\b|\bour petition\b|\bstand (?:with|up)\b|\bsupport (?:our|the|local)\b|\bsolidarite avec\b"
    r"|\bappuyez\b|\bread (?:our|the|my|about)\b|\blisez\b|\bconsultez\b|\blearn (?:more|about|how)\b|\ben savoir plus\b"
    r"|\bvisit (?:our|my|us|the)\b|\bvisitez\b|\b(?:our|my) (?:website|web site|guide|page|podcast|column|app)\b"
    r"|\b(?:notre|nos|mon) (?:site|guides?|page|balado|chronique|infolettre)\b|\bdid you know\b|\bsaviez-vous\b"
    r"|\b(?:know|knows) (?:somebody|someone|anyone)\b|\bconnaissez-vous\b|\bneed help\b|\bbesoin d'aide\b"
    r"|(?:^|[.!?,:] )(?:(?:please note|veuillez noter)(?: that| que)? )?(?:our|notre) (?:\w+ )?(?:office|team|bureau"
    r"|equipe|cabinet|personnel)\b(?! (?:would|wants?|needs?|has|asks?|asked|received|gets|wrote|recoit|vous|nous|a|aimerait"
    r"|voudrait|souhaite|demande|desservant))|\bour front desk\b|\bat our (?:riding |constituency )?office\b|\bwe will be"
    r" closed\b|\bnous serons fermes\b|\b(?:soiree|seance|session|evening) d'information\b|\binformation (?:session|evening"
    r"|night)\b|\bentree libre\b|\b(?:free|no) (?:admission|entry)\b|\bhalf-mast\b|\ben berne\b|\bscams?\b|\bfraudes?\b"
    r"|\bprivacy (?:notice|policy|statement)\b|\bavis de confidentialite\b|\bnote to (?:constituents|all)\b|\bavis (?:aux|a nos|a tous)\b|\blegal (?:advice|aid)\b|\b(?:conseils?|avis) juridiques?"
    r"|\baide juridique\b|\bproud(?:ly)? (?:to|serving|represent)|\bfier[es]* de\b|(?:^|, )au service de\b|\bserving (?:the|our"
    r"|you)\b|\bhere to help\b|\bla pour vous\b|\bhappy (?:new|holiday|diwali|eid|hanukkah|thanksgiving|canada)\b"
    r"|\bseason'?s greetings\b|\bmerry christmas\b|\bjoyeu(?:x|ses)\b|\bbonne annee\b|\btest your\b|\bget (?:tested"
    r"|vaccinated|your)\b|\bfaites-vous\b|\bkills?\b.{0,40}\byour\b|\bmois de\b|\bmonth\b.{0,60}\b(?:support|help|together)\b"
)
_TO_ANYBODY = re.compile(r"\b(?:you|your|vous|votre|vos|we|nous|call|text|dial|composez|appelez|textez)\b|\bmonth|\bday\b"
                         r"|\bmois\b|\bjournee\b|\bvirus\b")
_QUOTED_SLOGAN = re.compile(r"^\"[^\"]{10,240}\"(?: ?[-,(] ?.{2,60})?$|^[^\"]{0,3}\"[^\"]{10,240}\" ?- ?.{2,60}$")
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|je|j'ai|moi|mon|ma|mes|we were|they|ils|elles)\b")
_SECOND_PERSON = re.compile(
    r"\b(?:you|your|yours|yourself)\b|(?:^|[.!?] )vous (?:avez|etes|pensez|vivez|meritez|craignez|cherchez|n'etes)\b"
    r"|\bvotre (?:proche|vie|sante|voix|voisin|quartier|communaute|famille|bien-etre)\b")
_IMPERATIVE = re.compile(
    r"(?:^|[.!?:] ?)(?:wear|ask|report|reach out|talk|speak|share|give|read|watch|learn|check|test|call|text|get|know|stop"
    r"|end|remember|protect|shop|buy|choose|be|keep|think|vote|say|visit|help|act|dites|parlez|portez|signalez|demandez"
    r"|partagez|protegez|restez|achetez|pensez|gardez|appelez|faites|lisez|donnez|agissez|votez)\b")
_OWN_VOICE = re.compile(
    # The writer speaks, asks the reader for something, tells of somebody, or names whom the mail is about or for.
    r"\b(?:sa|ses|i|i'm|i've|i'd|my|mine|we've|we'd|je|j'[a-z]+|moi|mon|ma|mes|they|them|their|ils|elles|leur|leurs)\b"
    r"|\bme\b(?! on (?:facebook|instagram|twitter|x|linkedin)\b)"
    r"|\b(?:can|could|will|would|do|did) (?:you|your|ircc|someone|somebody|the (?:department|office|minister))\b"
    r"|\bare you able\b|\b(?:pouvez|pourriez|avez|savez|etes|allez|comptez|voulez)-vous\b|\w+ez-vous\b[^.!]*\?"
    r"|\b(?:is|are|was|has|does|did|doesn't|isn't) (?:it|this|that|there|these|any)\b[^.!]*\?|\bwe (?:would|need|want|ask"
    r"|hope|are (?:asking|trying|writing)|understand|realise|realize|have (?:been|asked|written))\b|\bwould like\b"
    r"|\bnous (?:aimerions|voudrions|demandons|souhaitons|avons|aurions|comprenons|savons|vous)\b|\b(?:est-ce qu|qu'est-ce)"
    r"|\b(?:aimerait|voudrait|souhaite(?:rait)?|aimeraient|voudraient)\b|\bon (?:se|l'|a|nous|aimerait|comprend|vous)\b"
    r"|\b(?:ircc|cbsa|asfc|mcmps|cmds|department|ministere|policy|directives|delegate|deleguee?|intake|litige|irb|cisr|sai"
    r"|h&c|prra|erar|trv|trp|vrt|permit|permis)\b"
    r"|\b(?:call|reach|reached|phone|write|joindre|joint|appeler|rappeler|telephoner)\b[^.]{0,25}\b(?:us|me|nous|moi|at [0-9])"
    r"|\bago\b|\b(?:was|were|had|avait|avaient|etait|etaient|a ete|ont ete)\b"
)
_NEWS = re.compile(
    # What a slogan lacks besides: a plea, a day or hour, a thing that has just happened.
    r"\b(?:please|pls|svp|we|nous|on)\b|-vous\b|\bmerci (?:de|pour)\b|\bs'il vous plait\b|\bthank(?:s| you) for\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b"
    r"|\byou \w{2,12}ed\b|\byou (?:sent|lost|wrote|said|told|can't)\b|\bvous avez \w+e[rs]?\b|\b(?:with|from|to|of|by|at|so|as|when) you\b|\byou(?:'ll|'d)? (?:recall|remember|know what|have to)\b"
    r"|\byour (?:mission|system|phone|queue|office|centre|center|e?-?mail|side|website|letter|branch|team|officers?|people"
    r"|colleagues?|answer|reply|guidance|help|time|attention)\b"
    r"|\b(?:today|aujourd'hui|noon|midi|midnight|minuit|now|still|already|also|again|toujours|deja|aussi|encore)\b"
    r"|\b[0-9]{1,2} ?(?::|h|am\b|pm\b|a\.m|p\.m) ?[0-9]{0,2}|\b[0-9]{1,2}(?:st|nd|rd|th|er)?\b(?! ?[-.) ]?[0-9])"
    r"|\b(?:called|told|confirmed|received|phoned|learned|said|moved|died|killed|arrested|detained|refused|hit|attacked"
    r"|appele|confirme|recu|appris|decede|mort|tue|arrete|detenu|refuse|correction|ajout|added|addendum|ps)\b")
_FULL_NAME = re.compile(r"[A-ZÀ-Ý][a-zà-ÿ]+ [A-ZÀ-Ý][a-zà-ÿ]+-?[A-Za-zÀ-ÿ]*")
_SECRET = re.compile(r"^\W*(?:private (?:and|&) |prive et |strictly )?(?:confiden\w+|privileged|protected b|protege b)\b"
                     r"(?=.*\b(?:message|e-?mails?|courriel|contents?|contenu|communication|transmission|documents?)\b)")
_BANNER = re.compile(
    r"^\W*(?:external|courriel externe|caution|attention|warning|avertissement|mise en garde)\b.{0,240}"
    r"\b(?:outside|originated|external|externe|links?|liens?|attachments?|pieces jointes|sender|expediteur|provient)\b",
    re.DOTALL)


def comparable(lines: Sequence[str]) -> str:
    """The lines as one, without accents and case, with straight quotes and dashes."""
    text = " ".join(line.strip() for line in lines)[:_MOST_CHARACTERS + 1]
    return fold(text.translate(_DASHES)).strip()


def tells_of_case(lines: Sequence[str]) -> bool:
    """Does a line name a person, a number of this field, or an event of this mail? Then it is the sender's own."""
    text = comparable(lines)
    if _NUMBER.search(text) or _POSTSCRIPT.search(text):
        return True
    bare = _STOCK.sub(" ", text)
    return bool(_PERSON.search(bare) or _EVENT.search(bare) or _CAPITAL_PERSON.search(" ".join(lines)))


def is_footer(lines: Sequence[str], *, under_signature: bool) -> bool:
    """Whether the lines speak to anybody and of nobody. `under_signature`: a signature stands above them."""
    text = comparable(lines)
    if not text or len(text) > _MOST_CHARACTERS or tells_of_case(lines):
        return False
    if not under_signature:
        return _ALWAYS.search(text) is not None and _TO_ANYBODY.search(text) is not None
    if _ALWAYS.search(text) or _SELF.search(text):
        return True
    return _OWN_VOICE.search(text) is None and bool(
        _UNDER.search(text)
        or _SECRET.match(text)
        or (_QUOTED_SLOGAN.match(text) and not _FIRST_PERSON.search(text) and not _NEWS.search(text))
        or ((_HOST.search(text) or (_CALL.search(text) and _TO_ANYBODY.search(text)))
            and not _FIRST_PERSON.search(text))
    )


def speaks_to_anybody(lines: Sequence[str]) -> bool:
    """Whether the lines, under an office's block, address whoever reads them and hold nothing that could be news."""
    text = comparable(lines)
    if not text or len(text) > _MOST_CHARACTERS or tells_of_case(lines):
        return False
    addressed = _SECOND_PERSON.search(text) or _IMPERATIVE.search(text)
    if addressed is None or len(text.split()) > _SLOGAN_WORDS or _OWN_VOICE.search(text):
        return False
    return not (_NEWS.search(_CALL.sub(" ", text)) or _FULL_NAME.search(" ".join(lines)))


def is_banner(lines: Sequence[str]) -> bool:
    """Whether the lines are the warning that a mail server puts over mail from outside."""
    return _BANNER.match(comparable(lines)) is not None and not tells_of_case(lines)
