"""The same mailbox, taken in by others: `make bench-peers`. Ratios both ways go into docs/performance.md.

`fetchmail` with `maildrop` and `getmail6` copy each mail into a maildir and no more. The plain script parses and moves.
`django-helpdesk`'s `get_email` does a job like ours: a ticket with its files for each mail. Each runs as a program
of its own, in turn with inboxd, on a mailbox of its own. What cannot be found here is named as not measured.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import helpdesk, ingestion, page
from benchmarks.ground import Ground, Ran, arguments, fsync_ms, place
from tests.servers import Dovecot, SmtpSink

OURS = "inboxd, SQLite"
NOBODY = "nobody"
"""getmail does not deliver as root."""


def fetchmail(ground: Ground, folder: Path) -> dict[str, Any]:
    """Each mail through a process of maildrop."""
    user = ground.user()
    maildir = new_maildir(folder)
    rules = folder / "maildroprc"
    rules.write_text(f'to "{maildir}"\n', encoding="utf-8")
    rules.chmod(0o600)
    control = folder / "fetchmailrc"
    control.write_text(
        f"poll 127.0.0.1 service {ground.dovecot.port} protocol IMAP auth password\n"
        f" user {user} password {ground.dovecot.password} sslproto '' keep fetchall no rewrite\n"
        f" mda \"{shutil.which('maildrop')} {rules}\"\n",
        encoding="utf-8",
    )
    control.chmod(0o600)
    run(["fetchmail", "--silent", "--fetchmailrc", str(control), "--idfile", str(folder / "ids"), "--pidfile",
         str(folder / "pid"), "--nosyslog"], folder, good=(0,))
    return expect(ground, maildir)


def getmail(ground: Ground, folder: Path) -> dict[str, Any]:
    user = ground.user()
    maildir = new_maildir(folder)
    (folder / "getmailrc").write_text(
        f"[retriever]\ntype = SimpleIMAPRetriever\nserver = 127.0.0.1\nport = {ground.dovecot.port}\n"
        f'username = {user}\npassword = {ground.dovecot.password}\nmailboxes = ("INBOX",)\n\n'
        f"[destination]\ntype = Maildir\npath = {maildir}/\n\n"
        "[options]\nread_all = true\ndelete = false\nverbose = 0\ndelivered_to = false\nreceived = false\n",
        encoding="utf-8",
    )
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = pwd.getpwnam(NOBODY)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        account = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    run(["getmail", f"--getmaildir={folder}", "--rcfile=getmailrc"], folder, **account)
    return expect(ground, maildir)


def new_maildir(folder: Path) -> Path:
    maildir = folder / "maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    return maildir


def run(command: list[str], folder: Path, good: tuple[int, ...] = (0,), **more: Any) -> None:
    """A program to its end; its own words if it failed."""
    ran = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"] + ":/usr/bin:/usr/sbin", "HOME": str(folder), "LC_ALL": "C.UTF-8"}, **more,
    )
    if ran.returncode not in good:
        raise SystemExit(f"{command[0]} ended with {ran.returncode}: {ran.stdout[-2000:]}\n{ran.stderr[-2000:]}")


def expect(ground: Ground, maildir: Path) -> dict[str, Any]:
    copied = len(list((maildir / "new").iterdir()))
    assert copied == ground.count, f"{copied} of {ground.count} mails were copied"
    return {}


def ways(helpdesk_python: Path, sink: SmtpSink) -> dict[str, Callable[[Ground, Path], dict[str, Any]] | None]:
    """Each way by its name; None where its program is not here."""

    def there(*programs: str) -> bool:
        return all(shutil.which(name, path=os.environ["PATH"] + ":/usr/bin:/usr/sbin") for name in programs)

    return {
        OURS: lambda ground, folder: ingestion.inboxd(ground, folder, sink, 1),
        "fetchmail + maildrop, copy only": fetchmail if there("fetchmail", "maildrop") else None,
        "getmail6, copies only": getmail if there("getmail") else None,
        "a plain script, with MOVE": ingestion.plain_script,
        "django-helpdesk, get_email": (
            (lambda ground, folder: helpdesk.get_email(ground, folder, helpdesk_python))
            if helpdesk_python.exists() else None
        ),
    }


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--helpdesk", type=Path, default=Path("build/peers/bin/python"),
                        help="a Python that has django-helpdesk")
    asked = parser.parse_args()
    with place(asked) as root, Dovecot(root / "dovecot") as dovecot, SmtpSink(root / "sink", security="plain") as sink:
        ground = Ground(root, dovecot, asked.mails)
        found, missing = {}, []
        every = ways(asked.helpdesk.absolute(), sink)
        for name, way in every.items():
            if way is None:
                missing.append(name)
            else:
                found[name] = Ran(name)
        for turn in range(asked.runs):
            for at, name in enumerate(found):
                run_way = every[name]
                assert run_way is not None
                folder = root / f"peer-{turn}-{at}"
                folder.mkdir(mode=0o755)
                found[name].fsync_ms.append(fsync_ms(folder))
                began = time.perf_counter()
                told = run_way(ground, folder)
                found[name].seconds.append(told.get("seconds", time.perf_counter() - began))
                print(f"{name}: {found[name].seconds[-1]:.1f} s", flush=True)
    print(page.put(asked.page, page.PEERS, _section(asked, ground, found, missing)))
    return 0


def _section(asked: argparse.Namespace, ground: Ground, found: dict[str, Ran], missing: list[str]) -> list[str]:
    ours = found[OURS].median
    rows = [
        (name, f"{ran.median:.1f}", f"{asked.mails / ran.median:.0f}", f"{ours / ran.median:.2f}",
         f"{ran.median / ours:.1f}", f"{ran.probe:.2f}")
        for name, ran in found.items()
    ]
    lines = [
        f"Written by `make bench-peers MAILS={asked.mails}`: mixed mails ({ground.size / 1e6:,.0f} MB), each way"
        f" {asked.runs} times in turn, medians. The first two of the others copy and do no more.", "",
        *page.table(("way", "seconds", "mails a second", "its speed of ours", "our speed of its", "fsync ms"), rows),
    ]
    return lines + (["", f"Not measured, because it is not installed here: {'; '.join(missing)}."] if missing else [])


if __name__ == "__main__":
    sys.exit(main())
