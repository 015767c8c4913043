"""The door to the mailbox against a real Dovecot."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxd.errors import Permanent, Transient
from inboxd.mail import Fetched
from inboxd.mailbox import FolderState, ImapMailbox, MessageInfo
from tests.doors.conftest import MakeMailbox
from tests.servers import Dovecot


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


def never() -> bool:
    return False


# Connecting


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_reads_mail_over_every_kind_of_connection(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, security: str
) -> None:
    dovecot.deliver(letter(), user=user)
    mailbox = make_mailbox(security=security, port=dovecot.tls_port if security == "tls" else dovecot.port)
    assert not mailbox.connected
    mailbox.connect()
    mailbox.open("INBOX")
    assert mailbox.connected
    assert [mail.raw for mail in everything(mailbox)] == [letter()]
    assert {"IDLE", "MOVE", "UIDPLUS"} <= mailbox.capabilities()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_refuses_a_server_whose_authority_it_does_not_know(
    dovecot: Dovecot, make_mailbox: MakeMailbox, security: str
) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    mailbox = make_mailbox(security=security, port=port, ca_file=dovecot.certificates.other_ca)
    with pytest.raises(Permanent, match=r"certificate is refused .* set ca_file"):
        mailbox.connect()
    assert not mailbox.connected


def test_refuses_a_certificate_for_another_name(
    dovecot: Dovecot, make_mailbox: MakeMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 127.0.0.2 reaches the same listener only if Dovecot listens there; so the name is looked up to 127.0.0.1 here.
    import socket

    real = socket.getaddrinfo

    def looked_up(host: object, *rest: object, **named: object) -> object:
        return real("127.0.0.1" if host == "imap.elsewhere.example" else host, *rest, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with pytest.raises(Permanent, match="host to a name that is in it"):
        make_mailbox(host="imap.elsewhere.example").connect()


def test_a_wrong_password_is_permanent_and_says_where_to_look(make_mailbox: MakeMailbox) -> None:
    mailbox = make_mailbox(password="not-the-password")
    with pytest.raises(Permanent, match=r"check mailbox\.username and what mailbox\.password_env gives") as caught:
        mailbox.connect()
    assert "not-the-password" not in str(caught.value)
    assert not mailbox.connected


def test_a_password_beyond_ascii_is_carried(make_mailbox: MakeMailbox, user: str) -> None:
    with Dovecot() as other:
        other.stop(hard=True)
        other.password = "pâté-où-ça"
        settings = other.root / "dovecot.conf"
        settings.write_text(settings.read_text().replace("password=secret", f"password={other.password}"))
        other.start()
        mailbox = make_mailbox(server=other, password=other.password)
        mailbox.connect()
        assert mailbox.open("INBOX").exists == 0
        mailbox.close()


def test_tls_to_a_port_without_it_says_so(dovecot: Dovecot, make_mailbox: MakeMailbox) -> None:
    with pytest.raises(Permanent, match='check port, or set security = "starttls"'):
        make_mailbox(port=dovecot.port).connect()


def test_a_ca_file_that_is_missing_is_named(make_mailbox: MakeMailbox, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"mailbox.ca_file: .*absent\.pem cannot be used"):
        make_mailbox(ca_file=tmp_path / "absent.pem").connect()


def test_nobody_listening_is_transient(dovecot: Dovecot, make_mailbox: MakeMailbox) -> None:
    from tests.servers.places import free_port

    with pytest.raises(Transient, match="refused"):
        make_mailbox(port=free_port()).connect()


def test_no_text_of_a_mail_reaches_a_log(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    dovecot.deliver(letter(77), user=user)
    mailbox = make_mailbox()
    mailbox.connect()
    mailbox.open("INBOX")
    everything(mailbox)
    assert "letter 77" not in caplog.text
    assert Dovecot.password not in caplog.text


# Listing


def test_open_tells_the_state_of_the_folder(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(1), user=user)
    dovecot.deliver(letter(2), user=user)
    state = mailbox.open("INBOX")
    assert state == FolderState(folder="INBOX", uidvalidity=state.uidvalidity, uidnext=3, exists=2)
    assert state.uidvalidity > 0


def test_a_folder_that_is_not_there_cannot_be_opened(mailbox: ImapMailbox) -> None:
    with pytest.raises(Permanent, match="cannot open folder 'Nowhere'"):
        mailbox.open("Nowhere")
    assert mailbox.connected
    with pytest.raises(RuntimeError):
        mailbox.uids()


def test_mails_marked_deleted_are_not_listed(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for number in range(3):
        dovecot.deliver(letter(number), user=user)
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([2])
    mailbox.open("INBOX")
    assert mailbox.uids() == [1, 3]


def test_the_newest_mail_is_not_listed_again_when_nothing_is_newer(
    dovecot: Dovecot, user: str, mailbox: ImapMailbox
) -> None:
    for number in range(3):
        dovecot.deliver(letter(number), user=user)
    state = mailbox.open("INBOX")
    assert mailbox.uids_from(2) == [2, 3]
    assert mailbox.uids_from(state.uidnext) == []
    dovecot.deliver(letter(4), user=user)
    assert mailbox.uids_from(state.uidnext) == [4]


def test_sizes_and_arrival_are_the_servers(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    arrived = datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC)
    dovecot.deliver(letter(), user=user, at=arrived)
    mailbox.open("INBOX")
    assert mailbox.sizes([1, 99]) == [MessageInfo(uid=1, size=len(letter()), arrived_at=arrived)]
    assert mailbox.sizes([1])[0].arrived_at.tzinfo is UTC
    [mail] = everything(mailbox)
    assert mail.arrived_at == arrived


# Fetching


def test_fetching_changes_no_flag(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(), user=user)
    mailbox.open("INBOX")
    everything(mailbox)
    assert "\\Seen" not in dovecot.flags(1, user=user)


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: no body\r\n\r\n",
        b"no header at all\r\n",
        b"Subject: eight bit \xe9\xff\r\n\r\n\xc3\xa9\x80\r\n",
        b"Subject: ) {5}\r\n\r\n* 1 FETCH (UID 9 BODY[] {3}\r\nabc)\r\nA1 OK done\r\n",
        b"Subject: quotes \"\\\"\r\n\r\n\" \\ NIL\r\n",
        b"Subject: long line\r\n\r\n" + b"x" * 1_200_000 + b"\r\n",
    ],
    ids=["no-body", "no-header", "eight-bit", "looks-like-imap", "quotes", "line-over-a-million"],
)
def test_the_bytes_come_as_they_are(dovecot: Dovecot, user: str, mailbox: ImapMailbox, raw: bytes) -> None:
    dovecot.deliver(raw, user=user)
    dovecot.deliver(letter(2), user=user)
    mailbox.open("INBOX")
    assert [mail.raw for mail in everything(mailbox)] == [raw, letter(2)]


class CountingFetches:
    """Counts FETCH commands for text that reach the server and notes how many mails each asked for."""

    def __init__(self, mailbox: ImapMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[int] = []
        client = mailbox._client
        assert client is not None
        real = client.fetch

        def fetch(uids: list[int], items: list[str]) -> object:
            if any(item.startswith("BODY.PEEK[]") for item in items):
                self.batches.append(len(uids))
            return real(uids, items)

        monkeypatch.setattr(client, "fetch", fetch)


def test_batches_are_bounded_by_count(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        dovecot.deliver(letter(number), user=user)
    mailbox = make_mailbox(batch_count=3)
    mailbox.connect()
    mailbox.open("INBOX")
    fetches = CountingFetches(mailbox, monkeypatch)
    assert [mail.raw for mail in everything(mailbox)] == [letter(number) for number in range(7)]
    assert fetches.batches == [3, 3, 1]


def test_batches_are_bounded_by_bytes(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        dovecot.deliver(letter(number, size=40_000), user=user)
    mailbox = make_mailbox(batch_bytes=100_000)
    mailbox.connect()
    mailbox.open("INBOX")
    fetches = CountingFetches(mailbox, monkeypatch)
    assert len(everything(mailbox)) == 4
    assert fetches.batches == [2, 2]


def test_a_large_mail_goes_to_a_file_in_parts(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = letter(2, size=12 * 1024 * 1024)
    for raw in (letter(1), large, letter(3)):
        dovecot.deliver(raw, user=user)
    mailbox = make_mailbox()
    mailbox.connect()
    mailbox.open("INBOX")
    fetches = CountingFetches(mailbox, monkeypatch)
    first, streamed, third = everything(mailbox)
    assert (first.raw, third.raw) == (letter(1), letter(3))
    assert streamed.raw is None
    assert streamed.spool is not None
    assert streamed.spool.parent == spool
    assert streamed.spool.read_bytes() == large
    assert streamed.size == len(large)
    assert fetches.batches == [1] * (1 + len(large) // (256 * 1024) + 1 + 1)


@pytest.mark.parametrize("size", [256 * 1024, 512 * 1024, 512 * 1024 + 1])
def test_a_streamed_mail_that_ends_with_a_part_is_whole(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, size: int
) -> None:
    raw = letter(size=size)[:size]
    dovecot.deliver(raw, user=user)
    mailbox = make_mailbox(stream_above_bytes=1000)
    mailbox.connect()
    mailbox.open("INBOX")
    [mail] = everything(mailbox)
    assert mail.spool is not None
    assert mail.spool.read_bytes() == raw


def test_a_full_disk_stops_a_large_mail_and_leaves_no_rest(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.deliver(letter(size=600_000), user=user)
    mailbox = make_mailbox(stream_above_bytes=1000)
    mailbox.connect()
    mailbox.open("INBOX")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inboxd.mailbox.fetching.os.fsync", full)
    with pytest.raises(Transient, match="spool: No space left"):
        everything(mailbox)
    assert list(spool.iterdir()) == []
    monkeypatch.undo()
    assert mailbox.connected
    assert len(everything(mailbox)) == 1


def test_a_mail_that_was_removed_after_the_search_is_left_out(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox
) -> None:
    for number in range(1, 5):
        dovecot.deliver(letter(number, size=20_000 if number > 2 else 0), user=user)
    mailbox = make_mailbox(stream_above_bytes=10_000)
    mailbox.connect()
    mailbox.open("INBOX")
    infos = mailbox.sizes(mailbox.uids())
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([2, 3])
        client.expunge()
    reported = Unfetchable()
    assert [mail.uid for mail in mailbox.fetch(infos, reported)] == [1, 4]
    assert reported == []


def test_opening_another_folder_amid_a_fetch_is_a_bug_and_gives_no_wrong_mail(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox
) -> None:
    for number in (1, 2):
        dovecot.deliver(letter(number), user=user)
    mailbox = make_mailbox(batch_count=1)
    mailbox.connect()
    mailbox.open("INBOX")
    mails = mailbox.fetch(mailbox.sizes(mailbox.uids()), Unfetchable())
    assert next(mails).raw == letter(1)
    mailbox.open("Sent")
    with pytest.raises(RuntimeError, match="another folder"):
        next(mails)


def test_the_header_alone(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(5, size=50_000), user=user)
    mailbox.open("INBOX")
    assert mailbox.header(1) == b"From: office@mp.example\r\nSubject: letter 5\r\n\r\n"
    with pytest.raises(Permanent, match="not in the folder"):
        mailbox.header(2)


def test_a_header_is_read_to_256_kib(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(b"".join(b"X-%05d: %s\r\n" % (n, b"x" * 60) for n in range(10_000)) + b"\r\nbody\r\n", user=user)
    mailbox.open("INBOX")
    assert len(mailbox.header(1)) == 256 * 1024


# Folders and moving


def test_a_folder_is_made_and_subscribed_once(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for _ in range(2):
        mailbox.ensure_folder("Enquiries/Not met")
        mailbox.ensure_folder("Réponses/À vérifier & classer")
    assert {"Enquiries/Not met", "Réponses/À vérifier & classer"} <= set(dovecot.folders(user=user))
    assert {"Enquiries/Not met", "Réponses/À vérifier & classer"} <= set(dovecot.subscribed(user=user))


def test_moving_tells_the_new_uids(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for number in range(1, 6):
        dovecot.deliver(letter(number), user=user)
    dovecot.deliver(letter(100), "Documents/Filed", user=user)
    assert dovecot.uids("Documents/Filed", user=user) == [1]
    mailbox.open("INBOX")
    moved = mailbox.move([5, 2, 3], "Documents/Filed")
    assert mailbox.uids() == [1, 4]
    there = mailbox.open("Documents/Filed")
    assert moved == {2: (there.uidvalidity, 2), 3: (there.uidvalidity, 3), 5: (there.uidvalidity, 4)}
    assert dovecot.messages("Documents/Filed", user=user) == [letter(n) for n in (100, 2, 3, 5)]


def test_moving_makes_the_folder_if_it_is_missing(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(), user=user)
    mailbox.open("INBOX")
    assert list(mailbox.move([1], "Enquiries/Critical")) == [1]
    assert dovecot.messages("Enquiries/Critical", user=user) == [letter()]
    assert "Enquiries/Critical" in dovecot.subscribed(user=user)


def test_moving_again_changes_nothing(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(1), user=user)
    dovecot.deliver(letter(2), user=user)
    mailbox.open("INBOX")
    mailbox.move([1], "Held")
    assert mailbox.move([1], "Held") == {}
    assert list(mailbox.move([1, 2, 77], "Held")) == [2]
    assert dovecot.messages("Held", user=user) == [letter(1), letter(2)]
    assert mailbox.move([], "Held") == {}


def test_moving_many_goes_in_batches(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for number in range(450):
        dovecot.deliver(letter(number), user=user)
    state = mailbox.open("INBOX")
    moved = mailbox.move(list(range(1, state.uidnext)), "Automatic")
    assert list(moved) == list(range(1, 451))
    assert len({new for _, new in moved.values()}) == 450
    assert mailbox.uids() == []


@pytest.fixture(scope="module")
def modest() -> Iterator[Dovecot]:
    """A server without MOVE and IDLE, with another separator and a prefix."""
    with Dovecot(separator=".", prefix="INBOX.", extra="imap_capability = IMAP4rev1 NAMESPACE UIDPLUS") as server:
        yield server


def test_without_move_mails_are_copied_and_only_they_removed(modest: Dovecot, make_mailbox: MakeMailbox) -> None:
    user = modest.fresh_user()
    for number in range(1, 5):
        modest.deliver(letter(number), user=user)
    with modest.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([4])
    mailbox = make_mailbox(server=modest, username=user)
    mailbox.connect()
    assert "MOVE" not in mailbox.capabilities()
    mailbox.open("INBOX")
    moved = mailbox.move([1, 3], "Documents/Failed")
    there = mailbox.open("Documents/Failed")
    assert moved == {1: (there.uidvalidity, 1), 3: (there.uidvalidity, 2)}
    assert modest.uids(user=user) == [2, 4], "somebody else's deletion must stay theirs"
    assert modest.messages("INBOX.Documents.Failed", user=user) == [letter(1), letter(3)]
    mailbox.open("INBOX")
    assert mailbox.move([1, 3], "Documents/Failed") == {}


def test_names_follow_the_servers_separator_and_prefix(modest: Dovecot, make_mailbox: MakeMailbox) -> None:
    user = modest.fresh_user()
    mailbox = make_mailbox(server=modest, username=user)
    mailbox.connect()
    mailbox.ensure_folder("Enquiries/À revoir")
    assert "INBOX.Enquiries.À revoir" in modest.folders(user=user)
    assert mailbox.open("Enquiries/À revoir").exists == 0
    assert mailbox.open("inbox").exists == 0
    assert mailbox.open("Sent").folder == "Sent"
    with pytest.raises(Permanent, match=r"separator '\.'"):
        mailbox.ensure_folder("Enquiries/No.5")


def test_without_idle_the_clock_is_waited_for(modest: Dovecot, make_mailbox: MakeMailbox) -> None:
    mailbox = make_mailbox(server=modest, username=modest.fresh_user())
    mailbox.connect()
    mailbox.open("INBOX")
    began = time.monotonic()
    assert mailbox.idle(0.7, never) is False
    assert 0.6 < time.monotonic() - began < 2


# Waiting


def after(seconds: float, action: object, *arguments: object, **named: object) -> threading.Timer:
    assert callable(action)
    timer = threading.Timer(seconds, action, arguments, named)
    timer.start()
    return timer


@pytest.mark.parametrize("security", ["tls", "plain"])
def test_a_new_mail_ends_the_wait(dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, security: str) -> None:
    dovecot.deliver(letter(1), user=user)
    mailbox = make_mailbox(security=security, port=dovecot.tls_port if security == "tls" else dovecot.port)
    mailbox.connect()
    state = mailbox.open("INBOX")
    timer = after(0.3, dovecot.deliver, letter(2), user=user)
    began = time.monotonic()
    assert mailbox.idle(20, never) is True
    assert time.monotonic() - began < 4
    timer.join()
    assert mailbox.uids_from(state.uidnext) == [2]


def test_a_mail_that_came_before_the_wait_ends_it_too(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    mailbox.open("INBOX")
    dovecot.deliver(letter(1), user=user)
    began = time.monotonic()
    assert mailbox.idle(20, never) is True
    assert time.monotonic() - began < 4


def test_a_quiet_wait_ends_in_time_and_the_connection_lives(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(1), user=user)
    mailbox.open("INBOX")
    began = time.monotonic()
    assert mailbox.idle(1.2, never) is False
    assert 1.1 < time.monotonic() - began < 3
    assert mailbox.uids() == [1]


def test_a_wait_is_cut_short_by_stop(mailbox: ImapMailbox) -> None:
    mailbox.open("INBOX")
    stopping = threading.Event()
    after(0.2, stopping.set)
    began = time.monotonic()
    assert mailbox.idle(60, stopping.is_set) is False
    assert time.monotonic() - began < 3
    assert mailbox.connected


def test_a_wait_is_never_longer_than_the_renewal(make_mailbox: MakeMailbox) -> None:
    mailbox = make_mailbox(idle_renew_seconds=0.5)
    mailbox.connect()
    mailbox.open("INBOX")
    began = time.monotonic()
    assert mailbox.idle(60, never) is False
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("hard", [False, True], ids=["with-goodbye", "killed"])
def test_a_server_that_goes_away_during_the_wait_is_noticed_at_once(
    make_mailbox: MakeMailbox, user: str, hard: bool
) -> None:
    with Dovecot() as own:
        own.deliver(letter(1), user=user)
        mailbox = make_mailbox(server=own)
        mailbox.connect()
        mailbox.open("INBOX")
        asked = 0

        def stop() -> bool:
            nonlocal asked
            asked += 1
            return False

        after(0.3, own.stop, hard=hard)
        began, busy = time.monotonic(), time.process_time()
        with pytest.raises(Transient):
            mailbox.idle(30, stop)
        assert time.monotonic() - began < 5
        assert time.process_time() - busy < 1, "a busy loop"
        assert asked < 10, "a busy loop"
        assert not mailbox.connected
        with pytest.raises(Transient):
            mailbox.uids()
        if hard:
            with pytest.raises(Transient):
                mailbox.connect()
            own.start()
            mailbox.connect()
            mailbox.open("INBOX")
            assert [mail.raw for mail in everything(mailbox)] == [letter(1)]
        mailbox.close()


def test_a_server_killed_between_commands_is_transient_and_comes_back(make_mailbox: MakeMailbox, user: str) -> None:
    with Dovecot() as own:
        own.deliver(letter(1), user=user)
        mailbox = make_mailbox(server=own)
        mailbox.connect()
        state = mailbox.open("INBOX")
        own.restart(hard=True)
        with pytest.raises(Transient):
            mailbox.uids()
        mailbox.connect()
        assert mailbox.open("INBOX").uidvalidity == state.uidvalidity
        mailbox.close()
        mailbox.close()
        assert not mailbox.connected
