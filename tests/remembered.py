"""Rules and texts read once in a process: pure functions of their files, and seconds of its time each.

There are hundreds of settings in the tests, and few contents of rules files behind them. What two offices share here is
never changed by either.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inboxd import app
from inboxd.replies import Templates
from inboxd.settings import Settings
from inboxd.triage import Rules

_FILES = ("read_criteria", "read_standards", "read_units", "read_roster")


def _by_content(read: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[bytes, Any] = {}

    def cached(path: Path, **how: Any) -> Any:
        content = path.read_bytes()
        if content not in known:
            known[content] = read(path, **how)
        return known[content]

    return cached


def _by_settings(load: Callable[..., Templates]) -> Callable[..., Templates]:
    known: dict[tuple[Any, ...], Templates] = {}

    def cached(replies: Any, *more: Any, **how: Any) -> Templates:
        if replies.templates is not None:  # a folder, whose files are changed
            return load(replies, *more, **how)
        if (replies, *more) not in known:
            known[replies, *more] = load(replies, *more, **how)
        return known[replies, *more]

    return cached


@functools.cache
def _remembering() -> dict[tuple[Any, str], Any]:
    return {
        **{(app, name): _by_content(getattr(app, name)) for name in _FILES},
        (app, "_second_reader"): functools.cache(app._second_reader),
        (Templates, "load"): staticmethod(_by_settings(Templates.load)),
    }


def remember_rules() -> None:
    """For good: for a process of the tests that only runs what others ask of it."""
    for (owner, name), cached in _remembering().items():
        setattr(owner, name, cached)


def read_rules(settings: Settings) -> tuple[Rules, Templates]:
    """As `app.read_rules`, for a test that is not about reading them."""
    with pytest.MonkeyPatch.context() as patch:
        for (owner, name), cached in _remembering().items():
            patch.setattr(owner, name, cached)
        return app.read_rules(settings)
