"""The settings file (`config/inboxd.toml`): read once into one frozen object, wrong ones fatal with file, line, key.

Relative paths are relative to the settings file. Secrets are never in the file: each has a source.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from inboxd.config_file import Section, load
from inboxd.settings.console import ConsoleSettings
from inboxd.settings.directory import DirectorySettings
from inboxd.settings.keeping import ArchiveSettings, Kept, RetentionSettings
from inboxd.settings.office import (
    Audience,
    DocumentSettings,
    Gateway,
    Information,
    LimitSettings,
    OfficeSettings,
    ReplySettings,
    RuleSettings,
    SenderSettings,
    StorageSettings,
)
from inboxd.settings.places import DEFAULT_FOLDERS, ORDERS, Place
from inboxd.settings.servers import (
    LOOPBACK,
    Login,
    MailboxSettings,
    RegisterSettings,
    ScannerSettings,
    Secret,
    Security,
    SmtpSettings,
)
from inboxd.settings.service import Risk, ServiceSettings
from inboxd.settings.watch import WatchSettings

SQLITE = "sqlite:///"


class Settings(Section):
    """Everything an operator decides."""

    mailbox: MailboxSettings
    smtp: SmtpSettings
    office: OfficeSettings
    senders: SenderSettings
    replies: ReplySettings
    storage: StorageSettings
    archive: ArchiveSettings = ArchiveSettings()
    retention: RetentionSettings = RetentionSettings()
    rules: RuleSettings
    documents: DocumentSettings = DocumentSettings()
    records: RegisterSettings = RegisterSettings()
    scanner: ScannerSettings = ScannerSettings()
    limits: LimitSettings = LimitSettings()
    watch: WatchSettings = WatchSettings()
    console: ConsoleSettings = ConsoleSettings()
    directory: DirectorySettings = DirectorySettings()
    folders: dict[Place, str] = Field(default_factory=dict)
    service: ServiceSettings = ServiceSettings()

    @property
    def all_places(self) -> tuple[Place, ...]:
        """Every place that has a folder."""
        return tuple(DEFAULT_FOLDERS)

    def folder(self, place: Place) -> str:
        """The IMAP folder for a place, `/` as separator."""
        return self.folders.get(place, DEFAULT_FOLDERS[place])

    @model_validator(mode="after")
    def _check_folders(self) -> Self:
        if Place.STAY in self.folders:
            raise ValueError("folders.stay cannot be set; it means: not moved")
        for place in DEFAULT_FOLDERS:
            if self.folder(place) in (self.mailbox.inbox, self.mailbox.sent_folder):
                raise ValueError(f"folders.{place} is the inbox or the Sent folder; mail would be read again for ever")
        for place in ORDERS:
            same = [other for other in DEFAULT_FOLDERS if other != place and self.folder(other) == self.folder(place)]
            if same:
                raise ValueError(f"folders.{place} is folders.{same[0]} too; what is moved there could mean either")
        return self

    @model_validator(mode="after")
    def _check_people(self) -> Self:
        """What the office tells its own people names cases: never to an office of a Member of Parliament."""
        for name in ("alerts", "on_call", "managers"):
            for address in getattr(self.office, name):
                if address.rpartition("@")[2].lower() in self.senders.client_domains:
                    raise ValueError(f"office.{name} has {address}, an address of a client's domain")
        return self


def _absolute(section: Section, root: Path) -> Section:
    changed: dict[str, object] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Path):
            changed[name] = root / value.expanduser()
        elif isinstance(value, Section):
            changed[name] = _absolute(value, root)
    return section.model_copy(update=changed)


def read_settings(path: Path) -> Settings:
    """Read and check the settings file. Raises `BadConfig` with every problem, by line and key."""
    settings = load(path, Settings)
    root = path.resolve().parent
    absolute = _absolute(settings, root)
    assert isinstance(absolute, Settings)
    database = absolute.storage.database
    if database.startswith(SQLITE) and not database.startswith(f"{SQLITE}/"):
        database = f"{SQLITE}{root / database.removeprefix(SQLITE)}"
    storage = absolute.storage.model_copy(update={"database": database})
    channels = tuple(root / file.expanduser() for file in absolute.service.channels)
    service = absolute.service.model_copy(update={"channels": channels})
    return absolute.model_copy(update={"storage": storage, "service": service})


__all__ = [
    "DEFAULT_FOLDERS",
    "LOOPBACK",
    "SQLITE",
    "ArchiveSettings",
    "Audience",
    "ConsoleSettings",
    "DirectorySettings",
    "DocumentSettings",
    "Gateway",
    "Information",
    "Kept",
    "LimitSettings",
    "Login",
    "MailboxSettings",
    "OfficeSettings",
    "Place",
    "RegisterSettings",
    "ReplySettings",
    "RetentionSettings",
    "Risk",
    "RuleSettings",
    "ScannerSettings",
    "Secret",
    "Security",
    "SenderSettings",
    "ServiceSettings",
    "Settings",
    "SmtpSettings",
    "StorageSettings",
    "WatchSettings",
    "read_settings",
]
