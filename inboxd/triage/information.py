"""Which information that an office can require stands in a mail (`domain.md` 3), and what is missing.

Read is what the sender wrote anew and a forwarded text; a person to ask and a telephone number may stand in the
signature. That something was said does not make it right: `identity` compares. A label nobody thought of costs one
needless question to the sender. Pure; never raises on any text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from inboxd.documents import Application
from inboxd.mail import Body, Email
from inboxd.settings import Information
from inboxd.triage import consent
from inboxd.triage.identity import plain_names
from inboxd.triage.identity.labelled import Kind, Whose, clean
from inboxd.triage.identity.people import clients_words, people
from inboxd.triage.identity.record_names import RecordName, name_of
from inboxd.triage.identity.texts import Text, text_in, text_of

_NO_UCI = re.compile(
    r"\b(?:uci|u\.c\.i\.?|iuc|client id|id client|numero de client)(?: no\.?| number)?[ :=(-]*(?:is "
    r"|est )?(?:n ?/ ?a\b|none\b|nil\b|no(?: uci)?(?![a-z. ]*\d)"
    r"|not (?:yet |been )?(?:assigned|issued|applicable|available|given)|aucun\b|s\. ?o\.?|s/o\b|so\b|sans objet"
    r"|pas encore|non attribue|ne s'applique pas|neant|-{2,})"
    r"|\b(?:no|without|aucun|sans|pas d'|pas de|has no|have no|no known)(?: a| an)? ?(?:known |number "
    r"|numero )?(?:uci|iuc|client id|id client|numero de client)\b(?: (?:yet|on record|that we know of|known|connu))?"
    r"|\b(?:does not|doesn't|do not|don't|did not) (?:yet )?have (?:a |an |his |her |their )?(?:uci"
    r"|client id)\b(?: yet)?"
    r"|\bn'(?:a|ont|en a) (?:pas|pas encore|aucun)(?: encore)? ?(?:d'|de )?(?:iuc|uci|id client|numero de client)\b"
)
_TYPES = re.compile(
    r"\b(?:(?:open |closed |post-?graduat\w+ |co-op )?(?:work|study) permits?|permanent resident cards?|pr cards?"
    r"|pr confirmation|copr\b|permanent residen(?:ce|t|cy)"
    r"|express entry|provincial nominee|nominee (?:file|program\w*)|pnp\b|(?:spous\w+ |family |parent\w* |private "
    r"|refugee )?sponsorships?|spousal|family class"
    r"|common-law partner (?:application|sponsorship|in canada)|super visas?|visitor (?:visa|record)s?|tourist visa"
    r"|temporary resident (?:visa|permit)s?|trv\b|trp\b|eta\b"
    r"|citizenship (?:certificate|grant|application|by descent|file)s?|proof of citizenship|citizenship"
    r"|humanitarian and compassionate|h ?& ?c\b|prra\b|pre-removal"
    r"|refugee (?:claim|travel document|resettlement|application)s?|resettlement|protected person|travel documents?"
    r"|certificate of identity|restoration of status|restoration"
    r"|lmia\b|caregiver|home support|record of landing|verification of status|adoption|live-in|startup visa"
    r"|start-up visa|self-employed"
    r"|permis (?:d'etudes|de travail|de sejour)(?: ouvert)?|prolongation(?: de (?:statut|permis))?"
    r"|carte(?:s)? (?:de |d')?(?:rp|resident\w* permanent\w*)|residence permanente|resident\w* permanent\w*"
    r"|entree express|candidat\w* des provinces|parrainage\w*|regroupement familial|categorie du regroupement"
    r"|visa (?:de )?(?:visiteur|tourisme|resident temporaire|touriste)|super visa"
    r"|fiche du visiteur|citoyennete|certificat de citoyennete|preuve de citoyennete"
    r"|motifs (?:d'ordre )?humanitaires?|demande d'asile|reinstallation|refugie\w*|titre de voyage"
    r"|certificat d'identite|retablissement(?: de statut)?|aide familiale?|personnes? a charge|erar\b|avp\b|ave\b)"
)
_PAPERS = re.compile(
    r"\b(?:certificates?|letters?|passports?|bio page|photos?|photographs?|pictures?|statements?|receipts?|tickets?"
    r"|itinerar\w+|reports?|records?|assessments?|affidavits?|declarations?"
    r"|transcripts?|diplomas?|degrees?|contracts?|pay ?stubs?|pay ?slips?|invoices?|leases?|bills?|forms?|imm ?\d{4}"
    r"|translations?|evidence|proofs?|results?|judg(?:e)?ments?|orders?|visas?"
    r"|medicals?|prescriptions?|notes?|schedules?|questionnaires?|résumés?|resumes?|police checks?|clearances?"
    r"|id cards?|identity cards?|licen[cs]es?|bank statements?|tax(?:es)? (?:return|slip|notice)s?"
    r"|t4s?|notices? of assessment|noas?|boarding pass(?:es)?|registration|attestation|albums?|clips?|slips?|chats?"
    r"|screenshots?|powers? of attorney|wills?|deeds?|minutes of|disposition|referrals?|testimon\w+"
    r"|certificats?|lettres?|passeports?|photos?|releves?|recus?|billets?|rapports?|attestations?|declarations?"
    r"|affidavits?|actes? (?:de|d')|diplomes?|contrats?|factures?|baux|bail|formulaires?|annexes?"
    r"|traductions?|preuves?|resultats?|jugements?|ordonnances?|ordonnance|bilans?|extraits?|talons?|fiches? de paie"
    r"|avis de cotisation|caq\b|cartes? (?:d'identite|consulaire)s?|permis de conduire|questionnaires?"
    r"|captures? d'ecran|procurations?|testaments?|livret|bulletins?|temoignages?|visas? de)\b"
)
_NOT_THE_PAPERS = re.compile(
    r"\b(?:consent|privacy|authori[sz]ation) (?:forms?|letters?)|\bformulaires? (?:de consentement|d'autorisation)"
    r"|\bon record\b|\bwork permits?|\bof note\b|\bplease note\b|\bnotes? that\b"
    r"|\bin (?:our|the) records?\b|\bweb ?forms?|\bin order\b|\ben ordre\b|\bwill\b|\bvisa (?:office|file"
    r"|application)s?|\bpassport (?:number|no)|\bstatus reports?|\bbaux\b(?= d)"
)
_PHONE = re.compile(
    r"(?<![\w/.-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])|(?<=tel: )\d{10}\b"
    r"|(?<=phone: )\d{10}\b"
)
_PERSON = re.compile(
    r"[^\W\d_a-z][\w'’-]+(?:[ -][^\W\d_a-z][\w'’.-]+)+|[^\W\d_a-z][\w'’-]+(?=[ ,:/–(-]{1,3}(?:at |au |tel\.?:? ?"
    r"|T[eé]l\.? ?: ?)?$)|\b(?:me|moi)\b(?= (?:at|au)\b)"
)
_SAID_NO_PERSON = (
    "tel phone telephone cell fax office bureau mobile uci iuc tty ats contact call appelez rappelez please reach merci"
    " thanks thank hello bonjour hi questions extension dob ddn number numero"
)
_NO_PERSON = frozenset(_SAID_NO_PERSON.split())
_NEAR = 300
_UCI_NEXT = re.compile(r"[ \n,;/|)(-]{0,4}(?:and |et )?(?:u\.?c\.?i|i\.?u\.?c|client id|id client|numero de client)\b")


def said(email: Email) -> Mapping[Information, str]:
    """What is said, each with the words that say so, as they stand in the mail (at most about 300 characters)."""
    return _said(email.body, email.sender.name if email.sender else "")


@functools.lru_cache(maxsize=32)  # asked for several times, before and after the look into the files
def _said(body: Body, sender: str) -> Mapping[Information, str]:
    text = text_in(body, sender)
    found = {
        Information.NAME: plain_names.labelled(text.labelled)
        or plain_names.in_prose(text.clean, text.folded, text.staff),
        Information.DATE_OF_BIRTH: _birth(text),
        Information.UCI: _uci(text),
        Information.APPLICATION_TYPE: _by_label(text, Kind.TYPE) or _phrase(_TYPES, text.clean, text.folded),
        Information.DESCRIPTION: _description(text),
        Information.CONSENT: consent.statement(body.new) or _forwarded_consent(body),
        Information.CONTACT: _contact(body),
    }
    return MappingProxyType({item: words for item, words in found.items() if words})


def missing(email: Email, required: Sequence[Information], record: Application | None) -> tuple[Information, ...]:
    """What of `required` is not said, in its order.

    A name is said too when the record's names stand in the text, a date of birth when the record's date does.
    """
    known = dict(said(email))
    if record is not None:
        text = text_of(email)
        name = name_of(record)
        theirs = clients_words(text, name)
        if name and (name.is_mentioned(theirs) or _is_labelled(text, name)):
            known[Information.NAME] = "the record's"
        born = record.date_of_birth
        if born is not None and any(
            (born in each.readings or born in each.short) and not each.another_day for each in text.dates
        ):
            known[Information.DATE_OF_BIRTH] = "the record's"
    return tuple(item for item in required if item not in known)


def _is_labelled(text: Text, name: RecordName) -> bool:
    """Whether the record's name stands in two cells or labels, family and given name."""
    return any(person.whose is not Whose.OFFICE and name.is_split_value(person.family, person.given)
               for person in people(text, ()) if person.family and person.given)  # fmt: skip


