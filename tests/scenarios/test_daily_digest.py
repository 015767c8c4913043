"""The day's digest: exactly once for each business day whatever happens, and what it says is what the rows say."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from inboxd import alerts, digest, jobs, timers
from inboxd.calendar import BusinessCalendar, OpenHours
from inboxd.cli.verifying import verify
from inboxd.daemon import Daemon
from inboxd.mail import Language
from inboxd.store import agenda
from inboxd.tables import effects, metadata
from tests.crash.letters import in_bytes, letter
from tests.scenarios.officers import CRITICAL, REFUSED, TUESDAY, URGENT, Desk, FakePost, drag, open_desk, submission
from tests.scenarios.world import Rows

OFFICE = {"rules": "second_reader = false", "office": 'digest_at = "07:00"'}
SEVEN = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
"""Wednesday, 07:00 in Ottawa, in winter time."""
TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(tmp_path: Path, request: pytest.FixtureRequest, post: FakePost) -> Iterator[Desk]:
    with open_desk(tmp_path, post, request.getfixturevalue(request.param), OFFICE) as opened:
        yield opened


def at(desk: Desk, moment: datetime) -> int:
    """The clock shows this, and the daemon's loop turns. How many digests that made."""
    desk.world.clock.at = moment
    made = digest.send_due(desk.world.context)
    desk.run()
    return made


def days_told(desk: Desk) -> list[str]:
    """The days whose digests were sent, in order of sending."""
    keys = desk.rows(select(effects.c.key).where(effects.c.template == "digest").order_by(effects.c.id))
    return [row.key.split("/")[2] for row in keys]


def said(desk: Desk, moment: datetime | None = None) -> str:
    """The digest as it would be now, in English, wrapping undone."""
    now = moment or desk.world.clock.at
    context = desk.world.context
    values = digest.values_for(context, now.astimezone(TORONTO).date(), now)
    text = context.templates.text("digest", Language.EN, values).body
    return text.replace("\n  ", " ")


def part(text: str, heading: str) -> list[str]:
    """What stands under a heading, the heading's figure first."""
    lines = text[text.index(heading):].split("\n\n", maxsplit=1)[0].splitlines()
    return [lines[0].rpartition(": ")[2], *lines[1:]]


def test_one_on_each_business_day_at_seven(desk: Desk) -> None:
    """From Friday over the weekend and Remembrance Day to Thursday, the loop turning every ten minutes."""
    moment, end = datetime(2026, 11, 6, 11, 0, tzinfo=UTC), datetime(2026, 11, 12, 20, 0, tzinfo=UTC)
    made: list[datetime] = []
    while moment < end:
        desk.world.clock.at = moment
        due = digest.is_due(desk.world.context)
        assert bool(digest.send_due(desk.world.context)) is due
        if due:
            made.append(moment)
        moment += timedelta(minutes=10)
    desk.run()
    assert days_told(desk) == ["2026-11-06", "2026-11-09", "2026-11-10", "2026-11-12"], "no weekend, no 11 November"
    assert {moment.astimezone(TORONTO).strftime("%H:%M") for moment in made} == {"07:00"}


def test_the_tick_that_wakes_the_loop_knows_of_it(desk: Desk) -> None:
    desk.world.clock.at = SEVEN - timedelta(seconds=1)
    assert not jobs.something_due(desk.world.context)
    desk.world.clock.at = SEVEN
    assert jobs.something_due(desk.world.context)
    assert at(desk, SEVEN) == 1
    assert not jobs.something_due(desk.world.context)


def test_the_daemons_loop_makes_it_and_sends_it_in_the_same_turn(desk: Desk, post: FakePost) -> None:
    desk.world.clock.at = SEVEN
    Daemon(desk.world.context, monotonic).cycle()
    assert [mail.template for mail in post.keeper.sent] == ["digest"]


def test_a_daemon_that_was_down_sends_it_later_the_same_day_and_never_for_a_past_one(desk: Desk) -> None:
    assert at(desk, SEVEN + timedelta(hours=9)) == 1
    assert at(desk, SEVEN + timedelta(days=5, hours=16, minutes=59)) == 1, "Thursday and Friday are not made up"
    assert at(desk, SEVEN + timedelta(days=5, hours=17, minutes=1)) == 0, "past midnight it is the next day's turn"
    assert days_told(desk) == ["2026-11-04", "2026-11-09"]


