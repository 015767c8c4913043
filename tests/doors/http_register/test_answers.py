"""What each status means, what is shown of a refusal, waiting as asked, redirects, and `check`."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from inboxd.errors import InboxdError, Permanent, Transient
from tests.doors.http_register.papers import NUMBER, OTHER, PROBLEM, RECORD, Make, filing
from tests.servers import RegisterServer
from tests.servers.places import HOST, free_port

# What a status means


@pytest.mark.parametrize("status", [400, 402, 405, 406, 409, 410, 411, 412, 413, 414, 415, 416, 417, 422, 423, 424, 426,
                                    428, 431, 451, 499])
def test_other_refusals_are_final_and_give_the_registers_reason(
    plain: RegisterServer, make: Make, status: int
) -> None:
    problem = {"type": "https://register.example/p", "title": "Not taken", "detail": "The case\nis  closed."}
    plain.answers(status, problem, media_type=PROBLEM, times=2)
    register = make(plain)
    with pytest.raises(Permanent, match=rf"^register: hand-over: the server answered {status} Not taken: The case"):
        register.attach(filing())
    with pytest.raises(Permanent, match=rf"^register: look-up: the server answered {status}$"):
        register.look_up(NUMBER)
    assert register.attach(filing()) == "attached as DOC-1"


@pytest.mark.parametrize("status", [202, 203, 204, 206, 300, 304, 401, 403, 404, 407, 408, 421, 425, 429, 500, 501,
                                    502, 503, 504, 507, 511, 599])
def test_what_time_or_an_operator_mends_is_tried_again(plain: RegisterServer, make: Make, status: int) -> None:
    problem = {"type": "urn:inboxd:something", "title": "Ms Tremblay is busy", "number": NUMBER}
    plain.answers(status, problem, media_type=PROBLEM, times=2)
    register = make(plain)
    for ask in (lambda: register.attach(filing()), lambda: register.look_up(NUMBER)):
        with pytest.raises(Transient, match=rf"the server answered {status}$"):
            ask()
    assert register.attach(filing()) == "attached as DOC-1"
    assert register.look_up(NUMBER) is not None


def test_a_record_that_went_away_meanwhile_is_final(plain: RegisterServer, make: Make) -> None:
    with pytest.raises(Permanent, match="no such record any more"):
        make(plain).attach(filing(number=OTHER))


def test_a_register_still_at_work_on_the_same_is_asked_again(plain: RegisterServer, make: Make) -> None:
    plain.answers(409, {"type": "urn:inboxd:still-working"}, media_type=PROBLEM)
    register = make(plain)
    with pytest.raises(Transient, match="still working on the same document"):
        register.attach(filing())
    assert register.attach(filing()) == "attached as DOC-1"


def test_the_registers_words_are_shown_without_what_is_ours(plain: RegisterServer, make: Make) -> None:
    document = filing(name="passeport Dupont.pdf")
    plain.answers(422, media_type=PROBLEM, body={
        "title": f"No {document.name.upper()} for {NUMBER}\x1b[2J\u202e",
        "detail": f"ann@mp.example, {document.digest} 11-2233-4455 tel. 613 555 0199 " + "x" * 5000,
    })
    with pytest.raises(Permanent) as caught:
        make(plain).attach(document)
    said = str(caught.value)
    assert said.startswith(
        "register: hand-over: the server answered 422 No … for …[2J: …, … <number> tel. <number> xxx"
    )
    assert len(said) < 400
    assert said.isprintable()


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"title": 5, "detail": ["a"], "type": 7}', "\ufeff\x00", '{"title": "\\ud800"}']
)
def test_a_problem_that_cannot_be_read_leaves_the_status(plain: RegisterServer, make: Make, body: str) -> None:
    plain.answers(422, body, media_type=PROBLEM)
    with pytest.raises(Permanent, match=r"the server answered 422$"):
        make(plain).attach(filing())


@pytest.mark.parametrize("status", [429, 503])
def test_a_register_that_asks_for_time_is_left_alone_so_long(
    plain: RegisterServer, make: Make, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = make(plain)
    plain.answers(status, retry_after="7")
    with pytest.raises(Transient, match=f": asked to wait 7 s: the server answered {status}"):
        register.attach(filing())
    began = time.monotonic()
    with pytest.raises(Transient, match=r"asked to be left alone for [4-7] s more"):
        register.look_up(NUMBER)
    assert len(plain.asked) == 1
    assert register.check()
    monkeypatch.setattr(time, "monotonic", lambda: began + 7)
    assert register.look_up(NUMBER) is not None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0", 0), ("-5", 0), ("soon", 0), ("", 0), ("1" * 400, 600), ("99999999", 600), ("٧", 0),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 21 Oct 9999 07:28:00 GMT", 600), ("Wed, 99 Oct 99999 99:99 GMT", 0)],
)
def test_a_mistaken_wait_does_not_close_the_desk(plain: RegisterServer, make: Make, said: str, seconds: int) -> None:
    register = make(plain)
    plain.fails("raw", hex=f"HTTP/1.1 503 No\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n".encode().hex())
    with pytest.raises(Transient) as caught:
        register.look_up(NUMBER)
    assert (f"asked to wait {seconds} s" in str(caught.value)) is bool(seconds)
    if not seconds:
        assert register.look_up(NUMBER) is not None


def test_a_wait_can_be_a_date(plain: RegisterServer, make: Make) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    plain.answers(503, retry_after=until)
    with pytest.raises(Transient, match=r"asked to wait (8\d|90) s"):
        make(plain).look_up(NUMBER)


# Going elsewhere


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server: RegisterServer, make: Make, status: int) -> None:
    with RegisterServer(security="plain") as elsewhere:
        elsewhere.knows(NUMBER, **RECORD)
        for path in (f"/applications/{NUMBER}", "/health"):
            server.answers(status, location=elsewhere.url + path, times=2)
            register = make(server)
            with pytest.raises(Transient, match=r"points elsewhere \(localhost\), which is not followed") as caught:
                register.look_up(NUMBER)
            assert NUMBER not in str(caught.value)
            with pytest.raises(Transient, match="points elsewhere"):
                register.attach(filing())
        server.answers(status, location="http://[bad", times=1)
        with pytest.raises(Permanent, match="points elsewhere, which"):
            register.check()
        assert elsewhere.connections == 0


def test_the_environments_proxy_is_not_used(
    plain: RegisterServer, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RegisterServer(security="plain") as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert make(plain).look_up(NUMBER) is not None
        assert proxy.connections == 0


# What is told


def test_check_tells_what_it_found(tls_server: RegisterServer, plain_server: RegisterServer, make: Make) -> None:
    for server in (tls_server, plain_server):
        server.begin_anew()
    said = make(tls_server).check()
    name, protection, token = said.split("; ")
    assert name == "Test register 1.0"
    assert re.fullmatch(r"TLSv1\.3, certificate valid until \d{4}-\d\d-\d\d", protection)
    assert token == "token by password_env"
    assert make(plain_server).check() == "Test register 1.0; not encrypted (loopback); token by password_env"
    assert [asked.path for asked in tls_server.asked] == ["/v1/health"]


@pytest.mark.parametrize(
    ("status", "body", "kind", "why"),
    [
        (200, {"status": "ok"}, None, "^it answers; "),
        (200, {"status": "ok", "name": 5, "version": "\x1b" + "9" * 500}, None, "^9{100}; "),
        (200, {"status": "maintenance"}, Transient, "says that it is not well"),
        (200, {}, Transient, "says that it is not well"),
        (200, "<html>Welcome</html>", Permanent, r"not JSON; check records\.url"),
        (404, "", Permanent, r"check records\.url"),
        (400, "", Permanent, "the server answered 400"),
        (503, "", Transient, "the server answered 503"),
    ],
)
def test_check_tells_what_to_do(
    server: RegisterServer, make: Make, status: int, body: object, kind: type[InboxdError] | None, why: str
) -> None:
    server.answers(status, body)
    register = make(server)
    if kind is None:
        assert re.search(why, register.check())
    else:
        with pytest.raises(kind, match=why):
            register.check()


def test_nothing_about_a_person_or_the_token_is_logged(
    server: RegisterServer, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    register = make(server)
    register.look_up(NUMBER)
    register.attach(filing())
    # a header that the library cannot read makes it warn, with the address and so with the number
    for line in (b"no colon here", b"X: y\r\n\tfolded\r\n : odd"):
        body = json.dumps({"number": OTHER}).encode()
        raw = b"HTTP/1.1 200 Ok\r\nContent-Length: %d\r\n%b\r\n\r\n%b" % (len(body), line, body)
        server.fails("raw", hex=raw.hex())
        with pytest.raises((Transient, Permanent)) as caught:
            register.look_up(NUMBER)
        assert NUMBER not in str(caught.value)
    assert caplog.text == ""


@pytest.mark.parametrize("said", [b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, b"\x16\x03\x01" * 1000])
def test_a_server_that_babbles_without_end_is_given_up(plain: RegisterServer, make: Make, said: bytes) -> None:
    over = threading.Event()
    with socket.create_server((HOST, 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                try:
                    while not over.is_set():
                        connection.sendall(said)
                except OSError:
                    pass

        thread = threading.Thread(target=babble)
        thread.start()
        try:
            with pytest.raises(Transient):
                make(plain, url=f"http://{HOST}:{listener.getsockname()[1]}", timeout_seconds=0.4).look_up(NUMBER)
        finally:
            over.set()
            thread.join()


def test_a_port_that_nobody_has_is_refused(plain: RegisterServer, make: Make) -> None:
    with pytest.raises(Transient, match="refused"):
        make(plain, url=f"http://[::1]:{free_port()}/v1").look_up(NUMBER)
