"""The token of the mail that inboxd writes to itself: only this installation can make one."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd import canary
from inboxd.errors import DiskRefused

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def subject(tmp_path: Path) -> str:
    return canary.subject_for(canary.secret(tmp_path), "main", NOW)


def test_a_token_of_ours_is_known_again(tmp_path: Path, subject: str) -> None:
    assert canary.is_genuine(tmp_path, "main", subject, NOW + timedelta(seconds=3))
    assert canary.is_genuine(tmp_path, "main", f"[EXTERNAL] RE: {subject} (scanned)", NOW)
    assert canary.token_in(subject) in subject


def test_no_two_are_the_same(tmp_path: Path, subject: str) -> None:
    assert canary.subject_for(canary.secret(tmp_path), "main", NOW) != subject


def test_a_token_with_one_letter_changed_is_none(tmp_path: Path, subject: str) -> None:
    changed = [subject[:place] + ("1" if subject[place] == "0" else "0") + subject[place + 1 :]
               for place in range(14, len(subject)) if subject[place] in "0123456789abcdef"]  # fmt: skip
    assert len(changed) > 60
    assert not any(canary.is_genuine(tmp_path, "main", forged, NOW) for forged in changed)


def test_another_mailbox_and_another_installation_make_other_tokens(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, subject: str
) -> None:
    assert not canary.is_genuine(tmp_path, "mil", subject, NOW)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert not canary.is_genuine(elsewhere, "main", subject, NOW), "no secret, no token"
    canary.secret(elsewhere)
    assert not canary.is_genuine(elsewhere, "main", subject, NOW)


@pytest.mark.parametrize(("late", "genuine"), [
    (timedelta(hours=-2), False), (timedelta(minutes=-30), True), (timedelta(days=7), True),
    (timedelta(days=8), False)])
def test_an_old_token_measures_nothing(tmp_path: Path, subject: str, late: timedelta, genuine: bool) -> None:
    assert canary.is_genuine(tmp_path, "main", subject, NOW + late) is genuine


def test_the_secret_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    first = canary.secret(tmp_path)
    assert len(first) == 32
    assert canary.secret(tmp_path) == first
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in tmp_path.iterdir()] == [(canary.FILE, 0o600)]


def test_a_secret_that_was_cut_off_makes_nothing_genuine(tmp_path: Path) -> None:
    (tmp_path / canary.FILE).write_bytes(b"")
    forged = canary.subject_for(b"", "main", NOW)
    assert not canary.is_genuine(tmp_path, "main", forged, NOW)


def test_an_archive_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DiskRefused, match="cannot be made or read: No such file"):
        canary.secret(tmp_path / "nowhere")


@given(st.text() | st.from_regex(r"inboxd canary [0-9]{8}T[0-9]{6}Z-[0-9a-f]{16}-[0-9a-f]{32}"))
def test_nobody_guesses_one(tmp_path_factory: pytest.TempPathFactory, subject: str) -> None:
    root = tmp_path_factory.getbasetemp()
    canary.secret(root)
    assert not canary.is_genuine(root, "main", subject, NOW)
