"""`inboxd console`: uvicorn on a loopback address or a Unix socket, until it is told to stop.

It runs beside the daemon, on the same rows and the same archive, and takes nothing in, sends nothing, fires nothing.
"""

from __future__ import annotations

import signal
import socket
import stat
from contextlib import suppress
from pathlib import Path
from types import FrameType

import uvicorn

from inboxd import __version__, app, maillog, notify
from inboxd.console import application, drawing
from inboxd.console.desk import Desk
from inboxd.errors import Permanent
from inboxd.settings.console import ConsoleSettings

LONGEST_STOP = 10
MODE = 0o660
"""Of the socket: whoever is of its group is the proxy."""


def run(config: Path) -> None:
    """Serve until a signal. Raises `BadConfig`, or `Permanent` if it cannot listen there."""
    app.expect_secure(config)
    context = app.build(config)
    settings = context.settings.console
    listening = listen(settings)
    try:
        serving = server(Desk(context, drawing.environment(), config))
        _stop_by_signal(serving)
        maillog.console_started(__version__, where=settings.listen)
        notify.ready()
        serving.run(sockets=[listening])
    finally:
        listening.close()
        if settings.address is None:
            Path(settings.listen).unlink(missing_ok=True)
        context.close()
        maillog.console_stopped()


def _stop_by_signal(serving: uvicorn.Server) -> None:
    """A signal ends the serving, whenever it comes, and nothing else: uvicorn raises it again when it has stopped."""

    def stop(_: int, __: FrameType | None) -> None:
        serving.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def server(desk: Desk, *, sign_ins: int = application.SIGN_INS) -> uvicorn.Server:
    """The server of one desk; its own log stays silent, since addresses of pages name cases."""
    settings = desk.settings
    proxies = "*" if settings.address is None else settings.trusted_proxy
    return uvicorn.Server(
        uvicorn.Config(
            application.make(desk, sign_ins=sign_ins),
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            timeout_graceful_shutdown=LONGEST_STOP,
            limit_concurrency=200,
            h11_max_incomplete_event_size=32 * 1024,
        )
    )


def listen(settings: ConsoleSettings) -> socket.socket:
    """The socket that people, or the proxy, come to. Raises `Permanent` if it cannot be had."""
    address = settings.address
    family = socket.AF_UNIX if address is None else socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if address is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
        else:
            path = Path(settings.listen)
            with suppress(FileNotFoundError):  # a socket that a killed desk left; a file of another kind stays
                if stat.S_ISSOCK(path.stat().st_mode):
                    path.unlink()
            made.bind(str(path))
            path.chmod(MODE)
        made.listen(128)
    except OSError as error:
        made.close()
        raise Permanent(f"console.listen: {settings.listen} cannot be listened on: {error.strerror}") from error
    return made
