"""A real Dovecot for tests and the demo: own folder, own ports on 127.0.0.1, TLS and STARTTLS, no system service.

Works as root (mail belongs to `nobody`) and as an ordinary user. Any user name can log in with `password`; users
begin empty, so a test takes a fresh name instead of a fresh server. Fails with `RuntimeError` and Dovecot's own log.
"""

from __future__ import annotations

import contextlib
import grp
import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import imapclient
from imapclient import imap_utf7

from tests.servers.certificates import Certificates
from tests.servers.places import (
    HOST,
    account_for,
    answers,
    can_enter,
    find_program,
    free_port,
    short_folder,
    wait_until,
)

_CONFIG = """\
base_dir = {run}
state_dir = {root}/state
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
instance_name = {instance}
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = {uid}
first_valid_gid = 0
mail_home = {root}/mail/%u
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
{extra}
"""


class Dovecot:
    """`with Dovecot() as server:` or `start()` and `stop()`; a stopped server keeps its mail and its ports.

    `root` must be a folder that the mail user may enter; without one a short folder of its own is made, and
    removed by `close()`. `extra` is appended to the configuration, e.g. `imap_capability = IMAP4rev1 UIDPLUS`.
    """

    host = "localhost"
    user = "inbox"
    password = "secret"

    def __init__(
        self, root: Path | None = None, *, separator: str = "/", prefix: str = "", extra: str = ""
    ) -> None:
        self._program = find_program("dovecot", package="dovecot-imapd", folders=(Path("/usr/sbin"),))
        self._owner = account_for("nobody")
        self._own_root = root is None
        self.root = short_folder("dovecot-") if root is None else root
        self.root.mkdir(parents=True, exist_ok=True)
        if not can_enter(self.root, self._owner):
            raise RuntimeError(f"{self.root}: user {self._owner.pw_name} cannot enter it; give a public folder or none")
        self._run = short_folder("dv-")
        self.certificates = Certificates(self.root / "tls")
        self.port, self.tls_port = free_port(), free_port()
        self.separator, self.prefix = separator, prefix
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        (self.root / "mail").mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.chown(self.root / "mail", self._owner.pw_uid, self._owner.pw_gid)
        self._config = self.root / "dovecot.conf"
        self._config.write_text(self._settings(), encoding="utf-8")

    def _settings(self) -> str:
        root = os.geteuid() == 0
        group = grp.getgrgid(self._owner.pw_gid).gr_name
        internal, login = ("dovecot", "dovenull") if root else (self._owner.pw_name, self._owner.pw_name)
        return _CONFIG.format(
            run=self._run, root=self.root, instance=self._run.name, internal=internal,
            internal_group="dovecot" if root else group, login=login, user=self._owner.pw_name, group=group,
            uid=self._owner.pw_uid, certificate=self.certificates.certificate, key=self.certificates.key,
            password=self.password, separator=self.separator, prefix=self.prefix, port=self.port,
            tls_port=self.tls_port, extra=self._extra,
        )

    def start(self) -> None:
        """Returns when it answers (about 50 ms)."""
        if self._process:
            raise RuntimeError("Dovecot runs already")
        with (self.root / "stderr.log").open("ab") as complaints:
            process = self._process = subprocess.Popen(
                [self._program, "-F", "-c", self._config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=complaints, start_new_session=True,
            )
        wait_until(
            lambda: process.poll() is None and answers(self.port), seconds=10,
            failure=lambda: f"Dovecot does not start:\n{(self.root / 'stderr.log').read_text()}{self.log()}",
        )

    def stop(self, *, hard: bool = False) -> None:
        """All connections are closed; mail stays. Does nothing when it is not running.

        Dovecot says BYE to its clients and takes a second; `hard` kills it at once, without a word.
        """
        if process := self._process:
            self._process = None
            if not hard:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart(self, *, hard: bool = False) -> None:
        self.stop(hard=hard)
        self.start()

    def close(self) -> None:
        """Kill it, and remove what was made outside a given `root`."""
        self.stop(hard=True)
        shutil.rmtree(self._run, ignore_errors=True)
        if self._own_root:
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def log(self) -> str:
        """Dovecot's log so far."""
        path = self.root / "dovecot.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def fresh_user(self) -> str:
        """A user name that nobody had yet: an empty mailbox."""
        return f"inbox-{next(self._numbers)}"

    @contextlib.contextmanager
    def client(self, user: str | None = None) -> Iterator[imapclient.IMAPClient]:
        """A logged-in client of the tests' own, to look at or disturb a mailbox."""
        with imapclient.IMAPClient(HOST, self.port, ssl=False, timeout=10) as client:
            client.login(user or self.user, self.password)
            yield client

    def deliver(
        self, raw: bytes, folder: str = "INBOX", *, user: str | None = None, at: datetime | None = None
    ) -> None:
        """Put one message into a folder as a delivery agent does: byte for byte, seen by IDLE. `at`: INTERNALDATE."""
        maildir = self._maildir(folder, user or self.user)
        name = f"{time.time():.6f}.M{next(self._numbers)}P{os.getpid()}.test"
        temporary = maildir / "tmp" / name
        temporary.write_bytes(raw)
        if os.geteuid() == 0:
            os.chown(temporary, self._owner.pw_uid, self._owner.pw_gid)
        if at is not None:
            os.utime(temporary, (at.timestamp(), at.timestamp()))
        temporary.rename(maildir / "new" / name)

    def _maildir(self, folder: str, user: str) -> Path:
        if folder != "INBOX":
            with self.client(user) as client:
                if not client.folder_exists(folder):
                    client.create_folder(folder)
        below = self.root / "mail" / user / "Maildir"
        if folder != "INBOX":
            inner = folder.removeprefix(self.prefix).replace(self.separator, ".")
            encoded: bytes = imap_utf7.encode(inner)
            return below / f".{encoded.decode('ascii')}"
        if not (below / "new").is_dir():
            # not all that lies there: the server makes and removes locks of its own meanwhile
            parts = [below / part for part in ("cur", "new", "tmp")]
            for part in parts:
                part.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                for made in (below.parent, below, *parts):
                    os.chown(made, self._owner.pw_uid, self._owner.pw_gid)
        return below

    def messages(self, folder: str = "INBOX", *, user: str | None = None) -> list[bytes]:
        """The raw messages of a folder in order of UID, with CRLF line ends; empty if there is no such folder."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [bytes(found[uid][b"BODY[]"]) for uid in sorted(found)]

    def uids(self, folder: str = "INBOX", *, user: str | None = None) -> list[int]:
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            return sorted(client.search())

    def flags(self, uid: int, folder: str = "INBOX", *, user: str | None = None) -> set[str]:
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            return {flag.decode() for flag in client.get_flags([uid])[uid]}

    def folders(self, *, user: str | None = None) -> list[str]:
        """Names of all folders, sorted."""
        with self.client(user) as client:
            return sorted(name for _, _, name in client.list_folders())

    def subscribed(self, *, user: str | None = None) -> list[str]:
        with self.client(user) as client:
            return sorted(name for _, _, name in client.list_sub_folders())
