"""`inboxd outbox`: what leaves, what waits and why, and a person's word on it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inboxd.errors import Unanswered
from inboxd.tables import effects, events, mails
from tests.cli.conftest import Ended, Give, document
from tests.cli.worlds import every_row, everything, office_of_commands
from tests.crash.letters import in_bytes, letter
from tests.fakes import FakeCourier
from tests.scenarios.world import World

LOST = Unanswered("SMTP DATA: the server closed the connection; it may have been accepted")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Three enquiries: the first was answered; of the second reply nobody knows; the third waits behind a stop."""
    with office_of_commands(tmp_path, monkeypatch) as opened:
        ask(opened, "staff.rivers@parl.example")
        courier = opened.context.courier
        assert isinstance(courier, FakeCourier)
        courier.failures.append(LOST)
        ask(opened, "alma.rivers@parl.example")
        yield opened


@pytest.fixture
def config(world: World, tmp_path: Path) -> Path:
    return tmp_path / "office" / "inboxd.toml"


def ask(world: World, sender: str) -> None:
    world.deliver(in_bytes(letter("Question", "How long do applications take?\n", sender=sender)), world.clock.at)
    world.run()


def listed(give: Give, config: Path, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(give(config, "outbox", "list", "--json", *options))["mails"]
    return found


def sends(world: World) -> list[Any]:
    return [row for row in every_row(world, effects) if row.kind == "send"]


def words(ended: Ended) -> str:
    return " ".join(ended.out.replace("│", " ").split())


def test_the_list_shows_what_is_not_at_an_end(world: World, config: Path, give: Give) -> None:
    before = everything(world)
    row, = listed(give, config)
    assert (row["state"], row["recipient"], row["mail_id"]) == ("unknown", "alma.rivers@parl.example", 2)
    assert row["why"] == str(LOST)
    assert row["unknown_since"]
    assert "unknown" in words(give(config, "outbox", "list"))
    assert everything(world) == before, "looking changes nothing"


@pytest.mark.parametrize(("options", "recipients"), [
    (("--state", "unknown"), ["alma.rivers@parl.example"]),
    (("--state", "done"), ["staff.rivers@parl.example"]),
    (("--state", "done", "--to", "STAFF.rivers@parl.example"), ["staff.rivers@parl.example"]),
    (("--state", "done", "--to", "nobody@parl.example"), []),
    (("--state", "due"), []), (("--state", "held"), []), (("--state", "buried"), []), (("--state", "cancelled"), []),
])
def test_the_list_by_state_and_recipient(
    world: World, config: Path, give: Give, options: tuple[str, ...], recipients: list[str]
) -> None:
    assert [row["recipient"] for row in listed(give, config, *options)] == recipients


def test_show_says_that_nobody_knows(world: World, config: Path, give: Give) -> None:
    told = give(config, "show", "2").out
    assert "send not_met to alma.rivers@parl.example: unknown, 1 attempts." in told
    assert "no answer came; it is looked for before it is sent again" in told


def test_everything_is_stopped_and_let_go(world: World, config: Path, give: Give) -> None:
    stopped = give(config, "outbox", "hold", "--all", "--reason", "the new texts are wrong")
    assert (stopped.status, stopped.err) == (0, "")
    assert "all mail to the outside is stopped; 1 wait now" in stopped.out
    ask(world, "cora.whitfield@sen.parl.example")
    shown = words(give(config, "outbox", "list"))
    assert "Stopped: all mail to the outside, since" in shown
    assert "the new texts are wrong" in shown
    assert [row["state"] for row in listed(give, config)] == ["held", "unknown"]
    document_ = document(give(config, "outbox", "list", "--json"))
    assert [(stop["scope"], stop["reason"]) for stop in document_["stopped"]] == [("all", "the new texts are wrong")]
    told = give(config, "show", "3").out
    assert "send not_met to cora.whitfield@sen.parl.example: held, 0 attempts." in told
    assert "outgoing mail is stopped; `inboxd outbox list` says why" in told
    again = give(config, "outbox", "hold", "--all", "--reason", "again")
    assert (again.status, again.err.splitlines()) == (
        1, ["inboxd: outgoing mail is stopped already; `inboxd outbox release --all` lets it go"])
    freed = give(config, "outbox", "release", "--all")
    assert freed.out == "nothing is stopped any more; 2 mails go out, at the pace of smtp.per_minute\n"
    world.run()
    assert [row.state for row in sends(world)] == ["done", "due", "done"]
    actors = {row.event: row.actor for row in every_row(world, events) if row.event.startswith("outgoing_")}
    assert actors == dict.fromkeys(("outgoing_stopped", "outgoing_released"), f"person:{getpass.getuser()}")


def test_one_mail_is_held_let_go_and_cancelled(world: World, config: Path, give: Give) -> None:
    number = str(sends(world)[1].id)
    assert give(config, "outbox", "hold", number, "--reason", "a wrong figure").status == 0
    held, = listed(give, config)
    assert (held["state"], held["why"]) == ("held", "a wrong figure")
    assert f"held by a person: a wrong figure; `inboxd outbox release {number}` lets it go" in give(
        config, "show", "2").out
    world.clock.forward(hours=3)
    world.run()
    assert [row.state for row in sends(world)] == ["done", "due"], "nor is it sent again while it is held"
    assert give(config, "outbox", "release", number).out == f"outgoing mail {number} leaves within seconds\n"
    ended = give(config, "outbox", "cancel", number, "--reason", "answered by telephone")
    assert ended.out.splitlines() == [
        f"outgoing mail {number} is cancelled",
        "mail 2 is held: answer it by hand, then `inboxd retry 2` puts it where it belongs",
    ]
    cancelled, = listed(give, config, "--state", "cancelled")
    assert "whether it arrived before, nobody knows" in cancelled["why"]
    assert "REPLY_CANCELLED" in words(give(config, "list", "--held"))
    assert give(config, "retry", "2").status == 0
    world.run()
    assert [row.state for row in every_row(world, mails)] == ["done", "done"]
    assert [row.state for row in sends(world)] == ["done", "cancelled"]


def test_all_wrong_ids_are_named_at_once(world: World, config: Path, give: Give) -> None:
    before = everything(world)
    first, second = (row.id for row in sends(world))
    ended = give(config, "outbox", "cancel", str(first), str(second), "901", "902", "--reason", "no")
    assert ended.status == 1
    assert ended.err.splitlines() == [
        f"inboxd: outgoing mail {first} was sent already",
        "inboxd: there is no outgoing mail 901; `inboxd outbox list` shows them",
        "inboxd: there is no outgoing mail 902; `inboxd outbox list` shows them",
        "inboxd: nothing was changed",
    ]
    assert everything(world) == before


@pytest.mark.parametrize("command", [
    ("hold", "--reason", "why"), ("hold", "1", "--all", "--reason", "why"), ("hold", "1"),
    ("hold", "x", "--reason", "why"), ("release",), ("release", "1", "--all"), ("cancel", "--reason", "why"),
    ("cancel", "1"), ("list", "--state", "lost"), ("list", "--limit", "0"),
])
def test_words_that_mean_nothing_change_nothing(
    world: World, config: Path, give: Give, command: tuple[str, ...]
) -> None:
    before = everything(world)
    assert give(config, "outbox", *command).status == 2
    assert everything(world) == before


def test_retry_and_verify_go_on_working(world: World, config: Path, give: Give) -> None:
    number = str(sends(world)[1].id)
    give(config, "outbox", "cancel", number, "--reason", "by telephone")
    world.run()
    verified = give(config, "verify", "--offline")
    assert verified.status == 0, verified.out
    assert "1 held" in verified.out
    assert "nothing lost, nothing doubled" in verified.out
