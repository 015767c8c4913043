"""`purge`, `hold`, `archive` and `export --person`: a look changes nothing, and every word of a person is on record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd.archive import KINDS, lock
from inboxd.tables import cases, events, tombstones
from tests.cli.conftest import Give, document, one_line
from tests.cli.worlds import every_row, everything, office_of_commands
from tests.crash.letters import documents, in_bytes, letter, out_of_office
from tests.scenarios.world import World

NOT_MET = "Could you please tell us the status of the application? The constituent would like an update."


def keys_of(config: Path) -> Path:
    return config.with_name("archive-keys")


@contextmanager
def past_office(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, Path]]:
    """An office that worked three mails through forty days ago: documents, no criterion met, a machine."""
    with office_of_commands(root, monkeypatch) as world:
        now = datetime.now(UTC)
        world.clock.at = now - timedelta(days=40)
        for raw in (documents(), in_bytes(letter("A question", NOT_MET)), out_of_office()):
            world.deliver(raw, world.clock.at)
        world.run()
        world.clock.at = now
        config = root / "office" / "inboxd.toml"
        config.write_text(f"{config.read_text()}\n[retention]\nautomatic = \"30 days\"\noutsider = \"30 days\"\n")
        yield world, config


def test_a_purge_is_looked_at_done_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, give: Give) -> None:
    with past_office(tmp_path, monkeypatch) as (world, config):
        before, files = everything(world), sorted(world.context.archive.root.rglob("*"))
        looked = give(config, "purge")
        assert (looked.status, looked.err) == (0, "")
        assert "would go: 1 mails kept as automatic" in looked.out
        assert "stays: 1 mails, because submission is kept for good" in looked.out
        assert "nothing was changed; copies in the server's folders are never touched" in looked.out
        told = document(give(config, "purge", "--json"))
        assert [(row["mails"], row["kept"]) for row in told["due"]] == [([3], "automatic")]
        assert everything(world) == before
        assert sorted(world.context.archive.root.rglob("*")) == files

        held = give(config, "hold", "add", "3", "--reason", "Access request 2027-9", "--by", "Kim Osei")
        assert held.out == "hold 1 is on mail 3: 1 mails now, and whatever comes to it\n"
        assert "because a legal hold is on it" in give(config, "purge").out
        row, = document(give(config, "hold", "list", "--json"))
        assert (row["actor"], row["reason"], row["subject"]) == ("person:Kim Osei", "Access request 2027-9", "3")
        assert "Access request 2027-9" in give(config, "show", "3").out
        assert give(config, "hold", "remove", "1", "--reason", "answered", "--by", "Ana").out == "hold 1 is ended\n"
        assert give(config, "hold", "list").out == "Legal holds: none\n"
        assert "Ana" in give(config, "hold", "list", "--all").out
        assert "is no case, no mail" in one_line(give(config, "hold", "add", "o77", "--reason", "-", "--by", "Ana"))

        assert give(config, "purge", "--yes").status == 2, "by whom?"
        with lock.only_one(world.context.archive.root):
            assert "another inboxd works on" in one_line(give(config, "purge", "--yes", "--by", "Kim Osei"))
        done = json.loads(give(config, "purge", "--yes", "--by", "Kim Osei", "--json").out)
        assert done == {"mails": 1, "files": 1, "by_class": {"automatic": 1}, "came_back": 0, "skipped": 0}
        with world.context.database.reading() as tx:
            stone, = tx.execute(select(tombstones)).all()
        assert (stone.mail_id, stone.actor, stone.kept) == (3, "person:Kim Osei", "automatic")
        kind, digest = stone.files[0]
        assert give(config, "purge", "--removed").out == f"{kind}/{digest[:2]}/{digest}*\n"
        story = give(config, "show", "3").out
        assert "by person:Kim Osei, kept as automatic until then" in story
        verified = give(config, "verify", "--offline", "--deep", "--journal")
        assert verified.status == 0, verified.out
        assert "purged: 1 automatic" in verified.out
        exported = give(config, "export", "3", "--into", str(tmp_path))
        assert (exported.status, "mail 3: was purged" in exported.out) == (0, True)


def test_keys_are_made_taken_into_use_and_rotated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, give: Give
) -> None:
    with past_office(tmp_path, monkeypatch) as (world, config):
        root = world.context.archive.root
        keys_of(config).write_text(give(config, "archive", "key").out)
        keys_of(config).chmod(0o600)
        config.write_text(f'{config.read_text()}\n[archive]\nkey_file = "archive-keys"\n')
        done = give(config, "archive", "rotate")
        assert done.status == 0, done.err
        names = [path.name for kind in KINDS for path in (root / kind).glob("*/*")]
        assert names
        assert all(name.endswith(".aes") for name in names)
        assert done.out.startswith(f"{len(names)} files, {len(names)} of them written anew; they are by the key ")
        for command in (("verify", "--offline", "--deep"), ("show", "1"), ("rebuild", "--verify")):
            ended = give(config, *command)
            assert ended.status == 0, ended.out + ended.err
        exported = give(config, "export", "--person", "11-2222-3333", "--into", str(tmp_path))
        assert exported.status == 0, exported.err
        assert (tmp_path / "person-1122223333" / "documents").is_dir()
        assert give(config, "export", "--into", str(tmp_path)).status == 2
        assert "is no UCI" in one_line(give(config, "export", "--person", "12", "--into", str(tmp_path)))
        first = keys_of(config).read_text()
        keys_of(config).write_text(first + give(config, "archive", "key").out)
        assert "of them written anew" in give(config, "archive", "rotate").out
        keys_of(config).write_text(first)
        assert "no such key is given" in one_line(give(config, "archive", "rotate"))


def test_holds_and_purges_are_told_in_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, give: Give) -> None:
    with past_office(tmp_path, monkeypatch) as (world, config):
        reference = every_row(world, cases)[0].reference
        assert give(config, "hold", "add", reference.lower(), "--reason", "r", "--by", "Kim").status == 0
        line, = (row for row in every_row(world, events) if row.event == "legal_hold_added")
        assert (line.actor, line.case_id, line.detail["scope"]) == ("person:Kim", every_row(world, cases)[0].id, "case")


def test_every_command_that_looks_back_reads_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, give: Give
) -> None:
    with past_office(tmp_path, monkeypatch) as (_, config):
        text = config.read_text().replace("[retention]", '[retention]\nbelow_two_years = true\nnot_met = "30 days"')
        config.write_text(text.replace('outsider = "30 days"', 'submission = "30 days"'))
        since = f"{datetime.now(UTC) - timedelta(days=60):%Y-%m-%d}"
        before = document(give(config, "report", "--from", since, "--json"))
        purged = give(config, "purge", "--yes", "--by", "Kim Osei", "--json")
        assert json.loads(purged.out)["by_class"] == {"automatic": 1, "not_met": 1, "submission": 1}
        told = [line.partition(" warning ")[2] for line in purged.err.splitlines() if " warning " in line]
        assert told == ['mails.purged count=3 mails="1,2,3"', "purge.ended mails=3 files=7 skipped=0"]
        assert "Kim" not in purged.err
        after = document(give(config, "report", "--from", since, "--json"))
        changed = {name for name, table in before["tables"].items() if counts(after["tables"][name]) != counts(table)}
        assert changed == {"office_languages", "provinces"}, "the address is gone, by which the roster is asked"
        for command in (
            ("list",), ("cases",), ("show", "1"), ("show", "2"), ("digest",), ("criteria", "drift", "--since", "90d"),
            ("outbox", "list", "--state", "done"), ("incidents",), ("journal", "head"), ("db", "upgrade"),
            ("replay", "--since", "90d", "--criteria", str(config.with_name("criteria.toml"))),
            ("explain", "2"), ("verify", "--offline", "--deep", "--journal"), ("rebuild", "--verify"),
        ):
            ended = give(config, *command)
            assert ended.status == 0 or command[0] == "explain", f"{command}: {ended.out}{ended.err}"
            assert "a fault of inboxd" not in ended.err, f"{command}: {ended.err}"
            assert "E123456789" not in ended.out
        kept = tmp_path / "journal.jsonl"
        kept.write_text(give(config, "journal", "export").out)
        anew = give(config, "rebuild", "--journal", str(kept), "--into", f"sqlite:///{tmp_path}/anew.sqlite")
        assert anew.status == 0, anew.out + anew.err
        assert "note: 3 mails were purged and cannot be decided again; a journal without its database tells" in anew.out
        assert "it names mails or cases that were purged and are not here" in anew.out
        assert anew.out.endswith("rebuilt: the same decisions about every mail that was not purged\n")
        again = give(config, "rebuild", "--verify")
        assert "note: 3 mails were purged and cannot be decided again; their rows and tombstones are those" in again.out
        assert document(give(config, "rebuild", "--verify", "--json"))["purged"] == 3


def counts(report: object) -> object:
    """Every figure of a table, without words."""
    if isinstance(report, dict):
        return {name: counts(value) for name, value in report.items()}
    if isinstance(report, list):
        return [counts(value) for value in report]
    return report if isinstance(report, int | float) else None
