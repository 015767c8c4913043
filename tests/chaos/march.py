"""Deaths at named steps, one after the other, in good weather: each daemon gets work that leads it to its step.

After a death at a step the work that led there is still to be done, so the next daemon dies at the step beside it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.chaos.stream import Item

if TYPE_CHECKING:
    from tests.chaos.storm import Storm

PATIENCE_FOR_PEOPLE = 6.0
PEOPLE = ("folder_watch.ordering", "folder_watch.placing", "overriding.")
"""Words in the names of steps at which a daemon looks at what a person moved."""
LEADS = (
    ("large", ("mailbox.beginning", "mailbox.outline")), ("paper", ("attach", "keep_file")),
    ("receipt", ("attach", "keep_file")), ("officer", ("_mark_sent",)),
)
"""Words in the key of a letter, and in the names of steps to which it leads."""
REFUSALS = (
    ("END", "4xx", ("outbox._failed",)), ("RCPT", "5xx", ("burying.", "holding.")),
    ("END", "hung up", ("outbox._no_answer", "unanswered.")),
)
"""What the SMTP server says at which verb, and the steps to which that leads."""


def march(storm: Storm, count: int, *, late: bool) -> None:
    """So many daemons, each of which is to die at a named step; one that does not come to it is killed."""
    near: tuple[str, ...] = ()
    for number in range(count):
        storm.kill()
        death = storm.plan.choose(late, near) if near and storm.plan.choose else None
        if death is None:
            near = _people(storm) if number and number % 9 == 0 and not late else _lead(storm, number)
            death = storm.plan.choose(late, near) or storm.plan.choose(late, ()) if storm.plan.choose else None
        storm.begin(death=death)
        if not storm.dies_by_itself():
            near = ()
    storm.weather.clear()


def _people(storm: Storm) -> tuple[str, ...]:
    """A daemon lives until a letter lies where a person can move it; then it is killed, and that person does."""
    wanted = [item for item in storm.todo if item.order][:2]
    if not wanted:
        return ()
    for letter in [letter for letter in storm.arriving() if letter.key in {item.after for item in wanted}]:
        storm.happen(letter)
    storm.begin()
    end = time.monotonic() + PATIENCE_FOR_PEOPLE
    while time.monotonic() < end:
        for item in [item for item in storm.answerable() if item in wanted]:
            storm.happen(item)
            if item not in storm.todo:
                storm.kill()
                return PEOPLE
        time.sleep(0.1)
    storm.kill()
    return ()


def _lead(storm: Storm, number: int) -> tuple[str, ...]:
    """Something for a daemon to do. Returns words in the names of the steps to which it leads."""
    answers = [item for item in storm.answerable() if not item.order]
    letters: list[Item] = storm.arriving()[:1] + answers[: number % 2]
    for item in letters:
        storm.happen(item)
    for item in letters:
        for word, near in LEADS:
            if word in item.key:
                return near
    if number % 3 == 1:
        verb, kind, near = REFUSALS[number // 3 % len(REFUSALS)]
        storm.weather.refuse(verb, kind, times=3)
        return near
    return ()
