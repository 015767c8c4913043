"""Two mailboxes in one process: the shipped profile of the Minister's Office beside the Members' offices.

Each keeps its own standards, folders, references and records, and what befalls one does not reach the other.
"""

from __future__ import annotations

import email.policy
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inboxd import calendar
from inboxd.standards import read_standards
from tests.crash.letters import critical, in_bytes, letter, out_of_office
from tests.daemon.conftest import Office
from tests.daemon.running import EVENT, HURRIED, Running, inboxd
from tests.liaison import ALERTS, DESK, INBOX, write_both
from tests.office import INBOX as CMDS
from tests.office import Server
from tests.servers import Dovecot, SmtpSink


@dataclass(kw_only=True)
class Both:
    """The two offices of one installation."""

    config: Path
    cmds: Office
    mil: Office

    @property
    def sink(self) -> SmtpSink:
        return self.cmds.sink


MakeBoth = Callable[..., Both]


@pytest.fixture
def make_both(tmp_path: Path, dovecot: Dovecot, sink: SmtpSink) -> MakeBoth:
    """`liaison_server` instead of the shared Dovecot for the second mailbox."""

    def make(*, liaison_server: Dovecot = dovecot) -> Both:
        users = dovecot.fresh_user(), f"mil-{liaison_server.fresh_user()}"
        root = tmp_path / "office"
        config = write_both(
            root, imap=Server(port=dovecot.port, username=users[0], password=dovecot.password),
            liaison=Server(port=liaison_server.port, username=users[1], password=liaison_server.password),
            smtp=Server(port=sink.port),
        )
        cmds = Office(config=config, dovecot=dovecot, user=users[0], sink=sink,
                      database=f"sqlite:///{root}/data/inboxd.sqlite")
        mil = Office(config=root / "mil" / "inboxd.toml", dovecot=liaison_server, user=users[1], sink=sink,
                     database=f"sqlite:///{root}/mil/data/inboxd.sqlite")
        return Both(config=config, cmds=cmds, mil=mil)

    return make


@pytest.fixture
def both(make_both: MakeBoth) -> Both:
    return make_both()


def inquiry(subject: str, text: str, *, sender: str = DESK, **headers: str) -> bytes:
    return in_bytes(letter(subject, text, sender=sender, **headers))


def moment(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC)


def sent_to(sink: SmtpSink, address: str) -> list[bytes]:
    return [mail.raw for mail in sink.mails if mail.recipients == (address,)]


@contextmanager
def serving(both: Both, **options: Any) -> Iterator[Running]:
    """Both rule sets are read before anything starts: that takes its time on a machine that does other things too."""
    with Running(both.config, **options) as daemon:
        daemon.wait_for("daemon.started", seconds=60)
        yield daemon


