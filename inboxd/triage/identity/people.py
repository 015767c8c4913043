"""Whom a mail tells about: its labels, dates of birth and UCIs, each with the person it belongs to (`domain.md` 3).

What stands behind a label is about the person that the label or the heading names; what stands behind a name or a
relation (`her son`) is about that person. Pure; never raises on any text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from inboxd.triage.identity import plain_names
from inboxd.triage.identity.birth_dates import Written
from inboxd.triage.identity.labelled import MOST_LABELS, Kind, Labelled, Whose
from inboxd.triage.identity.names import same_words
from inboxd.triage.identity.record_names import RecordName
from inboxd.triage.identity.texts import Text

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
_KIN_BEFORE = re.compile(_KIN.pattern + r"(?:, | )?(?:(?:mr|mrs|ms|miss|m|mme|mlle|dr|monsieur|madame)\.? )?$")
_SENTENCE = re.compile(r"[.!?;]\s|\n\s*\n")
_HOUSE = (
    r"(?:MP|M\.P\.?|Members? of Parliament|Senators?|Sen\.|[Dd]éputée?s?|[Ss]énat(?:eur|rice)s?|[Mm]inist(?:er|re)"
    r"|[Aa]djointe?|[Cc]onstituency [Aa]ssistant|[Cc]ase ?worker|[Aa]ssistante?)"
)
_OF_THE_HOUSE = re.compile(
    rf"{plain_names.NAME}(?=,? \(?(?:the |la |le |l['’]|notre |our |your |votre )?{_HOUSE}(?![\w]))"
    rf"|(?<![\w])(?:{_HOUSE},?|[Oo]ffice of|[Bb]ureau d(?:e|u)|[Tt]he Hon\.?(?:ourable)?|l['’][Hh]on\.?(?:orable)?)"
    rf" (?:{plain_names.TITLE} )?{plain_names.NAME}"
)
"""Names that carry an office: the Member's, a senator's, an assistant's."""
_NAME_ENDS = re.compile(
    r"[(\[\d]|(?<=[^\W\d_]{3})\.\s| - "
    r"|,? \b(?:born|n[ée]e?|dob|ddn|aka|a\.k\.a|alias|who|whose|qui|dont|(?:and |et )?(?:his|her|their|son|sa|leur)"
    r"|sponsor\w*"
    r"|spouse|wife|husband|mother|father|conjointe?|parrain\w*|[ée]poux|[ée]pouse)\b",
    re.IGNORECASE,
)


@dataclass(slots=True, eq=False)
class Person:
    """What is said about one person of the mail."""

    whose: Whose
    value: str = ""
    family: str = ""
    given: str = ""
    is_record: bool = False
    """The record's own name stands here in prose."""
    in_prose: bool = False
    """Named without a label, with an identifier right behind."""
    is_kin: bool = False
    """Named as somebody's relative: `her husband Mr. X`."""
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
            marks.append((start, Person(Whose.UNSAID, is_record=True, is_kin=_is_kin(text, start))))
    taken = [*places, *((each.start, each.end) for each in text.labelled if is_name(each))]
    for start, end, value in plain_names.beside_identifiers(text.clean, text.folded)[:MOST_LABELS]:
        if not any(start < stop and begin < end for begin, stop in taken) and not same_words(value, text.staff):
            whose = Whose.RELATIVE if _is_kin(text, start) else Whose.UNSAID
            marks.append((start, Person(whose, value=value, in_prose=True)))
    kin = islice(_KIN.finditer(text.folded), MOST_LABELS)
    marks.extend((match.start(), Person(Whose.RELATIVE)) for match in kin)
    marks.sort(key=lambda mark: mark[0])
    explicit: dict[Whose, Person] = {}
    for written, whose in text.births:
        _about(marks, explicit, text, written.start, whose).births.append(written)
    for place, digits, whose in text.ucis:
        _about(marks, explicit, text, place, whose).ucis.append(digits)
    return [person for _, person in marks] + list(explicit.values())


def _is_kin(text: Text, start: int) -> bool:
    return _KIN_BEFORE.search(text.folded, max(0, start - 60), start) is not None


def clients_words(text: Text, name: RecordName) -> str:
    """The text with the names of staff, the Member and the like blanked out, as long as before.

    The record's name is blanked too where it is the sender's or the signature's and no label says that it is the
    client's: a clerk can bear a client's name.
    """
    shown = text.clean
    spans = [(each.start, each.end) for each in text.labelled if each.whose is Whose.OFFICE and is_name(each)]
    spans += [(match.start(), match.end()) for match in _OF_THE_HOUSE.finditer(text.clean)]
    clients = [(each.start, each.end) for each in text.labelled if each.whose is not Whose.OFFICE and is_name(each)]
    for start, end in name.places(shown) if name else ():
        if same_words(shown[start:end], text.staff) and not any(a <= start < b for a, b in clients):
            spans.append((start, end))
    for start, end in spans:
        shown = shown[:start] + "#" * (end - start) + shown[end:]
    return shown


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
        prose_kin = person.whose is Whose.RELATIVE and (person.in_prose or not person.full())
        if prose_kin and (whose is Whose.APPLICANT or _SENTENCE.search(text.folded, start, place)):
            continue
        if whose is Whose.APPLICANT and person.whose is Whose.RELATIVE:
            continue
        return person
    return marks[0][1]
