"""A simulated year: two years of mail with their clocks, played through the real rows and a model of the rules."""

from __future__ import annotations

import os

SEED = int(os.environ.get("INBOXD_YEAR_SEED", "20260101"))
"""Another seed tells another story."""
MAILS = int(os.environ.get("INBOXD_YEAR_MAILS", "250000"))
"""Whose due times are compared."""