@contextmanager
def systemd_at(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        systemd.settimeout(0.2)
        yield systemd


def heard(systemd: socket.socket, *, seconds: float) -> list[str]:
    """What systemd is told within so many seconds."""
    end, told = time.monotonic() + seconds, []
    while time.monotonic() < end:
        try:
            told.append(systemd.recv(4096).decode().partition("\n")[0])
        except TimeoutError:
            continue
    return told


def hear(systemd: socket.socket, word: str, *, seconds: float = 60) -> list[str]:
    """What systemd is told until this word, which must come."""
    end, told = time.monotonic() + seconds, list[str]()
    while time.monotonic() < end:
        told += heard(systemd, seconds=0.05)
        if any(line.startswith(word) for line in told):
            return told
    raise AssertionError(f"no {word} in {seconds} s, only {set(told)}")


def test_each_mailbox_is_served_by_its_own_standards_folders_and_references(both: Both) -> None:
    plain = "Could you tell us where this file stands and which documents are missing from it? Thank you."
    with serving(both) as daemon:
        daemon.wait_for("mailbox.connected", "channel=main")
        daemon.wait_for("mailbox.connected", "channel=mil")
        both.cmds.deliver(critical())
        both.mil.deliver(inquiry("Status of a file", plain))
        both.mil.deliver(inquiry("Removal tomorrow", "She is being removed from Canada tomorrow."))
        both.mil.deliver(inquiry("A file of a constituent", plain, sender="staff.rivers@parl.example"))
        both.mil.deliver(inquiry("A funeral", "Her father passed away on Saturday in Lagos and she wants to bury him."))
        both.mil.deliver(inquiry("A family", "The situation at home has become impossible. What can we do?"))
        daemon.wait_for("mail.done mail=1", "channel=main")
        daemon.wait_for("mail.done", "channel=mil", times=5)
        unverified = letter("A file", plain, sender=DESK)
        del unverified["Authentication-Results"]
        both.mil.deliver(in_bytes(unverified))
        daemon.wait_for("mail.held mail=6", "channel=mil")
        daemon.wait_for("effect.done", "kind=move mail=6", "channel=mil")
        assert daemon.stop() == (0, "")

    assert both.cmds.folders() == {"Enquiries/Critical": 1}
    assert both.mil.folders() == {"Inquiries": 4, "Outsiders": 1, "Held": 1}
    (ours,), theirs = both.cmds.ask("select reference from cases"), both.mil.ask("select reference from cases")
    assert ours.startswith("MC")
    assert all(reference.startswith("MIL") for reference in theirs)
    assert both.cmds.ask("select distinct account from mails") == ["main"]
    assert both.mil.ask("select distinct account from mails") == ["mil"]
    assert both.mil.ask("select distinct queue from cases") == ["mil"]
    clock = read_standards(both.mil.root / "standards.toml").calendar
    rows = both.mil.ask("select received, reply_by, action_by, category from cases order by reply_by")
    assert [row[3] for row in rows] == ["critical", "urgent", "review", "not_met"]
    for (arrived, reply_by, action_by, _), days, hours in zip(rows, (1, 2, 5, 10), (24, None, None, None), strict=True):
        due = calendar.deadline(clock, moment(arrived), days, hours)
        assert (moment(reply_by), moment(action_by)) == (due.reply_by, due.action_by)
    paged = both.mil.ask("select category from cases join timers on cases.id = case_id where timers.kind = 'page'")
    assert paged == ["critical"]

    replies = sent_to(both.sink, "staff.rivers@parl.example")
    assert len(replies) == 2, "an acknowledgement from one, a pointer from the other"
    pointer, = (raw for raw in replies if INBOX.encode() in raw)
    text = email.message_from_bytes(pointer, policy=email.policy.default).get_content()
    assert "only answers the Minister's Office" in text, "its own text"
    assert sent_to(both.sink, DESK) == [], "the Minister's Office gets no automatic reply"
    assert sent_to(both.sink, ALERTS), "its own people are told of held mail"
    assert all(INBOX.encode() in raw for raw in sent_to(both.sink, ALERTS))
    for line in daemon.lines:
        assert EVENT.fullmatch(line), line
        assert line.endswith((" channel=main", " channel=mil"))
    stopped = [line.split()[2] for line in daemon.lines[-4:]]
    assert sorted(stopped) == ["daemon.stopped"] * 2 + ["daemon.stopping"] * 2


def test_an_officer_s_answer_and_a_follow_up_find_their_case_in_their_own_mailbox(both: Both) -> None:
    plain = "Could you tell us where this file stands and which documents are missing from it? Thank you."
    with serving(both) as daemon:
        daemon.wait_for("mailbox.connected", "channel=main")
        both.mil.deliver(inquiry("Status of a file", plain, message_id="<first@minister.ircc.example>"))
        daemon.wait_for("mail.done mail=1", "channel=mil")
        reference, = both.mil.ask("select reference from cases")

        both.mil.deliver(inquiry(f"RE: {reference}", "She is being removed from Canada tomorrow."))
        daemon.wait_for("mail.done mail=2", "channel=mil")
        assert both.mil.ask("select category from cases") == ["critical"]

        both.cmds.deliver(inquiry(f"RE: {reference}", "Thank you.", sender="staff.rivers@parl.example"))
        daemon.wait_for("mail.done mail=1", "channel=main")
        assert both.cmds.ask("select route from mails") == ["enquiry"], "no case of this mailbox has that reference"

        answer = in_bytes(letter(f"RE: Status of a file {reference}", "The file is with an officer.", sender=INBOX,
                                 In_Reply_To="<first@minister.ircc.example>"))
        both.mil.dovecot.deliver(answer, "Sent", user=both.mil.user)
        daemon.signal(signal.SIGHUP)  # wakes it: Sent is looked at with the inbox
        daemon.wait_for("mail.decided mail=3 route=answer", "channel=mil")
        assert daemon.stop() == (0, "")
    assert both.mil.ask("select state from cases") == ["answered"]
    assert both.mil.ask("select distinct state from timers where kind = 'reply_breach'") == ["cancelled"]
    assert sent_to(both.sink, DESK) == []


def test_a_mailbox_that_goes_away_is_no_matter_to_the_other(make_both: MakeBoth) -> None:
    with Dovecot() as server:
        both = make_both(liaison_server=server)
        with serving(both, program=HURRIED) as daemon:
            daemon.wait_for("mailbox.connected", "channel=mil")
            server.stop(hard=True)
            daemon.wait_for("mailbox.lost", "channel=mil")
            both.cmds.deliver(critical())
            daemon.wait_for("mail.done", "channel=main")
            assert not [line for line in daemon.lines if "mailbox.lost" in line and "channel=main" in line]
            server.start()
            both.mil.deliver(out_of_office())
            daemon.wait_for("mail.done", "channel=mil")
            assert daemon.stop() == (0, "")
        assert both.mil.folders() == {"Automatic": 1}


def test_a_database_that_is_not_there_at_the_start_holds_up_its_own_channel_only(both: Both, tmp_path: Path) -> None:
    data = both.mil.root / "data"
    data.rmdir()
    data.write_text("a disk that is not mounted", encoding="utf-8")
    with systemd_at(tmp_path / "notify") as systemd:
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "180000000"}
        with serving(both, program=HURRIED, environment=environment) as daemon:
            both.cmds.deliver(critical())
            daemon.wait_for("mail.done", "channel=main")
            daemon.wait_for("storage.refused", "channel=mil", times=2)
            hear(systemd, "READY=1")
            hear(systemd, "WATCHDOG=1")  # a channel that waits is alive
            data.unlink()
            both.mil.deliver(out_of_office())
            daemon.wait_for("mail.done", "channel=mil")
            assert daemon.stop() == (0, "")
    assert both.mil.folders() == {"Automatic": 1}


