"""Failures that cross rooms: what is passing, what is not, and problems that carry file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxd.errors import (
    BadConfig,
    DatabaseRefused,
    DiskRefused,
    InboxdError,
    Permanent,
    Problem,
    Transient,
    Unparsable,
)


def test_who_is_tried_again() -> None:
    assert all(issubclass(kind, Transient) for kind in (DiskRefused, DatabaseRefused))
    assert all(issubclass(kind, Permanent) for kind in (Unparsable, BadConfig))
    assert all(issubclass(kind, InboxdError) for kind in (Transient, Permanent))
    assert not issubclass(Transient, Permanent)


def test_problems_are_told_in_the_order_of_files_and_lines() -> None:
    later = Problem(file=Path("a.toml"), line=9, key="x", message="is wrong")
    whole = Problem(file=Path("a.toml"), line=0, key="", message="cannot be read")
    other = Problem(file=Path("b.toml"), line=1, key="", message="is not TOML")
    error = BadConfig([other, later, whole])
    assert str(error) == "a.toml: cannot be read\na.toml:9: x: is wrong\nb.toml:1: is not TOML"
    with pytest.raises(ValueError, match="at least one"):
        BadConfig([])
