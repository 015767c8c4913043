"""Whether a mail's new words only point to a forwarded text, which then is the matter: one answer for all readers.

A cover note is short; it greets, says whose text it is, asks in general for help, says where the sender can be reached.
As soon as it asks something of its own ("What stage?") or says how things stand now, it is a request of its own and
the forwarded text is evidence beside it. Pure; never fails; linear in the length of the text.
Source: `product.md` "Enquiries" ("see below, please help" makes the forwarded text the matter).
"""

from __future__ import annotations

import re
import unicodedata

POINTING_WORDS = 60
"""A cover note is no longer than this."""
BARE_WORDS = 12
"""So many words beside greetings, thanks and pointing may say whose text it is; without a word that points."""
_SAYS_WHOSE = 40
"""With one, so many: "a permanent resident in our riding, who has worked here as a nurse since 2019"."""

_MOST_CHARACTERS = 2_000
"""Sixty words are fewer characters; a word of a megabyte is no cover note."""

_BELOW = (
    r"below|underneath|attached (?:message|e-?mail|letter)|this (?:message|e-?mail|letter)"
    r"|(?:follows|following)\b(?! (?:up|his|her|their|the|our))"
)
_CI_DESSOUS = r"ci-dessous|plus bas|ci-bas|ci-apres|en dessous|suit|suivante?s?"
_TEXT = r"message|e-?mail|note|story|text|words|letter|account|courriel|texte|lettre|recit|histoire|mots|temoignage"
_POINTS = re.compile(
    r"\b(?:see|read|review|refer to|look (?:at|into)|check|find|help with|assist with|handle|action|address|note|with"
    rf"|forward(?:ed|ing)?|pass(?:ed|ing)? (?:on|along)|sharing|sending|in)\b[^.!?\n]{{0,60}}\b(?:{_BELOW})\b"
    rf"|\b(?:{_TEXT}|request|e-?mails?)\b[^.!?\n]{{0,40}}\b(?:{_BELOW}|{_CI_DESSOUS})\b"
    rf"|^\W*(?:as )?(?:see )?(?:below|{_CI_DESSOUS})\b|\bbelow\b[^.!?\n]{{0,20}}\b(?:{_TEXT}|request|from|please)\b"
    r"|\bfyi\b|\bfor your (?:action|attention|information|review|consideration|assistance|help)\b"
    r"|\bforward(?:ed|ing)\b[^.!?\n]{0,30}\b(?:as received|as is|from|to you)\b|^\W*(?:forwarded|forwarding|fwd?)\b"
    rf"|\b(?:his|her|their|the (?:client|constituent|family))(?:'s)? (?:own )?(?:{_TEXT})\b"
    rf"|\bconstituent'?s?'? (?:own )?(?:{_TEXT}|situation)\b|\bpass(?:ing)? (?:this|it) (?:along|on)\b"
    rf"|\bspeaks for itself\b|\breceived (?:this|the (?:following|below|attached))\b|\bhere (?:is|are) (?:the|what|a"
    rf"|his)\b"
    rf"|\b(?:voir|voyez|lire|lisez|consulter|consultez|trouverez|trouvez|transmets|transmettons|transfere|transferons"
    rf"|fais suivre|faisons suivre|faire suivre|partage|partageons|achemine)\b[^.!?\n]{{0,60}}\b(?:{_CI_DESSOUS}"
    rf"|{_TEXT})\b"
    rf"|\b(?:je|nous) vous (?:transmets|transmettons|achemine|acheminons|transfere|transferons)\b"
    rf"|\b(?:transfere|transmis) tel quel\b|\b(?:son|leur|ses) (?:{_TEXT})\b|\bpour (?:suivi|action|votre"
    rf" information)\b"
    rf"|\b(?:{_TEXT}) (?:recue?|transmise?) (?:de|d'|par|d'un)\b|\ba titre d'information\b|\bvoici (?:le|la|un|une"
    rf"|ce)\b"
    r"|\b(?:dans|avec|pour|concernant) (?:le|la|ce|cette) [^.!?\n]{0,25}\bci-(?:dessous|bas|apres)\b|\bpour info\b"
)
"""On text without accents and case."""
_PLEADS = re.compile(  # asks, and yet for nothing of its own
    r"\bwhat (?:can|could|should|might) (?:be done|we do|you do|one do)\b|\bwhat (?:you|we) (?:can|could) do\b"
    r"|\b(?:if|whether) (?:there is )?(?:anything|something) (?:that )?(?:can be done|you can do|we can do)\b"
    r"|\bhow (?:we|you|i|to) (?:can |could |best |may )*(?:help|assist|proceed|respond|reply)\b"
    r"|\bwhat (?:his|her|their|our|the) (?:options|next steps?) (?:are|is)\b|\bif you can help\b"
    r"|\bce qui (?:peut|pourrait) etre fait\b|\bque (?:peut-on|pouvons-nous|pouvez-vous) faire\b"
    r"|\b(?:est-ce qu')?(?:on peut|peut-on|pouvons-nous) faire quelque chose\b|\bce que vous pouvez faire\b|\bcomment"
    r" (?:l'|les |nous |lui )?(?:aider|proceder|repondre)\b"
)
_ASKS = re.compile(
    # A question word in a question or after a word for knowing; a wish to know; a thing that offices ask for.
    r"\b(?:what|which|when|where|who|why|how|is|are|was|were|does|do|did|has|have|may|must|should)\b[^.!\n]{0,200}\?"
    r"|\b(?:can|could|will) (?!you\b|someone\b|somebody\b|anyone\b|anybody\b)\w+[^.!\n]{0,200}\?|\bhow (?:long|much"
    r"|many|soon|far)\b|\bwhether\b"
    r"|\b(?:all|what) (?:we|i|he|she|they) needs?\b|\bis (?:when|what|where|how|who)\b"
    r"|\b(?:know|tell|say|explain|understand|clarify|confirm|check|see|learn|find out|advise|as to|about)"
    r"(?: (?:me|us|him|her|them))? (?:what|which|when|where|who|why|how|if(?! you)|that)\b"
    r"|\bsend (?:us|me|him|her|them)\b|\benvoye[rz](?:-nous|-moi|-lui)\b|\b(?:nous|lui|m') ?envoyer\b"
    r"|\b(?:would|'d|only|just|simply|merely) (?:like|love|want|wish|need|ask)s?\b(?! (?:you|your|to (?:have|thank"
    r"|share"
    r"|forward|pass|bring)|help|assistance|any help|some help))|\bwish(?:es)? to\b|\bwants?\b"
    r"|\bask(?:s|ing)?\b(?! (?:you|us|that|for (?:your |our |any |some )?(?:help|assistance|support|intervention)))"
    r"|\bwonder(?:s|ing)?\b|\b(?:need|hop)(?:s|es|ing)? to (?:know|understand|learn|find out|hear)\b"
    r"|\b(?:status|stage|timeline|time ?frame|estimated|estimate|approximate|eta|processing times?|confirm"
    r"|confirmation of|update on|an update|any update|progress|any news|expedite)\b"
    r"|\b(?:quels?|quelles?|quand|ou|comment|combien|pourquoi|qui|est-ce|qu'est-ce|est|sont|faut-il|doit|peut)\b"
    r"[^.!\n]{0,200}\?|\b(?:savoir|dire|connaitre|comprendre|preciser|indiquer|expliquer|confirmer|verifier)"
    r" (?:si|quand|ou|quels?|quelles?|pourquoi|combien|comment|qui|ce que|a quelle|la|le|l')"
    r"|\b(?:voudrait|aimerait|souhaite(?:rait)?|desire|veut|veulent|voudraient|aimeraient|se demandent?)\b"
    r"|\bdemande(?:nt)? (?:si|quand|ou|quel|pourquoi|combien|a quelle)"
    r"|\b(?:voudrais|voudrions|aimerais|aimerions|souhaitons|souhaite|besoin de|veux|voulons) (?:seulement |simplement"
    r" )?"
    r"(?:savoir|connaitre|comprendre|obtenir)"
    r"|\b(?:delais? de|etape|statut|etat (?:de|du)|mise a jour|suivi (?:de|du)|date approximative|echeancier"
    r"|accelerer)\b"
    r"|\b\w{2,12}-(?:t-)?(?:il|elle|ils|elles)\b[^.!\n]{0,80}\?"
)
_STANDS = re.compile(
    # How things stand now, or a word that calms: facts of the sender's own, which the forwarded text does not know.
    r"\b(?:has|have|had|was|were|is|are) (?:since|now|just|already|been granted|been cancelled|been resolved|no"
    r" longer)\b"
    r"|\bno longer\b|\bmeanwhile\b|\bin the meantime\b|\bentre-temps\b|\bobtenue?s?\b|\brentree? chez\b|\bliberee?\b"
    r"|\breleased\b|\bfor (?:your )?information only\b|\bsimple information\b|\bsince (?:then|been)\b|\bnothing (?:is"
    r" )?(?:press|urgent|wrong|new|serious)\w*|\bnot (?:urgent|in"
    r" (?:any )?danger|an emergency|pressing)\b|\bno (?:rush|urgency|hurry|danger)\b|\bonly (?:unhappy|upset|frustrated"
    r"|worried|curious)\b|\bresolved\b|\bgranted\b|\bcancell?ed\b|\bcame through\b|\bpostponed\b|\bapproved\b"
    r"|\bdepuis (?:obtenu|recu|ete)\b|\bn'est plus\b|\bne (?:presse|risque|court) (?:plus|pas|rien)\b|\brien (?:de"
    r" grave"
    r"|d'urgent|ne presse|de neuf|de presse)\b|\bpas (?:urgent|de danger|en danger|presse)\b|\bannulee?\b|\breportee?\b"
    r"|\baccordee?\b|\bregle\b|\bapprouvee?\b|\bcalme\b|\bcalm\b|\blaughing\b|\bexaggerat\w*|\bexagere"
)
_HARMLESS = re.compile(
    # A sentence that begins so is no matter: greetings, thanks, a plea in general, consent, where to reach the sender.
    r"(?:hi|hello|dear|good (?:morning|afternoon|evening|day)|greetings|bonjour|bonsoir|salut|madame|monsieur|chers?"
    r"|cheres?)\b[\w ',/&-]{0,60}$"
    r"|(?:many |with )?(?:thanks?|thank you|merci|regards|kind regards|best|cheers|sincerely|cordialement|bien a vous"
    r"|salutations|bonne journee|have a (?:good|nice|great))\b"
    r"|(?:please |pls |kindly |could you |can you |would you |will you |are you able to |is there (?:anything|something"
    r"|any way) (?:you|we) (?:can|could) |anything you (?:can|could) |any )*(?:please )?(?:help|assist|advise|review"
    r"|look"
    r" into|act|handle|action|see what|do |call|respond|reply|treat|give (?:this|it)|let (?:us|me) know if you)"
    r"|(?:pouvez-vous|pourriez-vous|veuillez|merci de|svp|s'il vous plait|prierre de|priere de|est-il possible de)[ ,]*"
    r"(?:l[' ]|nous |les |lui |leur )?(?:aider|conseiller|assister|intervenir|agir|rappeler|appeler|traiter|donner"
    r" suite"
    r"|examiner|regarder|voir)"
    r"|(?:(?:we|i) (?:have|hold|attach)|the|a|her|his|their|signed)?\b[^.!?\n]{0,20}\bconsent\b"
    r"|[^.!?\n]{0,40}\b(?:consentement|autorisation)\b"
    r"|(?:you (?:can|may)|please)? ?(?:reach|call|phone|contact) (?:me|us)\b|(?:vous pouvez )?(?:me|nous) (?:joindre"
    r"|rappeler|appeler)\b|i(?:'m| am) (?:available|in the office)|(?:je suis|nous sommes) disponible"
)
_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\S)[^.!?\n]*)*[.!?]*")


