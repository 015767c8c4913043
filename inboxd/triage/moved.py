"""What it means that a person moved a mail of ours to another folder: an order, or nothing that makes sense.

Pure: where the mail lay, what it is, how its cases stand, and where it lies now, to one `Meaning`. Nobody's move is
passed over in silence: what cannot be meant is undone or left where it is, and told. Never fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from inboxd.plan import Category, Route
from inboxd.settings import Place

MIL = "mil"
CATEGORIES = {Place(category): category for category in Category}
"""The places whose folder is a category."""
PARKED = (Place.WAITING, Place.CLOSED)
PRESSING = (Category.CRITICAL, Category.URGENT, Category.REVIEW, Category.COMPLEX, Category.NOT_MET)
"""Of several cases of one mail, whose folder it lies in: the first of these."""


class Act(StrEnum):
    """What is done about a move."""

    PAUSE = "pause"
    """The reply clocks of its cases stand still."""
    RESUME = "resume"
    """Its cases go on: those that wait, and those that were closed."""
    CLOSE = "close"
    RELABEL = "relabel"
    """Its one case gets another category; one that waits or was closed goes on first."""
    RELEASE = "release"
    LEAVE = "leave"
    """It stays where the person put it, and nothing else happens."""
    UNDO = "undo"
    """It goes back to where it belongs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStanding:
    """A case of the mail, as it stands."""

    reference: str
    category: Category
    state: str
    queue: str = "mcmps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A mail, and where it lay by our rows."""

    place: Place
    is_held: bool
    route: str
    cases: tuple[CaseStanding, ...] = ()
    """Without those that it is the answer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a move means."""

    act: Act
    why: str = ""
    """A code for the journal, where the act alone does not say it."""
    category: Category | None = None
    tell: bool = False
    """Whether people are told, once for this mail and these folders."""


def meaning_of(mail: Lying, target: Place | None) -> Meaning:
    """What it means that the mail lies in the folder of `target` now; None is the inbox."""
    if mail.place in (Place.STAY, Place.ANSWERS) or mail.route in (Route.ANSWER, Route.BOUNCE):
        return Meaning(act=Act.LEAVE, why="no_order_by_this_mail")
    if mail.place is Place.QUARANTINE:
        return Meaning(act=Act.UNDO, why="malware", tell=True)
    if target is Place.RELEASE:
        return Meaning(act=Act.RELEASE) if mail.is_held else Meaning(act=Act.UNDO, why="is_not_held", tell=True)
    if mail.is_held and (mail.place is Place.HELD or not mail.cases):
        return Meaning(act=Act.UNDO, why="is_held", tell=True)
    if target is None:
        return Meaning(act=Act.RESUME) if mail.place in PARKED else Meaning(act=Act.UNDO, why="belongs_elsewhere")
    if target is Place.WAITING:
        return Meaning(act=Act.PAUSE) if mail.cases else Meaning(act=Act.UNDO, why="has_no_case", tell=True)
    if target is Place.CLOSED:
        return Meaning(act=Act.CLOSE) if mail.cases else Meaning(act=Act.LEAVE, why="has_no_case", tell=True)
    if target in CATEGORIES:
        return _into_category(mail, CATEGORIES[target])
    return _elsewhere(mail, target)


def _into_category(mail: Lying, category: Category) -> Meaning:
    meant = tuple(case for case in mail.cases if case.state != "closed") or mail.cases
    if not meant:
        return Meaning(act=Act.UNDO, why="has_no_case", tell=True)
    if min((case.category for case in meant), key=PRESSING.index) is category:
        return Meaning(act=Act.RESUME)
    if len(meant) > 1:
        return Meaning(act=Act.UNDO, why="has_several_cases", tell=True)
    return Meaning(act=Act.RELABEL, category=category)


def _elsewhere(mail: Lying, target: Place) -> Meaning:
    if target is Place.MINISTER and any(case.queue == MIL for case in mail.cases):
        return Meaning(act=Act.RESUME)
    if target is Place.QUARANTINE:
        return Meaning(act=Act.LEAVE, why="put_in_quarantine", tell=True)
    if mail.is_held or any(case.state in ("open", "waiting") for case in mail.cases):
        return Meaning(act=Act.UNDO, why="its_case_is_open", tell=True)
    return Meaning(act=Act.LEAVE, why="changes_nothing", tell=True)
