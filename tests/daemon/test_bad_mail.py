"""Mail that is broken, too big or too much, or that breaks inboxd: it gets an outcome and holds up no other."""

from __future__ import annotations

import os
from email.message import EmailMessage

import pytest

from inboxd import tried
from tests.crash.letters import PDF, PHRASE, critical, documents, in_bytes, letter
from tests.daemon.conftest import MakeOffice, Office
from tests.daemon.running import HURRIED, Running, inboxd
from tests.files.pdf import pdf

BROKEN = {
    "no bytes": b"",
    "one byte": b"\n",
    "no header": b"\r\n\r\nJust words.\r\n",
    "binary": bytes(range(256)) * 20,
    "NUL everywhere":
        b"From: a@parl.example\r\nSubject: one\x00two\r\nMessage-ID: <x\x00y@z>\r\nX\x00: y\r\n\r\nbody \x00 end\r\n",
    "no end of a multipart":
        b"From: a@parl.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
    "NUL in the name of a file":
        b"From: a@parl.example\r\nContent-Type: application/pdf; name=\"a\x00b.pdf\"\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''a%00%ED%A0%80b.pdf\r\n\r\n%PDF-1.4\r\n",
    "multipart without a boundary": b"From: a@parl.example\r\nContent-Type: multipart/mixed\r\n\r\ntext\r\n",
    "unknown charset": b"From: a@parl.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe\xfd\r\n",
    "bad base64": b"From: a@parl.example\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not=base64===\r\n",
    "half an encoded word": b"From: =?utf-8?q?=C3?= <a@parl.example>\r\nSubject: =?utf-8?b?w4?= =?x?y?z?=\r\n\r\nx\r\n",
    "lone surrogates":
        "From: \ud800 <a@parl.example>\r\nSubject: \ud800 \udfff\r\n\r\n\ud83d\r\n".encode("utf-8", "surrogatepass"),
    "a very long header": b"From: a@parl.example\r\nSubject: " + b"word " * 60_000 + b"\r\n\r\nx\r\n",
    "ten thousand headers": b"From: a@parl.example\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\nx\r\n",
    "bare line ends": b"From: a@parl.example\nSubject: x\n\nline\rline\n\r\n",
    "two senders": b"From: a@parl.example, b@parl.example\r\nFrom: c@parl.example\r\n\r\nx\r\n",
    "an impossible date": b"From: a@parl.example\r\nDate: Thu, 99 Foo 99999 99:99:99 +9999\r\n\r\nx\r\n",
}


def nested(depth: int) -> bytes:
    raw = b"From: a@parl.example\r\nSubject: deep\r\n\r\nend\r\n"
    for _ in range(depth):
        raw = b"From: a@parl.example\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    return raw


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_malformed_mail_of_all_kinds_gets_an_outcome(
    make_office: MakeOffice, request: pytest.FixtureRequest, database: str
) -> None:
    """One after the other in one daemon; the sound one at the end is not held up. PostgreSQL stores no NUL."""
    url = request.getfixturevalue("postgres").create_database() if database == "postgresql" else ""
    office = make_office(database=url)
    broken = {**BROKEN, "nested two hundred times": nested(200)}
    for raw in broken.values():
        office.deliver(raw)
    office.deliver(critical())
    ended = inboxd(office.config, "once")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " bug " not in ended.stdout, ended.stdout
    outcomes = office.ask("select state from mails order by id")
    assert set(outcomes) <= {"done", "held"}
    assert outcomes[-1] == "done"
    folders = office.folders()
    assert sum(folders.values()) == len(broken) + 1
    assert folders.get("INBOX", 0) == 0
    assert folders["Enquiries/Critical"] == 1
    assert inboxd(office.config, "verify", "--deep").returncode == 0
    shown = inboxd(office.config, "show", "5")
    assert shown.returncode == 0
    assert "\x00" not in shown.stdout


def test_a_mail_that_raises_is_held_after_three_attempts_and_the_next_is_not_held_up(make_office: MakeOffice) -> None:
    office = make_office(sections={"mailbox": "reconcile_seconds = 1"})
    office.deliver(in_bytes(letter("Hello", "raise-over-me")))
    office.deliver(critical())
    faults = {"INBOXD_TEST_FAULTS": "parse=raise-over-me"}
    with Running(office.config, program=HURRIED, environment=faults) as daemon:
        daemon.wait_for("mail.done mail=2")
        daemon.wait_for("mail.held mail=1", "TOO_MANY_ATTEMPTS")
        assert len([line for line in daemon.lines if "mail.failed mail=1" in line]) == 3
        daemon.wait_for("effect.done", "kind=move mail=1")
        assert daemon.stop() == (0, "")
    assert office.folders() == {"Held": 1, "Enquiries/Critical": 1}
    assert inboxd(office.config, "retry", "1").returncode == 0
    assert inboxd(office.config, "once").returncode == 0
    assert "Held" not in office.folders(), "the fault is mended: it is decided like any other"


def test_a_mail_that_kills_the_process_is_held_after_three_attempts(office: Office) -> None:
    office.deliver(in_bytes(letter("Hello", "die-over-me")))
    office.deliver(critical())
    faults = {"INBOXD_TEST_FAULTS": "die=die-over-me"}
    statuses = [inboxd(office.config, "once", program=HURRIED, environment=faults).returncode for _ in range(4)]
    assert statuses == [-9, -9, -9, 0]
    assert office.folders() == {"Held": 1, "Enquiries/Critical": 1}
    assert office.ask("select held_reason, attempts from mails where id = 1") == [("TOO_MANY_ATTEMPTS", 4)]


