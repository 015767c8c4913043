"""The simulated office for real: inboxd's own functions on its own rows; its clock stands still until told.

Real: triage and its rules, recording, timers and their notices, pauses, corrections, closures. Left out, since nothing
here hangs on them: the mailbox, parsing, replies to senders, and files on disk (what would be archived is only named).
The criteria are four colours, so that a mail says plainly what it is about.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import Engine, event, select

from inboxd import app, ladder, overriding, parking, parsers, process, reclocking, timers, triage
from inboxd.archive import Archive, digest_of
from inboxd.context import Context
from inboxd.database import Database, open_engine
from inboxd.documents import Reason
from inboxd.folder_watch.looking import resume_written_to
from inboxd.mail import Address, AuthResult, Body, Email, Facts, Taken
from inboxd.plan import Category, Plan, Route, Verdict
from inboxd.registers import BuiltIn
from inboxd.replies import Templates
from inboxd.settings import Place, Settings, read_settings
from inboxd.standards import Closure, read_standards
from inboxd.store import clocks, decisions
from inboxd.store.journal import inserted_id
from inboxd.tables import cases, mails
from inboxd.triage import Rules
from inboxd.triage.rulebook import Criteria, CriteriaFile, Criterion, Kind, Words, compile_criteria
from tests.fakes import Clock, FakeCourier, FakeMailbox, InThisProcess
from tests.office import GATEWAY, Server, write_office
from tests.year.lives import Act, What
from tests.year.model import PRESSING

NOBODY = Server(port=1, username="inbox", password="x")
COLOURS = {"critical": "crimson letter", "urgent": "orange letter", "complex": "violet letter",
           "not_met": "yellow letter"}
NEUTRAL = "There is something that we would like to tell you about this person."
OFFICE, MINISTER, OFFICER = "alma.rivers@parl.example", "desk@minister.example", "kim@officers.ircc.example"
REASON = "Storm"
BY = "person:kim"


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


class NamedOnly(Archive):
    """The archive without its disk: what would be kept has its name."""

    def keep(self, kind: str, raw: bytes) -> str:
        return digest_of(raw)


def hurried(engine: Engine) -> Engine:
    """A database that need not survive a crash of the machine."""
    if engine.dialect.name == "sqlite":
        for pragma in ("synchronous = OFF", "cache_size = -200000", "temp_store = MEMORY"):
            event.listen(engine, "connect", lambda db, _, pragma=pragma: db.execute(f"PRAGMA {pragma}"))
    return engine


def colours() -> Criteria:
    """A criterion for each colour, and no other words."""
    rows = tuple(
        Criterion(id=f"XX-{number:02}", category=Kind(name), description_en=name, description_fr=name,
                  phrases_en=(phrase,), must_hit_en=(phrase,), must_hit_fr=(phrase,), must_not_hit_en=(),
                  must_not_hit_fr=())
        for number, (name, phrase) in enumerate(COLOURS.items(), 1))
    words = Words(**dict.fromkeys(Words.model_fields, ()))
    return compile_criteria(CriteriaFile(words=words, criterion=rows), "colours")


_read: list[tuple[Rules, Templates]] = []


def _rules(settings: Settings) -> tuple[Rules, Templates]:
    """Reading all files takes seconds, and they are the same for every story."""
    if not _read:
        rules, templates = app.read_rules(settings)
        _read.append((dataclasses.replace(rules, criteria=colours(), second_reader=None), templates))
    return _read[0]


def letter(settings: Settings) -> Email:
    """A plain letter of an office, to be changed."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = OFFICE, "inbox@ircc.example", "A letter"
    mail["Message-ID"] = "<letter@parl.example>"
    mail["Authentication-Results"] = f"{GATEWAY}; dmarc=pass header.from=parl.example"
    mail.set_content(NEUTRAL)
    return parsers.parse_under(settings, mail.as_bytes(), digest="0" * 64)


@dataclass(slots=True)
class Entered:
    """A mail that has a row, and its case."""

    mail_id: int
    message_id: str
    mil: bool = False
    case_id: int = 0
    reference: str = ""


