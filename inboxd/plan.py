"""The words for a decision: what becomes of one mail, as values, before anything is done about it.

`triage.decide` makes a `Plan`; `process.one` records it in one transaction; each `Effect` is carried out later, with
a fixed key. Nothing in here does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from inboxd.calendar import Deadline
from inboxd.mail import Language
from inboxd.settings import Place

Value = str | int | datetime | tuple[str, ...] | tuple[Mapping[str, str | datetime], ...]
"""What a template may be given: text, counts, times (aware), lists of text, lists of rows of text."""


class Route(StrEnum):
    """What kind of mail it is: the rows of "what can arrive" in `product.md`, in order."""

    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    DUPLICATE = "duplicate"
    ANSWER = "answer"
    UNVERIFIED = "unverified"
    OUTSIDER = "outsider"
    MINISTER = "minister"
    STATUS = "status"
    SUBMISSION = "submission"
    FOLLOW_UP = "follow_up"
    PASSPORT = "passport"
    ENQUIRY = "enquiry"
    UNREADABLE = "unreadable"
    """Parsing failed, or the mail is too large: held by its header."""


class Category(StrEnum):
    """How soon an enquiry is answered (`product.md` "Enquiries"), the most pressing first."""

    CRITICAL = "critical"
    URGENT = "urgent"
    COMPLEX = "complex"
    REVIEW = "review"
    NOT_MET = "not_met"


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
    CONSENT_MISSING = "CONSENT_MISSING"
    INFO_MISSING = "INFO_MISSING"
    REPLY_LIMIT = "REPLY_LIMIT"
    """The reply would pass the limit for a sender or thread (loop guard): withheld, a person looks."""
    NO_SENDER = "NO_SENDER"
    UNREADABLE = "UNREADABLE"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    TOO_LARGE_MAIL = "TOO_LARGE_MAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One criterion that hit, with the very words that hit it (promise 5)."""

    criterion: str
    """Id in `criteria.toml`, e.g. CR-01."""
    category: Category
    words: str
    start: int
    """Offset of `words` in the text that was read (`Body.new`, or `Body.forwarded` when `where` says so)."""
    where: str = "new"
    """new, forwarded, subject or file_name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """Words that looked like a criterion and were set aside, and why: `not`, `if`, `past`, `cancelled`, `name` …"""

    criterion: str
    words: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where a mail goes and why."""

    route: Route
    rule: str
    """Name of the rule that decided, in `triage.rules.RULES`."""
    because: str
    """One sentence for people; no names or numbers."""
    hits: tuple[Hit, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    looked_for: tuple[str, ...] = ()
    """Ids of the criteria that were read and did not hit (kept for not_met)."""
    rules_version: str = ""
    """Digest of criteria, standards and roster in force."""


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
    """One attachment and its outcome. `path` is `mail.Attachment.path`."""

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
    """For INFO_MISSING: field names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerPlan:
    """A timer to set. `due_at` is aware; stored in UTC."""

    kind: str
    """reply_warning, reply_breach, action_alarm, page, filing_warning, filing_breach, review_page."""
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePlan:
    """A case to open."""

    reference: str
    category: Category
    high_profile: bool
    criteria: tuple[str, ...]
    """Ids of the criteria that decided, the first is the main one."""
    numbers: tuple[str, ...]
    office: str
    language: Language
    deadline: Deadline
    timers: tuple[TimerPlan, ...]
    queue: str = "mcmps"
    """mcmps, or mil for the Minister's Office."""
    state: str = "open"
    """open; answered where the notice itself is the reply (not_met, `domain.md` C18)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseUpdate:
    """A follow-up on a case, or an officer's answer to it."""

    case_id: int
    reference: str
    relation: str
    """follow_up, answer."""
    category: Category | None = None
    """The raised category; None if it stays."""
    criteria: tuple[str, ...] = ()
    """Ids of the criteria that raised it."""
    deadline: Deadline | None = None
    timers: tuple[TimerPlan, ...] = ()
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPlan:
    """A reply to render and send. One recipient, always the sender."""

    template: str
    """Name of the pair in `templates/en` and `templates/fr`, without ending."""
    to: str
    language: Language
    french_first: bool
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that becomes of one mail."""

    verdict: Verdict
    place: Place
    submission: SubmissionPlan | None = None
    cases: tuple[CasePlan, ...] = ()
    updates: tuple[CaseUpdate, ...] = ()
    replies: tuple[ReplyPlan, ...] = ()
    undelivered: tuple[str, ...] = ()
    """Keys of our sent mails that a bounce returned."""
    held: Reason | None = None
    """Why a person must look, if one must."""
    withheld: tuple[str, ...] = ()
    """Templates whose reply a loop guard withheld."""
    filing_timers: tuple[TimerPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A rendered mail, ready to send. `raw` is what goes over SMTP, byte for byte."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    template: str
    template_version: str
    raw: bytes = field(repr=False)


class EffectKind(StrEnum):
    """Things done outside, one by one, after the decision is committed."""

    SEND = "send"
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An outbox row as a value. The key is fixed: carrying it out twice is recognised as the same."""

    effect_id: int
    key: str
    kind: EffectKind
    mail_id: int | None
    payload: Mapping[str, str | int]
    attempts: int
    due_at: datetime
