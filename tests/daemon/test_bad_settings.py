"""Wrong words, settings and rules: the operator gets clear lines with the place, and a status of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon.conftest import Office
from tests.daemon.running import inboxd, one_line

CONFIG_STATUS = 78


@pytest.mark.parametrize(
    "command", [["run", "--fast"], ["frobnicate"], ["list", "--state", "lost"], ["show", "seven"], ["retry"]]
)
def test_a_wrong_option_is_named_and_the_status_is_2(office: Office, command: list[str]) -> None:
    ended = inboxd(office.config, *command)
    assert ended.returncode == 2
    assert "Usage: inboxd" in ended.stderr
    assert command[-1] in ended.stderr or "ID..." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_no_settings_file(tmp_path: Path) -> None:
    ended = inboxd(tmp_path / "nowhere.toml", "run")
    assert ended.returncode == CONFIG_STATUS
    assert one_line(ended.stderr) == f"inboxd: {tmp_path}/nowhere.toml: cannot be read: No such file or directory"
    assert ended.stdout == ""


def test_every_wrong_setting_is_named_with_its_line(office: Office) -> None:
    text = office.config.read_text(encoding="utf-8")
    office.config.write_text(
        text.replace("timeout_seconds = 20", "timeout_seconds = -1", 1)
        .replace("min_free_bytes = 1048576", "colour = 1"),
        encoding="utf-8",
    )
    lines = office.config.read_text(encoding="utf-8").splitlines()
    ended = inboxd(office.config, "once")
    assert ended.returncode == CONFIG_STATUS
    wrong, unknown = ended.stderr.strip().splitlines()
    assert f"inboxd.toml:{lines.index('timeout_seconds = -1') + 1}: mailbox.timeout_seconds:" in wrong
    assert f"inboxd.toml:{lines.index('colour = 1') + 1}: storage.colour:" in unknown


def test_wrong_rules_end_the_start_with_the_status_for_settings(office: Office) -> None:
    (office.root / "criteria.toml").write_text("[[criterion]]\n", encoding="utf-8")
    ended = inboxd(office.config, "run")
    assert ended.returncode == CONFIG_STATUS
    assert all("criteria.toml" in line for line in ended.stderr.strip().splitlines())
