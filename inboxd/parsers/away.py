"""Whether a text is nothing but an absence notice, or says of itself that a machine sent it: for mail without headers.

A notice is known by what it does not say: every sentence of it greets, thanks, tells of the absence, or names who can
be asked meanwhile, in English or French. One sentence more, one application number, and a person wrote it for us to
read; "I am out of the office tomorrow, her removal is on Friday" is no notice. Only an answer can be one. Pure; never
fails; bounded by `_LONGEST`.
"""

from __future__ import annotations

import re

from inboxd.parsers.characters import clean, fold

_LONGEST = 2000
_MOST_SENTENCES = 40

_ENDS = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[.!?])$|[;*_=•|/]+\s|\s[-/|•*]{1,3}\s")
_NUMBER = re.compile(
    r"\b[a-z]{1,2} ?-?[0-9]{8,9}\b|\b[0-9]{2}-[0-9]{4}-[0-9]{4}\b|\b(?:uci|iuc)\b"
    r"|[a-z]{2,4}-[0-9]{2}-[0-9]{4}"
)

_SHORTENED = re.compile(
    r"\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|janv|fevr?|avr|juil|mon|tues?|wed|thurs?|fri|sat|sun|[ap]\.m"
    r"|mr|mrs|ms|dr)\.",
    re.IGNORECASE,
)
_GREETING = re.compile(r"(?:hello|hi|bonjour|greetings|good (?:morning|afternoon|day))[,!. -]+(?=\S)", re.IGNORECASE)
_MATTERS = re.compile(
    r"\b(?:remov|renvoi|urgen|depor|expul|hear|audience|visa|deten|detain|passp|flight|vol\b|refus|emerg|perm|help"
    r"|aide|crit"
    r"|tonight|death|dec[ei]|surg|die|dying|mour|danger|refug|asyl|arres|travel|fami|child|enfant)"
)
_EN_AWAY = (
    r"(?:out of (?:the |my |our )?(?:office|country|town)|away(?: from (?:the|my|our) (?:office|desk|e-?mail"
    r"|computer))?"
    r"|on (?:a |an |my )?(?:(?:annual|sick|maternity|paternity|parental|medical|personal|extended|family|short) )?"
    r"(?:leave|vacation|holidays?|break)|unavailable|not (?:available|in the office|checking (?:my )?e-?mails?)"
    r"|closed|travelling)"
)
_FR_AWAY = (
    r"(?:absente?s?(?: du bureau| pour)?|en (?:vacances|conge[s]?|deplacement|arret maladie|formation)|hors du bureau"
    r"|a l'exterieur(?: du bureau)?|ferme[es]?s?|indisponibles?|de retour)"
)
_WORDS = (
    "a access after again all an and any as at available back be because been before beginning between but by can "
    "cannot"
    " check checking currently day days delay delayed do due during e-mail e-mails email emails end ending every few "
    "for from"
    " full have having holiday holidays hours i i'll in inbox inclusive inclusively intermittent is limited little mail"
    " message messages mobile moment morning my next no not occasionally of on only or our over parental period "
    "phone please possible"
    " re-open reopen reopening reply respond response return returning returned seasonal soon starting statutory "
    "telephone the"
    " then there this through till time to today tomorrow tonight until upon vacation very voicemail we we'll week "
    "weekend"
    " weeks when while will with without work you your am pm est edt a.m p.m noon afternoon evening"
    " acces afin annuel maternite paternite parental maladie medical deplacement formation courriel message apres au "
    "aucun aucune aura aurai aux avant avec boite bureau ce ces cette conge conges courriel courriels"
    " cours d dans date de debut delai dernier des des du durant en entre et etre fin jour jours journee jusqu "
    "jusque l la le"
    " les limite lors ma matin mes messages mon nos notre nous ou par pas pendant periode plus possible pour prochain"
    " prochaine que rapidement repondrai repondrons reponse reprendrai retour retourner revenir sans sera serai serons"
    " semaine semaines soir ses si sont suite sur telephone temps tous tout toute travail un une urgence vacances "
    "verifierai"
    " verifier verrai vers vos votre vous y dès inclusivement heures est qui je j n ne ai a h consulterai consulter"
)
_DATES = (
    " monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september"
    " october november december jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun"
    " lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril mai juin juillet aout septembre "
    "octobre"
    " novembre decembre st nd rd th er christmas easter noel paques new year canada thanksgiving summer winter "
    "spring fall"
)
_CALM = frozenset(fold(f"{_WORDS} {_DATES}").split())
"""Words that can stand in a sentence about an absence without saying anything else."""
_TOKEN = re.compile(r"[^\s,:()<>\"“”«»]+")
_PLACE = re.compile(
    r"[^@\s]+@[^@\s]+|https?://\S+|www\.\S+|\+?[0-9][0-9.()x/h:-]*(?:st|nd|rd|th|er|h|am|pm)?", re.IGNORECASE
)

