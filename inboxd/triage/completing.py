"""Does a reply complete an earlier submission, or a new submission supersede one? Where that is safe (issue 5, 5).

Safe is: our notice about one submission that waits for what the reply gives, the same office, the reply's own new
words, one number, nothing taken back. Then the submission is judged again as a whole (`completed`). Everything else is
read by a person: a contradiction, malware, several numbers, another person's document are never settled by a reply.
Pure; never fails.
"""

from __future__ import annotations

import dataclasses
import re

from inboxd.documents import FileOutcome, Reason, SubmissionOutcome, SubmissionPlan
from inboxd.mail import EarlierSubmission, Email
from inboxd.plan import CaseUpdate, Plan, Relation, Settling, Verdict
from inboxd.settings import Information, Place
from inboxd.triage import beside, consent, follow_ups, information
from inboxd.triage.addressed import addressed, own_cases
from inboxd.triage.completed import only_own_words
from inboxd.triage.enquiries import read_enquiry
from inboxd.triage.folding import fold
from inboxd.triage.identity.texts import text_of
from inboxd.triage.notices import MENDED_BY_A_NUMBER
from inboxd.triage.question import Question
from inboxd.triage.several.identities import places_of
from inboxd.triage.submissions import IDENTITY, PLACES, documents_of

WANTS_WORDS = frozenset({Reason.INFO_MISSING, Reason.CONSENT_MISSING})
BESIDE = frozenset(
    {
        Reason.TYPE_NOT_ALLOWED,
        Reason.TYPE_MISMATCH,
        Reason.TOO_LARGE,
        Reason.EMPTY_OR_CORRUPT,
        Reason.ENCRYPTED,
        Reason.ARCHIVE,
        Reason.MACRO_OR_ACTIVE,
        Reason.NESTED_MESSAGE,
        Reason.WINMAIL_DAT,
        Reason.NOT_SCANNED,
        Reason.NOT_CHECKED,
        Reason.LINK_NOT_FILE,
    }
)
"""What may be wrong with single files beside it: they are judged again by themselves."""
SETTLED_BY_FILING = MENDED_BY_A_NUMBER | WANTS_WORDS | BESIDE | {Reason.NUMBER_LEGACY, Reason.IDENTITY_MISMATCH}
"""With the same files on the record nothing is left of these to decide."""
_NO_NUMBER = frozenset({Reason.NUMBER_MISSING, Reason.PLACEHOLDER_LEFT})
_TAKEN_BACK = re.compile(
    r"\b(?:disregard|ignore|cancel\w*|withdr[ae]w\w*|recall\w*|delete|remove|destroy|discard|shred"
    r"|(?:do not|don't|please not|must not|should not|never) (?:\w+ ){0,2}?(?:attach|file|add|process|upload)\w*"
    r"|not (?:the right|meant for|for (?:this|that)|intended)|some(?:one|body) else"
    r"|(?:wrong|another|different|other) (?:file|document|paper|attachment|client|constituent|person|applicant|case)s?"
    r"|ignore[rz]|annul\w+|retir(?:er|ez|ons)|supprim\w+|detrui\w+|tenir compte|tenez (?:pas|aucun\w*) compte"
    r"|ne (?:\w+ ){0,2}?(?:joi|vers|ajout|trait|depos|class)\w+ (?:\w+ )?(?:pas|rien|aucun)"
    r"|ne (?:surtout )?pas (?:les |le |la |y )?(?:joi|vers|ajout|trait|depos|class)\w+"
    r"|(?:mauvais|mauvaises?|autres?) (?:fichier|document|piece|cliente?|electeur|electrice|personne|dossier)s?"
    r"|quelqu'un d'autre)\b"
)
"""The sender may take the papers back: whoever writes so is read by a person, whatever else is given."""
_CONSENT = re.compile(r"\b(?:consent|authori[sz]|autoris|permission)")
_UNSURE = re.compile(
    r"\b(?:not (?:sure|certain)|unsure|uncertain|maybe|perhaps|possibly|might be|could be|may be|i think|we think"
    r"|i guess|presumably|peut-etre|pas (?:sure?s?|certaine?s?)\b|je (?:crois|pense)|nous (?:croyons|pensons)"
    r"|probablement|il se peut|pourrait etre|serait)\b"
)
_QUOTES = re.compile(
    r"^[ \t]*>|^[ \t]*(?:-{3,}|_{5,})|^[ \t*]*(?:from|de|sent|envoye|to|a|subject|objet)[ \t*]*:"
    r"|\b(?:wrote|a ecrit) ?:|written automatically|redige automatiquement"
    r"|received your message on|recu votre message|subject line to copy|ligne d'objet a copier",
    re.MULTILINE | re.IGNORECASE,
)
"""Where nothing but a quote stands in a mail, it is kept as its own words; and some programs draw quotes their own way.
Our own notice holds a number where it suggests one."""
_ASKED = re.compile(r"[^.!\n]{0,60}\?")


