"""Handing a document over: what arrives, what is confirmed, what never leaves."""

from __future__ import annotations

import hashlib
import io
import os
import time
import tracemalloc
from pathlib import Path
from typing import BinaryIO

import pytest

from inboxd.errors import DiskRefused, Permanent, Transient
from tests.doors.http_register.papers import NUMBER, OTHER, Make, filing
from tests.servers import RegisterServer

# Handing over


def test_a_document_arrives_byte_for_byte_with_what_is_known_of_it(server: RegisterServer, make: Make) -> None:
    document = filing(bytes(range(256)) * 1000)
    assert make(server).attach(document) == "attached as DOC-1"
    assert server.documents[NUMBER, document.digest].read_bytes() == bytes(range(256)) * 1000
    [asked] = server.asked
    assert (asked.method, asked.path) == ("PUT", f"/v1/applications/{NUMBER}/documents/{document.digest}")
    headers = server.headers_of(NUMBER, document.digest)
    assert {name: value for name, value in headers.items() if name not in ("Authorization", "Content-Digest")} == {
        "Host": f"localhost:{server.port}", "Accept": "application/json, application/problem+json",
        "Accept-Encoding": "identity", "User-Agent": "inboxd", "Content-Type": "application/pdf",
        "Content-Length": "256000", "Idempotency-Key": f'"{document.key}"',
        "Content-Disposition": "attachment; filename=\"Preuve d_identit_ (2).pdf\"; "
        "filename*=UTF-8''Preuve%20d%E2%80%99identit%C3%A9%20%282%29.pdf",
        "Inboxd-Mail-Digest": "sha-256=:q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=:",
        "Inboxd-Received": "2026-03-08T06:30:05Z", "Inboxd-Sender": "ann@mp.example",
    }


def test_the_same_document_twice_is_attached_once(server: RegisterServer, make: Make) -> None:
    register = make(server)
    assert register.attach(filing()) == "attached as DOC-1"
    assert register.attach(filing()) == "was there already as DOC-1"
    assert make(server).attach(filing()) == "was there already as DOC-1"
    assert len(server.documents) == 1


def test_an_empty_file_and_one_of_a_piece_exactly_arrive(plain: RegisterServer, make: Make) -> None:
    register = make(plain)
    for size in (0, 1, 64 * 1024, 64 * 1024 + 1, 128 * 1024):
        document = filing(b"x" * size)
        register.attach(document)
        assert plain.documents[NUMBER, document.digest].stat().st_size == size


def test_eighteen_megabytes_pass_without_being_held(server: RegisterServer, make: Make, tmp_path: Path) -> None:
    path = tmp_path / "scan.tiff"
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(18):
            digest.update(piece := os.urandom(1024 * 1024))
            file.write(piece)
    signs: list[float] = []
    document = filing(digest=digest.hexdigest(), size=18 * 1024 * 1024, open=lambda: path.open("rb"))
    register = make(server, alive=lambda: signs.append(time.monotonic()))
    register.look_up(NUMBER)
    tracemalloc.start()
    try:
        register.attach(document)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1024 * 1024
    assert len(signs) >= 18 * 16
    assert server.documents[NUMBER, document.digest].stat().st_size == document.size


@pytest.mark.parametrize(
    ("name", "plain_name"),
    [
        ('a".pdf', "a_.pdf"), ("a\\b%41.pdf", "a_b_41.pdf"), ("e\u0301\u202e.pdf", "e__.pdf"), ("", ""),
        ("a\r\nX-Evil: 1.pdf", "a__X-Evil: 1.pdf"), ("\ud800.pdf", "_.pdf"), ("a; filename=b", "a; filename=b"),
    ],
)
def test_no_name_breaks_out_of_its_header(plain: RegisterServer, make: Make, name: str, plain_name: str) -> None:
    document = filing(name=name)
    make(plain).attach(document)
    headers = plain.headers_of(NUMBER, document.digest)
    first, _, rest = headers["Content-Disposition"].removeprefix('attachment; filename="').rpartition('"; filename*=')
    assert first == plain_name
    assert rest.startswith("UTF-8''")
    assert rest.isascii()
    assert not set(rest) & set(' ";\\')
    assert "X-Evil" not in headers


