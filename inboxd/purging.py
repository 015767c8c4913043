"""Purging: mail whose period is over goes, group by group, unless something keeps it; what is left is a tombstone.

Groups are emptied in a transaction that also says which files go; then the files are removed; then that they are gone
is written down. Dying anywhere leaves either everything or a tombstone whose files the next purge removes first. The
caller holds the archive's lock, since a daemon might just have found a file that is about to go, and has sealed the
journal. Raises `Transient` with the database or the disk. The server's folders are not touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from inboxd import maillog
from inboxd.archive import Archive
from inboxd.context import Context
from inboxd.database import Database
from inboxd.plan import Route
from inboxd.settings import Kept, RetentionSettings
from inboxd.store import belongings, legal_holds, purges
from inboxd.store.belongings import Group
from inboxd.store.legal_holds import Scope

OF_ROUTES: Mapping[str, Kept] = {
    Route.MINISTER: Kept.MINISTER,
    Route.SUBMISSION: Kept.SUBMISSION,
    Route.PASSPORT: Kept.PASSPORT,
    Route.STATUS: Kept.STATUS,
    Route.OUTSIDER: Kept.OUTSIDER,
    Route.AUTOMATIC: Kept.AUTOMATIC,
    Route.CANARY: Kept.AUTOMATIC,
    Route.BOUNCE: Kept.AUTOMATIC,
    Route.DUPLICATE: Kept.AUTOMATIC,
}
"""What a mail counts as that has neither a case nor documents; every other route is an enquiry."""
_ORDER = tuple(Kept)
AT_ONCE = 50
"""Groups in a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A group that would go."""

    group: Group
    kept: Kept
    since: datetime
    """When its period was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a purge would do now."""

    due: tuple[Due, ...]
    stays: Mapping[str, int]
    """How many mails stay, by why."""
    unfinished: int
    """Mails of a purge that died, whose files are still to be removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge did."""

    mails: int
    files: int
    by_class: Mapping[str, int]
    skipped: int
    """Groups that were used, or put under a hold, since they were looked at."""


def kept_as(group: Group) -> Kept:
    """The class of a group: of what is in it, the one that matters most."""
    found = {OF_ROUTES.get(route, Kept.ENQUIRY) for route in group.routes}
    if group.case_ids:
        # answers, follow-ups and automatic mail about a case are kept as the case is
        found -= {Kept.ENQUIRY, Kept.STATUS, Kept.OUTSIDER, Kept.AUTOMATIC}
        found |= {Kept.NOT_MET if category == "not_met" else Kept.ENQUIRY for category in group.categories}
    if group.with_documents:
        found.add(Kept.SUBMISSION)
    if "mil" in group.queues:
        found.add(Kept.MINISTER)
    return min(found, key=_ORDER.index)


def look(tx: Connection, retention: RetentionSettings, now: datetime) -> Outlook:
    """What would go, the longest due first, and what stays and why. Changes nothing."""
    held = legal_holds.mails_held(tx)
    due: list[Due] = []
    stays: Counter[str] = Counter()
    for group in belongings.groups(tx):
        kept = kept_as(group)
        days = retention.days(kept)
        if group.keeps:
            stays[_sort_of(group.keeps)] += len(group.mail_ids)
        elif held.intersection(group.mail_ids):
            stays["a legal hold is on it"] += len(group.mail_ids)
        elif days is None:
            stays[f"{kept} is kept for good"] += len(group.mail_ids)
        elif (over := group.last_used + timedelta(days=days)) > now:
            stays[f"the period of {kept} is not over"] += len(group.mail_ids)
        else:
            due.append(Due(group=group, kept=kept, since=over))
    unfinished = len(purges.unfinished(tx))
    ordered = tuple(sorted(due, key=lambda item: (item.since, item.group.mail_ids)))
    return Outlook(due=ordered, stays=dict(sorted(stays.items())), unfinished=unfinished)


def _sort_of(why: str) -> str:
    """`mail 12 is held` as `a mail is held`."""
    return " ".join("…" if word.isdecimal() else word for word in why.split())


def purge(
    app: Context, due: Sequence[Due], *, actor: str, progress: Callable[[int, int], object] = lambda *_: None
) -> Purged:
    """Purge these groups. `progress` is told how many of how many are done."""
    files = finish(app)
    by_class: Counter[str] = Counter()
    skipped = 0
    for start in range(0, len(due), AT_ONCE):
        progress(start, len(due))
        batch = due[start : start + AT_ONCE]
        emptied = _empty(app, batch, actor)
        skipped += len(batch) - len(emptied)
        by_class.update(item.kept for item in emptied for _ in item.group.mail_ids)
        if emptied:
            maillog.mails_purged(mail_id for item in emptied for mail_id in item.group.mail_ids)
        files += finish(app)
    progress(len(due), len(due))
    maillog.purge_ended(mails=by_class.total(), files=files, skipped=skipped)
    return Purged(mails=by_class.total(), files=files, by_class=dict(by_class), skipped=skipped)


def _empty(app: Context, batch: Sequence[Due], actor: str) -> list[Due]:
    """Groups, all or none of them; those that were emptied. One that was used or held since the look stays as it is."""
    emptied, now = [], app.now()
    with app.database.transaction() as tx:
        held = legal_holds.mails_held(tx)
        for item in batch:
            group = item.group
            newest = belongings.newest_entry(tx, group.mail_ids, group.case_ids)
            if newest != group.newest_entry or held.intersection(group.mail_ids):
                continue
            cases, since = group.case_ids, group.last_used
            purges.empty(tx, group.mail_ids, cases, now, actor=actor, kept=item.kept, last_used=since)
            emptied.append(item)
    return emptied


def finish(app: Context) -> int:
    """Remove the files of groups that are emptied; how many files. A purge that died here goes on here."""
    with app.database.reading() as tx:
        unfinished = purges.unfinished(tx)
        needed = {file for _, files in unfinished for file in files if purges.is_needed(tx, file)}
    removed = sum(_remove(app.archive, file) for _, files in unfinished for file in files if file not in needed)
    if unfinished:
        with app.database.transaction() as tx:
            purges.mark_removed(tx, [mail_id for mail_id, _ in unfinished], app.now())
    return removed


def _remove(archive: Archive, file: purges.File) -> bool:
    return archive.remove(*file)


def come_back(app: Context) -> int:
    """Remove what was purged and came in again: the server numbered its copy anew, a backup was put back. How many.

    A mail that is known is fetched, written, recognised and not decided again; so its file is all that came back.
    """
    with app.database.reading() as tx:
        there = [file for file in purges.removed_files(tx) if app.archive.has(*file) and not purges.is_needed(tx, file)]
    return sum(_remove(app.archive, file) for file in there)


def put_hold(
    database: Database, reference: str, now: datetime, *, looks_like_number: bool, reason: str, actor: str
) -> tuple[int, Scope, str, int]:
    """Put a legal hold on what a reference means: its id, what it is on, and how many mails that is now.

    Raises `Permanent` if the reference means nothing that there is.
    """
    with database.transaction() as tx:
        scope, subject = legal_holds.meant_by(tx, reference, looks_like_number=looks_like_number)
        hold_id = legal_holds.add(tx, scope, subject, now, reason=reason, actor=actor)
        return hold_id, scope, subject, len(legal_holds.covered(tx, scope, subject))


def end_hold(database: Database, hold_id: int, now: datetime, *, reason: str, actor: str) -> None:
    """End a legal hold. Raises `Permanent` if none of this id holds."""
    with database.transaction() as tx:
        legal_holds.end(tx, hold_id, now, reason=reason, actor=actor)
