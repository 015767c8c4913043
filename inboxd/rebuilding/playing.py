"""The journal played: each entry that says what came from outside, or what a person did, is done again at its time.

What the stages did because of it is not played: they do it again, and `comparing` says whether they did the same.
An entry that cannot be played is a problem with its mail, and the others are played all the same. Raises `Transient`
if the archive's disk or a database does not answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from inboxd import burying, holding, intake, maillog, overriding, process, reclocking, records, timers
from inboxd.chain import Entry
from inboxd.context import Context
from inboxd.documents import Instruction, Outlined
from inboxd.errors import InboxdError, Permanent, Transient
from inboxd.folder_watch import ordering, telling
from inboxd.folder_watch.looking import resume_written_to
from inboxd.mail import Fetched
from inboxd.plan import Category, Effect, EffectKind
from inboxd.rebuilding import numbering
from inboxd.rebuilding.doors import Remembered
from inboxd.rebuilding.sources import Source
from inboxd.settings import Place
from inboxd.store import (
    clocks,
    held,
    mails,
    outbox,
    outgoing,
    positions,
    purges,
    reclocks,
    ringing,
    rosters,
    template_sets,
)
from inboxd.store.journal import DAEMON, note
from inboxd.store.seals import ERASED
from inboxd.tables import cases, effects
from inboxd.tables import mails as mail_rows
from inboxd.triage.moved import Act

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MANY = 100_000
DERIVED = frozenset(
    {
        "case_opened", "case_raised", "case_follow_up", "case_answered", "case_reopened", "case_paused", "undelivered",
        "completes_submission", "supersedes_submission", "completes_ordered", "supersedes_ordered",
    }
)  # fmt: skip
"""What the stages write again because of what is played."""
NOT_PLAYED = frozenset(
    {
        "incident_opened", "incident_over", "incident_again", "criteria_activated", "exported", "strangers",
        template_sets.TAKEN,
        "send_unknown", "send_repeated", "send_held", "send_released", "outgoing_stopped", "outgoing_released",
        "legal_hold_added", "legal_hold_ended", purges.PURGED,
        "case_reclocked", "filing_reclocked", reclocks.ADDED, reclocking.REMOVED, rosters.IMPORTED, ERASED,
    }
)  # fmt: skip
"""What changed no decision about a mail and is carried over from the rows; and closures: today's calendar has them, so
every clock counts over them from the first."""


def _corrects(entry: Entry) -> bool:
    """Whether it is the move that corrected a case: it stands right behind `case_overridden`."""
    told = entry.detail if isinstance(entry.detail, Mapping) else {}
    return entry.event == "moved_by_person" and told.get("meaning") == Act.RELABEL


class Player:
    """Plays entries one after the other into the database of a context whose clock it is."""

    def __init__(self, app: Context, remembered: Remembered, source: Source) -> None:
        self.app, self._remembered, self._source = app, remembered, source
        self.at = BEGINNING
        self.left_out = Counter[str]()
        """Entries of kinds that nobody knows how to play."""
        self.problems: list[tuple[int | None, str]] = []
        """What could not be played: the mail, and why."""
        self._corrected: Entry | None = None
        """A correction by a move in a mail client, until the entry behind it says that the move was noted too."""
        self._opened = defaultdict[int | None, list[int | None]](list)
        self._do: Mapping[str, Callable[[Entry], None]] = {
            "taken": self._take,
            "seen_again": self._take,
            "decided": self._decide,
            "held": self._hold,
            "fetched_whole": self._become_whole,
            "release_ordered": self._instruct,
            "refuse_ordered": self._instruct,
            "retried": self._retry,
            "timer_fired": self._ring,
            "case_overridden": self._correct,
            "case_closed": self._close,
            "case_resumed": self._resume,
            "moved_by_person": self._move,
            "copied_by_person": self._copy,
            "copy_forgotten": self._forget,
            "taken_away_by_person": self._lose,
            "found_late": self._find,
            "send_cancelled": self._cancel,
            **{f"{kind}_done": self._done for kind in EffectKind},
            **{f"{kind}_buried": self._bury for kind in EffectKind},
        }

    def now(self) -> datetime:
        """The time of the entry in hand."""
        return self.at

    def play(self, entry: Entry) -> None:
        """Do again what an entry says, if it was no consequence of another."""
        if entry.event != "copy_forgotten" and not _corrects(entry):
            self.finish()
        if entry.event == "case_opened":
            self._opened[entry.mail_id].append(entry.case_id)
        if entry.event in DERIVED or entry.event in NOT_PLAYED:
            return
        do = self._do.get(entry.event)
        if do is None or not isinstance(entry.detail, Mapping) or "erased" in entry.detail:
            self.left_out[entry.event] += 1
            return
        self._try(do, entry)

    def finish(self) -> None:
        """A correction by a move is played by itself if the daemon died before it had noted the move."""
        entry, self._corrected = self._corrected, None
        if entry is not None:
            self._try(self._correct_by_itself, entry)

    def _try(self, do: Callable[[Entry], None], entry: Entry) -> None:
        self.at = entry.at
        try:
            do(entry)
        except Transient:
            raise
        except InboxdError as error:
            self._failed(entry, str(error))
        except Exception as error:
            self._failed(entry, f"a fault of inboxd itself: {type(error).__name__}, {maillog.trail(error)}")

    def _failed(self, entry: Entry, why: str) -> None:
        self.problems.append(
            (entry.mail_id, f"{entry.event} of {entry.at:%Y-%m-%d %H:%M:%S} could not be played: {why}")
        )

    def _take(self, entry: Entry) -> None:
        assert entry.mail_id is not None
        row, told = self._source.mail(entry.mail_id), entry.detail
        met = self._source.sighting(entry.mail_id, told["folder"], told["uid"])
        known = {**{name: row.get(name) for name in ("account", "digest", "size", "arrived_at", "outline")},
                 "uidvalidity": met.get("uidvalidity"), "sighting": met.get("id"), **told}  # fmt: skip
        if not known["digest"]:
            raise Permanent("the journal is of an older version, and no row says which file of the archive it was")
        arrived, outline = known["arrived_at"], known["outline"]
        fetched = Fetched(
            account=known["account"],
            folder=known["folder"],
            uidvalidity=known["uidvalidity"] or 0,
            uid=known["uid"],
            arrived_at=datetime.fromisoformat(arrived) if isinstance(arrived, str) else arrived,
            size=known["size"],
        )
        files = None if outline is None else [Outlined(**item) for item in outline]
        with self.app.database.transaction() as tx:
            if entry.event == "taken":
                numbering.next_mail(tx, entry.mail_id)
            mail_id, is_new = mails.take(tx, fetched, known["digest"], self.at, files)
            if known["sighting"]:
                numbering.newest_sighting(tx, known["sighting"])
            if mail_id != entry.mail_id:
                raise Permanent(f"it would become mail {mail_id}")
            if not is_new:
                intake.send_back_to_its_place(self.app, tx, mail_id, fetched.folder)

    def _waiting(self, mail_id: int | None) -> Any:
        with self.app.database.reading() as tx:
            taken = mails.by_id(tx, mail_id or 0)
            row = tx.execute(select(mail_rows).where(mail_rows.c.id == mail_id)).first()
        if taken is None or row is None or row.state != "taken":
            raise Permanent(f"it is {row.state if row else 'not there'}, and was to be decided then")
        return taken, row.decisions

    def _decide(self, entry: Entry) -> None:
        assert entry.mail_id is not None
        first = next(iter(self._opened.pop(entry.mail_id, [])), None)
        taken, decisions = self._waiting(entry.mail_id)
        told = entry.detail.get("found")
        found = self._source.found(entry.mail_id, decisions + 1) if told is None else told
        was_down = bool(entry.detail.get("register_unavailable"))
        self._remembered.set_to(
            {digest: tuple(said) for digest, said in found.items()},
            register_was_down=was_down,
            signature=entry.detail.get("dkim"),
        )
        with numbering.next_case(self.app.database, first, entry.mail_id):
            process.one(self.app, taken)
        if self._remembered.does_not_answer:
            raise Transient("the register does not answer now; without its records nothing can be compared")

    def _hold(self, entry: Entry) -> None:
        taken, _ = self._waiting(entry.mail_id)
        holding.hold(self.app, taken, entry.detail["reason"], entry.detail["detail"])

    def _become_whole(self, entry: Entry) -> None:
        told = entry.detail
        outline = told.get("outline")
        files = None if outline is None else [Outlined(**item) for item in outline]
        with self.app.database.transaction() as tx:
            whole = {"digest": told["digest"], "size": told["size"], "outline": files}
            if not held.fetched_whole(tx, entry.mail_id or 0, self.at, **whole):
                raise Permanent("it is not held by its header")

    def _instruct(self, entry: Entry) -> None:
        assert entry.mail_id is not None
        if entry.actor == ordering.CLIENT:
            return  # a move in a mail client is played as such
        number = entry.detail.get("number", "")
        if entry.detail.get("number_given") and not number:
            number = (self._source.mail(entry.mail_id).get("instruction") or {}).get("number", "")
            if not number:
                raise Permanent("the journal is of an older version and does not say which number a person gave")
        action, reason = entry.event.removesuffix("_ordered"), entry.detail.get("reason", "")
        given = Instruction(action=action, actor=entry.actor, number=number, reason=reason)
        holding.instruct(self.app, entry.mail_id, given)

    def _retry(self, entry: Entry) -> None:
        if not holding.retry(self.app, entry.mail_id or 0, entry.actor, send_again=True):
            raise Permanent("it is not held")

    def _ring(self, entry: Entry) -> None:
        with self.app.database.reading() as tx:
            due = ringing.due(tx, self.at, MANY)
        wanted = (entry.detail["kind"], entry.case_id, entry.mail_id)
        same = [timer for timer in due if (timer.kind, timer.case_id, timer.mail_id) == wanted]
        if not same or not timers.fire(self.app, same[0]):
            raise Permanent(f"no timer {entry.detail['kind']} was due")

    def _correct(self, entry: Entry) -> None:
        if entry.detail["how"] == overriding.FOLDER:
            self._corrected = entry  # with the move itself, if that was noted
        else:
            self._set_category(entry)

    def _correct_by_itself(self, entry: Entry) -> None:
        assert entry.mail_id is not None
        with self.app.database.transaction() as tx:
            ordering.go_on(self.app, tx, positions.standing_of(tx, entry.mail_id))
        self._set_category(entry)

    def _set_category(self, entry: Entry) -> None:
        kept = self._source.correction(entry.case_id or 0, entry.at)
        reason = entry.detail.get("reason") or kept.get("reason") or "not known any more"
        overriding.set_category(
            self.app,
            self._reference(entry),
            Category(entry.detail["category"]),
            reason=reason,
            by=entry.actor,
            how=entry.detail["how"],
            notify=bool(entry.detail.get("notified", kept.get("notified", ""))),
        )

    def _reference(self, entry: Entry) -> str:
        with self.app.database.reading() as tx:
            found: str | None = tx.scalar(select(cases.c.reference).where(cases.c.id == entry.case_id))
        if found is None:
            raise Permanent(f"there is no case {entry.case_id}")
        return found

    def _close(self, entry: Entry) -> None:
        if entry.actor != ordering.CLIENT and not timers.close_case(self.app, self._reference(entry), entry.actor):
            raise Permanent("the case is closed already")

    def _resume(self, entry: Entry) -> None:
        if entry.actor == DAEMON and not resume_written_to(self.app):
            raise Permanent("no case waits to which the office has written")

    def _move(self, entry: Entry) -> None:
        assert entry.mail_id is not None
        told, self._corrected = entry.detail, None
        with self.app.database.reading() as tx:
            copies = positions.copies_of(tx, entry.mail_id)
        sighting = told.get("sighting") or copies[0].sighting
        _, uidvalidity, uid = self._source.lies(sighting)
        now = ordering.Met(
            folder=told["target"], uidvalidity=told.get("uidvalidity", uidvalidity), uid=told.get("uid", uid)
        )
        ordering.carry_out(self.app, entry.mail_id, ordering.Moved(sighting=sighting, source=told["source"], now=now))

    def _copy(self, entry: Entry) -> None:
        assert entry.mail_id is not None
        told, account = entry.detail, self.app.settings.mailbox.account
        with self.app.database.transaction() as tx:
            place = told["folder"], told.get("uidvalidity", 0), told.get("uid", 0)
            positions.add(tx, entry.mail_id, account, *place, self.at)
            note(tx, entry.event, self.at, mail_id=entry.mail_id, actor=entry.actor, **told)

    def _forget(self, entry: Entry) -> None:
        assert entry.mail_id is not None
        with self.app.database.transaction() as tx:
            positions.forget(tx, entry.mail_id, entry.detail["sighting"], self.at)

    def _lose(self, entry: Entry) -> None:
        assert entry.mail_id is not None
        with self.app.database.reading() as tx:
            standing = positions.standing_of(tx, entry.mail_id)
            copies = tuple(copy for copy in positions.copies_of(tx, entry.mail_id) if copy.folder)
        telling.declare_gone(self.app, telling.Gone(standing=standing, copies=copies))

    def _find(self, entry: Entry) -> None:
        assert entry.mail_id is not None
        with self.app.database.reading() as tx:
            here = next(
                copy for copy in positions.copies_of(tx, entry.mail_id) if copy.folder == entry.detail["folder"]
            )
        telling.report_found(self.app, here.folder, here.uidvalidity, [here.uid])

    def _effect(self, entry: Entry) -> Effect | None:
        """The effect that an entry is about; None where no mail caused it, or none was put in this time."""
        key = entry.detail.get("key") or self._source.effect(entry.detail["effect"]).get("key")
        with self.app.database.reading() as tx:
            row = tx.execute(select(effects).where(effects.c.key == key)).first()
        if row is None:
            if entry.mail_id is not None:
                raise Permanent(f"no effect {key or entry.detail['effect']} was put in")
            return None
        return outbox.as_effect(row)

    def _done(self, entry: Entry) -> None:
        effect = self._effect(entry)
        if effect is None:
            return
        answer = entry.detail.get("answer") or self._source.effect(entry.detail["effect"]).get("answer", "")
        with self.app.database.transaction() as tx:
            if effect.kind is EffectKind.MOVE:
                sighting = int(effect.payload["sighting"])
                outbox.moved(tx, sighting, *(entry.detail.get("lies") or self._new_place(tx, effect, sighting)))
            elif effect.kind is EffectKind.ATTACH:
                place = str(effect.payload["number"]), str(effect.payload["digest"])
                records.settle(tx, *place, records.ATTACHED, answer)
            outbox.done(tx, effect, self.at, answer)
            if effect.mail_id is not None:
                if effect.kind is EffectKind.ATTACH and not outbox.has_due(tx, effect.mail_id, EffectKind.ATTACH):
                    clocks.cancel_filing(tx, effect.mail_id)
                outbox.finish_mail(tx, effect.mail_id, self.at)

    def _new_place(self, tx: Connection, effect: Effect, sighting: int) -> tuple[str, int, int]:
        """Where a journal of an older version moved a copy, under the number it had: so later moves find it."""
        _, uidvalidity, uid = outbox.sighting(tx, sighting)
        return self.app.settings.folder(Place(str(effect.payload["place"]))), uidvalidity, uid

    def _bury(self, entry: Entry) -> None:
        effect = self._effect(entry)
        if effect is not None:
            burying.bury(self.app, effect, entry.detail.get("why", ""))

    def _cancel(self, entry: Entry) -> None:
        effect = self._effect(entry)
        if effect is not None:
            with self.app.database.transaction() as tx:
                outgoing.cancel(
                    tx,
                    [effect.effect_id],
                    self.at,
                    self.app.rules.standards,
                    reason=entry.detail.get("reason", ""),
                    actor=entry.actor,
                )
