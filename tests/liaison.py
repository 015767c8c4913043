"""The second mailbox as it comes with inboxd (`config/mil`), pointed at servers of a test, beside an invented one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.office import CONFIG, Server, write_office

INBOX = "mil-ldm@ircc.example"
DESK = "liaison@minister.ircc.example"
ALERTS = "mil-duty@officers.ircc.example"
CHANNELS = '[service]\nchannels = ["mil/inboxd.toml"]'


def write_liaison(root: Path, *, imap: Server, smtp: Server, database: str = "sqlite:///data/inboxd.sqlite") -> Path:
    """The shipped profile under `root`/mil, with nothing changed but servers, storage and the alert address."""
    folder = root / "mil"
    shutil.copytree(CONFIG / "mil", folder)
    (folder / "data").mkdir()
    text = (folder / "inboxd.toml").read_text(encoding="utf-8")
    for section, lines in (
        ("mailbox", [*imap.lines(folder, "imap"), 'account = "mil"']),
        ("smtp", smtp.lines(folder, "smtp")),
        ("storage", [f'database = "{database}"', 'archive = "data/archive"', 'spool = "data/spool"',
                     "min_free_bytes = 1048576"]),
    ):
        text, count = re.subn(rf"(?ms)^\[{section}\]\n.*?(?=^\[)", "\n".join([f"[{section}]", *lines, "", ""]), text)
        assert count == 1, section
    text, count = re.subn(r"(?m)^# e\.g\. alerts = .*$", f'alerts = ["{ALERTS}"]', text)
    assert count == 1
    (folder / "inboxd.toml").write_text(text, encoding="utf-8")
    return folder / "inboxd.toml"


def write_both(root: Path, *, imap: Server, liaison: Server, smtp: Server, changes: str = "") -> Path:
    """Both mailboxes; returns the main settings file, which names the second. `changes` follow the channels."""
    main = write_office(root, imap=imap, smtp=smtp, database="sqlite:///data/inboxd.sqlite",
                        changes=f"{CHANNELS}\n{changes}")
    write_liaison(root, imap=liaison, smtp=smtp)
    return main
