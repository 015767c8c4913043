"""A register that breaks off, stalls, drips, babbles or is gone; and the kept connection."""

from __future__ import annotations

import json
import os
import time

import pytest

from inboxd.errors import Permanent, Transient
from inboxd.http_register import wire
from tests.doors.http_register.papers import BIG, NUMBER, OTHER, PROBLEM, Make, filing
from tests.servers import RegisterServer

# Broken connections


def broken_ways() -> list[tuple[str, dict[str, object]]]:
    record = json.dumps({"number": NUMBER, "family_name": "x" * 100})
    return [
        ("reset before the body", {}),
        ("close", {}),
        ("cut the answer", {"status": 200, "body": record, "abruptly": False}),
        ("cut the answer", {"status": 200, "body": record, "abruptly": True}),
        ("cut the answer", {"status": 422, "body": record, "abruptly": False}),
        ("endless", {"status": 200}),
        ("raw", {"hex": ""}),
        ("raw", {"hex": b"\0\xff\xfe nonsense\r\n\r\n".hex()}),
        ("raw", {"hex": b"HTTP/1.1 102 Processing\r\n\r\n".hex()}),
        ("raw", {"hex": b"SSH-2.0-OpenSSH_9.2\r\n".hex()}),
        ("raw", {"hex": b"HTTP/1.1 2000 Ok\r\n\r\n".hex()}),
        ("raw", {"hex": b"HTTP/1.1 200 Ok\r\nContent-Length: 5".hex()}),
        ("raw", {"hex": (b"HTTP/1.1 200 Ok\r\n" + b"X: y\r\n" * 200 + b"\r\n").hex()}),
        ("raw", {"hex": (b"HTTP/1.1 200 Ok\r\nX: " + b"y" * 70_000 + b"\r\n\r\n").hex()}),
        ("raw", {"hex": b"HTTP/1.1 200 Ok\r\nContent-Length: -1\r\n\r\n{}".hex()}),
        ("raw", {"hex": b"HTTP/1.1 200 Ok\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}".hex()}),
        ("raw", {"hex": b"HTTP/1.1 200 Ok\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}".hex()}),
        ("raw", {"hex": b"HTTP/1.1 200 Ok\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}".hex()}),
        ("raw", {"hex": b"HTTP/1.1 200 Ok\r\n\r\n\xff\xff".hex()}),
        ("raw", {"hex": (b"HTTP/1.1 200 Ok\r\nContent-Length: 100000\r\n\r\n" + b" " * 100_000).hex()}),
    ]


WAYS = pytest.mark.parametrize(("kind", "how"), broken_ways())


@WAYS
def test_a_look_up_that_breaks_is_tried_again_and_then_works(
    server: RegisterServer, make: Make, kind: str, how: dict[str, object]
) -> None:
    register = make(server)
    server.fails(kind, **how)
    with pytest.raises(Transient) as caught:
        register.look_up(NUMBER)
    assert NUMBER not in str(caught.value)
    assert len(server.asked) == 1
    assert register.look_up(NUMBER) is not None


@WAYS
def test_a_hand_over_that_breaks_is_tried_again_and_attaches_once(
    server: RegisterServer, make: Make, kind: str, how: dict[str, object]
) -> None:
    register = make(server)
    server.fails(kind, **how)
    with pytest.raises(Transient) as caught:
        register.attach(BIG)
    assert NUMBER not in str(caught.value)
    assert len(server.asked) == 1
    assert register.attach(BIG) == "attached as DOC-1"
    assert len(server.documents) == 1


@pytest.mark.parametrize("kind", ["reset before the body", "reset in the body"])
def test_a_document_cut_off_on_its_way_is_sent_anew(server: RegisterServer, make: Make, kind: str) -> None:
    register = make(server)
    server.fails(kind)
    with pytest.raises(Transient):
        register.attach(BIG)
    assert server.documents == {}
    assert register.attach(BIG) == "attached as DOC-1"


