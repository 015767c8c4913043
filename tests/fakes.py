"""Fakes for the doors that stage tests open: a mailbox in memory, a courier that keeps what it gets, a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes

from inboxd.certificates import Certificates
from inboxd.documents import Application, Attachment, Filing, Finding, Outlined, Reason
from inboxd.errors import InboxdError, Permanent, Transient, Unanswered
from inboxd.inspection import inspect
from inboxd.mail import Fetched
from inboxd.mailbox import FolderState, Glance, Identity, MessageInfo, Unfetchable, Unwatched
from inboxd.plan import OutgoingMail


@dataclass
class Clock:
    """A clock that stands still until told."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **delta: float) -> None:
        self.at += timedelta(**delta)


@dataclass
class Folder:
    uidvalidity: int
    uidnext: int = 1
    mails: dict[int, tuple[datetime, bytes]] = field(default_factory=dict)


@dataclass
class FakeMailbox:
    """Folders in memory, with the names that the IMAP door has."""

    account: str = "main"
    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder(7)})
    connected: bool = True
    failure: InboxdError | None = None
    shut: dict[str, InboxdError] = field(default_factory=dict)
    """Folders that cannot be opened."""
    broken_uids: set[int] = field(default_factory=set)
    headless_uids: set[int] = field(default_factory=set)
    certificates: Certificates | None = None
    _open: str = "INBOX"

    def deliver(self, raw: bytes, at: datetime, folder: str = "INBOX") -> int:
        box = self.folders.setdefault(folder, Folder(7))
        uid, box.uidnext = box.uidnext, box.uidnext + 1
        box.mails[uid] = (at, raw)
        return uid

    def renumber(self, folder: str = "INBOX") -> None:
        """What a restored server does: a new UIDVALIDITY, every mail under a new number."""
        old = self.folders[folder]
        self.folders[folder] = Folder(old.uidvalidity + 1)
        for at, raw in old.mails.values():
            self.deliver(raw, at, folder)

    def contents(self) -> dict[str, int]:
        return {name: len(box.mails) for name, box in self.folders.items() if box.mails}

    def connect(self) -> None:
        if self.failure is not None:
            raise self.failure
        self.connected = True

    def close(self) -> None:
        self.connected = False

    def capabilities(self) -> frozenset[str]:
        return frozenset({"IDLE", "MOVE", "UIDPLUS"})

    def open(self, folder: str) -> FolderState:
        if self.failure is not None:
            raise self.failure
        if folder in self.shut:
            raise self.shut[folder]
        box = self.folders.get(folder)
        if box is None:
            raise Permanent(f"there is no folder {folder!r}")
        self._open = folder
        return FolderState(folder=folder, uidvalidity=box.uidvalidity, uidnext=box.uidnext, exists=len(box.mails))

    def uids(self) -> list[int]:
        return sorted(self.folders[self._open].mails)

    def uids_from(self, first: int) -> list[int]:
        return [uid for uid in self.uids() if uid >= first]

    def present(self, uids: Sequence[int]) -> list[int]:
        return sorted(set(uids) & set(self.folders[self._open].mails))

    def glances(self, folders: Iterable[str], unwatched: Unwatched) -> list[Glance]:
        if self.failure is not None:
            raise self.failure
        boxes = {name: self.folders.setdefault(name, Folder(7)) for name in folders}
        return [Glance(folder=name, uidvalidity=box.uidvalidity, uidnext=box.uidnext, exists=len(box.mails))
                for name, box in boxes.items()]

    def holds(self, message_id: str) -> bool:
        headers = (self.header(uid).decode("ascii", "replace").lower() for uid in self.uids())
        return any(f"message-id: {message_id.lower()}" in header for header in headers)

    def identities(self, uids: Sequence[int]) -> list[Identity]:
        return [Identity(uid=info.uid, size=info.size, arrived_at=info.arrived_at, header=self.header(info.uid))
                for info in self.sizes(uids)]

    def sizes(self, uids: Sequence[int]) -> list[MessageInfo]:
        box = self.folders[self._open]
        return [MessageInfo(uid=uid, size=len(box.mails[uid][1]), arrived_at=box.mails[uid][0]) for uid in uids
                if uid in box.mails]

    def fetch(self, infos: Sequence[MessageInfo], unfetchable: Unfetchable) -> Iterator[Fetched]:
        box = self.folders[self._open]
        for info in infos:
            if info.uid in self.broken_uids:
                unfetchable(info, "the server refuses it")
            elif info.uid in box.mails:
                at, raw = box.mails[info.uid]
                yield Fetched(account=self.account, folder=self._open, uidvalidity=box.uidvalidity, uid=info.uid,
                              arrived_at=at, size=len(raw), raw=raw)

    def header(self, uid: int) -> bytes:
        if uid in self.headless_uids:
            raise Permanent("the server refuses its header too")
        return self.folders[self._open].mails[uid][1].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    def beginning(self, uid: int) -> bytes:
        return self.folders[self._open].mails[uid][1][:256 * 1024]

    def outline(self, uid: int) -> tuple[Outlined, ...]:
        parts = message_from_bytes(self.folders[self._open].mails[uid][1]).walk()
        return tuple(
            Outlined(path=str(number), media_type=part.get_content_type(), size=len(part.get_payload(decode=True)),
                     fields=f'; filename="{part.get_filename()}"')
            for number, part in enumerate(parts, start=1) if part.get_filename() and not part.is_multipart()
        )

    def ensure_folder(self, name: str) -> None:
        self.folders.setdefault(name, Folder(7))

    def move(self, uids: Sequence[int], folder: str) -> dict[int, tuple[int, int]]:
        source, moved = self.folders[self._open], {}
        for uid in uids:
            if uid in source.mails:
                at, raw = source.mails.pop(uid)
                moved[uid] = (self.folders[folder].uidvalidity, self.deliver(raw, at, folder))
        return moved

    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool:
        return stop()


