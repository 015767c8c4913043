"""Several mailboxes that one process serves: the main settings file and those that it names, and that they keep apart.

A channel is a settings file of its own: its own mailbox, office, rules, database and archive. Its name is its
`mailbox.account`. Fails with `BadConfig` that carries the problems of all files at once, by file, line and key: also
where two channels would share what one must have for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from inboxd.config_file import Location, line_of, read_toml
from inboxd.errors import BadConfig, Problem
from inboxd.settings import SQLITE, Settings, read_settings

Claim = tuple[Location, object, str]
"""A key, what it stands for when two are compared, and why no two channels may have the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One mailbox of the process."""

    file: Path
    settings: Settings

    @property
    def name(self) -> str:
        """How logs and commands name it."""
        return self.settings.mailbox.account


def read_channels(path: Path) -> tuple[Channel, ...]:
    """The main settings file and those that it names, in that order. Raises `BadConfig` with every problem of all."""
    channels, problems = survey(path)
    if problems:
        raise BadConfig(problems)
    return channels


def survey(path: Path) -> tuple[tuple[Channel, ...], list[Problem]]:
    """The channels whose settings hold together, and every problem of all files."""
    found: list[Channel] = []
    problems: list[Problem] = []
    for file in (path, *_named(path, problems)):
        try:
            settings = read_settings(file)
        except BadConfig as error:
            problems += error.problems
            continue
        found.append(Channel(file=file, settings=settings))
        if file != path and settings.service.channels:
            problems.append(_problem(file, ("service", "channels"), f"only the main file names channels: {path}"))
    for one, other in combinations(found, 2):
        problems += _clashes(one, other)
    return tuple(found), problems


def choose(path: Path, name: str) -> Path:
    """The settings file of the channel with this name. Raises `BadConfig` if there is none."""
    channels, problems = survey(path)
    for channel in channels:
        if channel.name == name:
            return channel.file
    if problems:
        raise BadConfig(problems)
    names = ", ".join(channel.name for channel in channels)
    raise BadConfig([_problem(path, ("service", "channels"), f"there is no channel {name!r}; there are: {names}")])


def names_channels(path: Path) -> bool:
    """Whether a settings file names further mailboxes. False for one that cannot be read."""
    try:
        return bool(_names(path))
    except BadConfig:
        return False


def _names(path: Path) -> list[object]:
    data, _ = read_toml(path)
    service = data.get("service")
    names = service.get("channels") if isinstance(service, dict) else None
    return names if isinstance(names, list) else []


def _named(path: Path, problems: list[Problem]) -> Iterator[Path]:
    """The files that the main file names, even if something else is wrong in it."""
    try:
        names = _names(path)
    except BadConfig:
        return  # told where its settings are read
    root = path.resolve().parent
    seen = {path.resolve()}
    for number, name in enumerate(names):
        if not isinstance(name, str):
            continue
        file = root / Path(name).expanduser()
        if file.resolve() in seen:
            problems.append(_problem(path, ("service", "channels", number), f"names {name} twice, or this file itself"))
            continue
        seen.add(file.resolve())
        yield file


def _clashes(one: Channel, other: Channel) -> Iterator[Problem]:
    """What `other` must not have, because `one` has it."""
    taken = {(key, what) for key, what, _ in _claims(one.settings)}
    for key, what, why in _claims(other.settings):
        if (key, what) in taken:
            yield _problem(other.file, key, f"is the same as in {one.file}; {why}")
    yield from _shared_folders(one, other)
    yield from _shared_addresses(one, other)


def _claims(settings: Settings) -> Iterator[Claim]:
    mailbox, office = settings.mailbox, settings.office
    yield ("mailbox", "account"), mailbox.account, "it is the channel's name: give each one of its own"
    login = mailbox.host.lower(), mailbox.username.lower()
    yield ("mailbox", "username"), login, "two channels in one mailbox would move each other's mail"
    yield ("storage", "database"), _database(settings.storage.database), "each channel keeps a database of its own"
    yield ("office", "reference_prefix"), office.reference_prefix, "a reference must say whose case it is"
    if settings.watch.metrics_file is not None:
        yield ("watch", "metrics_file"), settings.watch.metrics_file.resolve(), "each channel writes its own whole file"
    domain = office.message_id_domain.lower()
    yield ("office", "message_id_domain"), domain, "equal Message-IDs of the two could meet, and be taken for one mail"


def _database(url: str) -> object:
    """What two URLs of one database have in common: its file, or its server, name, user and options."""
    if url.startswith(SQLITE):
        return Path(url.removeprefix(SQLITE)).resolve()
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port or 5432, parts.username, parts.path, frozenset(parse_qsl(parts.query))
    except ValueError:  # told where the database is opened
        return url


def _shared_folders(one: Channel, other: Channel) -> Iterator[Problem]:
    for key in ("archive", "spool"):
        ours = getattr(other.settings.storage, key).resolve()
        for theirs in (one.settings.storage.archive.resolve(), one.settings.storage.spool.resolve()):
            if ours == theirs or ours in theirs.parents or theirs in ours.parents:
                message = f"is, holds, or lies in, a folder of {one.file} ({theirs}); each channel keeps its own"
                yield _problem(other.file, ("storage", key), message)


def _shared_addresses(one: Channel, other: Channel) -> Iterator[Problem]:
    for first, second in ((one, other), (other, one)):
        for key in ("alerts", "on_call", "managers"):
            told = {address.lower() for address in getattr(first.settings.office, key)}
            for address in sorted(told & second.settings.office.own_addresses):
                message = f"{address} is the inbox of {second.file}; alerts there are filed away and nobody reads them"
                yield _problem(first.file, ("office", key), message)
    for address in sorted(one.settings.office.own_addresses & other.settings.office.own_addresses):
        key = "address" if address == other.settings.office.address.lower() else "aliases"
        message = f"{address} is an address of {one.file} too; mail from it would count as our own in both"
        yield _problem(other.file, ("office", key), message)


def _problem(file: Path, key: Location, message: str) -> Problem:
    _, index = read_toml(file)
    dotted = ".".join(str(part + 1) if isinstance(part, int) else part for part in key)
    return Problem(file=file, line=line_of(index, key), key=dotted, message=message)
