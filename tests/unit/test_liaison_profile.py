"""The second mailbox that comes with inboxd (`config/mil`): valid as it is, by the standards of its sources."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from inboxd import app, calendar
from inboxd.cli import cli
from inboxd.config_file import read_toml
from inboxd.replies import Templates
from inboxd.settings import DEFAULT_FOLDERS, Place, read_settings
from inboxd.settings.channels import read_channels
from inboxd.standards import read_standards
from inboxd.triage.roster import read_roster
from tests.any_office import OFFICE

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "config" / "mil"
SETTINGS = read_settings(PROFILE / "inboxd.toml")
STANDARDS = read_standards(PROFILE / "standards.toml")
PAGE = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
MONDAY = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


def test_the_sample_settings_take_it_into_service_with_one_line(tmp_path: Path) -> None:
    text = (ROOT / "config" / "inboxd.toml").read_text(encoding="utf-8")
    (tmp_path / "mil").symlink_to(PROFILE)
    main = tmp_path / "inboxd.toml"
    main.write_text(text.replace("# e.g. channels =", "channels ="), encoding="utf-8")
    assert [channel.name for channel in read_channels(main)] == ["main", "mil"]


def test_its_rules_and_texts_hold_together() -> None:
    rules, templates = app.read_rules(SETTINGS)
    assert {member.kind for office in rules.roster.offices.values() for member in office} == {"minister"}
    for path in (SETTINGS.rules.criteria, SETTINGS.rules.regional_units):
        assert path.resolve().parent == ROOT / "config", "shared with the other mailbox"
    zone = rules.standards.calendar.zone
    ours = {path.name for path in PROFILE.rglob("*.j2")}
    assert ours == {"outsider.txt.j2"}
    assert isinstance(templates, Templates)
    packaged = Templates.load(SETTINGS.replies.model_copy(update={"templates": None}), SETTINGS.office, zone,
                              SETTINGS.documents)
    assert set(packaged.names()) == set(templates.names())


@pytest.mark.parametrize(("lane", "days"), [("urgent_complex", 2), ("time_sensitive", 5), ("other", 10)])
def test_the_minister_s_office_has_the_standards_of_its_source(lane: str, days: int) -> None:
    """`domain.md` R1-13."""
    assert STANDARDS.mil[lane] == days


def test_a_case_that_changes_its_category_keeps_these_standards() -> None:
    lanes = {"urgent": "urgent_complex", "complex": "urgent_complex", "review": "time_sensitive", "not_met": "other"}
    assert {name: STANDARDS.business_days(name) for name in lanes} == {
        name: STANDARDS.mil[lane] for name, lane in lanes.items()}


def test_critical_goes_first() -> None:
    first = calendar.deadline(STANDARDS.calendar, MONDAY, STANDARDS.business_days("critical"),
                              STANDARDS.action_hours("critical"))
    others = [calendar.deadline(STANDARDS.calendar, MONDAY, days, None) for days in STANDARDS.mil.values()]
    assert all(first.reply_by < other.reply_by for other in others)
    assert first.action_by is not None
    assert (first.action_by - MONDAY).total_seconds() == 24 * 3600


def test_both_mailboxes_have_the_same_holidays_and_hours() -> None:
    assert dict(STANDARDS.calendar.closed) == dict(OFFICE.closed)
    assert dict(STANDARDS.calendar.hours) == dict(OFFICE.hours)


def test_who_is_on_its_roster_is_invented_and_none_of_the_other_mailbox_s_members() -> None:
    ours = {row.address: row for office in read_roster(PROFILE / "roster.csv").offices.values() for row in office}
    others = {row.address: row for office in read_roster(ROOT / "config" / "roster.csv").offices.values()
              for row in office}
    assert all(address.endswith(".example") for address in ours)
    assert {others[address].kind for address in ours.keys() & others.keys()} == {"minister"}


def test_it_says_only_what_differs_from_a_default() -> None:
    written, _ = read_toml(PROFILE / "inboxd.toml")
    for section, options in written.items():
        if section == "folders":
            assert all(DEFAULT_FOLDERS[Place(name)] != folder for name, folder in options.items())
            continue
        fields = type(getattr(SETTINGS, section)).model_fields
        assert [key for key, value in options.items() if fields[key].default == value] == []


def test_unit_and_page_hand_over_its_passwords_and_keep_its_files() -> None:
    for name in (SETTINGS.mailbox.password_credential, SETTINGS.smtp.password_credential):
        assert f"LoadCredential={name}:/etc/inboxd/credentials/{name}" in PAGE
        assert f"cat > /etc/inboxd/credentials/{name}" in PAGE
    unit = (ROOT / "systemd" / "inboxd.service").read_text(encoding="utf-8")
    assert re.search(r"^StateDirectory=inboxd ", unit, re.MULTILINE)
    for path in (SETTINGS.storage.archive, SETTINGS.storage.spool):
        assert path.parent == Path("/var/lib/inboxd/mil")
    assert SETTINGS.storage.database.startswith("sqlite:////var/lib/inboxd/mil/")


def test_what_the_page_tells_people_to_type_exists() -> None:
    typed = re.findall(r"(?:`|^ +)inboxd ([^`#\n]+)", PAGE, re.MULTILINE)
    assert len(typed) > 10
    known = {option for parameter in cli.params for option in parameter.opts}
    for words in (line.split() for line in typed):
        while words and words[0].startswith("--"):
            assert words[0] in known
            del words[:2]
        command: click.Command = cli
        while words and words[0] != "…" and isinstance(command, click.Group):
            assert words[0] in command.commands, words
            command = command.commands[words.pop(0)]


def test_files_on_the_page_are_in_the_release() -> None:
    named = set(re.findall(r"(?<![\w/])(?:config|docs)/[\w./-]+\w", PAGE))
    assert len(named) >= 5
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
