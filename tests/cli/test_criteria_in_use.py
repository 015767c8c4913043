"""`replay`, `criteria activate | history | drift`, `case set-category`: proof before a change, and who made it."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from inboxd.activating import version_of
from inboxd.tables import activations, cases, events, mails, overrides
from tests.cli.conftest import Give, document, one_line
from tests.cli.worlds import every_row, everything, office_of_commands
from tests.crash.letters import in_bytes, letter, out_of_office
from tests.scenarios.world import World

NOW = datetime(2026, 11, 5, 15, 0, tzinfo=UTC)
URGENT = "Her mother died in Lagos on Sunday and the funeral is on Friday. The visitor visa is still pending."
REFUSED = "Could you please tell us the status of the application? The constituent would like an update."
HARVEST = "The lobster season opens in ten days and the crew has no permits. Could you please tell us the status?"
ROW = """
[[criterion]]
id = "UR-70"
category = "urgent"
description_en = "A season that opens within thirty days while the crew waits"
description_fr = "Une saison qui ouvre d'ici trente jours alors que l'équipage attend"
dated_en = ["(lobster|crab) season opens"]
dated_fr = ["saison du (homard|crabe) ouvre"]
within_days = 30
must_hit_en = ["The lobster season opens on 24 November and the permits are not here."]
must_hit_fr = ["La saison du homard ouvre le 24 novembre et les permis manquent."]
must_not_hit_en = ["The hockey season opens on 24 November."]
must_not_hit_fr = ["La saison de hockey ouvre le 24 novembre."]
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An office that worked some mail through two days ago. Its criteria decide alone. Commands know its clock."""
    with office_of_commands(tmp_path, monkeypatch) as opened:
        at = NOW - timedelta(days=2)
        for number, raw in enumerate((
            in_bytes(letter("A constituent", f"{URGENT}\n")), in_bytes(letter("An update", f"{REFUSED}\n")),
            in_bytes(letter("The season", f"{HARVEST}\n")), out_of_office(),
        )):  # fmt: skip
            opened.deliver(raw, at + timedelta(minutes=number))
            opened.run()
        opened.clock.at = NOW
        yield opened


@pytest.fixture
def config(world: World) -> Path:
    return world.context.settings.rules.criteria.parent / "inboxd.toml"


@pytest.fixture
def tried(config: Path, tmp_path: Path) -> Path:
    """The office's criteria with one row more."""
    path = tmp_path / "new.toml"
    path.write_text((config.parent / "criteria.toml").read_text(encoding="utf-8") + ROW, encoding="utf-8")
    return path


# replay


def test_replay_shows_what_would_change_and_touches_nothing(
    give: Give, world: World, config: Path, tried: Path
) -> None:
    before = everything(world)
    report = document(give(config, "replay", "--since", "30d", "--criteria", str(tried), "--json"))
    assert (report["mails"], report["read"], report["not_read"], report["changed"]) == (4, 4, 0, 1)
    assert report["new_version"] == version_of(tried.read_bytes()) != report["old_version"]
    change, = report["changes"]
    assert change["mail"] == 3
    assert change["new"]["categories"] == ["urgent"]
    assert change["new"]["templates"] == ["ack_urgent"]
    assert change["new"]["criteria"] == [{"id": "UR-70", "words": "lobster season opens"}]
    assert change["old"]["categories"] in (["not_met"], ["review"])
    assert set(change["kinds"]) >= {"deadline", "reply"}
    assert report["only_words"] == [2], "the refusal would list one criterion more"
    assert everything(world) == before


def test_replay_is_a_table_for_people(give: Give, config: Path, tried: Path) -> None:
    ended = give(config, "replay", "--criteria", str(tried))
    assert ended.status == 0
    assert "4 mails: 4 read, 0 not read; 1 would change" in ended.out
    for words in ("→ urgent", "ack_urgent", "UR-70", "lobster", "reply by", "only the words of the reply", "mails 2"):
        assert words in " ".join(ended.out.split())


def test_the_same_criteria_change_nothing(give: Give, config: Path) -> None:
    report = document(give(config, "replay", "--criteria", str(config.parent / "criteria.toml"), "--json"))
    assert (report["changed"], report["only_words"], report["read"]) == (0, [], 4)
    assert set(report["kinds"].values()) == {0}


