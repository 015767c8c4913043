"""The real `inboxd run` process, over real servers: what it does by itself, and what signals and outages do to it."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import pytest

from tests.crash.letters import critical, documents, in_bytes, letter, out_of_office
from tests.daemon.conftest import MakeOffice, Office
from tests.daemon.running import EVENT, HURRIED, Running, inboxd
from tests.office import ALERTS
from tests.servers import DROP, Dovecot


def test_a_mail_that_comes_while_it_waits_is_answered_within_seconds(office: Office) -> None:
    with Running(office.config) as daemon:
        daemon.wait_for("mailbox.connected")
        time.sleep(1)
        delivered = time.monotonic()
        office.deliver(critical())
        office.sink.wait_for(1, seconds=20)
        assert time.monotonic() - delivered < 20, "IDLE did not wake it; only the reconcile of a minute did"
        daemon.wait_for("mail.done mail=1")
        assert daemon.stop() == (0, "")
    assert office.folders() == {"Enquiries/Critical": 1}
    assert [line.split()[2] for line in daemon.lines[-2:]] == ["daemon.stopping", "daemon.stopped"]


def test_without_idle_mail_is_found_by_the_clock(make_office: MakeOffice) -> None:
    office = make_office(sections={"mailbox": "idle = false\nreconcile_seconds = 2"})
    with Running(office.config) as daemon:
        daemon.wait_for("mailbox.connected")
        office.deliver(out_of_office())
        daemon.wait_for("mail.done", seconds=10)


def test_sigterm_finishes_the_mail_in_hand_and_takes_no_other(office: Office) -> None:
    for _ in range(25):
        office.deliver(documents())
    with Running(office.config) as daemon:
        daemon.wait_for("mail.decided", times=2)
        assert daemon.stop() == (0, "")
    in_hand = office.ask("select count(*) from mails where state = 'taken' and attempts > 0")
    assert in_hand == [0], "a mail was left in hand"
    assert office.ask("select count(*) from effects where state = 'due' and attempts > 0") == [0]
    waiting = office.ask("select count(*) from mails where state = 'taken'")[0]
    assert waiting > 0, "it went on with other mails after SIGTERM"

    assert inboxd(office.config, "once").returncode == 0
    assert office.folders() == {"Documents/Failed": 25}, "no record has that number here"
    assert len(office.sink.mails) == 25


def test_sighup_reads_roster_and_texts_again(make_office: MakeOffice) -> None:
    office = make_office(sections={"replies": 'templates = "texts"'})
    for language in ("en", "fr"):
        (office.root / "texts" / language).mkdir(parents=True)
    newcomer = "new.staff@constituency.example"
    with Running(office.config) as daemon:
        daemon.wait_for("mailbox.connected")
        office.deliver(in_bytes(letter("Urgent: removal", "She is being removed tomorrow.", sender=newcomer)))
        daemon.wait_for("mail.decided mail=1 route=outsider")
        roster = office.root / "roster.csv"
        with roster.open("a", encoding="utf-8") as file:
            file.write(f"o1,Alma Rivers,mp,Maple North,ON,en,613-555-0101,{newcomer},,\n")
        for language in ("en", "fr"):
            packaged = Path("inboxd/templates") / language / "ack_critical.txt.j2"
            own = office.root / "texts" / language / packaged.name
            own.write_text(packaged.read_text(encoding="utf-8") + "\nMARKED-BY-THE-OFFICE\n", encoding="utf-8")
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("rules.loaded")
        office.deliver(in_bytes(letter("Urgent: removal", "Our constituent is being removed from Canada tomorrow.",
                                       sender=newcomer)))
        daemon.wait_for("mail.done mail=2")
        assert daemon.stop() == (0, "")
    assert office.ask("select route from mails order by id") == ["outsider", "enquiry"]
    assert b"MARKED-BY-THE-OFFICE" in office.sink.mails[-1].raw


def test_a_bad_file_is_refused_with_its_line_and_the_running_rules_stay(office: Office) -> None:
    criteria, standards = office.root / "criteria.toml", office.root / "standards.toml"
    good = criteria.read_text(encoding="utf-8"), standards.read_text(encoding="utf-8")
    with Running(office.config) as daemon:
        daemon.wait_for("mailbox.connected")
        criteria.write_text(f"colour = 1\n{good[0]}", encoding="utf-8")
        standards.write_text(f"{good[1]}\nthis is no TOML\n", encoding="utf-8")
        (office.root / "roster.csv").write_text("office,member\n", encoding="utf-8")
        daemon.signal(signal.SIGHUP)
        assert f"{criteria}:1: colour" in daemon.wait_for("rules.refused", "criteria.toml")
        last_line = len(good[1].splitlines()) + 2
        assert f"{standards}:{last_line}" in daemon.wait_for("rules.refused", "standards.toml")
        daemon.wait_for("rules.refused", "roster.csv:1")
        office.deliver(critical())
        daemon.wait_for("mail.done mail=1")
        assert office.folders() == {"Enquiries/Critical": 1}
        criteria.unlink()
        mark = daemon.mark()
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("rules.refused", "criteria.toml: cannot be read", after=mark)
        assert daemon.process.poll() is None
        assert not any("rules.loaded" in line for line in daemon.lines)


def test_the_imap_server_goes_and_comes_back(make_office: MakeOffice) -> None:
    with Dovecot() as server:
        office = make_office(server=server)
        with Running(office.config, program=HURRIED) as daemon:
            daemon.wait_for("mailbox.connected")
            time.sleep(0.5)
            server.stop()
            daemon.wait_for("mailbox.lost", "why=")
            server.start()
            office.deliver(critical())
            daemon.wait_for("mail.done mail=1")
            mark = daemon.mark()
            server.stop(hard=True)
            daemon.wait_for("mailbox.lost", "retry_in=", after=mark)
            server.start()
            daemon.wait_for("mailbox.connected", after=mark)
            office.deliver(out_of_office())
            daemon.wait_for("mail.done mail=2")
            assert daemon.stop() == (0, "")
        assert office.folders() == {"Enquiries/Critical": 1, "Automatic": 1}
        assert len(office.sink.mails) == 2, "one page, one acknowledgement"


def test_the_smtp_server_refuses_goes_and_comes_back(make_office: MakeOffice) -> None:
    office = make_office(sections={"mailbox": "reconcile_seconds = 1"})
    sink = office.sink
    with Running(office.config, program=HURRIED) as daemon:
        daemon.wait_for("mailbox.connected")
        sink.answer("RCPT", "451 4.3.0 try again later")
        office.deliver(documents())
        assert "451 4.3.0" in daemon.wait_for("effect.failed", "mail=1 attempt=1")
        daemon.wait_for("mail.done mail=1")

        sink.answer("END", "554 5.6.0 no, never")
        office.deliver(documents())
        assert "554 5.6.0" in daemon.wait_for("effect.buried", "mail=2")
        daemon.wait_for("mail.held mail=2")
        daemon.wait_for("effect.done", "kind=send mail=-")  # the officers were told

        sink.answer("END", DROP)
        office.deliver(documents())
        assert "may have been accepted" in daemon.wait_for("effect.unknown", "mail=3")
        daemon.wait_for("effect.settled", "mail=3", "sent again")
        daemon.wait_for("mail.done mail=3")

        sink.stop()
        office.deliver(critical())
        daemon.wait_for("effect.failed", "mail=4", "cannot connect")
        assert "Enquiries/Critical" not in office.folders(), "the inbox shows what is not finished"
        sink.start()
        daemon.wait_for("mail.done mail=4")

        daemon.wait_for("effect.done", "kind=move mail=2")
        assert office.folders()["Held"] == 1
        assert inboxd(office.config, "retry", "2").returncode == 0
        daemon.wait_for("mail.done mail=2")
        assert daemon.stop() == (0, "")
    assert office.folders() == {"Documents/Failed": 3, "Enquiries/Critical": 1}
    replies = [mail for mail in sink.mails if mail.recipients != (ALERTS,)]
    assert len(replies) == 4
    assert len({mail.raw for mail in replies}) == 4


def test_systemd_is_told_what_it_waits_for(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        systemd.settimeout(15)

        def told(word: str) -> str:
            while True:
                message = systemd.recv(4096).decode()
                if message.startswith(word):
                    return message

        environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "180000000"}
        with Running(office.config, environment=environment) as daemon:
            told("READY=1")
            for _ in range(3):
                told("WATCHDOG=1")
            daemon.signal(signal.SIGHUP)
            assert "MONOTONIC_USEC=" in told("RELOADING=1")
            told("READY=1")
            daemon.signal(signal.SIGTERM)
            told("STOPPING=1")
            assert daemon.end() == (0, "")


def test_a_second_daemon_on_the_same_archive_is_refused(office: Office) -> None:
    with Running(office.config) as daemon:
        daemon.wait_for("mailbox.connected")
        second = inboxd(office.config, "run")
        assert second.returncode == 1
        assert second.stdout == ""
        assert second.stderr.strip().splitlines() == [
            f"inboxd: another inboxd works on {office.root}/data/archive; stop it first"
        ]
        assert daemon.stop() == (0, "")
    assert inboxd(office.config, "once").returncode == 0


def test_a_stage_that_fails_again_and_again_ends_the_daemon_without_a_word_of_the_mail(office: Office) -> None:
    with Running(office.config, program=HURRIED, environment={"INBOXD_TEST_FAULTS": "stage"}) as daemon:
        status, complaint = daemon.end()
    assert status == 70
    assert len([line for line in daemon.lines if " bug where=stage.intake error=KeyError" in line]) == 3
    assert "KeyError" in complaint
    assert "hurried.py" in complaint
    assert "Okonjo" not in complaint + "".join(daemon.lines)
    assert "Traceback" not in complaint


MARKS = (
    "Zyxwoth", "zyxwoth", "E777111999", "44-5555-6666", "4455556666", "Quibblesnark", "vorpal", "mimsy", "613-555-7788"
)


def marked_letters() -> list[bytes]:
    """Mails of all kinds that carry words no log may show."""
    plain = letter(
        "Quibblesnark is being removed tomorrow E777111999", "I am vorpal of 613-555-7788, UCI 44-5555-6666. mimsy\n",
        sender="zyxwoth@parl.example", message_id="<Zyxwoth@mimsy.example>", Reply_To="Zyxwoth <zyxwoth@mimsy.example>",
    )
    submission = letter(
        "MCMPS attachment - Fichier joint CMDS E777111999", "UCI 44-5555-6666 vorpal", sender="zyxwoth@parl.example"
    )
    submission.add_attachment(b"%PDF-1.4\nmimsy", maintype="application", subtype="pdf", filename="Quibblesnark.pdf")
    outsider = letter("Quibblesnark", "vorpal", sender="zyxwoth@mimsy.example")
    unverified = letter("Quibblesnark", "vorpal", sender="zyxwoth@parl.example")
    del unverified["Authentication-Results"]
    fails = letter("Quibblesnark", "raise-over-me vorpal", sender="zyxwoth@parl.example")
    broken = (
        b"Subject: =?utf-8?b?Quibblesnark=?=\r\nFrom: Zyxwoth <zyxwoth@parl.example, mimsy\r\n\r\n\xff\xfe vorpal \x00"
    )
    no_mail = b"\x00\x01 Zyxwoth vorpal mimsy\n" * 5
    away = letter("Automatic reply: Quibblesnark", "vorpal", sender="zyxwoth@parl.example",
                  Auto_Submitted="auto-replied")
    return [in_bytes(mail) for mail in (plain, submission, outsider, unverified, fails, away)] + [broken, no_mail]


def test_nothing_of_a_mail_is_in_the_lines(make_office: MakeOffice) -> None:
    office = make_office(sections={"mailbox": "stream_above_bytes = 400\nreconcile_seconds = 1"})
    office.sink.answer("RCPT", "550 5.1.1 <zyxwoth@parl.example> Zyxwoth: user unknown")
    office.sink.answer("END", "554 5.7.1 refused because of the subject Quibblesnark")
    marked = marked_letters()
    for raw in marked:
        office.deliver(raw)
    with Running(
        office.config, program=HURRIED, environment={"INBOXD_TEST_FAULTS": "parse=raise-over-me"}
    ) as daemon:
        daemon.wait_for("mail.held", "TOO_MANY_ATTEMPTS", seconds=40)
        daemon.wait_for("effect.done", "kind=move", times=len(marked), seconds=40)
        status, complaint = daemon.stop()
    assert (status, complaint) == (0, "")
    assert any(" bug where=process.one error=LookupError" in line for line in daemon.lines)
    assert any("effect.buried" in line for line in daemon.lines)
    kept = " ".join(office.ask("select last_error from effects where last_error <> ''"))
    assert "Quibblesnark" in kept, "the server's own words are in the row, for people"
    for line in daemon.lines:
        assert EVENT.fullmatch(line), f"not an event line: {line}"
        for mark in MARKS:
            assert mark not in line
    counted = office.ask("select count(*) from mails")
    assert counted == [len(marked)]
    assert office.folders().get("INBOX", 0) == 0


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_run_says_what_it_does(office: Office, option: str) -> None:
    told = inboxd(office.config, "run", option)
    assert told.returncode == 0
    assert "Run until stopped" in told.stdout
