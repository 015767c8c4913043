"""One office in a storm: its settings, its mailbox, its database, and the servers, each behind a network that breaks.

The daemon reaches every server through a proxy; the harness looks at all of them directly, so that what it sees is
what is there. Servers are shared by the storms of a run; the rest is each one's own.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import imapclient
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from demo.answers import Answered, reference_in
from demo.stage import SECTIONS
from inboxd.tables import shown_days
from tests.chaos.clock import Clock
from tests.chaos.eventlog import Log
from tests.chaos.nursery import Life, Nursery
from tests.chaos.proxies import Proxy
from tests.chaos.stream import Item
from tests.office import Server, write_office
from tests.servers import Dovecot, Postgres, SmtpSink

DISK_MEGABYTES = 96
PRIVATE = "Private"
"""A person's own folder; copies there are nobody's business."""
NOT_WATCHED = ("INBOX", "Sent", PRIVATE)
"""Folders in which nobody looks for what people did."""
LARGEST_MAIL = 2_000_000
SETTINGS = {
    "mailbox": "reconcile_seconds = 0.7\nidle_renew_seconds = 5\nstream_above_bytes = 200000",
    "smtp": "per_minute = 6000\nunknown_minutes = 0.01\nbulk_limit = 5000\nstorm_limit = 100000",
    "replies": "per_sender_per_day = 1000\nper_thread_per_4_hours = 100",
    "limits": f"readers = 1\nmax_mail_bytes = {LARGEST_MAIL}",
}
"""No limit is to decide: limits count what came before, and in a storm that is another order. They have tests of their
own."""


@dataclass(kw_only=True)
class Scene:
    """`with Scene(...) as scene:`; `postgres` None: SQLite."""

    root: Path
    dovecot: Dovecot
    nursery: Nursery
    postgres: Postgres | None = None
    secure: bool = False
    """TLS to the IMAP server, STARTTLS and a login to the SMTP server."""
    small_disk: bool = False
    """The data folder is a small file system of its own; only root can mount one."""
    delivered: dict[str, Item] = field(default_factory=dict)
    """Everything that has happened, by key."""
    keys: dict[str, str] = field(default_factory=dict)
    """SHA-256 of a delivered letter to its key."""
    copies: dict[str, int] = field(default_factory=dict)
    """How often each of these was delivered."""

    def __enter__(self) -> Self:
        self._stack = contextlib.ExitStack()
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _open(self) -> None:
        self.root.mkdir(parents=True)
        self.user = self.dovecot.fresh_user()
        data = self.root / "data"
        data.mkdir()
        if self.small_disk:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", data], check=True)
            self._stack.callback(subprocess.run, ["umount", "-l", data], check=True)
        self.sink = self._stack.enter_context(
            SmtpSink(self.root / "sink", security="starttls" if self.secure else "plain", login=self.secure)
        )
        self.imap = self._stack.enter_context(Proxy(self.dovecot.tls_port if self.secure else self.dovecot.port))
        self.smtp = self._stack.enter_context(Proxy(self.sink.port))
        self.database = f"sqlite:///{self.root}/data/inboxd.sqlite"
        url = self.database
        self.database_net: Proxy | None = None
        if self.postgres is not None:
            self.database = self.postgres.create_database()
            self.database_net = self._stack.enter_context(Proxy(self.postgres.port))
            url = make_url(self.database).set(port=self.database_net.port).render_as_string(hide_password=False)
        self.log = Log(self.root / "log")
        self._stack.callback(self.log.close)
        self.clock_file = self.root / "clock"
        self.clock = Clock(self.clock_file)
        self.engine = create_engine(self.database)
        self._stack.callback(self.engine.dispose)
        self.config = self._settings(url)

    def _settings(self, url: str) -> Path:
        extra: dict[str, Any] = {}
        if self.secure:
            extra = {"ca_file": self.root / "imap-ca.pem", "security": "tls"}
            shutil.copyfile(self.dovecot.certificates.ca, self.root / "imap-ca.pem")
            shutil.copyfile(self.sink.certificates.ca, self.root / "smtp-ca.pem")
        config = write_office(
            self.root, database=url, sections=SECTIONS | SETTINGS,
            imap=Server(port=self.imap.port, username=self.user, password=self.dovecot.password, **extra),
            smtp=Server(
                port=self.smtp.port, security="starttls", username=self.sink.user, password=self.sink.password,
                ca_file=self.root / "smtp-ca.pem",
            ) if self.secure else Server(port=self.smtp.port),
        )
        patient = config.read_text(encoding="utf-8")
        config.write_text(patient.replace("timeout_seconds = 20", "timeout_seconds = 3"), encoding="utf-8")
        return config

    # The program

    def begin(self, *, death: tuple[str, int] | None = None, fresh: bool = False) -> Life:
        """`inboxd run`."""
        self.log.new_life()
        return self.nursery.begin(
            self.config, "run", output=self.log.path, clock=self.clock_file, death=death, fresh=fresh
        )

    def inboxd(self, *command: str, seconds: float = 120) -> int:
        """One command to its end; what it prints goes to the log. Returns its exit status."""
        self.log.new_life()
        try:
            return self.nursery.run(
                self.config, *command, output=self.log.path, clock=self.clock_file, seconds=seconds
            )
        finally:
            self.log.catch_up()

    # What is there

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection

    def rows(self, query: str) -> list[Mapping[str, Any]]:
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(text(query)).mappings()]

    def folders(self) -> dict[str, list[bytes]]:
        """Every message on the IMAP server by folder, but for what people copied for themselves."""
        with self.dovecot.client(self.user) as client:
            names = [name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags]
        return {name: self.dovecot.messages(name, user=self.user) for name in names if name != PRIVATE}

    def replies(self) -> dict[str, Answered]:
        """Our first mail in answer to each delivered letter, by its key."""
        found: dict[str, Answered] = {}
        keys = {self.message_id(item.raw): key for key, item in self.delivered.items() if item.raw}
        for received in self.sink.mails:
            mail = message_from_bytes(received.raw, policy=default)
            key = keys.get(str(mail["In-Reply-To"] or "").strip())
            if key is not None and key not in found:
                reference = reference_in(str(mail.get_content()))
                found[key] = Answered(
                    message_id=str(mail["Message-ID"]).strip(), reference=reference, raw=received.raw
                )
        return found

    @staticmethod
    def message_id(raw: bytes) -> str:
        return str(message_from_bytes(raw)["Message-ID"] or "-").strip()

    # What happens

    def forget_days(self) -> None:
        """As in a database from before they were kept: none has the day on which a server's certificate ends."""
        with self.engine.begin() as connection:
            connection.execute(shown_days.delete())

    def deliver(self, item: Item, raw: bytes) -> None:
        """Put a letter into the mailbox, as a delivery agent does."""
        self.dovecot.deliver(raw, item.folder, user=self.user, at=item.arrived)
        digest = sha256(raw).hexdigest()
        self.keys.setdefault(digest, item.key)
        self.copies[digest] = self.copies.get(digest, 0) + 1
        self.delivered[item.key] = Item(key=item.key, arrived=item.arrived, folder=item.folder, raw=raw)

    def drag(self, item: Item) -> bool:
        """A person moves a letter that lies where it belongs. False if it does not lie there yet."""
        letter = self.delivered.get(item.after)
        if letter is None:
            return False
        with self.dovecot.client(self.user) as client:
            for _, _, folder in client.list_folders():
                if not folder.startswith("Enquiries/"):
                    continue
                client.select_folder(folder)
                if uids := client.search(["HEADER", "Message-ID", self.message_id(letter.raw)]):
                    if folder != item.order:
                        client.move(uids, item.order)
                    self.delivered[item.key] = item
                    return True
        return False

    def copy_beside_itself(self) -> tuple[str, int] | None:
        """A person copies a mail within its folder: the folder and the number of the copy. None if none lies there."""
        with self.dovecot.client(self.user) as client:
            for flags, _, folder in client.list_folders():
                if b"\\Noselect" in flags or folder in NOT_WATCHED:
                    continue
                client.select_folder(folder)
                if uids := client.search():
                    client.copy(uids[:1], folder)
                    return folder, max(client.search())
        return None

    def delete(self, folder: str, uid: int) -> None:
        """A person deletes a mail for good."""
        with self.dovecot.client(self.user) as client:
            client.select_folder(folder)
            client.delete_messages([uid])
            client.uid_expunge([uid])

    def person(self) -> imapclient.IMAPClient:
        """A mail client of a person's own; to be used in a `with`."""
        return self.dovecot.client(self.user)  # type: ignore[return-value]  # a context manager of it

    @property
    def maildir(self) -> Path:
        return self.dovecot.root / "mail" / self.user / "Maildir"
