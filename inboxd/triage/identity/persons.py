"""Are two application records about the same person? (`domain.md` 2.4, the same file on another record)"""

from __future__ import annotations

import re
import unicodedata

from inboxd.documents import Application


def _words(*names: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", " ".join(names).casefold())
    return frozenset(re.findall(r"[^\W_]+", "".join(ch for ch in plain if not unicodedata.combining(ch))))


def same_person(one: Application, other: Application) -> bool:
    """By UCI; without one on both sides, by date of birth and all names together. In doubt: no."""
    if one.number == other.number:
        return True
    if one.uci and other.uci:
        return one.uci == other.uci
    names = _words(one.family_name, one.given_name)
    return (
        bool(names)
        and names == _words(other.family_name, other.given_name)
        and one.date_of_birth is not None
        and one.date_of_birth == other.date_of_birth
    )
