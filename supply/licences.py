"""`python -m supply.licences`: the page with every library that a release installs, and its licence.

Read from the metadata of what is installed here, for the names and versions of `requirements/run.txt`. Fails with
`SystemExit` where a library is not installed, says nothing of its licence, or has one that nobody has agreed to.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
REQUIREMENTS = ROOT / "requirements" / "run.txt"
PAGE = ROOT / "docs" / "licences.md"
UNSAID = {"imapclient": "BSD-3-Clause", "google-re2": "BSD-3-Clause", "pylibmagic": "BSD-3-Clause"}
"""Where the metadata says nothing, or no more than a family: by the licence file that comes with it."""
NAMES = {
    "MIT License": "MIT", "Apache 2.0": "Apache-2.0", "Apache Software License": "Apache-2.0", "BSD": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause", "BSD-like": "Zlib",
}
"""What older metadata says, as SPDX names it (olefile's BSD is the one of two clauses, dkimpy's licence is zlib's)."""
AGREED = frozenset({
    "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib",
})
"""May be used, changed and passed on; MPL-2.0 asks only for changes of its own files."""
AGREED_BESIDE = frozenset({"LGPL-3.0-only"})
"""Only for what is no part of the core: libraries of their own, which whoever wants to may replace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One library that a release installs."""

    name: str
    version: str
    licence: str
    """As SPDX writes it."""
    is_core: bool
    """Whether inboxd needs it; else it is for PostgreSQL alone."""


def pinned() -> list[tuple[str, str, frozenset[str]]]:
    """Name, version, and the libraries because of which it is there."""
    found: list[tuple[str, str, set[str]]] = []
    for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines():
        if named := re.match(r"([A-Za-z0-9._-]+)==([^ \\]+)", line):
            found.append((named[1].lower(), named[2], set()))
        elif found and (via := re.match(r"    #(?: via)?\s+([A-Za-z0-9._-]+)", line)):
            found[-1][2].add(via[1].lower())
    return [(name, version, frozenset(via - {"via"})) for name, version, via in found]


def optional() -> frozenset[str]:
    """Names of libraries that are asked for by an extra alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["optional-dependencies"]["postgresql"]
    return frozenset(re.split(r"[\[>=<~! ]", line)[0].lower() for line in asked)


def licence_of(name: str) -> str:
    """What a library's own metadata says, in SPDX's words; empty if it says nothing."""
    said = metadata.metadata(name)
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = said.get_all("Classifier") or ()
    families = [line.rpartition("::")[2].strip() for line in classified if line.startswith("License")]
    for text in (str(said.get("License") or "").strip(), *families):
        if text in AGREED or text in NAMES:
            return NAMES.get(text, text)
    return ""


def libraries() -> list[Library]:
    """Every library, by name. Raises `SystemExit` for one that is not installed in this version."""
    extras, found = optional(), []
    for name, version, via in pinned():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            raise SystemExit(f"{name} is not installed; run `make env` first") from None
        if installed != version:
            raise SystemExit(f"{name} is installed as {installed}, and pinned as {version}; run `make env` first")
        is_core = name not in extras and not via <= extras
        found.append(Library(name=name, version=version, licence=UNSAID.get(name) or licence_of(name), is_core=is_core))
    return found


def objections(found: Sequence[Library]) -> Iterator[str]:
    """Libraries whose licence nobody agreed to. Of `A OR B` one is enough."""
    for library in found:
        agreed = AGREED if library.is_core else AGREED | AGREED_BESIDE
        if not any(part.strip("() ") in agreed for part in library.licence.split(" OR ")):
            yield f"{library.name} {library.version}: {library.licence or 'says nothing of its licence'}"


def page(found: Sequence[Library]) -> str:
    """The page, in Markdown."""
    lines = [
        "# Licences",
        "",
        "Every library that a release installs (`requirements/run.txt`), with the licence that its own metadata names.",
        "Written by `make licences`; a test says when it is out of date. None is under the GPL.",
        "",
        "| Library | Version | Licence | Needed |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {library.name} | {library.version} | {library.licence} | "
        f"{'always' if library.is_core else 'for PostgreSQL only'} |"
        for library in found
    ]
    return "\n".join((*lines, ""))


if __name__ == "__main__":
    every = libraries()
    if wrong := list(objections(every)):
        sys.exit("\n".join(("nobody has agreed to these licences:", *wrong)))
    PAGE.write_text(page(every), encoding="utf-8")
