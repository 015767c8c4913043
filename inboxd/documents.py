"""The words for documents: a file of a mail, what a look inside it found, the record it is for, and what became of it.

Values only: frozen, slotted, keyword-only. Nothing in here does anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:  # it loads TLS, and these words are loaded by whoever asks for help
    from inboxd.certificates import Certificates


class Reason(StrEnum):
    """Why a submission or a file failed or is held: the codes of `domain.md` 2.3-2.5, and ours for the rest."""

    SUBJECT_PHRASE = "SUBJECT_PHRASE"
    NUMBER_MISSING = "NUMBER_MISSING"
    PLACEHOLDER_LEFT = "PLACEHOLDER_LEFT"
    NUMBER_MULTIPLE = "NUMBER_MULTIPLE"
    NUMBER_IS_UCI = "NUMBER_IS_UCI"
    NUMBER_FORMAT = "NUMBER_FORMAT"
    NUMBER_LEGACY = "NUMBER_LEGACY"
    """Seven digits, or RHB: a legal shape, too weak to attach by; held for a clerk."""
    NUMBER_TEMPORARY = "NUMBER_TEMPORARY"
    """X before the number: held for a clerk, who looks the number up without the X (`domain.md` 2.3)."""
    NUMBER_UNKNOWN = "NUMBER_UNKNOWN"
    IDENTITY_MISMATCH = "IDENTITY_MISMATCH"
    PASSPORT_MATTER = "PASSPORT_MATTER"
    NO_ATTACHMENT = "NO_ATTACHMENT"
    LINK_NOT_FILE = "LINK_NOT_FILE"
    TYPE_NOT_ALLOWED = "TYPE_NOT_ALLOWED"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    TOO_LARGE = "TOO_LARGE"
    EMPTY_OR_CORRUPT = "EMPTY_OR_CORRUPT"
    ENCRYPTED = "ENCRYPTED"
    ARCHIVE = "ARCHIVE"
    MACRO_OR_ACTIVE = "MACRO_OR_ACTIVE"
    MALWARE = "MALWARE"
    WINMAIL_DAT = "WINMAIL_DAT"
    NESTED_MESSAGE = "NESTED_MESSAGE"
    DUPLICATE = "DUPLICATE"
    OTHER_RECORD = "OTHER_RECORD"
    """The same bytes are on another person's record: held with a privacy warning."""
    SENDER_NOT_AUTHORISED = "SENDER_NOT_AUTHORISED"
    SENDER_UNVERIFIED = "SENDER_UNVERIFIED"
    NOT_IN_OFFICE = "NOT_IN_OFFICE"
    """The sender's office on the roster ended before the day of receipt, or begins after it (`domain.md` 6)."""
    CONSENT_MISSING = "CONSENT_MISSING"
    INFO_MISSING = "INFO_MISSING"
    REPLY_LIMIT = "REPLY_LIMIT"
    """The reply would pass the limit for a sender or thread (loop guard): withheld, a person looks."""
    NO_SENDER = "NO_SENDER"
    UNREADABLE = "UNREADABLE"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    RECORD_INCOMPLETE = "RECORD_INCOMPLETE"
    """The record holds nothing but its number: there is nothing to compare a second identifier with."""
    NOT_CHECKED = "NOT_CHECKED"
    """The look inside a file did not end within its limits of time and memory: a person looks."""
    NOT_SCANNED = "NOT_SCANNED"
    """The malware scanner did not answer: nothing passes, and it is asked again."""
    REGISTER_UNAVAILABLE = "REGISTER_UNAVAILABLE"
    """The register of application records did not answer: it is asked again."""
    REGISTER_REFUSED = "REGISTER_REFUSED"
    """The register refused a document for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file of a mail. What the bytes are decides; what the name says is only kept."""

    path: str
    """Place in the MIME tree, e.g. `1.2`; `1.2/1.1` inside a nested message."""
    name: str
    """The original name, decoded, unchanged; empty if there was none."""
    safe_name: str
    """A name that can be shown and stored: no path, control or direction characters, never empty."""
    declared_type: str
    sniffed_type: str
    """MIME type by libmagic."""
    size: int
    digest: str
    inline: bool
    """Shown in the body (Content-ID referred to by the HTML, or a small inline image): a logo, not a document."""
    content: bytes = field(repr=False)
    opened: bool = False
    """A wrapping (winmail.dat, .msg, .eml) that was opened: its files follow, it is no document itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlined:
    """A file of a mail that is not fetched whole, as its server describes it."""

    path: str
    media_type: str
    fields: str
    """Its name as in a header: `; filename="a.pdf"`, still encoded; empty if it has none."""
    size: int
    """About so many bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a look inside one file found: why it is refused or held, or nothing against it."""

    reason: Reason | None = None
    """EMPTY_OR_CORRUPT, ENCRYPTED, MACRO_OR_ACTIVE, ARCHIVE, MALWARE, NOT_CHECKED, NOT_SCANNED, or None."""
    detail: str = ""
    """What exactly, for the office: `JavaScript in /OpenAction`, a signature's name; never content of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application record of the register. Empty strings and None: not known."""

    number: str
    family_name: str = ""
    given_name: str = ""
    date_of_birth: date | None = None
    uci: str = ""
    """Digits only."""


