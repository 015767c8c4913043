"""Whatever a look inside a file, or the scanner, can say of it, the French desk says in French."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxd.console.phrasebook import Phrasebook
from inboxd.console.wording import in_language
from inboxd.inspection.pdf_active import _KINDS
from inboxd.settings import read_settings
from tests.office import PROJECT, Server, write_office
from tests.remembered import read_rules

ROOMS = (
    *sorted((PROJECT / "inboxd" / "inspection").glob("*.py")), PROJECT / "inboxd" / "looking_inside.py",
    PROJECT / "inboxd" / "workers" / "looks.py", PROJECT / "inboxd" / "scanner.py",
)
SAYS = {"Finding", "_corrupt", "_too_much", "_not_checked", "BadPart", "BadTiff", "TooMany", "TooMuch", "_TooMuch"}
"""Calls whose words a finding is made of."""
BEFORE = {"_not_checked": "the look inside "}
OF_THE_OPERATOR = ("clamd finds", "does not answer as clamd does")
"""What `check` says, which no file has."""
LIMIT = "StreamMaxLength in clamd.conf must be at least documents.max_file_bytes"
COMPOSED = {
    "3 3": "VBA project",
    "page 3 3": "page 3 has lost a font",
    "an archive with 3": "an archive with 1 file",
    "the look inside 3": "the look inside took more than 20 s",
    "the look inside needed more than 3": "the look inside needed more than 768 MiB",
    "the look inside needed 3 of 3, too much to be sure of it":
        "the look inside needed 700 MiB of 768 MiB, too much to be sure of it",
    "scanner: a file of 3 bytes is more than clamd takes; 3":
        f"scanner: a file of 9,000,000 bytes is more than clamd takes; {LIMIT}",
    "scanner: clamd hung up before it had all of a file of 3 bytes; its log says why; 3":
        f"scanner: clamd hung up before it had all of a file of 9,000 bytes; its log says why; {LIMIT}",
    "scanner: cannot connect to 3: 3":
        "scanner: cannot connect to /run/clamav/clamd.ctl: nobody listens there; is clamav-daemon running?",
}
"""Sentences made of others, each with one that is whole."""
NOT_WHOLE = {"Damaged"}
"""Said behind `page 3`, or by itself."""


def words_of(node: ast.expr) -> Iterator[str]:
    """What an expression can say, with 3 for each number or name in it."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            said = "".join(
                str(each.value) if isinstance(each, ast.Constant) else "3" for each in values
            )
            yield said
        case ast.IfExp(body=body, orelse=other):
            yield from words_of(body)
            yield from words_of(other)


def said_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        given = [*node.args, *(each.value for each in node.keywords if each.arg == "detail")]
        if node.func.id in SAYS | NOT_WHOLE:
            for text in (text for each in given for text in words_of(each)):
                on_a_page = f"page 3 {text}" if node.func.id in NOT_WHOLE and text.startswith("has ") else text
                yield BEFORE.get(node.func.id, "") + on_a_page
        elif node.func.id == "Transient" and path.name == "scanner.py":
            yield from (text.replace("3; check", "odd; check") for each in given for text in words_of(each))


def returned(path: Path) -> Iterator[str]:
    """What functions called `active` and the like return: what runs in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from (text for text in words_of(node.value) if " " in text and not text.startswith("in "))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Phrasebook:
    server = Server(port=1, username="a", password="b")
    rules = read_rules(read_settings(write_office(tmp_path_factory.mktemp("o"), imap=server, smtp=server)))[0]
    return Phrasebook(in_language("fr", rules.standards.calendar.zone, (2, 5)), rules)


def test_what_a_look_can_say_has_its_french(book: Phrasebook) -> None:
    texts = {text for path in ROOMS for text in said_in(path)}
    for name in ("compound", "office_zip", "pdf_active"):
        texts |= set(returned(PROJECT / "inboxd" / "inspection" / f"{name}.py"))
    texts = {text for text in texts if not any(part in text for part in OF_THE_OPERATOR)}
    assert len(texts) > 50
    whole = {COMPOSED.get(text, text) for text in texts}
    assert [text for text in sorted(whole) if book.told(text).lang != "fr"] == []


def test_what_runs_in_a_pdf_is_told_with_its_place(book: Phrasebook) -> None:
    places = ("/OpenAction of the catalog", "/AA of the catalog", "/AA of page 3", "a form field on page 3",
              "an annotation on page 3", "an annotation", "the document's scripts", "the document")
    for what, _, _ in _KINDS[1:]:
        for place in places:
            assert book.told(f"{what} in {place}").lang == "fr", (what, place)
    assert book.told("JavaScript in /AA of page 3").text == "du JavaScript dans les actions de la page 3 (/AA)"
    assert book.told("/URI by itself when the file is opened").lang == "fr"


@pytest.mark.parametrize("why", [
    "nobody listens there; is clamav-daemon running?", "clamd has more callers waiting than it takes",
    "there is no such socket; is clamav-daemon running, and is this its LocalSocket?",
    "Network is unreachable; check scanner.socket",
])  # fmt: skip
def test_a_scanner_that_cannot_be_reached_is_told_in_french(book: Phrasebook, why: str) -> None:
    told = book.told(f"scanner: cannot connect to /run/clamav/clamd.ctl: {why}")
    assert told.lang == "fr"
    assert "antivirus" in told.text
