"""Words that say that a consent is not signed yet, wherever in a sentence they stand: handed out, waited for, refused.

A form that was handed to the client, mailed to her or taken home to be read is no consent; nor is one that somebody
promised, waits for or will bring back. Such words win over a `signed` in the same sentence, and over an earlier
sentence: held and asked for is the cheaper mistake. On folded text (`consent`); pure.
"""

from __future__ import annotations

import re

_OTHER_PAPER = (
    r"(?! ?(?:(?:on|for|off|to) )?(?:(?:the|his|her|their|a|an|any|our|some|her own|his own|le|la|les|un|une|son|sa"
    r"|ses|leurs?|d'|du|de la|des|de|l') ?)?(?:[a-z]+ )?(?:lease|contract|passport|photos?|bail|contrat|passeport"
    r"|permit|visa|permis|offer|offre|deed|will|cheque|affidavit|divorce|transcripts?|results?|resultats|releves?"
    r"|certificat\w*|canada|work|travail|school|study|country|pays|home country)\b)"
)
"""Not what is signed here: a lease, a contract; nor a return to Canada, to work."""
_IT = (
    r"(?:it|them|one|that|his|hers|theirs|(?:the|that|our|his|her|their|a|this) (?:signed )?(?:consent )?(?:form|paper"
    r"|consent|sheet|copy|one)s?)"
)
_TO_THEM_EN = (
    r"(?:him|her(?! (?:signed|written|own|consent))|them|(?:the|our) (?:client|constituent|applicant|family|couple"
    r"|lady|gentleman)s?|(?:mr|mrs|ms|dr)\.? [a-z'-]+)"
)
_TO_THEM_FR = (
    r"(?:aux? (?:client|commettant|demandeur|couple|conjoint)s?|a (?:la|notre) (?:cliente|commettante|demanderesse"
    r"|famille)|a l'(?:electeur|electrice|interessee?)|a (?:monsieur|madame|m\.|mme)"
    r"|chez (?:lui|elle|eux|la cliente|le client))"
)
_SENT = (
    r"(?:handed|given|gave|sent|mailed|e-?mailed|passed|left|couriered|faxed|delivered|posted|shown|offered|dropped"
    r"|slipped)"
)
_PARTED = (
    r"(?:remi(?:se?s?|t)|donnee?s?|envoyee?s?|transmise?s?|postee?s?|laissee?s?|expediee?s?|partie?s?|acheminee?s?"
    r"|parvenue?s?|montree?s?|expliquee?s?|presentee?s?|confiee?s?|livree?s?|fait parvenir)"
)
_FORM = (
    r"(?:(?:consent|authori[sz]ation|privacy|release)\b[a-z ]{0,30}|consentements?|autorisations?|forms?|formulaires?"
    r"|papers?|papiers?|sheets?)"
)
_HANDED_OUT = re.compile(
    rf"\b(?:was|were|has been|have been|is|been|got|being) (?:[a-z]+ )?{_SENT}(?: out| off| over| along| to| with| for"
    rf"| at)* {_TO_THEM_EN}\b|\b{_SENT}(?: out| off| over)? {_TO_THEM_EN} (?:the |a |an |our |that |another "
    rf"|one of our )?(?:copy of the |blank |usual )?{_FORM}|\b(?:he|she|they|client|constituent|applicant) (?:was|were"
    rf"|has been|got) (?:handed|given|sent|mailed|offered) (?:the|a|an|our|that|another) [a-z ]{{0,20}}?{_FORM}"
    rf"|\b{_FORM} (?:[a-z']+ )?(?:went|goes|gone|going|left|is out|are out)\b"
    rf"|\b(?:(?:takes?|took|taken|brought|carried|picked up)\b|(?:has|have|got|keeps?|kept) (?:{_IT}"
    rf"|our {_FORM})(?! (?:on file|signed)))[^.;,]{{0,40}}?(?:\b(?:home|away)\b"
    r"|\bwith (?:him|her|them)(?! \w*(?:sign|own|writ|full|initial|name)|[a-z])"
    r"|\b(?:to|and will) (?:read|review|think|look|study|discuss|show|consider|sign)\b)"
    r"|\b(?:he|she|they|client|constituent|applicant|family) (?:still |now )?(?:has|have|has got|keeps?) (?:the|our|a"
    r"|an|your|that|another) (?:[a-z]+ ){0,2}?(?:forms?|papers?|sheets?)\b"
    r"|\b(?:il|elle|ils|elles|cliente?|commettante?|famille) (?:a|ont) (?:encore |toujours )?(?:(?:notre|le|un|votre) "
    r"|l')(?:formulaire|papier|feuille)\w*|\b(?:lui|leur) (?:a|ont|avons|ai|est|sont"
    rf"|avait)(?: [a-z]+){{0,2}}? {_PARTED}\b|\b{_PARTED}(?: [a-z']+){{0,3}}? {_TO_THEM_FR}"
    rf"|\b(?:{_FORM}|il|elle) (?:de consentement )?(?:est|sont) (?:[a-z]+ )?(?:partie?s?|parvenue?s?)\b"
    r"|\b(?:a|ont|est|sont|l'a) (?:[a-z]+ )?(?:apporte\w*|emporte\w*|garde\w*|rapporte\w*|ramene\w*|pris\w*"
    r"|reparti\w*)\b[^.;,]{0,40}?(?:\bchez (?:lui|elle|eux)\b|\ba la maison\b"
    r"|\bpour (?:le|la|les|l'|y|en) ?(?:lire|relire|etudier|regarder|reflechir|montrer|signer)\b)"
    r"|\b(?:entre les mains|in the hands) (?:de la|de|du|of the|of) [a-z]+"
    r"|\bwith the (?:client|constituent|applicant)\b"
)
"""Given to the client to sign: not yet signed, if the clause does not say so itself."""
_SIGNED = re.compile(r"\b(?:signed|written|completed|executed|in writing|sign(?:e|ee|es|ees)|ecrite?s?|par ecrit)\b")
_NAMED = re.compile(r"\b(?:consent|autoris|authori|releas)\w*|\b(?:forms?|formulaires?|sign(?:er|ing|ature)?)\b")
_UNSIGNED = re.compile(
    # waited for, hoped for, promised
    r"\b(?:wait\w*|await\w*|hop(?:e|es|ing)|expect\w*|chas\w*|promis\w*|remind\w*|nudg\w*|press(?:ed|ing)|beg\w*"
    r"|count\w* on|look\w* forward)\b[^.;,]{0,60}?(?:\bsign(?!ed (?:lease|contract))\w*|\bconsent\w*"
    rf"|\b{_IT} (?:back|signed|in)\b)|\b(?:attend(?:s|ons|ent|re|ait|ez)?\b(?! (?:our|the|an?|at|my)\b)|esper\w*"
    r"|promis|promet\w*|relanc\w*|insist(?:e|ons|ent|er)|compt(?:e|ons) (?:sur|bien)|tard(?:e|ent)"
    r"|hesit\w*)\b[^.;,]{0,60}?(?:\bsign\w*|\bconsent\w*|\bautorisation\b(?! d)"
    r"|\b(?:nous |me )?(?:le|la|les|l'|en) ?(?:rapport\w*|retourn\w*|ramen\w*|rend(?:e|re)|remett\w*|renvo\w*)"
    r"|\bdeposer (?:le|son) formulaire)|\b(?:lui|leur) (?:ai |a |avons |avoir )?(?:deja |bien |encore )?rappele\w*"
    r"|\bcour(?:t|ons|s|ent|ir|u) (?:[a-z]+ )?apres\b"
    # to be signed, to be brought back
    r"|\b(?:get|have|make|having|getting) (?:him|her|them|everyone|both)(?: to)? (?:sign|consent to|come)\b"
    r"|\b(?:will|'ll|shall|would|'d|should|could|might|must|has to|have to|needs? to|going to|yet to|still to"
    r"|supposed to|want(?:s|ed)? to|promised to|agreed to|plan(?:s|ned)? to|able to|like to|left to|remains to"
    r"|forg[oe]t\w* to|help (?:him|her) to|can't|cannot|before (?:he|she|they|we)) (?:all |both |also |first |then "
    rf"|now |come (?:in|by|back) (?:and |to ))?(?:signs?\b{_OTHER_PAPER}|consents?\b"
    rf"|(?:bring|brings|return|drop|send|get|hand|give|mail|fax) {_IT} ?(?:back|in|off|by|over|soon|on|when|once|at"
    r"|tomorrow|signed|next|this|$))|\b(?:drop(?:ping)? off|bring(?:ing)? back|bring(?:ing)? in|return(?:ing)?"
    r"|send(?:ing)? back|hand(?:ing)? in) (?:the|our|that|a|his|her|their|it|them) ?(?:signed )?(?:consent )?(?:form"
    r"|consent|sheet)s?\b|\b(?:doi(?:t|vent)|devra|devait|va|vont|veut|voudrait|viendra|viendront|vienne|pourra"
    r"|pouvait|reste(?:nt|rait)? a|encore a|avant de|sans|quand|aise de|refus\w*(?: de)?|oubli\w*(?: de)?|esper\w*"
    r"|prefere\w*|hesit\w* (?:encore )?a|invit\w*(?: a)?|demand\w* de|pri\w* de|aider a|decider? a|pret\w* a"
    r"|reste a (?:lui |leur )?faire|a faire|faire|pour que [a-z]+) (?:nous |le |la |les |l'|lui |leur |y |en |encore "
    rf"|venir |passer |faire |ne rien |rien |bien )*(?:signer?\b{_OTHER_PAPER}|consentir"
    r"|(?:nous )?(?:le |la |les |l')(?:rapporter|retourner|ramener|rendre|remettre|renvoyer|redonner))"
    r"|\b(?:nous |me )?(?:le|la|les|l'|en) ?(?:rapportera|retournera|ramenera|rendra|remettra|renverra"
    r"|rapporte(?:ra)?it)\w*|\b(?:rapportera|retournera|ramenera|rendra|remettra|renverra|deposera|apportera) (?:le"
    r"|son|sa|notre|l') ?(?:formulaire|consent|autoris|papier)\w*"
    # read, done wrong
    r"|\b(?:reviewing|reading|studying|considering|translating|discussing|mulling|pondering|going over"
    r"|look(?:s|ing) (?:at|over|through))\b[^.;,]{0,20}?\b(?:it|consents?|forms?|authori[sz]ations?|papers?)\b"
    r"|\b(?:examine|lit|relit|etudie|regarde|consulte|revoit|discute)(?:nt)? (?:encore "
    r"|toujours )?(?:(?:notre|le|son|ce|du|de notre) |l')(?:formulaire|consent|autoris|papier)\w*"
    r"|\b(?:filled|completed|done|signed|dated) (?:out |in |it )?(?:wrong|wrongly|incorrectly|badly|in the wrong)\b"
    r"|\bmal (?:remplie?|signee?|datee?)\b|\b(?:do|sign|fill)(?: it| them| one)?(?: out| in)? (?:again|over|anew)\b"
    r"|\b(?:la |le |les |a )refaire\b"
    # refused, left undone
    rf"|\b(?:not|never|n't|nobody|no one|neither|none)\b(?: [a-z']+){{0,3}}? (?:sign(?:ed|ing)?\b{_OTHER_PAPER}"
    rf"|consented|(?:returned|given|brought|sent|handed|got|received) (?:us |in |back )?{_IT}\b"
    r"|(?:got|had|have) (?:his|hers|theirs|her signature|his signature)\b)"
    r"|\bn(?:e |')(?:nous |m'|le |la |les |l'|y |en |lui )*(?:a|ont|avait|avaient|est|sont|soit)(?: [a-z]+)? (?:pas"
    rf"|jamais|point|rien)(?: [a-z]+){{0,2}}? (?:signee?s?\b{_OTHER_PAPER}|consenti|rendue?s?"
    r"|remise?s? (?:le|notre|son consent)|remise?s?(?= *(?:[.;,]|$))|rapportee?s?|retournee?s? (?:le|notre)"
    r"|renvoyee?s?|revenue?s? signe)|\bn'(?:avons|ai|a) (?:encore |toujours )?(?:rien|pas encore|aucun papier"
    r"|aucune signature)\b[^.;,]{0,20}?\b(?:de (?:lui|elle|sa part|la cliente|monsieur|madame)|du client|d'elle|signe)"
    r"|\b(?:nothing|no form|no paper|no signature|not heard back) (?:signed |at all |yet |back )?(?:from|by) (?:him"
    r"|her|them|the)\b|\b(?:unsigned|non signee?s?)\b|\b(?:without|sans|no|missing|lacks?|manque) (?:a |her |his |sa "
    r"|la |une? )?signatures?\b|\b(?:has|have|had) (?:still |yet )to\b[^.;,]{0,20}\b(?:sign|return|consent)\w*"
    r"|\b(?:he|she|they|client)(?:'d| would) (?:rather|prefer|like to)\b[^.;]{0,40}\b(?:not|talk|think|wait|speak"
    r"|read)\b|\b(?:hesitant|reluctant|uncomfortable|unwilling|hesitat\w*|comfortable)\b[^.;,]{0,20}\bsign\w*"
    r"|\b(?:thinking|think|reflechi\w*|reflexion)(?: it)? over\b|\by reflechi\w*"
)


def is_waited_for(words: str, *, later: bool = False) -> bool:
    """Whether a folded sentence says that the consent is still to be signed or brought, or was only handed out.

    A `later` sentence, behind one that states, must name the form: `it went in on Monday` is of the application.
    """
    if _UNSIGNED.search(words):
        return True
    return any(
        _HANDED_OUT.search(part) and not _SIGNED.search(part) and (not later or _NAMED.search(part))
        for part in re.split(r"[;,]", words)
    )
