"""The words for one mail on its way: `Fetched -> Taken -> Email (+ Facts)`.

Values only: frozen, slotted, keyword-only. No library's object travels, no dict that stages write into.
All datetimes are timezone-aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from inboxd.documents import Application, Attachment, Finding, Instruction, Outlined


class Language(StrEnum):
    """The language of a text or of a reader. BOTH: both are present, or it is not certain which one is wanted."""

    EN = "en"
    FR = "fr"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A mailbox as it stood in a header: display name (decoded) and addr-spec in lower case."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One message as the IMAP server gave it. Exactly one of `raw` and `spool` is set."""

    account: str
    folder: str
    uidvalidity: int
    uid: int
    arrived_at: datetime
    """INTERNALDATE: when the server received it; every clock starts from it."""
    size: int
    raw: bytes | None = None
    spool: Path | None = None
    """A finished file that holds the raw bytes of a large message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A mail that is ours: its bytes are fsynced in the archive and its row is committed."""

    mail_id: int
    digest: str
    """SHA-256 of the raw bytes, 64 hex digits; also its name in the archive."""
    size: int
    account: str
    folder: str
    """Where it was first seen: the inbox or the Sent folder."""
    arrived_at: datetime
    attempts: int
    decisions: int = 0
    """How often it was decided or held: of one that comes fresh nothing else is known."""
    outline: tuple[Outlined, ...] | None = None
    """Only the beginning of the mail is here, which is too large; these are its files. None: it is here whole."""


class AutomaticKind(StrEnum):
    """Why a mail counts as sent by a machine (RFC 3834 section 2, RFC 3464, RFC 8098, RFC 5545)."""

    AUTO_REPLY = "auto_reply"
    OUT_OF_OFFICE = "out_of_office"
    LIST = "list"
    RECEIPT = "receipt"
    CALENDAR = "calendar"
    BOUNCE = "bounce"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    """A machine sent this. `evidence` names the header or part that says so, e.g. `Auto-Submitted: auto-replied`."""

    kind: AutomaticKind
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A delivery status notification (RFC 3464), or a bounce in another form that could be read.

    `original_message_id` is the Message-ID of the returned mail, with angle brackets, or empty.
    """

    recipients: tuple[str, ...]
    action: str
    """failed, delayed, delivered, relayed or expanded; empty if not said."""
    status: str
    """Enhanced status code such as 5.1.1 (RFC 3463); empty if not said."""
    original_message_id: str
    diagnostic: str
    answered: tuple[str, ...] = ()
    """Message-IDs of the mail that the returned mail answered, where that was an automatic answer as ours are."""


class AuthResult(StrEnum):
    """What our own gateway found out about the sender (RFC 8601). NONE: our gateway said nothing."""

    PASS = "pass"  # noqa: S105  # a verdict, no password
    FAIL = "fail"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """The verdict of the configured authserv-id only; other Authentication-Results headers do not count."""

    result: AuthResult
    detail: str
    """E.g. `spf=pass dkim=fail dmarc=fail`; for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The text of a mail, taken apart. All plain text with `\\n` line ends; empty where there is nothing."""

    full: str
    """Everything a reader sees in the top-level message, before taking apart."""
    new: str
    """The sender's own new words: no quoted thread, signature or disclaimer. Only these decide."""
    quoted: str
    signature: str
    forwarded: str
    """A forwarded text, which is evidence, named as such; empty if nothing was forwarded."""
    html_only: bool
    links: tuple[str, ...]
    """Hosts of links in the new text, lower case, in order, each once."""


