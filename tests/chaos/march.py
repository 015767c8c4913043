"""Deaths at named steps, one after the other, in good weather: each daemon gets work that leads it to its step.

After a death at a step the work that led there is still to be done, so the next daemon dies at the step beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.chaos.lives import TRANSACTION
from tests.chaos.stream import Item

if TYPE_CHECKING:
    from tests.chaos.storm import Storm

PATIENCE_FOR_PEOPLE = 6.0
LONG_WAY = 30.0
QUIET = 1.5
FREE_BYTES = 700_000
"""Less than the office wants to have free, and enough to go on."""
PAST_GRACE = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A way to some steps."""

    transactions: tuple[str, ...] = ()
    """Who opens them."""
    calls: tuple[str, ...] = ()
    work: Callable[[Storm], bool]
    """Gives the next daemon what leads there; False: cannot be done now."""
    late: bool = False
    """Only after the leap, when minutes more change nothing."""
    anew: bool = False
    """A death there uses the work up: the step beside it needs as much again."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Their names, in the order in which a daemon comes to them."""
        of_transactions = tuple(f"{when} of {whose}" for whose in self.transactions for when in TRANSACTION)
        return of_transactions + tuple(f"{when} {call}" for call in self.calls for when in ("before", "after"))


def march(storm: Storm, count: int, *, late: bool) -> None:
    """So many daemons, each of which is to die at a named step; one that does not come to it is killed."""
    near: Lead | None = None
    for number in range(count):
        storm.kill()
        death = _choose(storm, late, near.steps) if near else None
        if near and near.anew and death and not near.work(storm):
            death = None
        if death is None:
            storm.weather.take_back_refusals()
            storm.weather.empty_disk()
            near, death = _led(storm, number, late)
        if death is None:
            near = None
            usual = [item for item in storm.arriving() if "large" not in item.key]
            for item in usual[:1] + [item for item in storm.answerable() if not item.order][: number % 2]:
                storm.happen(item)
            death = _choose(storm, late, ())
        storm.begin(death=death)
        if not storm.dies_by_itself(patiently=near is not None):
            near = None
    storm.weather.empty_disk()
    storm.weather.clear()


def led_to() -> frozenset[str]:
    """Every step to which there is a lead, so that nobody has to hope for it."""
    return frozenset(step for lead in LEADS for step in lead.steps)


def _choose(storm: Storm, late: bool, near: tuple[str, ...]) -> tuple[str, int] | None:
    return storm.plan.choose(late, near) if storm.plan.choose else None


def _led(storm: Storm, number: int, late: bool) -> tuple[Lead | None, tuple[str, int] | None]:
    """The next lead in turn that has a step at which nobody died yet, if it can be followed now."""
    if number and number % 3 == 0:
        return None, None  # any step, with any letter
    for place in range(len(LEADS)):
        lead = LEADS[(number + place) % len(LEADS)]
        if (late or not lead.late) and (death := _choose(storm, late, lead.steps)):
            return (lead, death) if lead.work(storm) else (None, None)
    return None, None


def _letter(*words: str) -> Callable[[Storm], bool]:
    """A letter with one of these words in its key arrives; without words, any."""

    def work(storm: Storm) -> bool:
        fitting = [item for item in storm.arriving() if not words or any(word in item.key for word in words)]
        for item in fitting[:1]:
            storm.happen(item)
        return bool(fitting)

    return work


def _many_letters(storm: Storm) -> bool:
    """More of them at once than are decided in the short turn of a life that is to die over them."""
    fitting = [item for item in storm.arriving() if "large" not in item.key][:3]
    for item in fitting:
        storm.happen(item)
    return len(fitting) > 1


def _nothing_yet(storm: Storm) -> bool:
    """No daemon has served here: the first one takes the texts of the replies into use."""
    return not storm.scene.rows("select 1 from template_sets")


def _no_day_kept(storm: Storm) -> bool:
    """The next daemon has to keep the days on which the servers' certificates end; only where servers have any."""
    if storm.scene.secure:
        storm.scene.forget_days()
    return storm.scene.secure


def _when_answered(fits: Callable[[Item], bool]) -> Callable[[Storm], bool]:
    """A daemon lives until people can do what they do after an answer; then it is killed, and they do it."""

    def work(storm: Storm) -> bool:
        wanted = [item for item in storm.todo if item.after and fits(item)][:2]
        letters = {item.after for item in wanted}
        for letter in [letter for letter in storm.arriving() if letter.key in letters]:
            storm.happen(letter)
        if wanted:
            storm.begin()
        end = time.monotonic() + PATIENCE_FOR_PEOPLE
        while wanted and time.monotonic() < end:
            for item in [item for item in storm.answerable() if item in wanted]:
                if item.order and not storm.happen(item):
                    continue
                storm.kill()
                return bool(item.order) or storm.happen(item)
            time.sleep(0.1)
        storm.kill()
        return False

    return work


