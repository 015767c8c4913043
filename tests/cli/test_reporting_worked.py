"""`report` on what the stages themselves did: their journal tells the same as their rows, and the figures follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inboxd import overriding, parking
from inboxd.plan import Category
from inboxd.reporting import Period, make
from inboxd.reporting.history import history_of
from inboxd.store import reported
from inboxd.tables import cases
from tests.cli.conftest import Give
from tests.cli.worlds import case_of, every_row, office_of_commands
from tests.crash.letters import critical, documents, in_bytes, letter
from tests.scenarios.world import World

TORONTO = ZoneInfo("America/Toronto")
URGENT = "His father died last night. The permanent resident travel document is still pending.\n"
PLAIN = "Could you please tell us the status of the application? The constituent would like an update.\n"
OFFICER = "kim@officers.ircc.example"
DECEMBER = Period(first=date(2026, 12, 1), last=date(2026, 12, 31))


def toronto(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO).astimezone(UTC)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Two weeks of December 2026: mails 1 to 6 and an officer's answer in Sent."""
    with office_of_commands(tmp_path, monkeypatch) as opened:
        yield opened


def at(world: World, text: str, raw: bytes | None = None, folder: str = "INBOX") -> None:
    """The clock shows this; a mail comes, if one is given; the daemon works."""
    world.clock.at = toronto(text)
    if raw is not None:
        world.deliver(raw, toronto(text), folder)
    world.run()


def as_told(world: World) -> list[tuple[object, ...]]:
    with world.context.database.reading() as tx:
        told = list(reported.cases_between(tx, toronto("2026-12-01 00:00"), toronto("2027-01-01 00:00"),
                                           as_of=world.context.now()))  # fmt: skip
    histories = [(case.reference, history_of(case)) for case in told]
    return [
        (reference, found.last.category, found.last.state, found.last.reply_by, found.last.answered_at)
        for reference, found in histories if found is not None
    ]


def as_rows(world: World) -> list[tuple[object, ...]]:
    return [(row.reference, row.category, row.state, row.reply_by, row.answered_at) for row in every_row(world, cases)]


def test_the_journal_of_the_stages_is_enough(world: World, give: Give) -> None:
    def same() -> None:
        assert as_told(world) == as_rows(world)

    at(world, "2026-12-14 09:00", in_bytes(letter("A constituent", URGENT, message_id="<one@parl.example>")))
    at(world, "2026-12-14 10:00", critical())
    at(world, "2026-12-14 11:00", in_bytes(letter("An update", PLAIN)))
    at(world, "2026-12-14 12:00", in_bytes(letter("From the desk", URGENT, sender="desk@minister.example")))
    at(world, "2026-12-14 13:00", documents(uci="99-8888-7777"))
    same()
    urgent, pressing, refused = (case_of(world, mail_id) for mail_id in (1, 2, 3))
    assert (urgent.category, pressing.category, refused.category) == ("urgent", "critical", "not_met")
    at(world, "2026-12-14 14:00")
    with world.context.database.transaction() as tx:
        assert parking.pause(world.context, tx, urgent.id, "person:mail client")
    same()
    at(world, "2026-12-15 09:00")
    with world.context.database.transaction() as tx:
        assert parking.resume(world.context, tx, urgent.id, "person:mail client")
    overriding.set_category(world.context, refused.reference, Category.COMPLEX, reason="asks more", by="person:kim",
                            how=overriding.FOLDER)  # fmt: skip
    same()
    at(world, "2026-12-15 11:00", in_bytes(letter(f"Re: {pressing.reference}", "We phoned.", sender=OFFICER)), "Sent")
    assert case_of(world, 2).state == "answered"
    same()
    at(world, "2026-12-15 12:00", in_bytes(letter(
        "Re: A constituent", "She is being removed from Canada tomorrow morning.\n", In_Reply_To="<one@parl.example>",
        References="<one@parl.example>")))  # fmt: skip
    assert case_of(world, 1).category == "critical"
    same()
    at(world, "2026-12-18 15:00")
    with world.context.database.transaction() as tx:
        assert parking.close(world.context, tx, refused.reference, "person:kim")
    same()
    at(world, "2026-12-18 16:00")
    with world.context.database.transaction() as tx:
        assert parking.reopen(world.context, tx, refused.id, "person:kim")
    same()
    context = world.context
    report = make(context.database, context.settings, context.rules.standards, context.rules.roster, DECEMBER,
                  as_of=context.now())  # fmt: skip

    def counted(table: str, column: int = 0) -> dict[str, int]:
        lines = report.tables[table].lines
        return {line.code: line.counts[column].value for line in lines if line.counts[column].value}

    assert counted("routes") == {"enquiry": 3, "minister": 1, "submission": 1, "follow_up": 1, "total": 6}
    assert counted("categories") == {"critical": 2, "complex": 1, "mil_urgent": 1, "total": 4}
    assert counted("standing", 1) == {"critical": 2, "complex": 1, "mil_urgent": 1, "total": 4}
    assert counted("causes") == {"no_answer": 3, "raised": 1, "total": 4}
    assert counted("corrections") == {"not_met_to_complex": 1, "total": 1}
    assert counted("filing") == {"not_yet": 1, "total": 1}
    assert counted("held") == {"still": 1, "total": 1}
    assert give(context.settings.rules.standards.parent / "inboxd.toml", "report", "--json").status == 0
