"""What people are told by the ladder, and when: each step once, in order, whatever stops, sleeps or moves the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from inboxd import alerts, jobs, timers
from inboxd.cli.verifying import verify
from inboxd.errors import Permanent
from inboxd.tables import effects, mails
from inboxd.tables import timers as timer_rows
from tests.crash.letters import in_bytes, letter
from tests.scenarios.officers import ALONE, CRITICAL, TUESDAY, URGENT, Desk, FakePost, drag
from tests.scenarios.world import open_world

TEAM, ON_CALL, MANAGERS = "duty@officers.ircc.example", "pager@officers.ircc.example", "boss@officers.ircc.example"
PEOPLE = {**ALONE, "office": f'on_call = ["{ON_CALL}"]\nmanagers = ["{MANAGERS}"]'}
ANSWER = "We called the office.\n"
URGENT_LADDER = ["reply_warning", "reply_warning_2", "reply_breach", "escalation_1", "escalation_2"]
CRITICAL_LADDER = ["page", "reply_warning", "action_warning", "reply_warning_2", "reply_breach", "action_alarm",
                   "escalation_1", "escalation_2"]
HOUR = timedelta(hours=1)


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest, post: FakePost) -> Iterator[Desk]:
    """An office with somebody on call and managers."""
    with open_world(tmp_path, PEOPLE, post, request.getfixturevalue(request.param)) as world:
        yield Desk(world, post)


def rang(desk: Desk) -> list[str]:
    """Kinds of the timers that rang, in the order of the journal."""
    return [detail["kind"] for detail in desk.journal("timer_fired")]


def notices(desk: Desk) -> list[tuple[str, str]]:
    """Template and recipient of every internal notice, in order of sending."""
    internal = select(effects.c.template, effects.c.recipient).where(effects.c.mail_id.is_(None))
    return [(row.template, row.recipient) for row in desk.rows(internal.order_by(effects.c.id))]


def texts(desk: Desk, words: str) -> list[str]:
    """The text of each mail to the team whose subject has these words, on single spaces."""
    found = [out for out in desk.post.sent() if words in str(out.message["Subject"]) and out.recipients == (TEAM,)]
    return [" ".join(out.text.split()) for out in found]


def starts(desk: Desk) -> None:
    """What the daemon does at its start."""
    desk.restart()
    desk.world.context.started = desk.world.clock.at


# --- who -----------------------------------------------------------------------------------------------------------


def test_each_step_tells_its_own_people_and_the_team(office: Desk) -> None:
    office.arrives(CRITICAL)
    for _ in range(48):
        office.later(hours=1)
    assert rang(office) == CRITICAL_LADDER
    assert notices(office) == [
        ("page", ON_CALL), ("page", TEAM), ("reminder", TEAM), ("action_reminder", ON_CALL), ("action_reminder", TEAM),
        ("reminder", TEAM), ("breach", TEAM), ("action_alarm", ON_CALL), ("action_alarm", TEAM),
        ("escalation", MANAGERS), ("escalation", TEAM), ("escalation", MANAGERS), ("escalation", TEAM)]


def test_where_nobody_is_on_call_and_no_managers_are_named_the_team_is_told_once(desk: Desk) -> None:
    desk.arrives(CRITICAL)
    for _ in range(48):
        desk.later(hours=1)
    assert {recipient for _, recipient in notices(desk)} == {TEAM}
    assert len(notices(desk)) == len(CRITICAL_LADDER)


def test_notices_say_what_when_how_long_and_where_to_look(desk: Desk) -> None:
    reference = desk.arrives(URGENT)
    for _ in range(72):
        desk.later(hours=1)
    first, second = texts(desk, "a reply is due")
    for text in (first, second):
        for words in (reference, "urgent", "Thursday, November 5, 2026, 10:00 a.m. (ET)", "inboxd show 1",
                      "jeudi 5 novembre 2026, 10\N{NO-BREAK SPACE}h (HE)".replace("\N{NO-BREAK SPACE}", " ")):
            assert words in text
        assert "comes late" not in text
    assert "Office time left: 8 hours" in first
    assert "Office time left: 2 hours" in second
    assert "Temps ouvrable restant : 8 heures" in first.replace("\N{NO-BREAK SPACE}", " ")
    assert ["Late by: 4 hours of office time" in text for text in texts(desk, "step 1")] == [True]
    assert ["Late by: 12 hours of office time" in text for text in texts(desk, "step 2")] == [True]


def test_subjects_sort_by_urgency_and_then_by_due_time(desk: Desk) -> None:
    desk.arrives(URGENT)
    desk.arrives(URGENT, at=TUESDAY + HOUR)
    desk.later(days=4)
    subjects = [str(out.message["Subject"]) for out in desk.post.sent() if out.recipients == (TEAM,)]
    late = sorted(subject for subject in subjects if subject.startswith("[LATE]"))
    assert len(late) == 6
    assert [subject.split(" ")[2] for subject in late] == ["10:00"] * 3 + ["11:00"] * 3


# --- once, in order, whatever happens ------------------------------------------------------------------------------


def test_a_daemon_that_was_stopped_for_days_tells_everything_once_in_order_and_why_it_is_late(office: Desk) -> None:
    office.arrives(CRITICAL)
    office.arrives(URGENT, at=TUESDAY + HOUR)
    office.world.clock.forward(days=6)
    starts(office)
    office.run()
    assert sorted(rang(office)) == sorted([*CRITICAL_LADDER, *URGENT_LADDER])
    told = [text for text in texts(office, "MC26") if "comes late" in text]
    assert len(told) == len(rang(office)) - 1, "all but the page, which was told in time"
    assert all("inboxd was not running at that time." in text for text in told)
    assert all("inboxd ne fonctionnait pas" in text for text in told)
    before = notices(office)
    starts(office)
    office.later(days=30)
    assert notices(office) == before


def test_late_steps_ring_in_the_order_in_which_they_were_planned(office: Desk) -> None:
    office.arrives(CRITICAL)
    office.arrives(URGENT, at=TUESDAY + HOUR)
    office.world.clock.forward(days=6)
    starts(office)
    office.run()
    due = {(row.kind, row.case_id): row.due_at for row in office.rows(select(timer_rows))}
    sent = [line.split("kind=")[1].split()[0] + line.split("case=")[1].split()[0]
            for line in office.world.log.getvalue().splitlines() if "timer.fired" in line]
    times = [due[kind[:-1], int(kind[-1])] for kind in sent]
    assert times == sorted(times)


def test_a_computer_that_slept_tells_late_and_does_not_blame_a_stop(desk: Desk) -> None:
    starts(desk)
    desk.arrives(URGENT)
    desk.world.clock.forward(days=1, hours=10)
    assert jobs.something_due(desk.world.context)
    desk.run()
    (text,) = texts(desk, "a reply is due")
    assert "it was planned for Wednesday, November 4, 2026, 2:00 p.m. (ET)" in text
    assert "inboxd was running but could not act then" in text
    assert "Office time left: 3 hours" in text, "it is 20:00, due tomorrow at 10:00"


def test_a_clock_that_is_set_back_rings_nothing_twice_and_loses_nothing(desk: Desk) -> None:
    desk.arrives(URGENT)
    desk.later(days=1, hours=5)
    assert rang(desk) == ["reply_warning"]
    desk.world.clock.forward(hours=-20)
    assert not jobs.something_due(desk.world.context)
    desk.run()
    assert rang(desk) == ["reply_warning"]
    for _ in range(72):
        desk.later(hours=1)
    assert rang(desk) == URGENT_LADDER


def test_a_clock_that_is_set_forward_and_back_again_tells_each_step_once(desk: Desk) -> None:
    desk.arrives(URGENT)
    desk.later(days=1, hours=23)
    assert rang(desk) == URGENT_LADDER[:2]
    desk.world.clock.forward(days=-1, hours=-20)
    for _ in range(110):
        desk.later(hours=1)
    assert rang(desk) == URGENT_LADDER


def test_two_processes_that_see_the_same_step_tell_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.arrives(URGENT)
    desk.world.clock.forward(days=1, hours=5)
    prepare, context = alerts.prepare, desk.world.context

    def while_another_fires(*given: Any, **values: Any) -> Any:
        monkeypatch.setattr(alerts, "prepare", prepare)
        assert timers.fire_due(context) == 1
        return prepare(*given, **values)

    monkeypatch.setattr(alerts, "prepare", while_another_fires)
    assert timers.fire_due(context) == 0
    desk.run()
    assert notices(desk) == [("reminder", TEAM)]


def test_a_step_whose_notice_cannot_be_written_holds_up_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.arrives(URGENT)
    second = desk.arrives(URGENT, at=TUESDAY + HOUR)
    prepare, context = alerts.prepare, desk.world.context

    def refuse_the_first(app: Any, key: str, *given: Any, **values: Any) -> Any:
        if first in key:
            raise Permanent("the notice cannot be rendered")
        return prepare(app, key, *given, **values)

    monkeypatch.setattr(alerts, "prepare", refuse_the_first)
    desk.world.clock.forward(days=1, hours=6)
    with pytest.raises(Permanent, match="cannot be rendered"):
        timers.fire_due(context)
    assert rang(desk) == ["reply_warning"], "the second case's"
    monkeypatch.setattr(alerts, "prepare", prepare)
    desk.run()
    assert rang(desk) == ["reply_warning"] * 2
    assert len(texts(desk, first)) == len(texts(desk, second)) == 1


# --- answers, pauses, raises ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "told"), [(3, 0), (30, 1), (47, 2), (49, 3), (53, 4)])
def test_an_answer_stops_every_step_that_is_still_to_come(desk: Desk, hours: int, told: int) -> None:
    reference = desk.arrives(URGENT)
    for _ in range(hours):
        desk.later(hours=1)
    assert rang(desk) == URGENT_LADDER[:told]
    desk.world.deliver(in_bytes(letter(f"Re: {reference}", ANSWER, sender="kim@officers.ircc.example")),
                       desk.world.clock.at)
    desk.later(days=10)
    assert rang(desk) == URGENT_LADDER[:told]
    assert desk.timers() == {}


def test_an_answer_that_was_read_late_still_stops_what_came_due_meanwhile(desk: Desk) -> None:
    """The daemon was stopped: it reads the Sent folder before it rings."""
    reference = desk.arrives(CRITICAL)
    desk.world.deliver(in_bytes(letter(f"Re: {reference}", ANSWER, sender="kim@officers.ircc.example")),
                       TUESDAY + 3 * HOUR, "Sent")
    desk.world.clock.forward(days=5)
    starts(desk)
    desk.run()
    assert rang(desk) == ["page", "action_warning", "action_alarm"], "the alarm never stops (domain.md C1)"


def test_a_case_that_waits_is_silent_and_goes_on_with_every_step_it_had_left(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    desk.later(days=1, hours=5)
    assert rang(desk) == ["reply_warning"]
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    assert sorted(desk.timers("paused")) == sorted(URGENT_LADDER[1:])
    before = desk.timers("paused")
    desk.later(days=1)
    assert rang(desk) == ["reply_warning"]
    drag(post.box, "Waiting", "Enquiries/Urgent")
    desk.run()
    assert desk.timers()["reply_breach"] == before["reply_breach"] + timedelta(days=1)
    assert desk.timers()["reply_warning_2"] == before["reply_warning_2"] + timedelta(days=1)
    assert desk.timers()["escalation_1"] == before["escalation_1"] + timedelta(days=1)
    for _ in range(24 * 8):
        desk.later(hours=1)
    assert rang(desk) == URGENT_LADDER


def test_a_follow_up_that_raises_a_case_sets_the_ladder_anew(desk: Desk) -> None:
    desk.arrives(URGENT, message_id="<first@parl.example>")
    desk.later(days=1, hours=5)
    raise_it = letter("Re: A constituent", f"{CRITICAL}\n", In_Reply_To="<first@parl.example>")
    desk.world.deliver(in_bytes(raise_it), desk.world.clock.at)
    desk.run()
    assert set(desk.timers()) == {*CRITICAL_LADDER} - {"page"}, "people were paged at once"
    for _ in range(48):
        desk.later(hours=1)
    assert sorted(rang(desk)) == sorted(["reply_warning", *CRITICAL_LADDER])


def test_a_notice_of_a_step_that_a_person_set_late_says_so(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    desk.later(hours=30)
    drag(post.box, "Enquiries/Urgent", "Enquiries/Critical")
    desk.run()
    (breach,) = texts(desk, "a reply is late")
    assert "its clock was set anew, only after that time" in breach


def test_a_mail_that_came_while_nothing_ran_says_that_nothing_ran(desk: Desk) -> None:
    desk.world.clock.at = TUESDAY + timedelta(days=3)
    starts(desk)
    desk.arrives(URGENT)
    (breach,) = texts(desk, "a reply is late")
    assert "inboxd was not running at that time" in breach


# --- earlier versions ----------------------------------------------------------------------------------------------


def test_a_case_that_was_opened_under_older_settings_keeps_its_timers(desk: Desk) -> None:
    """It has one reminder, six hours before, and no escalation; closing it and opening it again gives it ours."""
    reference = desk.arrives(URGENT)
    older = desk.case(reference).reply_by - 6 * HOUR
    with desk.world.context.database.transaction() as tx:
        tx.execute(delete(timer_rows).where(timer_rows.c.kind.not_in(("reply_warning", "reply_breach"))))
        tx.execute(update(timer_rows).where(timer_rows.c.kind == "reply_warning").values(due_at=older))
    for _ in range(100):
        desk.later(hours=1)
    assert rang(desk) == ["reply_warning", "reply_breach"]
    assert [template for template, _ in notices(desk)] == ["reminder", "breach"]


def test_documents_of_an_older_version_still_ring(desk: Desk) -> None:
    desk.arrives(URGENT)
    with desk.world.context.database.transaction() as tx:
        mail_id = tx.scalar(select(func.min(mails.c.id)))
        tx.execute(delete(timer_rows))
        for kind, days in (("filing_warning", 2), ("filing_breach", 5)):
            tx.execute(timer_rows.insert().values(key=f"mail/1/{kind}", mail_id=mail_id, kind=kind, state="set",
                                                  due_at=TUESDAY + timedelta(days=days)))
    desk.later(days=2)
    (text,) = texts(desk, "documents are not filed yet")
    assert "To be filed by: Sunday, November 8, 2026, 10:00 a.m. (ET)" in text, "the breach, not the warning"
    desk.later(days=9)
    assert [template for template, _ in notices(desk)] == ["filing_reminder", "filing_breach"]


def test_verify_names_a_case_that_nothing_would_call_late(desk: Desk) -> None:
    reference = desk.arrives(URGENT)
    assert verify(desk.world.context, deep=False, offline=True).gaps == []
    with desk.world.context.database.transaction() as tx:
        tx.execute(update(timer_rows).where(timer_rows.c.kind == "reply_breach").values(state="cancelled"))
    gap, = verify(desk.world.context, deep=False, offline=True).gaps
    assert gap == f"case {reference} is not answered and no timer would say that it is late"
