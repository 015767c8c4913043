"""Other words for a consent that was signed, brought to one form (`phrases` uses them last).

A signature put to a form, a form that is named by what it allows (`a paper that lets us speak for her`), a consent
that is named with the office that asks for it. On folded text; pure.
"""

from __future__ import annotations

import re

from inboxd.triage.consent.grants import AGIR, TO_ACT, US

_SLIP = (
    r"(?:forms?|papers?|letters?|documents?|notes?|sheets?|slips?|statements?|formulaires?|papiers?|lettres?|feuilles?)"
)
_ASKED_FOR = (
    r"(?:consents?(?: forms?)?|consentements?|authori[sz]ations?(?: forms?)?|autorisations?|forms?"
    r"|formulaires?(?: de consentement| d'autorisation)?)"
)
_WHO_ASKS = r"(?:our|your|this|the) office|we|you|ircc|the (?:mp|member|senator|department|rules)|your rules"
_WE = r"(?:we|our office|the office|the (?:mp|member|senator)|us)"
_ON = r"on|nous|notre bureau|le bureau|la deputee|le depute|le senateur|la senatrice"
REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), with_)
    for pattern, with_ in (
        # signatures
        (
            r"\b(?:put|puts|set|affixed|added|appended|lent) (?:her|his|their) (?:name|signature|hand|mark"
            r"|initials)s? (?:to|on|at the (?:bottom|foot) of|under)\b",
            " signed ",
        ),
        (
            r"\b(?:appos|inscri|mis)\w* (?:sa|leur|son|leurs) (?:signature|nom|paraphe)s? (?:sur|au bas d[eu']|a|au) ?",
            " signe ",
        ),
        (
            r"\bsigne\w* (?:en ligne |electroniquement )?(?:le |les |la )?(?:formulaires?|fiches?"
            r"|feuilles?) (?:du bureau|de (?:la |l')?(?:senat\w+|deputee?|bureau|m\.|mme)|du (?:senat\w+|depute))",
            " signe notre formulaire de consentement ",
        ),
        (
            r"\bsigned (?:the |an? )?(?:mp|member|senator|office)(?:'s)? (?:form|paper|sheet)\b",
            " signed our consent form ",
        ),
        # a consent that is named with the office that asks for it: no condition
        (
            rf"\b({_ASKED_FOR}),? (?:that |which )?(?:{_WHO_ASKS}) (?:always |normally |usually |now )?(?:requires?"
            r"|needs?|asks? for|asks?|uses?|demands?|insists? on)(?= *(?:[.,;)]|$|(?:and|before|of|from|for|on)\b))",
            r"\1",
        ),
        (
            rf"\b({_ASKED_FOR}),? qu(?:e |')(?:exige|demande|requiert|utilise|impose)(?:nt)? (?:notre|votre|le"
            r"|mon) bureau\b(?! d'avocat)",
            r"\1",
        ),
        (
            rf"\b({_ASKED_FOR}),? qu(?:e |')(?:nous|vous|on|notre bureau|votre bureau|le bureau|la deputee?"
            r"|le depute) ?(?:exig|demand|requ[ie]|utilis)\w+(?= *(?:[.,;)]|$"
            r"|(?:et|avant|de|du|des|pour|le|lundi|hier)\b))",
            r"\1",
        ),
        (rf"\b({_ASKED_FOR}) (?:required|requested|asked for|used) by (?:our|the|this) office\b", r"\1"),
        (rf"\b({_ASKED_FOR}) (?:exige|requis|demande|utilise)e?s? par (?:notre|le) bureau\b", r"\1"),
        # the office's release, as a heading says it; what was put in writing
        (
            r"^(\W*)(?:the |her |his |our |mp |client )*(?:release|waiver|mandate|decharge|procuration"
            r"|mandat) (?:form )?((?:is |was |has been |est |a ete )?(?:signed|signee?))(?= *(?:[,.;!]|$"
            r"|(?:and|et|by (?:him|her|the client)|par (?:lui|elle|la cliente|le client)|on file|au dossier"
            r"|in (?:the|our) (?:file|binder)|last|on)\b))",
            r"\1 consent \2",
        ),
        (
            r"\b(?:(?:has |have |'s |'ve )?(?:put|puts|confirmed|stated|agreed|said|given|gave)(?: it| this"
            r"| us)?(?: down)? (?:in writing|on paper)|(?:has |'s )?(?:signed|wrote|written)(?: to us"
            r"| us)?)(?: to say)? that (?:he|she|they)(?:'s|'re| is| are) (?:perfectly |quite |totally |all )?(?:fine"
            r"|ok|okay|happy|comfortable|good|content|on board) (?:with|to have|for) (?:us|our office|our"
            r"|the (?:mp|member|senator))\b",
            " authorized our office in writing ",
        ),
        (
            r"\b(?:a (?:bien )?(?:ecrit|confirme par ecrit|mis par ecrit|signe)"
            r"|(?:nous |m')(?:a|ont) (?:ecrit|confirme par ecrit)) (?:un mot (?:disant )?)?qu'(?:il|elle)s? (?:est"
            r"|etait|sont) (?:bien |tout a fait )?d'accord (?:pour |a ce )?(?:que |qu')(?:nous|on|notre bureau"
            r"|le bureau|la deputee|le depute)\b",
            " authorized our office in writing ",
        ),
        # a form that is named by what it allows
        (
            rf"\b{_SLIP},? so (?:that )?{_WE} (?:can|could|may|might|are able to)(?: {TO_ACT[3:]})?",
            " consent form for us ",
        ),
        (
            rf"\b{_SLIP} pour (?:que |qu')(?:{_ON}) (?:puiss\w+|pouvait|ait le droit d[e']) ?(?:le |la |les |l'|lui "
            r"|vous )*[a-z]+",
            " formulaire de consentement pour nous ",
        ),
        (
            rf"\b{_SLIP} pour (?:que |qu')(?:{_ON}) (?:le |la |les |l'|lui |vous )*(?:parl|agiss|represent|communiqu"
            r"|interven|intervien|trait|discut|ecriv|consult|s'occup)\w*",
            " formulaire de consentement pour nous ",
        ),
        (
            rf"\b{_SLIP} (?:that |which |qui |thing )?(?:allow(?:ing|s)|letting|lets|permit(?:ting|s)|empower(?:ing|s)"
            rf"|enabl(?:ing|es)|authori[sz](?:ing|es)|giving|gives) {US}(?:,? (?:the right |permission "
            rf"|leave )?{TO_ACT})?",
            " consent form for us ",
        ),
        (
            rf"\b{_SLIP} (?:qui |par lequel il |par lequel elle |par laquelle elle |par laquelle il )?(?:nous "
            r"|m')?(?:permet(?:tant)?|autoris(?:e|ant)|habilit(?:e|ant)|mandat(?:e|ant)"
            rf"|donn(?:e|ant) le droit)(?: a)? ?(?:{US} )?(?:{AGIR})?",
            " formulaire de consentement pour nous ",
        ),
        (
            r"\b(?:(?:her|his|their|the|client's|constituent's) )?signatures?(?: of (?:the |our )?\w+)? (?:is "
            r"|are )?on (?:our|the office's|the usual|the mp's|the consent)(?: consent)?(?: form)?",
            " consent signed ",
        ),
        (
            r"\bsignatures?(?: de (?:l'|la |le |mme |m\.)?[a-z' -]{1,30}?)? (?:au bas de|sur) (?:notre"
            r"|le) formulaire(?: de consentement)?",
            " consentement signe ",
        ),
        (
            r"\b(?:signed|completed|executed) (?:our|the mp's|the office's|the member's|the senator's) (?:usual "
            r"|standard |own )?(?:forms?|paperwork|papers?|release|thing)\b",
            " signed our consent form ",
        ),
        (
            r"\b(?:signe|rempli) (?:notre|nos) (?:formulaires?|papiers?)(?! d)",
            " signe notre formulaire de consentement ",
        ),
        (
            r"\b(?:formulaires?|fiches?) de (?:divulgation|confidentialite|communication|renonciation|decharge"
            r"|delegation)\b",
            " formulaire de consentement ",
        ),
        (
            r"\b(?:disclosure|information|authority|privacy|mp|member's|senator's) (?:release |consent |waiver "
            r"|authority )?(?:forms?|releases?|waivers?)\b",
            " consent form ",
        ),
        (
            r"\bconsents to (?!our|this|the (?:mp|member|office))[^.;,]{0,80}?\b(?:(?:our|this|the"
            r"|my) (?:constituency )?office\b|us\b)",
            " authorized our office ",
        ),
        (
            r"\bconsent(?:ent)? (?:par ecrit )?a [^.;,]{0,80}?\b(?:notre bureau|au bureau|a nous)\b",
            " authorized our office ",
        ),
        (r"\bsigned off on (?:us|our)\b", " authorized our office in writing for "),
        (
            r"\bauthority to (?:act|disclose|release|represent|inquire|share)\b"
            r"|\brelease of (?:personal )?information\b",
            " consent to act ",
        ),
    )
)
