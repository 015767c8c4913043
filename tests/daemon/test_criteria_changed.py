"""The running daemon notices changed criteria by itself; broken ones leave the old in force, and people are told."""

from __future__ import annotations

from pathlib import Path

from inboxd.activating import version_of
from tests.crash.letters import in_bytes, letter
from tests.daemon.conftest import MakeOffice, Office
from tests.daemon.running import EVENT, Running, inboxd
from tests.office import ALERTS

ROW = """
[[criterion]]
id = "UR-70"
category = "urgent"
description_en = "A lobster season that opens while the crew waits"
description_fr = "Une saison du homard qui ouvre alors que l'équipage attend"
phrases_en = ["lobster season opens"]
phrases_fr = ["saison du homard ouvre"]
must_hit_en = ["The lobster season opens and the permits are not here."]
must_hit_fr = ["La saison du homard ouvre et les permis manquent."]
must_not_hit_en = ["The hockey season opens."]
must_not_hit_fr = ["La saison de hockey ouvre."]
"""
HARVEST = "The lobster season opens soon and the crew has no permits.\n"
NOTICED = 15
"""Seconds: two looks, and the reading of the criteria."""


def add_row(criteria: Path) -> None:
    """As an editor does it: written in place."""
    with criteria.open("a", encoding="utf-8") as file:
        file.write(ROW)


def alone(make_office: MakeOffice) -> Office:
    return make_office(sections={"rules": "second_reader = false"})


def test_activated_criteria_judge_the_next_mail_without_a_signal(make_office: MakeOffice, tmp_path: Path) -> None:
    office = alone(make_office)
    tried = tmp_path / "new.toml"
    tried.write_bytes((office.root / "criteria.toml").read_bytes())
    add_row(tried)
    with Running(office.config) as daemon:
        daemon.wait_for("mailbox.connected")
        office.deliver(in_bytes(letter("The season", HARVEST)))
        daemon.wait_for("mail.done mail=1")
        ended = inboxd(
            office.config, "criteria", "activate", str(tried), "--by", "Kim", "--note", "lobster", "--yes"
        )
        assert ended.returncode == 0, ended.stderr
        assert "1 mails: 1 read" in ended.stdout
        daemon.wait_for("rules.loaded", seconds=NOTICED)
        office.deliver(in_bytes(letter("The season again", HARVEST)))
        daemon.wait_for("mail.done mail=2")
        assert daemon.stop() == (0, "")
    assert "UR-70" in str(office.ask("select criteria from cases where mail_id = 2"))
    assert "UR-70" not in str(office.ask("select criteria from cases where mail_id = 1"))
    assert all(EVENT.fullmatch(line) for line in daemon.lines)


def test_broken_criteria_are_refused_told_once_and_mended(make_office: MakeOffice) -> None:
    office = alone(make_office)
    criteria = office.root / "criteria.toml"
    sound = criteria.read_bytes()
    with Running(office.config) as daemon:
        daemon.wait_for("mailbox.connected")
        criteria.write_bytes(sound + b"\n[[criterion]]\nid = \"UR-70\"\n")
        daemon.wait_for("rules.refused", "criteria.toml", seconds=NOTICED)
        office.sink.wait_for(1, seconds=20)
        refused = len([line for line in daemon.lines if "rules.refused" in line])
        office.deliver(in_bytes(letter("A question", "Could you please tell us the status of the application?\n")))
        daemon.wait_for("mail.done mail=1")
        assert len([line for line in daemon.lines if "rules.refused" in line]) == refused, "the same fault is told once"
        after = daemon.mark()
        criteria.write_bytes(sound)
        add_row(criteria)
        daemon.wait_for("rules.loaded", seconds=NOTICED, after=after)
        office.deliver(in_bytes(letter("The season", HARVEST)))
        daemon.wait_for("mail.done mail=2")
        assert daemon.stop() == (0, "")
    told = [mail for mail in office.sink.mails if ALERTS in mail.recipients]
    about = [mail for mail in told if b"rules were not taken into use" in mail.raw]
    assert len(about) == 1
    assert "UR-70" in str(office.ask("select criteria from cases where mail_id = 2"))
    assert version_of(criteria.read_bytes()) != version_of(sound)
