"""What happens in the simulated years, at random and repeatable: mails, what people do, when the daemon looks.

Times are seconds since 1970. A script is a list of turns in the order in which they happen. A mail, or a move in a mail
client, waits for the next look of the daemon; a command is carried out at once, whether the daemon runs or not.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from tests.year.ladders import Ladders
from tests.year.minutes import DAY, FIRST, HOUR, MINUTE
from tests.year.model import PRESSING

BEGIN = int(datetime(2026, 1, 1, 5, tzinfo=UTC).timestamp())
"""Midnight in Toronto."""
END = int(datetime(2028, 1, 1, 5, tzinfo=UTC).timestamp())
SHARES = {"critical": 9, "urgent": 16, "complex": 22, "review": 10, PRESSING: 5, "not_met": 18, "documents": 20}
"""Of a hundred mails; those of the Minister's Office are some of each."""
CATEGORIES = ("critical", "urgent", "complex", "review", "not_met")
WORDS = (*CATEGORIES, PRESSING)
LONGEST_STOP = 4 * DAY


class What(StrEnum):
    """What happens."""

    ARRIVES = "arrives"
    DOCUMENTS = "documents"
    """Documents come and are held: they are on the filing clock."""
    SETTLED = "settled"
    FOLLOWS_UP = "follows up"
    ANSWERED = "answered"
    BOUNCES = "bounces"
    WAITS = "waits"
    GOES_ON = "goes on"
    REOPENED = "reopened"
    CORRECTED = "corrected"
    CLOSED = "closed"
    CLOSURE = "closure"


