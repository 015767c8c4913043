"""An office whose rows are written by the store itself, with its own clock: what the daemon and people do, by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Row, update

from inboxd import calendar
from inboxd.calendar import Deadline
from inboxd.database import Database
from inboxd.mail import Language
from inboxd.plan import CasePlan, CaseUpdate, Category
from inboxd.reference import make_reference
from inboxd.standards import read_standards
from inboxd.store import clocks, overrides, pauses
from inboxd.store.journal import inserted_id, note
from inboxd.store.overrides import Evidence
from inboxd.tables import cases, effects, files, filings, mails, submissions, timers
from inboxd.triage import pausing

STANDARDS = read_standards(Path(__file__).parents[2] / "config" / "standards.toml")
HOURS = STANDARDS.calendar
TORONTO = HOURS.zone


def at(text: str) -> datetime:
    """`2026-11-09 08:00` on the office's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO).astimezone(UTC)


_DESKS = count()


class Desk:
    """Writes rows as the stages do."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._name = f"desk{next(_DESKS)}"
        self._count = 0

    def mail(self, arrived: datetime, route: str = "enquiry", *, sender: str = "alma.rivers@parl.example",
             language: str = "en", folder: str = "INBOX", taken: datetime | None = None,
             decided: datetime | None = None, held: str = "") -> int:  # fmt: skip
        """A mail taken and decided, two seconds later unless told otherwise."""
        self._count += 1
        taken = taken or arrived + timedelta(seconds=1)
        row = {"account": "main", "digest": f"{self._name}-{self._count}", "size": 1, "folder": folder,
               "arrived_at": arrived, "taken_at": taken, "state": "taken", "next_try_at": taken, "sender": sender,
               "language": language}  # fmt: skip
        with self.database.transaction() as tx:
            mail_id = inserted_id(tx.execute(mails.insert().values(**row)))
            note(tx, "taken", taken, mail_id=mail_id)
        if route:
            self.decide(mail_id, decided or taken + timedelta(seconds=1), route, held=held)
        return mail_id

    def decide(self, mail_id: int, now: datetime, route: str, *, held: str = "") -> None:
        with self.database.transaction() as tx:
            state = {"state": "held" if held else "done", "route": route, "held_reason": held, "decided_at": now}
            tx.execute(update(mails).where(mails.c.id == mail_id).values(**state))
            note(tx, "decided", now, mail_id=mail_id, route=route, rule="r", place="p", held=held, rules="v")

    def deadline(self, received: datetime, category: str) -> Deadline:
        return calendar.deadline(HOURS, received, STANDARDS.business_days(category), None)

    def case(self, arrived: datetime, category: str, *, queue: str = "mcmps", mail_id: int | None = None,
             now: datetime | None = None) -> tuple[int, str]:  # fmt: skip
        """An enquiry and its case; its id and reference."""
        if mail_id is None:
            mail_id = self.mail(arrived, "minister" if queue == "mil" else "enquiry")
        reference = make_reference("MC", 2026, mail_id, 0)
        by_notice = category == "not_met" and queue != "mil"
        plan = CasePlan(
            reference=reference, category=Category(category), high_profile=False, criteria=(), numbers=(), office="o1",
            language=Language.EN, deadline=self.deadline(arrived, category), timers=(), queue=queue,
            state="answered" if by_notice else "open",
        )  # fmt: skip
        with self.database.transaction() as tx:
            return clocks.open_case(tx, mail_id, plan, now or arrived + timedelta(seconds=2)), reference

    def reply_by(self, case_id: int) -> datetime:
        return self.row(case_id).reply_by

    def row(self, case_id: int) -> Row[Any]:
        with self.database.reading() as tx:
            return tx.execute(cases.select().where(cases.c.id == case_id)).one()

    def answer(self, case_id: int, when: datetime) -> None:
        mail_id = self.mail(when, "answer", folder="Sent", sender="kim@officers.ircc.example")
        reference = self.row(case_id).reference
        change = CaseUpdate(case_id=case_id, reference=reference, relation="answer", answered_at=when)
        with self.database.transaction() as tx:
            clocks.apply(tx, mail_id, change, when + timedelta(seconds=5))

    def follow_up(self, case_id: int, when: datetime, category: str | None = None) -> None:
        """A later mail of the office, which raises the case if a category is given."""
        mail_id, reference = self.mail(when, "follow_up"), self.row(case_id).reference
        change = CaseUpdate(case_id=case_id, reference=reference, relation="follow_up")
        if category is not None:
            change = CaseUpdate(case_id=case_id, reference=reference, relation="follow_up",
                                category=Category(category), deadline=self.deadline(when, category))  # fmt: skip
        with self.database.transaction() as tx:
            clocks.apply(tx, mail_id, change, when + timedelta(seconds=5))

    def pause(self, case_id: int, when: datetime) -> None:
        with self.database.transaction() as tx:
            pauses.begin(tx, case_id, when, "person:mail client")

    def resume(self, case_id: int, when: datetime, *, why: str = "") -> None:
        with self.database.transaction() as tx:
            began = pauses.since(tx, case_id) or when
            pauses.resume(tx, case_id, when, lambda due: pausing.resumed(HOURS, due, began, when), str,
                          "person:mail client", why=why)  # fmt: skip

    def close(self, case_id: int, when: datetime) -> None:
        """As `parking.close`: one that waits goes on first."""
        self.resume(case_id, when, why="closed")
        reference = self.row(case_id).reference
        with self.database.transaction() as tx:
            clocks.close(tx, reference, when, "person:kim")

    def reopen(self, case_id: int, when: datetime) -> None:
        """As `parking.reopen`, without its timers."""
        row = self.row(case_id)
        if row.state != "closed":
            return
        state = "open" if row.answered_at is None else "answered"
        with self.database.transaction() as tx:
            tx.execute(update(cases).where(cases.c.id == case_id).values(state=state))
            note(tx, "case_reopened", when, mail_id=row.mail_id, case_id=case_id, actor="person:kim", state=state)

    def return_notice(self, case_id: int, when: datetime) -> None:
        """The notice that was the answer came back."""
        mail_id = self.row(case_id).mail_id
        with self.database.transaction() as tx:
            clocks.reopen_unanswered(tx, mail_id, when, STANDARDS)

    def correct(self, case_id: int, when: datetime, category: str, *, answers: bool = False) -> None:
        """As `overriding.set_category`; `answers`: the notice that goes out is the answer."""
        reference = self.row(case_id).reference
        with self.database.transaction() as tx:
            case = overrides.case_of(tx, reference)
            assert case is not None
            if case["state"] == "closed" or case["category"] == category:
                return
            evidence = Evidence(mail_id=case["mail_id"], digest="d", rules_version="v", hits=(), opinion=None)
            override_id = overrides.record(tx, case, evidence, Category(category), when, actor="person:kim",
                                           reason="r", how="folder", notified="")  # fmt: skip
            by_notice = case["state"] == "answered" and case["category"] == "not_met" and not case["was_answered"]
            state = "answered" if answers else "open" if by_notice else case["state"]
            deadline, _ = pausing.after_waiting(HOURS, pauses.ended(tx, case_id),
                                                self.deadline(case["received"], category), (), ())  # fmt: skip
            answered = (case["answered_at"] or when) if state == "answered" else None
            overrides.re_clock(tx, override_id, case, Category(category), deadline, (), when, state=state,
                               answered_at=answered, actor="person:kim", how="folder", reason="r",
                               notified="")  # fmt: skip

    def submission(self, arrived: datetime, outcome: str, *, reasons: Sequence[str] = (),
                   outcomes: Sequence[str] = ("attached",), held: str = "", now: datetime | None = None,
                   mail_id: int | None = None, filed: datetime | None = None) -> int:  # fmt: skip
        """Documents and what was decided about them; given its id, a mail is decided again."""
        now = now or arrived + timedelta(seconds=2)
        if mail_id is None:
            mail_id = self.mail(arrived, "submission", decided=now, held=held)
        else:
            self.decide(mail_id, now, "submission", held=held)
        with self.database.transaction() as tx:
            decision = tx.execute(
                update(mails).where(mails.c.id == mail_id).values(decisions=mails.c.decisions + 1)
                .returning(mails.c.decisions)).scalar_one()  # fmt: skip
            tx.execute(submissions.insert().values(
                mail_id=mail_id, decision=decision, number="E123456789", outcome=outcome, reasons=list(reasons),
                verified_by="uci", missing=[], created_at=now))  # fmt: skip
            for place, one in enumerate(outcomes, start=1):
                digest = f"file{mail_id}-{place}"
                reason = reasons[0] if one in ("refused", "held") and reasons else ""
                tx.execute(files.insert().values(
                    mail_id=mail_id, decision=decision, path=f"1.{place}", name="Amara Okonjo.pdf", safe_name="a.pdf",
                    declared_type="application/pdf", sniffed_type="application/pdf", size=1000 + place, digest=digest,
                    outcome=one, reason=reason))  # fmt: skip
                if one == "attached":
                    tx.execute(filings.insert().values(
                        application_number="E123456789", digest=digest, mail_id=mail_id, path=f"1.{place}",
                        filed_at=filed or now, state="attached"))  # fmt: skip
        return mail_id

    def handing_in(self, mail_id: int, done: datetime | None) -> None:
        """The first document of a mail goes to a register over HTTP, and is there at `done`."""
        with self.database.transaction() as tx:
            this = filings.c.mail_id == mail_id, filings.c.path == "1.1"
            row = tx.execute(filings.select().where(*this)).one()
            tx.execute(update(filings).where(*this).values(state="due" if done is None else "attached"))
            tx.execute(effects.insert().values(
                key=f"attach/{row.application_number}/{row.digest}", kind="attach", mail_id=mail_id,
                state="due" if done is None else "done", due_at=row.filed_at, created_at=row.filed_at, done_at=done,
                payload={}))  # fmt: skip

    def filing_clock(self, mail_id: int, warning: datetime, breach: datetime) -> None:
        with self.database.transaction() as tx:
            for kind, due in (("filing_warning", warning), ("filing_breach", breach)):
                tx.execute(timers.insert().values(
                    key=f"mail/{mail_id}/{kind}", mail_id=mail_id, kind=kind, due_at=due, state="set"))  # fmt: skip

    def give_back(self, mail_id: int, now: datetime, event: str = "retried") -> None:
        """A person, or a later mail, has a held mail decided again."""
        with self.database.transaction() as tx:
            tx.execute(update(mails).where(mails.c.id == mail_id).values(state="taken", held_reason=""))
            note(tx, event, now, mail_id=mail_id)
