"""A register of application records over HTTP, in another process, that keeps to `docs/registers.md` or fails as told.

`register.fails("stall")` scripts the next request; `register.answers(503, …)` the next answer. Documents that it took
lie on disk, so that a test can see what really arrived. Fails with `RuntimeError` and the process's own words.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.certificates import Certificates
from tests.servers.places import short_folder

_PROCESS = Path(__file__).with_name("register_process.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came. `status` is what was answered; 0: nothing; -1: endless, to its end."""

    method: str
    path: str
    headers: dict[str, str]
    encrypted: bool
    status: int


class RegisterServer:
    """`with RegisterServer() as register:`; `security` is tls or plain, `certificate` good, wrong_name or expired.

    `stop()` and `start()` keep port and documents, not the script.
    """

    token = "tok-en.of_the~register+1/2=="

    def __init__(
        self, root: Path | None = None, *, security: str = "tls", certificate: str = "good", prefix: str = "/v1",
        host: str = "localhost", most_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self._own_root = root is None
        self.root = short_folder("register-") if root is None else root
        self.certificates = Certificates(self.root / "tls")
        self.security, self.prefix, self.host, self.most_bytes = security, prefix, host, most_bytes
        files = {
            "good": (self.certificates.certificate, self.certificates.key),
            "wrong_name": (self.certificates.wrong_name, self.certificates.wrong_name_key),
            "expired": (self.certificates.expired, self.certificates.expired_key),
        }
        self._certificate = files[certificate] if security == "tls" else ("", "")
        self.port = 0
        self._records: dict[str, dict[str, object]] = {}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """As in `records.url`."""
        return f"{'https' if self.security == 'tls' else 'http'}://{self.host}:{self.port}{self.prefix}"

    # What tests say and ask

    def begin_anew(self) -> None:
        """Forget records, documents, script and what was asked, for the next test."""
        self._records.clear()
        self._order("begin anew")

    def knows(self, number: str, /, **fields: object) -> None:
        """Put a record in. Fields are taken as they are, also unsound ones."""
        self._records[number] = {"number": number, **fields}
        self._order("records", records={number: self._records[number]})

    def forgets(self, number: str) -> None:
        self._order("forget record", number=number)

    def fails(self, kind: str, *, times: int = 1, **how: object) -> None:
        """Script the next requests; the kinds are the `told_` and `unread_` methods of `register_process.Desk`."""
        self._order("next", told={"kind": kind, **how}, times=times)

    def answers(
        self, status: int, body: object = "", *, media_type: str = "application/json", times: int = 1,
        kind: str = "answer", **headers: str,
    ) -> None:
        """Script the next answers. `body` is text, or a value that is sent as JSON; `retry_after="5"` is a header."""
        text = body if isinstance(body, str) else json.dumps(body)
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        self.fails(kind, times=times, status=status, body=text, type=media_type, headers=named)

    def takes_token(self, token: str) -> None:
        """From now on only this token is good."""
        self._order("token", token=token)

    def resets_next_connections(self, times: int) -> None:
        self._order("reset next", times=times)

    def drops_connections(self) -> None:
        """Close every connection that is open now."""
        self._order("drop connections")

    @property
    def asked(self) -> list[Asked]:
        """Every request, in order, over all connections."""
        return [Asked(**item) for item in self._order("asked")]

    @property
    def connections(self) -> int:
        """How many were made."""
        count: int = self._order("connections")
        return count

    @property
    def documents(self) -> dict[tuple[str, str], Path]:
        """What is attached: (number, digest) and the file."""
        found = self.root.glob("documents/*/*")
        return {(path.parent.name, path.name): path for path in found if not path.suffix}

    def headers_of(self, number: str, digest: str) -> dict[str, str]:
        """The headers that an attached document came with."""
        meta = json.loads((self.root / "documents" / number / f"{digest}.json").read_text())
        headers: dict[str, str] = meta["headers"]
        return headers

    def _order(self, do: str, **what: object) -> Any:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("the register does not run")
        with self._lock:
            process.stdin.write(json.dumps({"do": do, **what}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        if not line:
            raise RuntimeError("the register's process ended")
        return json.loads(line)

    # Life

    def start(self) -> None:
        """Returns when it listens (about 0.2 s)."""
        if self._process:
            raise RuntimeError("the register runs already")
        certificate, key = self._certificate
        options = {
            "root": str(self.root), "prefix": self.prefix, "token": self.token, "port": self.port,
            "certificate": str(certificate), "key": str(key), "most_bytes": self.most_bytes,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-I", _PROCESS, json.dumps(options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the register does not start; see its words above")
        self.port = json.loads(line)["port"]
        if self._records:
            self._order("records", records=self._records)

    def stop(self) -> None:
        """End the process; nobody listens then. Does nothing when it does not run."""
        if process := self._process:
            self._process = None
            process.kill()
            with contextlib.suppress(OSError):
                process.communicate()

    def close(self) -> None:
        """Stop, and remove the folder if it is its own."""
        self.stop()
        if self._own_root:
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
