"""Looking up a record, and what else answers in the register's place."""

from __future__ import annotations

from datetime import date

import pytest

from inboxd.documents import Application, Register
from inboxd.errors import Permanent, Transient
from tests.doors.http_register.papers import NUMBER, OTHER, PROBLEM, RECORD, Make, filing
from tests.servers import RegisterServer

# Looking up


def test_a_record_is_looked_up(server: RegisterServer, make: Make) -> None:
    register: Register = make(server)
    assert register.look_up(NUMBER) == Application(
        number=NUMBER, family_name="Tremblay-O'Neil", given_name="Zoé", date_of_birth=date(1984, 6, 30),
        uci="1122334455",
    )
    [asked] = server.asked
    assert (asked.method, asked.path) == ("GET", f"/v1/applications/{NUMBER}")
    assert asked.headers["Authorization"] == f"Bearer {server.token}"
    assert asked.encrypted is (server.security == "tls")
    assert register.is_ours is False


def test_a_number_that_the_register_does_not_have_is_none(server: RegisterServer, make: Make) -> None:
    assert make(server).look_up(OTHER) is None


@pytest.mark.parametrize(
    "fields",
    [{}, {"family_name": None, "given_name": None, "date_of_birth": None, "uci": None}, {"uci": ""}, {"new": [1, {}]}],
)
def test_what_a_record_does_not_say_is_not_known_and_what_is_new_is_ignored(
    plain: RegisterServer, make: Make, fields: dict[str, object]
) -> None:
    plain.knows(OTHER, **fields)
    assert make(plain).look_up(OTHER) == Application(number=OTHER)


def test_an_answer_for_another_number_is_never_taken(server: RegisterServer, make: Make) -> None:
    server.answers(200, {"number": OTHER, **RECORD})
    with pytest.raises(Permanent, match="answers for another number") as caught:
        make(server).look_up(NUMBER)
    assert NUMBER not in str(caught.value)
    assert OTHER not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 123456789), ("number", ""), ("number", None), ("number", NUMBER.lower()), ("number", f"{NUMBER} "),
        ("family_name", 5), ("family_name", ["Tremblay"]), ("given_name", {}), ("given_name", True),
        ("family_name", "a\u0000b"), ("family_name", "x" * 301), ("date_of_birth", 19840630),
        ("date_of_birth", "30/06/1984"), ("date_of_birth", "1984-06-31"), ("date_of_birth", "19840630"),
        ("date_of_birth", "1984-W26-6"), ("date_of_birth", "1984-06-30T00:00:00Z"), ("uci", 1122334455),
        ("uci", "112233445"), ("uci", "١١٢٢٣٣٤٤٥٥"),
    ],
)
def test_a_record_with_an_unsound_field_is_refused_by_the_name_of_the_field(
    plain: RegisterServer, make: Make, field: str, value: object
) -> None:
    plain.knows(NUMBER, **RECORD | {field: value})
    with pytest.raises(Permanent, match=f"{field}|another number") as caught:
        make(plain).look_up(NUMBER)
    assert "Tremblay" not in str(caught.value)


@pytest.mark.parametrize("number", ["", "E12", "e123456789", "E123 56789", "../health", "E12345/../F98765", "E" * 21,
                                    "É123456789", "E12345678\n", "E123456789?x=1", "E123456789%2F"])
def test_what_is_no_number_never_reaches_the_network(plain: RegisterServer, make: Make, number: str) -> None:
    with pytest.raises(Permanent, match="not 5 to 20 capital letters and digits"):
        make(plain).look_up(number)
    with pytest.raises(Permanent, match="not 5 to 20 capital letters and digits"):
        make(plain).attach(filing(number=number))
    assert plain.connections == 0


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("<html><h1>Not Found</h1></html>", "text/html"),
        ("", "text/plain"),
        ({"error": "not found"}, "application/json"),
        ({"title": "Not Found"}, PROBLEM),
        ({"type": "about:blank", "title": "Not Found"}, PROBLEM),
        ({"type": "urn:inboxd:no-such-application"}, "application/json"),
        ("urn:inboxd:no-such-application", PROBLEM),
    ],
)
def test_a_404_that_is_not_the_registers_own_word_makes_no_number_unknown(
    plain: RegisterServer, make: Make, body: object, media_type: str
) -> None:
    plain.answers(404, body, media_type=media_type, times=2)
    with pytest.raises(Transient, match=r"check records\.url"):
        make(plain).look_up(NUMBER)
    with pytest.raises(Transient, match=r"check records\.url"):
        make(plain).attach(filing())


def test_a_wrong_path_in_the_address_makes_no_number_unknown(server: RegisterServer, make: Make) -> None:
    register = make(server, url=server.url + "/old")
    with pytest.raises(Transient, match=r"check records\.url"):
        register.look_up(NUMBER)
    with pytest.raises(Transient, match=r"check records\.url"):
        register.attach(filing())
    with pytest.raises(Permanent, match=r"check records\.url"):
        register.check()


def test_a_slash_at_the_end_of_the_address_does_no_harm(plain: RegisterServer, make: Make) -> None:
    assert make(plain, url=plain.url + "/").look_up(NUMBER) is not None
