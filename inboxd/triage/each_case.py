"""A mail that raises several matters: each is read by itself and becomes a case; one acknowledgement lists them.

Where the mail is one matter, or that is not clear, it is one case as ever. It also stays one where its parts would
read less pressing than the whole does: then part of the story stands elsewhere. Pure. Source: `domain.md` 9 ("one
urgent case at a time"), `product.md` "what can arrive".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from inboxd.masking import mask
from inboxd.plan import CasePlan, Category, DateRead, Excluded, Hit, Plan, ReplyPlan, Verdict
from inboxd.pointing import POINTING_WORDS
from inboxd.triage import asks, enquiries
from inboxd.triage.addressed import RANK
from inboxd.triage.question import Question, criteria_rows
from inboxd.triage.reading import Reading
from inboxd.triage.several import Division, Excerpt, Matter, divide

Found = TypeVar("Found", Hit, DateRead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One matter of a mail, read by itself."""

    question: Question
    """The same mail with only the words and numbers of this matter."""
    reading: Reading
    category: Category
    words: Excerpt
    where: str
    """new or forwarded: the text that `words` is of."""


def plan(question: Question, verdict: Verdict, reading: Reading) -> Plan:
    """The plan for an enquiry: a case for each of its matters. `reading` is that of the whole mail."""
    parts = parts_of(question, reading)
    if not parts:
        return enquiries.plan(question, verdict, reading)
    cases = tuple(
        enquiries.open_case(part.question, part.category, part.reading, ordinal) for ordinal, part in enumerate(parts)
    )
    return Plan(
        verdict=_explained(verdict, parts, cases),
        place=enquiries.PLACES[enquiries.most_pressing(cases)],
        cases=cases,
        replies=(_acknowledgement(question, parts, cases),),
    )


def parts_of(question: Question, whole: Reading) -> tuple[Part, ...]:
    """The matters of a mail in the order of its text; none if it is one matter, or not plainly several."""
    if question.is_cut:
        return ()
    body, numbers = question.email.body, question.email.numbers
    where = "new"
    division = divide(body.new, question.email.subject, numbers)
    if division is None and body.forwarded.strip() and len(body.new.split()) <= POINTING_WORDS:
        where = "forwarded"
        division = divide(body.forwarded, question.email.subject, numbers)
    if division is None:
        return ()
    parts = tuple(_parts(question, division, where, whole))
    return parts if _tell_the_whole(parts, whole) else ()


def _parts(question: Question, division: Division, where: str, whole: Reading) -> Sequence[Part]:
    asked = [_asked(question, division, matter, where) for matter in division.matters]
    readings = [enquiries.read_enquiry(each) for each, _ in asked]
    found = []
    for place, (part, words) in enumerate(asked):
        others = readings[:place] + readings[place + 1 :]
        reading = readings[place]
        if _is_the_subject_of(others, reading):
            reading = enquiries.read_with_subject(part, "")
        if whole.category is Category.NOT_MET and reading.category is None and not reading.hits:
            # nothing was found in all the words together: a line of a list has no topic of its own
            reading = dataclasses.replace(
                reading, category=Category.NOT_MET, uncertain=whole.uncertain, not_met_topics=whole.not_met_topics
            )
        elif whole.category is not Category.NOT_MET and _only_closes(reading, division, words, where):
            reading = dataclasses.replace(reading, category=None)
        category = enquiries.category_of(part, reading)
        found.append(Part(question=part, reading=reading, category=category, words=words, where=where))
    return found


def _asked(question: Question, division: Division, matter: Matter, where: str) -> tuple[Question, Excerpt]:
    """The mail as if it had only the words of one matter and those that belong to all."""
    email, words = question.email, division.words_of(matter)
    new, forwarded = (words.text, email.body.forwarded) if where == "new" else (email.body.new, words.text)
    body = dataclasses.replace(email.body, new=new, forwarded=forwarded)
    return dataclasses.replace(question, email=dataclasses.replace(email, body=body, numbers=matter.numbers)), words


