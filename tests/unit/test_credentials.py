"""Passwords come from one source, whole, and are never in a message."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from inboxd import credentials
from inboxd.credentials import read_password
from inboxd.errors import Permanent
from inboxd.settings import Login

SECRET = "t0p-s€cret pâté"


def login(**source: object) -> Login:
    return Login.model_validate({"host": "imap.example", "port": 993, "username": "inbox", **source})


def refused(given: Login, *, owner: str = "mailbox") -> str:
    with pytest.raises(Permanent) as caught:
        read_password(given, owner=owner)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def shell(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_a_file_gives_its_line_without_the_line_end(tmp_path: Path, ending: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(SECRET.encode() + ending)
    assert read_password(login(password_file=file), owner="mailbox") == SECRET


def test_spaces_belong_to_the_password(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b" two words \n")
    assert read_password(login(password_file=file), owner="mailbox") == " two words "


def test_a_changed_file_counts_at_once(tmp_path: Path) -> None:
    file = tmp_path / "password"
    for word in ("old", "new"):
        file.write_text(word)
        assert read_password(login(password_file=file), owner="mailbox") == word


def test_the_environment_gives_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOXD_TEST_PASSWORD", SECRET)
    assert read_password(login(password_env="INBOXD_TEST_PASSWORD"), owner="smtp") == SECRET


def test_systemd_gives_the_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imap-password").write_text(SECRET + "\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_password(login(password_credential="imap-password"), owner="mailbox") == SECRET


def test_a_command_gives_what_it_prints() -> None:
    given = login(password_command=shell(f"print({SECRET!r}); import sys; print('a warning', file=sys.stderr)"))
    assert read_password(given, owner="mailbox") == SECRET


def test_a_command_is_run_without_a_shell(tmp_path: Path) -> None:
    given = login(password_command=("/bin/echo", "$HOME;", "touch", str(tmp_path / "made")))
    assert read_password(given, owner="mailbox") == f"$HOME; touch {tmp_path / 'made'}"
    assert not (tmp_path / "made").exists()


def test_no_source_names_all_four() -> None:
    said = refused(Login.model_validate({"host": "smtp.example", "port": 465}), owner="smtp")
    assert said.startswith("smtp has no password source")
    for name in ("password_file", "password_env", "password_credential", "password_command"):
        assert name in said


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "absent"
    said = refused(login(password_file=file))
    assert said == f"mailbox.password_file: {file} does not exist; write the password into it (chmod 600)"


def test_a_folder_is_no_password_file(tmp_path: Path) -> None:
    assert "cannot be read (Is a directory)" in refused(login(password_file=tmp_path))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty password"),
        (b"\n", "empty password"),
        (b"one\ntwo\n", "more than one line"),
        (b"one\r\nA1 LOGOUT", "more than one line"),
        (b"one\0two", "more than one line"),
        (b"\xe9t\xe9", "not UTF-8"),
        (b"x" * 5000, "more than 4096 bytes"),
    ],
)
def test_a_file_that_is_no_password_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    said = refused(login(password_file=file))
    assert said.startswith("mailbox.password_file")
    assert complaint in said
    assert "one" not in said.replace("more than one line", "")


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INBOXD_TEST_PASSWORD", raising=False)
    said = refused(login(password_env="INBOXD_TEST_PASSWORD"), owner="smtp")
    assert said == (
        "smtp.password_env: the environment has no variable INBOXD_TEST_PASSWORD; set it where inboxd is started"
    )


def test_an_empty_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOXD_TEST_PASSWORD", "")
    assert "empty password" in refused(login(password_env="INBOXD_TEST_PASSWORD"))


def test_a_credential_without_systemd_says_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert "LoadCredential=imap-password:<file>" in refused(login(password_credential="imap-password"))


def test_a_credential_that_was_not_passed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "passed no credential imap-password" in refused(login(password_credential="imap-password"))


@pytest.mark.parametrize("name", ["../etc/passwd", "/etc/passwd", ".."])
def test_a_credential_is_a_name_and_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "not a credential's name" in refused(login(password_credential=name))


def test_a_command_that_is_missing_is_named() -> None:
    said = refused(login(password_command=("/no/such/program", SECRET)))
    assert said.startswith("mailbox.password_command: /no/such/program cannot be run (No such file or directory)")


def test_a_command_that_fails_gives_its_status_and_nothing_it_printed() -> None:
    said = refused(login(password_command=shell(f"print({SECRET!r}); raise SystemExit(3)")))
    assert "failed with status 3" in said


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 0.5)
    noted = tmp_path / "pid"
    script = (
        "import subprocess, time, pathlib; child = subprocess.Popen(['/bin/sleep', '60']); "
        f"pathlib.Path({str(noted)!r}).write_text(str(child.pid)); time.sleep(60)"
    )
    began = time.monotonic()
    assert "did not end within 0.5 s" in refused(login(password_command=shell(script)))
    assert time.monotonic() - began < 30
    child = int(noted.read_text())
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.02)
    os.kill(child, 9)
    pytest.fail("the command's child still runs")
