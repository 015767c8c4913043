"""From the moment the mail server has a mail until our notice is accepted by SMTP: `make bench-latency MINUTES=10`.

One mail a second to a real daemon at a real Dovecot with IDLE: enquiries, every third with a document instead, every
tenth a critical case, whose page to the officer on call is timed too. Beside it a bare client in IDLE on a mailbox of
its own, which gets the same mail at the same moment: when the server tells anybody of new mail at all. Ends with status
1 if a mail got no notice, or a critical one no page.
"""

from __future__ import annotations

import argparse
import email.policy
import re
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from imapclient import IMAPClient

from benchmarks import mixed_mailbox, page
from benchmarks.ground import always_on_call, arguments, daemon, fsync_ms, inboxd, office, percentile, place
from benchmarks.resident import peak_mb
from tests.crash.letters import PHRASE, in_bytes, letter
from tests.files.pdf import pdf
from tests.office import ALERTS
from tests.servers import Dovecot, SmtpSink

EVERY_SECONDS = 1.0
PATIENCE_SECONDS = 60.0
WARM = 5
"""So many mails before the clock begins: libraries load, caches fill."""
PROBE_EVERY = 30
REFERENCE = re.compile(r"\bMC\d\d-[\w-]+")
CRITICAL, DOCUMENTS, ENQUIRY = "a critical case", "documents", "an enquiry"
_TEXTS = {
    CRITICAL: "Our constituent {} is being removed from Canada tomorrow morning and her life is at risk there.\n",
    ENQUIRY: "Our constituent {} applied for permanent residence in 2019 and her file has been transferred between\n"
             "three offices. Could you tell us what is still missing, and which office has the file now?\n",
}