_WHO = (
    r"(?:i|i'm|i will|i'll|i am|we|we are|we're|we will|we'll|our (?:office|team)s?(?: is| are| will)?"
    r"|the (?:office|team)(?: is| will)?)"
)
_QUI = r"(?:je|j'|nous|notre (?:bureau|equipe)|le bureau|nos bureaux)"
_ABSENCE = re.compile(
    rf"(?:please (?:note|be advised|be aware)(?: that)? |i'm sorry,? |sorry,? )?{_WHO}(?: am| is| are| be| will be)?"
    rf"(?: currently| presently| now| also)? ?{_EN_AWAY}\b"
    rf"|(?:currently |presently )?out of (?:the )?office\b|on vacation\b"
    rf"|(?:veuillez noter que |sachez que |a noter que )?{_QUI} ?(?:suis|serai|sommes|serons|est|sera|sont|seront)"
    rf"(?: actuellement| presentement| donc)? ?{_FR_AWAY}(?!\w)"
    r"|(?:actuellement |presentement )?(?:absente?|en (?:vacances|conge)) (?:du|de|jusqu)"
)
_RETURN = re.compile(
    rf"{_WHO} (?:return|be back|be returning|back|am back|reopen|be in the office|respond|reply|answer"
    rf"|get back to you|have)\b"
    r"|i will (?:be )?(?:return|back|respond|reply|answer|have|not|read|check)"
    rf"|(?:upon|on) my return\b|returning (?:on )?|back (?:on|in the office)\b"
    rf"|{_QUI} ?(?:serai|serons|vous|reviendrai|rentrerai|reprendrai|repondrai|repondrons|aurai|n'aurai|sera"
    rf"|verifierai|consulterai)"
    r"|a mon retour\b|de retour\b|mon retour\b|reouverture\b"
)
_ASK = re.compile(
    r"(?:please )?(?:if|for|in case of|in the event of|should|in my absence|during (?:this|my|that)|meanwhile"
    r"|in the meantime"
    r"|(?:contact|call|e-?mail|reach|write))\b.*"
    r"|(?:veuillez |merci de |vous pouvez )?(?:si|pour|en cas|durant|pendant|d'ici la|entre-?temps|en mon absence"
    r"|contacte[zr]"
    r"|communique[zr]|ecri(?:vez|re)|appele[zr]|joindre|adresse[zr])\b.*"
)
_ASK_WORDS = _CALM | frozenset(
    fold(
        "if urgent matter matters emergency emergencies immediate assistance assist help need needs require requires "
        "required"
        " contact call reach write us our office colleague colleagues absence meantime meanwhile case event should "
        "questions"
        " question further attention general inquiries enquiries directly him her them at constituency hill "
        "parliament is"
        " may instead matter's immediately address can't wait number me cell"
        " si urgent urgente urgents cas question questions besoin assistance aide immediate contacter contactez "
        "communiquer"
        " communiquez avec ecrire ecrivez appeler appelez joindre veuillez merci pouvez collegue collegues absence "
        "entretemps"
        " ici la mon ma cas d'urgence urgence toute demande demandes directement adresse adresser adressez-vous "
        "circonscription"
        " colline parlement bureau suivant suivante numero attention aupres moi cellulaire mesure"
    ).split()
)
_POLITE = re.compile(
    r"(?:hello|hi|hi there|hello there|good (?:morning|afternoon|day)|greetings|dear (?:sir|madam|sender|colleague"
    r"|all|friend)s?"
    r"(?: (?:or|/) (?:sir|madam))?|bonjour|bonjour et merci|hello bonjour|bonjour hello|madame|monsieur"
    r"|madame monsieur|cher collegue|chers collegues"
    r"|(?:the )?english (?:message )?(?:follows|below|version below)|le francais suit|french follows"
    r"|le texte francais suit"
    r"|(?:l'|the )?(?:english|anglais) (?:suit|follows)(?: le francais| the french)?)"
    r"|(?:(?:many )?thanks|thank you)(?: very much| so much| again)?(?: for (?:your|the) (?:e-?mail|message|note"
    r"|patience|understanding"
    r"|correspondence|interest|inquiry|enquiry)| for (?:contacting|writing(?: to)?|reaching out(?: to)?|e-?mailing)"
    r"(?: (?:me|us|our office|the office.{0,60}|my office))?| in advance)?(?: and (?:your )?(?:patience"
    r"|understanding))?"
    r"|(?:je vous (?:remercie|dis merci)|merci|nous vous remercions)(?: beaucoup| a l'avance| d'avance)?(?: (?:de"
    r"|pour) (?:votre|nous|m'|m)(?:.{0,60}))?"
    r"|(?:best|kind|warm)?(?: |-)?(?:regards|wishes)|regards|sincerely|cordialement|bien cordialement"
    r"|salutations(?: distinguees)?"
    r"|have a (?:great|good|nice|wonderful) (?:day|week|weekend|holiday|summer)|bonne (?:journee|semaine"
    r"|fin de semaine)|merci|sorry for (?:any|the) (?:delay|inconvenience)"
    r"|(?:je vous prie d'agreer|veuillez agreer).{0,90}"
)
_DECLARED = re.compile(
    r"(?:\W*(?:please note (?:that )?)?(?:this|the following) (?:is|was) an? (?:automat(?:ed"
    r"|ic)(?:ally[- ]generated)?|auto-?(?:generated|matically generated))"
    r" (?:e-?mail )?(?:reply|response|message|e-?mail|notification|acknowledge?ment)(?: (?:to|from).{0,60})?"
    r"|\W*(?:veuillez noter que )?(?:ceci|le present message|ce (?:message|courriel)|la presente"
    r"|il s'agit d')\s?(?:est |constitue )?(?:une? )?"
    r"(?:(?:reponse|message|courriel|accuse de reception|avis) (?:automatique|automatise"
    r"|genere automatiquement)e?)(?: de.{0,60})?)\W*"
)


