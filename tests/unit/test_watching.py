"""When the daemon notices that the office's criteria were changed, and when it waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inboxd.settings import read_settings
from inboxd.watching import RuleFiles
from tests.office import Server, write_office


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return write_office(tmp_path, imap=Server(port=1, username="us", password="x"), smtp=Server(port=1))


@pytest.fixture
def criteria(office: Path) -> Path:
    return office.parent / "criteria.toml"


@pytest.fixture
def files(office: Path) -> RuleFiles:
    return RuleFiles(read_settings(office))


def write(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_nothing_changed(files: RuleFiles) -> None:
    assert [files.changed() for _ in range(3)] == [False] * 3


def test_a_change_counts_when_it_stood_still_for_a_look(files: RuleFiles, criteria: Path) -> None:
    write(criteria, "# one\n")
    assert not files.changed(), "perhaps somebody is still writing"
    write(criteria, "# two\n")
    assert not files.changed()
    assert files.changed()
    assert files.changed(), "until it is read"
    files.reading()
    assert [files.changed() for _ in range(3)] == [False] * 3


def test_a_file_that_is_replaced_is_another_one(files: RuleFiles, criteria: Path) -> None:
    """As `criteria activate` and most editors do it; even with the same size and time."""
    found = criteria.stat()
    other = criteria.with_name("other.toml")
    other.write_bytes(b"#" + criteria.read_bytes()[1:])
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.replace(criteria)
    assert [files.changed(), files.changed()] == [False, True]


def test_an_editor_that_moves_the_file_away_for_a_moment_is_waited_for(files: RuleFiles, criteria: Path) -> None:
    away = criteria.with_name("criteria.toml~")
    criteria.rename(away)
    assert not files.changed()
    away.rename(criteria)
    assert [files.changed(), files.changed()] == [False, False], "it is the same file again"
    criteria.unlink()
    assert [files.changed(), files.changed()] == [False, True]


def test_standards_and_roster_are_watched_too_since_commands_write_them(files: RuleFiles, criteria: Path) -> None:
    for name, more in (("standards.toml", "# a note\n"), ("roster.csv", "\n")):
        write(criteria.parent / name, more)
        assert [files.changed(), files.changed()] == [False, True], name
        files.reading()


def test_other_files_wait_for_a_reload(files: RuleFiles, criteria: Path) -> None:
    write(criteria.parent / "regional_units.toml", "# a note\n")
    assert [files.changed(), files.changed()] == [False, False]


def test_after_a_refusal_every_rule_file_is_watched(files: RuleFiles, criteria: Path) -> None:
    write(criteria, "nonsense\n")
    assert [files.changed(), files.changed()] == [False, True]
    files.reading()
    files.refused()
    assert [files.changed(), files.changed()] == [False, False], "the same fault is told once"
    write(criteria.parent / "regional_units.toml", "\n")
    assert [files.changed(), files.changed()] == [False, True]
    files.reading()
    assert [files.changed(), files.changed()] == [False, False]