def test_restarts_and_steps_of_the_clock_double_nothing(desk: Desk, post: FakePost) -> None:
    for step in (0, 1, -3600, 30, -86400, 5, 86400, -172800, 0):
        desk.restart()
        at(desk, SEVEN + timedelta(seconds=step))
    told = ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"]
    assert sorted(days_told(desk)) == told, "each day that the clock showed"
    assert len([out for out in post.sent() if "[DIGEST]" in str(out.message["Subject"])]) == 4
    assert verify(desk.world.context, deep=True, offline=True).gaps == []


def test_a_crash_before_the_commit_sends_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are in the archive, no row names them yet."""
    put_in = alerts.put_in

    def dies(*args: object, **kwargs: object) -> None:
        put_in(*args, **kwargs)  # type: ignore[arg-type]  # handed through
        raise KeyboardInterrupt

    monkeypatch.setattr(alerts, "put_in", dies)
    desk.world.clock.at = SEVEN
    with pytest.raises(KeyboardInterrupt):
        digest.send_due(desk.world.context)
    monkeypatch.undo()
    desk.restart()
    assert days_told(desk) == []
    assert at(desk, SEVEN + timedelta(minutes=2)) == 1
    assert days_told(desk) == ["2026-11-04"]


def test_several_processes_at_the_same_moment_send_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both found that it is due, and made it, before either put it in."""
    prepare, both = alerts.prepare, threading.Barrier(2)

    def together(*args: object, **kwargs: object) -> object:
        made = prepare(*args, **kwargs)  # type: ignore[arg-type]  # handed through
        both.wait(timeout=20)
        return made

    monkeypatch.setattr(alerts, "prepare", together)
    desk.world.clock.at = SEVEN
    made: list[int] = []
    processes = [
        threading.Thread(target=lambda: made.append(digest.send_due(desk.world.context))) for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    desk.run()
    assert sorted(made) == [0, 1]
    assert days_told(desk) == ["2026-11-04"]


def test_each_address_has_its_own_also_one_that_comes_later(desk: Desk) -> None:
    context = desk.world.context
    assert at(desk, SEVEN) == 1
    office = context.settings.office.model_copy(update={"alerts": (*context.settings.office.alerts, "b@o.example")})
    context.settings = context.settings.model_copy(update={"office": office})
    assert at(desk, SEVEN + timedelta(hours=1)) == 1
    assert at(desk, SEVEN + timedelta(hours=2)) == 0
    recipients = desk.rows(select(effects.c.recipient).where(effects.c.template == "digest").order_by(effects.c.id))
    assert [row.recipient for row in recipients] == ["duty@officers.ircc.example", "b@o.example"]


@pytest.mark.parametrize("changed", [{"digest_at": ""}, {"alerts": ()}])
def test_switched_off_or_with_nobody_to_tell_there_is_none(desk: Desk, changed: dict[str, object]) -> None:
    context = desk.world.context
    context.settings = context.settings.model_copy(
        update={"office": context.settings.office.model_copy(update=changed)}
    )
    assert at(desk, SEVEN + timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("day", "hour"), [("2026-10-30", 11), ("2026-11-02", 12), ("2027-03-12", 12), ("2027-03-15", 11)]
)
def test_seven_is_seven_on_the_wall_when_clocks_have_changed(desk: Desk, day: str, hour: int) -> None:
    moment = datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00")
    assert digest.sent_at(desk.world.context, date.fromisoformat(day)) == moment


@pytest.mark.parametrize(
    ("day", "wall", "moment"),
    [("2027-03-14", "02:30", "2027-03-14T07:00:00+00:00"), ("2026-11-01", "01:30", "2026-11-01T05:30:00+00:00")],
)
def test_an_hour_that_is_skipped_or_comes_twice(desk: Desk, day: str, wall: str, moment: str) -> None:
    """An office that works on Sundays, with a digest in the night: the moment of the change; the first of the two."""
    context = desk.world.context
    context.settings = context.settings.model_copy(
        update={"office": context.settings.office.model_copy(update={"digest_at": wall})}
    )
    hours = OpenHours(opens=time(0, 30), closes=time(23))
    always = BusinessCalendar(zone=TORONTO, hours=dict.fromkeys(range(1, 8), hours), closed={}, version="nights",
                              covered_until=date(2027, 12, 31))  # fmt: skip
    standards = context.rules.standards
    context.rules = dataclasses.replace(
        context.rules, standards=dataclasses.replace(standards, calendar=always)
    )
    due = datetime.fromisoformat(moment)
    assert digest.sent_at(context, date.fromisoformat(day)) == due
    assert at(desk, due - timedelta(seconds=1)) == 0
    assert [at(desk, due + timedelta(minutes=minutes)) for minutes in (0, 30, 60, 90)] == [1, 0, 0, 0]


def test_a_quiet_office_is_told_that_nothing_is_open(desk: Desk, post: FakePost) -> None:
    at(desk, SEVEN)
    mail, = post.sent()
    english = "[DIGEST] Wednesday, November 4, 2026: critical 0, overdue 0, due today 0 /"
    assert mail.message["Subject"].startswith(english)
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert "messages received 0, cases answered 0" in " ".join(mail.text.split())
    text = mail.text.replace("\r\n", "\n").replace("\N{NO-BREAK SPACE}", " ")
    for heading in ("OVERDUE", "HELD FOR A PERSON", "DOCUMENTS TO FILE", "EN RETARD", "RETENUS POUR EXAMEN"):
        assert part(text, heading)[0] in ("none", "aucun"), heading
    assert "What helps" not in mail.text


def test_what_is_due_late_waiting_and_answered(desk: Desk, post: FakePost) -> None:
    funeral = "Her father passed away on Saturday in Lagos and the funeral is on 12 November 2026."
    late = desk.arrives(funeral, at=TUESDAY - timedelta(days=4), message_id="<late@parl.example>")
    answered = desk.arrives(URGENT, at=TUESDAY - timedelta(hours=1), message_id="<answered@parl.example>")
    waits = desk.arrives(URGENT, at=TUESDAY)
    drag(post.box, "Enquiries/Urgent", "Waiting", max(post.box.folders["Enquiries/Urgent"].mails))
    desk.later(minutes=30)
    reply = letter("Re: A constituent", "We have written to the office abroad.\n", sender="mcmps-cmds@ircc.example",
                   In_Reply_To="<answered@parl.example>")  # fmt: skip
    desk.world.deliver(in_bytes(reply), TUESDAY + timedelta(hours=1), "Sent")
    desk.run()
    noticed = desk.arrives(REFUSED, at=TUESDAY + timedelta(hours=2))
    today = desk.arrives(URGENT, at=TUESDAY + timedelta(hours=3))
    assert (desk.case(answered).state, desk.case(noticed).state) == ("answered", "answered")

    thursday = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
    desk.world.clock.at = thursday
    text = said(desk)
    assert part(text, "OVERDUE") == ["1", f"- Tue Nov 3, 11:00 a.m.  {late}  urgent       Alma Rivers (o1)"]
    assert part(text, "DUE TODAY") == ["1", f"- Thu Nov 5, 1:00 p.m.   {today}  urgent       Alma Rivers (o1)"]
    assert part(text, "WAITING FOR") == ["1", f"- Tue Nov 3, 10:30 a.m.  {waits}  urgent       Alma Rivers (o1)"]
    assert part(text, "CRITICAL") == ["none"]
    assert "From Tuesday, November 3" in said(desk, SEVEN)
    told = " ".join(said(desk, SEVEN).split())
    assert "messages received 4, cases answered 2 (by our notice alone 1), of them on time 2." in told
    assert "messages received 0, cases answered 0" in " ".join(text.split()), "on Wednesday nothing happened"


def test_an_alarm_stays_in_the_list_until_somebody_has_acted(desk: Desk) -> None:
    """domain.md 1.6 C1: an answer does not end it."""
    reference = desk.arrives(CRITICAL, message_id="<first@parl.example>")
    text = said(desk)
    row = f"- Wed Nov 4, 10:00 a.m.  {reference}  "
    assert part(text, "CRITICAL") == ["1", f"{row}reply due Wed Nov 4, 10:00 a.m., Alma Rivers (o1)"]
    assert text.index("CRITICAL") < text.index("OVERDUE"), "first of all"
    reply = letter("Re: A constituent", "We act.\n", sender="mcmps-cmds@ircc.example",
                   In_Reply_To="<first@parl.example>")  # fmt: skip
    desk.world.deliver(in_bytes(reply), TUESDAY + timedelta(hours=1), "Sent")
    desk.run()
    assert part(said(desk), "CRITICAL") == ["1", f"{row}answered; close it once somebody has acted, Alma Rivers (o1)"]
    timers.close_case(desk.world.context, reference, "person:kim")
    assert part(said(desk), "CRITICAL") == ["none"]


def test_held_mail_and_documents_with_what_helps(desk: Desk, post: FakePost) -> None:
    desk.world.deliver(submission(), TUESDAY)
    desk.run()
    forged = letter("A constituent", "Please call.\n")
    forged.replace_header("Authentication-Results", "mx.ircc.example; dmarc=fail")
    desk.world.deliver(in_bytes(forged), TUESDAY)
    desk.run()
    text = said(desk)
    assert part(text, "DOCUMENTS TO FILE BY") == ["1", "- 1      Tue Nov 10, 10:00 a.m. INFO_MISSING, Alma Rivers (o1)"]
    row = "- 2      Tue Nov 3, 10:00 a.m.  SENDER_UNVERIFIED, Alma Rivers (o1)"
    assert part(text, "HELD FOR A PERSON") == ["1", row]
    helps = part(text, "What helps")
    assert [line.partition(":")[0] for line in helps[1:]] == ["- INFO_MISSING", "- SENDER_UNVERIFIED"]
    assert "release or refuse" in helps[1]
    assert "LATE" in said(desk, TUESDAY + timedelta(days=8))
    assert "E123456789" not in text


def test_our_replies_that_came_back(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    ours = next(mail for mail in post.keeper.sent if mail.template == "ack_urgent")
    bounce = (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@parl.example\r\nTo: mcmps-cmds@ircc.example\r\nSubject: Undelivered\r\n"
        "Date: Tue, 03 Nov 2026 10:00:00 -0500\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.parl.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ours.recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {ours.message_id}\r\n\r\n--b--\r\n"
    )
    desk.world.deliver(bounce.encode(), TUESDAY + timedelta(minutes=5))
    desk.run()
    assert part(said(desk, SEVEN), "OUR REPLIES") == ["1", "- Tue Nov 3, 10:05 a.m.  Alma Rivers (o1): inboxd show 1"]
    assert part(said(desk, SEVEN + timedelta(days=2)), "OUR REPLIES") == ["none"], "told once, on the day after"


def test_long_lists_are_cut_and_say_which_command_has_the_rest(desk: Desk) -> None:
    for number in range(digest.ROWS + 3):
        desk.world.deliver(in_bytes(letter(f"A constituent {number}", f"Hello,\n\n{URGENT}\n")), TUESDAY)
    desk.run()
    found = part(said(desk, TUESDAY + timedelta(days=2, minutes=-1)), "DUE TODAY")
    assert found[0] == "13"
    assert len(found) == 1 + digest.ROWS + 1
    assert found[-1] == "and 3 more: inboxd cases --state open"


def test_on_monday_the_weekend_counts_to_friday(desk: Desk) -> None:
    desk.arrives(REFUSED, at=datetime(2026, 11, 6, 20, 0, tzinfo=UTC))
    desk.arrives(REFUSED, at=datetime(2026, 11, 7, 20, 0, tzinfo=UTC))
    desk.arrives(REFUSED, at=datetime(2026, 11, 9, 11, 0, tzinfo=UTC))
    text = " ".join(said(desk, datetime(2026, 11, 9, 12, 0, tzinfo=UTC)).split())
    assert "From Friday, November 6, 2026 to midnight today: messages received 2, cases answered 2" in text


def test_nobody_answers_a_digest_that_comes_back(desk: Desk, post: FakePost) -> None:
    """It is ours, and for our own people: no alert about it, which could come back too."""
    at(desk, SEVEN)
    ours, = post.keeper.sent
    desk.world.deliver(ours.raw, SEVEN + timedelta(minutes=1))
    desk.run()
    assert len(post.keeper.sent) == 1


def test_reads_touch_no_past_rows(sqlite: Rows) -> None:
    """Every list is found by an index or a primary key; no table is read from its beginning to its end."""
    seen: list[str] = []
    now = SEVEN
    with sqlite.database.reading() as tx:
        plain = tx.connection.execute  # the driver's, below SQLAlchemy
        def note(conn: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
            rows = plain(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()  # type: ignore[call-overload]  # driver
            seen.extend(f"{row[3]}" for row in rows)

        event.listen(tx, "before_cursor_execute", note)
        agenda.overdue(tx, now, 10)
        agenda.due(tx, now, now + timedelta(days=1), 10)
        agenda.waiting(tx, 10)
        agenda.alarms(tx, 10)
        agenda.handing_in(tx)
        agenda.undelivered(tx, now, 10)
        agenda.past_day(tx, now - timedelta(days=1), now)
    assert [line for line in seen if line.startswith("SCAN") and line.split()[1] in metadata.tables] == []
    assert seen
