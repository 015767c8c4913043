"""What must be true after every scenario, whatever it is about: the seven promises of the product, as far as seen here.

Each check returns complaints in words. Mails are judged by the standard library, independently of inboxd's parsers.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.utils import parseaddr
from typing import Any

from sqlalchemy import func, select

from inboxd.archive import SENT
from inboxd.cli.verifying import verify
from inboxd.ladder import STEPS
from inboxd.plan import CANARY, INSIDE, INTERNAL_NOTICES
from inboxd.settings import Audience
from inboxd.tables import effects, events, mails, marks, metadata, sightings
from tests.scenarios.posts import Out
from tests.scenarios.world import World

ALLOWED_LINES = ("MCMPS attachment - Fichier joint CMDS ", "Your message contains the number", "contient le numéro")
NUMBER = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{1,3}\d{8,9}|\d{4}-\d{4}|\d{2}-\d{4}-\d{4}|\d{10})(?![A-Za-z0-9])")
NAMES = ("Okonjo", "Reyes", "Amara", "Lachance", "Théodore", "Vasquez", "Inés", "Tremblay-Nguyen", "Maï", "Single")
BIRTHS = ("1984-06-30", "1990-02-01", "1979-11-12", "2001-03-09", "1970-01-31", "June 30, 1984", "30 June 1984",
          "30 juin 1984", "February 1, 1990", "1 February 1990", "1er février 1990", "12 novembre 1979",
          "31 janvier 1970")
PHONE = "613-555-0100"
ORDERS = ("release_ordered", "refuse_ordered", "retried", "completes_ordered", "supersedes_ordered")
"""Each of them, given for a held mail, has it decided once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One delivery and the mail it became."""

    name: str
    raw: bytes
    at: datetime
    folder: str
    mail_id: int


def complaints(world: World, story: Sequence[Delivered]) -> list[str]:
    """All of them."""
    return [
        *_one_disposition(world),
        *_one_folder(world, story),
        *_replies_go_to_the_sender(world, story),
        *_no_reply_to_a_machine(world, story),
        *(text for out in world.post.sent() for text in _gives_nothing_away(out)),
        *_log_is_silent(world, story),
        *verify(world.context, deep=True, offline=True).gaps,
        *_again_changes_nothing(world, story),
    ]


def _one_disposition(world: World) -> Iterable[str]:
    """Promise 1: every mail ends in exactly one disposition, or is visibly held."""
    with world.context.database.reading() as tx:
        rows = tx.execute(select(mails)).all()
        ended = Counter(tx.scalars(select(events.c.mail_id).where(events.c.event.in_(("decided", "held")))))
        orders = Counter(tx.scalars(select(events.c.mail_id).where(events.c.event.in_(ORDERS))))
        waiting = tx.scalar(select(func.count()).select_from(effects).where(effects.c.state == "due"))
    if waiting:
        yield f"{waiting} effects are still due"
    for row in rows:
        if row.state not in ("done", "held") or not row.route or not row.place:
            yield f"mail {row.id} has no end: state {row.state!r}, route {row.route!r}, place {row.place!r}"
        if bool(row.held_reason) != (row.state == "held"):
            yield f"mail {row.id} is {row.state} with held reason {row.held_reason!r}"
        if not 1 <= ended[row.id] <= 1 + orders[row.id]:
            yield f"mail {row.id} was decided {ended[row.id]} times, on {orders[row.id]} orders"


def _one_folder(world: World, story: Sequence[Delivered]) -> Iterable[str]:
    """Nothing stays in the inbox; each delivered copy lies in one folder, the one of its disposition, unchanged."""
    delivered = Counter(item.raw for item in story)
    lying: dict[bytes, Counter[str]] = {}
    for folder, raws in world.post.contents().items():
        for raw in raws:
            lying.setdefault(raw, Counter())[folder] += 1
    for raw in lying.keys() - delivered.keys():
        yield f"a message that was never delivered lies in {sorted(lying[raw])}"
    with world.context.database.reading() as tx:
        place = {row.id: row.place for row in tx.execute(select(mails.c.id, mails.c.place))}
    for item in story:
        folders = lying.get(item.raw, Counter())
        if folders.total() != delivered[item.raw] or len(folders) != len({other.folder == "Sent" for other in story
                                                                         if other.raw == item.raw}):
            yield f"{item.name}: delivered {delivered[item.raw]} times, lies in {dict(folders)}"
        wanted = "Sent" if item.folder == "Sent" else world.context.settings.folder(place[item.mail_id])
        if place[item.mail_id] == "stay" and item.folder != "Sent":
            wanted = "Answers"
        if wanted not in folders:
            yield f"{item.name}: its place is {wanted}, it lies in {dict(folders)}"
        if "INBOX" in folders:
            yield f"{item.name}: is still in the inbox"


def _sender(raw: bytes) -> str:
    return parseaddr(str(message_from_bytes(raw)["From"] or ""))[1].lower()


AUDIENCES = {step.notice: step.to for step in STEPS.values()}


def _wanted(world: World, template: str, out: Out, raw: bytes) -> str:
    """Whom a mail of this template may go to: the sender; or, of an internal notice, one of those who are told."""
    if template == CANARY:
        return world.context.settings.office.address
    if template not in INTERNAL_NOTICES:
        return _sender(raw)
    told = world.context.settings.office.addresses(AUDIENCES.get(template, Audience.TEAM))
    return next((address for address in told if out.recipients == (address,)), told[0])


def _replies_go_to_the_sender(world: World, story: Sequence[Delivered]) -> Iterable[str]:
    """Promise 3: one recipient for each automatic mail, the sender; internal notices go to the office's own address."""
    by_mail = {item.mail_id: item.raw for item in reversed(story)}
    with world.context.database.reading() as tx:
        rows = {row.message_id: row for row in tx.execute(select(effects).where(effects.c.kind == "send"))}
    sent = world.post.sent()
    for out in sent:
        row = rows.get(str(out.message["Message-ID"]))
        if row is None:
            yield "a mail was sent that is in no outbox row"
            continue
        wanted = _wanted(world, row.template, out, by_mail.get(row.mail_id, b""))
        header = [parseaddr(str(value))[1] for value in out.message.get_all("To", [])]
        if out.recipients != (wanted,) or header != [wanted] or out.message["Cc"] or out.message["Bcc"]:
            yield f"{row.template} went to {out.recipients} / {header}, not to {wanted}"
        if str(out.message["Auto-Submitted"]) not in ("auto-replied", "auto-generated"):
            yield f"{row.template} does not say that it is automatic"
        if list(out.message.iter_attachments()):
            yield f"{row.template} carries attachments"
        if world.context.archive.read(SENT, row.payload["digest"]) != out.raw:
            yield f"{row.template} is not kept as it was sent"
        internal = row.template in INSIDE
        thread = "None" if internal else str(message_from_bytes(by_mail[row.mail_id])["Message-ID"])
        if str(out.message["In-Reply-To"]) != thread:
            yield f"{row.template} answers {out.message['In-Reply-To']}, not {thread}"
    doubled = [key for key, count in Counter(str(out.message["Message-ID"]) for out in sent).items() if count > 1]
    if doubled:
        yield f"{len(doubled)} mails were sent twice"


