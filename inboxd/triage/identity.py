"""Does a second identifier in the mail agree with the record? (promise 3, `domain.md` 2.3, 3)

Compared: UCI, date of birth in forms that can be read one way only, family and given name. One that agrees is enough
as long as nothing labelled contradicts. Only the sender's own new words and a forwarded text are read: never a quoted
thread, a signature or the name of a file. The sender never learns which one failed, nor whose record it is.

A mail can name several people. What is said behind a label, or behind a name or a relation (`her son`), is about that
person; only what is said about the person of the record, or about nobody else, can contradict it. Where two readings
are left the mail is held: a paper on the wrong file is worse than a needless look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from inboxd.documents import Application
from inboxd.mail import Email
from inboxd.triage import birth_dates, labels, plain_names
from inboxd.triage.birth_dates import Written
from inboxd.triage.labels import Kind, Labelled, Whose
from inboxd.triage.names import RecordName, looks_like_a_name, same_words

_KIN = re.compile(
    r"\b(?:his|her|their|the|with|and|son|sa|ses|leurs?|la|le|l'|un|une|et|avec|a)[ ']?(?:[a-z-]+ )?"
    r"(?:spouse|husband|wife|partner|sponsor|child|children|son|sons|daughters?|mother|father|parents?|brothers?|sisters?|twin"
    r"|cousin|uncle|aunt|nephew|niece|grandmother|grandfather|grandson|granddaughter|fiancee?|baby|dependants?|dependents?"
    r"|conjointe?|epoux|epouse|mari|femme|enfants?|fils|filles?|mere|pere|freres?|s(?:oeu|ou)rs?|jumeau|jumelle|bebe|garante?"
    r"|repondante?|niece|neveu|oncle|tante)\b(?!'s)(?! (?:of|de|d'|du)\b)"
)
_SENTENCE = re.compile(r"[.!?;]\s|\n\s*\n")
_DIRECT = re.compile(
    r"[ \n:=().,|*-]*(?:(?:is|est|on|the|le|la|en|of|du|was|the|day)\b[ \n:=,]*)*(?:[a-z]+day,? |[a-z]+di )?"
    r"(?:[(\[][^()\[\]\n]{0,20}[)\]][ :=]*)?"
)
_LONGEST_GAP = 45
_BIRTH_BEHIND = re.compile(
    r" ?[(,\[-]? ?(?:d\.? ?o\.? ?b\.?|d\.? ?d\.? ?n\.?|date of birth|date de naissance)(?: ?[)\]]|[.;\n]|$)"
)
_ON = re.compile(r"[ ,]*\b(?:on|le|en|of)(?: the)?(?: [a-z]+day,?| [a-z]+di)? *$")
_UCI_DIGITS = re.compile(r"(?<![\w.-])(?:\d{2}[ .-]?\d{4}[ .-]?\d{4}|\d{4}[ .-]?\d{4})(?![\w]|-\d)")
_UCI_HYPHENS = re.compile(r"(?<![\w.-])(?:\d{2}-\d{4}-\d{4}|\d{4}-\d{4})(?![\w]|-\d)")
_SIGNATURE = 4000
_NAME_ENDS = re.compile(
    r"[(\[\d]|(?<=[^\W\d_]{3})\.\s| - "
    r"|,? \b(?:born|n[ée]e?|dob|ddn|aka|a\.k\.a|alias|who|whose|qui|dont|(?:and |et )?(?:his|her|their|son|sa|leur)|sponsor\w*"
    r"|spouse|wife|husband|mother|father|conjointe?|parrain\w*|[ée]poux|[ée]pouse)\b",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:19|20)\d\d-(?:19|20)\d\d")
_GAP = re.compile(r"[ \n:#.,;=()/o\[|*-]*(?:(?:no|number|numero|is|est|le|uci|iuc)[ \n:#.=]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`agrees`: uci, date_of_birth, name, those that agree, best first; `contradicted`: a labelled one differs."""

    agrees: tuple[str, ...]
    contradicted: bool
    record_is_bare: bool = False
    """The record holds nothing but its number: there is nothing to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The text of a mail that counts, with what was found in it."""

    clean: str
    folded: str
    labelled: tuple[Labelled, ...]
    dates: tuple[Written, ...]
    births: tuple[tuple[Written, Whose], ...]
    """Dates behind (or right before) a label of birth, with whom the label names."""
    ucis: tuple[tuple[int, str, Whose], ...]
    """Labelled UCIs: offset, digits without leading zeros, whom the label names."""
    unlabelled_ucis: frozenset[str]
    staff: str
    """The sender's name and the signature: whose name stands there is not the person of the papers."""


def text_of(email: Email) -> Text:
    """Read what counts for identity in a mail: its own new words and a forwarded text."""
    return read_text(
        "\n\n".join(part for part in (email.body.new, email.body.forwarded) if part),
        staff=f"{email.sender.name if email.sender else ''}\n{email.body.signature[:_SIGNATURE]}",
    )


