"""The password of a server, from the one source that the settings name. A door: it reads files, the environment,
systemd's credentials, or what a command prints.

Read when a connection is made and not kept, so that a changed password is taken up without a restart. Fails with
`Permanent` that names the setting and the fix, and never the secret.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from inboxd.errors import Permanent
from inboxd.settings import Secret

COMMAND_SECONDS = 30
"""How long `password_command` may take."""
_MAX_BYTES = 4096


def read_password(login: Secret, *, owner: str) -> str:
    """The secret of `login`; `owner` is its section in the settings file (`mailbox`, `smtp`, `records`)."""
    if login.password_file is not None:
        return _checked(_read(login.password_file, f"{owner}.password_file"), f"{owner}.password_file")
    if login.password_env:
        return _from_environment(login.password_env, f"{owner}.password_env")
    if login.password_credential:
        return _from_systemd(login.password_credential, f"{owner}.password_credential")
    if login.password_command:
        return _checked(_run(login.password_command, f"{owner}.password_command"), f"{owner}.password_command")
    raise Permanent(
        f"{owner} has no password source; set one of password_file, password_env, password_credential, password_command"
    )


def _read(path: Path, setting: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Permanent(f"{setting}: {path} does not exist; write the password into it (chmod 600)") from error
    except OSError as error:
        raise Permanent(
            f"{setting}: {path} cannot be read ({error.strerror}); it must be a file that inboxd's user may read"
        ) from error


def _from_environment(name: str, setting: str) -> str:
    value = os.environb.get(os.fsencode(name))
    if value is None:
        raise Permanent(f"{setting}: the environment has no variable {name}; set it where inboxd is started")
    return _checked(value, setting)


def _from_systemd(name: str, setting: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        raise Permanent(
            f"{setting}: there is no CREDENTIALS_DIRECTORY; start inboxd by systemd with LoadCredential={name}:<file>, "
            "or use password_file"
        )
    if "/" in name or name in (".", ".."):
        raise Permanent(f"{setting}: {name!r} is not a credential's name, as before the colon in LoadCredential=")
    path = Path(folder) / name
    if not path.exists():
        raise Permanent(f"{setting}: systemd passed no credential {name}; add LoadCredential={name}:<file> to the unit")
    return _checked(_read(path, setting), setting)


def _run(command: tuple[str, ...], setting: str) -> bytes:
    """What the command prints. Its own group, so that a timeout ends its children too; its error output is not kept."""
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise Permanent(f"{setting}: {command[0]} cannot be run ({error.strerror}); give its full path") from error
    with process:
        try:
            printed, _ = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise Permanent(
                f"{setting}: {command[0]} did not end within {COMMAND_SECONDS} s; it must print the password and exit"
            ) from None
    if process.returncode:
        raise Permanent(f"{setting}: {command[0]} failed with status {process.returncode}; try it as inboxd's user")
    return printed


def _checked(secret: bytes, setting: str) -> str:
    """One line of UTF-8, its line end taken off. A line break inside would end the login command early."""
    secret = secret.removesuffix(b"\n").removesuffix(b"\r")
    if not secret:
        raise Permanent(f"{setting} gives an empty password; put the password on its first line")
    if len(secret) > _MAX_BYTES:
        raise Permanent(f"{setting} gives more than {_MAX_BYTES} bytes; it must hold the password only")
    if any(byte in secret for byte in b"\r\n\0"):
        raise Permanent(f"{setting} gives more than one line; it must hold the password only")
    try:
        return secret.decode("utf-8")
    except UnicodeDecodeError:
        raise Permanent(f"{setting} is not UTF-8; save it as UTF-8") from None
