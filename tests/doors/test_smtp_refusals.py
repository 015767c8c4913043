"""The door to the SMTP server when that refuses, breaks off, or says nothing."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from inboxd.errors import DatabaseRefused, InboxdError, Permanent, Transient, Unanswered
from tests.doors.smtp_post import MakeCourier, mail
from tests.servers import DROP, SILENCE, SmtpSink
from tests.servers.places import HOST, free_port

# Refusals


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [("451 4.3.0 try later, staff@mp.example", Transient), ("550 5.1.1 <staff@mp.example> unknown", Permanent)],
)
def test_a_refusal_is_of_the_kind_the_server_says_and_the_next_mail_goes(
    plain_sink: SmtpSink, make_courier: MakeCourier, verb: str, answer: str, kind: type[InboxdError]
) -> None:
    plain_sink.answer(verb, answer)
    courier = make_courier(plain_sink)
    with pytest.raises(kind) as caught:
        courier.send(mail(1))
    assert answer[:3] in str(caught.value)
    assert "staff" not in str(caught.value)
    assert "<address>" in str(caught.value)
    assert plain_sink.mails == []
    courier.send(mail(2))
    assert [received.raw for received in plain_sink.mails] == [mail(2).raw]
    assert plain_sink.count("CONNECT") == 1


def test_an_answer_over_any_limit_buries_no_mail(plain_sink: SmtpSink, make_courier: MakeCourier) -> None:
    plain_sink.answer("RCPT", "250 " + "x" * 9000)
    courier = make_courier(plain_sink)
    with pytest.raises(Transient, match="cannot be understood"):
        courier.send(mail())
    assert courier.send(mail()).startswith("250")


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO"])
@pytest.mark.parametrize("answer", ["421 4.3.2 going down", "451 4.3.0 later", "554 5.7.1 no service for you", DROP])
def test_a_server_that_cannot_be_used_is_transient_for_the_mail(
    plain_sink: SmtpSink, make_courier: MakeCourier, verb: str, answer: str
) -> None:
    plain_sink.answer(verb, answer)
    courier = make_courier(plain_sink)
    with pytest.raises(Transient):
        courier.send(mail(1))
    assert courier.send(mail(1)).startswith("250")
    assert len(plain_sink.mails) == 1


def test_a_mail_over_the_servers_limit_is_permanent_before_it_is_sent(make_courier: MakeCourier) -> None:
    with SmtpSink(security="plain", size_limit=1000) as sink:
        with pytest.raises(Permanent, match="takes 1,000 at most"):
            make_courier(sink).send(mail(body=b"x" * 70 + b"\r\n" * 500))
        assert sink.count("MAIL") == 0


# Broken connections


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
@pytest.mark.parametrize("answer", [DROP, "421 4.4.2 idle too long"])
def test_a_kept_connection_that_died_is_replaced_once_before_the_text(
    plain_sink: SmtpSink, make_courier: MakeCourier, verb: str, answer: str
) -> None:
    courier = make_courier(plain_sink)
    courier.send(mail(1))
    plain_sink.answer(verb, answer)
    courier.send(mail(2))
    assert [received.raw for received in plain_sink.mails] == [mail(1).raw, mail(2).raw]
    assert plain_sink.count("CONNECT") == 2


def test_a_fresh_connection_that_breaks_is_not_tried_again(plain_sink: SmtpSink, make_courier: MakeCourier) -> None:
    plain_sink.answer("MAIL", DROP, times=5)
    with pytest.raises(Transient):
        make_courier(plain_sink).send(mail())
    assert plain_sink.count("CONNECT") == 1


def test_a_server_restarted_meanwhile_is_reached_again(sink: SmtpSink, make_courier: MakeCourier) -> None:
    courier = make_courier(sink)
    courier.send(mail(1))
    sink.stop()
    with pytest.raises(Transient):
        courier.send(mail(2))
    sink.start()
    courier.send(mail(2))
    assert [received.raw for received in sink.mails] == [mail(1).raw, mail(2).raw]


@pytest.mark.parametrize("verb", ["DATA", "END"])
def test_a_text_whose_answer_is_lost_is_never_sent_twice_by_itself(
    plain_sink: SmtpSink, make_courier: MakeCourier, verb: str
) -> None:
    courier = make_courier(plain_sink)
    courier.send(mail(1))
    plain_sink.answer(verb, DROP)
    with pytest.raises(Unanswered, match="may have been accepted"):
        courier.send(mail(2))
    assert plain_sink.count("CONNECT") == 1
    courier.send(mail(2))
    assert plain_sink.count("CONNECT") == 2


def test_the_moment_before_the_text_is_told_and_no_earlier(plain_sink: SmtpSink, make_courier: MakeCourier) -> None:
    seen: list[list[str]] = []
    courier = make_courier(plain_sink)
    courier.send(mail(1), lambda: seen.append(list(plain_sink.verbs)))
    assert [verbs[-2:] for verbs in seen] == [["MAIL", "RCPT"]]
    assert "DATA" not in seen[0]
    plain_sink.answer("RCPT", "550 5.1.1 no such user")
    with pytest.raises(Permanent):
        courier.send(mail(2), lambda: seen.append([]))
    assert len(seen) == 1, "a mail that is refused before its text was never in doubt"


def test_no_text_goes_if_the_moment_cannot_be_written_down(plain_sink: SmtpSink, make_courier: MakeCourier) -> None:
    def refuse() -> None:
        raise DatabaseRefused("the disk is full")

    courier = make_courier(plain_sink)
    with pytest.raises(DatabaseRefused):
        courier.send(mail(1), refuse)
    assert plain_sink.count("DATA") == 0
    courier.send(mail(2))
    assert [received.raw for received in plain_sink.mails] == [mail(2).raw], "nothing is left of the first"


@pytest.mark.parametrize("verb", ["DATA", "END"])
@pytest.mark.parametrize("answer", ["451 4.3.0 try later", "554 5.7.1 no", "421 4.3.2 closing"])
def test_a_refusal_of_the_text_leaves_no_doubt(
    plain_sink: SmtpSink, make_courier: MakeCourier, verb: str, answer: str
) -> None:
    plain_sink.answer(verb, answer)
    with pytest.raises(Permanent if answer.startswith("5") else Transient) as refused:
        make_courier(plain_sink).send(mail())
    assert not isinstance(refused.value, Unanswered)
    assert plain_sink.mails == []


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "END"])
def test_a_silent_server_is_given_up_in_time(plain_sink: SmtpSink, make_courier: MakeCourier, verb: str) -> None:
    plain_sink.answer(verb, SILENCE)
    began = time.monotonic()
    with pytest.raises(Transient):
        make_courier(plain_sink, timeout_seconds=0.5).send(mail())
    assert time.monotonic() - began < 20


def test_nobody_listening_is_transient(plain_sink: SmtpSink, make_courier: MakeCourier) -> None:
    with pytest.raises(Transient, match="refused"):
        make_courier(plain_sink, port=free_port()).check()


@pytest.mark.parametrize("said", [b"\xff\xfe nonsense\r\n", b"x" * 10_000 + b"\r\n", b"220"])
def test_a_server_that_speaks_no_smtp_is_transient_for_the_mail(
    plain_sink: SmtpSink, make_courier: MakeCourier, said: bytes
) -> None:
    with socket.create_server((HOST, 0)) as listener:

        def speak() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(said)
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(3)
                connection.recv(1)

        thread = threading.Thread(target=speak)
        thread.start()
        with pytest.raises(Transient):
            make_courier(plain_sink, port=listener.getsockname()[1]).send(mail())
        thread.join()
