"""What a decision is made from: one mail, what records say about it, and the office's rules. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from inboxd import calendar, ladder
from inboxd.calendar import Deadline
from inboxd.mail import AuthResult, Email, Facts, Language
from inboxd.opinions import SecondReader
from inboxd.plan import Category, Hit, ReplyPlan, TimerPlan, Value
from inboxd.reference import make_reference
from inboxd.settings import Settings
from inboxd.standards import Standards
from inboxd.triage.both_readers import Readings, is_cut
from inboxd.triage.criteria import Criteria
from inboxd.triage.regional_units import RegionalUnits
from inboxd.triage.roster import Member, Roster

INCOMPLETE = frozenset(
    {
        "base64_damaged",
        "body_too_long",
        "excerpt",
        "outlook_item_damaged",
        "tnef_damaged",
        "too_deep",
        "too_many_parts",
        "uuencode",
        "uuencode_damaged",
        "yenc",
    }
)
"""Defects that mean: something of the mail was not read. A person looks before anything is attached or refused."""
IN_BOTH = frozenset({"outsider"})
"""Notices that always go out in both languages: we do not know these people (`product.md`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything an office decides, read and checked; replaced as a whole when a file changes."""

    settings: Settings
    roster: Roster
    criteria: Criteria
    standards: Standards
    units: RegionalUnits
    version: str
    second_reader: SecondReader | None = None
    """None: the office switched it off, and the criteria decide alone."""
    readings: Readings = field(init=False, default_factory=Readings, compare=False, repr=False)
    """What these rules were asked lately; other rules begin anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One mail to decide."""

    email: Email
    facts: Facts
    rules: Rules
    now: datetime
    member: Member | None
    """The roster's entry for the sender on the day of receipt."""
    former: Member | None = None
    """Where there is none for that day: its entry for the nearest days before, else after. None if there is none."""
    parts: tuple[Email, ...] = ()
    """Where `email` is several mails read as one (`completed`): each of them, the decided one first."""

    @property
    def sender(self) -> str:
        return self.email.sender.address if self.email.sender else ""

    @property
    def domain(self) -> str:
        return self.email.sender.domain if self.email.sender else ""

    @property
    def received(self) -> datetime:
        return self.facts.taken.arrived_at

    @property
    def received_on(self) -> date:
        """The day of receipt on the wall in the office's zone."""
        return calendar.local_time(self.rules.standards.calendar, self.received).date()

    @property
    def is_client(self) -> bool:
        """On the roster, or of a client domain, compared whole so that look-alikes never fit."""
        return self.member is not None or self.domain in self.rules.settings.senders.client_domains

    @property
    def known_domains(self) -> tuple[str, ...]:
        """Domains that somebody could imitate: of clients, offices on the roster, officers and our own."""
        settings, offices = self.rules.settings, self.rules.roster.domains
        own = settings.office.address.rpartition("@")[2].lower()
        known = (*settings.senders.client_domains, *settings.senders.officer_domains, *offices, own)
        return tuple(dict.fromkeys(known))

    @property
    def is_officer(self) -> bool:
        senders = self.rules.settings.senders
        return self.sender in senders.officers or self.domain in senders.officer_domains

    @property
    def is_verified(self) -> bool:
        """Our own gateway confirms the From address (RFC 8601), or our own look at its signature where that stands in.

        The table of docs/senders.md: a FAIL of the gateway is never outweighed.
        """
        if self.is_released:
            return True  # a person vouches for the sender
        result, senders = self.email.authentication.result, self.rules.settings.senders
        if result is not AuthResult.NONE:
            return result is AuthResult.PASS
        own = self.facts.own_check
        if senders.trust_own_dkim and own is not None and own.result is AuthResult.PASS:
            return True
        return not (senders.has_gateway and senders.require_authentication)

    @property
    def is_released(self) -> bool:
        """A person looked at the held mail and let it through."""
        return self.facts.instruction is not None and self.facts.instruction.action == "release"

    @property
    def is_excerpt(self) -> bool:
        """The mail is too large: only its beginning was fetched, and its files are known by name only."""
        return "excerpt" in self.email.defects

    @property
    def is_incomplete(self) -> bool:
        return not INCOMPLETE.isdisjoint(self.email.defects)

    @property
    def is_cut(self) -> bool:
        """Not all of its text was read: the most pressing words may stand in the rest."""
        return is_cut(self.email)

    @property
    def office(self) -> str:
        """The office a client writes for; the address itself where the roster does not say."""
        return self.member.office if self.member else self.sender

    @property
    def answered(self) -> Email:
        """The mail that a reply is an answer to: the one that completed this submission last, else the mail itself."""
        return self.facts.answers[-1].email if self.facts.answers else self.email

    @property
    def correspondent(self) -> str:
        """Who gets a reply: the sender of the mail that is answered, of the same office."""
        answered = self.answered
        return answered.sender.address if answered.sender else ""

    @property
    def language(self) -> Language:
        """The office's own choice, else the language of the mail, else both (`domain.md` 7.1)."""
        if self.member is not None and self.member.language is not None:
            return self.member.language
        return self.answered.language

    @property
    def french_first(self) -> bool:
        return self.member is not None and self.member.province == "QC"

    def reference(self, ordinal: int = 0) -> str:
        """The reference of this mail's n-th case; the same whenever it is asked for."""
        year = calendar.local_time(self.rules.standards.calendar, self.received).year
        prefix = self.rules.settings.office.reference_prefix
        return make_reference(prefix, year, self.facts.taken.mail_id, ordinal)

    def deadline(self, category: Category) -> Deadline:
        standards = self.rules.standards
        return calendar.deadline(
            standards.calendar,
            self.received,
            standards.business_days(category),
            standards.action_hours(category),
        )

    def reply(self, template: str, **values: Value) -> ReplyPlan:
        """A reply to the sender. `received` is added, since every notice says it."""
        return ReplyPlan(
            template=template,
            to=self.correspondent,
            language=Language.BOTH if template in IN_BOTH else self.language,
            french_first=self.french_first,
            values={"received": self.received, **values},
            answers=self.facts.answers[-1].mail_id if self.facts.answers else 0,
        )

    def alerts(self, what: str, *, once: str = "", **values: Value) -> tuple[ReplyPlan, ...]:
        """One internal notice for each alert address. `once`: as `ReplyPlan.once`."""
        full = {
            "what": what,
            "reference": "",
            "category": "",
            "due": self.received,
            "received": self.received,
            "mail_id": str(self.facts.taken.mail_id),
            "office": self.office,
            "others": (),
            "reason": "",
            **values,
        }
        return tuple(
            ReplyPlan(template="alert", to=address, language=Language.BOTH, french_first=False, values=full, once=once)
            for address in self.rules.settings.office.alerts
        )


def case_timers(question: Question, category: Category, deadline: Deadline) -> tuple[TimerPlan, ...]:
    """The ladder of a case: page, reminders, breach, escalations, and what its category adds (`product.md` table)."""
    return ladder.of_case(question.rules.standards, question.received, category, deadline)


def criteria_rows(rules: Rules, ids: tuple[str, ...]) -> tuple[Mapping[str, str | datetime], ...]:
    """Criteria as rows for a notice: id, what it stands for in both languages, category."""
    rows = (rules.criteria.by_id[criterion] for criterion in ids)
    return tuple(
        {"id": row.id, "en": row.description_en, "fr": row.description_fr, "category": str(row.category)}
        for row in rows
    )


def ids_of(hits: tuple[Hit, ...], category: Category | None) -> tuple[str, ...]:
    """Ids of the criteria that hit in the deciding category, each once, in order."""
    return tuple(dict.fromkeys(hit.criterion for hit in hits if category is None or hit.category is category))