def test_replay_reads_only_the_time_it_is_asked_for(give: Give, config: Path, tried: Path) -> None:
    assert document(give(config, "replay", "--since", "24h", "--criteria", str(tried), "--json"))["mails"] == 0
    until = (NOW - timedelta(days=1)).isoformat()
    ended = give(config, "replay", "--since", "1w", "--until", until, "--criteria", str(tried), "--json")
    assert document(ended)["mails"] == 4
    assert give(config, "replay", "--since", "soon", "--criteria", str(tried)).status == 2


def test_replay_limits_what_it_shows_and_not_what_it_counts(give: Give, config: Path, tried: Path) -> None:
    text = tried.read_text(encoding="utf-8").replace('id = "UR-01"', 'id = "UR-91"')
    tried.write_text(text, encoding="utf-8")
    ended = give(config, "replay", "--criteria", str(tried), "--limit", "1", "--json")
    assert len(document(ended)["changes"]) == 1


def test_replay_names_every_fault_of_a_file(give: Give, config: Path, tried: Path) -> None:
    text = tried.read_text(encoding="utf-8").replace("within_days = 30\nmust_hit_en", "within_weeks = 4\nmust_hit_en")
    tried.write_text(text + ROW, encoding="utf-8")
    ended = give(config, "replay", "--criteria", str(tried))
    assert ended.status == 78
    lines = ended.err.strip().splitlines()
    assert len(lines) >= 2
    assert all(f"{tried}:" in line for line in lines)
    assert any("within_weeks" in line for line in lines)
    assert any("UR-70 is also the id" in line for line in lines)


def test_what_cannot_be_judged_is_counted_and_named(give: Give, world: World, config: Path, tried: Path) -> None:
    archive = world.context.archive
    first, second, third, fourth = every_row(world, mails)
    archive.path("mail", first.digest).unlink()
    damaged = archive.path("mail", second.digest)
    damaged.chmod(stat.S_IRUSR | stat.S_IWUSR)
    damaged.write_bytes(b"something else")
    with world.context.database.transaction() as tx:
        tx.execute(update(mails).where(mails.c.id == third.id).values(state="taken"))
        tx.execute(update(mails).where(mails.c.id == fourth.id).values(state="held", held_reason="UNFETCHABLE"))
    report = document(give(config, "replay", "--criteria", str(tried), "--json"))
    assert (report["mails"], report["read"], report["not_read"]) == (4, 0, 4)
    why = {row["mail"]: row["why"] for row in report["unread"]}
    assert "not there" in why[1]
    assert "no longer has the digest" in why[2]
    assert "not decided yet" in why[3]
    assert "only that is here" in why[4]
    shown = give(config, "replay", "--criteria", str(tried)).out
    assert "4 mails: 0 read, 4 not read" in shown
    assert "Not read" in shown


