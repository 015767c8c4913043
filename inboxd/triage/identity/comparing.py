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
from inboxd.triage.identity import labels, plain_names, pointers
from inboxd.triage.identity.labelled import MOST_LABELS, Whose, clean, fold
from inboxd.triage.identity.names import looks_like_a_name, same_words
from inboxd.triage.identity.people import Person, clients_words, people
from inboxd.triage.identity.record_names import RecordName, name_of
from inboxd.triage.identity.texts import Text, labelled_ucis, text_of

_BESIDE = 60
"""How far behind a name an unlabelled date or number is still that person's."""


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
    name = name_of(record)
    places = name.places(clients_words(text, name)) if name else ()
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
    contradicted = (
        _contradicts(everybody, name, uci, born, agrees, sure=_data_beside(text, places, uci, born))
        or _points_elsewhere(text, everybody, name, uci, born)
        or _subject_contradicts(email, uci, agrees)
    )
    return Identity(agrees=tuple(agrees), contradicted=contradicted)


def _data_beside(text: Text, places: Sequence[tuple[int, int]], uci: str, born: date | None) -> bool:
    """Whether an unlabelled date or number of the record stands right behind its name."""
    if not places:
        return False
    found = [written.start for written in text.dates if born is not None and written.day == born]
    found += [start for start, digits in text.hyphened if digits == uci]
    return any(0 <= start - end <= _BESIDE for start in found for _, end in places)


def _is_named(person: Person, name: RecordName) -> bool:
    """Whether this person's labelled name is the record's."""
    if person.whose is Whose.OFFICE:
        return False
    if person.is_record:
        return True
    if person.in_prose:
        return name.shares_word(person.value) and not name.other_given_name(person.value)
    if person.family or person.given:
        family, given = person.family or person.value, person.given or person.value
        return name.is_split_value(family, given)
    return bool(person.value) and name.is_value(person.value)


def _contradicts(
    everybody: Sequence[Person],
    name: RecordName,
    uci: str,
    born: date | None,
    agrees: Sequence[str],
    *,
    sure: bool,
) -> bool:
    """Whether something labelled about the person of the record, or about nobody else, differs from the record.

    `sure`: the record's name stands in the mail with its data.
    """
    named = [person for person in everybody if name and _is_named(person, name)]
    sure = sure or any(_agrees_beside_name(person, uci, born) for person in named)
    about_it, strangers = list(named), []
    for person in everybody:
        if person in named or person.whose not in (Whose.APPLICANT, Whose.UNSAID):
            continue
        if person.in_prose:
            if not sure and _is_stranger_in_prose(person, name, uci, born, agrees):
                return True
        elif not person.full():
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
    return any(_differs(person, uci, born) for person in about_it) or _two_births(named, born)


def _is_stranger_in_prose(person: Person, name: RecordName, uci: str, born: date | None, agrees: Sequence[str]) -> bool:
    """Whether data behind a name without a label are another person's: nothing vouches for the record's own."""
    if not name or not (person.births or person.ucis):
        return False
    if name.shares_word(person.value) and not name.other_given_name(person.value):
        return False
    if " " in person.value and "name" not in agrees:
        return not (name.shares_word(person.value) and "uci" in agrees)
    return _differs(person, uci, born)


def _agrees_beside_name(person: Person, uci: str, born: date | None) -> bool:
    return uci in person.ucis or (born is not None and any(written.day == born for written in person.births))


def _differs(person: Person, uci: str, born: date | None) -> bool:
    """Whether an identifier said about this person is another one than the record's, and none of its kind agrees."""
    other_day = (
        born is not None
        and any(written.excludes(born) for written in person.births)
        and not any(written.day == born for written in person.births)
    )
    return other_day or (bool(uci) and bool(person.ucis) and uci not in person.ucis)


def _two_births(named: Sequence[Person], born: date | None) -> bool:
    """Whether the person of the record, by name, is said to be born on two days of which one is not the record's."""
    return born is not None and any(written.excludes(born) for person in named for written in person.births)


def _points_elsewhere(text: Text, everybody: Sequence[Person], name: RecordName, uci: str, born: date | None) -> bool:
    """Whether the mail says by name that the papers or the file are somebody else's (`pointers`)."""
    if not name:
        return False
    others = [person for person in everybody if person.full() and not _is_named(person, name)]

    def is_other(target: str, *, titled: bool) -> bool:
        if same_words(target, text.staff) or name.is_value(target):
            return False
        them = [person for person in others if same_words(target, person.full())]
        if any(_agrees_beside_name(person, uci, born) for person in them):
            return False
        if not name.shares_word(target):
            return bool(them) or " " in target or titled
        return name.other_given_name(target)

    if any(is_other(target, titled=titled) for _, target, titled in pointers.pointed_at(text.clean, text.folded)):
        return True
    if any(person.whose is not Whose.RELATIVE for person in everybody if _is_named(person, name) and not person.is_kin):
        return False
    return any(is_other(target, titled=titled) for _, target, titled in pointers.papers_for(text.clean, text.folded))


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