class FileOutcome(StrEnum):
    """What became of one file of a submission."""

    ATTACHED = "attached"
    REFUSED = "refused"
    HELD = "held"
    CONFIRMED = "confirmed"
    """On that record already: confirmed, not attached again."""
    IGNORED = "ignored"
    """A signature logo or tracking pixel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """One attachment and its outcome. `path` is `Attachment.path`."""

    path: str
    outcome: FileOutcome
    reason: Reason | None = None
    suspected: bool = False


class SubmissionOutcome(StrEnum):
    """accept: all files attached; partial: some; fail: none, notice sent; hold: a person decides."""

    ACCEPT = "accept"
    PARTIAL = "partial"
    FAIL = "fail"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionPlan:
    """A document submission decided. `number` is empty unless a record matched."""

    number: str
    outcome: SubmissionOutcome
    reasons: tuple[Reason, ...]
    files: tuple[FilePlan, ...]
    verified_by: str
    """Which second identifier agreed: uci, date_of_birth, name; empty if none did."""
    missing: tuple[str, ...] = ()
    """For INFO_MISSING, CONSENT_MISSING: what was not found, by `settings.Information`; `identity`: any identifier."""
    consent: str = ""
    """The words that state the person's consent, as they stand in the mail; empty if none were found."""
    also_said: tuple[str, ...] = ()
    """Required information that was found, by `settings.Information`."""
    links: tuple[str, ...] = ()
    """Hosts of links to files in a cloud."""


REFUSABLE = (
    Reason.NUMBER_UNKNOWN,
    Reason.NUMBER_FORMAT,
    Reason.NUMBER_IS_UCI,
    Reason.NUMBER_MISSING,
    Reason.NUMBER_MULTIPLE,
    Reason.PASSPORT_MATTER,
    Reason.INFO_MISSING,
    Reason.CONSENT_MISSING,
    Reason.NO_ATTACHMENT,
    Reason.LINK_NOT_FILE,
    Reason.TYPE_NOT_ALLOWED,
    Reason.TOO_LARGE,
    Reason.EMPTY_OR_CORRUPT,
    Reason.ENCRYPTED,
    Reason.ARCHIVE,
    Reason.MACRO_OR_ACTIVE,
    Reason.MALWARE,
    Reason.NESTED_MESSAGE,
)
"""The reasons by which a person can refuse held documents: each tells the sender what to do. Documents that are not
the right person's are refused by NUMBER_UNKNOWN, which gives nothing away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What a person decided about a held mail, kept with it. It overrides what held it, never what a file is."""

    action: str
    """release: attach what is good, the sender and the identity are vouched for. refuse: send a failure notice."""
    actor: str
    number: str = ""
    """For release: the application number to attach to, where the subject has none that can be used."""
    reason: str = ""
    """For refuse: the reason code that the sender is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One document on its way to a record of a register that is not in our own database."""

    key: str
    """Idempotency key: the same document for the same record, however often it is handed in."""
    number: str
    digest: str
    """SHA-256 of the bytes, 64 hex digits."""
    size: int
    media_type: str
    name: str
    """The safe name."""
    mail_digest: str
    received: datetime
    sender: str
    open: Callable[[], BinaryIO] = field(repr=False)
    """Opens the bytes for reading; each attempt opens them anew."""


class Register(Protocol):
    """Where application records are: the built-in one (`records.BuiltIn`) or one over HTTP (`http_register`)."""

    @property
    def is_ours(self) -> bool:
        """Its rows are in our own database: a document is attached in the deciding transaction, with no effect."""

    @property
    def certificates(self) -> Certificates | None:
        """As the last connection showed them; None before the first one, and where it is not encrypted."""

    def look_up(self, number: str) -> Application | None:
        """The record with this number, or None.

        Raises `Transient` if it does not answer now, `Permanent` if it answers what cannot be right.
        """

    def attach(self, document: Filing) -> str:
        """Attach one document; the same key again changes nothing. Returns what the register said.

        Raises `Transient` to be tried again (5xx, timeouts, 401, 403, 408, 425, 429), `Permanent` with its reason for
        any other refusal.
        """

    def check(self) -> str:
        """One sentence on how it answers, for `inboxd check`. Raises like `look_up`."""

    def close_idle(self) -> None:
        """Let go of connections that were not used for a while."""

    def close(self) -> None: ...


class Scanner(Protocol):
    """The malware scanner (`scanner.Clamd`)."""

    def scan(self, content: bytes) -> Finding:
        """No reason: clean. MALWARE with the signature's name. NOT_SCANNED, and why, if it did not answer.

        Where the scanner itself says that a file is encrypted, broken or beyond its limits: that reason.
        """

    def check(self) -> str:
        """Its version and the age of its signatures. Raises `Transient` if it does not answer."""


class Inspector(Protocol):
    """Looks inside files (`workers.Workers` in a process of its own)."""

    def inspect(self, attachment: Attachment) -> Finding:
        """Never raises for what the bytes are; NOT_CHECKED if the limits of time or memory were met.

        Raises `Transient` if no process can be started for it.
        """

    def check(self) -> str:
        """One sentence on how it works, for `inboxd check`. Raises `Transient`."""

    def close(self) -> None: ...
