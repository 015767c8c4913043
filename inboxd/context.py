"""What a stage is given to work with: settings, rules in force, and the doors.

Made by `app.build`. Only the rules and templates are ever replaced (on reload), as a whole. The mailbox, the courier
and the clock are the three things that tests put fakes in for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from inboxd.archive import Archive
from inboxd.certificates import Certificates
from inboxd.database import Database
from inboxd.documents import Inspector, Outlined, Register, Scanner
from inboxd.mail import Authentication, Email, Fetched, Taken
from inboxd.mailbox import FolderState, Glance, Identity, MessageInfo, Unfetchable, Unwatched
from inboxd.plan import OutgoingMail
from inboxd.pulse import nothing
from inboxd.replies import Templates
from inboxd.settings import Settings
from inboxd.triage import Rules


class Mailbox(Protocol):
    """The IMAP door, `mailbox.ImapMailbox`."""

    @property
    def connected(self) -> bool: ...
    @property
    def certificates(self) -> Certificates | None: ...
    def connect(self) -> None: ...
    def close(self) -> None: ...
    def capabilities(self) -> frozenset[str]: ...
    def open(self, folder: str) -> FolderState: ...
    def uids(self) -> list[int]: ...
    def uids_from(self, first: int) -> list[int]: ...
    def glances(self, folders: Iterable[str], unwatched: Unwatched) -> list[Glance]: ...
    def present(self, uids: Sequence[int]) -> list[int]: ...
    def identities(self, uids: Sequence[int]) -> list[Identity]: ...
    def sizes(self, uids: Sequence[int]) -> list[MessageInfo]: ...
    def holds(self, message_id: str) -> bool: ...
    def fetch(self, infos: Sequence[MessageInfo], unfetchable: Unfetchable) -> Iterator[Fetched]: ...
    def header(self, uid: int) -> bytes: ...
    def beginning(self, uid: int) -> bytes: ...
    def outline(self, uid: int) -> tuple[Outlined, ...]: ...
    def ensure_folder(self, name: str) -> None: ...
    def move(self, uids: Sequence[int], folder: str) -> dict[int, tuple[int, int]]: ...
    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool: ...


class Courier(Protocol):
    """The SMTP door, `smtp.SmtpCourier`."""

    @property
    def certificates(self) -> Certificates | None: ...
    def send(self, mail: OutgoingMail, about_to: Callable[[], object] = ...) -> str: ...
    def check(self) -> str: ...
    def close_idle(self) -> None: ...
    def close(self) -> None: ...


class MailReaders(Protocol):
    """What reads mails: the processes of `readers.Readers`, or `readers.here.ReadHere`."""

    def start(self, rules: Rules) -> None: ...
    def prepare(self, rules: Rules) -> None: ...
    def begin(self, rules: Rules, mails: Sequence[Taken]) -> None: ...
    def read(self, rules: Rules, taken: Taken) -> Email: ...
    def stored(self, digest: str, outline: Sequence[Outlined] | None = None, *, at_most: float = 0) -> Email: ...
    def given(self, raw: bytes) -> Email: ...
    def close(self) -> None: ...


class SignatureCheck(Protocol):
    """The door to DNS for signatures, `dkim_check.DkimCheck`."""

    def verify(self, raw: bytes, sender: str, at: datetime) -> Authentication | None: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Context:
    """Everything a stage works with."""

    settings: Settings
    rules: Rules
    templates: Templates
    database: Database
    archive: Archive
    mailbox: Mailbox
    courier: Courier
    register: Register
    inspector: Inspector
    scanner: Scanner | None
    """None: no scanner is configured."""
    readers: MailReaders | None = None
    """None: mails are read in this process."""
    signatures: SignatureCheck | None = None
    """None: `senders.verify_dkim` is off."""
    now: Callable[[], datetime] = utc_now
    started: datetime | None = None
    """Since when the daemon runs; None where none does. What was due before was missed because none ran."""
    stopping: Callable[[], bool] = lambda: False
    """Asked between two mails; True: finish the one in hand and return."""
    turn_is_over: Callable[[], bool] = lambda: False
    """Asked as well; True: other stages have waited long enough, and this one gets its next turn soon."""
    alive: Callable[[], object] = nothing
    """Called between two mails: feeds the watchdog."""
    channel: str = ""
    """Its name in the log, where the process serves several mailboxes."""

    @property
    def reader(self) -> MailReaders:
        """The one way to what a mail says: within limits, unless the office has switched them off."""
        if self.readers is not None:
            return self.readers
        from inboxd.readers.here import ReadHere  # brings the parsers

        return ReadHere(self.settings, self.archive)

    def enough(self) -> bool:
        """Between two mails: whether to return."""
        return self.stopping() or self.turn_is_over()

    def close(self) -> None:
        """Let go of every connection and process."""
        self.mailbox.close()
        self.courier.close()
        self.inspector.close()
        if self.readers is not None:
            self.readers.close()
        self.register.close()
        self.database.close()