def read_text(text: str, *, staff: str = "") -> Text:
    """Read labels, dates and UCIs of a text."""
    shown = labels.clean(text)
    folded = labels.fold(shown)
    labelled = labels.read(shown)
    dates = birth_dates.find(folded)
    births = tuple(_births(folded, labelled, dates))
    return Text(
        clean=shown,
        folded=folded,
        labelled=labelled,
        dates=dates,
        births=births,
        ucis=tuple(_ucis(folded, labelled)),
        unlabelled_ucis=frozenset(
            _digits(match[0]) for match in _UCI_HYPHENS.finditer(folded) if not _YEARS.fullmatch(match[0])
        ),
        staff=staff,
    )


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written).lstrip("0")


def _births(folded: str, labelled: Sequence[Labelled], dates: Sequence[Written]) -> Iterator[tuple[Written, Whose]]:
    for each in labelled:
        if each.kind is not Kind.BIRTH:
            continue
        window = folded[each.label_end : max(each.end, each.start)]
        within = birth_dates.find(window, hint=each.hint, compact=True)
        for number, written in enumerate(within):
            gap = window[: written.start]
            direct = _DIRECT.fullmatch(gap) is not None
            strict = re.fullmatch(r"ne", folded[each.label_start : each.label_end].strip(" :")) is not None
            loose = not strict and len(gap) <= _LONGEST_GAP and not re.search(r"\d", gap)
            loose = loose and not birth_dates.says_another_day(_ON.sub("", gap))
            if direct or loose or (number and within[0].start <= _LONGEST_GAP and _correction(gap)):
                start = each.label_end + written.start
                yield (
                    Written(
                        start=start, end=each.label_end + written.end, readings=written.readings, another_day=False
                    ),
                    each.whose,
                )
    for written in dates:
        if _BIRTH_BEHIND.match(folded, written.end):
            yield written, Whose.UNSAID


def _correction(gap: str) -> bool:
    """`recorded as 1984-03-06, correct is 1984-06-30`: both dates are said to be the birth."""
    return (
        re.search(
            r"\b(?:correct\w*|should|instead|not|real|true|actual|plutot|au lieu|vraie?|devrait|et non|or|ou)\b", gap
        )
        is not None
    )


def _ucis(folded: str, labelled: Sequence[Labelled]) -> Iterator[tuple[int, str, Whose]]:
    for each in labelled:
        if each.kind is not Kind.UCI:
            continue
        end = max(each.end, each.start)
        place = each.label_end
        while number := _UCI_DIGITS.search(folded, place, end):
            if not _GAP.fullmatch(folded, place, number.start()) and place == each.label_end:
                break
            yield number.start(), _digits(number[0]), each.whose
            place = number.end()


@dataclass(slots=True)
class _Person:
    """What is said about one person of the mail."""

    whose: Whose
    value: str = ""
    family: str = ""
    given: str = ""
    is_record: bool = False
    """The record's own name stands here in prose."""
    births: list[Written] = field(default_factory=list)
    ucis: list[str] = field(default_factory=list)

    def full(self) -> str:
        return " ".join(part for part in (self.value, self.given, self.family) if part)


def _people(text: Text, name: RecordName, places: Sequence[tuple[int, int]]) -> list[_Person]:
    """Everybody whom the mail tells about, each with the identifiers that stand behind their name."""
    marks: list[tuple[int, _Person]] = [(-1, _Person(Whose.UNSAID))]
    current: _Person | None = None
    for each in text.labelled:
        if each.kind not in (Kind.NAME, Kind.FAMILY_NAME, Kind.GIVEN_NAME):
            continue
        value = _name_in(each.value)
        whose = Whose.OFFICE if each.whose is Whose.UNSAID and same_words(value, text.staff) else each.whose
        split = {Kind.FAMILY_NAME: "family", Kind.GIVEN_NAME: "given"}.get(each.kind, "value")
        joins = current is not None and current.whose is whose and not getattr(current, split)
        if current is None or not joins or split == "value":
            current = _Person(whose)
            marks.append((each.label_start, current))
        setattr(current, split, value)
    for start, _ in places[: labels.MOST_LABELS]:
        if not any(each.start <= start < each.start + len(_name_in(each.value)) for each in text.labelled if _is_name(each)):
            marks.append((start, _Person(Whose.UNSAID, is_record=True)))
    kin = islice(_KIN.finditer(text.folded), labels.MOST_LABELS)
    marks.extend((match.start(), _Person(Whose.RELATIVE)) for match in kin)
    marks.sort(key=lambda mark: mark[0])
    explicit: dict[Whose, _Person] = {}
    for written, whose in text.births:
        _about(marks, explicit, text, written.start, whose).births.append(written)
    for place, digits, whose in text.ucis:
        _about(marks, explicit, text, place, whose).ucis.append(digits)
    return [person for _, person in marks] + list(explicit.values())