def _plain(text: str) -> str:
    """Without accents and case; curly quotes and kinds of dashes as the straight one."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    return re.sub("[\u2010-\u2015\u2212]", "-", bare.replace("’", "'"))


def points_below(new: str) -> bool:
    """Do these words, if they are few, say that the matter is in the text below them? They may ask besides."""
    plain = _short(new)
    return plain is not None and _POINTS.search(plain) is not None


def only_points(new: str) -> bool:
    """Are a mail's new words no more than a cover note? True also of no words at all.

    The caller asks it only where there is a forwarded text.
    """
    plain = _short(new)
    if plain is None or _asks(plain) or _STANDS.search(plain):
        return False
    points = False
    rest = 0
    for sentence in _SENTENCE.findall(plain):
        words = sentence.strip(" \t,;:-*>")
        if _POINTS.search(words):
            points = True
        elif not _HARMLESS.match(words):
            rest += len(words.split())
    return rest <= (_SAYS_WHOSE if points else BARE_WORDS)


def _asks(plain: str) -> bool:
    return _ASKS.search(_PLEADS.sub("(help)", plain)) is not None


def _short(new: str) -> str | None:
    """The words made comparable, if they are few enough for a cover note."""
    if len(new) > _MOST_CHARACTERS or len(new.split()) > POINTING_WORDS:
        return None
    return _plain(new)