def _refused(verb: str, kind: str) -> Callable[[Storm], bool]:
    """A letter arrives, and the SMTP server does not take the reply."""

    def work(storm: Storm) -> bool:
        storm.weather.refuse(verb, kind, times=6)
        return _letter("more-removal", "more-funeral", "more-news", "more-en")(storm)

    return work


def _three_deaths(storm: Storm) -> bool:
    """One letter over which the daemon dies three times."""
    if not _letter()(storm):
        return False
    for _ in range(3):
        storm.begin(death=("before decide", 1))
        if not storm.dies_by_itself(patiently=True):
            return False
        storm.kill()
    return True


def _renumbered(storm: Storm) -> bool:
    """The numbers of a folder with mail of ours change, after a daemon has seen them."""
    storm.begin()
    storm.dies_by_itself(patiently=True)
    storm.kill()
    return storm.weather.renumber()


def _copied_and_taken_away(storm: Storm) -> bool:
    """A person copies a mail within its folder and, when a daemon has seen that, deletes the copy."""
    copied = "select count(*) as n from events where event = 'copied_by_person'"
    before = storm.scene.rows(copied)[0]["n"]
    copy = storm.scene.copy_beside_itself()
    if copy is None:
        return False
    storm.begin()
    end, seen = time.monotonic() + PATIENCE_FOR_PEOPLE, False
    while not seen and time.monotonic() < end:
        seen = bool(storm.scene.rows(copied)[0]["n"] > before)
        time.sleep(0.1)
    storm.kill()
    storm.scene.delete(*copy)
    return seen


def _little_room(storm: Storm) -> bool:
    return storm.weather.fill_disk(leave=FREE_BYTES)


def _little_room_for_long(storm: Storm) -> bool:
    """The disk is nearly full, and has been for longer than is waited until people are told; nothing else is due."""
    storm.begin()
    said, quiet_since, end = 0, time.monotonic(), time.monotonic() + LONG_WAY
    while (now := time.monotonic()) < min(quiet_since + QUIET, end):  # else what is due takes the room that is left
        if (lines := len(storm.scene.log.lines)) != said:
            said, quiet_since = lines, now
        time.sleep(0.1)
    storm.kill()
    if not storm.weather.fill_disk(leave=FREE_BYTES):
        return False
    storm.begin()
    open_now, end = "select 1 from incidents where kind = 'disk_low' and state = 'open'", time.monotonic() + LONG_WAY
    while not storm.scene.rows(open_now):
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    storm.kill()
    storm.weather.pass_time(PAST_GRACE)
    return True


ORDERING = "folder_watch.ordering"
LEADS = (
    Lead(transactions=("template_life.taking.take_from_disk",), work=_nothing_yet),
    Lead(transactions=("incidents._keep_days",), work=_no_day_kept, anew=True),
    Lead(transactions=(f"{ORDERING}.carry_out", f"{ORDERING}._relabel", "overriding.set_category", f"{ORDERING}._do"),
         work=_when_answered(lambda item: item.order not in ("", "Closed"))),
    Lead(calls=("archive.keep_file",), work=_letter("made-large")),
    Lead(calls=("attach",), work=_letter("made-paper", "more-paper-", "receipt")),
    Lead(transactions=("intake._mark_sent",), work=_when_answered(lambda item: item.key.startswith("officer"))),
    Lead(transactions=("outbox._failed",), work=_refused("END", "4xx")),
    Lead(transactions=("outbox._no_answer", "unanswered._again"), work=_refused("END", "hung up")),
    Lead(transactions=(f"{ORDERING}._do",), work=_when_answered(lambda item: item.order == "Closed")),
    Lead(calls=("mailbox.beginning", "mailbox.outline"), work=_letter("made-too-large")),
    Lead(transactions=("burying.bury",), work=_refused("RCPT", "5xx")),
    Lead(transactions=("folder_watch.placing.place",), work=_renumbered),
    Lead(transactions=("holding.hold",), work=_three_deaths),
    Lead(transactions=("deciding._let_wait", "deciding._together"), work=_many_letters, anew=True),
    Lead(transactions=("folder_watch.placing.left_behind",), work=_copied_and_taken_away),
    Lead(transactions=("incidents._write_down",), work=_little_room, late=True),
    Lead(transactions=("incidents._tell",), calls=("render an alert",), work=_little_room_for_long, late=True),
)
