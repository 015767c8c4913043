"""What a mail of 60 or 150 MB costs, and how long the next one waits behind it: `make bench-large`.

To a real daemon at a real Dovecot: a small mail by itself, then for each size a large one and a small one right behind
it. Peaks of memory are those of the daemon and of the largest process that it started, from the delivery until both
notices are out. Ends with status 1 above the bound of memory, or where the small mail waited for longer than the large
one took by itself and its own time twice.
"""

from __future__ import annotations

import sys
import time
from email import message_from_bytes

from benchmarks import letters, page
from benchmarks.ground import arguments, daemon, fsync_ms, inboxd, office, place
from benchmarks.latency import TimedSink
from benchmarks.resident import MemoryWatch, children, forget_peak, now_mb
from tests.crash.letters import in_bytes, letter
from tests.office import REGISTER, ROSTER
from tests.servers import Dovecot

MEGABYTE = 1_000_000
SIZES = (60, 150)
BOUND_MB = 250.0
"""Of the daemon, and of each process that it starts, at one mail of 150 MB."""
PATIENCE_SECONDS = 300.0
ASKING = "Our constituent asks when the application will be decided.\n"


def large(size: int) -> bytes:
    """A submission of so many megabytes: one sound PDF that is a scan, larger than an office may send."""
    return letters.plain(size * MEGABYTE).replace(b"<hostile@", b"<large-%d@" % size, 1)


def small(number: int) -> bytes:
    return in_bytes(letter("A question", ASKING, message_id=f"<small-{number}@parl.example>"))


def wait_for(sink: TimedSink, message_id: str) -> float:
    """When the notice that answers a mail was accepted."""
    end = time.monotonic() + PATIENCE_SECONDS
    seen = 0
    while time.monotonic() < end:
        while seen < len(sink.accepted):
            at, _, raw = sink.accepted[seen]
            seen += 1
            if message_id in str(message_from_bytes(raw)["In-Reply-To"]):
                return at
        time.sleep(0.02)
    raise SystemExit(f"no notice answered {message_id} within {PATIENCE_SECONDS:.0f} s")


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="in MB")
    asked = parser.parse_args()
    rows, wrong = [], []
    with place(asked) as root, Dovecot(root / "dovecot") as dovecot, TimedSink(root / "sink") as sink:
        user = dovecot.fresh_user()
        config = office(root / "office", dovecot, user, sink)
        for name, text in (("roster.csv", ROSTER), ("register.csv", REGISTER)):
            (config.parent / name).write_text(text, encoding="utf-8")
        inboxd(config, "applications", "import", str(config.parent / "register.csv"))
        probe = fsync_ms(root)
        with daemon(config, root) as process:
            dovecot.deliver(large(1), user=user)  # all libraries are loaded, all processes run
            wait_for(sink, "<large-1@")
            alone = deliver_and_wait(dovecot, sink, user, {"<small-0@": small(0)})["<small-0@"]
            rows.append(("a small mail", f"{alone:.2f}", "-", f"{now_mb(process):.0f}", children_mb(process)))
            for number, size in enumerate(asked.sizes, start=1):
                raw = large(size)
                for each in (process, *children(process)):
                    forget_peak(each)
                with MemoryWatch(process) as memory:
                    took = deliver_and_wait(dovecot, sink, user, {f"<large-{size}@": raw,
                                                                  f"<small-{number}@": small(number)})
                first, behind = took.values()
                rows.append((f"a mail of {size} MB, and a small one behind it", f"{first:.2f}", f"{behind:.2f}",
                             f"{memory.own_mb:.0f}", f"{memory.largest_child_mb:.0f}"))
                print(rows[-1], flush=True)
                if max(memory.own_mb, memory.largest_child_mb) > BOUND_MB:
                    wrong.append(f"{size} MB: {memory.own_mb:.0f} MB, {memory.largest_child_mb:.0f} MB in a process")
                if behind > first + 2 * alone:
                    wrong.append(f"{size} MB: the mail behind it waited for {behind:.1f} s")
    print(page.put(asked.page, page.LARGE, [
        f"Written by `make bench-large`: seconds from the mail server to our notice, and the most memory meanwhile."
        f" Probe of the disk: {probe:.2f} ms. The bound is {BOUND_MB:.0f} MB for each process.", "",
        *page.table(("what", "s until its notice", "s, the small one behind it", "MB, daemon", "MB, largest process"),
                    rows),
    ]))
    if wrong:
        print("above the bound: " + "; ".join(wrong))
    return 1 if wrong else 0


def deliver_and_wait(dovecot: Dovecot, sink: TimedSink, user: str, mails: dict[str, bytes]) -> dict[str, float]:
    """Deliver at once; seconds from then until the notice to each."""
    for raw in mails.values():
        dovecot.deliver(raw, user=user)
    began = time.perf_counter()
    return {message_id: wait_for(sink, message_id) - began for message_id in mails}


def children_mb(process: int) -> str:
    return f"{max((now_mb(child) for child in children(process)), default=0):.0f}"


if __name__ == "__main__":
    sys.exit(main())