MOVES = (What.WAITS, What.GOES_ON, What.REOPENED)
COMMANDS = (What.CORRECTED, What.CLOSED, What.CLOSURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that somebody does."""

    at: int
    what: What
    number: int
    says: str = ""
    """A category, or what a mail is about."""
    mil: bool = False
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A command, or a look of the daemon with what it finds."""

    now: int
    """What the computer's clock shows."""
    command: Act | None = None
    moves: tuple[Act, ...] = ()
    mails: tuple[Act, ...] = ()
    started: bool = False
    reads_rules: bool = False
    """The rules are read again after this look."""


@dataclass(slots=True)
class Script:
    """Two years."""

    seed: int
    rules: Ladders
    """Those that it begins with."""
    turns: list[Turn] = field(default_factory=list)
    mails: int = 0
    acts: int = 0
    looks: int = 0
    stops: int = 0


def receipts(draw: random.Random, count: int, rules: Ladders, about: Sequence[int] = ()) -> list[int]:
    """Most in office hours, many at night and on weekends, some just at an opening or closing, or before `about`."""
    edges = [FIRST + rules.office.wall.index(day, minute) * MINUTE
             for day in rules.office.working for minute in rules.office.hours_of(day)]
    edges = [edge for edge in edges if BEGIN <= edge < END - HOUR]
    changes = [at for at in range(BEGIN, END, HOUR) if offset(at, rules) != offset(at + HOUR, rules)]
    found = []
    for _ in range(count):
        kind = draw.random()
        if about and draw.random() < 0.15:
            found.append(draw.choice(about) - spread(draw, 12 * HOUR))
        elif kind < 0.55:
            opens = draw.choice(edges)
            found.append(opens + draw.randrange(-12 * HOUR, 12 * HOUR))
        elif kind < 0.9:
            found.append(draw.randrange(BEGIN, END))
        elif kind < 0.97:
            found.append(draw.choice(edges) + draw.choice((-1, 0, 1, -60, 60)))
        else:
            found.append(draw.choice(changes) + draw.randrange(-2 * DAY, DAY))
    return sorted(min(max(at, BEGIN), END - 1) for at in found)


def offset(at: int, rules: Ladders) -> object:
    return datetime.fromtimestamp(at, rules.office.wall.zone).utcoffset()


def life(draw: random.Random, number: int, received: int, rules: Ladders) -> Iterator[Act]:
    """One mail and what becomes of it."""
    says = draw.choices(list(SHARES), list(SHARES.values()))[0]
    if says == "documents":
        yield Act(at=received, what=What.DOCUMENTS, number=number)
        if draw.random() < 0.8:
            yield Act(at=received + spread(draw, 3 * DAY), what=What.SETTLED, number=number)
        return
    mil = draw.random() < 0.06
    yield Act(at=received, what=What.ARRIVES, number=number, says=says, mil=mil)
    times = near(draw, says, received, mil, rules)
    often = 3 if draw.random() < 0.25 else 1  # much happens to a few, and soon

    def when(mean: int) -> int:
        return times() if draw.random() < 0.4 else received + spread(draw, mean // often**2)

    if says == "not_met" and draw.random() < 0.1:
        yield Act(at=received + 5 + draw.randrange(HOUR), what=What.BOUNCES, number=number)
    if draw.random() < 0.2 * often:
        at = when(DAY)
        for _ in range(draw.choice((1, 1, 2, 3))):
            yield Act(at=at, what=What.WAITS, number=number)
            at += spread(draw, 2 * DAY)
            yield Act(at=at, what=What.GOES_ON, number=number)
            at += spread(draw, DAY)
    while draw.random() < 0.12 * often:
        yield Act(at=when(2 * DAY), what=What.FOLLOWS_UP, number=number, says=draw.choice(WORDS))
    while draw.random() < 0.07 * often:
        yield Act(at=when(2 * DAY), what=What.CORRECTED, number=number, says=draw.choice(CATEGORIES))
    if draw.random() < 0.7:
        yield Act(at=when(2 * DAY), what=What.ANSWERED, number=number)
    if draw.random() < 0.15:
        at = when(3 * DAY)
        yield Act(at=at, what=What.CLOSED, number=number)
        if draw.random() < 0.3:
            yield Act(at=at + spread(draw, DAY), what=What.REOPENED, number=number)


def near(draw: random.Random, says: str, received: int, mil: bool, rules: Ladders) -> Callable[[], int]:
    """Moments at and about the steps of its ladder, as it is first counted."""
    clock = "critical" if says in (PRESSING, "critical") else says
    lane = mil and clock != "critical"
    due = rules.due(clock, received, mil=lane)
    steps = rules.of_case("review" if says == PRESSING else says, received, due.reply_by, due.action_by, mil=lane)

    def one() -> int:
        off = draw.choice((0, 0, -1, 1, draw.randrange(-600, 600), draw.randrange(-3 * HOUR, 3 * HOUR)))
        return max(received + 1, draw.choice(steps)[1] + off)

    return one


def spread(draw: random.Random, mean: int) -> int:
    return 1 + int(draw.expovariate(1 / mean))


def closures(draw: random.Random, rules: Ladders, count: int) -> Iterator[Act]:
    """Days on which the office is closed, some told on the very morning."""
    step = (END - BEGIN) // count
    for number in range(count):
        at = BEGIN + number * step + draw.randrange(step // 2)
        first = rules.office.day_of(at) + draw.choice((0, 0, 1, 2, 5, 12))
        days = [day for day in range(first, first + draw.choice((1, 1, 2, 4))) if rules.office.works_on(day)]
        if days:
            yield Act(at=at, what=What.CLOSURE, number=-1, days=tuple(date.fromordinal(day) for day in days))


def stops(draw: random.Random, count: int) -> list[tuple[int, int]]:
    """From when to when the daemon is stopped."""
    found, at = [], BEGIN
    for _ in range(count):
        at += spread(draw, (END - BEGIN) // count)
        length = min(spread(draw, 10 * HOUR), LONGEST_STOP) if draw.random() < 0.8 else draw.randrange(LONGEST_STOP)
        found.append((at, at + length))
        at += length
    return [(begin, min(end, END)) for begin, end in found if begin < END]


def wrong_clock(draw: random.Random, count: int) -> list[tuple[int, int, int]]:
    """From when to when the computer's clock is behind, and by how much: set back, and set right again."""
    begins = sorted(draw.randrange(BEGIN, END) for _ in range(count))
    return [(begin, begin + draw.randrange(MINUTE, 8 * HOUR), -draw.randrange(MINUTE, 10 * MINUTE)) for begin in begins]


def script(seed: int, count: int, rules: Ladders, *, gap: int) -> Script:
    """`count` mails in two years; `gap`: seconds between two looks of the daemon, on average."""
    draw = random.Random(seed)
    closed_days = list(closures(draw, rules, 10))
    received = receipts(draw, count, rules, [act.at for act in closed_days])
    acts = [act for number, at in enumerate(received, 1) for act in life(draw, number, at, rules)]
    acts = sorted((*acts, *closed_days), key=lambda act: act.at)
    down = stops(draw, 40)
    slow = wrong_clock(draw, 40)
    told = Script(seed=seed, rules=rules, mails=count, acts=len(acts), stops=len(down))
    # about when the clock is put back, and set right, the daemon looks just before and just after; and at many moves
    about = [at + off for begin, end, _ in slow for at in (begin, end) for off in (-15, 15)]
    about += [act.at for act in acts if act.what in MOVES and draw.random() < min(0.3, 1000 / count)]
    looks = looked_at(draw, [act.at for act in acts], about, down, gap)
    started = {end for _, end in down}

    def shown(at: int) -> int:
        return at + next((behind for begin, end, behind in slow if begin <= at < end), 0)

    moves: list[Act] = []
    mails: list[Act] = []
    place = 0
    for at in (*looks, looks[-1] + 30 * DAY):
        closed = False
        while place < len(acts) and acts[place].at <= at:
            act = acts[place]
            place += 1
            if act.what in COMMANDS:
                told.turns.append(Turn(now=shown(act.at), command=act))
                closed = closed or act.what is What.CLOSURE
            else:
                (moves if act.what in MOVES else mails).append(act)
        reads = closed or draw.random() < 0.01
        told.turns.append(Turn(now=shown(at), moves=tuple(moves), mails=tuple(mails), started=at in started,
                               reads_rules=reads))
        moves, mails = [], []
    told.looks = len(looks) + 1
    return told


def looked_at(
    draw: random.Random, acts: Sequence[int], about: Sequence[int], down: Sequence[tuple[int, int]], gap: int
) -> list[int]:
    """When the daemon looks: now and then, soon after something came, and at each start; never while it is stopped."""
    found, at = {*about, *(end for _, end in down)}, BEGIN
    while at < END + 10 * DAY:
        at += spread(draw, gap)
        found.add(at)
    often = min(0.3, 3000 / max(len(acts), 1))
    # at that very second, two before it (timers are looked at two seconds into a look), or soon after
    found.update(at + draw.choice((0, -2, draw.randrange(90))) for at in acts if draw.random() < often)
    begins = [begin for begin, _ in down]

    def stopped(at: int) -> bool:
        place = bisect_left(begins, at + 1) - 1
        return place >= 0 and at < down[place][1]

    return sorted(at for at in found if not stopped(at))
