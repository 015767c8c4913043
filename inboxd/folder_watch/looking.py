"""The look itself: which folders changed, what came to them, what went, and what that means for each mail.

Cheap where nothing changed: the numbers of each folder (STATUS), compared with those of the last look. Raises
`Transient` with the server or the database; a look that was broken off is simply made again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from inboxd import intake, maillog, parking
from inboxd.context import Context
from inboxd.folder_watch import placing, recognising, telling
from inboxd.folder_watch.ordering import Met
from inboxd.folder_watch.surveying import Survey, survey_of
from inboxd.mailbox import Glance
from inboxd.settings import Place
from inboxd.store import homes, mails, pauses, positions
from inboxd.store.journal import DAEMON


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
            folder, last = glance.folder, self._quiet.get(glance.folder)
            surveys.append(survey_of(app, folder, last, self._strangers[folder], is_whole=folder in lost))
            app.alive()
        deferred = self._met(app, surveys)
        done += sum(len(survey.met) for survey in surveys) - len(deferred)
        done += placing.back_in_the_inbox(app)
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

    def _met(self, app: Context, surveys: Sequence[Survey]) -> set[Met]:
        """Mails of ours at new places. Returns those that are left for the next look: they are not decided yet."""
        by_mail: dict[int, list[Met]] = defaultdict(list)
        for survey in surveys:
            for mail_id, met in survey.met:
                by_mail[mail_id].append(met)
        with app.database.reading() as tx:
            standings = {mail_id: positions.standing_of(tx, mail_id) for mail_id in by_mail}
            copies = {mail_id: positions.copies_of(tx, mail_id) for mail_id in by_mail}
        alive = placing.still_there(app, [copy for found in copies.values() for copy in found])
        deferred: set[Met] = set()
        for mail_id, places in by_mail.items():
            if standings[mail_id].state == "taken":
                deferred.update(places)
                continue
            placing.place(app, standings[mail_id], places, copies[mail_id], alive)
            app.alive()
        return deferred

    def _missing(self, app: Context, surveys: Sequence[Survey], before: Sequence[Glance]) -> tuple[bool, int]:
        """Copies that are not where they lay. Whether some are left for the next look, and how many were settled."""
        missing = {copy.mail_id for survey in surveys for copy in survey.missing}
        gone: list[telling.Gone] = []
        pending, settled = False, 0
        for mail_id in sorted(missing):
            with app.database.reading() as tx:
                standing, copies = positions.standing_of(tx, mail_id), positions.copies_of(tx, mail_id)
            alive = placing.still_there(app, copies)
            dead = [copy for copy in copies if copy.folder and copy.sighting not in alive]
            if not dead or standing.state == "taken" or standing.bound_for:
                pending = pending or bool(dead)
                continue
            living = [copy for copy in copies if copy.sighting in alive]
            if living:
                settled += placing.left_behind(app, standing, dead, living)
            else:
                gone.append(telling.Gone(standing=standing, copies=tuple(dead)))
        if gone and not self._nothing_happened(app, before):
            return True, settled
        for item in gone:
            telling.declare_gone(app, item)
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
            telling.report_found(app, survey.folder, survey.uidvalidity, uids)
        left = [stranger.uid for stranger in survey.strangers if stranger not in slipped]
        if left:
            self._strangers[survey.folder].update(left)
            telling.report_strangers(app, survey.folder, survey.uidvalidity, left)
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


def resume_written_to(app: Context) -> int:
    """Have cases that wait for the office go on when it has written, from the time when that mail arrived. How many.

    A follow-up that raises its case has done so already, with a new clock; this is for all others.
    """
    with app.database.reading() as tx:
        found = pauses.written_to(tx)
    resumed = 0
    for case_id, arrived in found:
        with app.database.transaction() as tx:
            if parking.resume(app, tx, case_id, DAEMON, at=arrived, why="the office wrote"):
                homes.bring_home(tx, case_id, app.now())
                resumed += 1
    return resumed