class World:
    """The office."""

    def __init__(self, root: Path, database: str, *, tells: bool = True) -> None:
        """`tells`: somebody is told of each step. Writing the notices is half the work."""
        settings = read_settings(write_office(root, imap=NOBODY, smtp=NOBODY, database=database))
        if not tells:
            settings = settings.model_copy(update={"office": settings.office.model_copy(update={"alerts": ()})})
        rules, templates = _rules(settings)
        self._standards = read_standards(settings.rules.standards)
        self.clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
        self.file = settings.rules.standards
        database_ = Database(hurried(open_engine(settings.storage.database)))
        database_.prepare()
        rules = dataclasses.replace(rules, settings=settings, standards=self._standards)
        self.context = Context(
            settings=settings, rules=rules,
            templates=templates, database=database_, archive=NamedOnly(settings.storage.archive),
            mailbox=FakeMailbox(), courier=FakeCourier(), register=BuiltIn(database_), inspector=InThisProcess(),
            scanner=None, now=self.clock)
        self.desk = dataclasses.replace(self.context)
        """What a person's commands work with: they read the rules each time."""
        self.entered: dict[int, Entered] = {}
        self._letter, self._mails = letter(settings), 0
        assert self._letter.authentication.result is AuthResult.PASS

    def set_clock(self, now: int) -> None:
        self.clock.at = moment(now)

    def close(self) -> None:
        self.context.database.close()

    # --- the daemon ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.context.started = self.clock()
        self.context.rules = self._rules()

    def read_rules(self) -> int:
        """What the daemon does when a file of rules was changed."""
        self.context.rules = self._rules()
        return reclocking.catch_up(self.context)

    def _rules(self) -> Rules:
        return dataclasses.replace(self.context.rules, standards=self._standards)

    def look_at_folders(self) -> None:
        resume_written_to(self.context)

    def fire(self) -> int:
        return timers.fire_due(self.context)

    # --- mails ---------------------------------------------------------------------------------------------------

    def mail(self, act: Act) -> None:
        """A mail that lies in the inbox, or in the Sent folder, is decided."""
        if act.what is What.BOUNCES:
            with self.context.database.transaction() as tx:
                standards = self.context.rules.standards
                clocks.reopen_unanswered(tx, self.entered[act.number].mail_id, self.clock(), standards)
        elif act.what is What.SETTLED:
            with self.context.database.transaction() as tx:
                clocks.cancel_filing(tx, self.entered[act.number].mail_id)
        else:
            self._decide(act)

    def _decide(self, act: Act) -> None:
        known, now = self.entered.get(act.number), self.clock()
        email = self._email(act, known)
        folder = self.context.settings.mailbox.sent_folder if act.what is What.ANSWERED else "INBOX"
        with self.context.database.transaction() as tx:
            row = tx.execute(mails.insert().values(
                account="main", digest=email.digest, size=email.size, folder=folder, arrived_at=moment(act.at),
                taken_at=now, state="taken", next_try_at=now))
            mail_id = inserted_id(row)
            taken = Taken(mail_id=mail_id, digest=email.digest, size=email.size, account="main", folder=folder,
                          arrived_at=moment(act.at), attempts=1)
            rules = self.context.rules
            facts = Facts.of_an_empty_store(taken)
            if known is not None:
                facts = process.look_up(self.context, tx, taken, email, now)
            if act.what is What.DOCUMENTS:
                plan = Plan(verdict=Verdict(route=Route.SUBMISSION, rule="submits_documents", because=""),
                            place=Place.HELD, held=Reason.IDENTITY_MISMATCH,
                            filing_timers=ladder.of_documents(rules.standards, moment(act.at)))
            else:
                plan = triage.decide(email, facts, rules, now)
            decisions.record(tx, taken, email, plan, facts, (), now, office=triage.ask(email, facts, rules, now).office,
                             standards=rules.standards)
            if known is None:
                known = self.entered[act.number] = Entered(mail_id, email.message_id, act.mil)
            for case in plan.cases:
                known.reference = case.reference
                known.case_id = tx.execute(select(cases.c.id).where(cases.c.reference == case.reference)).scalar_one()

    def _email(self, act: Act, known: Entered | None) -> Email:
        self._mails += 1
        own, story = COLOURS.get(act.says, ""), ""
        if act.says == PRESSING:
            own, story = "", f"They sent me a {COLOURS['critical']}."
        new = f"We have {own}." if own else NEUTRAL
        mil = known.mil if known else act.mil
        address = OFFICER if act.what is What.ANSWERED else MINISTER if mil else OFFICE
        return dataclasses.replace(
            self._letter,
            digest=digest_of(str(self._mails).encode()),
            message_id=f"<{self._mails}@parl.example>",
            in_reply_to=(known.message_id,) if known else (),
            sender=Address(name="", address=address),
            body=Body(full=new, new=new, quoted="", signature="", forwarded=story, html_only=False, links=()))

    # --- people --------------------------------------------------------------------------------------------------

    def move(self, act: Act) -> None:
        """A move between folders, which the daemon sees."""
        case_id = self.entered[act.number].case_id
        with self.context.database.transaction() as tx:
            if act.what is What.WAITS:
                parking.pause(self.context, tx, case_id, BY)
            elif act.what is What.GOES_ON:
                parking.resume(self.context, tx, case_id, BY)
            else:
                parking.reopen(self.context, tx, case_id, BY)

    def command(self, act: Act) -> int:
        """A command, which does its work at once. Returns how many clocks a closure moved."""
        self.desk.rules = self._rules()
        if act.what is What.CLOSURE:
            return self._close_days(act.days)
        known = self.entered[act.number]
        if act.what is What.CLOSED:
            timers.close_case(self.desk, known.reference, BY)
            return 0
        try:
            overriding.set_category(self.desk, known.reference, Category(act.says), reason="looked at it", by=BY,
                                    how=overriding.COMMAND)
        except overriding.Refused:
            return 0
        return 0

    def _close_days(self, days: tuple[date, ...]) -> int:
        closure = Closure(first=days[0], last=days[-1], reason=REASON, reason_fr=REASON)
        moved = len(reclocking.add(self.desk, closure, by=BY).moves)
        self._standards = read_standards(self.file)
        return moved
