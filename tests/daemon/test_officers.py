"""The real `inboxd run` process beside an officer's own mail client on the same account."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from inboxd.plan import INTERNAL_NOTICES
from tests.crash.letters import critical, in_bytes, letter
from tests.daemon.conftest import MakeOffice, Office
from tests.daemon.running import Running, inboxd
from tests.servers import Dovecot
from tests.servers.places import wait_until

QUICK = {"mailbox": "reconcile_seconds = 1"}


@pytest.fixture
def office(make_office: MakeOffice) -> Office:
    """Looks at its folders each second."""
    return make_office(sections=QUICK)


def drag(office: Office, source: str, target: str) -> None:
    with office.dovecot.client(office.user) as client:
        client.select_folder(source)
        client.move(client.search(), target)


def states(office: Office) -> list[str]:
    return [str(row) for row in office.ask("select state from cases order by id")]


def becomes(office: Office, *wanted: str) -> None:
    wait_until(lambda: states(office) == list(wanted), seconds=20, failure=lambda: f"cases are {states(office)}")


def test_moves_while_it_runs_and_while_it_is_stopped(office: Office) -> None:
    office.deliver(critical(), at=datetime.now(UTC))
    with Running(office.config) as daemon:
        daemon.wait_for("mail.done mail=1")
        drag(office, "Enquiries/Critical", "Waiting")
        line = daemon.wait_for("mail.moved_by_person")
        assert 'mail=1 source=Enquiries/Critical target=Waiting act=pause why=-' in line
        becomes(office, "waiting")
        assert office.ask("select kind from timers where state = 'set' and kind <> 'page' order by due_at") == [
            "action_warning", "action_alarm"]
        drag(office, "Waiting", "INBOX")
        daemon.wait_for("mail.moved_by_person", times=2)
        wait_until(lambda: office.folders() == {"Enquiries/Critical": 1}, seconds=20, failure=lambda: "not put back")
        assert states(office) == ["open"]
        assert daemon.stop() == (0, "")
    drag(office, "Enquiries/Critical", "Closed")
    with Running(office.config) as daemon:
        daemon.wait_for("act=close")
        becomes(office, "closed")
        assert daemon.stop() == (0, "")
    told = inboxd(office.config, "show", "1").stdout
    for words in ("source=Enquiries/Critical target=Waiting meaning=pause",
                  "source=Waiting target=INBOX meaning=resume",
                  "source=Enquiries/Critical target=Closed meaning=close"):  # fmt: skip
        assert f"moved_by_person  mail client  {words}" in told
    verified = inboxd(office.config, "verify")
    assert "nothing lost, nothing doubled" in verified.stdout
    assert "note:" not in verified.stdout


def test_an_answer_a_move_and_a_new_mail_at_once(office: Office) -> None:
    for number in range(6):
        mail = letter(f"Constituent {number}", "Our constituent is being removed from Canada tomorrow morning.\n")
        office.deliver(in_bytes(mail), at=datetime.now(UTC))
    with Running(office.config) as daemon:
        daemon.wait_for("mail.done", times=6)
        references = office.ask("select reference from cases order by id")
        reply = letter(f"Re: {references[0]}", "We called them.\n", sender="mcmps-cmds@ircc.example")
        with office.dovecot.client(office.user) as client:
            client.append("Sent", in_bytes(reply))
            home, = office.folders().keys() - {"Sent"}
            client.select_folder(home)
            first, second, third, *_ = client.search()
            client.add_flags([first], [b"\\Answered", b"\\Seen"])
            client.move([second], "Closed")
            client.copy([third], "Waiting")
            client.add_flags([third], [b"\\Deleted"])
            office.deliver(critical(), at=datetime.now(UTC))
        becomes(office, "answered", "closed", "waiting", "open", "open", "open", "open")
        daemon.wait_for("mail.decided", times=8)
        assert daemon.stop() == (0, "")
    assert office.ask("select count(*) from mails") == [8]
    templates = Counter(office.ask("select template from effects where kind = 'send'"))
    assert sum(count for name, count in templates.items() if name not in INTERNAL_NOTICES) == 7
    assert [line for line in daemon.lines if " error " in line] == []


def test_a_server_that_goes_away_in_the_middle_of_a_look(make_office: MakeOffice) -> None:
    """The look is a stage at the mailbox like others: it waits for the connection, and nothing is taken for gone."""
    with Dovecot() as server:
        office = make_office(server=server, sections=QUICK)
        office.deliver(critical(), at=datetime.now(UTC))
        with Running(office.config) as daemon:
            daemon.wait_for("mail.done mail=1")
            server.stop(hard=True)
            daemon.wait_for("mailbox.lost")
            server.start()
            daemon.wait_for("mailbox.connected", times=2, seconds=40)
            drag(office, "Enquiries/Critical", "Closed")
            daemon.wait_for("act=close", seconds=40)
            assert daemon.stop() == (0, "")
        assert "mail.gone" not in "\n".join(daemon.lines)