def is_automatic(raw: bytes) -> bool:
    """By header fields alone, as RFC 3834, 3464, 8098 and 2919 have them."""
    message = message_from_bytes(raw)
    return any((
        str(message["Auto-Submitted"] or "no").strip().lower() != "no",
        str(message["Precedence"] or "").lower() in ("bulk", "junk", "list"),
        message["List-Id"] is not None,
        str(message["Return-Path"] or "x").strip() == "<>",
        message.get_content_type() == "multipart/report",
    ))


def _no_reply_to_a_machine(world: World, story: Sequence[Delivered]) -> Iterable[str]:
    """Promise 4."""
    machines = {item.mail_id for item in story if is_automatic(item.raw)}
    with world.context.database.reading() as tx:
        answers = effects.c.kind == "send", effects.c.template.not_in(INSIDE)
        rows = tx.execute(select(effects).where(*answers)).all()
    yield from (f"{row.template} answers an automatic mail" for row in rows if row.mail_id in machines)


def _gives_nothing_away(out: Out) -> Iterable[str]:
    """No whole number outside a line to copy, no name and no date of birth of a record (`domain.md` 7.1, 10)."""
    what = str(out.message["Subject"])
    if any(phrase in what.lower() for phrase in ("mcmps attachment", "fichier joint")):
        yield f"reply {what!r} would be taken for a submission"
    for line in (what, *out.text.splitlines()):
        if any(phrase in line for phrase in ALLOWED_LINES) and line is not what:
            continue
        kept = line.replace(PHONE, "")
        said = [*NUMBER.findall(kept), *(name for name in NAMES if re.search(rf"\b{name}\b", kept)),
                *(day for day in BIRTHS if day in kept)]
        if said:
            yield f"reply {what!r} gives away {said}"


def _log_is_silent(world: World, story: Sequence[Delivered]) -> Iterable[str]:
    """Nothing in a log is a name, a number or a subject; and nothing unforeseen happened."""
    log = world.log.getvalue()
    secret = {*NAMES, *(_sender(item.raw) for item in story), *("E123456789", "EP12345678", "W987654321")}
    subjects = {str(message_from_bytes(item.raw)["Subject"] or "") for item in story}
    yield from (f"the log says {word!r}" for word in secret | {text for text in subjects if len(text) > 12}
                if word and word in log)
    yield from (f"the log tells of a bug: {line}" for line in log.splitlines() if line.startswith("bug "))


Rows = dict[str, list[tuple[Any, ...]]]


def _rows(world: World, without: tuple[str, ...] = ()) -> Rows:
    with world.context.database.reading() as tx:
        found = {}
        for table in metadata.sorted_tables:
            if table.name not in without:
                columns = [column for column in table.c if column is not marks.c.reconciled_at]
                found[table.name] = [tuple(row) for row in tx.execute(select(*columns).order_by(columns[0]))]
        return found


def _changed(what: str, before: Rows, after: Rows) -> Iterable[str]:
    return [f"{what} changed {name}" for name, rows in before.items() if after[name] != rows]


def _again_changes_nothing(world: World, story: Sequence[Delivered]) -> Iterable[str]:
    """Promise 2: a restart does nothing new; the same bytes delivered again are put where they lie already."""
    rows, sent, lying = _rows(world), len(world.post.sent()), world.post.contents()
    world.restart()
    world.run()
    yield from _changed("a restart", rows, _rows(world))
    if len(world.post.sent()) != sent or world.post.contents() != lying:
        yield "a restart sent or moved something"
    moving = ("sightings", "events", "marks", "floors", "effects", "timers")
    rows = _rows(world, moving)
    again = [item for item in story if item.folder == "INBOX"]
    for item in again:
        world.post.deliver(item.raw, item.at, "INBOX")
    world.run()
    yield from _changed("the same bytes again", rows, _rows(world, moving))
    if len(world.post.sent()) != sent:
        yield f"the same bytes again sent {len(world.post.sent()) - sent} mails"
    if world.post.contents().get("INBOX"):
        yield "the same bytes again stay in the inbox"
    with world.context.database.reading() as tx:
        copies = tx.scalar(select(func.count()).select_from(sightings))
    if copies != len(story) + len(again):
        yield f"{copies} sightings for {len(story) + len(again)} deliveries"


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