def test_a_fault_of_ours_on_one_mail_hides_no_other(
    give: Give, config: Path, tried: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inboxd import triage

    whole = triage.decide

    def fails(email: Any, *given: Any) -> Any:
        if email.subject == "The season":
            raise RuntimeError("E123456789")
        return whole(email, *given)

    monkeypatch.setattr(triage, "decide", fails)
    ended = give(config, "replay", "--criteria", str(tried), "--json")
    assert ended.status == 70
    assert json.loads(ended.out)["read"] == 3
    assert "mail 3 (RuntimeError" in one_line(ended)
    assert "E123456789" not in ended.out + ended.err


# activate


def activate(give: Give, config: Path, tried: Path, *more: str) -> Any:
    return give(config, "criteria", "activate", str(tried), "--by", "Kim Osei", "--note", "the spring season", *more)


def test_activation_puts_the_file_in_place_and_writes_down_who_and_why(
    give: Give, world: World, config: Path, tried: Path
) -> None:
    in_force = config.parent / "criteria.toml"
    in_force.chmod(0o640)
    old = in_force.read_bytes()
    ended = activate(give, config, tried, "--yes")
    assert ended.status == 0, ended.err
    assert "1 would change" in ended.out, "the report comes before the deed"
    assert in_force.read_bytes() == tried.read_bytes()
    assert stat.S_IMODE(in_force.stat().st_mode) == 0o640
    assert [path.name for path in config.parent.glob(".criteria*")] == []
    kept = world.context.settings.storage.archive / "criteria"
    assert {path.name for path in kept.iterdir()} == {f"{version_of(text)}.toml" for text in (old, tried.read_bytes())}
    assert (kept / f"{version_of(old)}.toml").read_bytes() == old
    row, = every_row(world, activations)
    assert (row.actor, row.note) == ("person:Kim Osei", "the spring season")
    assert (row.old_version, row.new_version) == (version_of(old), version_of(tried.read_bytes()))
    assert row.report["changed"] == 1
    noted = [event.actor for event in every_row(world, events) if event.event == "criteria_activated"]
    assert noted == ["person:Kim Osei"]
    again = activate(give, config, tried, "--yes")
    assert (again.status, "in force already" in one_line(again)) == (1, True)
    assert len(every_row(world, activations)) == 1


def test_history_shows_any_version_again(give: Give, config: Path, tried: Path) -> None:
    old = (config.parent / "criteria.toml").read_bytes()
    assert "none" in give(config, "criteria", "history").out
    assert activate(give, config, tried, "--yes").status == 0
    new = version_of(tried.read_bytes())
    listed, = document(give(config, "criteria", "history", "--json"))
    assert (listed["new_version"], listed["in_force"], listed["changed"]) == (new, True, "1 of 4")
    shown = give(config, "criteria", "history").out
    for words in (new, "person:Kim Osei", "the spring season", "1 of 4"):
        assert words in shown
    assert give(config, "criteria", "history", new[:6], "--text").out.encode() == tried.read_bytes()
    assert give(config, "criteria", "history", version_of(old), "--text").out.encode() == old
    assert "UR-70" in give(config, "criteria", "history", new, "--report").out
    assert "1 of 4 past mails" in give(config, "criteria", "history", new).out
    assert document(give(config, "criteria", "history", new, "--json"))["note"] == "the spring season"
    assert "before the first activation" in give(config, "criteria", "history", version_of(old)).err
    assert give(config, "criteria", "history", "zzz").status == 1
    assert give(config, "criteria", "history", "--text").status == 2
    (config.parent / "back.toml").write_bytes(old)
    assert activate(give, config, config.parent / "back.toml", "--yes").status == 0, "going back is an activation too"
    assert [row["in_force"] for row in document(give(config, "criteria", "history", "--json"))] == [True, False]


def test_without_a_terminal_nothing_happens_unless_told(
    give: Give, world: World, config: Path, tried: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (config.parent / "criteria.toml").read_bytes()
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ended = activate(give, config, tried)
    assert ended.status == 1
    assert "give --yes" in one_line(ended)
    assert (config.parent / "criteria.toml").read_bytes() == old
    assert every_row(world, activations) == []


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 130)])
def test_on_a_terminal_it_asks(
    give: Give, world: World, config: Path, tried: Path, monkeypatch: pytest.MonkeyPatch, answer: str, status: int,
) -> None:  # fmt: skip
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    ended = activate(give, config, tried)
    assert ended.status == status
    assert "Take" in ended.out
    assert len(every_row(world, activations)) == (status == 0)


def test_criteria_with_faults_are_never_taken(give: Give, world: World, config: Path, tried: Path) -> None:
    text = tried.read_text(encoding="utf-8").replace("The hockey season opens on", "The crab season opens on")
    tried.write_text(text, encoding="utf-8")
    old = (config.parent / "criteria.toml").read_bytes()
    ended = activate(give, config, tried, "--yes")
    assert ended.status == 78
    assert "must not hit UR-70" in one_line(ended)
    assert (config.parent / "criteria.toml").read_bytes() == old
    assert every_row(world, activations) == []