def test_a_locked_database_holds_up_its_own_channel_only(both: Both) -> None:
    with serving(both, program=HURRIED, environment={"INBOXD_TEST_FAULTS": "busy=50"}) as daemon:
        daemon.wait_for("mailbox.connected", "channel=mil")
        daemon.wait_for("mailbox.connected", "channel=main")
        time.sleep(1)
        locked = sqlite3.connect(both.mil.root / "data" / "inboxd.sqlite", isolation_level=None)
        locked.execute("begin immediate")
        both.mil.deliver(out_of_office())
        daemon.wait_for("database.unavailable", "channel=mil")
        both.cmds.deliver(critical())
        daemon.wait_for("mail.done", "channel=main")
        assert not [line for line in daemon.lines if "database.unavailable" in line and "channel=main" in line]
        locked.rollback()
        locked.close()
        daemon.wait_for("mail.done", "channel=mil")
        assert daemon.stop() == (0, "")


def test_sigterm_finishes_the_mail_in_hand_of_each(both: Both) -> None:
    for _ in range(100):  # several groups of what is decided together
        both.cmds.deliver(critical())
        both.mil.deliver(inquiry("Removal tomorrow", "She is being removed from Canada tomorrow."))
    with serving(both) as daemon:
        daemon.wait_for("mail.decided", "channel=main")
        daemon.wait_for("mail.decided", "channel=mil")
        assert daemon.stop() == (0, "")
    for office in (both.cmds, both.mil):
        assert office.ask("select count(*) from mails where state = 'taken' and attempts > 0") == [0]
        assert office.ask("select count(*) from effects where state = 'due' and attempts > 0") == [0]
    left = [office.ask("select count(*) from mails where state = 'taken'")[0] for office in (both.cmds, both.mil)]
    assert sum(left) > 0, "both went on after SIGTERM; the one that began first may have been through"
    assert inboxd(both.config, "once").returncode == 0
    assert (both.cmds.folders(), both.mil.folders()) == ({"Enquiries/Critical": 100}, {"Inquiries": 100})


def test_systemd_hears_one_voice(both: Both, tmp_path: Path) -> None:
    with systemd_at(tmp_path / "notify") as systemd:
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "180000000"}
        with serving(both, environment=environment) as daemon:
            told = hear(systemd, "READY=1")
            assert told.count("READY=1") == 1
            hear(systemd, "WATCHDOG=1")
            mark = daemon.mark()
            daemon.signal(signal.SIGHUP)
            told = hear(systemd, "RELOADING=1")
            if "READY=1" not in told[told.index("RELOADING=1"):]:
                hear(systemd, "READY=1")
            daemon.wait_for("rules.loaded", "channel=main", after=mark)
            daemon.wait_for("rules.loaded", "channel=mil", after=mark)
            heard(systemd, seconds=0.5)
            daemon.signal(signal.SIGTERM)
            told = hear(systemd, "STOPPING=1")
            assert daemon.end() == (0, "")
            assert (told + heard(systemd, seconds=0.3)).count("STOPPING=1") == 1


def test_a_loop_that_hangs_is_not_hidden_by_one_that_goes_on(both: Both, tmp_path: Path) -> None:
    with systemd_at(tmp_path / "notify") as systemd:
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "180000000",
                       "INBOXD_TEST_FAULTS": "hang=mil"}
        with serving(both, program=HURRIED, environment=environment) as daemon:
            daemon.wait_for("mailbox.connected", "channel=main")
            both.cmds.deliver(critical())
            daemon.wait_for("mail.done", "channel=main")
            heard(systemd, seconds=1)
            assert "WATCHDOG=1" not in heard(systemd, seconds=3), "systemd must see that one of the two hangs"
            os.kill(daemon.process.pid, signal.SIGKILL)