def large_and_critical() -> bytes:
    mail = letter("Urgent: removal", "Our constituent is being removed from Canada tomorrow morning.")
    mail.add_attachment(os.urandom(600_000), maintype="video", subtype="mp4", filename="airport.mp4")
    return in_bytes(mail)


def test_a_mail_above_the_limit_is_read_by_its_beginning(make_office: MakeOffice) -> None:
    """Its text is answered like any other; its files are named and stay on the server."""
    office = make_office(sections={"limits": "max_mail_bytes = 100000"})
    office.deliver(documents(padding=200_000))
    office.deliver(large_and_critical())
    office.deliver(critical())
    assert inboxd(office.config, "applications", "import", str(office.root / "register.csv"), "--json").returncode == 0
    assert inboxd(office.config, "once").returncode == 0
    assert office.folders() == {"Documents/Failed": 1, "Enquiries/Critical": 2}
    notice = next(mail for mail in office.sink.mails if b"NOT added" in mail.raw or b"NOT=" in mail.raw)
    assert b"passport.pdf" in notice.raw
    assert office.ask("select count(*) from filings") == [0]
    sizes = office.ask("select size from mails where outline is not null")
    assert len(sizes) == 2
    assert min(sizes) > 100_000, "the size of the mail on the server"
    assert inboxd(office.config, "verify", "--deep").returncode == 0

    office.config.write_text(
        office.config.read_text(encoding="utf-8").replace("max_mail_bytes = 100000", ""), encoding="utf-8"
    )
    with office.dovecot.client(office.user) as client:
        client.select_folder("Documents/Failed")
        client.move(client.search(), "INBOX")
    assert inboxd(office.config, "once").returncode == 0
    assert office.folders() == {"Documents/Filed": 1, "Enquiries/Critical": 2}, "whole, it is another mail"
    assert inboxd(office.config, "verify").returncode == 0


def two_hundred_attachments() -> bytes:
    mail = letter(f"{PHRASE} E123456789", "UCI 11-2222-3333, two hundred pages.")
    for number in range(200):
        page = pdf(text=f"Page {number}")
        mail.add_attachment(page, maintype="application", subtype="pdf", filename=f"p{number}.pdf")
    return in_bytes(mail)


def test_two_hundred_attachments(office: Office) -> None:
    imported = inboxd(office.config, "applications", "import", str(office.root / "register.csv"), "--json")
    assert imported.returncode == 0
    office.deliver(two_hundred_attachments())
    assert inboxd(office.config, "once").returncode == 0
    assert office.folders() == {"Documents/Filed": 1}
    assert office.ask("select count(*) from filings") == [200]
    assert len(office.sink.mails) == 1
    assert inboxd(office.config, "verify", "--deep").returncode == 0


MEASURED = (
    "-c",
    "import atexit, re, sys, inboxd.cli\n"
    "peak = lambda: re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]\n"
    "atexit.register(lambda: print('peak', peak(), file=sys.stderr))\n"
    "inboxd.cli.main()",
)


def sixty_megabytes() -> bytes:
    """Three files of 15 MB each, which base64 makes 60."""
    mail = EmailMessage()
    small = letter(f"{PHRASE} E123456789", "UCI 11-2222-3333, scanned in colour.")
    for name, value in small.items():
        if not name.lower().startswith(("content-", "mime-")):
            mail[name] = value
    mail.set_content("UCI 11-2222-3333, scanned in colour.")
    piece = PDF + os.urandom(1 << 20) * 14
    for number in range(3):
        mail.add_attachment(piece + b"%d" % number, maintype="application", subtype="pdf", filename=f"s{number}.pdf")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_a_mail_of_sixty_megabytes_in_bounded_memory(office: Office) -> None:
    raw = sixty_megabytes()
    assert len(raw) > 58_000_000
    office.deliver(raw)
    del raw
    office.deliver(critical())
    ended = inboxd(office.config, "once", program=MEASURED)
    assert ended.returncode == 0, ended.stdout
    peak = int(ended.stderr.split()[-1]) // 1024
    print(f"peak memory with a mail of 60 MB: {peak} MiB")
    assert peak < 600
    assert office.folders() == {"Documents/Failed": 1, "Enquiries/Critical": 1}
    assert office.ask("select distinct reason from files where outcome <> ''") != []
    assert [path.name for path in (office.root / "data" / "spool").iterdir()] == [tried.FOLDER]


def test_twenty_mails_below_the_limit_for_streaming_do_not_add_up(office: Office) -> None:
    """Each fits in memory, together they would not: what was fetched is written down in between."""
    piece = os.urandom(1 << 20) * 5
    for number in range(20):
        mail = letter("Scans", "Please see.", sender=f"someone{number}@elsewhere.example")
        mail.add_attachment(piece, maintype="application", subtype="octet-stream", filename=f"{number}.bin")
        office.deliver(mail.as_bytes())
    ended = inboxd(office.config, "once", program=MEASURED)
    assert ended.returncode == 0, ended.stdout
    peak = int(ended.stderr.split()[-1]) // 1024
    print(f"peak memory with twenty mails of 7 MB: {peak} MiB")
    assert peak < 300
    assert office.folders() == {"Outsiders": 20}
