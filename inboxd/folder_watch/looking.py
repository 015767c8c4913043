"""The look itself: which folders changed, what came to them, what went, and what that means for each mail.

Cheap where nothing changed: the numbers of each folder (STATUS), compared with those of the last look. Our own moves
are known by their rows: a mail that lies where it belongs, or where a move of ours is to take it, was moved by us, also
if we died before we could write it down. Raises `Transient` with the server or the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from inboxd import intake, maillog
from inboxd.context import Context
from inboxd.folder_watch import ordering, recognising
from inboxd.folder_watch.following_up import resume_written_to
from inboxd.folder_watch.gone import Gone, declare
from inboxd.folder_watch.ordering import NOWHERE, Met, Moved
from inboxd.folder_watch.strangers import report_found, report_strangers
from inboxd.mailbox import Glance, Identity
from inboxd.settings import Place
from inboxd.store import homes, mails, positions
from inboxd.store.journal import note
from inboxd.store.positions import Copy, Standing
from inboxd.triage.moved import PARKED

AT_ONCE = 400
"""New numbers of one folder that are looked into at one look; the next look goes on."""


@dataclass(slots=True, kw_only=True)
class Survey:
    """What one folder holds that our rows do not know, and the other way round."""

    folder: str
    uidvalidity: int
    next_uid: int
    """Below it everything was looked into."""
    met: list[tuple[int, Met]] = field(default_factory=list)
    """Mails of ours under numbers that are new to us."""
    strangers: list[Identity] = field(default_factory=list)
    missing: list[Copy] = field(default_factory=list)
    is_history: bool = False
    """The first look at this folder, or the first since the server renumbered it."""
    is_partial: bool = False
    """There is more than was looked into."""


class Watch:
    """One process's memory of the folders: what they were when everything in them was known."""

    def __init__(self) -> None:
        self._quiet: dict[str, Glance] = {}
        self._strangers: dict[str, set[int]] = defaultdict(set)
        self._unwatched: set[str] = set()

    def look(self, app: Context) -> int:
        """Look at every folder that inboxd owns, and do what people's moves mean. How many there were.

        Call it when the inbox was just read, and again until it returns 0.
        """
        done = resume_written_to(app)
        account = app.settings.mailbox.account
        folders = list(dict.fromkeys(app.settings.folder(place) for place in app.settings.all_places))
        before = app.mailbox.glances(folders, self._cannot)
        with app.database.reading() as tx:
            lost = positions.folders_with_lost_numbers(tx, account, folders)
            last_look = positions.last_look(tx, account, app.settings.folder(Place.CLOSED))
        changed = [glance for glance in before if self._quiet.get(glance.folder) != glance or glance.folder in lost]
        surveys = []
        for glance in changed:
            surveys.append(self._survey(app, glance, is_whole=glance.folder in lost))
            app.alive()
        deferred = self._met(app, surveys)
        done += sum(len(survey.met) for survey in surveys) - len(deferred)
        done += _back_in_the_inbox(app)
        pending = False
        if not any(survey.is_partial for survey in surveys):
            pending, gone = self._missing(app, surveys, before)
            done += gone
        for survey in surveys:
            done += self._others(app, survey, last_look)
        self._remember(app, surveys, changed, deferred, pending=pending)
        return done + sum(survey.is_partial for survey in surveys)

    def _cannot(self, folder: str, why: str) -> None:
        if folder not in self._unwatched:
            self._unwatched.add(folder)
            maillog.folder_unwatched(folder, why)

    def _survey(self, app: Context, glance: Glance, *, is_whole: bool) -> Survey:
        """Compare one folder with our rows. Whole, unless all that happened is that mails came."""
        account, folder = app.settings.mailbox.account, glance.folder
        state = app.mailbox.open(folder)
        with app.database.reading() as tx:
            mark = mails.mark(tx, account, folder)
        fresh = mark is None or mark[0] != state.uidvalidity
        if mark is not None and fresh:
            maillog.mailbox_renumbered(account, folder)
            self._strangers.pop(folder, None)
        first = 1 if mark is None or fresh else mark[1]
        last, missing = self._quiet.get(folder), []
        came = app.mailbox.uids_from(last.uidnext) if last and not fresh and not is_whole else None
        if (
            last is not None
            and came
            and state.uidvalidity == last.uidvalidity
            and (state.exists - last.exists == len(came))
        ):
            with app.database.reading() as tx:
                new = positions.unknown(tx, account, folder, state.uidvalidity, [uid for uid in came if uid >= first])
        else:
            uids = app.mailbox.uids()
            with app.database.reading() as tx:
                lying = positions.lying_in(tx, account, folder)
            here, there = {copy.uid for copy in lying if copy.uidvalidity == state.uidvalidity}, set(uids)
            missing = [copy for copy in lying if copy.uidvalidity != state.uidvalidity or copy.uid not in there]
            unknown = [uid for uid in uids if uid not in here]
            if last is None:  # what was looked into before this process began, and is none of ours
                self._strangers[folder].update(uid for uid in unknown if uid < first)
            new = [uid for uid in unknown if uid not in self._strangers[folder]]
        part = new[:AT_ONCE]
        survey = Survey(
            folder=folder,
            uidvalidity=state.uidvalidity,
            next_uid=part[-1] + 1 if len(new) > AT_ONCE else max(state.uidnext, first, *(uid + 1 for uid in part)),
            missing=missing,
            is_history=fresh,
            is_partial=len(new) > AT_ONCE,
        )
        for identity in app.mailbox.identities(part):
            mail_id = recognising.which(app, identity)
            if mail_id is None:
                survey.strangers.append(identity)
            else:
                met = Met(folder=folder, uidvalidity=state.uidvalidity, uid=identity.uid)
                survey.met.append((mail_id, met))
        return survey

    def _met(self, app: Context, surveys: Sequence[Survey]) -> set[Met]:
        """Mails of ours at new places. Returns those that are left for the next look: they are not decided yet."""
        by_mail: dict[int, list[Met]] = defaultdict(list)
        for survey in surveys:
            for mail_id, met in survey.met:
                by_mail[mail_id].append(met)
        with app.database.reading() as tx:
            standings = {mail_id: positions.standing_of(tx, mail_id) for mail_id in by_mail}
            copies = {mail_id: positions.copies_of(tx, mail_id) for mail_id in by_mail}
        alive = still_there(app, [copy for found in copies.values() for copy in found])
        deferred: set[Met] = set()
        for mail_id, places in by_mail.items():
            if standings[mail_id].state == "taken":
                deferred.update(places)
                continue
            _place(app, standings[mail_id], places, copies[mail_id], alive)
            app.alive()
        return deferred

    def _missing(self, app: Context, surveys: Sequence[Survey], before: Sequence[Glance]) -> tuple[bool, int]:
        """Copies that are not where they lay. Whether some are left for the next look, and how many were settled."""
        wanted = {copy.sighting for survey in surveys for copy in survey.missing}
        if not wanted:
            return False, 0
        by_mail = {copy.mail_id for survey in surveys for copy in survey.missing}
        gone: list[Gone] = []
        pending, settled = False, 0
        for mail_id in sorted(by_mail):
            with app.database.reading() as tx:
                standing, copies = positions.standing_of(tx, mail_id), positions.copies_of(tx, mail_id)
            alive = still_there(app, copies)
            dead = [copy for copy in copies if copy.folder and copy.sighting not in alive]
            if not dead or standing.state == "taken" or standing.bound_for:
                pending = pending or bool(dead)
                continue
            living = [copy for copy in copies if copy.sighting in alive]
            if living:
                settled += _left_behind(app, standing, dead, living)
            else:
                gone.append(Gone(standing=standing, copies=tuple(dead)))
        if gone and not self._nothing_happened(app, before):
            return True, settled
        for item in gone:
            declare(app, item)
        return pending, settled + len(gone)

    def _nothing_happened(self, app: Context, before: Sequence[Glance]) -> bool:
        """Whether no folder changed since the look began: a mail on its way from one to another is not gone."""
        account, inbox = app.settings.mailbox.account, app.settings.mailbox.inbox
        if app.mailbox.glances([glance.folder for glance in before], self._cannot) != list(before):
            return False
        state = app.mailbox.open(inbox)
        with app.database.reading() as tx:
            return mails.mark(tx, account, inbox) == (state.uidvalidity, state.uidnext)

    def _others(self, app: Context, survey: Survey, last_look: datetime | None) -> int:
        """Mails that are none of ours: taken if they slipped by us, else left alone and told of once."""
        slipped = [
            stranger
            for stranger in survey.strangers
            if not survey.is_history and recognising.slipped_by(app, stranger, last_look)
        ]
        taken = 0
        if slipped:
            uids = [stranger.uid for stranger in slipped]
            taken = intake.take_found(app, survey.folder, uids)
            report_found(app, survey.folder, survey.uidvalidity, uids)
        left = [stranger.uid for stranger in survey.strangers if stranger not in slipped]
        if left:
            self._strangers[survey.folder].update(left)
            report_strangers(app, survey.folder, survey.uidvalidity, left)
        return taken

    def _remember(
        self,
        app: Context,
        surveys: Sequence[Survey],
        changed: Sequence[Glance],
        deferred: Iterable[Met],
        *,
        pending: bool,
    ) -> None:
        """How far each folder was looked into; one that is not settled is looked at again."""
        account, waiting = app.settings.mailbox.account, defaultdict[str, list[int]](list)
        for met in deferred:
            waiting[met.folder].append(met.uid)
        with app.database.transaction() as tx:
            for survey in surveys:
                next_uid = min((survey.next_uid, *waiting[survey.folder]))
                if mails.mark(tx, account, survey.folder) != (survey.uidvalidity, next_uid):
                    mails.set_mark(tx, account, survey.folder, survey.uidvalidity, next_uid, app.now())
            closed = app.settings.folder(Place.CLOSED)
            mark = mails.mark(tx, account, closed)
            if mark is not None:  # its time is that of the last look
                mails.set_mark(tx, account, closed, *mark, app.now())
        for survey, glance in zip(surveys, changed, strict=True):
            if survey.is_partial or waiting[survey.folder] or (pending and survey.missing):
                self._quiet.pop(survey.folder, None)
            else:
                self._quiet[survey.folder] = glance


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


