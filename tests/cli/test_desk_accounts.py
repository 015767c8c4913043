"""`inboxd users` and `inboxd case answered | wait | resume`, as a person types them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd import app
from inboxd.tables import cases, events
from tests.cli.conftest import Give, document, one_line


def test_an_account_is_made_changed_and_shut_out(
    copied: Path, give: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    typed("a long password\n")
    made = give(copied, "users", "add", "kim", "--role", "officer", "--language", "fr", "--password-stdin")
    assert (made.status, made.out) == (0, "kim may open the desk as officer\n")
    typed("a long password\n")
    again = give(copied, "users", "add", "kim", "--role", "admin", "--password-stdin")
    assert again.status == 1
    assert "there is an account kim already" in one_line(again)
    assert give(copied, "users", "role", "kim", "--role", "template-admin").status == 0
    typed("another long password\n")
    assert give(copied, "users", "password", "kim", "--password-stdin").status == 0
    assert give(copied, "users", "disable", "kim").status == 0
    row, = document(give(copied, "users", "list", "--json"))
    assert (row["name"], row["role"], row["language"], row["state"]) == ("kim", "template_admin", "fr", "disabled")
    assert "password" not in row
    assert "kim" in give(copied, "users", "list").out
    nobody = give(copied, "users", "disable", "nobody")
    assert (nobody.status, "there is no account nobody" in one_line(nobody)) == (1, True)
    with app.open_records(copied) as records, records.database.reading() as tx:
        told = [row.event for row in tx.execute(select(events).where(events.c.event.startswith("person_")))]
    assert told == ["person_added", "person_role", "person_password", "person_disabled"]


def test_a_case_waits_goes_on_and_is_answered_by_command(copied: Path, give: Give) -> None:
    def case() -> tuple[str, str]:
        with app.open_records(copied) as records, records.database.reading() as tx:
            row = tx.execute(select(cases)).one()
        return row.reference, row.state

    reference = case()[0]
    for command, state in (("wait", "waiting"), ("resume", "open"), ("answered", "answered")):
        done = give(copied, "case", command, reference.lower(), "--by", "kim")
        assert (done.status, done.err) == (0, "")
        assert case() == (reference, state)
        refused = give(copied, "case", command, reference, "--by", "kim")
        assert refused.status == 1
        assert f"case {reference} is {state}" in one_line(refused)
    assert "there is no case NOPE" in one_line(give(copied, "case", "wait", "nope", "--by", "kim"))
