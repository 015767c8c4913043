"""Notices that stand under mails without being anybody's words: confidentiality, crisis lines, devices, slogans.

A notice speaks to anybody and about nobody: a paragraph that names a person or a case is the sender's own, whatever
else it says, because "in an emergency call 911" may also be the news. Pure; never fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inboxd.parsers.characters import fold

_DEVICE = re.compile(
    r"(?:sent|envoye|expedie|ecrit|typed|dictated)(?: (?:securely|by e-?mail|par courriel))?"
    r" (?:from|de|d['’]|depuis|a partir d[e'’]|via|with|using|avec)\b.{0,60}"
    r"|(?:get|obtenir|obtenez|telecharge[rz]?) outlook (?:for|pour)\b.{0,40}|provided by .{0,30}"
)
_DEVICE_WORDS = 12
_DEVICE_NAME = re.compile(
    r"\b(?:iphone|ipad|ios|android|galaxy|samsung|outlook|blackberry|bell|rogers|telus|mobile|phone|smartphone|telephone"
    r"|appareil|device|mail|yahoo|gmail|cellulaire|pixel|huawei|windows|tablet|tablette|handheld|proton|courriel)\b")
_TYPOS = re.compile(r"(?:please )?(?:excuse|pardon|forgive|excusez|veuillez excuser|desole).{0,30}"
                    r"(?:typo|brevity|brievete|faute|coquille|errors?).{0,40}")

_CONFIDENTIAL = re.compile(
    # a word for secret, a word for the mail, and what the reader must do
    r"(?=.*(?:confidenti|privileg|protege|proprietary|disclaimer|avis))"
    r"(?=.*(?:message|e-?mail|courriel|communication|transmission|attachment|piece))"
    r"(?=.*(?:intended|addressee|recipient|in error|unauthori[sz]ed|delete|destine|destinataire|par erreur|supprim"
    r"|imprime|disclosure|divulgation|prohibited|interdit))"
    r"|.*(?:confidential if so marked|confidentiel si indique)", re.DOTALL)
_PRINTING = re.compile(
    r"(?:before|avant d.?|need to|vraiment l.?) ?(?:you )?(?:print|imprimer)|think of the (?:trees|environment)"
    r"|pensons aux arbres|pensez a l.?environnement|consider the environment")
_CRISIS = re.compile(
    r"if you or someone (?:you know|else)|^in (?:an|any) emergency(?: or if .{0,40})?,? (?:please )?(?:call|dial)"
    r"|^(?:are you )?in crisis ?\?|suicide crisis helpline"
    r"|^if (?:you are|you.re) in (?:crisis|immediate danger|distress)|^if this is an emergency|^(?:call|dial) 9-?1-?1"
    r"|^(?:for|in) (?:all )?emergenc(?:y|ies),? (?:please )?(?:call|dial)|emergency ?\? ?(?:call|dial)"
    r"|in (?:an|case of an?) emergency,? (?:please )?(?:call|dial)|^(?:24/7 )?(?:crisis|help) ?line ?:"
    r"|^ligne (?:de crise|d.ecoute)|^(?:vous etes |etes-vous )?en (?:detresse|crise) ?\?"
    r"|^si vous etes en (?:danger|detresse|crise)|si vous ou (?:quelqu.?un|un proche|une personne)|^detresse ?,"
    r"|idees suicidaires ?\?|besoin d.?aide ?\?|en cas d.?urgence,? (?:veuillez )?(?:compose|appele|faire|faites)"
    r"|urgence ?[:?] ?(?:composez |appelez )?(?:le )?9-?1-?1|this (?:mailbox|inbox|account) (?:is not|isn.?t)"
    r"|\b(?:call|text|dial|composez|appelez|textez).{0,25}\b9-8-8\b|\b9-8-8\b.{0,40}\b(?:24|jour et nuit|day and night)"
    r"|cette boite (?:de courriel|aux lettres)? ?n.?est pas")
_OFFICE_FOOTER = re.compile(
    r"^note to constituents|^avis aux (?:electeurs|citoyens|commettants)|our office is a drop-off|food drive"
    r"|blanket drive|blood (?:donor|drive)|collecte (?:de|d.?)|sign up for|subscribe to|abonnez-vous"
    r"|follow (?:us|me|the)|suivez[- ]|newsletter|infolettre|visit (?:our|my) website|unceded|non cede"
    r"|traditional territor|territoire traditionnel|land acknowledge|critic for|porte-parole"
    r"|sav(?:e|es|ed|ing) (?:a )?li(?:fe|ves)|li(?:fe|ves)-?saving|vies? sauvee?s?|sauve[rz]? (?:des|une|la) vies?"
    r"|(?:give|donate) blood|don de sang|pronouns|pronoms ?:|she/her|he/him|they/them|office hours"
    r"|heures d.?ouverture|hours of operation|(?:not|cannot|can.?t) (?:give|offer|provide) legal advice|^legal aid\b"
    r"|(?:pas|aucun) (?:de conseils?|d.?avis) juridiques?|^aide juridique"
)
"""What offices put under their signature; only there, for above it these may be the sender's own words."""
_SOMEBODY = re.compile(
    r"\b(?:he|she|him|her|his|clients?|clientes?|constituent|family|famille|elle|lui|monsieur|madame|mme|mlle|mr|mrs|ms"
    r"|removal|renvoi|deport\w*|visa)\b")
_STOCK_WORDS = re.compile(r"(?:family|domestic) violence(?: (?:help)?line| shelter)?|violence (?:familiale|conjugale)"
                          r"|legal aid \w+"
                          r"|(?:solicitor|lawyer|attorney|avocat)-clients?|his or her|his/her|she/her(?:/hers)?"
                          r"|he/him(?:/his)?|stop a deportation")
_OWN_AFTER_ALL = re.compile(r"\bp\.? ?-?s\.? ?[:.-]|\bpost-?scriptum|\bn\.? ?b\.? ?[:.-]|\b[a-z]{1,2}[0-9]{8,9}\b"
                            r"|\b[0-9]{2}-[0-9]{4}-[0-9]{4}\b")
_MOST_CHARACTERS = 3000


def is_postscript(text: str) -> bool:
    """A P.S., or a number of this field: the sender's own words wherever they stand. `text` is folded."""
    return _OWN_AFTER_ALL.search(text) is not None


def is_notice(lines: Sequence[str], *, under_signature: bool = False) -> bool:
    """Whether the lines are a notice; below a signature also an office's slogans and invitations."""
    text = fold(" ".join(line.strip() for line in lines)).replace("’", "'").strip()
    if not text or len(text) > _MOST_CHARACTERS or is_postscript(text):
        return False
    if _SOMEBODY.search(_STOCK_WORDS.sub(" ", text)):
        return False
    return bool(_CONFIDENTIAL.match(text) or _PRINTING.search(text) or _CRISIS.search(text)
                or (under_signature and _OFFICE_FOOTER.search(text)))


def device_lines(lines: Sequence[str]) -> int:
    """How many lines at the end say from which device or program the mail was sent."""
    count = 0
    for line in reversed(lines):
        folded = fold(line).strip(" *_<>[]()")
        device = _DEVICE.match(folded) and _DEVICE_NAME.search(folded) and len(folded.split()) <= _DEVICE_WORDS
        if not (device or _TYPOS.match(folded)) or _SOMEBODY.search(folded):
            break
        count += 1
    return count
