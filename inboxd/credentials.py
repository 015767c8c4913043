"""The password of a server, from the one source that the settings name, and the keys of the archive. A door: it reads
files, the environment, systemd's credentials, or what a command prints.

Read when a connection is made and not kept, so that a changed password is taken up without a restart. Fails with
`Permanent` that names the setting and the fix, and never the secret.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import signal
import stat
import subprocess
from pathlib import Path

from inboxd.ciphering import KEY_BYTES, KEY_ID, Key, Keyring
from inboxd.errors import Permanent
from inboxd.settings import ArchiveSettings, Secret

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


def read_keys(given: ArchiveSettings) -> Keyring:
    """The keys of the archive, none where the settings name none. Raises `Permanent`, by the line and never the key."""
    if given.key_credential:
        setting = "archive.key_credential"
        return _keyring(_credential(given.key_credential, setting, "key_file"), setting, writes=given.encrypt)
    if given.key_file is None:
        return Keyring()
    setting = "archive.key_file"
    raw = _read(given.key_file, setting, "a key, as `inboxd archive key` prints it,")
    if given.key_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Permanent(f"{setting}: others than its owner may use {given.key_file}; chmod 600")
    return _keyring(raw, setting, writes=given.encrypt)


def _keyring(raw: bytes, setting: str, *, writes: bool) -> Keyring:
    keys: dict[str, Key] = {}
    if len(raw) > _MAX_BYTES:
        raise Permanent(f"{setting} gives more than {_MAX_BYTES} bytes; take out keys that a rotation freed")
    for number, line in enumerate(raw.decode("ascii", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        key_id, _, coded = line.strip().partition(" ")
        try:
            secret = base64.b64decode(coded.strip(), validate=True)
        except binascii.Error:
            secret = b""
        if not KEY_ID.fullmatch(key_id) or len(secret) != KEY_BYTES:
            raise Permanent(f"{setting}: line {number} is no key; `inboxd archive key` prints one")
        if key_id in keys:
            raise Permanent(f"{setting}: line {number} has the name of a key before it; each needs a name of its own")
        keys[key_id] = Key(key_id=key_id, secret=secret)
    if not keys:
        raise Permanent(f"{setting} gives no key; `inboxd archive key` prints one")
    return Keyring(keys=tuple(keys.values()), writes=writes)


def new_key(day: str) -> str:
    """The line of a new key, which begins with the day, as in `20261231-5f0a KEY`."""
    secret = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return f"{day}-{secrets.token_hex(2)} {secret}"


def _read(path: Path, setting: str, what: str = "the password") -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Permanent(f"{setting}: {path} does not exist; write {what} into it (chmod 600)") from error
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
    return _checked(_credential(name, setting, "password_file"), setting)


def _credential(name: str, setting: str, instead: str) -> bytes:
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        raise Permanent(
            f"{setting}: there is no CREDENTIALS_DIRECTORY; start inboxd by systemd with LoadCredential={name}:<file>, "
            f"or use {instead}"
        )
    if "/" in name or name in (".", ".."):
        raise Permanent(f"{setting}: {name!r} is not a credential's name, as before the colon in LoadCredential=")
    path = Path(folder) / name
    if not path.exists():
        raise Permanent(f"{setting}: systemd passed no credential {name}; add LoadCredential={name}:<file> to the unit")
    return _read(path, setting)


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