def _is_the_subject_of(others: Sequence[Reading], reading: Reading) -> bool:
    """Does the subject line tell of another matter? What it says is found in the other's own words, and not in these.

    Never where it tells of something critical: then it counts for every matter.
    """
    if not reading.hits or any(hit.where != "subject" or hit.category is Category.CRITICAL for hit in reading.hits):
        return False
    told = {hit.criterion for other in others for hit in other.hits if hit.where in ("new", "forwarded")}
    return all(hit.criterion in told for hit in reading.hits)


def _only_closes(reading: Reading, division: Division, words: Excerpt, where: str) -> bool:
    """Refused for nothing but words behind the last matter, such as thanks: they tell nothing about this one."""
    if reading.category is not Category.NOT_MET or reading.opinion is not None:
        return False
    end = division.matters[-1].end
    return all(hit.where == where and words.place(hit.start) >= end for hit in reading.topics)


def _tell_the_whole(parts: Sequence[Part], whole: Reading) -> bool:
    """Is what the whole mail reads as also read in one of its parts? Else its story must not be cut."""
    most = min(RANK[part.category] for part in parts)
    if most > RANK[whole.category or Category.REVIEW]:
        return False
    if enquiries.may_be_critical(whole) and not any(
        part.category is Category.CRITICAL or enquiries.may_be_critical(part.reading) for part in parts
    ):
        return False
    if whole.category is not None or not whole.hints_at_critical:
        return True
    return any(part.category in (Category.CRITICAL, Category.REVIEW) for part in parts)


def _explained(verdict: Verdict, parts: Sequence[Part], cases: Sequence[CasePlan]) -> Verdict:
    """What was read for each case, under its reference, with the places in the mail's own text."""
    hits: list[Hit] = []
    excluded: list[Excluded] = []
    dates: dict[DateRead, None] = {}
    told = []
    for count, (part, case) in enumerate(zip(parts, cases, strict=True), start=1):
        own = enquiries.explained(verdict, part.category, part.reading)
        told.append(f"{count} {part.category} ({own.because})")
        hits += (dataclasses.replace(_placed(hit, part), case=case.reference) for hit in own.hits)
        excluded += (dataclasses.replace(item, case=case.reference) for item in own.excluded)
        dates |= dict.fromkeys(_placed(item, part) for item in own.dates)
    found = {hit.criterion for hit in hits}
    looked_for = dict.fromkeys(name for part in parts for name in part.reading.looked_for)
    return dataclasses.replace(
        verdict,
        because=f"{len(parts)} separate matters: {'; '.join(told)}",
        hits=tuple(hits),
        excluded=tuple(excluded),
        dates=tuple(dates),
        looked_for=tuple(name for name in looked_for if name not in found),
    )


def _placed(found: Found, part: Part) -> Found:
    """With its place in the whole text instead of the excerpt's."""
    start = part.words.place(found.start) if found.where == part.where else found.start
    return dataclasses.replace(found, start=start)


def _acknowledgement(question: Question, parts: Sequence[Part], cases: Sequence[CasePlan]) -> ReplyPlan:
    """One reply that lists every case; for those that meet no criterion, what was looked for and how to book."""
    refused = [part.reading.looked_for for part in parts if part.category is Category.NOT_MET]
    nowhere = tuple(name for name in (refused[0] if refused else ()) if all(name in other for other in refused))
    return question.reply(
        "ack_several",
        reference=cases[0].reference,
        clock_start=cases[0].deadline.clock_start,
        cases=tuple(_row(question, case) for case in cases),
        looked_for=criteria_rows(question.rules, nowhere),
        tracker="yes" if refused else "",
        asks=asks.missing(question.email),
    )


def _row(question: Question, case: CasePlan) -> Mapping[str, str | datetime]:
    criteria = criteria_rows(question.rules, case.criteria)
    return {
        "reference": case.reference,
        "category": str(case.category),
        "numbers": ", ".join(mask(number) for number in case.numbers),
        "reply_by": case.deadline.reply_by,
        "criteria_en": "; ".join(f"{row['en']} ({row['id']})" for row in criteria),
        "criteria_fr": " ; ".join(f"{row['fr']} ({row['id']})" for row in criteria),
    }
