"""Several mailboxes in one process: each channel is a daemon of its own, in a thread of its own.

Signals go to all. systemd hears one voice: ready when every channel works or has said why it cannot, alive only while
every loop goes on. What is refused to one channel (its database, its disk, its mail server) it tries again with growing
pauses, and no other notices. A bug that ends one ends the process, after the others finished the mail in hand: systemd
starts it again. Raises `BadConfig` with every problem of all files; `Permanent` if one cannot be started as it is.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from inboxd import app, insecure, maillog
from inboxd.context import Context
from inboxd.daemon import Backoff, Daemon, only_one
from inboxd.errors import BadConfig, DatabaseRefused, DiskRefused, InboxdError, Permanent, Problem, Transient
from inboxd.one_voice import OneVoice, Voice
from inboxd.settings.channels import Channel, survey
from inboxd.store import mails
from inboxd.trying import try_apart

_PATIENCE_SECONDS = 1.0


class Served:
    """One channel: opened, served, opened again if its database or disk was refused."""

    def __init__(self, channel: Channel, voice: Voice) -> None:
        self.channel = channel
        self.died: BaseException | None = None
        """The bug that ended it."""
        self._voice = voice
        self._stop = threading.Event()
        self._opened = ExitStack()
        self._context: Context | None = None
        self._daemon: Daemon | None = None
        self._pause = Backoff(time.monotonic)

    def open(self) -> None:
        """Read its rules, open its doors, lock its archive. Raises `Transient` if that may work later."""
        settings = self.channel.settings
        try_apart(settings)
        rules, templates = app.read_rules(settings)
        name, alive = self.channel.name, self._voice.watchdog
        context = app.put_together(settings, rules, templates, alive=alive, channel=name)
        with ExitStack() as opening:
            opening.callback(context.close)
            expect_its_own(context)
            opening.enter_context(only_one(context))
            self._opened = opening.pop_all()
        self._context = context

    def close(self) -> None:
        """Let go of all that `open` took."""
        self._context = self._daemon = None
        self._opened.close()

    def refused(self, error: InboxdError) -> None:
        """It could not be opened: say so, and wait longer each time."""
        self._voice.ready()  # others need not wait for it, nor need systemd
        with maillog.of_channel(self.channel.name):
            pause = self._pause.failed()
            if isinstance(error, BadConfig):
                for problem in error.problems:
                    maillog.rules_refused(str(problem))
            elif isinstance(error, DiskRefused):
                maillog.storage_refused(str(error), retry_seconds=pause)
            elif isinstance(error, DatabaseRefused):
                maillog.database_unavailable(str(error), retry_seconds=pause)
            else:
                maillog.stage_failed("start", str(error))

    def serve(self) -> None:
        """Until it is stopped. Only a bug gets out, and it is logged."""
        with maillog.of_channel(self.channel.name):
            try:
                while not self._stop.is_set():
                    self._serve_once()
            except BaseException as error:
                maillog.bug("channel", error)
                self.died = error
            finally:
                self.close()
                self._voice.gone()

    def _serve_once(self) -> None:
        while not self._pause.ready:
            if self._stop.wait(_PATIENCE_SECONDS):
                return
            self._voice.watchdog()
        try:
            if self._context is None:
                self.open()
            assert self._context is not None
            self._daemon = Daemon(self._context, time.monotonic, self._voice)
            if not self._stop.is_set():  # else it came before there was a daemon to tell
                self._daemon.serve()
        except InboxdError as error:
            self.refused(error)
        finally:
            self.close()

    def once(self) -> bool:
        """Everything that is due. False if it could not be opened, or a stage could not do its work."""
        if self._context is None:
            return False
        with maillog.of_channel(self.channel.name):
            return Daemon(self._context, time.monotonic).once()

    def stop(self) -> None:
        """Finish the mail in hand. From any thread."""
        self._stop.set()
        if daemon := self._daemon:
            daemon.stop(None)

    def reload(self) -> None:
        """Read its rules again; one that waits for its database will read them when it is opened."""
        if daemon := self._daemon:
            daemon.reload(None)


def expect_its_own(context: Context) -> None:
    """Refuse a database that another channel works in, under whatever URL.

    Raises `Permanent`: any mail in it could be answered by either.
    """
    account = context.settings.mailbox.account
    with context.database.reading() as tx:
        others = sorted(mails.accounts(tx) - {account})
    if others:
        raise Permanent(
            f"storage.database holds the mail of {', '.join(others)}, and this mailbox's account is {account}; "
            "each channel keeps a database of its own"
        )


def run(path: Path) -> None:
    """Serve all channels of a settings file until SIGTERM. Raises the bug that ended one, after all have ended."""
    channels = read_all(path)
    voice = OneVoice(channel.name for channel in channels)
    served = [Served(channel, voice.of(channel.name)) for channel in channels]

    def stop(*_: int | FrameType | None) -> None:
        voice.stopping()
        for one in served:
            one.stop()

    def reload(*_: int | FrameType | None) -> None:
        for one in served:
            one.reload()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, reload)
    open_all(served)
    threads = [threading.Thread(target=_to_its_end, args=(one, stop), name=one.channel.name) for one in served]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in served:
        if one.died is not None:
            raise one.died


def _to_its_end(one: Served, stop: Callable[[], None]) -> None:
    """In a thread: if it dies, the others are to finish."""
    one.serve()
    if one.died is not None:
        stop()


def once(path: Path) -> bool:
    """Everything that is due in every channel, one after the other. False if one of them could not do its work."""
    channels = read_all(path)
    voice = OneVoice(channel.name for channel in channels)
    served = [Served(channel, voice.of(channel.name)) for channel in channels]
    open_all(served)
    worked = True
    bugs: list[Exception] = []
    for one in served:
        try:
            worked &= one.once()
        except InboxdError as error:
            one.refused(error)
            worked = False
        except Exception as error:
            bugs.append(error)
        finally:
            one.close()
    for bug in bugs:
        raise bug
    return worked


def read_all(path: Path) -> tuple[Channel, ...]:
    """All channels. Raises `BadConfig` with every problem of every settings file, and of the rules of those it can."""
    channels, problems = survey(path)
    problems += [problem for channel in channels for problem in insecure.problems(channel.file, channel.settings)]
    if problems:
        for channel in channels:
            try:
                app.read_rules(channel.settings)
            except BadConfig as error:
                problems += error.problems
        raise BadConfig(sorted(set(problems)))
    return channels


def open_all(served: Sequence[Served]) -> None:
    """Open every channel before any begins. One whose database or disk does not answer now will try again by itself.

    Raises `BadConfig` or `Permanent` with what is wrong in all of them.
    """
    problems: list[Problem] = []
    refused: list[str] = []
    for one in served:
        try:
            one.open()
        except BadConfig as error:
            problems += error.problems
        except Permanent as error:
            refused.append(f"channel {one.channel.name}: {error}")
        except Transient as error:
            one.refused(error)
    if problems or refused:
        for one in served:
            one.close()
    if problems:
        raise BadConfig(sorted(set(problems)))
    if refused:
        raise Permanent("\n".join(refused))
