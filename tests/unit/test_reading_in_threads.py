"""Several mailboxes in one process read mail at the same time: each comes to what it would come to alone."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime
from pathlib import Path

from inboxd import app, parsers, triage
from inboxd.errors import Unparsable
from inboxd.mail import Facts, Taken
from inboxd.settings import read_settings
from inboxd.triage import Rules

ROOT = Path(__file__).parents[2]
EVERY = 15
LETTERS = [path.read_bytes() for path in sorted((ROOT / "tests" / "scenarios").glob("*/*.eml"))[::EVERY]]
AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


def decided(rules: Rules, raw: bytes) -> str:
    """Everything that is decided about a mail of which the records know nothing."""
    digest = hashlib.sha256(raw).hexdigest()
    try:
        email = parsers.parse_under(rules.settings, raw, digest=digest)
    except Unparsable as error:
        return str(error)
    taken = Taken(mail_id=7, account="main", folder="INBOX", digest=digest, arrived_at=AT, size=len(raw),
                  attempts=1)
    facts = Facts(
        taken=taken, from_sent_folder=False, application=None, filed_digests=frozenset(), filed_elsewhere={}, cases=(),
        ours=(), is_own_mail=False, duplicate_of=None, replies_to_sender_today=0, replies_in_thread=0,
        last_pointer_at=None,
    )
    return repr((email, triage.decide(email, facts, rules, AT)))


def test_two_mailboxes_that_read_at_once_decide_as_each_alone() -> None:
    offices = [app.read_rules(read_settings(ROOT / "config" / name))[0] for name in ("inboxd.toml", "mil/inboxd.toml")]
    alone = [[decided(rules, raw) for raw in LETTERS] for rules in offices]
    assert len(LETTERS) > 30
    assert alone[0] != alone[1], "they have other rules"
    together: dict[int, list[str]] = {}
    begin = threading.Barrier(len(offices))

    def read(number: int) -> None:
        begin.wait()
        together[number] = [decided(offices[number], raw) for raw in LETTERS]

    threads = [threading.Thread(target=read, args=(number,)) for number in range(len(offices))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == dict(enumerate(alone))