def is_notice(text: str) -> bool:
    """Whether these words, the sender's own, are nothing but an absence notice."""
    sentences = _sentences(text)
    if not sentences:
        return False
    found = False
    for at, said in enumerate(sentences):
        sentence = _GREETING.sub("", said, count=1) if _GREETING.match(said) else said
        folded = fold(sentence).strip(" .!?,:-")
        absence = _ABSENCE.match(folded)
        rest = sentence[absence.end() :] if absence else sentence
        if absence and _is_calm(rest, _CALM):
            found = True
        elif (
            not folded
            or _POLITE.fullmatch(folded.replace(",", ""))
            or (
                (_RETURN.match(folded) and _is_calm(sentence, _CALM))
                or (_ASK.match(folded) and _is_calm(sentence, _ASK_WORDS))
                or (found and _is_name(sentence))
            )
        ):
            continue
        elif not _is_calm(sentence, _CALM, bare=True) and not (at == 0 and _is_name(sentence)):
            return False
    return found


def declares_itself(text: str) -> bool:
    """Whether a sentence of these words is the statement that this is an automatic reply, and no case is named."""
    return any(_DECLARED.fullmatch(fold(sentence)) for sentence in _sentences(text))


def _sentences(text: str) -> list[str]:
    """The sentences; none of a text that is too long, or that names a case: such a one a person must read."""
    plain = clean(text[: _LONGEST + 1]).replace("’", "'").replace("‘", "'").strip()
    plain = _SHORTENED.sub(r"\1", plain)
    if not plain or len(plain) > _LONGEST or _NUMBER.search(fold(plain)):
        return []
    found = [piece.strip() for piece in _ENDS.split(plain) if piece and piece.strip()]
    return found if len(found) <= _MOST_SENTENCES else []


def _is_calm(text: str, words: frozenset[str], *, bare: bool = False) -> bool:
    """Whether nothing stands here but these words, days, times, addresses, and names of people (capitals).

    `bare`: a rest of a sentence that was cut, such as `12` of `Nov. 12`: days, times and addresses alone.
    """
    for token in _TOKEN.findall(text):
        whole = token.strip(".,;!?'")
        if not whole or _PLACE.fullmatch(whole):
            continue
        folded = fold(whole)
        known = [part for part in re.split(r"[-']", folded) if part]
        if folded in words or (known and all(part in words or part.isdigit() for part in known)):
            if not bare or folded in _DATE_WORDS:
                continue
            return False
        if bare or not whole[0].isupper() or whole.isupper():
            return False
    return True


_DATE_WORDS = frozenset(fold(_DATES).split())


def _is_name(sentence: str) -> bool:
    """A line of a signature or a salutation: a few words, each with a capital, or small ones between them.

    Not in capitals, and nothing that a matter is called by: "Removal Tonight" is cried out, and no name.
    """
    if _MATTERS.search(fold(sentence)) or any(len(word) > 4 and word.isupper() for word in sentence.split()):
        return False
    words = sentence.strip(" ,.:-").split()
    small = {"of", "de", "du", "des", "la", "le", "the", "for", "pour", "et", "and", "a", "à", "d'"}
    return 0 < len(words) <= 8 and all(
        word[0].isupper() or word.lower() in small or _PLACE.fullmatch(word.strip(",()")) or not word[0].isalnum()
        for word in words
    )