class TimedSink(SmtpSink):
    """Notes when each mail was accepted."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, security="plain")
        self.accepted: list[tuple[float, str, bytes]] = []
        """When, to whom, what."""

    async def text_came(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().text_came(server, session, envelope)
        self.accepted.append((time.perf_counter(), envelope.rcpt_tos[0], envelope.original_content or b""))
        return answer


@contextmanager
def bare_idle(dovecot: Dovecot, user: str) -> Iterator[list[float]]:
    """A client that does nothing but IDLE; the moments at which it was told of new mail."""
    told: list[float] = []
    ended = threading.Event()

    def watch(client: IMAPClient) -> None:
        client.select_folder("INBOX")
        client.idle()
        ready.set()
        while not ended.is_set():
            lines = client.idle_check(timeout=0.5)
            at = time.perf_counter()
            told.extend(at for line in lines if len(line) > 1 and line[1] == b"EXISTS")
        client.idle_done()

    ready = threading.Event()
    with dovecot.client(user) as client:
        thread = threading.Thread(target=watch, args=(client,))
        thread.start()
        ready.wait(30)
        try:
            yield told
        finally:
            ended.set()
            thread.join()


def kind_of(number: int) -> str:
    return CRITICAL if number % 10 == 5 else DOCUMENTS if number % 3 == 0 else ENQUIRY


def mail(number: int) -> bytes:
    """The mail of this number; each office writes in turn, in a thread of its own."""
    kind = kind_of(number)
    sender = mixed_mailbox.address(number % mixed_mailbox.OFFICES, number // mixed_mailbox.OFFICES % 4)
    message_id = f"<latency-{number}@parl.example>"
    if kind != DOCUMENTS:
        return in_bytes(letter("A constituent", _TEXTS[kind].format(f"Amara {number}"), sender=sender,
                               message_id=message_id))
    record = number % mixed_mailbox.RECORDS
    made = letter(
        f"{PHRASE} {mixed_mailbox.number(record)}",
        f"Please add this to the application of Amara Okonjo{record}, UCI {mixed_mailbox.uci(record)}.\n",
        sender=sender, message_id=message_id,
    )
    made.add_attachment(pdf(text=f"Letter {number}", ballast=60_000), maintype="application", subtype="pdf",
                        filename="letter.pdf")
    return in_bytes(made)


def play(dovecot: Dovecot, user: str, bare: str, numbers: range, folder: Path) -> tuple[dict[int, float], list[float]]:
    """One mail each second into both mailboxes. When the server had each, and probes of the disk."""
    delivered: dict[int, float] = {}
    probes: list[float] = []
    begin = time.perf_counter()
    for place_, number in enumerate(numbers):
        raw = mail(number)
        time.sleep(max(0.0, begin + place_ * EVERY_SECONDS - time.perf_counter()))
        dovecot.deliver(raw, user=user)
        delivered[number] = time.perf_counter()
        dovecot.deliver(raw, user=bare)
        if place_ % PROBE_EVERY == PROBE_EVERY // 2:
            probes.append(fsync_ms(folder))
    return delivered, probes or [fsync_ms(folder)]


def accepted(sink: TimedSink) -> tuple[dict[int, float], dict[int, float]]:
    """By the number of the mail: when its notice was accepted, and when the page of its case."""
    notices: dict[int, float] = {}
    pages_at: dict[str, float] = {}
    cases: dict[str, int] = {}
    for at, recipient, raw in list(sink.accepted):
        told = message_from_bytes(raw, policy=email.policy.default)  # subjects are decoded
        reference = REFERENCE.search(" ".join(str(told["Subject"]).split()))
        answered = re.search(r"<latency-(\d+)@", str(told["In-Reply-To"]))
        if answered is not None:
            notices.setdefault(int(answered[1]), at)
            if reference is not None:
                cases[reference[0]] = int(answered[1])
        elif recipient == ALERTS and reference is not None:
            pages_at.setdefault(reference[0], at)
    return notices, {number: pages_at[case] for case, number in cases.items() if case in pages_at}


def wait_for_all(sink: TimedSink, delivered: dict[int, float]) -> tuple[dict[int, float], dict[int, float]]:
    urgent = {number for number in delivered if kind_of(number) == CRITICAL}
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        notices, paged = accepted(sink)
        if (delivered.keys() <= notices.keys() and urgent <= paged.keys()) or time.monotonic() > end:
            return notices, paged
        time.sleep(0.5)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    with (
        place(asked) as root, Dovecot(root / "dovecot") as dovecot, TimedSink(root / "sink") as sink
    ):
        user, bare = dovecot.fresh_user(), dovecot.fresh_user()
        config = office(root / "office", dovecot, user, sink)
        always_on_call(config)
        inboxd(config, "applications", "import", str(config.with_name("register.csv")))
        with daemon(config, root) as process, bare_idle(dovecot, bare) as told:
            warm, _ = play(dovecot, user, bare, range(WARM), root)
            wait_for_all(sink, warm)
            told.clear()
            numbers = range(WARM, WARM + max(10, int(asked.minutes * 60 / EVERY_SECONDS)))
            delivered, probes = play(dovecot, user, bare, numbers, root)
            notices, paged = wait_for_all(sink, delivered)
            memory = peak_mb(process)
    return _tell(asked, delivered, notices, paged, told, probes, memory)


def _tell(
    asked: argparse.Namespace, delivered: dict[int, float], notices: dict[int, float], paged: dict[int, float],
    told: list[float], probes: list[float], memory: float,
) -> int:
    def took(ends: dict[int, float], kind: str = "") -> list[float]:
        return [ends[number] - begun for number, begun in delivered.items()
                if number in ends and (not kind or kind_of(number) == kind)]

    # the server gathers what comes within half a second: one word may be for two mails
    idle = [min(at for at in told if at > begun) - begun for begun in delivered.values() if told and begun < told[-1]]
    urgent = [number for number in delivered if kind_of(number) == CRITICAL]
    found = [("a bare client is told by IDLE", len(delivered), idle), ("notice to the sender", len(delivered),
             took(notices))]
    found += [(f"notice to the sender of {kind}", sum(kind_of(number) == kind for number in delivered),
               took(notices, kind)) for kind in (ENQUIRY, DOCUMENTS, CRITICAL)]
    found.append(("page to the officer on call", len(urgent), took(paged)))
    base = statistics.median(idle)
    rows = [
        (name, f"{len(values)} of {count}", f"{statistics.median(values):.2f}", f"{percentile(values, 0.99):.2f}",
         f"{max(values):.2f}", f"{statistics.median(values) / base:.1f}")
        for name, count, values in found if values
    ]
    print(page.put(asked.page, page.LATENCY, [
        f"Written by `make bench-latency MINUTES={asked.minutes:g}`: one mail a second, {len(delivered)} in all,"
        " seconds from the moment that the mail server has the mail. The server itself waits half a second"
        f" before it tells of new mail. Most memory of the daemon: {memory:.0f} MB."
        f" Probe of the disk: {statistics.median(probes):.2f} ms.",
        "",
        *page.table(("until", "came", "median s", "99 of 100 s", "longest s", "of IDLE's own"), rows),
    ]))
    missing = sorted(delivered.keys() - notices.keys()), sorted(set(urgent) - paged.keys())
    if any(missing):
        print(f"mails without a notice: {missing[0]}; critical ones without a page: {missing[1]}")
    return 1 if any(missing) else 0


if __name__ == "__main__":
    sys.exit(main())
