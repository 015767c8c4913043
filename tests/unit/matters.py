"""Mails of invented offices that raise one matter or several, from matters.toml: by name, subject, text and cases."""

from __future__ import annotations

import tomllib
from pathlib import Path

_MAILS = tomllib.loads((Path(__file__).parent / "matters.toml").read_text(encoding="utf-8"))["mail"]
SEVERAL: dict[str, tuple[str, str, int]] = {
    mail["name"]: (mail["subject"], mail["text"], mail["cases"]) for mail in _MAILS if mail["cases"] > 1
}
ONE: dict[str, tuple[str, str]] = {
    mail["name"]: (mail["subject"], mail["text"]) for mail in _MAILS if mail["cases"] == 1
}
