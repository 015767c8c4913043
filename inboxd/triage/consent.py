"""Words that state that the office holds the person's consent, in English and French (`domain.md` 3; `IMM 5475`).

A statement is a clause with a word for consent and a sign that it was given: signed, written, on file, attached, "we
have". What is negated, still to come, asked, conditional, spoken only, withdrawn, or consent to something else (a
medical treatment, a child's journey, work in Canada) is none. In doubt it is none: the office is then asked for one
line, while papers of somebody who did not agree would be handed on. Pure; never raises on any text.
"""

from __future__ import annotations

import re

from inboxd.triage.labels import clean, fold

_OTHER_THINGS = re.compile(
    r"(?:electronic )?travel authori[sz]ations?|\b(?:work|employment|study|court|parole|exit) authori[sz]ations?"
    r"|authori[sz]ations? (?:to|for) (?:re-?)?(?:work|return|enter|travel|stay|remain|study|land|practi[sc]e|leave|board)\w*"
    r"|authori[sz]ed (?:to (?:work|stay|remain|study|enter|return|travel|practi[sc]e|leave)|stay|period|representatives?|signatory"
    r"|by law|user|signature|visit|entry|under)"
    r"|autorisations? (?:de|d'|pour|a) ?(?:travail\w*|voyage\w*|retour\w*|retourner|revenir|sejour\w*|entree?|entrer|etudes?|etudier"
    r"|emploi|sortie|sortir|quitter|rester|demeurer|exercer|conduire)"
    r"|autorisee?s? a (?:travailler|sejourner|etudier|entrer|revenir|retourner|rester|demeurer|quitter|voyager|exercer)"
    r"|representante?s? autorisee?s?|(?:age|without the knowledge) of consent|informed consent"
    r"|(?:parental|medical|travel|adoption|custody|minor|media|photo|police|credit|treatment|surgical|spousal|father's|mother's"
    r"|parents'|guardian's) (?:travel )?consents?(?: (?:letters?|forms?|affidavits?))?(?= (?:for|to) (?:the )?(?:child|travel|minor|trip))"
    r"|(?:parental|medical|travel|adoption|custody|minor|media|photo|police|credit|treatment|surgical) (?:travel )?consents?"
    r"(?: (?:letters?|forms?|affidavits?))?"
    r"|consents? (?:letters?|affidavits?)? ?(?:to|for) (?:the |a |an |his |her |their |our |any )?(?:child |minor |son |daughter )?"
    r"(?:'s )?(?:to )?(?:travel\w*|trips?|medical|treatments?|surger\w*|operation|adopt\w*|marr\w*|publi\w*|media|photo\w*|mov\w*"
    r"|relocat\w*|immigrat\w*|removal|dna|biometric\w*|vaccin\w*|blood|transplant|divorce|passport|tests?|receiv\w*"
    r"|being contacted|be(?:ing)? contacted|cookies|newsletter|custody)"
    r"|consents? (?:letter |form )?(?:from|of|by) (?:the |his |her )?[a-z' -]{0,40} (?:to|for) (?:the )?(?:child |minor |son |daughter )?(?:to )?travel\w*"
    r"|consents? (?:letters?|affidavits?)? ?(?:to|for) [a-z ,'-]{0,50}\bby e-?mail"
    r"|(?:medical|travel) (?:letter of )?(?:consent|authori[sz]ation)"
    r"|consentements? (?:parental|parentaux|medical|eclaire|libre)\w*|autorisations? (?:parentale|medicale)s?"
    r"|(?:consentements?|autorisations?|lettres? d'autorisation|lettres? de consentement) (?:au|aux|a la|a l'|pour (?:le|la|les|l')"
    r"|de|a|pour) ?(?:voyag\w*|traitement|soins?|operation|adoption|adopter|mariage|marier|publi\w*|medias?|photos?|demenag\w*"
    r"|immigr\w*|renvoi|adn|vaccin\w*|greffe|divorce|passeport|recevoir|communiquer par|correspondre|echanger par|garde|transmettre par"
    r"|communication par|l'envoi par|sortie du|intervention chirurg\w*)"
    r"|imm ?5476"
)
"""Consent to something else. IMM 5476 names a representative, which a Member of Parliament is not."""
_HARMLESS = re.compile(
    r",? ?\bas (?:\w+ )?(?:requested|required|asked|needed|you (?:asked|requested|required))"
    r"|(?:\b(?:the|your|our) |^ ?|[,:] ?)(?:required|requested|necessary|needed|requisite) (?=(?:\w+ ){0,3}(?:consents?|authori[sz]ations?))"
    r"|\b(?:same )?as before\b|\bso do we\b"
    r"|,? ?(?:which |and |that )?(?:we |i )?(?:can|could|will gladly|may|would gladly|are able to|shall) (?:also )?(?:be )?(?:provided?|send|sent"
    r"|shared?|forward(?:ed)?|produced?|suppl(?:y|ied)|fax(?:ed)?|made available)(?: (?:it|this|that|a copy|copies|one|to you|you))*"
    r"(?: (?:if|should|upon|on|at|when|as) (?:\w+ ){0,4}\w+)?"
    r"|,? ?\b(?:if|should|when|where|whenever) (?:it is |it's |they are |a copy is |you )?(?:ever )?(?:needed|required|requested|necessary|need"
    r"|require|want|wish|would like|like|ask)(?: (?:to see )?(?:it|this|that|one|a copy|copies|the (?:form|original|signed copy)|for it|anything|more))*"
    r"|,? ?\b(?:up)?on (?:your )?request|\bat your request"
    r"|\b(?:please )?(?:let (?:us|me) know|advise|tell us|call|contact us|write) (?:if|should|whether) (?:you|anything|there|more|further|this|any)\b"
    r"(?:(?!consent|authori|autoris)[^.;\n])*"
    r"|\b(?:please )?(?:do not|don't) hesitate\b(?:(?!consent|authori|autoris)[^.;\n])*"
    r"|\b(?:no|without|aucune?|sans|pas d'|pas de) (?:a |an |un )?(?:uci|iuc|client id|known uci|numero de client)\b(?: (?:yet|on record|known|au dossier|connu|encore))?"
    r"|\b(?:uci|iuc)[ :=-]*(?:n ?/ ?a|none|not (?:yet )?(?:assigned|known|issued|available|applicable)|no|nil|aucun|s\. ?o\.?|sans objet|pas encore)\b"
    r"|\b(?:tel que|comme) (?:demandee?s?|requise?s?|exigee?s?|convenu)|\b(?:consentements?|autorisations?|formulaires?) (?:demandee?s?|requise?s?|exigee?s?)"
    r"(?=.{0,30}(?:joint|annex|sign|dossier|recu))"
    r"|,? ?\b(?:que |et |dont )?(?:nous |je )?(?:pouvons|pourrons|peux|pourrions) (?:vous )?(?:l'|le |la |en )?(?:fournir|envoyer|transmettre|acheminer|produire|faire parvenir)"
    r"(?: (?:une copie|copie))?(?: (?:au besoin|sur demande|si \w+(?: \w+)?))?"
    r"|,? ?\bsi (?:necessaire|requise?|besoin|vous (?:le |la |en )?(?:desirez|voulez|souhaitez|avez besoin|le jugez)(?: [a-z']+){0,3}|cela|demandee?)\b"
    r"|,? ?\b(?:au besoin|sur demande|a votre demande)\b|\bn'hesitez pas\b(?:(?!consent|autoris)[^.;\n])*"
    r"|\b(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)? (?:of )?may\b|\bmay (?:0?[1-9]|[12]\d|3[01])\b|\b(?:in|since|of|last) may\b|\bmay (?:19|20)\d\d"
    r"|\bnot only\b|\bnon seulement\b|\bno(?:\.|o| :) ?(?=\d|[a-z]\d)|\bno[. ]+(?=[a-z]{0,2}\d)|\bpas seulement\b"
)
"""Phrases whose `if`, `can`, `not` or `required` says nothing against a consent."""
_CONSENT = (
    r"(?:consents?\b(?! to be (?:obtained|signed|given))|consent[ -]?forms?\b|consentements?\b|authori[sz]ations?\b|autorisations?\b"
    r"|(?:privacy(?: act)?|release)(?: of information)? (?:consent |release |waiver )?(?:forms?|waivers?|release)\b|\bimm ?5475\b)"
)
_GRANT = (
    r"(?:consented\b|\bauthori[sz]e[sd]? (?:us\b|me\b|you\b|our\b|the (?:office|mp|member|senator)|my (?:office|mp|member)|mp\b|senator"
    r"|(?:ms|mr|mrs|mme|m|dr)\.? |[a-z'-]+(?: [a-z'-]+){0,3}'s? office|[^.;?!]{0,60}\bin writing)"
    r"|\b(?:nous|m'|vous) ?(?:a|ont|avait|avaient)(?: bien| tous| toutes| deux)? ?autorisee?s?\b|\bm'(?:a|ont) autorisee?\b"
    r"|\b(?:a|ont|avait|avaient) (?:bien |dument |tous |toutes |deux |par ecrit )*(?:consenti|autorisee?s? (?:le |la |notre |mon |les |l'|m\.|mme|par ecrit))"
    r"|\bconsent(?:ent)? (?:par ecrit )?a (?:ce que|notre|l'|la)"
    r"|\b(?:signed|written|sign) (?:ok|okay|go-ahead|approval|agreement|permission|release|waiver|privacy|mandate)\b"
    r"|\bpermission in writing\b|\b(?:ok|okay|approval|permission|agreement) in writing\b|\bhas signed for (?:us|our|the|my)\b"
    r"|(?:\b|')(?:s|ve|has|have|had)? ?signed for (?:us|our office|the office|my office|the mp|the senator)\b"
    r"|\baccords? (?:ecrits?|signes?|par ecrit)\b|\bpermissions? (?:ecrites?|signees?|par ecrit)\b|\bprocurations? (?:ecrites?|signees?)\b"
    r"|\bdonne (?:son|leur) accord\b|\bi (?:hereby |also |do )*(?:authori[sz]e|consent to|give (?:my )?(?:full |written )?(?:consent|permission|authori[sz]ation) (?:to|for))"
    r" (?:[a-z'. -]{0,40}\b)?(?:mp|m\.p\.|member of parliament|senator|office|you)\b"
    r"|\b(?:j'autorise|je consens a ce que|j'accorde (?:mon|l')) ?(?:[a-z'. -]{0,40})?\b(?:deputee?|bureau|senat\w+|mp|vous|consentement|autorisation)\b)"
)
_TERM = re.compile(rf"(?:{_CONSENT}|{_GRANT})")
_GRANT_ALONE = re.compile(_GRANT)
_GIVEN = re.compile(
    r"\b(?:signed|written|in writing|notari[sz]ed|completed|executed|on file|on hand|in hand|on record|attached|enclosed|included|annexed|held|hold|holds"
    r"|holding|obtained|received|secured|collected|gathered|kept|stored|gave|given|provided|granted|taken|dated|renewed|with us|in place|in our"
    r"|at (?:our|the|my) (?:constituency |riding )?office|have|has|had|got|we've|i've|possess|in possession|in the (?:file|office|folder)|below|herewith"
    r"|here|confirmed|yes|y|ok|complete|available|valid|appended|submitted|sent|on the file|in file|file|as before|through (?:an? )?interpreter"
    r"|signee?s?|signe\w*|signature|ecrite?s?|par ecrit|au dossier|en main|en notre possession|detenons|detiens|detient|disposons|dispose|avons|ai|j'ai"
    r"|possedons|avec|jointe?s?|ci-jointe?s?|annexee?s?|incluse?s?|obtenue?s?|obtenus|recue?s?|remise?s?|remis|donnee?s?|donne|fournie?s?|fourni"
    r"|transmise?s?|transmis|conservee?s?|dans (?:nos|le|mes|notre)|datee?s?|date|recueillie?s?|oui|versee?s?|accordee?s?|accorde|renouvelee?s?|valide"
    r"|confirmee?s?|dument|with (?:his|her|their|the|your|full|written|signed)|under)\b|[☑✓✔☒✅]|\[x\]|\(x\)"
)
_AGAINST = re.compile(
    r"\b(?:no|not|never|nor|neither|without|cannot|lack\w*|missing|absent|unsigned|blank|incomplete|lost|misplaced|pending|await\w*|wait\w*"
    r"|outstanding|to follow|follows?|following (?:by|under|soon|shortly|separately)|will|won't|shall|would|could|should|might|may|must|going to|gonna|soon|shortly|forthcoming"
    r"|tomorrow|next week|later|once|unless|until|whether|if|when|before|expect\w*|hop(?:e|es|ing)|plan\w*|intend\w*|try|trying|tried|attempt\w*"
    r"|unable|need\w*|requir\w*|request\w*|ask|asked|asking|asks|seek\w*|sought|chas\w*|refus\w*|declin\w*|withdr[ae]w\w*|revok\w*|rescind\w*|expired"
    r"|expires|invalid|outdated|verbal\w*|oral\w*|over the phone|by (?:tele)?phone|to be (?:obtained|signed|given|completed|provided|collected|sent)|to (?:re-?)?(?:sign|complete)\b"
    r"|to (?:obtain|get|secure|collect|provide|give|send)(?: [a-z']+){0,5} (?:consent|authori[sz]ation|permission|it|one|this|signature)s?"
    r"|for (?:her|his|their) signature|in progress|on its way|on the way|underway|working on|yet|do we|does|did|template|sample|example|unclear|unsure"
    r"|wonder\w*|forgot\w*|forged|fake|disput\w*|n|tbd|tbc|pas|aucune?|sans|jamais|ni|manqu\w*|en attente|attend\w*|attente|suivr\w*|suivra|a venir|a suivre|a signer|a remplir"
    r"|a obtenir|a completer|bientot|demain|prochain\w*|sera|serons|seront|aurons|aura|auront|signera\w*|signeront|obtiendr\w*|enverr\w*|transmettr(?:ai|ons|a)\w*|fournir(?:ai|a|ons|ont)\w*"
    r"|ferons|fera|remettra|allons|vais|va|vont|viendra|parviendra|si|s'il|s'ils|lorsqu\w*|quand|des que|des qu'\w*|une fois|tant qu\w*|jusqu'a ce|avant d\w*|afin d\w*|besoin|faut|faudra|doi(?:t|s|vent)|devons|devr\w*"
    r"|pourr\w*|non|oubli\w*|refus\w*|retir\w*|revoqu\w*|expire\w*|verbal\w*|verbaux|de vive voix|orale?s?|oralement|par telephone|vierge|perdue?s?|egaree?s?"
    r"|(?:avons|ai|a|avez|ont) (?:deja |bien )?demandee?|demandons|demande(?:rons|rai|r)\b|demander|sollicit\w*|essay\w*|tent(?:e|ons|er|ent)|exige\w*|requise?|necessite\w*|en cours|encore|modele|exemple"
    r"|cannot|n'avons|n'ai|n'a|n'est|n'ont|n'etait)\b|n't\b|[☐☓✗✘✕]|\[ ?\]|\( ?\)|: ?n\b"
)
_OUTBOUND = re.compile(
    r"\b(?:we|i|we've|i've|our office|office|nous|je|j'ai|bureau)\b[^.;]{0,30}\b(?:sent|mailed|e-?mailed|gave|given|provided|forwarded|handed|faxed|envoye|remis|transmis|fourni|poste)\b"
    r"(?! you\b| ircc| to (?:you|ircc|mcmps|the department))[^.;]{0,60}$"
)
_SIGNED = re.compile(
    r"\b(?:signed|written|completed|executed|in writing|sign(?:e|ee|es|ees)|ecrite?s?|par ecrit|remplie?s?|completee?s?)\b"
)
_ELSEWHERE = re.compile(
    r"\b(?:lawyer|counsel|consultant|rcic|attorney|avocate?|consultante?|notaire)s? (?:has|have|holds?|have|got|obtained|a|detient|possede)\b"
    r"|\b(?:to|for|a|pour|au) (?:his|her|their|the|a|an|son|sa|leur|un|une|le|la|l') ?(?:former |previous |new |ancien )?(?:lawyer|counsel|consultant|rcic|attorney|representative|bank|employer"
    r"|doctor|school|avocate?|consultante?|representante?|banque|employeur|medecin|ecole|notaire)\b"
    r"|\b(?:ircc|cbsa|police|court|hospital|doctor|bank|asfc) (?:has|have|holds?|asked|wants)\b"
)
_SENTENCE = re.compile(
    r"(?<=[.;!?])(?=\s)|\n[ \t]*\n|\n(?=[ \t]*(?:[-*>#]|\d{1,2}[.)]|[a-z][.)] |\[|[☐☑☒✓✔✗]|[a-z][a-z' /-]{1,35} ?[:=]))| - (?=[a-z])|[{}|]"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|ste|no|nos|mme|mlle|hon|oct|nov|dec|jan|feb|mar|apr|jun|jul|aug|sept|sep|janv|fevr|avr|juil|tel|ext|m|me|mp|p)|\b[a-z])\.$"
)
_CLAUSE = re.compile(
    r", | but | mais | however | though | although | yet | toutefois | cependant | bien que | quoique |[()]"
)
_MOST_CLAUSES = 30
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|hold|holds|gave|got|we've|i've|consented|est|sont|ont|avons|ai|j'ai|detenons|detient|disposons"
    r"|possedons)\b|(?:he|she|it|they|who)'s\b|'ve\b|\bon file\b|\bau dossier\b|\byes\b|\boui\b"
    r"|\b(?:he|she|they|we|client|constituent|applicant|widow|couple|family|mother|father) (?:also )?(?:signed|authori[sz]ed)\b|\b(?:elle|il|ils|elles|cliente?) (?:l')?a\b"
)
_SENDS_IT_TOO = re.compile(
    r"^ ?(?:and |et )?(?:we |i |nous |je )?(?:will|shall|'ll|can) (?:also |gladly |happily )?(?:send|forward|provide|mail|fax|bring)\b"
)
_REFERS_BACK = re.compile(
    r"^ ?(?:(?:but|mais|though|although|however|yet|and|et|which|that|this|it|they|qui|elle|il|ce|celui-ci|celle-ci|cela)\b ?,? ?)?(?:(?:is|are|was|has|have|been|it|which|elle|il|est|a|qui|will|we|nous|only|just|still)\b ?){0,3}$"
)
_HEADING = re.compile(
    r"\b(?:attached|enclosed|attachments?|enclosures?|documents?|included|pieces?|joints?|jointes?|annexes?|files?|fichiers?)[^:]{0,30}:\s*$"
)
_QUESTION = re.compile(r"^\W*(?:do|does|did|is|are|have|has|should|can|could|may|est-ce|avez-vous|faut-il|a-t-)\b.*\?")


