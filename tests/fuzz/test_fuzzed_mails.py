"""Some hundred fuzzed mails through the real stages: a fixed seed, and another one each day.

`make fuzz MAILS=10000` runs many more; docs/fuzzing.json has what they came to. A complaint names the seed and the
number of the mail: `python -m tests.fuzz mail SEED NUMBER` prints it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from inboxd.plan import OutgoingMail
from tests.fuzz import campaign, mutating, pool, sent, writing
from tests.fuzz.mails import fuzzed, seeds
from tests.scenarios.world import Rows
from tests.servers import Postgres

FIXED = 7
EACH = 150


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rows]:
    rows = Rows(f"sqlite:///{tmp_path_factory.mktemp('rows')}/inboxd.sqlite")
    yield rows
    rows.database.close()


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Rows]:
    with Postgres() as cluster:
        rows = Rows(cluster.create_database())
        yield rows
        rows.database.close()


def run(rows: Rows, root: Path, seed: int) -> campaign.Outcome:
    outcome = campaign.run(rows, root / "office", [fuzzed(seed, number) for number in range(EACH)])
    assert not outcome.complaints, f"seed {seed}: " + "\n".join(outcome.complaints)
    return outcome


def test_fuzzed_mails_end_as_they_must(sqlite: Rows, tmp_path: Path) -> None:
    """8 s: 150 mails through every stage, and everything judged."""
    outcome = run(sqlite, tmp_path, FIXED)
    assert outcome.mails == EACH
    assert {"submission", "enquiry", "automatic", "unverified", "bounce"} <= outcome.routes.keys(), (
        "they reach every rule"
    )
    assert outcome.sent.keys() & {"receipt", "partial"}, "and some documents are filed"


def test_those_of_today_too(postgresql: Rows, tmp_path: Path) -> None:
    """8 s, as above."""
    today = int(f"{datetime.now(UTC):%Y%m%d}")
    print(f"seed {today}")
    run(postgresql, tmp_path, today)


def test_a_mail_of_a_seed_is_the_same_each_time() -> None:
    assert [fuzzed(3, number) for number in range(30)] == [fuzzed(3, number) for number in range(30)]
    assert len({fuzzed(3, number) for number in range(300)}) > 290
    assert len({fuzzed(seed, 1) for seed in range(30)}) == 30


def test_every_mutator_changes_mails_and_every_file_is_sent() -> None:
    raw = next(raw for number in range(100) if b"boundary=" in (raw := writing.letter(Random(number), number)))
    for mutator in mutating.MUTATORS:
        assert {mutator(Random(number), raw, seeds()) for number in range(20)} - {raw}, mutator
    assert {len(content.content) for content in pool.contents()} >= {0, 68}
    assert len(pool.forbidden()) == len(pool.contents()) - len(pool.sound()) - 6


def mail(raw: bytes, recipient: str = "staff@parl.example") -> OutgoingMail:
    return OutgoingMail(
        message_id="<x@inboxd.ircc.example>",
        sender="mcmps-cmds@ircc.example",
        recipient=recipient,
        subject="Received",
        template="receipt",
        template_version="1",
        raw=raw,
    )


GOOD = (
    b'From: "Centre"\r\n <mcmps-cmds@ircc.example>\r\nTo: staff@parl.example\r\nSubject: Received\r\n'
    b"Date: Mon, 02 Nov 2026 10:00:00 -0500\r\nMessage-ID: <x@inboxd.ircc.example>\r\nAuto-Submitted: auto-replied\r\n"
    b"X-Auto-Response-Suppress: All\r\nContent-Language: en\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nReceived.\r\n"
)


def test_the_judge_of_what_is_sent_finds_nothing_in_a_sound_mail() -> None:
    assert not list(sent.complaints(mail(GOOD)))


@pytest.mark.parametrize(
    ("what", "raw"),
    [
        ("a field more", GOOD.replace(b"MIME-Version", b"Bcc: victim@bait.example\r\nMIME-Version")),
        ("a field twice", GOOD.replace(b"Content-Language: en", b"Content-Language: en\r\nContent-Language: fr")),
        ("two recipients", GOOD.replace(b"To: staff@parl.example", b"To: staff@parl.example, victim@bait.example")),
        ("another recipient", GOOD.replace(b"To: staff@", b"To: other@")),
        ("a CR alone", GOOD.replace(b"Received.", b"Recei\rved.")),
        ("a NUL", GOOD.replace(b"Received.", b"Recei\0ved.")),
        ("an escape code", GOOD.replace(b"Received.", b"=1B[2JReceived.")),
        ("a direction mark", GOOD.replace(b"Received.", b"=E2=80=AEReceived.")),
        ("a sum that a template made", GOOD.replace(b"Received.", b"51079609")),
        ("a loop that a template made", GOOD.replace(b"Received.", b"xxxxxxxxx")),
        ("a long line", GOOD.replace(b"Received.", b"a" * 1200)),
        ("not said to be automatic", GOOD.replace(b"auto-replied", b"no")),
        ("from another", GOOD.replace(b"<mcmps-cmds@", b"<someone@")),
        ("another kind of text", GOOD.replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=x")),
    ],
)
def test_the_judge_of_what_is_sent_finds(what: str, raw: bytes) -> None:
    assert raw != GOOD
    assert list(sent.complaints(mail(raw))), what


def test_the_judge_finds_a_bait_that_was_taken() -> None:
    assert list(sent.complaints(mail(GOOD.replace(b"staff@parl", b"victim@bait"), "victim@bait.example")))
