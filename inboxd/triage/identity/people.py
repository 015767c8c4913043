"""Whom a mail tells about: its labels, dates of birth and UCIs, each with the person it belongs to (`domain.md` 3).

What stands behind a label is about the person that the label or the heading names; what stands behind a name or a
relation (`her son`) is about that person. Pure; never raises on any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from inboxd.mail import Email
from inboxd.triage.identity import birth_dates, labels
from inboxd.triage.identity.birth_dates import Written
from inboxd.triage.identity.labelled import MOST_LABELS, Kind, Labelled, Whose, clean, fold
from inboxd.triage.identity.names import same_words

_KIN = re.compile(
    r"\b(?:his|her|their|the|with|and|son|sa|ses|leurs?|la|le|l'|un|une|et|avec|a)[ ']?(?:[a-z-]+ )?"
    r"(?:spouse|husband|wife|partner|sponsor|child|children|son|sons|daughters?|mother|father|parents?|brothers?"
    r"|sisters?|twin"
    r"|cousin|uncle|aunt|nephew|niece|grandmother|grandfather|grandson|granddaughter|fiancee?|baby|dependants?"
    r"|dependents?"
    r"|conjointe?|epoux|epouse|mari|femme|enfants?|fils|filles?|mere|pere|freres?|s(?:oeu|ou)rs?|jumeau|jumelle|bebe"
    r"|garante?"
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
    r"|,? \b(?:born|n[ée]e?|dob|ddn|aka|a\.k\.a|alias|who|whose|qui|dont|(?:and |et )?(?:his|her|their|son|sa|leur)"
    r"|sponsor\w*"
    r"|spouse|wife|husband|mother|father|conjointe?|parrain\w*|[ée]poux|[ée]pouse)\b",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:19|20)\d\d-(?:19|20)\d\d")
_GAP = re.compile(r"[ \n:#.,;=()/o\[|*-]*(?:(?:no|number|numero|is|est|le|uci|iuc)[ \n:#.=]*)*")


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
    shown = clean(text)
    folded = fold(shown)
    labelled = labels.read(shown)
    dates = birth_dates.find(folded)
    births = tuple(_births(folded, labelled, dates))
    return Text(
        clean=shown,
        folded=folded,
        labelled=labelled,
        dates=dates,
        births=births,
        ucis=tuple(labelled_ucis(folded, labelled)),
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


def labelled_ucis(folded: str, labelled: Sequence[Labelled]) -> Iterator[tuple[int, str, Whose]]:
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


@dataclass(slots=True, eq=False)
class Person:
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


def people(text: Text, places: Sequence[tuple[int, int]]) -> list[Person]:
    """Everybody whom the mail tells about, each with the identifiers that stand behind their name."""
    marks: list[tuple[int, Person]] = [(-1, Person(Whose.UNSAID))]
    current: Person | None = None
    for each in text.labelled:
        if each.kind not in (Kind.NAME, Kind.FAMILY_NAME, Kind.GIVEN_NAME):
            continue
        value = _name_in(each.value)
        whose = Whose.OFFICE if each.whose is Whose.UNSAID and same_words(value, text.staff) else each.whose
        split = {Kind.FAMILY_NAME: "family", Kind.GIVEN_NAME: "given"}.get(each.kind, "value")
        joins = current is not None and current.whose is whose and not getattr(current, split)
        if current is None or not joins or split == "value":
            current = Person(whose)
            marks.append((each.label_start, current))
        setattr(current, split, value)
    for start, _ in places[:MOST_LABELS]:
        if not any(
            each.start <= start < each.start + len(_name_in(each.value)) for each in text.labelled if is_name(each)
        ):
            marks.append((start, Person(Whose.UNSAID, is_record=True)))
    kin = islice(_KIN.finditer(text.folded), MOST_LABELS)
    marks.extend((match.start(), Person(Whose.RELATIVE)) for match in kin)
    marks.sort(key=lambda mark: mark[0])
    explicit: dict[Whose, Person] = {}
    for written, whose in text.births:
        _about(marks, explicit, text, written.start, whose).births.append(written)
    for place, digits, whose in text.ucis:
        _about(marks, explicit, text, place, whose).ucis.append(digits)
    return [person for _, person in marks] + list(explicit.values())


def is_name(each: Labelled) -> bool:
    return each.kind in (Kind.NAME, Kind.FAMILY_NAME, Kind.GIVEN_NAME)


def _name_in(value: str) -> str:
    """The part of a labelled value that can be a name: up to a bracket, a figure, a remark or another person."""
    return _NAME_ENDS.split(value, maxsplit=1)[0].strip(" ,.-")


def _about(
    marks: Sequence[tuple[int, Person]], explicit: dict[Whose, Person], text: Text, place: int, whose: Whose
) -> Person:
    """Whom an identifier at `place` is about: whom its label names, else the person named last before it."""
    before = [mark for mark in marks if mark[0] < place and mark[1].whose is not Whose.OFFICE]
    if whose in (Whose.RELATIVE, Whose.OFFICE):
        last = before[-1][1]
        return last if last.whose is whose else explicit.setdefault(whose, Person(whose))
    for start, person in reversed(before):
        prose_kin = person.whose is Whose.RELATIVE and not person.full()
        if prose_kin and (whose is Whose.APPLICANT or _SENTENCE.search(text.folded, start, place)):
            continue
        if whose is Whose.APPLICANT and person.whose is Whose.RELATIVE:
            continue
        return person
    return marks[0][1]