@dataclass
class FakeCourier:
    """Keeps what it is given; `failures` are raised first, one for each send."""

    sent: list[OutgoingMail] = field(default_factory=list)
    failures: list[InboxdError] = field(default_factory=list)
    certificates: Certificates | None = None
    state: str = "up"

    def set_state(self, state: str) -> None:
        """up; silent: the text goes and nothing comes back; lost: it arrives and the answer does not."""
        assert state in ("up", "silent", "lost")
        self.state = state

    def send(self, mail: OutgoingMail, about_to: Callable[[], object] = lambda: None) -> str:
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Unanswered):
                about_to()
            raise failure
        about_to()
        if self.state != "silent":
            self.sent.append(mail)
        if self.state != "up":
            raise Unanswered("SMTP DATA: the server closed the connection; it may have been accepted")
        return f"250 2.0.0 Ok: {len(self.sent)}"

    def check(self) -> str:
        return "250 ok"

    def close(self) -> None:
        pass

    def close_idle(self) -> None:
        pass


@dataclass
class InThisProcess:
    """The look inside files without a process of its own, for stories that are not about its limits."""

    stuck: bool = False

    def set_state(self, state: str) -> None:
        """up, or stuck: every file needs more time than it has."""
        self.stuck = {"up": False, "stuck": True}[state]

    def inspect(self, attachment: Attachment) -> Finding:
        if self.stuck:
            return Finding(reason=Reason.NOT_CHECKED, detail="the look inside took more than 20 s")
        return inspect(attachment.content, attachment.sniffed_type, attachment.safe_name)

    def check(self) -> str:
        return "in this process"

    def close(self) -> None:
        pass


SCANNER_DOWN = "scanner: cannot connect to /run/invented.ctl: nobody listens there; is clamav-daemon running?"


@dataclass
class FakeScanner:
    """A scanner that knows one marker, and can be down."""

    marker: bytes = b"INVENTED-MALWARE-MARKER"
    down: bool = False

    def set_state(self, state: str) -> None:
        """up or down."""
        self.down = {"up": False, "down": True}[state]

    def scan(self, content: bytes) -> Finding:
        if self.down:
            return Finding(reason=Reason.NOT_SCANNED, detail=SCANNER_DOWN)
        return Finding(reason=Reason.MALWARE, detail="Invented.Marker") if self.marker in content else Finding()

    def check(self) -> str:
        if self.down:
            raise Transient(SCANNER_DOWN)
        return "a scanner of the tests"


class FarRegister:
    """A register over HTTP without the HTTP: it can be down, and can refuse."""

    is_ours = False
    certificates: Certificates | None = None

    def __init__(self) -> None:
        self.records = {"E123456789": Application(number="E123456789", uci="1122223333")}
        self.down = False
        self.refuses = ""
        self.has: dict[str, bytes] = {}

    def set_state(self, state: str) -> None:
        """up, down, or refusing every document for good."""
        self.down = {"up": False, "refusing": False, "down": True}[state]
        self.refuses = "the application is closed" if state == "refusing" else ""

    def close_idle(self) -> None:
        pass

    def close(self) -> None:
        pass

    def look_up(self, number: str) -> Application | None:
        self.check()
        return self.records.get(number)

    def attach(self, document: Filing) -> str:
        self.check()
        if self.refuses:
            raise Permanent(self.refuses)
        with document.open() as file:
            self.has[document.key] = file.read()
        return "attached"

    def check(self) -> str:
        if self.down:
            raise Transient("the register is down")
        return "here"
