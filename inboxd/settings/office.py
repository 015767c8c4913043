"""What an office decides: who it is, who may write, what a submission must have, how it answers, its limits."""

from __future__ import annotations

import re
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from inboxd.config_file import Section
from inboxd.settings.servers import Count, Seconds

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


def _address(given: str) -> str:
    if len(given) > 254 or not _ADDRESS.fullmatch(given):
        raise ValueError(f"is not an e-mail address such as team@office.example (found {given!r})")
    return given


Address = Annotated[str, AfterValidator(_address)]


def _clock_time(given: str) -> str:
    if given and not re.fullmatch("(?:[01][0-9]|2[0-3]):[0-5][0-9]", given):
        raise ValueError(f'must be a time of day such as "07:00", or "" for none (found {given!r})')
    return given


class Audience(StrEnum):
    """Who is told of something inside the office."""

    TEAM = "team"
    ON_CALL = "on_call"
    """Whoever can be reached outside office hours; pages go there."""
    MANAGERS = "managers"
    """Whoever is told when a service standard was not kept."""


def _domain(given: str) -> str:
    name = given.strip().rstrip(".").lower()
    if not re.fullmatch(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+", name) or len(name) > 253:
        raise ValueError(f"is not a domain such as office.example (found {given!r})")
    return name


Domain = Annotated[str, AfterValidator(_domain)]


class Gateway(StrEnum):
    """What writes the Authentication-Results that count."""

    STANDARD = "standard"
    """A gateway that names itself in them (RFC 8601): `senders.authserv_ids`."""
    EXCHANGE_ONLINE = "exchange-online"
    """Microsoft 365, which does not: known by what else only it can write."""


class OfficeSettings(Section):
    """Who we are, as senders and readers see us."""

    address: str
    aliases: tuple[str, ...] = ()
    name_en: str
    name_fr: str
    message_id_domain: str
    reference_prefix: Annotated[str, Field(pattern=r"^[A-Z]{2,4}$")] = "MC"
    alerts: tuple[Address, ...] = ()
    """The team: internal addresses that timers, held mail and undelivered replies are told to."""
    on_call: tuple[Address, ...] = ()
    """Who is paged; nobody set: the team."""
    managers: tuple[Address, ...] = ()
    """Who is told when a case is late for long; nobody set: the team."""
    digest_at: Annotated[str, AfterValidator(_clock_time)] = "07:00"
    """When the team gets the digest of a business day, by the office's clock; empty: never."""

    @property
    def digest_time(self) -> time | None:
        """The same as a time of day; None: no digest is sent."""
        return time.fromisoformat(self.digest_at) if self.digest_at else None

    @field_validator("alerts", "on_call", "managers")
    @classmethod
    def _somebody_reads_it(cls, given: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        own = {str(address).lower() for address in (info.data.get("address"), *info.data.get("aliases", ()))}
        mistaken = next((address for address in given if address.lower() in own), None)
        if mistaken is not None:
            raise ValueError(f"{mistaken} is this inbox itself: what comes to it is filed away as our own, unread")
        return given

    def addresses(self, audience: Audience) -> tuple[str, ...]:
        """Who is told: the audience first, then the team, each address once. The team alone where nobody is set."""
        own = {Audience.TEAM: (), Audience.ON_CALL: self.on_call, Audience.MANAGERS: self.managers}[audience]
        each: dict[str, str] = {}
        for address in (*own, *self.alerts):
            each.setdefault(address.lower(), address)
        return tuple(each.values())

    @property
    def own_addresses(self) -> frozenset[str]:
        return frozenset(address.lower() for address in (self.address, *self.aliases))


class SenderSettings(Section):
    """Who may write, and how we know it is they."""

    roster: Path
    client_domains: tuple[Domain, ...] = ()
    authserv_ids: tuple[str, ...] = ()
    gateway: Gateway = Gateway.STANDARD
    one_organisation: tuple[tuple[Domain, ...], ...] = ()
    """Groups of domains with one owner, where the public suffix list says that they have several."""
    require_authentication: bool = True
    verify_dkim: bool = False
    """Check DKIM signatures of clients and officers ourselves, beside the gateway (needs DNS)."""
    trust_own_dkim: bool = False
    """Our own check stands in where the gateway said nothing; against its word it never does."""
    dkim_seconds: Seconds = 10
    """All DNS questions about one mail together."""
    officers: tuple[str, ...] = ()
    officer_domains: tuple[Domain, ...] = ()
    pointer_every_days: Count = 30

    @property
    def has_gateway(self) -> bool:
        """Whether a gateway of ours is known whose word counts."""
        return bool(self.authserv_ids) or self.gateway is Gateway.EXCHANGE_ONLINE

    @field_validator("officers")
    @classmethod
    def _lower(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(address.strip().lower() for address in given)

    @model_validator(mode="after")
    def _check_trust(self) -> Self:
        if self.trust_own_dkim and not self.verify_dkim:
            raise ValueError("trust_own_dkim needs verify_dkim = true: without it nothing is checked")
        if self.gateway is Gateway.EXCHANGE_ONLINE and self.authserv_ids:
            raise ValueError(
                'gateway = "exchange-online" writes no authserv-id: leave authserv_ids empty, or gateway = "standard"'
            )
        return self


class Information(StrEnum):
    """What a submission can be required to say (`domain.md` 3)."""

    NAME = "name"
    DATE_OF_BIRTH = "date_of_birth"
    UCI = "uci"
    """A UCI or client ID; that there is none is an answer too."""
    APPLICATION_TYPE = "application_type"
    DESCRIPTION = "description"
    """What the documents are."""
    CONSENT = "consent"
    """That the person consented in writing to the office acting for them."""
    CONTACT = "contact"
    """Who at the office can be asked, with a telephone number."""


class DocumentSettings(Section):
    """What a submission must have, and which files are taken (`domain.md` 2.4, 3)."""

    allowed_types: tuple[str, ...] = ("pdf", "tif", "tiff", "jpg", "jpeg", "png", "doc", "docx")
    max_file_bytes: Count = 4 * 1024 * 1024
    max_total_bytes: Count = 20 * 1024 * 1024
    two_letter_prefixes: tuple[str, ...] = ("EP", "PR", "SV")
    require_second_identifier: bool = True
    trust_bare_records: bool = False
    """A record that holds nothing but its number: whether any identifier in the mail is enough."""
    required_information: tuple[Information, ...] = (Information.NAME, Information.DATE_OF_BIRTH, Information.CONSENT)
    cloud_hosts: tuple[str, ...] = ()
    """More hosts whose links stand for a file in a cloud; the well-known ones are built in."""


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
    file_seconds: Seconds = 20
    """How long the look inside one file may take."""
    file_memory_bytes: Annotated[int, Field(ge=256 * 1024 * 1024)] = 768 * 1024 * 1024
    """Address space that the look inside one file may use."""
    readers: Annotated[int, Field(ge=0, le=16)] = 1
    """Processes that read mails, ahead of the daemon that decides them; 0: it reads them by itself."""
    mail_seconds: Seconds = 60
    """How long the reading of one mail may take in such a process."""
    mail_memory_bytes: Annotated[int, Field(ge=512 * 1024 * 1024)] = 1024 * 1024 * 1024
    """Address space that the reading of one mail may use there."""


class RuleSettings(Section):
    """The office's rules, each in a file of its own."""

    criteria: Path
    standards: Path
    regional_units: Path
    second_reader: bool = True
    """The learned reader weighs against the criteria; off: they decide alone."""
    second_reader_model: Path | None = None
    """A folder that `inboxd train` wrote; None: the model that comes with inboxd."""
