"""The command line itself: help of every command, wrong words, and where the settings file may stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Give

COMMANDS = (
    "run", "once", "check", "list", "show", "cases", "explain", "verify", "retry", "close", "release", "refuse",
    "db", "db upgrade", "db restored", "journal", "journal head", "journal export", "rebuild", "digest",
    "applications", "applications import", "templates", "templates check", "templates list", "templates preview",
    "templates page", "templates try", "templates diff", "templates activate", "templates history",
    "templates restore", "evaluate", "export", "train", "criteria", "criteria check", "criteria list", "criteria show",
    "criteria activate", "criteria history", "criteria drift", "replay", "case", "case set-category", "clock",
    "calendar", "calendar show", "calendar add", "calendar remove",
    "roster", "roster check", "roster show", "roster import", "roster history", "report", "incidents", "metrics",
    "outbox", "outbox list", "outbox hold", "outbox release", "outbox cancel",
    "archive", "archive key", "archive rotate", "hold", "hold add", "hold list", "hold remove", "purge",
    "console", "users", "users add", "users list", "users role", "users password", "users disable",
)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_of_each_command(give: Give, tmp_path: Path, command: str) -> None:
    told = give(tmp_path / "there is none", *command.split(), "--help")
    assert told.status == 0
    assert told.out.startswith(f"Usage: inboxd {command}".rstrip())
    assert len(told.out.splitlines()) > 3


def test_every_command_is_in_the_help(give: Give, tmp_path: Path) -> None:
    told = give(tmp_path / "x", "--help").out
    listed = set(re.findall(r"^  ([a-z]+)  ", told, flags=re.MULTILINE))
    assert listed == {command.split()[0] for command in COMMANDS}


@pytest.mark.parametrize(
    "command", [["frobnicate"], ["list", "--state", "lost"], ["show", "one"], ["close"], ["templates", "preview"]]
)
def test_wrong_words_end_with_2(worked: Path, give: Give, command: list[str]) -> None:
    ended = give(worked, *command)
    assert ended.status == 2
    assert ended.out == ""
    assert "Usage: inboxd" in ended.err
    assert "Error: " in ended.err


def test_the_settings_file_may_stand_anywhere(worked: Path, give: Give) -> None:
    nowhere = Path("/nonexistent.toml")
    assert give(nowhere, "list", "--config", str(worked), "--json").status == 0
    assert give(nowhere, f"--config={worked}", "list", "--json").status == 0
    assert give(worked, "--version").out.startswith("inboxd, version ")