def _forwarded_consent(body: Body) -> str:
    """What a forwarded text states, unless the office denies it above."""
    return "" if consent.is_denied(body.new) else consent.statement(body.forwarded)


def _birth(text: Text) -> str:
    relatives = {
        id(written) for person in people(text, ()) if person.whose is Whose.RELATIVE for written in person.births
    }
    for written, whose in text.births:
        if whose is not Whose.OFFICE and id(written) not in relatives:
            return text.clean[written.start : written.end]
    for written in text.dates:
        if not written.another_day and (
            _UCI_NEXT.match(text.folded, written.end) or plain_names.ends_at(text.clean, text.folded, written.start)
        ):
            return text.clean[written.start : written.end]
    return ""


def _uci(text: Text) -> str:
    for each in text.labelled:
        if each.kind is Kind.UCI and any(
            each.label_end <= place < max(each.end, each.start) for place, _, _ in text.ucis
        ):
            return text.clean[each.label_start : each.end]
    if none := _NO_UCI.search(text.folded):
        return text.clean[none.start() : none.end()]
    return next(iter(sorted(text.unlabelled_ucis)), "")


def _by_label(text: Text, kind: Kind) -> str:
    return next(
        (each.value for each in text.labelled if each.kind is kind and re.search(r"[^\W\d_]{2}", each.value)), ""
    )


