"""docs/register-openapi.json and docs/registers.md say what the client really does: every path, header and status."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from inboxd.documents import Application
from inboxd.errors import Permanent, Transient
from inboxd.http_register import HttpRegister, answers, wire
from inboxd.http_register import register as client
from tests.doors.http_register.papers import NUMBER, Make, filing
from tests.servers import RegisterServer

DOCS = Path(__file__).parents[3] / "docs"
CONTRACT: dict[str, Any] = json.loads((DOCS / "register-openapi.json").read_text(encoding="utf-8"))
PAGE = (DOCS / "registers.md").read_text(encoding="utf-8")
DOCUMENT = filing()
ASKS: dict[str, Callable[[HttpRegister], object]] = {
    "look_up": lambda register: register.look_up(NUMBER),
    "attach": lambda register: register.attach(DOCUMENT),
    "check": lambda register: register.check(),
}
PLAIN = {"Host", "Accept", "Accept-Encoding", "User-Agent", "Authorization", "Content-Type"}
"""Headers that OpenAPI states elsewhere or that any request has."""


def resolved(value: Any) -> Any:
    """With every `$ref` replaced by what it points to; a dangling one is a KeyError."""
    if isinstance(value, dict):
        if "$ref" in value:
            target = CONTRACT
            for step in value["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            return resolved(target)
        return {key: resolved(item) for key, item in value.items()}
    return [resolved(item) for item in value] if isinstance(value, list) else value


OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: {**operation, "method": method.upper(), "path": path}
    for path, methods in resolved(CONTRACT["paths"]).items() for method, operation in methods.items()
}


def statuses() -> list[tuple[str, int, dict[str, Any]]]:
    """Each answer of each operation; a range stands for every status in it that is not named."""
    found = []
    for name, operation in OPERATIONS.items():
        named = operation["responses"]
        for status, response in named.items():
            if status.endswith("XX"):
                every = range(int(status[0]) * 100, int(status[0]) * 100 + 100)
                found += [(name, number, response) for number in every if str(number) not in named]
            else:
                found.append((name, int(status), response))
    return found


def example(response: dict[str, Any]) -> tuple[str, str]:
    """Media type and body."""
    for media_type, content in response.get("content", {}).items():
        body = json.dumps(content["example"]).replace("{number}", NUMBER).replace("{sha256}", DOCUMENT.digest)
        return media_type, body
    return "text/html", "<html>"


def outcome(register: HttpRegister, name: str) -> str:
    """What the client takes an answer for, in the words of the contract."""
    try:
        found = ASKS[name](register)
    except Permanent:
        return "final"
    except Transient:
        return "again"
    return "unknown" if found is None else "done"


def test_the_operations_are_those_of_the_client() -> None:
    assert set(OPERATIONS) == set(ASKS)
    assert CONTRACT["openapi"].startswith("3.1.")
    assert CONTRACT["security"] == [{"token": []}]
    for operation in OPERATIONS.values():
        in_path = {item["name"] for item in operation.get("parameters", []) if item["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", operation["path"]))


@pytest.mark.parametrize("name", ASKS)
def test_requests_are_as_written(plain: RegisterServer, make: Make, name: str) -> None:
    ASKS[name](make(plain))
    [asked] = plain.asked
    operation = OPERATIONS[name]
    parameters = operation.get("parameters", [])
    assert asked.method == operation["method"]
    pattern = operation["path"]
    for item in parameters:
        if item["in"] == "path":
            pattern = pattern.replace(f"{{{item['name']}}}", f"({item['schema']['pattern'].strip('^$')})")
    assert re.fullmatch(re.escape(plain.prefix) + pattern, asked.path)
    headers = {item["name"]: item for item in parameters if item["in"] == "header"}
    assert set(asked.headers) - PLAIN == set(headers)
    for header, item in headers.items():
        assert item["required"]
        assert re.fullmatch(item["schema"]["pattern"], asked.headers[header]), header
    assert ("Content-Type" in asked.headers) is ("requestBody" in operation)
    assert asked.headers["Authorization"].startswith("Bearer ")


@pytest.mark.parametrize("name", ASKS)
def test_every_status_is_taken_for_what_is_written(plain: RegisterServer, make: Make, name: str) -> None:
    register = make(plain)
    cases = [(status, response) for operation, status, response in statuses() if operation == name]
    assert len(cases) > 100
    for status, response in cases:
        media_type, body = example(response)
        plain.answers(status, body, media_type=media_type)
        assert (status, outcome(register, name)) == (status, response["x-inboxd"])


def test_statuses_that_are_not_written_are_asked_again(plain: RegisterServer, make: Make) -> None:
    register = make(plain)
    for name in ("look_up", "attach"):
        written = {status for operation, status, _ in statuses() if operation == name}
        for status in set(range(200, 600)) - written:
            plain.answers(status, {"number": NUMBER, "sha256": DOCUMENT.digest})
            assert (name, status, outcome(register, name)) == (name, status, "again")


@pytest.mark.parametrize(("name", "status"), [("look_up", 404), ("attach", 404), ("attach", 409)])
def test_what_hangs_on_a_problem_type_hangs_on_nothing_else(
    plain: RegisterServer, make: Make, name: str, status: int
) -> None:
    plain.answers(status, {"title": "Other"}, media_type=answers.PROBLEM)
    meant = OPERATIONS[name]["responses"][str(status)]["x-inboxd"]
    assert outcome(make(plain), name) == ("final" if status == 409 else "again") != meant


def test_the_examples_are_understood(plain: RegisterServer, make: Make) -> None:
    register = make(plain)
    for name in ASKS:
        media_type, body = example(OPERATIONS[name]["responses"]["200"])
        plain.answers(200, body, media_type=media_type)
    assert register.look_up(NUMBER) == Application(
        number=NUMBER, family_name="Tremblay", given_name="Zoé", date_of_birth=date(1984, 6, 30), uci="1122334455"
    )
    assert register.attach(DOCUMENT) == "was there already as DOC-81"
    assert register.check().startswith("Case register 4.2; ")


def test_the_schemas_name_the_fields_that_are_read() -> None:
    source = Path(answers.__file__).read_text(encoding="utf-8") + Path(client.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r'(?:_text\(found, |found\.get\()"(\w+)"', source)) | {"name", "version"}
    schemas = CONTRACT["components"]["schemas"]
    written = {name for schema in schemas.values() for name in schema["properties"]}
    assert written - read == {"status"} - read
    assert read - written == set()


def test_the_page_tells_what_the_contract_has() -> None:
    for operation in OPERATIONS.values():
        assert f"{operation['method']} {operation['path']}" in PAGE
        for item in operation.get("parameters", []):
            assert f"`{item['name']}`" in PAGE or f"{{{item['name']}}}" in PAGE
        for status in operation["responses"]:
            assert re.search(rf"\b{status}\b", PAGE), status
    for problem in (answers.NO_SUCH_APPLICATION, answers.STILL_WORKING):
        assert f"`{problem}`" in PAGE
        assert problem in json.dumps(CONTRACT)


def test_the_bounds_on_the_page_are_the_clients() -> None:
    assert f"{wire.MOST_ANSWERED // 1024} KiB" in PAGE
    assert f"{wire.SLOWEST // 1024} KiB in a second" in PAGE
    assert f"{wire.CONNECT_SECONDS} seconds" in PAGE
    assert f"{wire.IDLE_SECONDS} seconds" in PAGE
    assert f"{client.LONGEST_WAIT // 60} minutes" in PAGE
    assert f"{answers.LONGEST_NAME} characters" in PAGE
