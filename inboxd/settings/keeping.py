"""How what is kept is protected, and for how long it is kept."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from inboxd.config_file import Section

KEEP = "keep"
_PERIOD = re.compile(r"([1-9][0-9]{0,4}) (day|days|year|years)")
DAYS_IN_YEAR = 365.25


class ArchiveSettings(Section):
    """Whether what is archived is encrypted. The keys are never in the file: it names where they come from."""

    key_credential: str = ""
    """A credential of systemd, one key a line (`inboxd archive key`): the last one writes, all of them read."""
    key_file: Path | None = None
    """The same in a file, which nobody but inboxd's user may read."""
    encrypt: bool = True
    """False: the keys read what is encrypted, and what is new is written plain."""

    @model_validator(mode="after")
    def _check_sources(self) -> Self:
        if self.key_credential and self.key_file is not None:
            raise ValueError("has two sources of keys (key_credential, key_file); keep one")
        return self


class Kept(StrEnum):
    """Classes of mail, each with its own period, the one that matters most first: it counts for all that belongs
    together."""

    MINISTER = "minister"
    SUBMISSION = "submission"
    ENQUIRY = "enquiry"
    PASSPORT = "passport"
    NOT_MET = "not_met"
    STATUS = "status"
    OUTSIDER = "outsider"
    AUTOMATIC = "automatic"


USED_TO_DECIDE = frozenset(Kept) - {Kept.OUTSIDER, Kept.AUTOMATIC}
"""What was used for an administrative purpose: at least two years after the last use (Privacy Regulations, section
4(1); domain.md 10)."""
AT_LEAST_DAYS = 730


def days_of(period: str) -> float | None:
    """How many days a period is; None: for ever."""
    if period == KEEP:
        return None
    number, unit = period.split()
    return int(number) * (1 if unit.startswith("day") else DAYS_IN_YEAR)


def _period(given: str) -> str:
    if given != KEEP and not _PERIOD.fullmatch(given):
        raise ValueError(f'must be "keep", or a period such as "90 days" or "2 years" (found {given!r})')
    return given


Period = Annotated[str, AfterValidator(_period)]


class RetentionSettings(Section):
    """For how long mail of each class is kept after its last use. Nothing goes by itself: `inboxd purge` does it."""

    minister: Period = KEEP
    submission: Period = KEEP
    enquiry: Period = KEEP
    passport: Period = KEEP
    not_met: Period = KEEP
    status: Period = KEEP
    outsider: Period = KEEP
    automatic: Period = KEEP
    below_two_years: bool = False
    """Another law than the Privacy Regulations of Canada holds here."""

    def days(self, kept: Kept) -> float | None:
        """How many days after its last use mail of a class may go; None: never."""
        return days_of(getattr(self, kept))

    @model_validator(mode="after")
    def _check_law(self) -> Self:
        for kept in sorted(USED_TO_DECIDE):
            days = self.days(kept)
            if days is not None and days < AT_LEAST_DAYS and not self.below_two_years:
                raise ValueError(
                    f"{kept} is kept for less than two years, which the Privacy Regulations, section 4(1), ask for at "
                    "least; where another law holds, say so with below_two_years = true"
                )
        return self