def statement(text: str) -> str:
    """The words that state that the office holds the person's written consent, as they stand; empty if none do.

    A file that is called "consent" is no statement: the statement is what `domain.md` 3 requires, the form is optional,
    and a file's name is not the sender's word. "Consent form attached" in the text is one.
    """
    shown = clean(text)
    folded = fold(shown)
    if _TERM.search(folded) is None:
        return ""
    heading = ""
    for start, end in _sentences(folded):
        words = folded[start:end]
        item = re.match(r"\s*(?:[-*>]|\d{1,2}[.)]|[a-z][.)] )", words)
        if _HEADING.search(words):
            heading = words
        elif words.strip() and not item:
            heading = ""
        if _states(re.sub(r"\s+", " ", (heading if item else "") + words)):
            return re.sub(r"\s+", " ", shown[start:end]).strip(" -*>\t\n")[:300]
    return ""


def _sentences(folded: str) -> list[tuple[int, int]]:
    cuts = [0]
    for match in _SENTENCE.finditer(folded):
        if not _ABBREVIATION.search(folded[max(0, match.start() - 8) : match.start()]):
            cuts.append(match.start())
    for match in re.finditer("\n", folded):  # short lines are a list, not a wrapped sentence
        line_start = folded.rfind("\n", 0, match.start()) + 1
        if match.start() - line_start < 40 and re.match(r"\S", folded[match.end() : match.end() + 1] or " "):
            cuts.append(match.start())
    cuts = sorted(set(cuts)) + [len(folded)]
    return [(start, end) for start, end in zip(cuts, cuts[1:], strict=False) if end > start]


