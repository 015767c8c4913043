"""For stories about officers who work in their own mail client: the world with the look at folders, and their hands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select

from inboxd import deciding, holding, intake, outbox, timers
from inboxd.folder_watch import Watch
from inboxd.store import reading
from inboxd.tables import cases, events, mails, pauses
from inboxd.tables import timers as timer_rows
from tests.crash.letters import PDF, PHRASE, in_bytes, letter
from tests.fakes import FakeMailbox
from tests.scenarios.posts import FakePost, Post
from tests.scenarios.world import ROUNDS, Rows, World, open_world

TUESDAY = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
"""10:00 in Ottawa."""
ALONE = {"rules": "second_reader = false"}
"""The criteria decide alone: these stories are about what people do afterwards."""
URGENT = "Her mother died in Lagos on Sunday and the funeral is on Friday. The visitor visa is still pending."
REFUSED = "Could you please tell us the status of the application? The constituent would like an update."
CRITICAL = "Our constituent is being removed from Canada tomorrow morning and her life is at risk there."


@dataclass(slots=True)
class Desk:
    """An office whose daemon looks at the folders, and what is seen of it."""

    world: World
    post: Post
    watch: Watch = field(default_factory=Watch)

    def run(self) -> None:
        """Every stage in the daemon's order, and the look at the folders, until there is nothing more to do."""
        for _ in range(ROUNDS):
            if not self.round():
                return
        raise AssertionError(f"still busy after {ROUNDS} rounds")

    def round(self) -> int:
        """Each of them once. How much was done."""
        stages = (intake.take_in, self.watch.look, holding.wake_waiting, deciding.all_due, timers.fire_due,
                  outbox.deliver_due, outbox.attach_due, outbox.move_due)
        return sum([stage(self.world.context) for stage in stages])

    def later(self, **delta: float) -> None:
        self.world.clock.forward(**delta)
        self.run()

    def restart(self) -> None:
        """The process dies and starts again: nothing but the rows is remembered."""
        self.world.restart()
        self.watch = Watch()

    def arrives(self, text: str, *, at: datetime = TUESDAY, subject: str = "A constituent", **headers: str) -> str:
        """A mail of an office comes and is worked through. The reference of the newest case."""
        self.world.deliver(in_bytes(letter(subject, f"Hello,\n\n{text}\n", **headers)), at)
        self.run()
        return str(self.rows(select(cases.c.reference).order_by(cases.c.id))[-1][0])

    def rows(self, query: Any) -> list[Any]:
        with self.world.context.database.reading() as tx:
            return list(tx.execute(query).all())

    def case(self, reference: str = "") -> Any:
        wanted = select(cases) if not reference else select(cases).where(cases.c.reference == reference)
        return self.rows(wanted.order_by(cases.c.id.desc()))[0]

    def mail(self, mail_id: int = 1) -> Any:
        return self.rows(select(mails).where(mails.c.id == mail_id))[0]

    def pauses(self) -> list[Any]:
        return self.rows(select(pauses).order_by(pauses.c.id))

    def timers(self, *states: str) -> dict[str, datetime]:
        """Kind and due time of every timer in one of these states (set, if none is named)."""
        wanted = select(timer_rows.c.kind, timer_rows.c.due_at).where(timer_rows.c.state.in_(states or ("set",)))
        found = self.rows(wanted)
        assert len({row.kind for row in found}) == len(found), "no clock runs twice"
        return {row.kind: row.due_at for row in found}

    def orders(self) -> list[tuple[str, str, str]]:
        """Every move of a person that was seen: from, to, what it meant."""
        found = self.rows(select(events).where(events.c.event == "moved_by_person").order_by(events.c.id))
        assert {row.actor for row in found} <= {"mail client"}
        return [(row.detail["source"], row.detail["target"], row.detail["meaning"]) for row in found]

    def journal(self, event: str) -> list[Mapping[str, Any]]:
        return [row.detail for row in self.rows(select(events).where(events.c.event == event).order_by(events.c.id))]

    def story(self, mail_id: int = 1) -> Mapping[str, Any]:
        with self.world.context.database.reading() as tx:
            story = reading.story(tx, mail_id)
        assert story is not None
        return story

    def lies(self) -> dict[str, int]:
        """How many mails lie in each folder."""
        return {folder: len(found) for folder, found in self.post.contents().items()}

    def told(self) -> list[str]:
        """The subjects of internal notices, English, without level, due time and reference."""
        subjects = [str(out.message["Subject"]) for out in self.post.sent() if "duty@" in out.recipients[0]]
        plain = [subject.partition("] ")[2].partition(", MC")[0].partition(" / ")[0] for subject in subjects]
        return [text.partition(": ")[2] if text[:2] == "20" else text for text in plain]

    def to_sender(self) -> int:
        return sum("duty@" not in out.recipients[0] for out in self.post.sent())


def drag(box: FakeMailbox, source: str, target: str, *uids: int) -> None:
    """A person drags mails of a folder (all, if none is named) to another one."""
    box.ensure_folder(target)
    was, box._open = box._open, source
    box.move(uids or sorted(box.folders[source].mails), target)
    box._open = was


@contextmanager
def open_desk(root: Path, post: Post, rows: Rows, sections: Mapping[str, str] = ALONE) -> Iterator[Desk]:
    with open_world(root, sections, post, rows) as world:
        desk = Desk(world, post)
        desk.run()
        yield desk


__all__ = ["ALONE", "CRITICAL", "REFUSED", "TUESDAY", "URGENT", "Desk", "FakePost", "drag", "open_desk"]


def submission(number: str = "E123456789", text: str = "Please attach this to the record.", **more: str) -> bytes:
    """Documents that an office sends, as bytes."""
    mail = letter(f"{PHRASE} {number}", f"{text}\n", **more)
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="passport.pdf")
    return in_bytes(mail)


def dated(mail: EmailMessage, date: str) -> EmailMessage:
    """The mail with another Date."""
    mail.replace_header("Date", date)
    return mail
