"""The door to the SMTP server against a real one that answers as told: sending, encryption, login."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from inboxd import smtp
from inboxd.errors import Permanent, Transient
from inboxd.settings import SmtpSettings
from inboxd.smtp import SmtpCourier
from tests.doors.smtp_post import MakeCourier, mail
from tests.servers import DROP, SmtpSink


def test_the_bytes_arrive_as_they_are_and_the_answer_is_kept(sink: SmtpSink, make_courier: MakeCourier) -> None:
    answer = make_courier(sink).send(mail())
    [received] = sink.mails
    assert answer == received.answer == "250 2.0.0 Ok: queued as TEST0001"
    assert received.raw == mail().raw
    assert (received.sender, received.recipients) == ("office@gov.example", ("staff@mp.example",))
    assert received.encrypted
    assert received.user == sink.user


def test_one_connection_serves_several_mails(sink: SmtpSink, make_courier: MakeCourier) -> None:
    courier = make_courier(sink)
    for number in (1, 2, 3):
        courier.send(mail(number))
    assert [received.raw for received in sink.mails] == [mail(number).raw for number in (1, 2, 3)]
    assert sink.count("CONNECT") == 1


def test_a_connection_unused_for_long_is_not_used_again(
    plain_sink: SmtpSink, make_courier: MakeCourier, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier = make_courier(plain_sink)
    courier.send(mail(1))
    courier.close_idle()
    assert plain_sink.count("QUIT") == 0
    monkeypatch.setattr(smtp, "IDLE_SECONDS", 0)
    courier.close_idle()
    assert plain_sink.count("QUIT") == 1
    courier.send(mail(2))
    assert plain_sink.count("CONNECT") == 2


def test_a_null_return_path_is_sent_as_such(plain_sink: SmtpSink, make_courier: MakeCourier) -> None:
    make_courier(plain_sink).send(dataclasses.replace(mail(), sender=""))
    assert plain_sink.mails[0].sender == ""


# Encryption


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_of_an_unknown_authority_gets_nothing(make_courier: MakeCourier, security: str) -> None:
    with SmtpSink(security=security, login=True) as sink:
        courier = make_courier(sink, ca_file=sink.certificates.other_ca)
        with pytest.raises(Permanent, match=r"certificate is refused .* set ca_file"):
            courier.check()
        with pytest.raises(Transient, match="certificate is refused"):
            courier.send(mail())
        assert sink.count("AUTH") == 0
        assert sink.mails == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_for_another_name_is_refused(make_courier: MakeCourier, security: str) -> None:
    with SmtpSink(security=security, wrong_name=True) as sink, pytest.raises(Permanent, match="host to a name"):
        make_courier(sink).check()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_expired_certificate_is_refused_and_gets_neither_password_nor_mail(
    make_courier: MakeCourier, security: str
) -> None:
    with SmtpSink(security=security, login=True, expired=True) as sink:
        courier = make_courier(sink)
        with pytest.raises(Permanent, match=r"certificate is refused .*expired"):
            courier.check()
        with pytest.raises(Transient, match="expired"):
            courier.send(mail())
        assert (sink.count("AUTH"), sink.count("MAIL")) == (0, 0)


def test_starttls_that_is_stripped_on_the_way_ends_it_at_once(make_courier: MakeCourier) -> None:
    """Somebody between takes the word out of the answer to EHLO: a server that could encrypt must look like none."""
    with SmtpSink(security="starttls", login=True, offer_starttls=False) as sink:
        courier = make_courier(sink)
        with pytest.raises(Permanent, match="does not offer STARTTLS; nothing is sent in clear text"):
            courier.check()
        with pytest.raises(Transient, match="does not offer STARTTLS"):
            courier.send(mail())
        assert (sink.count("AUTH"), sink.count("MAIL"), sink.mails) == (0, 0, [])


def test_nothing_is_sent_when_starttls_is_not_offered(make_courier: MakeCourier) -> None:
    with SmtpSink(security="plain", login=True) as sink:
        courier = make_courier(sink, security="starttls")
        with pytest.raises(Permanent, match="does not offer STARTTLS; nothing is sent in clear text"):
            courier.check()
        with pytest.raises(Transient, match="does not offer STARTTLS"):
            courier.send(mail())
        assert sink.count("AUTH") == sink.count("MAIL") == 0


@pytest.mark.parametrize("answer", ["454 4.7.0 TLS not available", "502 5.5.1 no", DROP])
def test_nothing_is_sent_when_starttls_is_refused(make_courier: MakeCourier, answer: str) -> None:
    with SmtpSink(security="starttls", login=True) as sink:
        sink.answer("STARTTLS", answer)
        with pytest.raises(Transient):
            make_courier(sink).send(mail())
        assert sink.count("AUTH") == sink.count("MAIL") == 0


def test_a_refused_starttls_is_no_leave_to_go_on_in_clear_text(
    plain_sink: SmtpSink, make_courier: MakeCourier
) -> None:
    plain_sink.answer("EHLO", "250-sink.example\r\n250 STARTTLS", times=2)
    plain_sink.answer("STARTTLS", "454 4.7.0 TLS not available")
    with pytest.raises(Transient, match="STARTTLS failed: the server answered 454"):
        make_courier(plain_sink, security="starttls").send(mail())
    assert plain_sink.count("MAIL") == 0
    assert plain_sink.mails == []


def test_tls_to_a_port_without_it_says_so(plain_sink: SmtpSink, make_courier: MakeCourier) -> None:
    with pytest.raises(Permanent, match='check port, or set security = "starttls"'):
        make_courier(plain_sink, security="tls").check()


def test_clear_text_to_another_host_is_refused_even_unchecked() -> None:
    settings = SmtpSettings.model_construct(host="smtp.example", security="plain", username="")
    with pytest.raises(Permanent, match="loopback only"):
        SmtpCourier(settings, lambda: "secret").check()


def test_a_setting_that_means_nothing_is_not_taken_for_clear_text(plain_sink: SmtpSink) -> None:
    settings = SmtpSettings.model_construct(
        host=plain_sink.host, port=plain_sink.port, security="ssl", username="", timeout_seconds=2
    )
    with pytest.raises(Permanent, match="not encrypted"):
        SmtpCourier(settings, lambda: "secret").check()
    assert plain_sink.count("MAIL") == plain_sink.count("AUTH") == 0


def test_a_ca_file_that_is_missing_is_named(sink: SmtpSink, make_courier: MakeCourier, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"smtp\.ca_file: .*absent\.pem cannot be used"):
        make_courier(sink, ca_file=tmp_path / "absent.pem").check()


# Logging in


def test_a_wrong_password_buries_no_mail_and_check_says_where_to_look(
    sink: SmtpSink, make_courier: MakeCourier
) -> None:
    courier = make_courier(sink, password="not-the-password")
    with pytest.raises(Permanent, match=r"535 .*check smtp\.username and what smtp\.password_env gives") as caught:
        courier.check()
    assert "not-the-password" not in str(caught.value)
    with pytest.raises(Transient, match="535"):
        courier.send(mail())
    assert sink.mails == []


def test_a_login_that_fails_for_now_is_transient(sink: SmtpSink, make_courier: MakeCourier) -> None:
    sink.answer("AUTH", "454 4.7.0 directory is down", times=3)
    with pytest.raises(Transient, match="454"):
        make_courier(sink).check()


def test_a_login_that_is_not_offered_is_permanent(make_courier: MakeCourier) -> None:
    with SmtpSink(security="plain", login=True) as sink:
        sink.answer("EHLO", "250 sink.example")
        with pytest.raises(Permanent, match="offers no login"):
            make_courier(sink).check()


def test_a_password_beyond_ascii_is_refused_before_it_is_sent(sink: SmtpSink, make_courier: MakeCourier) -> None:
    with pytest.raises(Permanent, match="must be ASCII") as caught:
        make_courier(sink, password="pâté").check()
    assert "pâté" not in str(caught.value)


def test_a_missing_login_is_about_us_and_not_about_the_mail(make_courier: MakeCourier) -> None:
    with SmtpSink(security="plain", login=True) as sink, pytest.raises(Transient, match="530"):
        make_courier(sink, username="", password_env="").send(mail())


# What must never leave


@pytest.mark.parametrize(
    "recipient",
    [
        "", "nobody", "a@mp.example, b@mp.example", "a@mp.example b@mp.example", "a@mp.example;b@mp.example",
        "a@mp.example>\r\nRCPT TO:<b@mp.example", "<a@mp.example>", "Office <a@mp.example>", "a@b@mp.example",
        "a@mp.example\n", "é@mp.example", '"a b"@mp.example', "group:a@mp.example",
    ],
)
def test_anything_but_one_plain_address_is_not_sent_to(
    plain_sink: SmtpSink, make_courier: MakeCourier, recipient: str
) -> None:
    with pytest.raises(Permanent, match="recipient is not one plain address"):
        make_courier(plain_sink).send(dataclasses.replace(mail(), recipient=recipient))
    assert plain_sink.verbs == []


@pytest.mark.parametrize(
    "body", [b"bare\nline", b"bare\rreturn", b"smuggled\n.\nMAIL FROM:<x@y.example>\r\n", b"end\r"]
)
def test_line_ends_that_can_be_read_in_two_ways_are_not_sent(
    plain_sink: SmtpSink, make_courier: MakeCourier, body: bytes
) -> None:
    with pytest.raises(Permanent, match="line end"):
        make_courier(plain_sink).send(mail(body=body))
    assert plain_sink.verbs == []


@pytest.mark.parametrize(
    "line", ["Cc: b@mp.example", "BCC: b@mp.example", "Resent-To: b@mp.example", "cc :b@mp.example",
             "To: b@mp.example", "Disposition-Notification-To: b@mp.example", "Apparently-To: b@mp.example"],
)
def test_a_mail_that_names_anybody_else_is_not_sent(
    plain_sink: SmtpSink, make_courier: MakeCourier, line: str
) -> None:
    made = mail()
    with pytest.raises(Permanent, match=r"one recipient|just the one recipient"):
        make_courier(plain_sink).send(dataclasses.replace(made, raw=line.encode() + b"\r\n" + made.raw))
    assert plain_sink.verbs == []


@pytest.mark.parametrize("to", ["a@mp.example, staff@mp.example", "other@mp.example", "staff@mp.example,", ""])
def test_to_is_the_one_recipient(plain_sink: SmtpSink, make_courier: MakeCourier, to: str) -> None:
    made = mail()
    raw = made.raw.replace(b"To: staff@mp.example", b"To: " + to.encode())
    with pytest.raises(Permanent, match="just the one recipient"):
        make_courier(plain_sink).send(dataclasses.replace(made, raw=raw))
    assert plain_sink.verbs == []


def test_words_of_a_header_in_the_text_are_text(plain_sink: SmtpSink, make_courier: MakeCourier) -> None:
    make_courier(plain_sink).send(mail(body=b"Cc: nobody@mp.example\r\n"))
    assert plain_sink.mails[0].recipients == ("staff@mp.example",)


# Checking


def test_check_tells_what_it_found_and_leaves(sink: SmtpSink, make_courier: MakeCourier) -> None:
    said = make_courier(sink).check()
    assert said == f"{sink.security}, logged in by password_env, takes mails of up to 33,554,432 bytes"
    assert sink.count("NOOP") == sink.count("QUIT") == 1
    assert sink.mails == []


def test_check_fails_when_the_server_does_not_live(plain_sink: SmtpSink, make_courier: MakeCourier) -> None:
    plain_sink.answer("NOOP", "451 4.3.0 queue is frozen")
    with pytest.raises(Transient, match="queue is frozen"):
        make_courier(plain_sink).check()
    assert plain_sink.count("QUIT") == 1