def settled_by_reply(question: Question) -> tuple[EarlierSubmission, Settling | None] | None:
    """The submission that this reply completes, and the order for it; no order if it was completed by it before."""
    earlier = next((each for each in question.facts.asked_about if each.joined), None)
    if earlier is not None:
        return earlier, None  # decided again after it was held for something else
    earlier = _one_open(question)
    if earlier is None or _objection(question, earlier):
        return None
    number = next(iter(numbers_given(question.email)), "")
    return earlier, Settling(
        mail_id=earlier.mail_id, decision=earlier.decision, relation=Relation.COMPLETES, number=number
    )


def why_not(question: Question) -> str:
    """Why a reply to our notice about documents does not complete them, for people; empty where it is none."""
    asked = [each for each in question.facts.asked_about if each.office == question.office]
    if not asked or any(each.joined for each in asked):
        return ""
    earlier = _one_open(question)
    if earlier is None:
        return f"answers the notice about the documents of mail {asked[-1].mail_id}, which wait for no reply"
    return f"does not complete the documents of mail {earlier.mail_id}: {_objection(question, earlier)}"


def _one_open(question: Question) -> EarlierSubmission | None:
    """The one submission that was asked about and waits for what a reply can give."""
    asked = [each for each in question.facts.asked_about if each.office == question.office]
    waiting = [each for each in asked if _is_open(each)]
    return waiting[0] if len(waiting) == 1 else None


def _is_open(earlier: EarlierSubmission) -> bool:
    reasons = {Reason(reason) for reason in earlier.reasons}
    return (
        earlier.outcome in (SubmissionOutcome.FAIL, SubmissionOutcome.HOLD)
        and earlier.state != "taken"
        and not earlier.by_a_person
        and bool(reasons & (MENDED_BY_A_NUMBER | WANTS_WORDS))
        and reasons <= MENDED_BY_A_NUMBER | WANTS_WORDS | BESIDE
    )


def _objection(question: Question, earlier: EarlierSubmission) -> str:
    """Why it takes a person to say what the reply means; empty if it does not."""
    email = question.email
    words = fold(email.body.new).text
    numbers = numbers_given(email)
    if question.is_incomplete or question.is_cut:
        return "not all of it could be read"
    if documents_of(question):
        return "it brings files of its own"
    if email.body.forwarded:
        return "it forwards what somebody else wrote"
    if _QUOTES.search(email.body.new) or _QUOTES.search(words):
        return "a quote stands among its own words"
    if _TAKEN_BACK.search(words) or consent.is_denied(email.body.new):
        return "something is taken back in it"
    if _CONSENT.search(words) and not consent.statement(email.body.new):
        return "it speaks of consent and does not say that it was given"
    if len(numbers) > 1:
        return "it names several numbers"
    if numbers and (_UNSURE.search(words) or _is_asked(email, numbers[0])):
        return "it is not sure of the number"
    if not _gives(question, earlier, numbers):
        return "it does not give what was missing"
    return ""


def numbers_given(email: Email) -> tuple[str, ...]:
    """Application numbers in the sender's own new words, or in a subject that the sender wrote anew."""
    own = f"{email.subject}\n{email.body.new}"
    return tuple(dict.fromkeys(number for number, _, _ in places_of(own, email.numbers)))