class SubjectIntent(StrEnum):
    """How plainly a subject asks for a document submission (`domain.md` 2.2-2.3)."""

    EXACT = "exact"
    """Both halves of the phrase, in any accepted spelling."""
    NEAR = "near"
    """One half, or a typo in one half: accepted with a courtesy note."""
    PARAPHRASE = "paraphrase"
    """The intent is recognised, the phrase is not: SUBJECT_PHRASE."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectReading:
    """What the subject line says (`domain.md` 2.2-2.3), before any record is looked up."""

    intent: SubjectIntent
    normalised: str
    """After the steps of `domain.md` 2.2, reply prefixes and tags stripped; for matching, not for display."""
    number: str
    """The one well-formed application number, compact and upper case; empty if there is none or it is refused."""
    reason: str
    """A code of `documents.Reason` when the subject alone decides fail or hold, else empty."""
    looks_like: str
    """For NUMBER_FORMAT, what the number looks like: court, irb, passport, phone, temporary_uci, lookalike, length."""
    is_reply: bool
    """A reply or forward prefix was stripped."""
    urgent_word: bool
    personal_text: bool
    """Text after the number, such as a name, that does not belong in a subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """Everything read from the bytes of one mail. Nothing here was looked up."""

    digest: str
    size: int
    message_id: str
    """With angle brackets; empty if there was none."""
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: datetime | None
    sender: Address | None
    """The From address; None if there is none that can be trusted (several, or unreadable)."""
    recipients: tuple[Address, ...]
    """To and Cc."""
    reply_to: tuple[Address, ...]
    return_path: str | None
    """Lower case; empty string for the null return path `<>`; None if the header is absent."""
    subject: str
    """Decoded and unfolded, otherwise as written."""
    body: Body
    language: Language
    """Of the sender's own new words; BOTH if not certain."""
    attachments: tuple[Attachment, ...]
    automatic: Automatic | None
    bounce: Bounce | None
    authentication: Authentication
    subject_reading: SubjectReading
    numbers: tuple[str, ...]
    """Well-formed application numbers in subject, new and forwarded text, compact, in order, each once.

    Where there are none, those of the quoted text: a reply often leaves the number to the mail it answers.
    """
    ucis: tuple[str, ...]
    """UCIs that are labelled or hyphenated, digits only, each once."""
    case_references: tuple[str, ...]
    """Our own case references in the subject or text, upper case, check letter right, each once."""
    defects: tuple[str, ...]
    """What was wrong with the mail, by short stable names; never content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """Something that happened to a case, as its office may know it."""

    at: datetime
    what: str
    """A code that the notice `status` has words for."""
    category: str = ""
    """The category that it left; empty where it changed none."""
    due: datetime | None = None
    """The reply-by time that it set anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A case that this mail may belong to."""

    case_id: int
    reference: str
    category: str
    state: str
    office: str
    opened_at: datetime
    reply_by: datetime
    language: Language
    answered_at: datetime | None = None
    numbers: tuple[str, ...] = ()
    """Its application numbers, by which a later mail may name it."""
    queue: str = "mcmps"
    """mcmps, or mil for the Minister's Office."""
    waits_since: datetime | None = None
    """Since when it waits for the office; `reply_by` is what was due then. None: it does not wait."""
    steps: tuple[CaseStep, ...] = ()
    """Its time line so far, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """One of our own sent mails that this mail refers to (by In-Reply-To, References or a bounce)."""

    effect_key: str
    message_id: str
    mail_id: int
    template: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierSubmission:
    """A document submission of an earlier mail, as it was last decided, that this mail may settle."""

    mail_id: int
    decision: int
    """How often it was decided: whoever settles it settles this very state."""
    state: str
    """taken, decided, held or done."""
    office: str
    subject: str
    outcome: str
    """accept, partial, fail or hold."""
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    number: str
    """Of the record that matched; empty if none did."""
    by_a_person: bool
    """A person released or refused it."""
    joined: bool = False
    """This mail was added to it before."""
    in_thread: bool = False
    """This mail stands in the thread of that mail, or of a notice about it."""
    waiting: frozenset[str] = frozenset()
    """Digests of its files that are on no record for no fault of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A later mail of the same office that gave what a submission lacked."""

    mail_id: int
    email: Email
    arrived_at: datetime
    number: str
    """The application number that it gave; empty if none was missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAgain:
    """The later mail that brought the files of a submission to a record."""

    mail_id: int
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What our records say about one mail, read in the deciding transaction."""

    taken: Taken
    from_sent_folder: bool
    application: Application | None
    """The record for `email.subject_reading.number`."""
    filed_digests: frozenset[str]
    """Attachments of this mail whose bytes are on that record already."""
    filed_elsewhere: Mapping[str, tuple[tuple[str, Application | None], ...]]
    """Attachments of this mail whose bytes are on other records: by digest, number and record as far as known."""
    cases: tuple[OpenCase, ...]
    """Cases of this thread or named by reference, newest first."""
    ours: tuple[SentMail, ...]
    """Mails of ours that this mail answers or returns."""
    is_own_mail: bool
    """Its Message-ID is one that we sent."""
    duplicate_of: int | None
    """Id of an earlier mail with the same Message-ID, sender and content."""
    replies_to_sender_today: int
    """Automatic replies made for this sender's address in the last 24 hours."""
    replies_in_thread: int
    """Automatic replies made in this thread in the last 4 hours."""
    last_pointer_at: datetime | None
    """When this sender last got the pointer for people who are not clients."""
    findings: Mapping[str, Finding] = field(default_factory=dict)
    """What a look inside found, by digest; empty where nobody needed to look."""
    register_unavailable: bool = False
    """The register did not answer: `application` says nothing."""
    instruction: Instruction | None = None
    """What a person decided about this mail while it was held."""
    asked_about: tuple[EarlierSubmission, ...] = ()
    """Submissions whose failure or held notice this mail answers."""
    same_files: tuple[EarlierSubmission, ...] = ()
    """Other submissions that hold files of this mail, byte for byte, and were not settled."""
    answers: tuple[Answer, ...] = ()
    """Later mails that complete this submission, in order."""
    other_records: tuple[str, ...] = ()
    """Numbers that its subject or those mails gave beside the one that counts, and that records have."""
    sent_again: SentAgain | None = None
    """Its files came once more, and were filed."""
    waits_at_limit: bool = False
    """Mail of this sender or thread is held because a limit of automatic replies was reached, and nobody looked yet."""
    is_canary: bool = False
    """Our own mail that measures how long mail takes, with a token that only this installation can make."""
    own_check: Authentication | None = None
    """What our own look at its DKIM signatures found; None: nobody looked."""

    @classmethod
    def of_an_empty_store(
        cls, taken: Taken, *, application: Application | None = None, from_sent_folder: bool = False
    ) -> Self:
        """What is known of a mail where nothing else is."""
        return cls(
            taken=taken,
            from_sent_folder=from_sent_folder,
            application=application,
            filed_digests=frozenset(),
            filed_elsewhere={},
            cases=(),
            ours=(),
            is_own_mail=False,
            duplicate_of=None,
            replies_to_sender_today=0,
            replies_in_thread=0,
            last_pointer_at=None,
        )