def test_a_folder_that_cannot_be_written_changes_nothing(
    give: Give, world: World, config: Path, tried: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force = config.parent / "criteria.toml"
    whole = Path.replace

    def refuses(path: Path, target: Path) -> Path:
        if target == in_force:
            raise PermissionError(13, "Permission denied")
        return whole(path, target)

    monkeypatch.setattr(Path, "replace", refuses)
    old = in_force.read_bytes()
    ended = activate(give, config, tried, "--yes")
    assert ended.status == 1
    assert "criteria.toml cannot be replaced: Permission denied; nothing was changed" in one_line(ended)
    assert in_force.read_bytes() == old
    assert every_row(world, activations) == [], "the row and the file are one step"
    assert [path.name for path in config.parent.glob(".criteria*")] == []


def test_a_file_that_changes_meanwhile_is_not_overwritten(
    give: Give, world: World, config: Path, tried: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inboxd.cli import activating as command

    in_force = config.parent / "criteria.toml"

    def somebody_else(*_: object) -> None:
        in_force.write_text(in_force.read_text(encoding="utf-8") + "\n# by hand\n", encoding="utf-8")

    monkeypatch.setattr(command, "_ask", somebody_else)
    ended = activate(give, config, tried)
    assert ended.status == 1
    assert "changed since the report was made" in one_line(ended)
    assert in_force.read_text(encoding="utf-8").endswith("# by hand\n")
    assert every_row(world, activations) == []


def criteria_finding(give: Give, config: Path) -> dict[str, Any]:
    findings = json.loads(give(config, "check", "--json").out)
    return next(row for row in findings if row["what"] == "criteria")


def test_check_tells_of_a_change_by_hand(give: Give, world: World, config: Path, tried: Path) -> None:
    assert criteria_finding(give, config)["ok"]
    assert activate(give, config, tried, "--yes").status == 0
    new = version_of(tried.read_bytes())
    found = criteria_finding(give, config)
    assert found["ok"]
    assert f"in force is version {new}, taken into use" in found["text"]
    in_force = config.parent / "criteria.toml"
    in_force.write_text(in_force.read_text(encoding="utf-8") + "\n# by hand\n", encoding="utf-8")
    by_hand = version_of(in_force.read_bytes())
    found = criteria_finding(give, config)
    assert not found["ok"]
    assert f"in force is version {by_hand}, last activated was {new}" in found["text"]
    assert activate(give, config, in_force, "--yes").status == 0, "giving the file itself records it"
    last = every_row(world, activations)[-1]
    assert (last.old_version, last.new_version) == (new, by_hand)
    assert criteria_finding(give, config)["ok"]


# case set-category and drift


def correct(give: Give, config: Path, reference: str, category: str, *more: str) -> Any:
    given = (reference, category, "--reason", "she phoned", "--by", "Kim Osei", *more)
    return give(config, "case", "set-category", *given)


def test_a_correction_by_command_is_told_everywhere(give: Give, world: World, config: Path, tmp_path: Path) -> None:
    reference = every_row(world, cases)[0].reference
    ended = correct(give, config, reference.lower(), "complex")
    assert ended.status == 0, ended.err
    assert f"case {reference} goes from urgent to complex and is open" in ended.out
    assert "nothing is sent to the sender" in ended.out
    assert "Enquiries/Complex" in ended.out
    story = give(config, "show", "1").out
    assert f"Case {reference} corrected" in story
    assert "urgent to complex, person:Kim Osei" in story
    assert "reason: she phoned" in story
    assert "case_overridden" in story
    listed = {row["reference"]: row["corrected"] for row in document(give(config, "cases", "--json"))}
    assert {name: text for name, text in listed.items() if text} == {reference: "from urgent, person:Kim Osei"}
    mail = tmp_path / "mail.eml"
    mail.write_bytes(world.context.archive.read("mail", every_row(world, mails)[0].digest))
    assert "urgent to complex, person:Kim Osei" in give(config, "explain", str(mail)).out
    assert document(give(config, "explain", str(mail), "--json"))["overrides"][0]["reason"] == "she phoned"
    done = document(correct(give, config, reference, "critical", "--json"))
    assert (done["previous"], done["category"], done["notified"]) == ("complex", "critical", "")


def test_a_correction_that_is_none_is_refused(give: Give, world: World, config: Path) -> None:
    reference = every_row(world, cases)[0].reference
    ended = correct(give, config, reference, "urgent")
    assert (ended.status, one_line(ended)) == (1, f"inboxd: case {reference} is urgent already")
    assert give(config, "close", reference).status == 0
    assert "is closed" in one_line(correct(give, config, reference, "complex"))
    assert correct(give, config, reference, "gravest").status == 2
    assert give(config, "case", "set-category", reference, "complex", "--by", "Kim").status == 2
    assert every_row(world, overrides) == []


def test_drift_counts_with_caution(give: Give, world: World, config: Path) -> None:
    urgent = every_row(world, cases)[0]
    assert correct(give, config, urgent.reference, "complex").status == 0
    found = document(give(config, "criteria", "drift", "--since", "2026-11-01", "--json"))
    assert (found["mails"], found["corrected"]) == (3, 1)
    row = next(item for item in found["corrected_criteria"] if item["criterion"] == urgent.criteria[0])
    assert (row["cases"], row["corrected"], row["share"], row["few"], row["to"]) == (1, 1, 1.0, True, {"complex": 1})
    assert urgent.criteria[0] not in found["never_hit"]
    assert len(found["never_hit"]) > 20
    month, = found["person_criteria"]
    assert (month["n"], month["disagree"], month["few"]) == (1, 1, True)
    shown = give(config, "criteria", "drift", "--since", "2026-11-01").out
    assert "few: n = 1" in shown
    assert "Never hit in 3 mails" in shown
    assert document(give(config, "criteria", "drift", "--since", "1h", "--json"))["mails"] == 0
