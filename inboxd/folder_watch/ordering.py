"""Carrying out what a person's move means: cases and clocks, where the mail belongs now, the journal, and who is told.

One transaction for each mail, together with the note of where it lies now; so a move is carried out once, or is found
again. Only a correction of a category has a transaction of its own, before it, and is not made twice. Raises
`Transient`; nothing else, unless it is a bug.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from inboxd import alerts, maillog, overriding, parking
from inboxd.context import Context
from inboxd.documents import Instruction
from inboxd.errors import Permanent
from inboxd.plan import Category
from inboxd.settings import DEFAULT_FOLDERS, Place, Settings
from inboxd.store import held, homes, positions
from inboxd.store.journal import note
from inboxd.store.positions import Standing
from inboxd.triage.moved import CATEGORIES, Act, CaseStanding, Lying, Meaning, meaning_of

CLIENT = "mail client"
"""Who gave the order: the server does not say which person moved a mail."""
TOLD = {Act.UNDO: "move_undone", Act.LEAVE: "move_left", Act.CLOSE: "move_left"}
"""The internal notice for what could not be meant, or only half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Where a copy of a mail lies on the server."""

    folder: str
    uidvalidity: int
    uid: int


NOWHERE = Met(folder="", uidvalidity=0, uid=0)
"""In none of our folders any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A copy that a person moved."""

    sighting: int
    source: str
    """The folder where it lay before."""
    now: Met


def places_of(settings: Settings, folder: str) -> tuple[Place, ...]:
    """The places that have this folder; an office may give several the same one."""
    return tuple(place for place in DEFAULT_FOLDERS if settings.folder(place) == folder)


def carry_out(app: Context, mail_id: int, moved: Moved, quietly: Sequence[tuple[int, Met]] = ()) -> None:
    """Do what the move means, and note where this copy lies, and those of `quietly` (sighting, place)."""
    with app.database.reading() as tx:
        standing = positions.standing_of(tx, mail_id)
    meaning = _meaning(app, standing, moved)
    if meaning.act is Act.RELABEL and meaning.category is not None:
        with app.database.transaction() as tx:  # first: the correction is to move no copy that is not there
            for sighting, met in quietly:
                lies(app, tx, mail_id, sighting, met)
        quietly = ()
        meaning = _relabel(app, standing, moved, meaning, meaning.category)
    meaning = _do(app, standing, moved, quietly, meaning)
    maillog.mail_moved(mail_id, source=moved.source, target=moved.now.folder, act=meaning.act, why=meaning.why)


def _meaning(app: Context, standing: Standing, moved: Moved) -> Meaning:
    targets: tuple[Place | None, ...] = places_of(app.settings, moved.now.folder)
    if moved.now.folder == app.settings.mailbox.inbox:
        targets = (None,)
    elif len(set(targets) & set(CATEGORIES)) > 1:
        return Meaning(act=Act.UNDO, why="folder_has_several_meanings", tell=True)
    return meaning_of(_lying(standing), targets[0])


def _lying(standing: Standing) -> Lying:
    return Lying(
        place=Place(standing.place),
        is_held=standing.state == "held",
        route=standing.route,
        cases=tuple(
            CaseStanding(reference=reference, category=Category(category), state=state, queue=queue)
            for _, reference, category, state, queue in standing.cases
        ),
    )


def _relabel(app: Context, standing: Standing, moved: Moved, meaning: Meaning, category: Category) -> Meaning:
    """Have its case go on if it stood still, and correct its category. What the office's rules refuse is undone."""
    with app.database.transaction() as tx:
        go_on(app, tx, standing)
    reference = next(
        (case[1] for case in standing.cases if case[3] != "closed"), next(case[1] for case in standing.cases)
    )
    reason = f"moved from {moved.source} to {moved.now.folder}"
    try:
        overriding.set_category(app, reference, category, reason=reason, by=CLIENT, how=overriding.FOLDER)
    except overriding.Refused as refusal:
        return Meaning(act=Act.UNDO, why=str(refusal), tell=True)
    return meaning


def go_on(app: Context, tx: Connection, standing: Standing) -> None:
    """Cases that wait go on; where all are closed, they are open again."""
    all_closed = all(state == "closed" for _, _, _, state, _ in standing.cases)
    for case_id, _, _, state, _ in standing.cases:
        if state == "waiting":
            parking.resume(app, tx, case_id, CLIENT)
        elif all_closed:
            parking.reopen(app, tx, case_id, CLIENT)


