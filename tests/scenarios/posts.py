"""Both sides of the stages: the fakes, or a real IMAP server over TLS and a real SMTP server over STARTTLS.

The outside delivers into a folder and sees what lies where and what was sent, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Protocol

from inboxd.context import Courier, Mailbox
from inboxd.mailbox import ImapMailbox
from inboxd.settings import Settings
from inboxd.smtp import SmtpCourier
from tests.fakes import FakeCourier, FakeMailbox
from tests.office import Server
from tests.servers import Dovecot, SmtpSink


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """A mail that left."""

    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def text(self) -> str:
        return str(self.message.get_content())


class Post(Protocol):
    """The servers on both sides: the doors that the stages get, and what the outside sees of them."""

    imap: Server
    smtp: Server

    def doors(self, settings: Settings) -> tuple[Mailbox, Courier]: ...
    def deliver(self, raw: bytes, at: datetime, folder: str) -> None: ...
    def contents(self) -> dict[str, list[bytes]]: ...
    def sent(self) -> list[Out]: ...


class FakePost:
    """The fakes of `tests.fakes`."""

    imap = Server(port=1993, username="inbox", password="secret")
    smtp = Server(port=1465)

    def __init__(self) -> None:
        self.box = FakeMailbox()
        self.keeper = FakeCourier()

    def doors(self, settings: Settings) -> tuple[Mailbox, Courier]:
        return self.box, self.keeper

    def deliver(self, raw: bytes, at: datetime, folder: str) -> None:
        self.box.deliver(raw, at, folder)

    def contents(self) -> dict[str, list[bytes]]:
        return {name: [raw for _, raw in box.mails.values()] for name, box in self.box.folders.items() if box.mails}

    def sent(self) -> list[Out]:
        return [Out(recipients=(mail.recipient,), raw=mail.raw) for mail in self.keeper.sent]


class RealPost:
    """A Dovecot user of its own and an SMTP sink; the doors log in as in production. `close()` ends the connections."""

    def __init__(self, dovecot: Dovecot, sink: SmtpSink) -> None:
        self.dovecot, self.sink = dovecot, sink
        self.user = dovecot.fresh_user()
        self.imap = Server(port=dovecot.tls_port, security="tls", username=self.user, password=dovecot.password,
                           ca_file=dovecot.certificates.ca)
        self.smtp = Server(port=sink.port, security="starttls", username=sink.user, password=sink.password,
                           ca_file=sink.certificates.ca)
        self._doors: list[ImapMailbox | SmtpCourier] = []

    def doors(self, settings: Settings) -> tuple[Mailbox, Courier]:
        mailbox = ImapMailbox(settings.mailbox, lambda: self.dovecot.password, settings.storage.spool)
        mailbox.connect()
        courier = SmtpCourier(settings.smtp, lambda: self.sink.password)
        self._doors += [mailbox, courier]
        return mailbox, courier

    def deliver(self, raw: bytes, at: datetime, folder: str) -> None:
        self.dovecot.deliver(raw, folder, user=self.user, at=at)

    def contents(self) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        with self.dovecot.client(self.user) as client:
            for flags, _, folder in client.list_folders():
                if not {b"\\Noselect", b"\\NonExistent"} & set(flags):
                    client.select_folder(folder, readonly=True)
                    mails = client.fetch(client.search(), ["BODY.PEEK[]"])
                    found[folder] = [bytes(mails[uid][b"BODY[]"]) for uid in sorted(mails)]
        return {folder: raws for folder, raws in found.items() if raws}

    def sent(self) -> list[Out]:
        return [Out(recipients=mail.recipients, raw=mail.raw) for mail in self.sink.mails]

    def close(self) -> None:
        for door in self._doors:
            door.close()
