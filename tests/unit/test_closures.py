"""A closure written into the standards file and taken out again: nothing else in the file changes."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd import rule_files
from inboxd.closures import with_closure, without_closure
from inboxd.errors import Permanent
from inboxd.standards import Closure, read_text

OURS = Path(__file__).parents[2] / "config" / "standards.toml"
TEXT = OURS.read_text(encoding="utf-8")
STORM = Closure(first=date(2026, 12, 31), last=date(2026, 12, 31), reason="Ice storm", reason_fr="Verglas")
MOVE = Closure(first=date(2027, 1, 5), last=date(2027, 1, 8), reason="We move", reason_fr="We move")


def test_closure_stands_at_the_end_and_everything_before_it_stays() -> None:
    assert with_closure(TEXT, STORM) == TEXT + (
        '\n[[closure]]\ndate = 2026-12-31\nreason = "Ice storm"\nreason_fr = "Verglas"\n'
    )
    assert with_closure(TEXT, MOVE).removeprefix(TEXT) == (
        '\n[[closure]]\ndate = 2027-01-05\nuntil = 2027-01-08\nreason = "We move"\n'
    )


def test_text_without_a_last_line_end_and_text_of_another_system() -> None:
    assert with_closure('zone = "UTC"', STORM).startswith('zone = "UTC"\n\n[[closure]]\n')
    windows = with_closure('zone = "UTC"\r\n', STORM)
    assert windows.count("\n") == windows.count("\r\n") == 6
    assert without_closure(windows, STORM.first) == 'zone = "UTC"\r\n'


def test_one_of_several_is_taken_out_and_remarks_around_it_stay() -> None:
    both = with_closure(with_closure(TEXT + "# Storms\n", STORM) + "# Moves\n", MOVE)
    assert without_closure(both, STORM.first) == with_closure(TEXT + "# Storms\n# Moves\n", MOVE)
    assert without_closure(without_closure(both, MOVE.first), STORM.first) == TEXT + "# Storms\n# Moves\n"


def test_a_remark_inside_a_closure_goes_with_it() -> None:
    text = '[[closure]]\n# as decided on Monday\ndate = 2026-12-31  # a Thursday\nreason = "x"\n# what follows\n'
    assert without_closure(text, STORM.first) == "# what follows\n"


def test_what_cannot_be_changed_safely_is_left_to_a_person() -> None:
    with pytest.raises(Permanent, match="must be written as"):
        with_closure('closure = [{date = 2026-12-24, reason = "x"}]\n', STORM)
    for text in (
        'closure = [{date = 2026-12-31, reason = "x"}, {date = 2026-12-30, reason = "y"}]\n',
        '[[closure]]\ndate = 2026-12-31\nreason = """\nice\n"""\n',
    ):
        with pytest.raises(Permanent, match="closure of 2026-12-31 cannot be told apart"):
            without_closure(text, STORM.first)
    with pytest.raises(KeyError):
        without_closure(TEXT, STORM.first)


words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40).filter(
    lambda text: text.isprintable() and text.strip() == text)


@given(words, words, st.integers(0, 200), st.integers(0, 40))
def test_whatever_the_reason_it_is_read_as_it_was_given_and_taken_out_without_a_trace(
    reason: str, reason_fr: str, offset: int, length: int
) -> None:
    first = date(2027, 4, 1) + timedelta(days=offset)
    closure = Closure(first=first, last=first + timedelta(days=length), reason=reason, reason_fr=reason_fr)
    written = with_closure(with_closure(TEXT, STORM), closure)
    assert [*tomllib.loads(written)["closure"][1].values()][-1] == reason_fr
    if any(day.weekday() < 5 and day not in read_text(TEXT, OURS).calendar.closed for day in closure.days):
        assert read_text(written, OURS).closures == (STORM, closure)
    assert without_closure(written, first) == with_closure(TEXT, STORM)


# the file itself


def test_file_is_replaced_whole_with_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "standards.toml"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    with rule_files.locked(path) as text:
        rule_files.replace(path, text + " and é")
    assert path.read_text(encoding="utf-8") == "old and é"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["standards.toml"]


def test_a_file_that_was_replaced_under_the_lock_is_not_replaced_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people at once: the second waited for the lock of a file that the first has replaced meanwhile."""
    path, other = tmp_path / "standards.toml", tmp_path / "other"
    path.write_text("old", encoding="utf-8")
    other.write_text("new", encoding="utf-8")
    monkeypatch.setattr("inboxd.rule_files.fcntl.flock", lambda *_: other.replace(path))
    with pytest.raises(Permanent, match="was changed meanwhile"), rule_files.locked(path):
        raise AssertionError("given to somebody who holds the wrong lock")


def test_file_that_cannot_be_read_or_replaced_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Permanent, match="cannot be read: No such file"), rule_files.locked(tmp_path / "none"):
        raise AssertionError
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"\xe9")
    with pytest.raises(Permanent, match=r"is not UTF-8 \(byte 0\)"), rule_files.locked(latin):
        raise AssertionError

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inboxd.rule_files.os.fsync", full)
    with pytest.raises(Permanent, match=r"No space left on device; nothing was changed; the account"):
        rule_files.replace(latin, "é")
    assert latin.read_bytes() == b"\xe9"
    assert [each.name for each in tmp_path.iterdir()] == ["latin.toml"]
