"""The service in figures: what a monitoring system reads agrees with what happened, and names nobody."""

from __future__ import annotations

import dataclasses
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from inboxd import deciding, incidents, intake, metrics, outbox, timers
from inboxd.certificates import Certificates
from inboxd.cli import cli
from inboxd.daemon import Daemon
from inboxd.errors import DiskRefused, Transient
from inboxd.settings import Security
from inboxd.store import brakes
from tests.crash.letters import critical, in_bytes, letter
from tests.scenarios.posts import FakePost
from tests.scenarios.troubles import box, change
from tests.scenarios.world import Rows, World, open_world
from tests.unit.test_exposition import parsed

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
REFUSED = Transient("smtp: 451 not now")


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    with open_world(tmp_path, {}, FakePost(), request.getfixturevalue(request.param)) as opened:
        yield opened


@pytest.fixture
def lite(tmp_path: Path, sqlite: Rows) -> Iterator[World]:
    with open_world(tmp_path, {}, FakePost(), sqlite) as opened:
        yield opened


def figures(world: World) -> dict[str, float]:
    """By name, and by what stands in the labels beside the channel."""
    found = {}
    for name, labels, value in parsed(metrics.page([world.context])):
        assert labels.pop("channel") == "main"
        found["/".join((name.removeprefix("inboxd_"), *labels.values()))] = value
    return found


def test_an_empty_office(world: World) -> None:
    found = figures(world)
    assert found["last_reconcile_timestamp_seconds/INBOX"] == world.clock.at.timestamp()
    assert found["reconcile_age_seconds/INBOX"] == found["oldest_undecided_seconds"] == found["timers_late"] == 0
    assert found["outgoing_stopped/all"] == found["outgoing_stopped/bulk"] == 0
    assert found["outbox/send/held"] == found["outbox/send/unknown"] == 0
    assert not any(name.startswith(("mails", "cases", "incidents")) for name in found)
    assert found["archive_free_bytes"] > 0


def test_the_age_of_the_last_reading_grows_while_the_server_is_away(world: World) -> None:
    box(world).failure = Transient("gone")
    world.clock.forward(minutes=11)
    found = figures(world)
    assert found["reconcile_age_seconds/INBOX"] == 660
    assert world.clock.at.timestamp() - found["last_reconcile_timestamp_seconds/INBOX"] == 660


def test_a_quiet_sent_folder_is_not_an_old_one_and_folders_that_only_change_have_no_age(lite: World) -> None:
    lite.deliver(critical(), MONDAY)
    lite.run()
    lite.clock.forward(hours=3)
    lite.run()
    found = figures(lite)
    ages = {name: age for name, age in found.items() if name.startswith("reconcile_age_seconds/")}
    assert ages == {"reconcile_age_seconds/INBOX": 0, "reconcile_age_seconds/Sent": 0}


def test_queues_by_state_and_how_long_they_wait(world: World) -> None:
    world.deliver(critical(), MONDAY)
    intake.take_in(world.context)
    world.clock.forward(minutes=3)
    found = figures(world)
    assert (found["mails/taken"], found["oldest_undecided_seconds"]) == (1, 180)
    deciding.all_due(world.context)
    world.post.keeper.failures = [REFUSED]  # type: ignore[attr-defined]
    outbox.deliver_due(world.context)
    world.clock.forward(hours=2)
    found = figures(world)
    assert (found["mails/decided"], found["cases_open/critical"]) == (1, 1)
    assert found["outbox/send/due"] == found["outbox/move/due"] == 1
    assert found["outbox_oldest_seconds/send"] == found["outbox_oldest_seconds/move"] == 7200
    assert found["timers_late"] >= 1
    assert found["timers_late_seconds"] > 0
    timers.fire_due(world.context)
    assert figures(world)["timers_late"] == 0
    world.run()
    found = figures(world)
    assert found["mails/done"] == 1
    assert not any(name.startswith(("outbox/move", "outbox_oldest")) for name in found)


def test_held_mail_incidents_and_the_fuse(world: World) -> None:
    box(world).broken_uids = {1}
    world.deliver(critical(), MONDAY)
    world.run()
    with world.context.database.transaction() as tx:
        brakes.stop(tx, brakes.BULK, world.clock.at, reason="too many")
    box(world).failure = Transient("gone")
    world.clock.forward(minutes=30)
    incidents.look(world.context)
    found = figures(world)
    assert found["mails_held/UNFETCHABLE"] == found["mails/held"] == 1
    assert found["outgoing_stopped/bulk"] == 1
    assert found["outgoing_stopped/all"] == 0
    assert found["incidents_open/mailbox_silent"] == found["incidents_open/replies_held"] == 1


