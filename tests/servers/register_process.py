"""The process of `tests.servers.register`: a register of application records over HTTP that does as it is told.

Nothing but the standard library, so that it starts at once. It keeps to `docs/registers.md` by itself: checks the
token, the number, length and digest of a document, and stores each once, on disk. Orders come as JSON lines on standard
input and are answered on standard output; when the input ends, the process ends.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import shutil
import socket
import ssl
import struct
import sys
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn

PROBLEM = "application/problem+json"
PIECE = 64 * 1024
ENOUGH = 4 * 1024 * 1024
"""Bytes of an endless answer after which a client must have hung up."""


class Book:
    """What the register knows, what it was asked, and what it is told to do next."""

    def __init__(self, root: str, prefix: str, token: str, most_bytes: int) -> None:
        self.root, self.prefix, self.token, self.most_bytes = Path(root), prefix, token, most_bytes
        self.good_token = token
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()
        self.clear()

    def clear(self) -> None:
        self.token = self.good_token
        self.records: dict[str, dict[str, object]] = {}
        self.keys: dict[str, dict[str, str]] = {}
        self.script: deque[dict[str, Any]] = deque()
        self.asked: list[dict[str, Any]] = []
        self.connections = 0
        self.reset_next = 0


class Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    disable_nagle_algorithm = True  # or each answer waits 40 ms between its header and its body
    book: Book
    body: Path | None
    wrong: str
    entry: dict[str, Any]

    # Answers

    def answer(
        self, status: int, body: object = b"", kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.entry["status"] = status
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def problem(self, status: int, title: str, detail: str = "", kind: str = "about:blank") -> None:
        self.answer(status, {"type": kind, "title": title, "status": status, "detail": detail}, PROBLEM)

    def hang_up(self, *, abruptly: bool) -> NoReturn:
        """End the connection; abruptly: by a reset."""
        if abruptly:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        raise ConnectionAbortedError

    def log_message(self, *_: object) -> None:
        pass

    # Requests

    def do_GET(self) -> None:
        self.take()

    def do_PUT(self) -> None:
        self.take()

    def take(self) -> None:
        with self.book.lock:
            told = self.book.script.popleft() if self.book.script else {}
            self.entry = {
                "method": self.command, "path": self.path, "headers": dict(self.headers.items()),
                "encrypted": isinstance(self.connection, ssl.SSLSocket), "status": 0,
            }
            self.book.asked.append(self.entry)
        with contextlib.suppress(ConnectionAbortedError):
            self.do_as_told(told)

    def do_as_told(self, told: dict[str, Any]) -> None:
        name = told.get("kind", "serve").replace(" ", "_")
        if before := getattr(self, f"unread_{name}", None):
            before(told)
            return
        self.body, self.wrong = self.read_body()
        try:
            getattr(self, f"told_{name}")(told)
        finally:
            if self.body is not None:
                self.body.unlink(missing_ok=True)

    # What it can be told, before the body of the request is read

    def unread_reset_before_the_body(self, _: dict[str, Any]) -> None:
        self.hang_up(abruptly=True)

    def unread_reset_in_the_body(self, _: dict[str, Any]) -> None:
        self.rfile.read(int(self.headers["Content-Length"]) // 2)
        self.hang_up(abruptly=True)

    def unread_never_read(self, _: dict[str, Any]) -> None:
        self.wait_for_the_client()

    def unread_answer_early(self, told: dict[str, Any]) -> None:
        self.close_connection = True
        self.told_answer(told)

    # What it can be told, after it

    def told_serve(self, _: dict[str, Any]) -> None:
        self.serve()

    def told_serve_late(self, told: dict[str, Any]) -> None:
        time.sleep(told["seconds"])
        self.serve()

    def told_serve_and_close(self, told: dict[str, Any]) -> None:
        """Serve, and close afterwards without having said so; `last_words` are bytes in hex that nobody asked for."""
        self.serve()
        self.wfile.write(bytes.fromhex(told.get("last_words", "")))
        self.hang_up(abruptly=False)

    def told_answer(self, told: dict[str, Any]) -> None:
        self.answer(told["status"], told["body"].encode(), told["type"], told["headers"])

    def told_keep_and_answer(self, told: dict[str, Any]) -> None:
        self.keep()
        self.told_answer(told)

    def told_keep_and_reset(self, _: dict[str, Any]) -> None:
        self.keep()
        self.hang_up(abruptly=True)

    def told_forget(self, _: dict[str, Any]) -> None:
        """Say that it is attached, and forget it."""
        found = self.parts()
        self.answer(201, {"number": found["number"], "sha256": found["digest"], "id": "LOST-1"})

    def told_close(self, _: dict[str, Any]) -> None:
        self.hang_up(abruptly=False)

    def told_stall(self, _: dict[str, Any]) -> None:
        self.wait_for_the_client()

    def told_raw(self, told: dict[str, Any]) -> None:
        self.wfile.write(bytes.fromhex(told["hex"]))
        self.hang_up(abruptly=False)

    def told_drip(self, told: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(told["before"].encode())
            for _ in range(1200):
                self.wfile.write(b"x")
                time.sleep(0.05)
        self.hang_up(abruptly=True)

    def told_endless(self, told: dict[str, Any]) -> None:
        self.send_response(told["status"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(10**9))
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(ENOUGH // PIECE):
                self.wfile.write(b" " * PIECE)
            self.entry["status"] = -1
        self.hang_up(abruptly=True)

    def told_cut_the_answer(self, told: dict[str, Any]) -> None:
        raw = told["body"].encode()
        self.send_response(told["status"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw[: len(raw) // 2])
        self.hang_up(abruptly=told["abruptly"])

    def wait_for_the_client(self) -> None:
        """Until it has hung up."""
        end = time.monotonic() + 60
        while time.monotonic() < end and not self.client_left():
            time.sleep(0.02)
        self.hang_up(abruptly=True)

    def client_left(self) -> bool:
        state = self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state != 1  # no longer ESTABLISHED

    def read_body(self) -> tuple[Path | None, str]:
        """The body in a temporary file, and what is wrong with it."""
        length = self.headers.get("Content-Length")
        if length is None:
            return None, ""
        self.book.root.joinpath("coming").mkdir(exist_ok=True)
        path = self.book.root / "coming" / f"{threading.get_ident()}-{time.monotonic_ns()}"
        digest, left = hashlib.sha256(), int(length)
        with path.open("wb") as file:
            while left:
                piece = self.rfile.read(min(PIECE, left))
                if not piece:
                    path.unlink()
                    self.hang_up(abruptly=False)
                digest.update(piece)
                file.write(piece)
                left -= len(piece)
        said = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
        if self.headers.get("Content-Digest") != said:
            return path, "the digest is not that of the document"
        if self.parts().get("digest") != digest.hexdigest():
            return path, "the address is not that of the document"
        return path, ""

    def parts(self) -> dict[str, str]:
        prefix = re.escape(self.book.prefix)
        pattern = rf"{prefix}/applications/(?P<number>[A-Z0-9]{{5,20}})(?:/documents/(?P<digest>[0-9a-f]{{64}}))?"
        found = re.fullmatch(pattern, self.path)
        return found.groupdict() if found else {}

    # The register itself

    def serve(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.book.token}":
            self.problem(401, "Unauthorized")
        elif self.path == f"{self.book.prefix}/health":
            self.answer(200, {"status": "ok", "name": "Test register", "version": "1.0"})
        elif not self.parts():
            self.answer(404, b"<html><h1>Not Found</h1></html>", "text/html")
        elif self.parts()["number"] not in self.book.records:
            self.problem(404, "No such application", kind="urn:inboxd:no-such-application")
        elif self.command == "GET":
            self.answer(200, self.book.records[self.parts()["number"]])
        elif self.wrong:
            self.problem(422, "Damaged", self.wrong)
        else:
            self.file()

    def file(self) -> None:
        """201 or 200 with a receipt; refused are a used key and what is too large."""
        found = self.parts()
        key = self.headers.get("Idempotency-Key", "")
        if not key or self.book.keys.setdefault(key, found) != found:
            self.problem(422, "Idempotency key missing, or used for another document")
        elif self.body.stat().st_size > self.book.most_bytes:
            self.problem(413, "Too large", f"the largest document is {self.book.most_bytes} bytes")
        else:
            there_already, own_id = self.keep()
            receipt = {"number": found["number"], "sha256": found["digest"], "id": own_id}
            self.answer(200 if there_already else 201, receipt)

    def keep(self) -> tuple[bool, str]:
        """Store the document unless it is there. Whether it was, and its id."""
        found = self.parts()
        target = self.book.root / "documents" / found["number"] / found["digest"]
        about = target.with_suffix(".json")
        with self.book.lock:
            there_already = target.exists()
            if not there_already:
                target.parent.mkdir(parents=True, exist_ok=True)
                count = len(list((self.book.root / "documents").glob("*/*.json")))
                about.write_text(json.dumps({"id": f"DOC-{count + 1}", "headers": dict(self.headers.items())}))
                self.body.rename(target)
        return there_already, json.loads(about.read_text())["id"]


class Hall(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 16

    def __init__(self, address: tuple[str, int], book: Book, context: ssl.SSLContext | None) -> None:
        self.book, self.context = book, context
        super().__init__(address, type("Desk", (Desk,), {"book": book}))

    def process_request_thread(self, request: Any, address: Any) -> None:
        with self.book.lock:
            self.book.connections += 1
            reset = self.book.reset_next > 0
            self.book.reset_next -= reset
            self.book.open.add(request)
        if reset:
            request.settimeout(20)
            request.recv(1)  # before a word came ssl.SSLSocket leaks the socket that is reset
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.close()
            return
        try:
            if self.context:
                request.settimeout(20)
                plain, request = request, self.context.wrap_socket(request, server_side=True)
                with self.book.lock:
                    self.book.open.discard(plain)
                    self.book.open.add(request)
        except OSError:
            request.close()
            return
        super().process_request_thread(request, address)

    def shutdown_request(self, request: Any) -> None:
        with self.book.lock:
            self.book.open.discard(request)
        # an abrupt end must not say goodbye first: close alone, with the linger that was set
        if request.fileno() >= 0 and struct.unpack(
            "ii", request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        )[0]:
            request.close()
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, address)


def obey(book: Book, order: dict[str, Any]) -> object:
    """One order of the tests. Returns what they asked for."""
    with book.lock:
        match order["do"]:
            case "begin anew":
                book.clear()
                shutil.rmtree(book.root / "documents", ignore_errors=True)
            case "records":
                book.records.update(order["records"])
            case "forget record":
                book.records.pop(order["number"], None)
            case "next":
                book.script.extend([order["told"]] * order["times"])
            case "token":
                book.token = order["token"]
            case "reset next":
                book.reset_next = order["times"]
            case "asked":
                return book.asked
            case "connections":
                return book.connections
            case "drop connections":
                for one in book.open:
                    with contextlib.suppress(OSError):
                        socket.socket.shutdown(one, socket.SHUT_RDWR)
            case other:
                raise ValueError(other)
    return None


def main() -> None:
    options = json.loads(sys.argv[1])
    book = Book(options["root"], options["prefix"], options["token"], options["most_bytes"])
    context = None
    if options["certificate"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["certificate"], options["key"])
    hall = Hall(("127.0.0.1", options["port"]), book, context)
    threading.Thread(target=hall.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    print(json.dumps({"port": hall.server_address[1]}), flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(book, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
