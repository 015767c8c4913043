"""Two things in one mail: documents with a question in their text, an enquiry with files beside it."""

from __future__ import annotations

import dataclasses
import re

from inboxd.plan import Category, Plan, ReplyPlan
from inboxd.settings import Place
from inboxd.triage.enquiries import plan, read_enquiry
from inboxd.triage.question import Question
from inboxd.triage.reading import Reading
from inboxd.triage.submissions import missed_phrase

_SENTENCE_ENDS = re.compile(r"(?:[.!;:](?=\s)|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])))")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_NAMES_PAPERS = re.compile(
    r"\b(?:attach\w*|enclos\w*|upload\w*|add(?:ing|ed)|letters?|forms?|reports?|photos?|papers?|copy|copies|scans?|pages?"
    r"|statements?|certificates?|documents?|permits?|assessments?|translations?|consent\w*|UCI|IUC"
    r"|ci-joint\w*|pi[eè]ces?|lettres?|formulaires?|rapports?|copies?|annexes?|d[eé]clarations?|certificats?|attestations?"
    r"|preuves?|actes?|traductions?|consentement\w*|permis|relev[eé]s?)\b",
    re.IGNORECASE,
)
"""A sentence with one of these says what the papers are."""
_ASKS = re.compile(
    r"\b(?:(?:like|love|want|glad|happy|curious|need) to (?:know|understand|hear|learn)"
    r"|wonder(?:ing)? (?:if|whether|how|when|what|why)"
    r"|let (?:us|me) know (?:if|whether|how|when|what|why|where)"
    r"|(?:please|kindly|pls) (?:advise|confirm|explain|tell|clarify|call|expedite|look into|have (?:some|an) ?\w+ call)"
    r"|(?:aimer(?:ais|ions|ait)|voudr(?:ais|ions|ait)|souhait(?:e|ons|erais|erions))"
    r" (?:aussi |également |bien )*(?:savoir|comprendre|connaître)"
    r"|(?:nous|me) (?:dire|indiquer|confirmer|expliquer|préciser) (?:si|quand|où|comment|pourquoi|ce qu)"
    r"|(?:veuillez|merci de|prière de) (?:nous |me )?"
    r"(?:confirmer|indiquer|expliquer|préciser|dire|rappeler|accélérer))",
    re.IGNORECASE,
)
"""A question without a question mark."""


def beside_files(question: Question, asked: Plan) -> Plan:
    """Tell how documents are submitted when files and a number came without the phrase (`domain.md` 2.3).

    Not where a criterion hit: there the files are the evidence, and the case is what matters.
    """
    notice = missed_phrase(question)
    if notice is None or any(case.category not in (Category.REVIEW, Category.NOT_MET) for case in asked.cases):
        return asked
    return dataclasses.replace(asked, replies=(notice, *asked.replies))


def asks_something(question: Question, reading: Reading) -> bool:
    """Does the text of a document submission also ask for something, or tell of something pressing?

    A list of papers alone does neither: `fairness letter of October 30`, `caregiver work permit form` only name them.
    What is complex has to be asked; what is urgent may be told in a sentence of its own that names no paper; what is
    critical counts wherever it stands.
    """
    new = _LINK.sub(" ", question.email.body.new)  # a link may have a question mark of its own
    if "?" in new or _ASKS.search(new) or any(hit.category is Category.CRITICAL for hit in reading.hits):
        return True
    pressing = [hit for hit in reading.hits if hit.category is Category.URGENT]
    words = question.email.body.new
    return any(hit.where != "new" or _NAMES_PAPERS.search(_sentence(words, hit.start)) is None for hit in pressing)


def _sentence(text: str, at: int) -> str:
    """The sentence or line around a place in the text."""
    start = max((found.end() for found in _SENTENCE_ENDS.finditer(text, 0, at)), default=0)
    end = _SENTENCE_ENDS.search(text, at)
    return text[start : end.start() if end else len(text)]


def beside_documents(question: Question, documents: Plan) -> Plan:
    """Add the enquiry in the text of a submission to the plan for its documents: two outcomes, one thread."""
    reading = read_enquiry(question)
    if not asks_something(question, reading):
        return dataclasses.replace(
            documents, verdict=dataclasses.replace(documents.verdict, hits=reading.hits, excluded=reading.excluded)
        )
    asked = plan(question, documents.verdict, reading)
    to_officers = asked.cases[0].category is not Category.NOT_MET
    first = documents.held is None or asked.place is Place.CRITICAL
    # nobody opens an infected mail in a client, however pressing: the page and the case say what it asks
    to_officers = to_officers and first and documents.place is not Place.QUARANTINE
    place = asked.place if to_officers else documents.place
    both = f"{documents.verdict.because}; {asked.verdict.because}"
    return dataclasses.replace(
        documents,
        verdict=dataclasses.replace(asked.verdict, because=both),
        place=place,
        cases=asked.cases,
        replies=(*(_with_note(reply) for reply in documents.replies), *asked.replies),
    )


def _with_note(receipt: ReplyPlan) -> ReplyPlan:
    """Tell in a receipt that the question beside the documents is answered in a mail of its own."""
    notes = receipt.values.get("notes")
    if not isinstance(notes, tuple) or receipt.answers:  # told in the notice that was answered
        return receipt
    return dataclasses.replace(receipt, values={**receipt.values, "notes": (*notes, "question_case")})
