"""`make demo KEEP=1`: the servers and `inboxd run` stay, to play with; `--deliver` drops a mail in from elsewhere.

`--deliver` finds the running demo by the file `running.json` in its folder. Raises `DemoFailure` when there is none.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import tempfile
import time
from contextlib import suppress
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr
from pathlib import Path

import imapclient

from demo import desk
from demo.play import keep_replies
from demo.screen import Screen
from demo.stage import TEXTS, DemoFailure, Stage
from inboxd.cli.showing import clean
from inboxd.settings import Place
from inboxd.store import reading
from tests.office import GATEWAY
from tests.servers import Dovecot

PREFIX = "inboxd-demo-"
_RUNNING = "running.json"


def play_on(stage: Stage, screen: Screen) -> None:
    """Run the daemon until Ctrl-C or SIGTERM; tell of each reply as it comes. Raises `DemoFailure` if it dies."""
    stage.start_daemon()
    running = stage.folder / _RUNNING
    running.write_text(
        json.dumps(
            {
                "process": os.getpid(),
                "port": stage.dovecot.tls_port,
                "ca": str(stage.folder / "imap-ca.pem"),
            }
        )
    )
    screen.heading("`inboxd run` is watching the inbox. Ctrl-C stops everything.")
    curl = (
        f"curl --cacert {stage.folder}/imap-ca.pem --user {Dovecot.user}:{Dovecot.password} -T FILE.eml"
        f" imaps://localhost:{stage.dovecot.tls_port}/INBOX"
    )
    python = command("python")
    screen.pairs(
        [
            ("drop a mail in", f"{python} -m demo --deliver FILE.eml   (vouched for, as by the gateway)"),
            ("from a forger", f"{python} -m demo --deliver FILE.eml --forged"),
            ("or as it is", curl),
            ("to try", f"{stage.folder}/mails/*.eml, with another text and another Message-ID"),
            ("the replies", f"{stage.folder}/replies/, named here as they come"),
            ("its own texts", f"{stage.folder}/{TEXTS}/, empty until template-admin takes one into use at the desk"),
            ("what it does", f"tail -f {stage.log}"),
        ]
    )
    told = _newest(stage)
    try:
        with desk.opened(stage) as address:
            screen.pairs([("the desk", f"{address}   sign in as {_people()}; the password is: {desk.PASSWORD}")])
            while True:
                stage.check_daemon()
                for path in keep_replies(stage):
                    screen.line(f"  sent   {path}")
                told = _tell(stage, screen, told)
                time.sleep(0.5)
    except KeyboardInterrupt:
        screen.line()
        screen.line("Stopping.")
    finally:
        running.unlink(missing_ok=True)
    stage.stop_daemon()


def _people() -> str:
    *most, last = desk.people()
    return f"{', '.join(most)} or {last}"


def _newest(stage: Stage) -> int:
    with stage.database.reading() as tx:
        return max((int(row["id"]) for row in reading.list_mails(tx, limit=1)), default=0)


def _tell(stage: Stage, screen: Screen, told: int) -> int:
    """Say what became of mails after `told`, in order, as far as they are finished; returns the last one told."""
    with stage.database.reading() as tx:
        rows = [row for row in reading.list_mails(tx, limit=50) if row["id"] > told]
    for row in reversed(rows):
        if row["state"] not in ("done", "held"):
            break
        told = int(row["id"])
        place = Place(row["place"])
        folder = "stays" if place is Place.STAY else stage.settings.folder(place)
        screen.line(f"  mail {told}  {folder}  {clean(row['because'])}")
    return told


def command(name: str) -> str:
    """How the reader starts a program of this Python's environment: `python`, or `inboxd` where it is installed."""
    folder = Path(sys.executable).parent
    with suppress(ValueError):
        folder = folder.relative_to(Path.cwd())
    if name == "python" or (folder / name).exists():
        return str(folder / name)
    return f"{folder / 'python'} -m {name}"


def deliver(file: Path, folder: Path | None, *, forged: bool) -> str:
    """Put a mail into the running demo's inbox as the office's gateway would; returns what was done."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise DemoFailure(f"{file} cannot be read: {error.strerror}") from error
    running = _find(folder)
    sender = parseaddr(str(message_from_bytes(raw, policy=default)["From"] or ""))[1]
    raw = b"\r\n".join(raw.replace(b"\r\n", b"\n").split(b"\n"))
    result = "fail" if forged else "pass"
    stamp = f"Authentication-Results: {GATEWAY}; dmarc={result} header.from={sender.rpartition('@')[2] or 'none'}\r\n"
    hop = f"Received: by {GATEWAY} for the demo\r\n"
    context = ssl.create_default_context(cafile=running["ca"])
    try:
        with imapclient.IMAPClient(
            "localhost", int(running["port"]), ssl=True, ssl_context=context, timeout=10
        ) as client:
            client.login(Dovecot.user, Dovecot.password)
            client.append("INBOX", (stamp + hop).encode("ascii", "replace") + raw)
    except OSError as error:
        raise DemoFailure(f"the demo's mail server does not answer: {error}") from error
    return f"delivered {len(raw)} bytes to the inbox, {'refused' if forged else 'vouched for'} by the gateway"


def _find(folder: Path | None) -> dict[str, str]:
    """The newest demo of ours that runs, or the one in `folder`."""
    wanted = [folder] if folder else Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
    files = [found / _RUNNING for found in wanted if (found / _RUNNING).is_file()]
    mine = [found for found in files if found.stat().st_uid == os.geteuid()]
    if not mine:
        raise DemoFailure("no demo is running; start one with `make demo KEEP=1`")
    found: dict[str, str] = json.loads(max(mine, key=lambda path: path.stat().st_mtime).read_text())
    return found
