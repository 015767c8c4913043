"""The process itself: the other mailboxes that it serves besides the one of this settings file."""

from __future__ import annotations

from pathlib import Path

from inboxd.config_file import Section


class ServiceSettings(Section):
    """What is about the running of inboxd, not about one mailbox."""

    channels: tuple[Path, ...] = ()
    """Settings files of further mailboxes, each whole in itself; `inboxd run` serves them all (`channels.py`)."""
