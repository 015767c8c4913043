"""Does a second identifier in the mail agree with the record? (promise 3, `domain.md` 2.3, 3)

Compared: UCI, date of birth in forms that can be read one way only, family and given name. One that agrees is enough
as long as nothing labelled contradicts. Only the sender's own new words and a forwarded text are read: never a quoted
thread, a signature or the name of a file. The sender never learns which one failed, nor whose record it is.

A mail can name several people. What is said behind a label, or behind a name or a relation (`her son`), is about that
person; only what is said about the person of the record, or about nobody else, can contradict it. Where two readings
are left the mail is held: a paper on the wrong file is worse than a needless look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from inboxd.documents import Application
from inboxd.mail import Email
from inboxd.triage.identity import labels, plain_names
from inboxd.triage.identity.labelled import MOST_LABELS, Whose, clean, fold
from inboxd.triage.identity.names import looks_like_a_name
from inboxd.triage.identity.people import Person, Text, is_name, labelled_ucis, people, text_of
from inboxd.triage.identity.record_names import RecordName


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`agrees`: uci, date_of_birth, name, those that agree, best first; `contradicted`: a labelled one differs."""

    agrees: tuple[str, ...]
    contradicted: bool
    record_is_bare: bool = False
    """The record holds nothing but its number: there is nothing to compare with."""


def _is_bare(record: Application) -> bool:
    return not (record.uci or record.date_of_birth or record.family_name or record.given_name)


def compare(email: Email, record: Application, *, trust_bare: bool = False) -> Identity:
    """Compare what the mail says with the record.

    With `trust_bare`, any identifier in the mail counts as agreeing with a record that holds nothing but its number.
    """
    text = text_of(email)
    if _is_bare(record):
        return Identity(agrees=_any(text) if trust_bare else (), contradicted=False, record_is_bare=True)
    if len(text.labelled) >= MOST_LABELS:
        return Identity(agrees=(), contradicted=False)
    name = RecordName(record)
    shown = _without_staff(text)
    places = name.places(shown) if name else []
    everybody = people(text, places)
    uci = record.uci.lstrip("0")
    agrees = []
    if uci and (uci in text.unlabelled_ucis or any(digits == uci for _, digits, _ in text.ucis)):
        agrees.append("uci")
    born = record.date_of_birth
    if born is not None and (
        any(written.day == born for written, _ in text.births)
        or any(written.day == born and not written.another_day for written in text.dates)
    ):
        agrees.append("date_of_birth")
    if name and (places or any(_is_named(person, name) for person in everybody)):
        agrees.append("name")
    contradicted = _contradicts(everybody, name, uci, born, agrees) or _subject_contradicts(email, uci, agrees)
    return Identity(agrees=tuple(agrees), contradicted=contradicted)


def _without_staff(text: Text) -> str:
    """The text with the names of staff, the Member and the like blanked out, as long as before."""
    shown = text.clean
    for each in text.labelled:
        if each.whose is Whose.OFFICE and is_name(each):
            shown = shown[: each.start] + "#" * (each.end - each.start) + shown[each.end :]
    return shown


def _is_named(person: Person, name: RecordName) -> bool:
    """Whether this person's labelled name is the record's."""
    if person.whose is Whose.OFFICE:
        return False
    if person.is_record:
        return True
    if person.family or person.given:
        family, given = person.family or person.value, person.given or person.value
        return name.is_split_value(family, given)
    return bool(person.value) and name.is_value(person.value)


def _contradicts(
    everybody: Sequence[Person], name: RecordName, uci: str, born: date | None, agrees: Sequence[str]
) -> bool:
    """Whether something labelled about the person of the record, or about nobody else, differs from the record."""
    named = [person for person in everybody if name and _is_named(person, name)]
    sure = any(_agrees_beside_name(person, uci, born) for person in named)
    about_it, strangers = list(named), []
    for person in everybody:
        if person in named or person.whose not in (Whose.APPLICANT, Whose.UNSAID):
            continue
        if not person.full():
            if not sure:  # else they are of somebody who is named in prose only
                about_it.append(person)
        elif not name or not looks_like_a_name(person.full()):
            about_it.append(person)
        elif not name.shares_word(person.full()):
            strangers.append(person)
        elif not named:
            about_it.append(person)
            if "uci" not in agrees and name.other_given_name(person.full()):
                return True
    its_label = any(person.full() and (person in named or name.shares_word(person.full())) for person in about_it)
    if strangers and not sure and not its_label:
        return True
    return any(_differs(person, uci, born) for person in about_it)


def _agrees_beside_name(person: Person, uci: str, born: date | None) -> bool:
    return uci in person.ucis or (born is not None and any(written.day == born for written in person.births))


def _differs(person: Person, uci: str, born: date | None) -> bool:
    """Whether an identifier said about this person is another one than the record's, and none of its kind agrees."""
    days = [written.day for written in person.births]
    other_day = born is not None and any(day is not None for day in days) and born not in days
    return other_day or (bool(uci) and bool(person.ucis) and uci not in person.ucis)


def _subject_contradicts(email: Email, uci: str, agrees: Sequence[str]) -> bool:
    """A labelled UCI in the subject never agrees, but one that is another person's stops the mail."""
    if not uci or "uci" in agrees:
        return False
    subject = clean(email.subject)
    said = [digits for _, digits, _ in labelled_ucis(fold(subject), labels.read(subject))]
    return bool(said) and uci not in said


def _any(text: Text) -> tuple[str, ...]:
    """Identifiers that stand in the text at all, for a record with which nothing can be compared."""
    found = []
    if any(whose is not Whose.OFFICE for _, _, whose in text.ucis) or text.unlabelled_ucis:
        found.append("uci")
    if any(written.day is not None and whose is not Whose.OFFICE for written, whose in text.births):
        found.append("date_of_birth")
    if plain_names.labelled(text.labelled) or plain_names.in_prose(text.clean, text.folded, text.staff):
        found.append("name")
    return tuple(found)
