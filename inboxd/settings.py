"""The settings file (`config/inboxd.toml`): read once into one frozen object, wrong ones fatal with file, line, key.

Relative paths are relative to the settings file. Secrets are never in the file: each has a source.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from inboxd.config_file import Section, load

Seconds = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=1)]

SQLITE = "sqlite:///"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Place(StrEnum):
    """Where a mail ends up on the IMAP server; the folder's name for each is in the settings."""

    FILED = "filed"
    PARTIAL = "partial"
    FAILED = "failed"
    CRITICAL = "critical"
    URGENT = "urgent"
    COMPLEX = "complex"
    REVIEW = "review"
    NOT_MET = "not_met"
    PASSPORT = "passport"
    STATUS = "status"
    MINISTER = "minister"
    OUTSIDERS = "outsiders"
    ANSWERS = "answers"
    AUTOMATIC = "automatic"
    HELD = "held"
    STAY = "stay"
    """Not moved: a mail of the Sent folder."""


class Security(StrEnum):
    """tls: TLS from the first byte. starttls: upgraded before login, or nothing. plain: loopback only."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


class Login(Section):
    """A server with a login. At most one source for the password."""

    host: str
    port: Port
    security: Security = Security.TLS
    ca_file: Path | None = None
    username: str = ""
    password_file: Path | None = None
    password_env: str = ""
    password_credential: str = ""
    password_command: tuple[str, ...] = ()
    timeout_seconds: Seconds = 60

    @property
    def password_sources(self) -> tuple[str, ...]:
        names = ("password_file", "password_env", "password_credential", "password_command")
        return tuple(name for name in names if getattr(self, name))

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        if self.security is Security.PLAIN and self.host not in LOOPBACK:
            raise ValueError(f'security = "plain" is for loopback only, not for {self.host}; use "tls" or "starttls"')
        sources = self.password_sources
        if len(sources) > 1:
            raise ValueError(f"has {len(sources)} password sources ({', '.join(sources)}); keep one")
        if self.username and not sources:
            raise ValueError(
                "has a username and no password source; set password_file, password_env, "
                "password_credential or password_command"
            )
        return self


class MailboxSettings(Login):
    """The inbox that is polled over IMAP."""

    account: str = "main"
    port: Port = 993
    inbox: str = "INBOX"
    sent_folder: str = "Sent"
    idle: bool = True
    reconcile_seconds: Seconds = 60
    idle_renew_seconds: Seconds = 290
    batch_bytes: Count = 8 * 1024 * 1024
    batch_count: Count = 100
    stream_above_bytes: Count = 8 * 1024 * 1024

    @model_validator(mode="after")
    def _check_username(self) -> Self:
        if not self.username:
            raise ValueError("username is missing; IMAP needs a login")
        return self


class SmtpSettings(Login):
    """Where replies are handed in."""

    port: Port = 465


class OfficeSettings(Section):
    """Who we are, as senders and readers see us."""

    address: str
    aliases: tuple[str, ...] = ()
    name_en: str
    name_fr: str
    message_id_domain: str
    reference_prefix: Annotated[str, Field(pattern=r"^[A-Z]{2,4}$")] = "MC"
    alerts: tuple[str, ...] = ()
    """Internal addresses that timers, held mail and undelivered replies are told to."""

    @property
    def own_addresses(self) -> frozenset[str]:
        return frozenset(address.lower() for address in (self.address, *self.aliases))


class SenderSettings(Section):
    """Who may write, and how we know it is they."""

    roster: Path
    client_domains: tuple[str, ...] = ()
    authserv_ids: tuple[str, ...] = ()
    require_authentication: bool = True
    officers: tuple[str, ...] = ()
    officer_domains: tuple[str, ...] = ()
    pointer_every_days: Count = 30


class DocumentSettings(Section):
    """What a submission must have, and which files are taken (`domain.md` 2.4, 3)."""

    allowed_types: tuple[str, ...] = ("pdf", "tif", "tiff", "jpg", "jpeg", "png", "doc", "docx")
    max_file_bytes: Count = 4 * 1024 * 1024
    max_total_bytes: Count = 20 * 1024 * 1024
    two_letter_prefixes: tuple[str, ...] = ("EP", "PR", "SV")
    require_second_identifier: bool = True


class ReplySettings(Section):
    """Automatic replies and their limits (promise 4)."""

    templates: Path | None = None
    booking_url: str
    web_form_url: str
    find_member_url: str
    status_tracker_url: str
    passport_url: str
    contact: str
    send_receipts: bool = True
    per_sender_per_day: Count = 40
    per_thread_per_4_hours: Count = 5


class StorageSettings(Section):
    """Where everything lies."""

    database: str
    archive: Path
    spool: Path
    min_free_bytes: Count = 512 * 1024 * 1024


class LimitSettings(Section):
    """Bounds that keep one mail from holding up the next."""

    max_mail_bytes: Count = 150 * 1024 * 1024
    max_attempts: Count = 3
    send_attempts: Count = 40
    max_parts: Count = 1000
    max_depth: Count = 20
    max_header_bytes: Count = 256 * 1024


class RuleSettings(Section):
    """The office's rules, each in a file of its own."""

    criteria: Path
    standards: Path
    regional_units: Path


DEFAULT_FOLDERS: dict[Place, str] = {
    Place.FILED: "Documents/Filed",
    Place.PARTIAL: "Documents/Partial",
    Place.FAILED: "Documents/Failed",
    Place.CRITICAL: "Enquiries/Critical",
    Place.URGENT: "Enquiries/Urgent",
    Place.COMPLEX: "Enquiries/Complex",
    Place.REVIEW: "Enquiries/Review",
    Place.NOT_MET: "Enquiries/Not met",
    Place.PASSPORT: "Passport",
    Place.STATUS: "Status",
    Place.MINISTER: "Minister",
    Place.OUTSIDERS: "Outsiders",
    Place.ANSWERS: "Answers",
    Place.AUTOMATIC: "Automatic",
    Place.HELD: "Held",
}


class Settings(Section):
    """Everything an operator decides."""

    mailbox: MailboxSettings
    smtp: SmtpSettings
    office: OfficeSettings
    senders: SenderSettings
    replies: ReplySettings
    storage: StorageSettings
    rules: RuleSettings
    documents: DocumentSettings = DocumentSettings()
    limits: LimitSettings = LimitSettings()
    folders: dict[Place, str] = Field(default_factory=dict)

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
    return absolute.model_copy(update={"storage": storage})
