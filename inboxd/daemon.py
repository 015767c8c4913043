"""The loop: intake, people's moves, process, timers, outbox, moves, then wait for the server's hint or a tick.

Everything runs in one thread, the main one unless the process serves several mailboxes (`channels.py`); APScheduler's
only wakes it. Each stage fails for itself, and pauses longer each time: a lost mailbox does not stop replies, a refused
send does not stop intake. A stage that meets a bug three times in a row ends the daemon loudly, for systemd to start it
again. SIGTERM finishes the mail in hand; SIGHUP, or a changed file of rules or texts, has them read again.
"""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Protocol

from inboxd import (
    __version__,
    activating,
    app,
    canaries,
    deciding,
    digest,
    holding,
    incidents,
    intake,
    jobs,
    maillog,
    metrics,
    notify,
    outbox,
    pacing,
    reclocking,
    refetching,
    sealing,
    template_life,
    timers,
    unanswered,
)
from inboxd.archive import lock
from inboxd.context import Context
from inboxd.errors import BadConfig, DatabaseRefused, DiskRefused, InboxdError, Transient
from inboxd.folder_watch import Watch
from inboxd.pulse import Pulse, nothing
from inboxd.replies import Templates
from inboxd.store import mails
from inboxd.store import outbox as effects
from inboxd.trying import try_apart
from inboxd.watching import RuleFiles

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 120.0
BUGS_IN_A_ROW = 3
LONGEST_WAIT_SECONDS = 5.0
TURN_SECONDS = 10.0
"""A stage with much to do lets the others have their turn after so long: no page and no mailbox waits for a backlog."""


class Signs(Protocol):
    """What the service manager is told; `notify` itself, unless several daemons share the process."""

    def ready(self) -> object: ...
    def reloading(self) -> object: ...
    def stopping(self) -> object: ...
    def watchdog(self) -> object: ...


class Backoff:
    """Growing pauses after failures, with jitter; `ready` says whether the pause is over."""

    def __init__(self, now: Callable[[], float], jitter: Callable[[], float] = random.random) -> None:
        self._now = now
        self._jitter = jitter
        self._failures = 0
        self._until = 0.0

    def failed(self, at_least: float = 0.0) -> float:
        """Note a failure; returns the pause in seconds. `at_least`: the other side asked to be left alone so long."""
        pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures, 30), LONGEST_PAUSE_SECONDS)
        pause = max(pause * (0.8 + 0.4 * self._jitter()), at_least)
        self._failures += 1
        self._until = self._now() + pause
        return pause

    def worked(self) -> None:
        self._failures = 0
        self._until = 0.0

    @property
    def ready(self) -> bool:
        return self._now() >= self._until

    @property
    def failing(self) -> bool:
        """The last thing that happened was a failure."""
        return self._failures > 0


@contextmanager
def only_one(context: Context) -> Iterator[None]:
    """Hold the lock that keeps a second daemon from the same archive. Raises `Permanent` if one runs."""
    with lock.only_one(context.settings.storage.archive):
        yield


