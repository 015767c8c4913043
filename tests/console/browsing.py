"""The system's own Chromium, driven by playwright: pages as people see them, and what axe finds in them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

from tests.chromium import MISSING, NAMES

AXE = Path(__file__).parent / "axe.min.js"
"""axe-core 4.14.1 by Deque, MPL-2.0, unchanged; for tests alone, in no release."""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def launch(playwright: Playwright) -> Browser:
    """A browser without a window."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert program is not None, MISSING
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root
    return playwright.chromium.launch(
        executable_path=program, args=[*sandbox, "--disable-dev-shm-usage", "--disable-background-networking"]
    )


def complaints(page: Page) -> list[str]:
    """What axe finds wrong by WCAG 2.1 AA, one line each. It runs in a world of its own, past the page's policy."""
    page.evaluate(AXE.read_text(encoding="utf-8") + ";undefined")
    found: Any = page.evaluate("tags => axe.run({runOnly: tags})", WCAG)
    assert found["passes"], "axe looked at nothing"
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for rule in found["violations"] for node in rule["nodes"]
    ]
