"""One target under atheris, in a process of its own: `python -m tests.fuzz.instrumented TARGET libFuzzer-arguments`.

Nothing of inboxd may be imported before atheris watches the imports: what was imported before has no coverage, and
libFuzzer would try bytes at random. Never returns.
"""

from __future__ import annotations

import sys

import atheris

WATCHED = ["inboxd.parsers", "inboxd.inspection", "authres", "mailparser", "olefile"]

with atheris.instrument_imports(include=WATCHED):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
