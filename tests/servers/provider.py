"""A real OpenID Connect provider (Canaille) in a process of its own: its sign-in page, groups, consent, signing out.

`with Provider(desk=…, people=…) as provider:`. Fails with `RuntimeError` and the process's own words.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.places import HOST, free_port

_PROCESS = Path(__file__).with_name("provider_process.py")
_PYTHON = Path(sys.prefix) / "provider" / "bin" / "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody whom it knows."""

    name: str
    full_name: str
    groups: tuple[str, ...]
    password: str = "a password of the directory"


class Provider:
    """One provider with one client, the desk at `desk`."""

    client_id = "desk"
    secret = "a-secret.of_the~desk"

    def __init__(self, *, desk: str, people: tuple[Known, ...]) -> None:
        self.port = free_port()
        self._told = {
            "port": self.port, "desk": desk, "client_id": self.client_id, "secret": self.secret,
            "people": [asdict(person) for person in people],
        }

    @property
    def issuer(self) -> str:
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        if not _PYTHON.is_file():
            raise RuntimeError(f"{_PYTHON} is not there; the tests need it: make provider")
        self._complaints = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [str(_PYTHON), str(_PROCESS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints,
            text=True, cwd=tempfile.gettempdir(),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._told) + "\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "ready\n":
            self._process.wait(timeout=20)
            self._complaints.seek(0)
            raise RuntimeError(f"the provider did not start: {self._complaints.read()[-2000:]}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=20)
        self._complaints.close()
