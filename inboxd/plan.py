"""The words for a decision: what becomes of one mail, as values, before anything is done about it.

`triage.decide` makes a `Plan`; `process.one` records it in one transaction; each `Effect` is carried out later, with
a fixed key. Nothing in here does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from inboxd.calendar import Deadline
from inboxd.documents import Reason, SubmissionPlan
from inboxd.mail import Language
from inboxd.settings import Place

Value = str | int | datetime | tuple[str, ...] | tuple[Mapping[str, str | datetime], ...]
"""What a template may be given: text, counts, times (aware), lists of text, lists of rows of text."""


class Route(StrEnum):
    """What kind of mail it is: the rows of "what can arrive" in `product.md`, in order."""

    CANARY = "canary"
    """Our own mail that measures how long mail takes; nobody's mail, and counted apart."""
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
    """new, forwarded, subject or file_name; opinion: the second reader's, `words` with how sure it was."""
    case: str = ""
    """Reference of the case that it was read for, where a mail holds several; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """Words that looked like a criterion and were set aside, and why: `not`, `if`, `past`, `cancelled`, `name` …"""

    criterion: str
    words: str
    because: str
    case: str = ""
    """As for a hit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRead:
    """A day that the mail names, and which day that is, counted from the day of receipt."""

    words: str
    start: int
    """Offset of `words` in the text that was read, as in `Hit`."""
    where: str
    """new, subject or forwarded."""
    first: date
    last: date
    """The same day, or the last of a span ("next week")."""
    sure: bool
    """False when it could also be read as another day."""


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
    dates: tuple[DateRead, ...] = ()
    """The days that the mail names, resolved."""
    looked_for: tuple[str, ...] = ()
    """Ids of the criteria that were read and did not hit (kept for not_met)."""
    rules_version: str = ""
    """Digest of criteria, standards and roster in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerPlan:
    """A timer to set. `due_at` is aware; stored in UTC."""

    kind: str
    """One of `ladder.STEPS`."""
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


INTERNAL_NOTICES = frozenset(
    {
        "action_alarm",
        "action_reminder",
        "alert",
        "breach",
        "digest",
        "escalation",
        "filing_breach",
        "filing_escalation",
        "filing_reminder",
        "incident",
        "incident_over",
        "page",
        "reminder",
        "review_page",
    }
)
"""Templates of what only the office's own people get. All others go to senders, and count as replies to them."""
CANARY = "canary"
"""What the outbox has for a template where inboxd writes to itself (`canaries.py`)."""
INSIDE = INTERNAL_NOTICES | {CANARY}
"""Everything that leaves and is no answer to anybody: no limit and no stop holds it up."""


class Relation(StrEnum):
    """What a later mail is to a submission that it settles."""

    COMPLETES = "completes"
    """It gives the number, the identifier or the consent that was missing."""
    SUPERSEDES = "supersedes"
    """It brought the same files, and they were filed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """An earlier submission that is decided again because of this mail."""

    mail_id: int
    decision: int
    """The decision that it was seen with: what changed since is not settled."""
    relation: Relation
    number: str = ""
    """The application number that this mail gives, or by which its files were filed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPlan:
    """A reply to render and send. One recipient, always the sender."""

    template: str
    """Name of the pair in `templates/en` and `templates/fr`, without ending."""
    to: str
    language: Language
    french_first: bool
    values: Mapping[str, Value]
    once: str = ""
    """If not empty: whatever mail causes it, one notice with these words goes to each recipient, such as one a day."""
    answers: int = 0
    """Id of the mail that it answers, where that is not the one that is decided: one that completed it."""


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
    settles: tuple[Settling, ...] = ()
    """Earlier submissions to be decided again, with what this mail says."""
    answers_place: Place | None = None
    """Where the mails lie that completed this submission; None if none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a notice was made of: kept, so that a changed text can be tried on it."""

    language: Language
    french_first: bool
    values: Mapping[str, Value] = field(repr=False)


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
    said: Said | None = field(default=None, repr=False)
    """None: it was made by no template, or is read back from its bytes."""


class EffectKind(StrEnum):
    """Things done outside, one by one, after the decision is committed."""

    SEND = "send"
    ATTACH = "attach"
    """Hand a document to a register over HTTP."""
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
