"""What docs/operating.md tells people to type exists: commands, their options, files, settings, reasons."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from inboxd.cli import cli
from inboxd.documents import Reason
from inboxd.store import held

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
TYPED = sorted(set(re.findall(r"(?:`|^ +)inboxd ([a-z][^`#\n]*)", PAGE, re.MULTILINE)))


def test_page_names_commands() -> None:
    assert {"check", "verify", "list --held", "db upgrade"} <= {command.strip() for command in TYPED}


@pytest.mark.parametrize("typed", TYPED)
def test_command_on_the_page_exists_with_its_options(typed: str) -> None:
    words = typed.split()
    command: click.Command = cli
    while words and isinstance(command, click.Group):
        name = words.pop(0)
        assert name in command.commands, f"inboxd {typed}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_files_on_the_page_are_in_the_release() -> None:
    named = set(re.findall(r"(?<![\w/])(?:config|systemd|requirements)/[\w.-]+", PAGE))
    assert len(named) >= 8
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


def test_settings_on_the_page_are_settings() -> None:
    sample = (ROOT / "config" / "inboxd.toml").read_text(encoding="utf-8")
    sections = tomllib.loads(sample)
    for section, option in re.findall(r"`(storage|senders|office|limits)\.(\w+)`(?! \| (?:info|error))", PAGE):
        assert section in sections
        assert re.search(rf"^(?:# )?{option} = ", sample, re.MULTILINE), f"{section}.{option}"


def test_reasons_on_the_page_are_reasons() -> None:
    reasons = set(re.findall(r"`([A-Z]+_[A-Z_]+|MALWARE|UNREADABLE)`", PAGE)) - {"PGPASSFILE"}
    assert len(reasons) >= 10
    assert reasons <= {*Reason, held.EFFECT_FAILED, held.REPLY_CANCELLED, held.UNFETCHABLE}


def test_every_event_line_is_explained_with_its_level() -> None:
    source = (ROOT / "inboxd" / "maillog.py").read_text(encoding="utf-8")
    table = {
        name: level
        for names, level in re.findall(r"^\| (`[a-z_.` ]+`) \| (\w+) \|", PAGE, re.MULTILINE)
        for name in re.findall(r"`([a-z_.]+)`", names)
    }
    emitted = re.findall(r'_emit\(\s*logging\.([A-Z]+),\s*"([a-z_.]+)"', source)
    assert len(emitted) >= 20
    assert set(table.items()) == {(name, level.lower()) for level, name in emitted}


def test_account_paths_and_program_are_those_of_the_unit() -> None:
    unit = (ROOT / "systemd" / "inboxd.service").read_text(encoding="utf-8")
    program = re.search(r"^ExecStart=(\S+) run", unit, re.MULTILINE)
    assert program
    assert program[1] in PAGE
    for credential in re.findall(r"^LoadCredential=(\S+)", unit, re.MULTILINE):
        assert f"LoadCredential={credential}" in PAGE
