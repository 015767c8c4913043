"""Settings that let strangers in, read along or change what is decided: the daemon does not start with them unless the
settings say in words that it may (`service.accept_risks`).

Found all at once, each by file, line and key, with what would be right. What no site has a reason for is refused where
settings are read and cannot be accepted: a password in clear text over a network, a certificate that nobody checks, a
password in the file itself. Files are judged by who can reach them: a folder that is closed to others closes what is
in it. Fails with `BadConfig` only through its callers; what cannot be looked at is told where it is used.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from inboxd.config_file import Location, line_of, read_toml
from inboxd.errors import Problem
from inboxd.settings import LOOPBACK, SQLITE, Risk, Secret, Settings

Finding = tuple[Risk | None, Location, str]
"""A risk, or None for what cannot be accepted; the key; what is wrong and what would be right."""
_CHECKED_TLS = ("verify-ca", "verify-full")


def problems(path: Path, settings: Settings) -> list[Problem]:
    """What is insecure in one settings file and on this machine, without what the settings accept."""
    accepted = settings.service.accept_risks
    found = [*_senders(settings), *_servers(settings), *_secrets(settings), *_files(path, settings)]
    _, index = read_toml(path)
    told = []
    for risk, key, words in found:
        if risk is None or risk not in accepted:
            way_out = f'; if it must be so, say accept_risks = ["{risk}"] under [service]' if risk else ""
            dotted = ".".join(map(str, key))
            told.append(Problem(file=path, line=line_of(index, key), key=dotted, message=words + way_out))
    return told


def _senders(settings: Settings) -> Iterator[Finding]:
    senders = settings.senders
    if not senders.has_gateway:
        yield (
            Risk.UNVERIFIED_SENDERS, ("senders", "authserv_ids"),
            "names no gateway, so anybody can write in the name of any office and is believed; give the authserv-id "
            "of your own mail gateway",
        )  # fmt: skip
    elif not senders.require_authentication:
        yield (
            Risk.UNVERIFIED_SENDERS, ("senders", "require_authentication"),
            "is off, so mail in the name of an office is believed even if the gateway did not confirm it; leave it on",
        )  # fmt: skip


def _servers(settings: Settings) -> Iterator[Finding]:
    host, _, port = settings.scanner.socket.rpartition(":")
    if port.isdigit() and host.strip("[]") not in LOOPBACK:
        yield (
            Risk.CLEAR_TEXT_SCANNER, ("scanner", "socket"),
            f"every document goes to {host} in clear text, and whoever is between can pass malware; run clamd on this "
            "machine, or reach it through a tunnel that ends here",
        )  # fmt: skip
    if settings.storage.database.startswith(SQLITE):
        return
    try:
        url = urlsplit(settings.storage.database)
        options, password = parse_qs(url.query), url.password
    except ValueError:
        return  # told where the database is opened
    hosts = {url.hostname or "", *options.get("host", [])} - {""}
    far = sorted(name for name in hosts if name not in LOOPBACK and not name.startswith("/"))
    if far and options.get("sslmode", [""])[-1] not in _CHECKED_TLS:
        yield (
            Risk.CLEAR_TEXT_DATABASE, ("storage", "database"),
            f"is reached at {', '.join(far)} over a connection that nobody checks; add ?sslmode=verify-full (and "
            "sslrootcert=) to the URL",
        )  # fmt: skip
    if password or "password" in options:
        key = ("storage", "database")
        yield None, key, "has a password in it; put it into a file for libpq that PGPASSFILE names, or use the socket"


def _secrets(settings: Settings) -> Iterator[Finding]:
    sections: tuple[tuple[str, Secret], ...] = (
        ("mailbox", settings.mailbox), ("smtp", settings.smtp), ("records", settings.records),
        ("directory", settings.directory),
    )  # fmt: skip
    for name, section in sections:
        if section.password_file is not None and _others_may(section.password_file, stat.S_IROTH):
            yield Risk.READABLE_FILES, (name, "password_file"), _readable(section.password_file, "0600")


def _files(path: Path, settings: Settings) -> Iterator[Finding]:
    storage, rules = settings.storage, settings.rules
    private: list[tuple[Path, Location, str]] = [
        (storage.archive, ("storage", "archive"), "0700"),
        (storage.spool, ("storage", "spool"), "0700"),
        (settings.senders.roster, ("senders", "roster"), "0640"),
        (path, (), "0640"),
    ]
    if storage.database.startswith(SQLITE):
        private.append((Path(storage.database.removeprefix(SQLITE)), ("storage", "database"), "0600"))
    for file, key, mode in private:
        if _others_may(file, stat.S_IROTH):
            yield Risk.READABLE_FILES, key, _readable(file, mode)
    trusted = [(file, key) for file, key, _ in private]
    trusted += [(getattr(rules, name), ("rules", name)) for name in ("criteria", "standards", "regional_units")]
    if settings.replies.templates is not None:
        trusted.append((settings.replies.templates, ("replies", "templates")))
    for file, key in trusted:
        if _others_may(file, stat.S_IWOTH):
            words = f"{file} can be changed by every account of this machine; take that away: chmod o-w {file}"
            yield Risk.WRITABLE_FILES, key, words


def _readable(file: Path, mode: str) -> str:
    return f"{file} can be read by every account of this machine; close it: chmod {mode} {file}"


def _others_may(file: Path, bit: int) -> bool:
    """Whether an account that is neither the owner's nor of the group gets that far. What is not there: nobody."""
    try:
        whole = file.resolve(strict=True)
        if not whole.stat().st_mode & bit:
            return False
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in whole.parents)
    except OSError:
        return False
