"""The mailbox over IMAP, as the stages see it: open, list, fetch, move, wait. One connection, one thread.

Every failure is `Transient` (connect again later) or `Permanent` (somebody must change something); after `Lost` the
connection is closed already and `connected` is false. Nothing here reads what a mail says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from inboxd.certificates import Certificates
from inboxd.documents import Outlined
from inboxd.errors import Permanent
from inboxd.mail import Fetched
from inboxd.mailbox import glancing, idling, moving, outlining
from inboxd.mailbox.connecting import connect, hang_up, leave
from inboxd.mailbox.failures import Answered, Lost, Refused, Throttled, Unavailable, translated
from inboxd.mailbox.fetching import Fetcher, FolderState, MessageInfo, Unfetchable
from inboxd.mailbox.folders import Folders
from inboxd.mailbox.glancing import Glance, Identity, Unwatched
from inboxd.mailbox.reading import Bounded
from inboxd.pulse import nothing
from inboxd.settings import MailboxSettings

HEADER_BYTES = 256 * 1024
_ASK_AT_ONCE = 500
_LISTED_AT_ONCE = 50_000
"""UIDs in one SEARCH answer: the library refuses lines over a million bytes."""
_IDLE_REFUSALS = 3


class ImapMailbox:
    """One mailbox of one account. `password` is called at each connect; large mails are spooled under `spool`.

    `alive` is called about once a second while bytes come.
    """

    def __init__(
        self,
        settings: MailboxSettings,
        password: Callable[[], str],
        spool: Path,
        alive: Callable[[], object] = nothing,
    ) -> None:
        self.settings = settings
        self._password = password
        self._alive = alive
        self._client: IMAPClient | None = None
        self._reading: Bounded | None = None
        self._state: FolderState | None = None
        self._folders = Folders(self._talk)
        self._fetcher = Fetcher(self._talk, settings, spool)
        self._idle_refusals = 0
        self.certificates: Certificates | None = None
        """As the last connection showed them; None before the first one, and where it is not encrypted."""

    # The connection

    @property
    def connected(self) -> bool:
        """Whether there is a connection that has not failed yet."""
        return self._client is not None

    def connect(self) -> None:
        """Connect and log in; an old connection is closed first."""
        self._drop()
        self._client, self._reading, self.certificates = connect(self.settings, self._password, self._alive)
        self._folders = Folders(self._talk)

    def close(self) -> None:
        """Log out, within seconds. Never fails; closing twice is nothing."""
        client, self._client, self._state = self._client, None, None
        if client is not None:
            leave(client, seconds=min(5, self.settings.timeout_seconds))

    def capabilities(self) -> frozenset[str]:
        """What the server said it can do after the login, upper case."""
        with self._talk("cannot read the server's capabilities") as client:
            return frozenset(name.decode("ascii", "replace") for name in client.capabilities())

    def _drop(self) -> None:
        client, self._client, self._state = self._client, None, None
        if client is not None:
            hang_up(client)

    @contextmanager
    def _talk(self, doing: str) -> Iterator[IMAPClient]:
        """Around each exchange with the server: errors in our words, an end in time, and no dead connection kept."""
        client = self._client
        if client is None or self._reading is None:
            raise Lost(f"{doing}: there is no connection")
        self._reading.begin()
        # What the server said unasked since the last command: of no use, and it would grow for ever.
        client._imap.untagged_responses.clear()
        try:
            with translated(doing):
                yield client
        except Lost:
            self._drop()
            raise

    @contextmanager
    def _ask_of_one(self, doing: str) -> Iterator[IMAPClient]:
        """As `_talk`, of a mail that made trouble: what a server may say of it for ever is no reason to wait."""
        try:
            with self._talk(doing) as client:
                yield client
        except Unavailable as answer:
            if answer.wait_seconds:
                raise
            raise Refused(str(answer), answer.code) from answer

    def _opened(self) -> FolderState:
        if self._client is None:
            raise Lost("there is no connection")
        if self._state is None:
            raise RuntimeError("no folder is open: call open() after connect()")
        return self._state

    # Folders

    def open(self, folder: str, *, readonly: bool = False) -> FolderState:
        """Open a folder for all that follows. `readonly` (EXAMINE) changes nothing on the server."""
        self._state = None
        name = self._folders.name(folder)
        with self._talk(f"cannot open folder {folder!r}") as client:
            answer = client.select_folder(name, readonly)
        validity = answer.get(b"UIDVALIDITY", 0)
        if not validity:
            raise Permanent(f"folder {folder!r} has no UIDVALIDITY; on this server mails cannot be told apart")
        self._state = FolderState(
            folder=folder, uidvalidity=validity, uidnext=answer.get(b"UIDNEXT", 0), exists=answer[b"EXISTS"]
        )
        return self._state

    def ensure_folder(self, name: str) -> None:
        """Make and subscribe to a folder (`/` between levels) unless it is there."""
        self._folders.ensure(name)

    def glances(self, folders: Iterable[str], unwatched: Unwatched) -> list[Glance]:
        """The numbers of each folder, without opening it; missing ones are made. `unwatched` hears of the others."""
        return glancing.glances(self._talk, self._folders, folders, unwatched)

    # Mails of the open folder

    def uids(self) -> list[int]:
        """All that are not marked deleted, ascending."""
        state = self._opened()
        if state.exists <= _LISTED_AT_ONCE or not state.uidnext:
            return self._search("NOT", "DELETED")
        found: list[int] = []
        for first in range(1, state.uidnext, _LISTED_AT_ONCE):
            found += self._search("UID", f"{first}:{first + _LISTED_AT_ONCE - 1}", "NOT", "DELETED")
        return found + [uid for uid in self.uids_from(state.uidnext) if uid not in found[-1:]]

    def uids_from(self, first: int) -> list[int]:
        """Those from `first` on that are not marked deleted, ascending."""
        # `n:*` means the newest mail when nothing is newer (RFC 3501 6.4.8): filter.
        return [uid for uid in self._search("UID", f"{first}:*", "NOT", "DELETED") if uid >= first]

    def present(self, uids: Sequence[int]) -> list[int]:
        """Those of `uids` that are there and not marked deleted, ascending."""
        found: list[int] = []
        for batch in moving.batches(sorted(set(uids)), _ASK_AT_ONCE):
            found += self._search("UID", ",".join(map(str, batch)), "NOT", "DELETED")
        return found

    def holds(self, message_id: str) -> bool:
        """Whether a mail with this Message-ID is there. The server compares a part of the header, capitals apart."""
        return bool(self._search("HEADER", "MESSAGE-ID", message_id))

    def identities(self, uids: Sequence[int]) -> list[Identity]:
        """Header, size and arrival of each that is there, ascending; `\\Seen` stays as it is."""
        self._opened()
        return glancing.identities(self._talk, uids)

    def _search(self, *criteria: str) -> list[int]:
        self._opened()
        with self._talk("cannot search the folder") as client:
            client.noop()  # a search sees what the server has told of; new mail it tells of after a command
        with self._talk("cannot search the folder") as client:
            return sorted(set(client.search(list(criteria))))

    def sizes(self, uids: Sequence[int]) -> list[MessageInfo]:
        """Size and arrival of each that is there, ascending. Arrival is UTC; now, if the server does not tell.

        A message of which the server tells no size is listed with size 0: `fetch` then gets or reports it.
        """
        self._opened()
        infos: list[MessageInfo] = []
        for batch in moving.batches(sorted(set(uids)), _ASK_AT_ONCE):
            infos += self._sizes(batch)
        return infos

    def _sizes(self, batch: list[int]) -> list[MessageInfo]:
        try:
            with self._talk("cannot read sizes") as client:
                answer = client.fetch(batch, ["RFC822.SIZE", "INTERNALDATE"])
        except Refused:
            if len(batch) > 1:
                return [info for uid in batch for info in self._sizes([uid])]
            answer = {batch[0]: {}}
        return [_info(uid, answer[uid]) for uid in batch if uid in answer]

    def fetch(self, infos: Sequence[MessageInfo], unfetchable: Unfetchable) -> Iterator[Fetched]:
        """The mails, in batches; `\\Seen` stays as it is. Those that are gone are left out.

        `unfetchable(info, why)` is told of each one that is there and cannot be had. The caller owns the files of
        large mails. The folder must stay open until the last one.
        """
        state = self._opened()

        def still_open() -> None:
            if self._opened() is not state:
                raise RuntimeError("another folder was opened while mails were being fetched")

        yield from self._fetcher.fetch(state, infos, unfetchable, still_open)

    def beginning(self, uid: int) -> bytes:
        """The first 256 KiB of a mail that is too large: its header and, as mails are made, its text."""
        self._opened()
        with self._ask_of_one("cannot fetch the beginning of a mail") as client:
            answer = client.fetch([uid], [f"BODY.PEEK[]<0.{HEADER_BYTES}>"])
        beginning = answer.get(uid, {}).get(b"BODY[]<0>")
        if not isinstance(beginning, bytes) or not beginning:
            raise Permanent("cannot fetch the beginning of a mail: the server gives no text for it")
        return beginning

    def outline(self, uid: int) -> tuple[Outlined, ...]:
        """The files of a mail as the server describes them; empty if it cannot."""
        self._opened()
        try:
            with self._ask_of_one("cannot ask what a mail consists of") as client:
                answer = client.fetch([uid], ["BODYSTRUCTURE"])
        except Permanent:
            return ()
        return tuple(outlining.leaves(answer.get(uid, {}).get(b"BODYSTRUCTURE")))

    def header(self, uid: int) -> bytes:
        """The header of a mail that is not fetched whole, at most 256 KiB of it. `Permanent` if it is gone."""
        self._opened()
        with self._ask_of_one("cannot fetch a header") as client:
            answer = client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{HEADER_BYTES}>"])
        found = answer.get(uid, {})
        header = found.get(b"BODY[HEADER]<0>", found.get(b"BODY[HEADER]"))
        if not isinstance(header, bytes):
            raise Permanent("cannot fetch a header: the message is not in the folder any more")
        return header

    def move(self, uids: Sequence[int], folder: str) -> dict[int, tuple[int, int]]:
        """Move to `folder`, which is made if missing. Old UID to new (UIDVALIDITY, UID), where the server tells.

        What is gone already is left out: moving twice changes nothing.
        """
        self._opened()
        return moving.move(self._talk, self._folders, uids, folder)

    # Waiting

    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool:
        """Wait up to `seconds` (at most `idle_renew_seconds`) or until `stop()`. True: something may have come.

        By IDLE where settings and server allow it, else by the clock. `Lost` if the connection died meanwhile.
        """
        self._opened()
        seconds = min(seconds, self.settings.idle_renew_seconds)
        if not self.settings.idle or self._idle_refusals >= _IDLE_REFUSALS or "IDLE" not in self.capabilities():
            idling.wait_plainly(seconds, stop)
            return False
        try:
            with self._talk("waiting for mail") as client:
                if self._reading is not None:
                    self._reading.wait()
                news = idling.wait_in_idle(client, seconds, stop, timeout=self.settings.timeout_seconds)
        except Throttled:
            self._drop()
            raise
        except Answered as answer:
            # In the middle of IDLE nothing is in step. A server that does so each time is polled instead.
            self._idle_refusals += 1
            self._drop()
            raise Lost(str(answer)) from answer
        self._idle_refusals = 0
        return news


def _info(uid: int, answer: dict[bytes, Any]) -> MessageInfo:
    size, arrived = answer.get(b"RFC822.SIZE"), answer.get(b"INTERNALDATE")
    return MessageInfo(
        uid=uid, size=size if isinstance(size, int) else 0,
        arrived_at=arrived.astimezone(UTC) if isinstance(arrived, datetime) else datetime.now(UTC),
    )