class Daemon:
    """One run of the loop over a context."""

    def __init__(self, context: Context, now: Callable[[], float], signs: Signs = notify) -> None:
        self.context = context
        self._signs = signs
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._reload = threading.Event()
        self._mailbox = Backoff(now)
        """Between two attempts to connect."""
        self._pauses = defaultdict[str, Backoff](lambda: Backoff(now))
        """Of each stage, when a disk or the database refuses it."""
        self._bugs = Counter[str]()
        self._files = RuleFiles(context.settings)
        self._folders = Watch()
        self._look = threading.Event()
        """It is time to look at what people did in their mail client: at the start and at each reconcile tick."""
        self._look.set()
        self._watch = threading.Event()
        """It is time to look at ourselves: at the start and at each watch tick."""
        self._watch.set()
        self._keep_up: Callable[[], None] = nothing
        """Called while waiting: the ticks go on if the clock was set back."""
        self._now = now
        self._turn_ends = 0.0
        """When the stage in hand lets the others have their turn."""
        self._pulse = Pulse(now, context.settings.watch.restart_minutes * 60)
        self._was_silent = False
        context.stopping = self._stop.is_set
        context.turn_is_over = lambda: self._now() > self._turn_ends
        context.alive = self._alive

    def _alive(self) -> None:
        """Tell the service manager that all is well, if it is: also that the mailbox is still tried to be read."""
        if self._pulse.is_beating:
            self._signs.watchdog()
            self._was_silent = False
        elif not self._was_silent:
            self._was_silent = True
            maillog.reading_overdue(self.context.settings.mailbox.account, self._pulse.overdue_seconds)

    def wake(self, why: str = "") -> None:
        if why == jobs.RULES:
            self._reload.set()
        elif why == jobs.RECONCILE:
            self._look.set()
        elif why == jobs.WATCH:
            self._watch.set()
        self._wake.set()

    def stop(self, *_: int | FrameType | None) -> None:
        self._stop.set()
        self._wake.set()

    def reload(self, *_: int | FrameType | None) -> None:
        self._reload.set()
        self._wake.set()

    def start(self) -> None:
        """Take over what a crash left in hand."""
        self.context.started = self.context.now()
        self.context.archive.sweep(self.context.settings.storage.spool)
        with self.context.database.transaction() as tx:
            mails.release_claims(tx, self.context.now())
            wait = timedelta(minutes=self.context.settings.smtp.unknown_minutes)
            effects.release_claims(tx, self.context.now(), wait)
        self._take_texts(self.context.templates)

    def run(self) -> None:
        """Until SIGTERM. A refused login is tried again too, with growing pauses: it may be mended meanwhile."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        signal.signal(signal.SIGHUP, self.reload)
        self.serve()

    def serve(self) -> None:
        """Until `stop`, from any thread. Raises what the database or the disk refuses at the start."""
        maillog.daemon_started(__version__, mode="run")
        self.start()
        if not activating.is_in_force(self.context):
            self.reload()  # changed while everything was put together
        ticks = jobs.start(self.context, self.wake, self._files.changed)
        self._keep_up = ticks.keep_up
        self._signs.ready()
        try:
            while not self._stop.is_set():
                self._wake.clear()
                if self._reload.is_set():
                    self._reload.clear()
                    self.read_rules_again()
                more = self.cycle()
                self._alive()
                if not more:
                    self._wait()
        finally:
            self._signs.stopping()
            maillog.daemon_stopping("asked to" if self._stop.is_set() else "a failure")
            ticks.shutdown()
            self.context.close()
            maillog.daemon_stopped()

    def once(self) -> bool:
        """Everything that is due, then True; False if a stage could not do its work."""
        maillog.daemon_started(__version__, mode="once")
        self.start()
        while not self._stop.is_set() and (self.cycle() or self._await_room()):
            pass
        failing = self._mailbox.failing or any(pause.failing for pause in self._pauses.values())
        self.context.close()
        maillog.daemon_stopped()
        return not failing

    def _await_room(self) -> bool:
        """Wait, seconds at a time, while mails wait for nothing but the rate limit. False if none does."""
        seconds = 0.0 if self._pauses["outbox"].failing else pacing.seconds_to_room(self.context)
        if not seconds:
            return False
        self._stop.wait(min(seconds, LONGEST_WAIT_SECONDS))
        self._alive()
        return True

    def cycle(self) -> bool:
        """Each stage once. True if something was done that makes another cycle worth while."""
        busy = self._stage("intake", self._take_in)
        busy |= self._stage("folders", self._look_at_folders)
        busy |= self._stage("waiting", lambda: holding.wake_waiting(self.context))
        busy |= self._stage("process", lambda: deciding.all_due(self.context))
        busy |= self._stage("timers", lambda: timers.fire_due(self.context))
        busy |= self._stage("digest", lambda: digest.send_due(self.context))
        busy |= self._stage("watch", self._look_at_ourselves)
        busy |= self._stage("canary", lambda: canaries.send_due(self.context))
        busy |= self._stage("unanswered", lambda: unanswered.settle(self.context))
        busy |= self._stage("outbox", lambda: outbox.deliver_due(self.context))
        busy |= self._stage("documents", lambda: outbox.attach_due(self.context))
        self.context.courier.close_idle()
        self.context.register.close_idle()
        busy |= self._stage("moves", self._move)
        self._stage("journal", lambda: sealing.seal(self.context))
        return busy

    def _take_in(self) -> int:
        if not self._connected():
            return 0
        taken = intake.take_in(self.context)
        self._mailbox.worked()
        self._pulse.tried(self.context.settings.mailbox.reconcile_seconds)
        return taken + refetching.fetch_again(self.context)

    def _look_at_folders(self) -> int:
        """What people moved. Only after the inbox was read: what is new there must be known first."""
        if not self._look.is_set() or self._mailbox.failing or not self._connected():
            return 0
        self._look.clear()
        found = 1
        try:
            found = self._folders.look(self.context)
        finally:
            if found:  # or it failed
                self._look.set()
        return found

    def _look_at_ourselves(self) -> int:
        """What is wrong with the service. Before the outbox: an alert leaves in this very round."""
        if not self._watch.is_set():
            return 0
        self._watch.clear()
        told = incidents.look(self.context)
        metrics.write(self.context)
        return told

    def _move(self) -> int:
        return outbox.move_due(self.context) if self._connected() else 0

    def _connected(self) -> bool:
        mailbox = self.context.mailbox
        if mailbox.connected:
            return True
        if not self._mailbox.ready:
            return False
        mailbox.connect()
        maillog.mailbox_connected(self.context.settings.mailbox.account)
        return True

    def _stage(self, name: str, work: Callable[[], int]) -> bool:
        if self._stop.is_set() or not self._pauses[name].ready:
            return False
        self._turn_ends = self._now() + TURN_SECONDS
        try:
            done = work()
        except InboxdError as error:
            self._failed(name, error)
            return False
        except Exception as error:
            maillog.bug(f"stage.{name}", error)
            self._pauses[name].failed()
            self._bugs[name] += 1
            if self._bugs[name] >= BUGS_IN_A_ROW:
                raise
            return False
        self._pauses[name].worked()
        self._bugs[name] = 0
        return done > 0

    def _failed(self, name: str, error: InboxdError) -> None:
        """A door refused. Stages at the mailbox start from a new connection; all after a pause."""
        if isinstance(error, DiskRefused | DatabaseRefused):
            pause = self._pauses[name].failed()
            told = maillog.storage_refused if isinstance(error, DiskRefused) else maillog.database_unavailable
            told(str(error), retry_seconds=pause)
            if name == "intake":
                self._pulse.tried(pause)
        elif name in ("intake", "folders", "moves", "unanswered"):
            self.context.mailbox.close()
            pause = self._mailbox.failed(error.wait_seconds if isinstance(error, Transient) else 0.0)
            self._pulse.tried(pause)
            maillog.mailbox_lost(self.context.settings.mailbox.account, str(error), retry_seconds=pause)
        else:
            self._pauses[name].failed()
            maillog.stage_failed(name, str(error))

    def _wait(self) -> None:
        """Until the server hints at new mail, a tick wakes us, or a signal comes."""
        settings = self.context.settings.mailbox

        def enough() -> bool:
            self._alive()
            self._keep_up()
            return self._wake.is_set()

        if settings.idle and self.context.mailbox.connected and not self._pauses["intake"].failing:
            try:
                if self._nothing_new_yet():
                    self.context.mailbox.idle(settings.idle_renew_seconds, enough)
            except InboxdError as error:
                self._failed("intake", error)
            return
        while not self._wake.wait(1.0):
            self._alive()
            self._keep_up()
            pause = self._pauses["intake"] if self.context.mailbox.connected else self._mailbox
            if pause.failing and pause.ready:
                return

    def _nothing_new_yet(self) -> bool:
        """IDLE tells only of what comes after it began: what came since the last reading must not wait for a tick."""
        settings = self.context.settings.mailbox
        state = self.context.mailbox.open(settings.inbox)
        with self.context.database.reading() as tx:
            return mails.mark(tx, settings.account, settings.inbox) == (state.uidvalidity, state.uidnext)

    def _take_texts(self, read: Templates) -> int:
        """The texts of replies come into force if past mail can be answered by them; else the last good ones stay."""
        if not template_life.take_from_disk(self.context, read):
            self.reload()  # somebody was just writing them
        if self.context.templates.refused:
            self._files.refused()
        return 0

    def read_rules_again(self) -> None:
        """Criteria, standards, templates and roster; a bad file is refused, people are told, the running rules stay."""
        self._signs.reloading()
        self._files.reading()
        try_apart(self.context.settings)
        try:
            self.context.rules, templates = app.read_rules(self.context.settings)
        except BadConfig as error:
            self._files.refused()
            for problem in error.problems:
                maillog.rules_refused(str(problem))
            problems = error.problems
            self._stage("rules", lambda: activating.tell_refused(self.context, problems))
        except OSError as error:  # a file that went away between two looks at it
            self._files.refused()
            maillog.rules_refused(f"a file of rules cannot be read: {error.strerror}")
        else:
            maillog.rules_loaded(self.context.rules.version)
            self._stage("rules", lambda: reclocking.catch_up(self.context))
            self._stage("texts", lambda: self._take_texts(templates))
            if self._pauses["texts"].failing:
                self._reload.set()  # once more, when that can work again
            self._watch.set()  # what was refused is told at once
        self._signs.ready()