def test_a_bug_in_one_ends_the_process_after_the_other_finished(both: Both) -> None:
    for _ in range(10):
        both.cmds.deliver(critical())
    with serving(both, program=HURRIED, environment={"INBOXD_TEST_FAULTS": "stage=mil"}) as daemon:
        status, complaint = daemon.end()
    assert status == 70
    assert "KeyError" in complaint
    assert "Traceback" not in complaint
    assert "Okonjo" not in complaint + "".join(daemon.lines)
    assert len([line for line in daemon.lines if " bug where=stage.intake" in line and "channel=mil" in line]) == 3
    assert [line for line in daemon.lines if "daemon.stopping why=\"asked to\" channel=main" in line]
    assert both.cmds.ask("select count(*) from mails where state = 'taken' and attempts > 0") == [0]
    assert inboxd(both.config, "once").returncode == 0
    assert both.cmds.folders() == {"Enquiries/Critical": 10}


def test_mail_between_the_two_mailboxes_starts_no_loop(both: Both) -> None:
    """Each is a client of the other, and each gets what the other sends: still nobody answers a machine."""
    for office, other in ((both.cmds, INBOX), (both.mil, CMDS)):
        with (office.root / "roster.csv").open("a", encoding="utf-8") as file:
            file.write(f"o9,Other,mp,Maple North,ON,en,613-555-0109,{other},,\n")

    def pass_on(sink: SmtpSink, *, strip: bytes = b"") -> None:
        """Deliver what was sent between the two since the last time, as their gateway would."""
        nonlocal seen
        fresh, seen = sink.mails[seen:], len(sink.mails)
        for mail in fresh:
            target = {CMDS: both.cmds, INBOX: both.mil}.get(mail.recipients[0])
            if target is not None:
                kept = b"\r\n".join(line for line in mail.raw.split(b"\r\n") if not (strip and line.startswith(strip)))
                sender = INBOX if target is both.cmds else CMDS
                passed = (f"Authentication-Results: mx.ircc.example; dmarc=pass header.from={sender.partition('@')[2]}"
                          "\r\n").encode()
                target.deliver(passed + kept)

    seen = 0
    both.cmds.deliver(inquiry("Removal tomorrow", "She is being removed from Canada tomorrow.", sender=INBOX))
    both.mil.deliver(inquiry("Removal tomorrow", "She is being removed from Canada tomorrow.", sender=CMDS))
    assert inboxd(both.config, "once").returncode == 0
    assert len(sent_to(both.sink, CMDS)) == 1
    assert len(sent_to(both.sink, INBOX)) == 1
    pass_on(both.sink)
    assert inboxd(both.config, "once").returncode == 0
    assert both.cmds.ask("select route from mails order by id") == ["enquiry", "automatic"]
    assert both.mil.ask("select route from mails order by id") == ["enquiry", "automatic"]
    assert len(sent_to(both.sink, CMDS)) == len(sent_to(both.sink, INBOX)) == 1

    seen = 0
    pass_on(both.sink, strip=b"Auto-Submitted")  # by a gateway that takes away what says that a machine sent it
    assert inboxd(both.config, "once").returncode == 0
    assert both.cmds.ask("select route from mails order by id") == ["enquiry", "automatic", "automatic"]
    assert both.mil.ask("select route from mails order by id") == ["enquiry", "automatic", "automatic"]
    assert len(sent_to(both.sink, CMDS)) == len(sent_to(both.sink, INBOX)) == 1


def test_what_is_wrong_in_all_files_is_named_at_once(both: Both) -> None:
    text = both.mil.config.read_text(encoding="utf-8")
    both.mil.config.write_text(text.replace('reference_prefix = "MIL"', 'reference_prefix = "mil"'), encoding="utf-8")
    (both.config.parent / "roster.csv").write_text("office,member\n", encoding="utf-8")
    ended = inboxd(both.config, "run")
    assert ended.returncode == 78
    assert f"{both.mil.config}:" in ended.stderr
    assert "office.reference_prefix" in ended.stderr
    assert "roster.csv:1" in ended.stderr
    assert not (both.config.parent / "data" / "inboxd.sqlite").exists(), "nothing was opened"


def test_a_second_process_on_one_of_the_channels_is_refused(both: Both) -> None:
    with serving(both) as daemon:
        daemon.wait_for("mailbox.connected", "channel=mil")
        second = inboxd(both.mil.config, "run")
        assert second.returncode == 1
        assert "another inboxd works on" in second.stderr
        third = inboxd(both.config, "run")
        assert third.returncode == 1
        assert third.stderr.count("another inboxd works on") == 2, "one line for each channel"
        assert daemon.stop() == (0, "")