def _is_asked(email: Email, number: str) -> bool:
    new = email.body.new
    return any(_ASKED.match(new, end) is not None for _, _, end in places_of(new, (number,)))


def _gives(question: Question, earlier: EarlierSubmission, numbers: tuple[str, ...]) -> bool:
    """Whether the reply says anything of what the notice asked for."""
    email = question.email
    reasons = {Reason(reason) for reason in earlier.reasons}
    if reasons & MENDED_BY_A_NUMBER:
        told_before = Reason.NUMBER_UNKNOWN in reasons and any(places_of(earlier.subject, numbers))
        return bool(numbers) and not told_before
    said = information.said(only_own_words(email))
    missing = set(earlier.missing)
    if IDENTITY in missing and _names_somebody(question, set(said)):
        return True
    return any(item.value in missing for item in said)


def _names_somebody(question: Question, said: set[Information]) -> bool:
    """Whether a second identifier may stand in the reply, by a label or bare: a number in its form, a past day."""
    if said & {Information.NAME, Information.DATE_OF_BIRTH, Information.UCI}:
        return True
    text = text_of(only_own_words(question.email))
    days = (written.day for written in text.dates if not written.another_day)
    return bool(text.unlabelled_ucis) or any(day is not None and day < question.received_on for day in days)


def plan(question: Question, verdict: Verdict, earlier: EarlierSubmission, order: Settling | None) -> Plan:
    """The plan for a reply that completes a submission: that is judged again, and what else it says is triaged too."""
    because = f"gives what the documents of mail {earlier.mail_id} lacked; they are judged again"
    # it lies beside the documents; where they end is known when they are judged
    place = PLACES[SubmissionOutcome(earlier.outcome)] if order is None and earlier.state != "taken" else Place.HELD
    documents = Plan(
        verdict=dataclasses.replace(verdict, because=because), place=place, settles=(order,) if order else ()
    )
    cases = own_cases(question)
    if not cases:
        return beside.beside_documents(question, documents)
    if beside.asks_something(question, read_enquiry(question)):
        joined = follow_ups.follow_up(question, documents.verdict, cases)
        both = dataclasses.replace(joined.verdict, because=f"{because}; {joined.verdict.because}")
        return dataclasses.replace(joined, verdict=both, settles=documents.settles)
    meant = addressed(question, cases)
    notes = tuple(
        CaseUpdate(case_id=case.case_id, reference=case.reference, relation="follow_up")
        for case in (*meant.read_for, *meant.noted)
    )
    return dataclasses.replace(documents, updates=notes)


def superseding(question: Question, submission: SubmissionPlan) -> tuple[Settling, ...]:
    """Earlier submissions of the office that wait with files which are filed now: nothing of them is left to do."""
    if submission.outcome not in (SubmissionOutcome.ACCEPT, SubmissionOutcome.PARTIAL):
        return ()
    good = {item.path for item in submission.files if item.outcome in (FileOutcome.ATTACHED, FileOutcome.CONFIRMED)}
    filed = {attachment.digest for attachment in question.email.attachments if attachment.path in good}
    return tuple(
        Settling(
            mail_id=earlier.mail_id,
            decision=earlier.decision,
            relation=Relation.SUPERSEDES,
            number=submission.number,
        )
        for earlier in question.facts.same_files
        if earlier.office == question.office
        and earlier.state != "taken"
        and not earlier.by_a_person
        and bool(earlier.waiting)
        and earlier.waiting <= filed
        and {Reason(reason) for reason in earlier.reasons} <= SETTLED_BY_FILING
        and _is_for(earlier, submission.number)
    )


def _is_for(earlier: EarlierSubmission, number: str) -> bool:
    """Whether the earlier mail was for the same application: it matched it, named none, or was answered by this one."""
    if earlier.in_thread or earlier.number == number:
        return True
    return not earlier.number and {Reason(reason) for reason in earlier.reasons} <= _NO_NUMBER | BESIDE