def lies(app: Context, tx: Connection, mail_id: int, sighting: int, here: Met) -> None:
    """Note where a copy lies now; `NOWHERE`: in no folder of ours."""
    if here == NOWHERE:
        positions.forget(tx, mail_id, sighting, app.now())
    else:
        positions.put(tx, sighting, here.folder, here.uidvalidity, here.uid)


def _do(
    app: Context, standing: Standing, moved: Moved, quietly: Sequence[tuple[int, Met]], meaning: Meaning
) -> Meaning:
    with app.database.transaction() as tx:
        for sighting, met in (*quietly, (moved.sighting, moved.now)):
            lies(app, tx, standing.mail_id, sighting, met)
        if meaning.act is Act.RELEASE:
            meaning = _release(app, tx, standing)
        _apply(app, tx, standing, moved, meaning)
        note(
            tx,
            "moved_by_person",
            app.now(),
            mail_id=standing.mail_id,
            actor=CLIENT,
            source=moved.source,
            target=moved.now.folder,
            meaning=str(meaning.act),
            why=meaning.why,
            sighting=moved.sighting,
            uidvalidity=moved.now.uidvalidity,
            uid=moved.now.uid,
        )
        if meaning.tell:
            _tell(app, tx, standing, moved, meaning)
    return meaning


def _release(app: Context, tx: Connection, standing: Standing) -> Meaning:
    try:
        held.instruct(tx, standing.mail_id, app.now(), Instruction(action=held.RELEASE, actor=CLIENT))
    except Permanent as refusal:
        return Meaning(act=Act.UNDO, why=str(refusal), tell=True)
    return Meaning(act=Act.RELEASE)


def _apply(app: Context, tx: Connection, standing: Standing, moved: Moved, meaning: Meaning) -> None:
    mail_id, this = standing.mail_id, (standing.mail_id,)
    case_ids = [case_id for case_id, _, _, _, _ in standing.cases]
    match meaning.act:
        case Act.PAUSE:
            alive = [case for case in standing.cases if case[3] != "closed"] or standing.cases
            for case_id, _, _, _, _ in alive:
                parking.pause(app, tx, case_id, CLIENT)
            _go_along(app, tx, standing, moved, Place.WAITING)
        case Act.CLOSE:
            for _, reference, _, _, _ in standing.cases:
                parking.close(app, tx, reference, CLIENT, but=this)
            _go_along(app, tx, standing, moved, Place.CLOSED)
        case Act.RESUME | Act.RELABEL:
            go_on(app, tx, standing)
            _go_along(app, tx, standing, moved, homes.home_of(tx, mail_id) or Place(standing.place))
        case Act.LEAVE:
            places = places_of(app.settings, moved.now.folder)
            if places and standing.place not in (Place.STAY, Place.ANSWERS):
                homes.send(tx, mail_id, places[0], app.now(), lying=(moved.sighting,))
        case Act.UNDO:
            homes.move_copy(tx, mail_id, moved.sighting, Place(standing.place), app.now())
            return
        case Act.RELEASE:
            return
    for case_id in case_ids:
        homes.bring_home(tx, case_id, app.now(), but=this)


def _go_along(app: Context, tx: Connection, standing: Standing, moved: Moved, home: Place) -> None:
    """The mail belongs there from now on; other copies of it follow."""
    there = app.settings.folder(home) == moved.now.folder
    homes.send(tx, standing.mail_id, home, app.now(), lying=(moved.sighting,) if there else ())
    if not there and home == standing.place:
        homes.move_copy(tx, standing.mail_id, moved.sighting, home, app.now())


def _tell(app: Context, tx: Connection, standing: Standing, moved: Moved, meaning: Meaning) -> None:
    """Once for this mail, these folders and this reason, however often it is moved so."""
    key = f"moved/{standing.digest[:32]}/{moved.source}/{moved.now.folder}/{meaning.act}"
    tell(app, tx, key, TOLD[meaning.act], standing)


def tell(app: Context, tx: Connection, key: str, what: str, standing: Standing) -> None:
    """An internal notice about a mail, with its newest case that is not closed."""
    case = next((case for case in reversed(standing.cases) if case[3] != "closed"), ("", "", "", "", ""))
    told = alerts.prepare(
        app,
        key,
        what,
        received=standing.arrived_at,
        mail_id=standing.mail_id,
        office=standing.office,
        reference=str(case[1]),
        category=str(case[2]),
    )
    alerts.put_in(tx, told, app.now())
