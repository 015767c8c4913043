"""Stage 1: from the IMAP server into the archive and a row. After its commit a mail is ours.

Nothing on the server changes here. Identity is (account, folder, UIDVALIDITY, UID), and the digest of the bytes for
when the server renumbers or a mail is delivered twice. Dying anywhere costs at most a file without a row, which the
next reading finds again by its digest. Raises `Transient` when the server, the disk or the database refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from inboxd import alerts, floor, maillog, reading_ahead, unfetched
from inboxd.archive import MAIL
from inboxd.context import Context
from inboxd.errors import DiskRefused, InboxdError, Permanent
from inboxd.mail import Fetched
from inboxd.mailbox import FolderState, MessageInfo
from inboxd.settings import Place
from inboxd.store import decisions, floors, held, mails, outbox

AT_ONCE = 200
"""At most so many mails are taken before the next stages get their turn."""
COMMIT_EVERY = 50
COMMIT_BYTES = 16 * 1024 * 1024
"""So many mails or bytes are in memory at most before they are written down."""


def take_in(app: Context) -> int:
    """Take what is new in the inbox and the Sent folder. Returns how many mails were taken; call again until 0."""
    free = app.archive.free_bytes()
    if free < app.settings.storage.min_free_bytes:
        raise DiskRefused(
            f"only {free // 1_048_576} MiB free for the archive; below storage.min_free_bytes nothing is taken"
        )
    return _take_inbox(app) + _take_sent(app)


def _take_inbox(app: Context) -> int:
    account, folder = app.settings.mailbox.account, app.settings.mailbox.inbox
    state = app.mailbox.open(folder)
    uids = app.mailbox.uids()
    with app.database.reading() as tx:
        mark = mails.mark(tx, account, folder)
        new = mails.unknown_uids(tx, account, folder, state.uidvalidity, uids)
    if mark is not None and mark[0] != state.uidvalidity:
        maillog.mailbox_renumbered(account, folder)
    taken = _take(app, state, new[:AT_ONCE])
    with app.database.transaction() as tx:
        mails.set_mark(tx, account, folder, state.uidvalidity, state.uidnext, app.now())
    maillog.mailbox_reconciled(account, folder, new=taken)
    return taken


def take_found(app: Context, folder: str, uids: Sequence[int]) -> int:
    """Take mails that a person moved out of the inbox before we had seen them. Returns how many were taken.

    They are decided like any other, by when they arrived, and go on to where they belong.
    """
    state = app.mailbox.open(folder)
    with app.database.reading() as tx:
        new = mails.unknown_uids(tx, app.settings.mailbox.account, folder, state.uidvalidity, uids)
    return _take(app, state, new)


def _take_sent(app: Context) -> int:
    """Officers' answers. What was sent before the first reading is history; it is read from then on."""
    account, folder = app.settings.mailbox.account, app.settings.mailbox.sent_folder
    if not folder:
        return 0
    app.mailbox.ensure_folder(folder)
    state = app.mailbox.open(folder)
    with app.database.reading() as tx:
        mark = mails.mark(tx, account, folder)
    new: list[int] = []
    if mark is not None and mark[0] == state.uidvalidity:
        with app.database.reading() as tx:
            seen = app.mailbox.uids_from(mark[1])
            new = mails.unknown_uids(tx, account, folder, state.uidvalidity, seen)[:AT_ONCE]
    elif mark is not None:
        maillog.mailbox_renumbered(account, folder)
    taken = _take(app, state, new)
    if len(new) < AT_ONCE:
        _mark_sent(app, folder, state)
    return taken


def _mark_sent(app: Context, folder: str, state: FolderState) -> None:
    """Also where nothing is new: that it was read is what tells an answer that did not come from one not seen."""
    with app.database.transaction() as tx:
        mails.set_mark(tx, app.settings.mailbox.account, folder, state.uidvalidity, state.uidnext, app.now())


def _take(app: Context, state: FolderState, uids: list[int]) -> int:
    if not uids:
        return 0
    limit = app.settings.limits.max_mail_bytes
    app.reader.start(app.rules)
    infos = app.mailbox.sizes(uids)
    refused: list[tuple[MessageInfo, str, str]] = []

    def unfetchable(info: MessageInfo, why: str) -> None:
        maillog.mail_unfetchable(app.settings.mailbox.account, state.folder, info.uid, why)
        refused.append((info, held.UNFETCHABLE, why))

    taken = 0
    for group in _groups(app.mailbox.fetch([info for info in infos if info.size <= limit], unfetchable)):
        taken += _commit(app, group)
        reading_ahead.begin_soon(app)
        app.alive()
        if app.enough():
            return taken
    taken += sum(_take_beginning(app, state, info) for info in infos if info.size > limit)
    return taken + sum(_take_header(app, state, *item) for item in refused)


@contextmanager
def _giving_ids(app: Context, count: int) -> Iterator[Connection]:
    """A transaction in which so many mails at most get ids: none that a newer database than this one gave before.

    The archive knows first that they may be given, the database with them. Where the archive knows of more, this
    database was restored from a backup, and goes on above what it forgot.
    """
    outside = floor.promised(app.archive.root)
    with app.database.reading() as tx:
        known = floors.standing(tx)
    is_older = outside > known.promised
    above = max(outside, known.above) if is_older else known.above
    # greater each time, also where nothing new came: a promise that is repeated could not tell two databases apart
    promised = max(outside + 1, known.promised + 1, max(known.given, above) + count)
    floor.promise(app.archive.root, promised)
    with app.database.transaction() as tx:
        floors.put(tx, above=above, promised=promised)
        yield tx
    if is_older and above > known.given:
        maillog.ids_raised(known.given, above=above)