@pytest.mark.parametrize(
    ("kind", "how"),
    [("keep and reset", {}), *(
        ("keep and answer", {"status": status, "body": "", "type": "text/html", "headers": {}})
        for status in (200, 201, 401, 429, 500, 502, 503, 504)
    )],
)
def test_a_document_that_was_kept_though_it_seemed_to_fail_is_there_already(
    server: RegisterServer, make: Make, kind: str, how: dict[str, object]
) -> None:
    register = make(server)
    server.fails(kind, **how)
    with pytest.raises(Transient):
        register.attach(filing())
    assert register.attach(filing()) == "was there already as DOC-1"
    assert len(server.documents) == 1


def test_a_silent_server_is_given_up_in_time(server: RegisterServer, make: Make) -> None:
    register = make(server, timeout_seconds=0.5)
    for ask in (lambda: register.look_up(NUMBER), lambda: register.attach(filing()), register.check):
        server.fails("stall")
        began = time.monotonic()
        with pytest.raises(Transient, match="did not answer in time"):
            ask()
        assert time.monotonic() - began < 10
    assert make(server).attach(filing()) == "attached as DOC-1"


def test_a_server_that_reads_nothing_is_given_up_in_time(server: RegisterServer, make: Make) -> None:
    register = make(server, timeout_seconds=0.5)
    server.fails("never read")
    began = time.monotonic()
    with pytest.raises(Transient, match="did not answer in time"):
        register.attach(filing(os.urandom(12_000_000)))
    assert time.monotonic() - began < 20
    assert make(server).attach(filing()) == "attached as DOC-1"


@pytest.mark.parametrize(
    "before",
    ["", "HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"],
)
def test_an_answer_in_drops_is_given_up_in_time(server: RegisterServer, make: Make, before: str) -> None:
    register = make(server, timeout_seconds=0.5)
    server.fails("drip", before=before)
    began = time.monotonic()
    with pytest.raises(Transient, match=r"did not end within 1 s|did not answer in time"):
        register.look_up(NUMBER)
    assert time.monotonic() - began < 10
    assert make(server).look_up(NUMBER) is not None


def test_an_endless_answer_is_not_read_to_its_end(server: RegisterServer, make: Make) -> None:
    register = make(server)
    server.fails("endless", status=200)
    with pytest.raises(Transient, match="far too long"):
        register.look_up(NUMBER)
    register.look_up(NUMBER)
    assert server.asked[0].status == 0
    server.fails("endless", status=413)
    with pytest.raises(Permanent, match=r"the server answered 413$"):
        register.attach(filing())
    assert register.attach(filing()) == "attached as DOC-1"


def test_a_refusal_before_the_document_is_sent_is_understood(server: RegisterServer, make: Make) -> None:
    body = json.dumps({"title": "Too large", "detail": "4 MiB at most"})
    how = {"body": body, "type": PROBLEM, "headers": {"Connection": "close"}}
    register = make(server)
    server.fails("answer early", status=413, **how)
    with pytest.raises(Permanent, match="the server answered 413 Too large: 4 MiB at most"):
        register.attach(BIG)
    server.fails("answer early", status=503, **how)
    with pytest.raises(Transient, match=r"the server answered 503$"):
        register.attach(BIG)
    assert register.attach(BIG) == "attached as DOC-1"


def test_there_already_needs_no_document_but_attached_does(server: RegisterServer, make: Make) -> None:
    receipt = json.dumps({"number": NUMBER, "sha256": BIG.digest, "id": "A"})
    how = {"body": receipt, "type": "application/json", "headers": {"Connection": "close"}}
    register = make(server)
    server.fails("answer early", status=200, **how)
    assert register.attach(BIG) == "was there already as A"
    server.fails("answer early", status=201, **how)
    with pytest.raises(Transient, match="attached before it had the whole document"):
        register.attach(BIG)


