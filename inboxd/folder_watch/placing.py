"""Each mail that was met at a new place, or is missing at an old one: moved by us, copied, moved by a person.

Our own moves are known by the rows: a mail that lies where it belongs, or where a move of ours is to take it, was moved
by us, also if we died before we could write it down. Raises `Transient`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from inboxd.context import Context
from inboxd.folder_watch import ordering
from inboxd.folder_watch.ordering import NOWHERE, Met, Moved
from inboxd.settings import Place
from inboxd.store import homes, positions
from inboxd.store.journal import note
from inboxd.store.positions import Copy, Standing
from inboxd.triage.moved import PARKED


def still_there(app: Context, copies: Iterable[Copy]) -> set[int]:
    """Sightings of those copies that lie where our rows say, and are not marked deleted."""
    by_folder: dict[str, list[Copy]] = defaultdict(list)
    for copy in copies:
        if copy.uid and copy.folder:
            by_folder[copy.folder].append(copy)
    alive: set[int] = set()
    for folder, found in by_folder.items():
        state = app.mailbox.open(folder)
        present = set(app.mailbox.present([copy.uid for copy in found if copy.uidvalidity == state.uidvalidity]))
        alive.update(copy.sighting for copy in found if copy.uidvalidity == state.uidvalidity and copy.uid in present)
    return alive


def _own_folders(app: Context, standing: Standing) -> set[str]:
    """Where a mail lies if nobody but us moved it."""
    places = (Place(name) for name in (standing.place, *standing.bound_for))
    return {app.settings.folder(place) for place in places if place is not Place.STAY}


def place(app: Context, standing: Standing, met: Sequence[Met], copies: Sequence[Copy], alive: set[int]) -> None:
    """Each new place of a mail: a copy that lay elsewhere before, or one more."""
    own, account = _own_folders(app, standing), app.settings.mailbox.account
    dead = [copy for copy in copies if copy.sighting not in alive]
    left = [copy for copy in dead if copy.folder] or ([] if alive else dead[-1:])
    left.sort(key=lambda copy: (copy.folder not in own, not copy.uid))  # where it belonged, under a number we knew
    quietly: list[tuple[int, Met]] = []
    moved: list[Moved] = []
    more: list[Met] = []
    for here in sorted(met, key=lambda item: item.folder not in {copy.folder for copy in left}):
        copy = next((copy for copy in left if copy.folder == here.folder), None) or next(iter(left), None)
        if copy is None:
            more.append(here)
            continue
        left.remove(copy)
        if copy.folder == here.folder or here.folder in own:
            quietly.append((copy.sighting, here))
        else:
            source = copy.folder or app.settings.folder(Place(standing.place))
            moved.append(Moved(sighting=copy.sighting, source=source, now=here))
    quietly += [(item.sighting, item.now) for item in moved[:-1]]
    if not standing.bound_for:  # else a move of ours finds out
        quietly += [(copy.sighting, NOWHERE) for copy in left]
    if more or not moved:
        with app.database.transaction() as tx:
            for here in more:
                positions.add(tx, standing.mail_id, account, here.folder, here.uidvalidity, here.uid, app.now())
                note(
                    tx,
                    "copied_by_person",
                    app.now(),
                    mail_id=standing.mail_id,
                    actor=ordering.CLIENT,
                    folder=here.folder,
                    uidvalidity=here.uidvalidity,
                    uid=here.uid,
                )
            for sighting, here in () if moved else quietly:
                ordering.lies(app, tx, standing.mail_id, sighting, here)
    if moved:
        ordering.carry_out(app, standing.mail_id, moved[-1], quietly)


def left_behind(app: Context, standing: Standing, dead: Sequence[Copy], living: Sequence[Copy]) -> int:
    """A copy is gone and others are there: one of them may be the place to which a slow client moved it."""
    with app.database.transaction() as tx:
        for copy in dead:
            positions.forget(tx, standing.mail_id, copy.sighting, app.now())
    own = _own_folders(app, standing)
    newest = living[-1]
    if any(copy.folder in own for copy in living) or not ordering.places_of(app.settings, newest.folder):
        return len(dead)
    now = Met(folder=newest.folder, uidvalidity=newest.uidvalidity, uid=newest.uid)
    ordering.carry_out(app, standing.mail_id, Moved(sighting=newest.sighting, source=dead[-1].folder, now=now))
    return len(dead)


def back_in_the_inbox(app: Context) -> int:
    """Mails that were moved to Waiting or Closed and lie in the inbox again: an order, or a copy to be put away."""
    account, inbox = app.settings.mailbox.account, app.settings.mailbox.inbox
    with app.database.reading() as tx:
        found = positions.parked_in(tx, account, inbox, PARKED)
    for copy in found:
        with app.database.reading() as tx:
            standing, copies = positions.standing_of(tx, copy.mail_id), positions.copies_of(tx, copy.mail_id)
        alive = still_there(app, copies)
        home = app.settings.folder(Place(standing.place))
        if copy.sighting not in alive or standing.place not in PARKED:
            continue
        if any(other.folder == home and other.sighting in alive for other in copies):
            with app.database.transaction() as tx:
                homes.move_copy(tx, copy.mail_id, copy.sighting, Place(standing.place), app.now())
        else:
            now = Met(folder=inbox, uidvalidity=copy.uidvalidity, uid=copy.uid)
            moved = Moved(sighting=copy.sighting, source=home, now=now)
            stale = [(other.sighting, NOWHERE) for other in copies if other.sighting not in alive]
            ordering.carry_out(app, copy.mail_id, moved, stale)
    return len(found)