@pytest.mark.parametrize("media_type", ["", "pdf", "text/html; charset=x", "a/b\r\nX: y", "x" * 300 + "/y"])
def test_a_strange_type_is_sent_as_bytes(plain: RegisterServer, make: Make, media_type: str) -> None:
    document = filing(media_type=media_type)
    make(plain).attach(document)
    assert plain.headers_of(NUMBER, document.digest)["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("changed", [{"key": ""}, {"key": "a\r\nb"}, {"key": "é"}, {"digest": "../x"},
                                     {"digest": "A" * 64}, {"mail_digest": ""}])
def test_what_is_no_key_or_digest_never_reaches_the_network(
    plain: RegisterServer, make: Make, changed: dict[str, object]
) -> None:
    with pytest.raises(Permanent):
        make(plain).attach(filing(**changed))
    assert plain.connections == 0


@pytest.mark.parametrize("harm", ["changed", "shorter", "longer", "emptied"])
def test_a_file_that_is_no_longer_what_it_was_never_arrives_whole(
    server: RegisterServer, make: Make, harm: str
) -> None:
    content = os.urandom(200_000)
    harmed = {"changed": content[:-1] + b"\0", "shorter": content[:-1], "longer": content + b"x", "emptied": b""}[harm]
    register = make(server)
    with pytest.raises(Permanent, match="no longer has the size and digest"):
        register.attach(filing(content, open=lambda: io.BytesIO(harmed)))
    assert server.documents == {}
    assert register.attach(filing(content)) == "attached as DOC-1"


def test_a_disk_that_cannot_be_read_is_the_disks_failure(plain: RegisterServer, make: Make, tmp_path: Path) -> None:
    class Failing(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(5, "Input/output error")

    def absent() -> BinaryIO:
        return (tmp_path / "absent").open("rb")

    register = make(plain)
    for opens in (absent, Failing):
        with pytest.raises(DiskRefused, match=r"No such file|Input/output error"):
            register.attach(filing(open=opens))
    assert register.attach(filing()) == "attached as DOC-1"


@pytest.mark.parametrize(
    ("own_id", "said"),
    [(None, "attached"), (7, "attached"), ("", "attached"),
     ("A\n\x1b[31mB\u202e" + "x" * 200, f"attached as A [31mB{'x' * 93}")],
)
def test_the_registers_own_id_is_shown_when_it_can_be(
    plain: RegisterServer, make: Make, own_id: object, said: str
) -> None:
    plain.answers(201, {"number": NUMBER, "sha256": filing().digest, "id": own_id})
    assert make(plain).attach(filing()) == said


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("wrong", [{"number": OTHER}, {"sha256": "0" * 64}, {"sha256": "x"}])
def test_a_receipt_for_something_else_is_for_a_person(
    plain: RegisterServer, make: Make, status: int, wrong: dict[str, str]
) -> None:
    plain.answers(status, {"number": NUMBER, "sha256": filing().digest} | wrong)
    with pytest.raises(Permanent, match="another document, or to another record; a person must look") as caught:
        make(plain).attach(filing())
    assert OTHER not in str(caught.value)


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize(
    ("body", "media_type"),
    [("<html>Please log in</html>", "text/html"), ("", "application/json"), ("{}", "application/json"), ("[]", "a/b"),
     ({"ok": True}, "application/json"), ({"number": NUMBER}, "application/json"), ("{" * 50_000, "application/json"),
     (f'{{"number": "{OTHER}", "number": "{NUMBER}", "sha256": "{filing().digest}"}}', "application/json")],
)
def test_a_success_that_names_no_document_attaches_nothing(
    plain: RegisterServer, make: Make, status: int, body: object, media_type: str
) -> None:
    plain.answers(status, body, media_type=media_type)
    register = make(plain)
    with pytest.raises(Transient, match="names no document"):
        register.attach(filing())
    assert register.attach(filing()) == "attached as DOC-1"


def test_a_register_that_says_attached_and_forgets_gets_it_when_asked_again(plain: RegisterServer, make: Make) -> None:
    register = make(plain)
    plain.fails("forget")
    assert register.attach(filing()) == "attached as LOST-1"
    assert plain.documents == {}
    assert register.attach(filing()) == "attached as DOC-1"
