"""The enquiries of `routing.toml`: mail that belongs elsewhere, or to people, or here although it looks otherwise."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

GOALS = ("person", "people", "elsewhere", "passport", "here", "pointer")


@dataclass(frozen=True, kw_only=True)
class Routed:
    """One enquiry and where it must go; the head of the file says what each goal means."""

    name: str
    goes: str
    text: str
    sender: str = ""
    category: tuple[str, ...] = ()
    high: bool = False


def _mails() -> dict[str, Routed]:
    tables = tomllib.loads(Path(__file__).with_name("routing.toml").read_text(encoding="utf-8"))["mail"]
    found = [
        Routed(name=table["name"], goes=table["goes"], text=table["text"].strip(), sender=table.get("from", ""),
               category=tuple(table.get("category", ())), high=table.get("high", False))
        for table in tables
    ]  # fmt: skip
    return {mail.name: mail for mail in found}


MAILS = _mails()
