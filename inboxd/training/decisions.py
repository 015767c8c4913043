"""The office's own decisions to learn from: cases that a person put into a category, or answered where they were.

A person's category is the label, the own words of the mail that opened the case are the text. These are real letters:
nothing of them is written anywhere but into the numbers of a model, and a model that learned from them stays with the
office (`second_reader.PACKAGED` is never written from here). Raises `DatabaseRefused` or `DiskRefused` when the
database or the archive does not answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from inboxd import second_reader
from inboxd.context import MailReaders
from inboxd.database import Database
from inboxd.errors import Permanent
from inboxd.opinions import READ
from inboxd.plan import Category
from inboxd.store.overrides import ANSWER
from inboxd.tables import case_mails, cases, events, mails, overrides
from inboxd.training.sources import Labelled, Lesson
from inboxd.triage.horizon import ZONE

NAME = "decisions"
"""How a model names this source: neither an office nor a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What was found."""

    lesson: Lesson
    corrected: int
    """Texts whose category a person set."""
    confirmed: int
    """Texts whose category a person let stand and answered by."""
    left_out: Mapping[str, int]
    """Cases that teach nothing, by why."""


def read_decisions(database: Database, readers: MailReaders, told: Callable[[int, int], None]) -> Decisions:
    """Every case that a person decided, in order of receipt. `told` is given how many of how many were read."""
    with database.reading() as tx:
        found = _cases(tx)
    texts: list[Labelled] = []
    left_out: dict[str, int] = {}
    corrected = 0
    for done, case in enumerate(found):
        told(done, len(found))
        text, why = _text(readers, case)
        if text is None:
            left_out[why] = left_out.get(why, 0) + 1
            continue
        texts.append(text)
        corrected += case["corrected"]
    told(len(found), len(found))
    seen = hashlib.sha256("".join(f"{text.id} {text.category}\n" for text in texts).encode()).hexdigest()
    return Decisions(
        lesson=Lesson(name=NAME, sha256=seen, texts=tuple(texts)),
        corrected=corrected,
        confirmed=len(texts) - corrected,
        left_out=left_out,
    )


def _cases(tx: Connection) -> list[dict[str, Any]]:
    """Cases that were corrected, answered by a person, or closed; each with its mail and what keeps it out, if any."""
    set_by_person = set(tx.scalars(select(overrides.c.case_id)))
    answered = set(tx.scalars(select(case_mails.c.case_id).where(case_mails.c.relation == ANSWER)))
    raised = set(tx.scalars(select(events.c.case_id).where(events.c.event == "case_raised")))
    shared = select(cases.c.mail_id).group_by(cases.c.mail_id).having(func.count() > 1)
    several = set(tx.scalars(shared))
    rows = tx.execute(
        select(cases, mails.c.digest, mails.c.arrived_at, mails.c.thread, mails.c.language.label("mail_language"))
        .join(mails, mails.c.id == cases.c.mail_id)
        .order_by(mails.c.arrived_at, cases.c.id)
    ).mappings()
    found = []
    for row in rows:
        corrected = row["id"] in set_by_person
        if not corrected and row["id"] not in answered and row["state"] != "closed":
            continue  # nobody has said anything about it
        why = ""
        if row["mail_id"] in several:
            why = "its mail holds several cases"
        elif row["id"] in raised:
            why = "a later mail raised it"
        elif row["category"] not in READ:
            why = "nobody settled its category"
        found.append({**row, "corrected": corrected, "why": why})
    return found


def _text(readers: MailReaders, case: Mapping[str, Any]) -> tuple[Labelled | None, str]:
    if case["why"]:
        return None, case["why"]
    try:
        email = readers.stored(case["digest"])
    except Permanent:
        return None, "its mail is not there, or cannot be read"
    words = second_reader.matter(email.body, email.subject, is_reply=email.subject_reading.is_reply)
    if not words.strip():
        return None, "its mail has no words of its own"
    thread = hashlib.sha256(case["thread"].encode()).hexdigest()[:8]
    return (
        Labelled(
            id=case["digest"],
            text=words,
            category=Category(case["category"]),
            language=case["mail_language"] or str(email.language),
            received=case["arrived_at"].astimezone(ZONE),
            source=NAME,
            ties=frozenset([f"{NAME}/thread/{thread}"] if case["thread"] else []),
        ),
        "",
    )