def _states(sentence: str) -> bool:
    """Whether one folded sentence states that consent was given."""
    if "?" in sentence:
        return False
    words = _HARMLESS.sub(" ", _OTHER_THINGS.sub(" ", sentence))
    if _TERM.search(words) is None or _ELSEWHERE.search(words):
        return False
    clauses = _clauses(words)
    if len(clauses) > _MOST_CLAUSES:
        return False
    return any(_clause_states(clauses, place) for place in range(len(clauses)))


def _clauses(words: str) -> list[str]:
    return [part for part in _CLAUSE.split(words) if part.strip()]


def _clause_states(clauses: list[str], place: int) -> bool:
    clause = clauses[place]
    term = _TERM.search(clause)
    if term is None or _AGAINST.search(clause):
        return False
    earlier, later = clauses[:place], clauses[place + 1 :]
    if any(
        re.search(
            r"\b(?:if|once|when|unless|until|whether|si|s'il|lorsqu\w*|quand|des qu\w*|une fois|tant qu\w*)\b", part
        )
        for part in earlier
    ):
        return False
    for part in later:
        if _SENDS_IT_TOO.match(part):
            continue
        against = _AGAINST.search(part)
        if against and (_REFERS_BACK.fullmatch(part[: against.start()]) or _TERM.search(part)):
            return False
    if _OUTBOUND.search(clause[: term.end()]) and not _SIGNED.search(clause):
        return False
    given = _GRANT_ALONE.search(clause) or _GIVEN.search(clause)
    independent = _VERB.search(clause) is not None or _GIVEN.match(clause, term.end() + 1) is not None
    if any(_AGAINST.search(part) for part in earlier) and not independent:
        return False
    if given:
        return True
    beside = [*earlier[-1:], *later[:1]]
    return any(_GIVEN.search(part) and not _AGAINST.search(part) for part in beside)
