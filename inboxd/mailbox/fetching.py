"""Reading mails of the open folder: small ones in batches, large ones in parts straight to a file.

One bad mail never holds up the next: a batch that fails is asked for one by one, and what made trouble is asked for
alone and last from then on. A mail that the server announced and does not give yet is left for the next reading; one
that it has not given three times, for `give_up_seconds`, is reported as one that cannot be had. So is one during which
the connection broke three times. A server that asks to be left alone is, and no mail is to blame.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from inboxd.errors import Transient
from inboxd.mail import Fetched
from inboxd.mailbox.failures import Answered, Lost, Refused, Throttled
from inboxd.mailbox.folders import Talk
from inboxd.settings import MailboxSettings

PART_BYTES = 256 * 1024
TRIES = 3
"""A mail that made trouble so often is reported as one that cannot be had."""
_REMEMBERED = 10_000
_BREAKS = "the connection breaks whenever this message is asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """The open folder as the server described it. UIDs mean something together with `uidvalidity` only."""

    folder: str
    uidvalidity: int
    uidnext: int
    """0 if the server does not say."""
    exists: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageInfo:
    """What is known of a message before it is fetched. `size` is RFC822.SIZE, which some servers only estimate."""

    uid: int
    size: int
    arrived_at: datetime


Unfetchable = Callable[[MessageInfo, str], None]
"""Told of each message that is there and cannot be had, and why."""


@dataclass(slots=True)
class _Trouble:
    """What happened with one message so far."""

    since: float
    times: int = 0
    breaks: int = 0
    """So often of these the connection broke."""


class Fetcher:
    """Fetches for one mailbox, across connections: it remembers what made trouble."""

    def __init__(
        self, talk: Talk, settings: MailboxSettings, spool: Path, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._talk = talk
        self._settings = settings
        self._spool = spool
        self._now = now
        self._troubles: dict[tuple[str, int, int], _Trouble] = {}

    def fetch(
        self, state: FolderState, infos: Sequence[MessageInfo], unfetchable: Unfetchable, still_open: Callable[[], None]
    ) -> Iterator[Fetched]:
        """In the order given, those that made trouble last, the least of it first. Messages that are gone are left out.

        `still_open` is asked before each batch and raises if `state` is not of the open folder any more.
        """
        suspects: list[MessageInfo] = []
        others: list[MessageInfo] = []
        for info in infos:
            (suspects if self._key(state, info) in self._troubles else others).append(info)
        for group in self._groups(others):
            still_open()
            yield from self._get(state, group, unfetchable)
        suspects.sort(key=lambda info: self._troubles[self._key(state, info)].times)
        for info in suspects:
            if self._troubles[self._key(state, info)].breaks >= TRIES:
                self._report(state, info, unfetchable, _BREAKS)
            else:
                still_open()
                yield from self._get(state, [info], unfetchable)

    def _note(self, state: FolderState, info: MessageInfo, *, breaks: int = 0, times: int = 1) -> _Trouble:
        if len(self._troubles) >= _REMEMBERED:  # of folders that nobody asks for any more
            self._troubles.clear()
        trouble = self._troubles.setdefault(self._key(state, info), _Trouble(since=self._now()))
        trouble.times += times
        trouble.breaks += breaks
        return trouble

    def _has_patience(self, trouble: _Trouble) -> bool:
        return trouble.times < TRIES or self._now() - trouble.since < self._settings.give_up_seconds

    def _report(self, state: FolderState, info: MessageInfo, unfetchable: Unfetchable, why: str) -> None:
        self._troubles.pop(self._key(state, info), None)
        unfetchable(info, why)

    def _not_given(self, state: FolderState, info: MessageInfo, unfetchable: Unfetchable, why: str) -> None:
        """There, and not to be had now: perhaps it was only just announced."""
        if not self._has_patience(self._note(state, info)):
            self._report(state, info, unfetchable, why)

    def _key(self, state: FolderState, info: MessageInfo) -> tuple[str, int, int]:
        return state.folder, state.uidvalidity, info.uid

    def _groups(self, infos: Sequence[MessageInfo]) -> Iterator[list[MessageInfo]]:
        group: list[MessageInfo] = []
        total = 0
        for info in infos:
            large = info.size > self._settings.stream_above_bytes
            full = total + info.size > self._settings.batch_bytes or len(group) >= self._settings.batch_count
            if group and (large or full):
                yield group
                group, total = [], 0
            if large:
                yield [info]
            else:
                group.append(info)
                total += info.size
        if group:
            yield group

    def _get(self, state: FolderState, group: list[MessageInfo], unfetchable: Unfetchable) -> Iterator[Fetched]:
        """One batch. What is not in the answer is asked for once more, alone, if it is still there."""
        why = "the server lists this message and gives no text for it"
        try:
            mails, missing = self._ask(state, group)
        except Lost:
            for info in group:
                self._note(state, info, breaks=1)
            raise
        except Throttled as answer:
            self._throttled(state, group, answer, unfetchable)
            return
        except Answered as answer:
            mails, missing, why = [], self._still_there(group) if len(group) == 1 else group, str(answer)
        not_given = {info.uid for info in missing}
        for info in group:
            if info.uid not in not_given:
                self._troubles.pop(self._key(state, info), None)
        mails.reverse()
        while mails:
            yield mails.pop()
        for info in missing:
            if len(group) == 1:
                self._not_given(state, info, unfetchable, why)
            else:
                yield from self._get(state, [info], unfetchable)

    def _ask(self, state: FolderState, group: list[MessageInfo]) -> tuple[list[Fetched], list[MessageInfo]]:
        """What the server gives of a batch, and what it does not give although it is there."""
        if len(group) == 1 and group[0].size > self._settings.stream_above_bytes:
            path = self._stream(group[0])
            mails = [self._fetched(state, group[0], spool=path)] if path else []
        else:
            bodies = self._bodies(group)
            mails = [self._fetched(state, info, raw=bodies.pop(info.uid)) for info in group if info.uid in bodies]
        got = {mail.uid for mail in mails}
        return mails, self._still_there([info for info in group if info.uid not in got])

    def _throttled(
        self, state: FolderState, group: list[MessageInfo], answer: Throttled, unfetchable: Unfetchable
    ) -> None:
        """Leave the server alone: raises. One that says so of a single mail for ever does not hold up the others."""
        if answer.wait_seconds:
            raise answer
        alone = len(group) == 1
        for info in group:
            trouble = self._note(state, info, times=int(alone))
            if alone and not self._has_patience(trouble):
                self._report(state, info, unfetchable, str(answer))
                return
        raise answer

    def _fetched(
        self, state: FolderState, info: MessageInfo, *, raw: bytes | None = None, spool: Path | None = None
    ) -> Fetched:
        size = len(raw) if raw is not None else spool.stat().st_size if spool is not None else 0
        return Fetched(
            account=self._settings.account, folder=state.folder, uidvalidity=state.uidvalidity, uid=info.uid,
            arrived_at=info.arrived_at, size=size, raw=raw, spool=spool,
        )

    def _bodies(self, group: list[MessageInfo]) -> dict[int, bytes]:
        with self._talk("cannot fetch mail") as client:
            answer = client.fetch([info.uid for info in group], ["BODY.PEEK[]"])
        bodies = {}
        for info in group:
            body = answer.get(info.uid, {}).get(b"BODY[]")
            # An empty text for a message that has a size is a server's mishap, not a mail.
            if isinstance(body, bytes) and (body or not info.size):
                bodies[info.uid] = body
        return bodies

    def _still_there(self, infos: list[MessageInfo]) -> list[MessageInfo]:
        if not infos:
            return []
        with self._talk("cannot search the folder") as client:
            there = set(client.search(["UID", ",".join(str(info.uid) for info in infos), "NOT", "DELETED"]))
        return [info for info in infos if info.uid in there]

    def _stream(self, info: MessageInfo) -> Path | None:
        """A finished, fsynced file; None if the server gives no text (any more)."""
        with _disk():
            self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix="fetched-", suffix=".eml", dir=self._spool)
            path = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    for part in self._parts(info):
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
            except _GoneError:
                path.unlink()
                return None
            except BaseException:
                path.unlink()
                raise
            return path

    def _parts(self, info: MessageInfo) -> Iterator[bytes]:
        """The text in parts of `PART_BYTES`. The end is a part cut short, or an empty one: sizes may be estimates."""
        total = 0
        while total <= 2 * info.size + PART_BYTES:
            with self._talk("cannot fetch a large mail") as client:
                answer = client.fetch([info.uid], [f"BODY.PEEK[]<{total}.{PART_BYTES}>"])
            part = answer.get(info.uid, {}).get(b"BODY[]<%d>" % total)
            if not isinstance(part, bytes):
                if total >= info.size:
                    return
                raise _GoneError
            yield part
            total += len(part)
            if not total:
                raise _GoneError
            if not part or (len(part) < PART_BYTES and total >= info.size):
                return
        raise Refused("the server gives far more text for this message than its size")


class _GoneError(Exception):
    """The server gives no text."""


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # the network's errors are Transient or Permanent by now
        raise Transient(f"cannot write to the spool: {error.strerror}") from error
