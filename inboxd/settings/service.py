"""The process itself: the other mailboxes that it serves besides the one of this settings file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from inboxd.config_file import Section


class Risk(StrEnum):
    """What is insecure, and may be accepted in words (`insecure.py`)."""

    UNVERIFIED_SENDERS = "unverified_senders"
    CLEAR_TEXT_SCANNER = "clear_text_scanner"
    CLEAR_TEXT_DATABASE = "clear_text_database"
    READABLE_FILES = "readable_files"
    WRITABLE_FILES = "writable_files"


class ServiceSettings(Section):
    """What is about the running of inboxd, not about one mailbox."""

    channels: tuple[Path, ...] = ()
    """Settings files of further mailboxes, each whole in itself; `inboxd run` serves them all (`channels.py`)."""
    accept_risks: tuple[Risk, ...] = ()
    """Insecure settings with which it starts all the same."""
