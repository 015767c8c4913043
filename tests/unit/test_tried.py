"""What was tried and found good is not tried again; what changed, or could not be noted, is."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from inboxd import tried
from inboxd.app import read_rules
from inboxd.errors import BadConfig
from inboxd.settings import read_settings
from inboxd.triage import criteria
from inboxd.tried import AFRESH, FOLDER, KEPT, Tried
from inboxd.trying import try_apart
from tests.office import Server, write_office


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tests.office.tried_for_all", [])
    config = write_office(tmp_path, imap=Server(port=1, username="inbox", password="secret"),
                          smtp=Server(port=2))
    (tmp_path / "data" / "spool").mkdir(mode=0o700)
    return config


def test_a_mark_is_of_its_kind_and_of_every_part(tmp_path: Path) -> None:
    marks = Tried(tmp_path)
    keys = {marks.key("a", "b", "c"), marks.key("a", "bc"), marks.key("ab", "c"), marks.key("a", "b", "c", "")}
    assert len(keys) == 4
    key = marks.key("a", "b", "c")
    assert not marks.has(key)
    marks.add(key)
    assert marks.has(key)
    assert not marks.has(marks.key("a", "b", "d"))
    assert oct((tmp_path / FOLDER).stat().st_mode & 0o777) == "0o700"


def test_another_program_tries_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = Tried(tmp_path)
    marks.add(marks.key("a"))
    monkeypatch.setattr(tried, "_program", lambda: b"another version")
    assert not marks.has(marks.key("a"))


def test_without_a_folder_all_is_tried_and_nothing_fails(tmp_path: Path) -> None:
    AFRESH.add(AFRESH.key("a"))
    assert not AFRESH.has(AFRESH.key("a"))
    gone = Tried(tmp_path / "not mounted")
    gone.add(gone.key("a"))
    assert not gone.has(gone.key("a"))
    assert not (tmp_path / "not mounted").exists()


def test_marks_do_not_pile_up(tmp_path: Path) -> None:
    marks = Tried(tmp_path)
    for number in range(KEPT + 10):
        marks.add(marks.key(str(number)))
        os.utime(tmp_path / FOLDER / marks.key(str(number)), (number, number))
    assert len(list((tmp_path / FOLDER).iterdir())) == KEPT
    assert marks.has(marks.key(str(KEPT + 9)))
    assert not marks.has(marks.key("0"))


def test_unchanged_criteria_and_texts_are_not_tried_again(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(office)
    read_rules(settings)

    def never(*_: object) -> None:
        raise AssertionError("tried again")

    monkeypatch.setattr(criteria, "problems_of_trials", never)
    monkeypatch.setattr("inboxd.replies.rendering.check", never)
    rules, templates = read_rules(settings)
    assert rules.criteria.version
    assert templates.names()
    with pytest.raises(AssertionError, match="tried again"):
        read_rules(settings, afresh=True)


def test_a_changed_file_is_tried_and_what_is_wrong_is_told_each_time(office: Path) -> None:
    read_rules(read_settings(office))
    file = office.parent / "criteria.toml"
    text = file.read_text(encoding="utf-8")
    wrong = text.replace("must_hit_en = [", 'must_hit_en = [\n    "The weather is fine.",', 1)
    assert wrong != text
    file.write_text(wrong, encoding="utf-8")
    for _ in range(2):
        with pytest.raises(BadConfig, match="weather"):
            read_rules(read_settings(office))
    file.write_text(text, encoding="utf-8")
    read_rules(read_settings(office))


def test_a_changed_setting_that_a_text_shows_is_tried(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_rules(read_settings(office))
    seen: list[object] = []
    monkeypatch.setattr("inboxd.replies.rendering.check", lambda *given: seen.append(given) or ())
    office.write_text(office.read_text(encoding="utf-8").replace("613-555-0100", "613-555-0109"), encoding="utf-8")
    read_rules(read_settings(office))
    assert len(seen) == 1


def test_criteria_are_tried_in_a_process_of_their_own_once(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What trying takes in memory does not stay with the daemon."""
    settings = read_settings(office)
    assert try_apart(settings)
    monkeypatch.setattr(criteria, "trials", lambda _: pytest.fail("tried here too"))
    read_rules(settings)
    assert not try_apart(settings)
    settings.rules.criteria.write_text(settings.rules.criteria.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert try_apart(settings)
    read_rules(settings)


def test_criteria_that_fail_elsewhere_are_told_here_by_line(office: Path) -> None:
    settings = read_settings(office)
    text = settings.rules.criteria.read_text(encoding="utf-8")
    wrong = re.sub(r"must_hit_en = \[", 'must_hit_en = ["Nothing at all is said here.", ', text, count=1)
    settings.rules.criteria.write_text(wrong, encoding="utf-8")
    assert try_apart(settings)
    with pytest.raises(BadConfig, match=r"criteria\.toml:\d+: .*must_hit_en"):
        read_rules(settings)
    assert try_apart(settings), "it is not marked as tried"


def test_where_nothing_can_be_tried_elsewhere_it_is_tried_here(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(office)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert try_apart(settings)
    rules, _ = read_rules(settings)
    assert rules.criteria.rows
