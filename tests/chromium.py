"""A real browser without a window: how a page looks and prints, and what became of it. Without one the test fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "there is no Chromium here; `make test` installs it, or: apt-get install --no-install-recommends chromium"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the browser made of a page."""

    dom: str
    picture: Path
    pdf: Path


def look_at(page: Path, into: Path, *, width: int, height: int) -> Seen:
    """Open a page once, in a profile of its own: its elements, a picture of this size, and how it prints."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert program is not None, MISSING
    into.mkdir()
    seen = {"picture": into / "page.png", "pdf": into / "page.pdf"}
    command = [
        program, "--headless", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer",
        f"--user-data-dir={into / 'profile'}", f"--window-size={width},{height}", "--dump-dom",
        f"--screenshot={seen['picture']}", f"--print-to-pdf={seen['pdf']}",
    ]  # fmt: skip
    if os.geteuid() == 0:
        command.append("--no-sandbox")  # its sandbox refuses root
    ended = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=90, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    for path in seen.values():
        assert path.is_file(), ended.stderr[-2000:]
    return Seen(dom=ended.stdout, **seen)
