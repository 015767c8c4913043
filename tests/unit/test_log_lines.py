"""The look at every event line finds what a mail says, and the test that logged it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from inboxd import maillog
from tests import log_lines
from tests.office import INBOX, PROJECT


@pytest.mark.parametrize("words", [
    "E123456789", "11-2222-3333", "Amara Okonjo-Reyes", "OKONJO-REYES", "staff.rivers@parl.example", "o1 Alma Rivers",
    "MCMPS attachment - Fichier joint CMDS E123456789", "F555000111",
])
def test_what_a_mail_says_is_found_in_a_line(words: str) -> None:
    assert log_lines.says(f'stage.failed stage=intake why="could not read {words}, sorry"')


@pytest.mark.parametrize("line", [
    "mail.decided mail=12 route=submission rule=submits_documents place=filed effects=3", "daemon.stopped",
    f"mailbox.connected account={INBOX}", "effect.failed effect=3 kind=send mail=- attempt=1 why=421",
    "mail.taken mail=4 size=123456789", "incident.opened incident=1 kind=certificate_ends subject=smtp",
])
def test_a_line_of_ids_is_clean(line: str) -> None:
    assert log_lines.says(line) == ""


def test_there_is_something_to_look_for() -> None:
    needles = log_lines.needles()
    assert len(needles) > 500
    assert sum("@" in needle for needle in needles) > 100


def test_a_line_is_heard_where_nobody_listens() -> None:
    maillog.stage_failed("intake", "no such record E123456789")
    line, = log_lines.found
    log_lines.found.clear()
    assert line == 'stage.failed stage=intake why="no such record E123456789"'


def test_the_test_that_logs_a_name_fails(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests import log_lines\nfrom tests.log_lines import pytest_runtest_makereport\nlog_lines.listen()\n")
    (tmp_path / "test_one.py").write_text(
        "from inboxd import maillog\n"
        "def test_clean():\n    maillog.mail_taken(1, size=3)\n"
        "def test_telling():\n    maillog.stage_failed('intake', 'Amara Okonjo-Reyes')\n"
        "def test_clean_again():\n    maillog.mail_taken(2, size=3)\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist",
         "--rootdir", str(tmp_path), "-c", "/dev/null", str(tmp_path)],
        cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "inboxd logged what a mail says" in done.stdout
    assert "1 error" in done.stdout or "1 failed" in done.stdout