def _phrase(pattern: re.Pattern[str], shown: str, folded: str) -> str:
    match = pattern.search(folded)
    return shown[match.start() : match.end()] if match else ""


def _description(text: Text) -> str:
    blanked = _NOT_THE_PAPERS.sub(lambda match: "#" * len(match[0]), text.folded)
    found = _PAPERS.search(blanked)
    if found is None:
        return ""
    begins = [match.end() for match in re.finditer(r"\n|\. |; ", blanked[: found.start()])]
    start = max([*begins[-1:], found.start() - 80, 0])
    ends = [place for mark in ("\n", ". ", ";") if (place := blanked.find(mark, found.end())) >= 0]
    return text.clean[start : min([*ends, found.end() + 80, len(text.clean)])].strip()


def _contact(body: Body) -> str:
    """A telephone number with a person named before it, in the new words or the signature."""
    shown = clean(f"{body.new}\n{body.signature}")
    lower = shown.lower()
    for phone in _PHONE.finditer(lower):
        before = shown[max(0, phone.start() - _NEAR) : phone.start()]
        for person in reversed(list(_PERSON.finditer(before))):
            if person[0].lower().strip(".") not in _NO_PERSON:
                return f"{person[0]}, {shown[phone.start() : phone.end()]}"
    return ""