def _is_name(each: Labelled) -> bool:
    return each.kind in (Kind.NAME, Kind.FAMILY_NAME, Kind.GIVEN_NAME)


def _name_in(value: str) -> str:
    """The part of a labelled value that can be a name: up to a bracket, a figure, a remark or another person."""
    return _NAME_ENDS.split(value, maxsplit=1)[0].strip(" ,.-")


def _about(
    marks: Sequence[tuple[int, _Person]], explicit: dict[Whose, _Person], text: Text, place: int, whose: Whose
) -> _Person:
    """Whom an identifier at `place` is about: whom its label names, else the person named last before it."""
    before = [mark for mark in marks if mark[0] < place and mark[1].whose is not Whose.OFFICE]
    if whose in (Whose.RELATIVE, Whose.OFFICE):
        last = before[-1][1]
        return last if last.whose is whose else explicit.setdefault(whose, _Person(whose))
    for start, person in reversed(before):
        prose_kin = person.whose is Whose.RELATIVE and not person.full()
        if prose_kin and (whose is Whose.APPLICANT or _SENTENCE.search(text.folded, start, place)):
            continue
        if whose is Whose.APPLICANT and person.whose is Whose.RELATIVE:
            continue
        return person
    return marks[0][1]


def _is_bare(record: Application) -> bool:
    return not (record.uci or record.date_of_birth or record.family_name or record.given_name)


def compare(email: Email, record: Application, *, trust_bare: bool = False) -> Identity:
    """Compare what the mail says with the record.

    With `trust_bare`, any identifier in the mail counts as agreeing with a record that holds nothing but its number.
    """
    text = text_of(email)
    if _is_bare(record):
        return Identity(agrees=_any(text) if trust_bare else (), contradicted=False, record_is_bare=True)
    if len(text.labelled) >= labels.MOST_LABELS:
        return Identity(agrees=(), contradicted=False)
    name = RecordName(record)
    shown = _without_staff(text)
    places = name.places(shown) if name else []
    people = _people(text, name, places)
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
    if name and (places or any(_is_named(person, name) for person in people)):
        agrees.append("name")
    contradicted = _contradicts(people, name, uci, born, agrees) or _subject_contradicts(email, uci, agrees)
    return Identity(agrees=tuple(agrees), contradicted=contradicted)


def _without_staff(text: Text) -> str:
    """The text with the names of staff, the Member and the like blanked out, as long as before."""
    shown = text.clean
    for each in text.labelled:
        if each.whose is Whose.OFFICE and _is_name(each):
            shown = shown[: each.start] + "#" * (each.end - each.start) + shown[each.end :]
    return shown


def _is_named(person: _Person, name: RecordName) -> bool:
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
    people: Sequence[_Person], name: RecordName, uci: str, born: date | None, agrees: Sequence[str]
) -> bool:
    named = [person for person in people if name and _is_named(person, name)]
    about_it = named + [
        person for person in people if person.whose is Whose.UNSAID and not person.full() and person not in named
    ]
    strangers = []
    for person in people:
        if person in about_it or person.whose not in (Whose.APPLICANT, Whose.UNSAID) or not person.full():
            continue
        if not name or not looks_like_a_name(person.full()):
            about_it.append(person)
        elif not name.shares_word(person.full()):
            strangers.append(person)
        elif not named:
            about_it.append(person)
            if "uci" not in agrees and name.other_given_name(person.full()):
                return True
    if strangers and not any(person.value or person.family or person.given for person in named):
        sure = named and any(_agrees_beside_name(person, uci, born) for person in named)
        if not sure and not any(person.full() and name.shares_word(person.full()) for person in about_it):
            return True
    return any(_differs(person, uci, born) for person in about_it)


def _agrees_beside_name(person: _Person, uci: str, born: date | None) -> bool:
    return uci in person.ucis or (born is not None and any(written.day == born for written in person.births))


def _differs(person: _Person, uci: str, born: date | None) -> bool:
    """Whether an identifier said about this person is another one than the record's, and none of its kind agrees."""
    days = [written.day for written in person.births]
    other_day = born is not None and any(day is not None for day in days) and born not in days
    return other_day or (bool(uci) and bool(person.ucis) and uci not in person.ucis)


def _subject_contradicts(email: Email, uci: str, agrees: Sequence[str]) -> bool:
    """A labelled UCI in the subject never agrees, but one that is another person's stops the mail."""
    if not uci or "uci" in agrees:
        return False
    subject = labels.clean(email.subject)
    said = [digits for _, digits, _ in _ucis(labels.fold(subject), labels.read(subject))]
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
