"""Status by mail: `STATUS <reference>` or `ÉTAT <reference>` from the office whose case it is gets the time line.

Who asks is known by the office, not by the person: a colleague may ask. Of a case of another office, or of none,
nothing is said: a mail that names only such goes on to the next rule as if they stood not in it, and one that names
some of each is told that nothing can be said of the others, in the same words whether they exist or not. The notice
says what was done when and who has the case now, never a fact of it. Pure. Source: `product.md` "what can arrive".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from inboxd.mail import OpenCase
from inboxd.plan import Category, Plan, Verdict
from inboxd.settings import Place
from inboxd.triage.addressed import own_cases
from inboxd.triage.folding import fold
from inboxd.triage.question import Question

MOST_CASES = 22
"""As many as one mail can open."""
A_WORD_OF_THANKS = 8
"""A mail of no more words asks for nothing but what its subject says, and brings nothing."""
MOST_STEPS = 40
"""Of one case; the first and the newest are told."""
_STATUS = frozenset(("status", "statut", "etat"))
_BESIDE = (
    "a about and any are au aux avancement cas case cases check cmds concernant concerning d de demande des dossier "
    "dossiers du en enquiry est et file files for hello inquiry is jour l la le les mcmps merci mise my no nos notre "
    "nouvelles number numbers numero o of on ou our p please pls pour question quel quelle rappel ref reference "
    "references regarding reminder report request requete s situation stp suivi sur svp thank thanks the these this to "
    "update updates v vos votre we what where you your"
)
_ONLY_ASKS = _STATUS | frozenset(_BESIDE.split())
"""Words of a subject that asks for nothing but a status."""
_WORD = re.compile(r"[a-z]+")
Row = Mapping[str, str | datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a status request asks for."""

    cases: tuple[OpenCase, ...]
    """Of the sender's own office, at least one, in the order in which the mail names them."""
    others: tuple[str, ...]
    """References that the mail gives and that are none of these: not known, or not this office's."""


def asked(question: Question) -> Asked | None:
    """The cases whose time line the mail asks for; None if it asks for none of the sender's own office."""
    email = question.email
    subject, own_words = fold(email.subject_reading.normalised).text, fold(email.body.new).text
    in_subject = _named(email.case_references, subject)
    if not _asks(subject, in_subject):
        return None
    own = {case.reference: case for case in own_cases(question)}
    given = in_subject or _named(email.case_references, own_words)
    cases = tuple(own[reference] for reference in given if reference in own)
    others = tuple(reference for reference in given if reference not in own)
    if not given and len(own_words.split()) <= A_WORD_OF_THANKS:
        cases = tuple(own.values())[:1]  # the newest of the conversation
    return Asked(cases=cases[:MOST_CASES], others=others) if cases else None


def _named(references: Sequence[str], text: str) -> tuple[str, ...]:
    return tuple(
        sorted((name for name in references if name.lower() in text), key=lambda name: text.index(name.lower()))
    )


def _asks(subject: str, references: Sequence[str]) -> bool:
    """Whether a subject asks for the status of a case: it begins with that word, or has no other words of weight."""
    for reference in references:
        subject = subject.replace(reference.lower(), " ")
    words = _WORD.findall(subject)
    if not _STATUS.intersection(words):
        return False
    return (bool(references) and words[0] in _STATUS) or _ONLY_ASKS.issuperset(words)


def plan(question: Question, verdict: Verdict, found: Asked) -> Plan:
    """The time line of each case, in one notice."""
    rows: list[Row] = []
    for case in found.cases:
        rows += _rows(case, question.now)
    return Plan(
        verdict=verdict,
        place=Place.STATUS,
        replies=(
            question.reply(
                "status",
                reference=", ".join(case.reference for case in found.cases),
                steps=tuple(rows),
                others=found.others,
            ),
        ),
    )


def _rows(case: OpenCase, now: datetime) -> list[Row]:
    """One case: who has it now, what happened, and when the reply is due."""
    steps = case.steps if len(case.steps) <= MOST_STEPS else (*case.steps[:2], *case.steps[2 - MOST_STEPS :])
    rows = [_row("case", at="", reference=case.reference), _holder(case)]
    rows += (_row(step.what, at=step.at, category=step.category, due=step.due or "") for step in steps)
    if case.state in ("open", "waiting"):
        late = case.reply_by.astimezone(UTC) <= now.astimezone(UTC)
        due = "stopped" if case.state == "waiting" else "was_due" if late else "reply_by"
        rows.append(_row(due, at=case.reply_by))
    return rows


def _row(
    what: str,
    *,
    at: datetime | str,
    category: str = "",
    due: datetime | str = "",
    holder: str = "",
    reference: str = "",
) -> Row:
    return {"what": what, "at": at, "category": category, "due": due, "holder": holder, "reference": reference}


def _holder(case: OpenCase) -> Row:
    """Who has the case: what our rows say, in words for its office."""
    if case.state == "closed":
        return _row("holder", holder="closed", at=_last(case, "closed"))
    if case.state == "waiting":
        return _row("holder", holder="office", at=_last(case, "waiting"))
    if case.state == "answered":
        by_officer = any(step.what == "answered" and step.at == case.answered_at for step in case.steps)
        return _row("holder", holder="answered" if by_officer else "noticed", at=case.answered_at or "")
    if case.queue == "mil":
        return _row("holder", holder="minister", at="")
    return _row("holder", holder=str(Category(case.category)), at="")


def _last(case: OpenCase, what: str) -> datetime | str:
    return next((step.at for step in reversed(case.steps) if step.what == what), "")
