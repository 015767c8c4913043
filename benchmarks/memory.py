"""Where the memory of the daemon goes, step by step, and that of the processes it starts: `make bench-memory`.

A new process loads what the daemon loads, in its order, and says after each step what it has (resident, and of that
what is no file). Then it takes in a part of the mixed mailbox, as the daemon does, beside the peak of each process that
it started. Once as at the first start, when every example and text is tried, and once as at each later one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import mixed_mailbox, page
from benchmarks.ground import SEED, arguments, office, place
from tests.office import PROJECT
from tests.servers import Dovecot, SmtpSink

STEPS = ("an interpreter", "with the daemon's libraries", "rules and texts read", "doors and database opened",
         "at rest after the mails", "most at any moment", "largest process that it started, at most")


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--mails", type=int, default=300)
    asked = parser.parse_args()
    with place(asked) as root, Dovecot(root / "dovecot") as dovecot, SmtpSink(root / "sink", security="plain") as sink:
        user = dovecot.fresh_user()
        config = office(root / "office", dovecot, user, sink)
        maildir = dovecot.root / "mail" / user / "Maildir"
        owner = (dovecot.root / "mail").stat()
        found = []
        for run in range(3):  # the folder for marks of what was tried is made by the first one
            mixed_mailbox.write(maildir, asked.mails if run != 1 else 1, SEED + run, (owner.st_uid, owner.st_gid))
            found.append([bare(), *_run(config)])
    rows = [
        (name, *(f"{said[0]:.0f} ({said[1]:.0f})" if said[1] else f"{said[0]:.0f}" for said in both))
        for name, *both in zip(STEPS, found[0], found[2], strict=True)
    ]
    print(page.put(asked.page, page.MEMORY, [
        f"Written by `make bench-memory MAILS={asked.mails}`: MB resident, in brackets what is no file, of the process"
        f" that takes in {asked.mails} mixed mails. At the first start every worked example is tried.", "",
        *page.table(("", "first start", "each later one"), rows),
    ]))
    return 0


def bare() -> tuple[float, float]:
    """An interpreter that does nothing."""
    code = ("said = dict(line.split(':', 1) for line in open('/proc/self/status'));"
            "print(*(int(said[name].split()[0]) / 1024 for name in ('VmRSS', 'RssAnon')))")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return float(told[0]), float(told[1])


def _run(config: Path) -> list[tuple[float, float]]:
    code = ("import json, pathlib, sys; from benchmarks.memory_steps import steps;"
            "print(json.dumps(steps(pathlib.Path(sys.argv[1]))))")
    command = [sys.executable, "-c", code, str(config)]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.stderr[-3000:])
    return [(float(all_), float(anon)) for all_, anon in json.loads(ran.stdout.splitlines()[-1])]


if __name__ == "__main__":
    sys.exit(main())