def _groups(messages: Iterable[Fetched]) -> Iterator[list[Fetched]]:
    """Mails to commit together. What came before the connection broke is kept, so that each attempt gets further."""
    group: list[Fetched] = []
    size = 0
    try:
        for fetched in messages:
            group.append(fetched)
            size += len(fetched.raw or b"")
            if len(group) >= COMMIT_EVERY or size >= COMMIT_BYTES:
                yield group
                group, size = [], 0
    except InboxdError:
        if group:
            yield group
        raise
    if group:
        yield group


def _commit(app: Context, group: list[Fetched]) -> int:
    """Files first, then rows: a file without a row is harmless, a row without a file would be a lost mail."""
    digests = []
    with app.archive.together():
        for fetched in group:
            if fetched.spool is not None:
                digests.append(app.archive.keep_file(MAIL, fetched.spool))
            else:
                digests.append(app.archive.keep(MAIL, fetched.raw or b""))
    results: list[tuple[int, bool]] = []
    now = app.now()
    with _giving_ids(app, len(group)) as tx:
        for fetched, digest in zip(group, digests, strict=True):
            unfetched.is_whole_now(app, tx, digest, fetched.size)
            mail_id, is_new = mails.take(tx, fetched, digest, now)
            if not is_new:
                send_back_to_its_place(app, tx, mail_id, fetched.folder)
            results.append((mail_id, is_new))
    for (mail_id, is_new), fetched in zip(results, group, strict=True):
        if is_new:
            maillog.mail_taken(mail_id, size=fetched.size)
        else:
            maillog.mail_seen_again(mail_id, fetched.folder)
    return len(group)


def send_back_to_its_place(app: Context, tx: Connection, mail_id: int, folder: str) -> None:
    """A copy of a mail that is decided already lies in the inbox: it goes where the mail went, nothing else happens."""
    decided = mails.decided_place(tx, mail_id)
    if decided is not None and folder == app.settings.mailbox.inbox:
        decision, place = decided
        if place in (Place.WAITING, Place.CLOSED):
            return  # back in the inbox it is an order: `folder_watch` has the case go on
        place = Place.ANSWERS if place == Place.STAY else place
        outbox.add_moves(tx, mail_id, decision, place, app.now(), only_in=folder)


def _take_beginning(app: Context, state: FolderState, info: MessageInfo) -> int:
    """A mail that is too large: its text is read and answered like any other, its files are only named."""
    try:
        raw = app.mailbox.beginning(info.uid)
    except Permanent as error:
        maillog.mail_unfetchable(app.settings.mailbox.account, state.folder, info.uid, str(error))
        return _take_header(app, state, info, held.UNFETCHABLE, str(error))
    fetched = _described(app, state, info, raw)
    digest, outline = app.archive.keep(MAIL, raw), app.mailbox.outline(info.uid)
    with _giving_ids(app, 1) as tx:
        mail_id, is_new = mails.take(tx, fetched, digest, app.now(), outline)
        if not is_new:
            send_back_to_its_place(app, tx, mail_id, state.folder)
    if is_new:
        maillog.mail_taken(mail_id, size=fetched.size)
    else:
        maillog.mail_seen_again(mail_id, state.folder)
    return 1


def _described(app: Context, state: FolderState, info: MessageInfo, raw: bytes) -> Fetched:
    return Fetched(
        account=app.settings.mailbox.account,
        folder=state.folder,
        uidvalidity=state.uidvalidity,
        uid=info.uid,
        arrived_at=info.arrived_at,
        size=info.size,
        raw=raw,
    )


def _take_header(app: Context, state: FolderState, info: MessageInfo, reason: str, detail: str) -> int:
    """A mail that cannot be had whole: its header is kept, it is held, people are told; `refetching` asks again."""
    header = unfetched.header_of(app, state, info)
    if header is None:
        return 0
    with app.database.reading() as tx:
        whole = unfetched.whole_already(app, tx, info, header)
    fetched = _described(app, state, info, header)
    digest = whole or app.archive.keep(MAIL, header)
    now = app.now()
    stay = state.folder == app.settings.mailbox.sent_folder
    with _giving_ids(app, 1) as tx:
        mail_id, is_new = mails.take(tx, fetched, digest, now)
        if is_new:
            detail = f"{detail}; only its header was read, the mail itself is on the server"
            decisions.hold(tx, mail_id, now, reason=reason, detail=detail, stay=stay)
            held.try_again_at(tx, mail_id, now + unfetched.FIRST_PAUSE)
            key = f"held/{digest[:32]}/{reason}"
            told = alerts.prepare(app, key, "held", received=info.arrived_at, mail_id=mail_id, reason=reason)
            alerts.put_in(tx, told, now)
        else:
            send_back_to_its_place(app, tx, mail_id, state.folder)
    if is_new:
        maillog.mail_held(mail_id, reason=reason)
    else:
        maillog.mail_seen_again(mail_id, state.folder)
    return 1
