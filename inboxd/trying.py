"""Trying changed criteria in a process of their own, before the daemon reads them.

Trying every worked example has the matching engine build what it would build in weeks of mail: some 80 MB that stay
with the process that did it. So another one does it and leaves the mark that it is done (`tried`); the daemon then
finds nothing to try. Never fails: what is wrong, or could not be tried here, the daemon finds out by itself and tells.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from inboxd.errors import BadConfig
from inboxd.settings import Settings
from inboxd.tried import Tried

SECONDS = 120
"""It takes two on a machine that has nothing else to do."""
_KEPT = ("LD_LIBRARY_PATH",)
"""What an interpreter in an unusual place may need of the environment; nothing else, least of all secrets."""
_HOME = Path(__file__).parents[1]
"""Where the package lies: this one is run, and no other of its name."""


def try_apart(settings: Settings) -> bool:
    """Have criteria that were not tried yet tried elsewhere. Whether that was needed."""
    with contextlib.suppress(OSError):
        # not its parents: where those are missing, a disk is
        settings.storage.spool.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if _is_tried(settings.rules.criteria, settings.storage.spool):
            return False
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-m", __name__, str(settings.rules.criteria), str(settings.storage.spool)],
            cwd=_HOME, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            timeout=SECONDS,
            env={"LC_ALL": "C.UTF-8"} | {name: os.environ[name] for name in _KEPT if name in os.environ},
        )
    return True


def _is_tried(criteria: Path, spool: Path) -> bool:
    tried = Tried(spool)
    return tried.has(tried.key("criteria", criteria.read_text(encoding="utf-8")))


def main() -> int:
    """0: they are good, and the mark is set."""
    from inboxd.triage.criteria import read_criteria  # not by the daemon, which only asks for this process

    try:
        read_criteria(Path(sys.argv[1]), tried=Tried(Path(sys.argv[2])))
    except (BadConfig, OSError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
