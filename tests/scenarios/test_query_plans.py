"""Whatever has piled up, a mail is taken, decided, answered and filed by index: no question reads a whole table.

SQLite chooses its plans without knowing how full a table is, so those of an empty store are those of a full one.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from inboxd import digest, incidents, jobs, metrics, sealing
from inboxd.folder_watch import Watch
from inboxd.store import backlogs
from tests.scenarios.posts import FakePost
from tests.scenarios.reading import folders, read
from tests.scenarios.test_scenarios import play
from tests.scenarios.world import Rows, World, open_world

STORIES = {
    "002": "documents that are attached", "208": "a bounce", "212": "an answer in the Sent folder",
    "235": "a question about a case", "250": "a follow-up", "270": "a critical case", "290": "the same mail twice",
    "311": "held documents that fall late", "480": "several cases in one mail", "650": "documents completed by a reply",
    "691": "an answer of the SMTP server that was lost",
}
GROWING = ("mails", "sightings", "effects", "events", "seals", "cases", "case_mails", "timers", "files", "filings",
           "submissions", "settlings", "reply_values", "pauses", "overrides", "tombstones", "applications")
"""Tables with rows for each mail, or as many as an office has records."""
MOST_ROWS = {"done", "answered", "cancelled", "fired", "closed", "set", "attached"}
"""States that most rows of a table are in: an index by one of them alone is no help."""
STAGES = ("intake", "deciding", "process", "outbox", "timers", "holding", "refetching", "canaries", "unanswered",
          "jobs", "incidents", "sealing", "metrics", "looking", "placing", "pacing", "backlogs")
ONE_ROW = "ORDER BY seals.place DESC"
"""From the end of the primary key, one row: the plan calls it a scan."""
ONCE_A_DAY = "digest"


@contextmanager
def _asked(rows: Rows) -> Iterator[dict[str, tuple[Any, str]]]:
    """Each statement that a stage asks meanwhile, with its parameters and who asked."""
    found: dict[str, tuple[Any, str]] = {}

    def keep(_: object, __: object, statement: str, parameters: Any, ___: object, many: bool) -> None:
        if statement in found or not statement.startswith(("SELECT", "UPDATE", "DELETE")):
            return
        callers = [f"{Path(frame.filename).stem}.{frame.name}" for frame in traceback.extract_stack()
                   if "/inboxd/" in frame.filename]
        if any(caller.split(".")[0] in STAGES for caller in callers) and not any(ONCE_A_DAY in who for who in callers):
            found[statement] = (parameters[0] if many else parameters), callers[-1]

    event.listen(rows.database.engine, "before_cursor_execute", keep)
    try:
        yield found
    finally:
        event.remove(rows.database.engine, "before_cursor_execute", keep)


def _rounds(world: World) -> None:
    """What the daemon does besides the stages, at each round, tick or minute."""
    app = world.context
    jobs.something_due(app)
    incidents.look(app)
    metrics.write(app)
    sealing.seal(app)
    digest.send_due(app)
    Watch().look(app)
    with app.database.reading() as tx:  # as when a queue is long
        now, hour = app.now(), timedelta(hours=1)
        backlogs.undecided(tx, app.settings.mailbox.account, now, hour, least=0)
        backlogs.unsent(tx, now, hour, least=0, proof=True)


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[str], set[str], str]]:
    """The plan of each statement that the stories ask, with the words among its parameters and who asks it."""
    root = tmp_path_factory.mktemp("plans")
    rows = Rows(f"sqlite:///{root}/rows.sqlite")
    stories = [folder for folder in folders() if folder.name.partition("-")[0] in STORIES]
    assert len(stories) == len(STORIES)
    with _asked(rows) as asked:
        for folder in stories:
            story = read(folder)
            with open_world(root / folder.name, story.sections, FakePost(), rows) as world:
                assert play(world, story) == []
                _rounds(world)
    explained = {}
    with rows.database.engine.connect() as connection:
        for statement, (parameters, who) in asked.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            words = {str(value) for value in parameters if isinstance(value, str)}
            explained[statement] = [str(step[3]) for step in plan], words, who
    rows.database.close()
    return explained


def test_the_stories_ask_what_a_mail_asks(plans: dict[str, tuple[list[str], set[str], str]]) -> None:
    asked = " ".join(plans)
    assert len(plans) > 100
    assert {table for table in GROWING if f" {table}" not in asked} == set()


def test_no_question_reads_a_whole_table(plans: dict[str, tuple[list[str], set[str], str]]) -> None:
    whole = re.compile(rf"SCAN ({'|'.join(GROWING)})\b")
    found = [f"{who}: {step}: {statement}" for statement, (plan, _, who) in plans.items() for step in plan
             if whole.match(step) and ONE_ROW not in statement]
    assert found == []


def test_no_question_goes_through_all_that_was_ever_done(plans: dict[str, tuple[list[str], set[str], str]]) -> None:
    found = [f"{who}: {step}: {statement}" for statement, (plan, words, who) in plans.items() for step in plan
             if step.endswith("(state=?)") and words & MOST_ROWS]
    assert found == []


@pytest.mark.parametrize(("asked", "indexes"), [
    ("sender_given_back", {"ix_events_at_retried", "ix_mails_sender_held", "ix_mails_thread_held"}),
    ("template = 'outsider'", {"ix_effects_recipient_outsider"}),
])
def test_a_sender_who_writes_for_years_costs_no_more(
    plans: dict[str, tuple[list[str], set[str], str]], asked: str, indexes: set[str]
) -> None:
    steps = [" ".join(plan) for statement, (plan, _, _) in plans.items() if asked in statement]
    assert steps
    for step in steps:
        assert {index for index in indexes if index in step} == indexes
        assert "ix_mails_sender_decided_at" not in step, "that would be all mail of the sender"
