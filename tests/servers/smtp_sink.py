"""An SMTP server that keeps what it gets: TLS, STARTTLS, logins, and answers as told. Runs in a thread of its own.

It speaks by `aiosmtpd`. `answer("RCPT", "451 4.3.0 try later", times=2)` scripts the next two answers to RCPT;
the verbs are CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA (the command), END (after the text), RSET, NOOP, QUIT.
The answer `DROP` breaks the connection instead; `SILENCE` never answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
import threading
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import Certificates
from tests.servers.places import HOST, free_port

logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's own: every line, and a word on its own deprecations

DROP = "DROP"
SILENCE = "SILENCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One mail that was accepted, byte for byte as it came after DATA (dots undone)."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    encrypted: bool
    user: str
    answer: str


class _Connection(SMTP):
    def __init__(self, sink: SmtpSink, **options: Any) -> None:
        self.sink = sink
        self._greeted = False
        super().__init__(sink, hostname="sink.example", ident="ESMTP", data_size_limit=sink.size_limit, **options)
        self._auth_required = sink.login_required
        # aiosmtpd finds its verbs in this table; each asks the script first.
        self._smtp_methods = {verb: self._asking(verb, method) for verb, method in self._smtp_methods.items()}
        self._handle_hooks["DATA"] = sink.text_came

    def _asking(self, verb: str, method: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def ask(argument: Any) -> None:
            if not await self._scripted(verb):
                await method(argument)

        return ask

    async def push(self, status: Any) -> None:
        if not self._greeted:
            self._greeted = True
            if await self._scripted("CONNECT"):
                return
        if status == "250-STARTTLS" and not self.sink.starttls_offered:
            return
        await super().push(status)

    async def _scripted(self, verb: str) -> bool:
        """Give the scripted answer to this verb, if there is one."""
        with self.sink.lock:
            self.sink.verbs.append(verb)
            waiting = self.sink.answers[verb]
            answer = waiting.popleft() if waiting else ""
        if not answer:
            return False
        if answer == SILENCE:
            await asyncio.Event().wait()
        if answer != DROP:
            await super().push(answer)
        if answer == DROP or answer.startswith("421"):
            self.hang_up(abruptly=answer == DROP)
        return True

    async def ended(self) -> str | None:
        """The scripted answer to the text itself, if there is one."""
        with self.sink.lock:
            self.sink.verbs.append("END")
            waiting = self.sink.answers["END"]
            answer = waiting.popleft() if waiting else None
        if answer == SILENCE:
            await asyncio.Event().wait()
        if answer == DROP:
            self.hang_up(abruptly=True)
        return answer

    def hang_up(self, *, abruptly: bool) -> None:
        transport = self.transport
        if isinstance(transport, asyncio.WriteTransport):
            if abruptly:
                transport.abort()
            else:
                transport.close()


class SmtpSink:
    """`with SmtpSink() as sink:`; `security` is tls, starttls or plain, as in the settings.

    With `login` a client must log in as `user` with `password`. `stop()` and `start()` keep port and mails.
    """

    host = "localhost"
    user = "inbox"
    password = "secret"

    def __init__(
        self, root: Path | None = None, *, security: str = "starttls", login: bool = False,
        offer_starttls: bool = True, wrong_name: bool = False, expired: bool = False,
        size_limit: int = 32 * 1024 * 1024,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="sink-") if root is None else None
        folder = Path(self._temporary.name) if self._temporary else root
        assert folder is not None
        self.certificates = Certificates(folder / "tls")
        self.security = security
        self.login_required = login
        self.starttls_offered = offer_starttls
        self.size_limit = size_limit
        self._context = None if security == "plain" else self.certificates.server_context(
            wrong_name=wrong_name, expired=expired
        )
        self.port = free_port()
        self.lock = threading.Lock()
        self.answers: defaultdict[str, deque[str]] = defaultdict(deque)
        self.verbs: list[str] = []
        """Every verb that came, in order, over all connections (CONNECT is a new connection)."""
        self._mails: list[Received] = []
        self._arrived = threading.Condition(self.lock)
        self._numbers = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: set[_Connection] = set()

    # What tests say and ask

    def answer(self, verb: str, answer: str, *, times: int = 1) -> None:
        """Script the next `times` answers to a verb. They queue up behind those scripted before."""
        with self.lock:
            self.answers[verb].extend([answer] * times)

    @property
    def mails(self) -> list[Received]:
        """What was accepted so far, in order."""
        with self.lock:
            return list(self._mails)

    def wait_for(self, count: int, *, seconds: float = 60) -> list[Received]:
        """Wait until `count` mails came. Raises `TimeoutError` that says how many did."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self._mails) >= count, timeout=seconds):
                raise TimeoutError(f"{len(self._mails)} of {count} mails came in {seconds} s")
            return list(self._mails)

    def count(self, verb: str) -> int:
        with self.lock:
            return self.verbs.count(verb)

    # What aiosmtpd calls

    async def text_came(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(server, _Connection)
        scripted = await server.ended()
        if scripted and not scripted.startswith("2"):
            return scripted
        with self._arrived:
            self._numbers += 1
            answer = scripted or f"250 2.0.0 Ok: queued as TEST{self._numbers:04}"
            raw = envelope.original_content or b""
            login = session.auth_data
            sender = envelope.mail_from or ""
            self._mails.append(Received(
                sender="" if sender == "<>" else sender, recipients=tuple(envelope.rcpt_tos), raw=raw,
                encrypted=session.ssl is not None or self.security == "tls",
                user=login.login.decode() if isinstance(login, LoginPassword) else "", answer=answer,
            ))
            self._arrived.notify_all()
        return answer

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any
    ) -> AuthResult:
        expected = LoginPassword(self.user.encode(), self.password.encode())
        return AuthResult(success=login == expected, handled=False, auth_data=login)

    # Life

    def _connection(self) -> _Connection:
        options: dict[str, Any] = {}
        if self.security == "starttls":
            options = {"tls_context": self._context, "require_starttls": True}
        connection = _Connection(
            self, loop=self._loop, authenticator=self._authenticate, auth_require_tls=self.security == "starttls",
            **options,
        )
        self._connections.add(connection)
        return connection

    def start(self) -> None:
        """Listen in a new thread. Raises `OSError` if the port is taken."""
        if self._thread:
            raise RuntimeError("the sink runs already")
        ready = threading.Event()
        failure: list[BaseException] = []
        self._thread = threading.Thread(target=self._serve, args=(ready, failure), name="smtp-sink", daemon=True)
        self._thread.start()
        ready.wait(10)
        if failure:
            self._thread.join()
            self._thread = None
            raise failure[0]

    def _serve(self, ready: threading.Event, failure: list[BaseException]) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            try:
                runner.run(self._listen(ready))
            except BaseException as error:
                failure.append(error)
                ready.set()

    async def _listen(self, ready: threading.Event) -> None:
        self._closing = asyncio.Event()
        loop = asyncio.get_running_loop()
        context = self._context if self.security == "tls" else None
        server = await loop.create_server(self._connection, HOST, self.port, ssl=context)
        ready.set()
        await self._closing.wait()
        server.close()
        for connection in self._connections:
            connection.hang_up(abruptly=True)
        self._connections.clear()
        await server.wait_closed()
        await asyncio.sleep(0)  # lets connection_lost run before the loop ends

    def stop(self) -> None:
        """Break all connections and stop listening. Does nothing when it is not running."""
        if self._thread and self._loop:
            with contextlib.suppress(RuntimeError):  # the loop may have ended by itself
                self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join(10)
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._temporary:
            self._temporary.cleanup()
