"""What a release installs: pinned by hash, from nowhere by name, under licences that were agreed to, and listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supply.bill import bill
from supply.licences import AGREED, NAMES, PAGE, UNSAID, Library, libraries, licence_of, objections, page, pinned

ROOT = Path(__file__).parents[2]
LOCKED = [ROOT / "requirements" / name for name in ("run.txt", "dev.txt", "provider.txt")]


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_every_library_is_pinned_by_hash_and_no_index_is_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    logical = re.sub(r"\\\n\s*", "", text)
    lines = [line for line in logical.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) > 20
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[^\s;]+(?: ; [^#]+?)?\s*(?:--hash=sha256:[0-9a-f]{64}\s*)+", line), line
    assert not re.search(r"^\s*(?:-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host|-e|-r)\b", text, re.M)
    assert "://" not in "".join(lines)


def test_the_page_of_licences_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(libraries()), "make licences"


def test_nobody_needs_to_object_and_none_is_gpl_in_the_core() -> None:
    found = libraries()
    assert len(found) == len(pinned()) > 30
    assert list(objections(found)) == []
    assert [item.name for item in found if "GPL" in item.licence] == ["psycopg", "psycopg-binary"]
    assert not any(item.is_core for item in found if "GPL" in item.licence)
    assert {item.name for item in found if not item.is_core} == {"psycopg", "psycopg-binary"}


@pytest.mark.parametrize(("licence", "is_core", "agreed"), [
    ("MIT", True, True), ("GPL-3.0-only", True, False), ("GPL-3.0-only", False, False), ("", True, False),
    ("LGPL-3.0-only", True, False), ("LGPL-3.0-only", False, True), ("GPL-2.0-only OR MIT", True, True),
    ("AGPL-3.0-or-later", True, False), ("MIT AND GPL-3.0-only", True, False),
])
def test_a_licence_that_nobody_agreed_to_is_refused(licence: str, is_core: bool, agreed: bool) -> None:
    found = Library(name="a", version="1", licence=licence, is_core=is_core)
    assert (list(objections([found])) == []) == agreed


def test_what_is_said_by_hand_is_what_metadata_does_not_say_for_sure() -> None:
    assert {licence_of(name) for name in UNSAID} <= {"", *NAMES.values()}
    assert {*UNSAID.values(), *NAMES.values()} <= AGREED


def test_the_bill_names_every_library_with_hash_and_licence() -> None:
    """Two seconds of the generator's own process; the schema is checked in there."""
    document = bill()
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == "inboxd"
    named = {part["name"]: part for part in document["components"]}
    assert set(named) == {name for name, *_ in pinned()}
    for part in named.values():
        assert part["licenses"][0]["expression"]
        assert part["purl"].startswith("pkg:pypi/")
        assert all(len(item["content"]) == 64 for item in part["externalReferences"][0]["hashes"])
