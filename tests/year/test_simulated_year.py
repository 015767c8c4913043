"""Two simulated years through the real rows: every step fires once, in order, at the first look after its time.

The seed is printed on failure; INBOXD_YEAR_SEED sets another. `make year` plays many more mails.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.year import SEED
from tests.year.ladders import FILING, family
from tests.year.lives import BEGIN, END, What, script
from tests.year.minutes import DAY, HOUR
from tests.year.playing import Play, Played, play

SELDOM = 5 * DAY
"""Few looks are enough where something is wrong on purpose."""


def expect_as_the_rules_say(played: Played) -> None:
    assert played.wrong == [], f"seed {played.script.seed}"


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("mails", "tells", "story"), [(200, True, 0), (400, False, 1)])
def test_every_step_fires_once_in_order_and_what_was_taken_away_never(
    tmp_path: Path, mails: int, tells: bool, story: int
) -> None:
    """Beside answers, pauses, raises, corrections, closures; with a daemon that stops and a clock that is put back."""
    played = play(tmp_path, seed=SEED + story, mails=mails, tells=tells)
    expect_as_the_rules_say(played)
    assert played.fired > mails, "most cases have more than one step to tell"
    assert played.moved > 0
    assert played.script.stops > 10


def test_the_story_has_everything_in_it(tmp_path: Path) -> None:
    """A comparison proves nothing about what does not happen."""
    story = play(tmp_path, seed=SEED, mails=0, tells=False).script
    rules = story.rules
    turns = script(SEED, 3000, rules, gap=8 * HOUR).turns
    acts = [act for turn in turns for act in (*turn.moves, *turn.mails, *((turn.command,) if turn.command else ()))]
    assert {act.what for act in acts} == set(What)
    arrivals = [act.at for act in acts if act.what in (What.ARRIVES, What.DOCUMENTS)]
    assert len(arrivals) == 3000
    assert min(arrivals) < BEGIN + 10 * DAY
    assert max(arrivals) > END - 10 * DAY
    closed = sum(not rules.office.is_open(at) for at in arrivals)
    assert 0.3 < closed / len(arrivals) < 0.8, "nights, weekends and holidays"
    assert {at % 60 for at in arrivals} == set(range(60))
    gaps = [later.now - earlier.now for earlier, later in pairwise(turns)]
    assert sum(gap < 0 for gap in gaps) > 10, "the clock is put back"
    assert max(gaps) > DAY, "the daemon is stopped for long"


@pytest.mark.parametrize("lost", [What.WAITS, What.CORRECTED, What.SETTLED])
def test_the_comparison_sees_what_is_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: What) -> None:
    """Had inboxd missed one sort of event, the rows would not be what the rules say."""
    for name in ("mail", "move", "command"):
        real = getattr(Play.world_type, name)
        monkeypatch.setattr(
            Play.world_type, name, lambda self, act, real=real: 0 if act.what is lost else real(self, act))
    assert play(tmp_path, seed=SEED, mails=60, tells=False, gap=SELDOM).wrong != []


def test_the_comparison_sees_a_step_that_is_told_late_twice_or_out_of_order(tmp_path: Path) -> None:
    run = Play.of(tmp_path, seed=SEED, mails=60, tells=False, gap=SELDOM)
    assert run.run().wrong == []
    fired = run.model.fired
    assert Counter(family(timer.kind) for timer in fired).keys() == {"reply", "action", FILING}
    fired[0], fired[-1] = fired[-1], fired[0]
    assert any("out of order" in line for line in run.differences())
    fired[0], fired[-1] = fired[-1], fired[0]
    assert run.differences() == []
    fired[5].due += 1
    assert [line.partition(":")[0] for line in run.differences()][:2] == ["too much", "missing"]
    run.world.close()
