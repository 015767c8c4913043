"""Scenario folders, read: the mails of one story in order, settings lines to add, and what must come of it.

A folder holds `message.eml`, or `1.eml`, `2.eml` …; mails in `before/` come first and are only a prelude. A name that
ends in `.sent.eml` is put into the Sent folder. Lines may end in LF; mails are delivered with CRLF. `expected.toml`
has a table for each mail, named like its file; README.md says what may stand there. A folder that does not hold
together raises `AssertionError`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
TORONTO = ZoneInfo("America/Toronto")
MORNING = datetime(2026, 11, 2, 10, 0, tzinfo=TORONTO)
"""Monday morning: when a mail without a readable Date arrives."""
_PLACEHOLDER = re.compile(rb"\{\{([a-z]+):([0-9]+)\.([a-z_]+)\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One mail to deliver."""

    name: str
    folder: str
    """Where it is delivered: INBOX or Sent."""
    template: bytes
    """The mail as written, with placeholders such as `{{sent:1.message_id}}`."""
    expected: Mapping[str, Any] | None
    """None: a prelude."""

    def mail(self, value: Callable[[str, int, str], bytes]) -> bytes:
        """The bytes to deliver; `value(kind, n, field)` fills a placeholder (counted from 1)."""
        raw = _PLACEHOLDER.sub(lambda found: value(found[1].decode(), int(found[2]), found[3].decode()), self.template)
        return re.sub(rb"\r?\n", b"\r\n", raw)

    def arrival(self, raw: bytes) -> datetime:
        """When the server received it: `at` in the expectations (Toronto time), else the mail's own Date."""
        told = (self.expected or {}).get("at")
        if told:
            return local(told)
        try:
            return parsedate_to_datetime(str(message_from_bytes(raw)["Date"])).astimezone(UTC)
        except (TypeError, ValueError):
            return MORNING.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One folder."""

    name: str
    title: str
    """The first comment line of `expected.toml`."""
    sections: Mapping[str, str]
    """Settings lines to add, by section."""
    steps: tuple[Step, ...]
    end: Mapping[str, Any]
    real_mailbox: bool
    """Run against a real IMAP server too."""


def local(text: str) -> datetime:
    """`2026-11-02 10:00` on the office's wall, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO).astimezone(UTC)


def _order(path: Path) -> tuple[int, str]:
    number = path.name.partition(".")[0]
    return (int(number) if number.isdigit() else 0, path.name)


def _sections(path: Path) -> dict[str, str]:
    """Lines by section, as text, so that they are added to the sections that the office has already."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        head = re.fullmatch(r"\[([a-z.]+)\]", line.strip())
        if head:
            name = head[1]
            found[name] = []
        elif line.strip() and not line.startswith("#"):
            found[name].append(line)
    return {section: "\n".join(lines) for section, lines in found.items()}


def _step(path: Path, expected: Mapping[str, Any] | None) -> Step:
    name = path.name.removesuffix(".eml")
    return Step(name=name, folder="Sent" if name.endswith(".sent") else "INBOX", template=path.read_bytes(),
                expected=expected)


def read(folder: Path) -> Scenario:
    """One scenario. Raises `AssertionError` if mails and expectations do not match."""
    text = (folder / "expected.toml").read_text(encoding="utf-8")
    expected = tomllib.loads(text)
    end = expected.pop("end", {})
    real_mailbox = expected.pop("real_mailbox", False)
    mails = sorted(folder.glob("*.eml"), key=_order)
    names = {path.name.removesuffix(".eml") for path in mails}
    assert names == set(expected), f"{folder.name}: mails {sorted(names)}, expectations {sorted(expected)}"
    assert mails, f"{folder.name} has no mail"
    before = sorted((folder / "before").glob("*.eml"), key=_order)
    steps = [_step(path, None) for path in before]
    steps += [_step(path, expected[path.name.removesuffix(".eml")]) for path in mails]
    title = text.splitlines()[0].removeprefix("#").strip()
    return Scenario(name=folder.name, title=title, sections=_sections(folder / "settings.toml"), steps=tuple(steps),
                    end=end, real_mailbox=real_mailbox)


def folders() -> list[Path]:
    """All scenario folders in order."""
    return sorted(path for path in HERE.iterdir() if (path / "expected.toml").exists())