def _place(app: Context, standing: Standing, met: Sequence[Met], copies: Sequence[Copy], alive: set[int]) -> None:
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
                note(tx, "copied_by_person", app.now(), mail_id=standing.mail_id, actor=ordering.CLIENT,
                     folder=here.folder)  # fmt: skip
            for sighting, here in () if moved else quietly:
                positions.put(tx, sighting, here.folder, here.uidvalidity, here.uid)
    if moved:
        ordering.carry_out(app, standing.mail_id, moved[-1], quietly)


def _left_behind(app: Context, standing: Standing, dead: Sequence[Copy], living: Sequence[Copy]) -> int:
    """A copy is gone and others are there: one of them may be the place to which a slow client moved it."""
    with app.database.transaction() as tx:
        for copy in dead:
            positions.lose(tx, copy.sighting)
    own = _own_folders(app, standing)
    newest = living[-1]
    if any(copy.folder in own for copy in living) or not ordering.places_of(app.settings, newest.folder):
        return len(dead)
    now = Met(folder=newest.folder, uidvalidity=newest.uidvalidity, uid=newest.uid)
    ordering.carry_out(app, standing.mail_id, Moved(sighting=newest.sighting, source=dead[-1].folder, now=now))
    return len(dead)


def _back_in_the_inbox(app: Context) -> int:
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
