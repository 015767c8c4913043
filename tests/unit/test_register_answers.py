"""Any bytes as a register's answer, any words as a problem, any name as a document's: no surprise, no leak."""

from __future__ import annotations

import io
import json
import math
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.documents import Application, Filing
from inboxd.errors import Permanent
from inboxd.http_register.answers import PROBLEM, read_application, read_problem, read_receipt
from inboxd.http_register.handing_in import headers_of
from inboxd.http_register.register import _seconds

NUMBER = "E123456789"
DIGEST = "0f" * 32
FIELDS = ("number", "family_name", "given_name", "date_of_birth", "uci", "sha256", "id", "other")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from([NUMBER, DIGEST, "1984-06-30", "1122334455"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(FIELDS), json_values)
ours = objects.map(lambda found: found | {"number": NUMBER, "sha256": DIGEST})
bodies = st.binary() | (objects | ours | json_values).map(lambda found: json.dumps(found).encode())


@given(bodies)
def test_any_answer_is_a_sound_record_or_none(body: bytes) -> None:
    try:
        record = read_application(body, NUMBER)
    except (ValueError, Permanent):
        return
    assert isinstance(record, Application)
    assert json.loads(body)["number"] == record.number == NUMBER
    assert re.fullmatch(r"([0-9]{8}|[0-9]{10})?", record.uci)
    (record.family_name + record.given_name).encode()


@given(bodies)
def test_any_answer_is_a_receipt_for_this_document_or_none(body: bytes) -> None:
    try:
        own_id = read_receipt(body, NUMBER, DIGEST)
    except (ValueError, Permanent):
        return
    found = json.loads(body)
    assert (found["number"], found["sha256"]) == (NUMBER, DIGEST)
    assert own_id == "" or own_id.isprintable()


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"number":' * 50_000, b'{"a":1,"a":2}', b"1" * 5000])
def test_hostile_json_is_no_record(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_application(body, NUMBER)


@given(st.text(), st.text(), st.sampled_from(["", "{0}", "x {0} y", "{1}", "a {1}: {0}"]))
def test_the_words_of_a_problem_are_one_printable_line_without_what_is_ours(
    title: str, detail: str, around: str
) -> None:
    name = "passeport de Zoé.pdf"
    said = around.format(NUMBER, name)
    body = json.dumps({"title": title + said, "detail": said + detail}).encode()
    words = read_problem(PROBLEM, body, (NUMBER, name)).words
    assert len(words) <= 300
    assert words == "" or words.isprintable()
    assert NUMBER not in words
    assert name not in words


@pytest.mark.parametrize("letter", ["a", "1", "-", "a.", "1 ", "@", " ", "é"])
def test_long_words_take_no_time(letter: str) -> None:
    body = json.dumps({"title": letter * 60_000, "detail": letter * 60_000 + "@"}).encode()
    assert len(read_problem(PROBLEM, body, ("abcd",)).words) <= 300


@given(st.text())
def test_any_retry_after_is_a_time(text: str) -> None:
    assert math.isfinite(_seconds(text))


@given(st.text(), st.text(), st.text())
def test_no_document_can_write_a_header_of_its_own(name: str, media_type: str, sender: str) -> None:
    headers = headers_of(Filing(
        key='a "key" \\', number=NUMBER, digest=DIGEST, size=3, media_type=media_type, name=name, mail_digest=DIGEST,
        received=datetime(2026, 3, 8, tzinfo=UTC), sender=sender, open=lambda: io.BytesIO(b"abc"),
    ))
    for value in headers.values():
        assert re.fullmatch(r"[\x20-\x7e]*", value)
    assert headers["Content-Disposition"].count('"') == 2
    assert headers["Idempotency-Key"] == r'"a \"key\" \\"'
