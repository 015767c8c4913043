"""Each role against each door, and requests that no page of ours sends. Made from the one table and the one list."""

from __future__ import annotations

import re
import socket

import pytest

from inboxd.console import gate
from inboxd.console.doors import DOORS, FREE, Door
from inboxd.roles import MAY, Action, Role
from tests.console.conftest import Office
from tests.crash.letters import critical

GUARDED = [door for door in DOORS if door.action is not FREE]
POSTS = [door for door in GUARDED if door.method == "POST"]


def named(door: Door) -> str:
    return f"{door.method} {door.path}"


def address_of(door: Door) -> str:
    """An address of that form, of things that are not there: what is let in learns so, or is refused by the stage."""
    path = re.sub(r"\{\w+:int\}", "999999", door.path)
    return re.sub(r"\{\w+\}", "XX00-000000-X", path)


def everything(office: Office) -> int:
    """How many entries the journal has of things that people did."""
    return sum(len(office.journal(name)) for name in (
        "case_closed", "case_paused", "case_resumed", "answer_noted", "case_overridden", "retried",
        "release_ordered", "refuse_ordered", "send_held", "send_released", "send_cancelled", "outgoing_stopped",
    ))


@pytest.fixture(scope="module")
def tokens(office: Office) -> dict[Role, str]:
    return {role: office.token(role) for role in Role}


@pytest.mark.parametrize("door", GUARDED, ids=named)
def test_each_role_may_do_what_the_table_says(office: Office, tokens: dict[Role, str], door: Door) -> None:
    if door.path in ("/sign-out", "/language"):
        return  # they would end the visit that the others need; seen in the browser
    for role, token in tokens.items():
        form = {"form_token": office.form_token(token)}
        answer = office.ask(door.method, address_of(door), token=token, form=form)
        assert door.action is not None
        if role in MAY[door.action]:
            assert answer.status in (200, 303, 404, 409, 422), role
        else:
            assert answer.status == 403, role


@pytest.mark.parametrize("door", GUARDED, ids=named)
def test_a_stranger_sees_the_sign_in_and_does_nothing(office: Office, door: Door) -> None:
    for token in ("", "x" * 43):
        answer = office.ask(door.method, address_of(door), token=token)
        assert answer.status == (401 if door.method == "POST" else 303)
        if door.method == "GET":
            assert answer.headers["Location"] == "/sign-in"


@pytest.mark.parametrize("door", POSTS, ids=named)
def test_a_forged_form_changes_nothing(office: Office, tokens: dict[Role, str], door: Door) -> None:
    token = tokens[Role.ADMIN]
    good = {"form_token": office.form_token(token), "reason": "x", "category": "complex"}
    before = everything(office)
    others = {"form_token": office.form_token(tokens[Role.OFFICER])}
    for form, headers in (
        ({}, {}), ({"form_token": ""}, {}), ({"form_token": "x" * 43}, {}), (others, {}),
        (good, {"Origin": "https://elsewhere.example"}), (good, {"Origin": "null"}), (good, {"Origin": ""}),
        (good, {"Origin": "", "Sec_Fetch_Site": "cross-site"}), (good, {"Origin": "", "Sec_Fetch_Site": "same-site"}),
    ):
        answer = office.ask("POST", address_of(door), token=token, form=form, **headers)
        assert answer.status == 403, (form, headers)
    assert everything(office) == before


def test_a_form_that_is_sent_again_does_nothing_again(office: Office, tokens: dict[Role, str]) -> None:
    case = office.case_of(office.receive(critical()))
    token = tokens[Role.OFFICER]
    form = {"form_token": office.form_token(token)}
    path = f"/cases/{case.reference}/close"
    assert office.ask("POST", path, token=token, form=form).status == 303
    assert office.ask("POST", path, token=token, form=form).status == 409
    assert len(office.journal("case_closed", case_id=case.id)) == 1


def test_after_signing_out_the_cookie_and_the_form_open_nothing(office: Office) -> None:
    case = office.case_of(office.receive(critical()))
    token = office.token(Role.OFFICER)
    form = {"form_token": office.form_token(token)}
    assert office.ask("POST", "/sign-out", token=token, form=form).status == 303
    assert office.ask("GET", "/", token=token).status == 303
    assert office.ask("POST", f"/cases/{case.reference}/close", token=token, form=form).status == 401
    assert office.case_of(case.mail_id).state == "open"


def test_signing_in_from_another_site_is_refused(office: Office) -> None:
    form = {"name": "admin-en", "password": "correct horse battery"}
    assert office.ask("POST", "/sign-in", form=form, Origin="https://elsewhere.example").status == 403


def test_another_name_for_this_machine_is_not_answered(office: Office, tokens: dict[Role, str]) -> None:
    answer = office.ask("GET", "/", token=tokens[Role.ADMIN], Host="rebound.example")
    assert answer.status == 421
    assert b"Today" not in re.sub(rb"Back to Today", b"", answer.data)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("DELETE", "/"), ("GET", "/static/../words/en.toml"), ("GET", "/static/%2e%2e/desk.py"),
     ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/static/desk.css"), ("GET", "/cases/x/close")],
)
def test_every_answer_has_the_headers_and_no_page_is_found_by_a_trick(office: Office, method: str, path: str) -> None:
    answer = office.ask(method, path)
    assert {name: answer.headers[name] for name in gate.HEADERS} == gate.HEADERS
    assert "unsafe" not in gate.POLICY
    assert "server" not in answer.headers
    assert (answer.status < 400) == (path in ("/sign-in", "/static/desk.css") and method == "GET")


def test_a_cookie_is_for_this_site_and_no_script(office: Office) -> None:
    form = {"name": "viewer-en", "password": "correct horse battery"}
    answer = office.ask("POST", "/sign-in", form=form)
    desk, = (value for value in answer.headers.getlist("Set-Cookie") if value.startswith(f"{office.cookie}="))
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(desk.split("; "))
    settings = office.desk.settings.model_copy(update={"origin": "https://desk.example"})
    assert gate.cookie_name(settings) == "__Host-desk"


def test_a_form_without_end_is_given_up(office: Office, tokens: dict[Role, str]) -> None:
    long = {"form_token": "x" * 70_000}
    assert office.ask("POST", "/language", token=tokens[Role.ADMIN], form=long).status == 413


def test_bytes_that_are_no_request_do_not_stop_the_desk(office: Office) -> None:
    host, port = office.address.removeprefix("http://").split(":")
    for raw in (b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"POST /sign-in HTTP/1.1\r\nHost: x\r\n"
                b"Content-Length: -1\r\n\r\n", b"GET /" + b"a" * 70_000):
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            assert not line.recv(65_536).startswith(b"HTTP/1.1 200")
    assert office.ask("GET", "/sign-in").status == 200


def test_every_role_and_action_stands_in_the_table() -> None:
    assert set(MAY) == set(Action)
    assert all(MAY.values())
    assert {role for roles in MAY.values() for role in roles} == set(Role)
    used = {door.action for door in GUARDED}
    assert used <= set(Action)
