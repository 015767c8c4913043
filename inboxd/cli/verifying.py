"""`inboxd verify`: server, rows, archive and outbox are compared; each gap is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from inboxd.archive import DOCUMENTS, MAIL, SENT
from inboxd.context import Context
from inboxd.errors import InboxdError, Permanent
from inboxd.store import mails, named_files, reading


@dataclass(slots=True, kw_only=True)
class Result:
    """What was compared."""

    tally: dict[str, dict[str, int]] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    """Something lost, doubled or changed: exit status 1."""
    notes: list[str] = field(default_factory=list)
    """Worth knowing, nothing lost."""

    def as_document(self) -> dict[str, Any]:
        return {"tally": self.tally, "gaps": self.gaps, "notes": self.notes, "ok": not self.gaps}

    def lines(self) -> Iterator[str]:
        by_state = self.tally["mails"]
        parts = " + ".join(f"{by_state.get(state, 0)} {state}" for state in ("done", "held", "decided", "taken"))
        yield f"received {sum(by_state.values())} = {parts}"
        for name in (
            "routes",
            "effects",
            "cases",
            "timers",
            "records",
            "purged",
            *("journal",) * ("journal" in self.tally),
        ):
            counted = ", ".join(f"{count} {state}" for state, count in sorted(self.tally[name].items()))
            yield f"{name}: {counted or 'none'}"
        yield from (f"note: {note}" for note in self.notes)
        yield from (f"GAP: {gap}" for gap in self.gaps)
        yield "verified: nothing lost, nothing doubled" if not self.gaps else f"{len(self.gaps)} gaps"


def verify(context: Context, *, deep: bool, offline: bool) -> Result:
    """Compare everything. `deep` reads every file; `offline` leaves the server out."""
    result = Result()
    with context.database.reading() as tx:
        result.tally = reading.tally(tx)
        result.gaps += [
            f"mail {mail_id} is decided and has neither an open effect nor an end"
            for mail_id in reading.without_outcome(tx)
        ]
        result.gaps += [
            f"case {reference} is not answered and no timer would say that it is late"
            for reference in reading.without_breach(tx)
        ]
        result.gaps += [f"{name} stands twice" for name in reading.doubled(tx)]
        _archive(context, tx, result, deep=deep)
        if not offline:
            _server(context, tx, result)
    return result


def _archive(context: Context, tx: Connection, result: Result, *, deep: bool) -> None:
    for kind, named in zip((MAIL, DOCUMENTS, SENT), named_files.named(tx), strict=True):
        orphans = 0
        for beginning in named_files.BEGINNINGS:
            wanted, there = named.beginning(beginning), set(context.archive.digests(kind, beginning))
            orphans += len(there - wanted)
            for digest in sorted(wanted):
                if digest not in there:
                    result.gaps.append(f"{kind} {digest[:12]} is named by a row and not in the archive")
                elif deep and (problem := _read(context, kind, digest)):
                    result.gaps.append(problem)
        if orphans:
            result.notes.append(f"{orphans} files under {kind}/ belong to no row (kept from before a crash)")


def _read(context: Context, kind: str, digest: str) -> str:
    """What is wrong with a file; empty if nothing is."""
    try:
        context.archive.read(kind, digest)
    except InboxdError as error:
        return f"{kind} {digest[:12]}: {error}"
    return ""


def _server(context: Context, tx: Connection, result: Result) -> None:
    settings = context.settings
    try:
        context.mailbox.connect()
        folders = {settings.mailbox.inbox: True}
        folders |= {settings.folder(place): False for place in settings.all_places}
        for folder, is_inbox in folders.items():
            _folder(context, tx, result, folder, is_inbox=is_inbox)
    except InboxdError as error:
        result.gaps.append(f"the mail server could not be asked: {error}")
    finally:
        context.mailbox.close()


def _folder(context: Context, tx: Connection, result: Result, folder: str, *, is_inbox: bool) -> None:
    account = context.settings.mailbox.account
    try:
        state = context.mailbox.open(folder)
    except Permanent as error:
        if is_inbox:
            raise
        # a folder is made when the first mail is moved to it; looking must not make it
        if count := reading.count_in(tx, account, folder):
            result.notes.append(f"{count} mails were moved to {folder}, which cannot be opened now: {error}")
        return
    there = set(context.mailbox.uids())
    if is_inbox:
        waiting = mails.unknown_uids(tx, account, folder, state.uidvalidity, there)
        if waiting:
            result.notes.append(f"{len(waiting)} mails in {folder} are not taken yet")
    named = reading.open_uids(tx, account, folder, state.uidvalidity)
    gone = len(named - there)
    if gone:
        result.notes.append(
            f"{gone} mails were moved out of {folder} or deleted there by a person (their bytes are kept)"
        )
