"""What must be true after fuzzed mails went through the stages: judged from rows, files and folders.

Independent of inboxd's parsers: who wrote is read from the raw From lines, what was filed from its bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import select

from inboxd.archive import DOCUMENTS
from inboxd.cli.verifying import verify
from inboxd.context import Context
from inboxd.parsers.sniffing import sniff
from inboxd.plan import INTERNAL_NOTICES, OutgoingMail
from inboxd.settings import Audience
from inboxd.tables import effects, events, filings, mails, sightings
from tests.fakes import FakeScanner
from tests.fuzz import pool, sent
from tests.office import GATEWAY
from tests.scenarios.invariants import ORDERS

_ABOUT_DOCUMENTS = frozenset({"receipt", "partial", "failure", "held"})
_FILED_TYPES = re.compile(
    r"application/(?:pdf|msword|x-ole-storage|CDFV2|zip|vnd\.openxml.*|octet-stream)|image/(?:png|jpeg|tiff)"
)
_NEVER_FILED = (b"/JavaScript", b"/Launch", b"vbaProject", FakeScanner().marker)
_LINE = re.compile(rb"\r\n|\r|\n")


def _field_lines(raw: bytes, name: bytes) -> list[bytes]:
    """Every line anywhere in the mail that begins with that name, and what is folded behind it, in lower case."""
    found: list[bytes] = []
    mine = False
    for line in _LINE.split(raw.lower()):
        if line[:1] in (b" ", b"\t"):
            if mine:
                found[-1] += b" " + line.strip()
            continue
        mine = re.match(name + rb"[ \t]*:", line) is not None
        if mine:
            found.append(line)
    return found


def of_sent(context: Context, batch: Iterable[OutgoingMail], raws: Mapping[int, bytes]) -> list[str]:
    """Complaints about what was sent. `raws`: the mails by their ids."""
    found: list[str] = []
    batch = list(batch)
    with context.database.reading() as tx:
        wanted = effects.c.message_id.in_([mail.message_id for mail in batch])
        rows = {row.message_id: row for row in tx.execute(select(effects).where(effects.c.kind == "send", wanted))}
    office = context.settings.office
    inside = {address for audience in Audience for address in office.addresses(audience)}
    for mail in batch:
        row = rows.get(mail.message_id)
        if row is None:
            found.append(f"{mail.template} was sent and is in no outbox row")
            continue
        about = f"mail {row.mail_id}: the {mail.template} sent for it"
        found += [f"{about}: {text}" for text in sent.complaints(mail)]
        if row.template in INTERNAL_NOTICES:
            found += (
                [] if mail.recipient in inside else [f"{about} went to {mail.recipient}, who is none of the office"]
            )
            continue
        raw = raws[row.mail_id]
        senders = _field_lines(raw, b"from")
        if not any(mail.recipient.encode() in line for line in senders):
            found.append(f"{about} went to {mail.recipient}, who stands in no From field")
        verdicts = _field_lines(raw, b"authentication-results")
        if not any(GATEWAY.encode() in line and b"pass" in line for line in verdicts):
            found.append(f"{about} went to {mail.recipient}, whom our gateway did not verify")
    return found


def at_the_end(context: Context, folders: Mapping[str, list[str]], delivered: Counter[str]) -> list[str]:
    """Complaints about everything. `folders`: digests by folder; `delivered`: how often each digest was delivered."""
    return [
        *_dispositions(context, delivered),
        *_places(context, folders, delivered),
        *_answers(context),
        *_documents(context),
        *verify(context, deep=True, offline=False).gaps,
    ]


def _dispositions(context: Context, delivered: Counter[str]) -> Iterable[str]:
    with context.database.reading() as tx:
        rows = tx.execute(select(mails)).all()
        ended = Counter(tx.scalars(select(events.c.mail_id).where(events.c.event.in_(("decided", "held")))))
        orders = Counter(tx.scalars(select(events.c.mail_id).where(events.c.event.in_(ORDERS))))
        open_effects = Counter(tx.scalars(select(effects.c.kind).where(effects.c.state.in_(("due", "buried")))))
        seen = len(tx.execute(select(sightings.c.id)).all())
    if Counter(row.digest for row in rows) != Counter(set(delivered)):
        yield f"{len(delivered)} different mails delivered, {len(rows)} rows"
    if seen != delivered.total():
        yield f"{delivered.total()} deliveries, {seen} seen"
    if open_effects:
        yield f"effects have no end or were given up: {dict(open_effects)}"
    for row in rows:
        if (
            row.state not in ("done", "held")
            or not row.route
            or not row.place
            or bool(row.held_reason) != (row.state == "held")
        ):
            yield f"mail {row.id} has no end: {row.state} {row.route!r} {row.place!r} {row.held_reason!r}"
        if row.held_reason == "TOO_MANY_ATTEMPTS":
            yield f"mail {row.id} was given up: {row.held_detail}"
        if not 1 <= ended[row.id] <= 1 + orders[row.id]:
            yield f"mail {row.id} was decided {ended[row.id]} times, on {orders[row.id]} orders"


def _places(context: Context, folders: Mapping[str, list[str]], delivered: Counter[str]) -> Iterable[str]:
    with context.database.reading() as tx:
        place = {row.digest: row.place for row in tx.execute(select(mails.c.digest, mails.c.place))}
    lying: dict[str, Counter[str]] = {}
    for folder, digests in folders.items():
        for digest in digests:
            lying.setdefault(digest, Counter())[folder] += 1
    for digest, count in delivered.items():
        where = "Answers" if place.get(digest) == "stay" else context.settings.folder(place[digest])
        if lying.get(digest) != Counter({where: count}):
            yield f"a mail whose place is {where} lies in {dict(lying.get(digest, {}))}"


def _answers(context: Context) -> Iterable[str]:
    """At most one automatic mail outside for each mail; two where it brought documents and asked something else."""
    with context.database.reading() as tx:
        outside = effects.c.kind == "send", effects.c.template.not_in(INTERNAL_NOTICES), effects.c.state == "done"
        rows = tx.execute(select(effects.c.mail_id, effects.c.template).where(*outside)).all()
    by_mail: dict[int, list[str]] = {}
    for row in rows:
        by_mail.setdefault(row.mail_id, []).append(row.template)
    for mail_id, templates in by_mail.items():
        kinds = [name in _ABOUT_DOCUMENTS for name in templates]
        if len(kinds) != len(set(kinds)):
            yield f"mail {mail_id} was answered {len(templates)} times: {sorted(templates)}"


def _documents(context: Context) -> Iterable[str]:
    """Nothing is on a record that must not be."""
    with context.database.reading() as tx:
        rows = tx.execute(select(filings)).all()
    for digest, mail_id in {row.digest: row.mail_id for row in rows}.items():
        content = context.archive.read(DOCUMENTS, digest)
        kind = sniff(content)
        if (
            digest in pool.forbidden()
            or not _FILED_TYPES.fullmatch(kind)
            or any(mark in content for mark in _NEVER_FILED)
        ):
            yield f"mail {mail_id}: a file that must not be filed was filed: {kind}, {digest[:12]}"
