"""Letters to lay into a real mailbox, and ways to take all of them out again."""

from __future__ import annotations

from inboxd.mail import Fetched
from inboxd.mailbox import ImapMailbox, MessageInfo


def letter(number: int = 1, *, size: int = 0) -> bytes:
    """A mail with CRLF line ends; `size` bytes of text on top."""
    line = b"Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod.\r\n"
    body = (line * (size // len(line) + 1))[:size] if size else b""
    return b"From: office@mp.example\r\nSubject: letter %d\r\n\r\nletter %d\r\n" % (number, number) + body


class Unfetchable(list[tuple[int, str]]):
    """Collects what `fetch` reports."""

    def __call__(self, info: MessageInfo, why: str) -> None:
        self.append((info.uid, why))


def everything(mailbox: ImapMailbox) -> list[Fetched]:
    reported = Unfetchable()
    mails = list(mailbox.fetch(mailbox.sizes(mailbox.uids()), reported))
    assert reported == []
    return mails
