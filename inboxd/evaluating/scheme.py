"""The words of a labelled folder: what a label line and a prediction say, and which values there are. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from inboxd.documents import Reason, SubmissionOutcome
from inboxd.mail import Language
from inboxd.plan import Category

ROUTES = ("submission", "enquiry", "passport", "follow_up", "automatic", "outsider", "mixed")
UNREADABLE = "unreadable"
"""A prediction only: nothing could be read from the mail, or judging it failed; the daemon would hold it."""
SUBMISSIONS = ("submission", "mixed")
"""Routes of which an outcome is expected."""
CATEGORIES = tuple(str(category) for category in Category if category is not Category.REVIEW)
"""What a label can say, the most pressing first."""
REVIEW = str(Category.REVIEW)
"""A prediction only: a person decides."""
LANGUAGES = tuple(str(language) for language in Language)
OUTCOMES = tuple(str(outcome) for outcome in SubmissionOutcome)
ATTACHING = (str(SubmissionOutcome.ACCEPT), str(SubmissionOutcome.PARTIAL))
REASONS = frozenset(
    str(reason)
    for reason in (
        Reason.SUBJECT_PHRASE,
        Reason.NUMBER_MISSING,
        Reason.PLACEHOLDER_LEFT,
        Reason.NUMBER_MULTIPLE,
        Reason.NUMBER_IS_UCI,
        Reason.NUMBER_FORMAT,
        Reason.NUMBER_UNKNOWN,
        Reason.NO_ATTACHMENT,
        Reason.LINK_NOT_FILE,
        Reason.TYPE_NOT_ALLOWED,
        Reason.TYPE_MISMATCH,
        Reason.TOO_LARGE,
        Reason.EMPTY_OR_CORRUPT,
        Reason.ENCRYPTED,
        Reason.ARCHIVE,
        Reason.MACRO_OR_ACTIVE,
        Reason.MALWARE,
        Reason.INFO_MISSING,
        Reason.CONSENT_MISSING,
        Reason.SENDER_NOT_AUTHORISED,
        Reason.SENDER_UNVERIFIED,
        Reason.DUPLICATE,
    )
)
"""The codes of the label scheme. We have more (`documents.Reason`); a label may name those too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What one line of labels.jsonl says. None: it does not say, so that figure leaves the mail out."""

    id: str
    file: str
    line: int = 0
    """In labels.jsonl, from 1."""
    route: str | None = None
    category: str | None = None
    language: str | None = None
    numbers: tuple[str, ...] | None = None
    """Upper case, without spaces and dashes."""
    cases: int | None = None
    outcome: str | None = None
    reasons: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What would become of one mail, in the words of the labels."""

    id: str
    route: str
    category: str | None = None
    by_criteria: str | None = None
    """What the category would be if the criteria decided alone; None where no second reader was asked."""
    by_second_reader: str | None = None
    """What the second reader alone thinks, however sure it is."""
    criteria: tuple[str, ...] = ()
    """Ids of the criteria or topics that decided, the main one first."""
    criterion: str = ""
    """The main one in words."""
    language: str | None = None
    numbers: tuple[str, ...] = ()
    cases: int = 1
    outcome: str | None = None
    reasons: tuple[str, ...] = ()
    """Codes of `REASONS` only."""
    own_reasons: tuple[str, ...] = ()
    """Codes that the label scheme does not have, such as NUMBER_LEGACY."""
    explanation: str = ""
    """Rule, because, words that hit, what was set aside, each file: everything needed to see why."""
    bug: str = ""
    """Where in our own code judging this mail failed; empty if it did not."""