def test_what_ends_by_itself_in_days(lite: World) -> None:
    change(lite, "mailbox", password_expires=(lite.clock.at + timedelta(days=31)).date(), security=Security.TLS)
    box(lite).certificates = Certificates(ends=lite.clock.at + timedelta(days=14, hours=12))
    found = figures(lite)
    assert 30 <= found["ends_in_days/password_ends/mailbox"] <= 31
    assert found["ends_in_days/certificate_ends/mailbox"] == 14.5
    assert found["ends_in_days/holidays_end/rules.standards"] > 0


def test_nothing_of_a_mail_is_in_the_figures(lite: World) -> None:
    lite.deliver(in_bytes(letter("Okonjo-Reyes E123456789", "Amara Okonjo-Reyes, E123456789, 30 June 1984")), MONDAY)
    lite.deliver(critical("Vasquez"), MONDAY)
    lite.run()
    told = str([(name, labels) for name, labels, _ in parsed(metrics.page([lite.context]))])
    assert not any(word in told for word in ("Okonjo", "E123456789", "Vasquez", "parl.example", "@", "1984"))


def test_the_daemon_writes_the_file_whole_readable_and_every_minute(lite: World, tmp_path: Path) -> None:
    target = tmp_path / "inboxd.prom"
    change(lite, "watch", metrics_file=target)
    daemon = Daemon(lite.context, lambda: 0.0)
    daemon.cycle()
    first = target.read_text(encoding="utf-8")
    names = [(name, labels) for name, labels, _ in parsed(first)]
    assert names == [(name, labels) for name, labels, _ in parsed(metrics.page([lite.context]))]
    for folder in ("INBOX", "Sent"):
        assert ("inboxd_last_reconcile_timestamp_seconds", {"channel": "main", "folder": folder}) in names
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    lite.clock.forward(minutes=1)
    daemon.cycle()
    assert target.read_text(encoding="utf-8") == first, "only the tick says that a minute is over"
    daemon.wake("watch")
    daemon.cycle()
    assert target.read_text(encoding="utf-8") != first
    assert [path.name for path in tmp_path.glob("*.prom*")] == ["inboxd.prom"]
    assert list(tmp_path.glob(".inboxd.prom*")) == []


def test_a_file_that_cannot_be_written_is_named_and_stops_nothing_else(lite: World, tmp_path: Path) -> None:
    change(lite, "watch", metrics_file=tmp_path / "nowhere" / "inboxd.prom")
    with pytest.raises(DiskRefused, match=r"watch.metrics_file: .*nowhere/inboxd.prom cannot be written: No such file"):
        metrics.write(lite.context)
    lite.deliver(critical(), MONDAY)
    daemon = Daemon(lite.context, lambda: 0.0)
    while daemon.cycle():
        pass
    assert figures(lite)["mails/done"] == 1


def test_without_a_file_in_the_settings_nothing_is_written(lite: World, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    metrics.write(lite.context)
    assert set(tmp_path.rglob("*")) == before


def test_the_command_prints_the_same_from_the_rows(tmp_path: Path) -> None:
    rows = Rows(f"sqlite:///{tmp_path}/rows.sqlite")
    with open_world(tmp_path / "office", {}, FakePost(), rows) as opened:
        opened.deliver(critical(), MONDAY)
        opened.run()
        shown = CliRunner().invoke(cli, ["--config", str(tmp_path / "office" / "inboxd.toml"), "metrics"])
        assert shown.exit_code == 0, shown.output
        ours = {name: value for name, labels, value in parsed(metrics.page([opened.context])) if name == "inboxd_mails"}
        assert {name: value for name, _, value in parsed(shown.output) if name == "inboxd_mails"} == ours == {
            "inboxd_mails": 1}
    rows.database.close()


def test_several_mailboxes_are_one_page(lite: World) -> None:
    settings = lite.context.settings
    mailbox = settings.mailbox.model_copy(update={"account": "mil"})
    other = dataclasses.replace(lite.context, settings=settings.model_copy(update={"mailbox": mailbox}))
    found = parsed(metrics.page([lite.context, other]))
    assert {labels["channel"] for _, labels, _ in found} == {"main", "mil"}
