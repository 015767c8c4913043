"""`inboxd incidents` and what `inboxd check` says about the service itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Give, document


def write_down(config: Path, *rows: tuple[str, str, str, str | None]) -> None:
    """Incidents as the daemon leaves them: kind, subject, state, the day that it ends; each was told."""
    at = datetime(2026, 11, 12, 15, 0)  # noqa: DTZ001  # as SQLite keeps it
    with closing(sqlite3.connect(config.parent / "data/inboxd.sqlite")) as database:
        for number, (kind, subject, state, ends) in enumerate(rows, start=1):
            database.execute(
                "insert into incidents (id, account, kind, subject, live, state, began_at, noticed_at, ended_at,"
                " ends_at, detail) values (?, 'main', ?, ?, ?, ?, ?, ?, ?, ?, '{\"waiting\": 3}')",
                (number, kind, subject, f"{number}" if state == "open" else None, state, str(at), str(at),
                 str(at + timedelta(hours=2)) if state == "over" else None, ends),
            )
            database.execute(
                "insert into incident_steps (incident_id, step, due_at, state, settled_at)"
                " values (?, 'told', ?, 'fired', ?)", (number, str(at), str(at + timedelta(minutes=5))),
            )
        database.commit()


def bad_lines(ended: Ended) -> list[str]:
    return [line for line in ended.out.splitlines() if line.startswith("BAD")]


def test_incidents_are_listed_with_who_was_told_when(copied: Path, give: Give) -> None:
    write_down(copied, ("mailbox_silent", "mailbox", "over", None), ("replies_waiting", "smtp", "open", None))
    shown = give(copied, "incidents")
    assert shown.status == 0
    assert shown.out.index("replies_waiting") < shown.out.index("mailbox_silent"), "newest first"
    assert "told 2026-11-12 10:05" in " ".join(shown.out.replace("│", " ").split())
    rows = document(give(copied, "incidents", "--json"))
    assert [(row["kind"], row["state"], row["subject"]) for row in rows] == [
        ("replies_waiting", "open", "smtp"), ("mailbox_silent", "over", "mailbox")]
    assert rows[0]["told"] == {"told": "2026-11-12T15:05:00+00:00"}
    assert rows[0]["detail"] == {"waiting": 3}
    assert [row["id"] for row in document(give(copied, "incidents", "--open", "--json"))] == [2]
    assert [row["id"] for row in document(give(copied, "incidents", "--limit", "1", "--json"))] == [2]


def test_no_incidents(worked: Path, give: Give) -> None:
    assert give(worked, "incidents").out == "Incidents: none\n"
    assert document(give(worked, "incidents", "--json")) == []


def test_check_names_open_incidents(copied: Path, give: Give) -> None:
    write_down(copied, ("mailbox_silent", "mailbox", "open", None), ("disk_low", "storage.archive", "over", None))
    ended = give(copied, "check")
    assert ended.status == 1
    assert bad_lines(ended) == [
        "BAD  incidents: mailbox_silent (mailbox) since 2026-11-12 10:00; `inboxd incidents` says who was told"]


@pytest.mark.parametrize(("days", "word"), [(20, "ends"), (-2, "ended"), (200, "")])
def test_check_names_a_password_that_ends_soon(copied: Path, give: Give, days: int, word: str) -> None:
    day = datetime.now(UTC).date() + timedelta(days=days)
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text.replace("[smtp]\n", f"[smtp]\npassword_expires = {day}\n"), encoding="utf-8")
    ended = give(copied, "check")
    assert ended.status == (1 if word else 0)
    helps = "get a new password and its day (password_expires)"
    expected = f"BAD  endings: password_ends (smtp): {word} {day} 00:00; {helps}"
    assert bad_lines(ended) == ([expected] if word else [])
    if not word:
        assert f"endings: first is password_ends (smtp), {day} 00:00" in ended.out