def test_nobody_listening_is_transient_until_somebody_does(make: Make) -> None:
    with RegisterServer(security="tls") as server:
        server.knows(NUMBER)
        register = make(server)
        register.attach(filing())
        server.stop()
        for ask in (lambda: register.look_up(NUMBER), lambda: register.attach(filing()), register.check):
            with pytest.raises(Transient, match="refused"):
                ask()
        server.start()
        assert register.attach(filing()) == "was there already as DOC-1"


def test_connections_reset_at_the_door_are_transient(server: RegisterServer, make: Make) -> None:
    register = make(server)
    server.resets_next_connections(2)
    with pytest.raises(Transient):
        register.look_up(NUMBER)
    with pytest.raises(Transient):
        register.attach(BIG)
    assert register.attach(BIG) == "attached as DOC-1"


def test_a_host_without_an_address_is_transient(plain: RegisterServer, make: Make) -> None:
    with pytest.raises(Transient, match=r"host name cannot be looked up; check records\.url and DNS"):
        make(plain, url="https://register.invalid/v1").look_up(NUMBER)


# The kept connection


def test_one_connection_serves_several_requests(server: RegisterServer, make: Make) -> None:
    register = make(server)
    register.look_up(NUMBER)
    register.look_up(OTHER)
    register.attach(filing())
    register.attach(filing())
    with pytest.raises(Permanent):
        register.attach(filing(number=OTHER))
    assert server.connections == 1


@pytest.mark.parametrize("ended", ["while idle", "with the answer"])
def test_a_kept_connection_that_died_is_replaced_at_once(server: RegisterServer, make: Make, ended: str) -> None:
    register = make(server)
    if ended == "with the answer":
        server.fails("serve and close")
    register.look_up(NUMBER)
    if ended == "while idle":
        server.drops_connections()
    assert register.attach(BIG) == "attached as DOC-1"
    assert server.connections == 2


@pytest.mark.parametrize("kind", ["reset before the body", "reset in the body", "close", "keep and reset"])
def test_a_kept_connection_that_breaks_while_it_is_used_is_replaced_once(
    server: RegisterServer, make: Make, kind: str
) -> None:
    register = make(server)
    register.look_up(NUMBER)
    server.fails(kind)
    said = register.attach(BIG)
    assert said == ("was there already as DOC-1" if kind.startswith("keep") else "attached as DOC-1")
    assert server.connections == 2
    server.fails(kind, times=2)
    with pytest.raises(Transient):
        register.attach(BIG)
    assert server.connections == 3
    assert len(server.documents) == 1


def test_a_kept_connection_that_a_server_closed_with_a_word_is_replaced_at_once(
    server: RegisterServer, make: Make
) -> None:
    register = make(server)
    server.fails("serve and close", last_words=b"HTTP/1.1 408 Too slow\r\nContent-Length: 0\r\n\r\n".hex())
    register.look_up(NUMBER)
    time.sleep(0.2)  # until its word is there, as after a longer rest
    assert register.attach(filing()) == "attached as DOC-1"
    assert server.connections == 2


def test_a_connection_is_not_kept_after_an_answer_out_of_the_ordinary(server: RegisterServer, make: Make) -> None:
    register = make(server)
    server.answers(204)
    with pytest.raises(Transient, match="no answer of a register"):
        register.look_up(NUMBER)
    assert register.look_up(NUMBER) is not None
    assert server.connections == 2


def test_a_register_may_take_longer_to_answer_than_to_be_reached(
    server: RegisterServer, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "CONNECT_SECONDS", 1)
    server.fails("serve late", seconds=1.5)
    assert make(server).attach(filing()) == "attached as DOC-1"


def test_a_connection_unused_for_long_is_not_used_again(
    plain: RegisterServer, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = make(plain)
    register.look_up(NUMBER)
    register.close_idle()
    register.look_up(NUMBER)
    assert plain.connections == 1
    monkeypatch.setattr(wire, "IDLE_SECONDS", 0)
    register.look_up(NUMBER)
    assert plain.connections == 2
