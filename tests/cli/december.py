"""An office on the day before New Year's Eve, whose clocks run over closed days; and what is seen of its timers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inboxd.tables import timers
from tests.cli.worlds import every_row, office_of_commands
from tests.crash.letters import critical, documents, in_bytes, letter
from tests.scenarios.world import World

TORONTO = ZoneInfo("America/Toronto")
URGENT = "His father died last night. The permanent resident travel document is still pending.\n"
REFUSED = "Could you please tell us the status of the application? The constituent would like an update.\n"
ADD = ("calendar", "add", "2026-12-31", "--reason", "Ice storm", "--reason-fr", "Verglas", "--by", "Kim Osei")


def toronto(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO).astimezone(UTC)


def wall(at: datetime | str) -> str:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{moment.astimezone(TORONTO):%a %m-%d %H:%M}"


@contextmanager
def december(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Wednesday, 30 December 2026, 16:00. Mails: 1 late, 2 urgent, 3 critical, 4 held documents, 5 refused, 6 MIL.

    Commands know this clock. The criteria decide alone.
    """
    with office_of_commands(tmp_path, monkeypatch) as opened:
        for at, raw in (
            ("2026-12-24 09:00", in_bytes(letter("A constituent", URGENT))),
            ("2026-12-30 10:00", in_bytes(letter("Another constituent", URGENT, sender="alma.rivers@parl.example"))),
            ("2026-12-30 15:00", critical()),
            ("2026-12-30 11:00", documents(uci="99-8888-7777")),
            ("2026-12-30 12:00", in_bytes(letter("An update", REFUSED))),
            ("2026-12-30 13:00", in_bytes(letter("From the desk", URGENT, sender="desk@minister.example"))),
        ):
            opened.deliver(raw, toronto(at))
            opened.run()
        opened.clock.at = toronto("2026-12-30 16:00")
        opened.run()
        yield opened


CRITICAL_MOVED = {
    "reply_warning": "Mon 01-04 11:00", "reply_warning_2": "Mon 01-04 14:00", "reply_breach": "Mon 01-04 15:00",
    "escalation_1": "Mon 01-04 16:00", "escalation_2": "Mon 01-04 19:00"}
"""The ladder of the critical case when Thursday is closed."""


def set_timers(world: World, mail_id: int) -> dict[str, str]:
    """Kind and wall time of the timers of a mail that are set."""
    return {row.kind: wall(row.due_at) for row in every_row(world, timers)
            if row.mail_id == mail_id and row.state == "set"}
