"""What must be true after a storm, however bad it was: each check returns complaints, one line each.

Judged from three sides that know nothing of each other: the rows of the database, the IMAP server, the SMTP server.
Mails are read by the standard library. What `tests/scenarios/invariants.py` checks of a quiet day is checked here after
the worst one.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import getaddresses
from hashlib import sha256
from typing import Any

from inboxd.archive import MAIL, SENT, Archive
from tests.chaos.outcome import Outcome, differences, outcome
from tests.chaos.scene import LARGEST_MAIL, Scene
from tests.chaos.stream import FAMILIES
from tests.scenarios.invariants import ORDERS

NEVER_WORDS = {"mail", "system", "hello", "file", "three", "urgent"}
"""Words of subjects and names that event lines use as their own."""


@dataclass(slots=True, kw_only=True)
class Judged:
    """What was found."""

    complaints: list[str] = field(default_factory=list)
    rebuild: list[str] = field(default_factory=list)
    """Where the database made anew from the journal differs, and nobody can say why."""
    letters: int = 0
    sent: int = 0
    repeated: int = 0
    """Mails that the SMTP server accepted twice, byte for byte the same, where no answer had come to the first."""
    refused: int = 0
    """Mails that the server refused for good, or of which nobody knows whether they came: shown to people as buried."""


def judge(scene: Scene, wanted: Outcome | None, *, clocks: bool, rebuild: bool = False) -> Judged:
    """Everything, and what `inboxd verify` says; with `rebuild` also what `inboxd rebuild --verify` says, which plays
    the journal of the storm again.
    """
    found = look(scene, wanted, clocks=clocks)
    found.complaints += _says(scene, "verify", "--deep", "--journal")
    if rebuild:
        found.rebuild += _says(scene, "rebuild", "--verify")
    return found


def _says(scene: Scene, *command: str) -> Iterator[str]:
    """What one of the proving commands of inboxd itself has to say; nothing where all is well."""
    before = len(scene.log.lines)
    status = scene.inboxd(*command)
    if status != 0:
        said = [line for line in scene.log.lines[before:] if line.startswith(("GAP", "DIFFERS", "inboxd:"))]
        yield f"inboxd {command[0]} ended with status {status}: {' / '.join(said[:5])}"


def look(scene: Scene, wanted: Outcome | None, *, clocks: bool) -> Judged:
    """What the three sides say; `wanted` is the outcome of the calm run, None for the calm run itself.

    `clocks`: compare also whether each timer rang or was stopped before.
    """
    found = Judged(letters=len(scene.copies))
    found.complaints += _one_disposition(scene)
    found.complaints += _one_folder(scene)
    found.complaints += _outbox_and_server(scene, found)
    found.complaints += _nothing_doubled(scene)
    found.complaints += _nothing_left(scene)
    found.complaints += _log(scene)
    if wanted is not None:
        found.complaints += differences(wanted, outcome(scene, clocks=clocks))
    return found


def _one_disposition(scene: Scene) -> Iterator[str]:
    """Promise 1: one row for each letter, and one end for each row."""
    rows = {row["digest"]: row for row in scene.rows("select * from mails")}
    many = scene.rows("select digest from mails group by digest having count(*) > 1")
    yield from (f"{scene.keys.get(row['digest'])}: has two rows" for row in many)
    for digest, key in list(scene.keys.items()):
        row = rows.pop(digest, None) or _cut_short(scene, rows, key)
        if row is None:
            yield f"{key}: LOST, no row has it"
            continue
        if row["state"] not in ("done", "held") or not row["route"] or not row["place"]:
            yield f"{key}: has no end: state {row['state']}, route {row['route']!r}, place {row['place']!r}"
        if bool(row["held_reason"]) != (row["state"] == "held"):
            yield f"{key}: is {row['state']} with held reason {row['held_reason']!r}"
    yield from (f"mail {row['id']} is no letter that was delivered" for row in rows.values())
    ended = _events(scene, ("decided", "held"))
    orders = _events(scene, ORDERS)
    for number, count in ended.items():
        if count > 1 + orders[number]:
            yield f"mail {number} was decided {count} times, on {orders[number]} orders"


def _cut_short(scene: Scene, rows: dict[str, Mapping[str, Any]], key: str) -> Mapping[str, Any] | None:
    """The row of a letter that is too large: its digest is that of its beginning."""
    letter, archive = scene.delivered.get(key), Archive(scene.root / "data" / "archive")
    if letter is None or len(letter.raw) <= LARGEST_MAIL:
        return None
    for digest in rows:
        if letter.raw.startswith(archive.read(MAIL, digest)[:2000]):
            scene.keys[digest] = key
            return rows.pop(digest)
    return None


def _events(scene: Scene, names: tuple[str, ...]) -> Counter[int]:
    wanted = ", ".join(f"'{name}'" for name in names)
    rows = scene.rows(f"select mail_id from events where event in ({wanted}) and mail_id is not null")
    return Counter(row["mail_id"] for row in rows)


def _one_folder(scene: Scene) -> Iterator[str]:
    """Each copy of each letter lies in one folder, and none in the inbox; nothing else lies anywhere."""
    lying: dict[str, Counter[str]] = {}
    for folder, raws in scene.folders().items():
        for raw in raws:
            lying.setdefault(sha256(raw).hexdigest(), Counter())[folder] += 1
    for digest, count in scene.copies.items():
        folders = lying.pop(digest, Counter())
        if folders.total() != count or len(folders) != 1 or "INBOX" in folders:
            yield f"{scene.keys[digest]}: was delivered {count} times and lies in {dict(folders)}"
    yield from (f"something lies in {dict(folders)} that was never delivered" for folders in lying.values())


def _outbox_and_server(scene: Scene, found: Judged) -> Iterator[str]:
    """Promises 2 and 3: what the outbox says was sent is what the server accepted, to the byte."""
    archive = Archive(scene.root / "data" / "archive")
    rows = {
        row["message_id"]: row
        for row in scene.rows(
            "select id, message_id, recipient, state, template, payload, key from effects where kind = 'send'"
        )
    }
    ids = {row["id"]: row["message_id"] for row in rows.values()}
    repeats: Counter[str] = Counter()
    for row in scene.rows("select detail from events where event = 'send_repeated'"):
        repeats[ids[_json(row["detail"])["effect"]]] += 1
    accepted: dict[str, list[bytes]] = {}
    for received in scene.sink.mails:
        mail = message_from_bytes(received.raw, policy=default)
        message_id = str(mail["Message-ID"]).strip()
        accepted.setdefault(message_id, []).append(received.raw)
        row = rows.get(message_id)
        if row is None:
            yield "the server accepted a mail that no outbox row has"
        elif received.recipients != (row["recipient"],):
            yield f"{row['template']} went to {len(received.recipients)} recipients, or to another one"
        elif archive.read(SENT, _json(row["payload"])["digest"]) != received.raw:
            yield f"{row['template']} is not kept as it was sent"
    found.sent = len(accepted)
    for message_id, row in rows.items():
        count = len(accepted.get(message_id, []))
        if row["state"] == "done" and count == 0:
            yield f"{row['template']} is done in the outbox and never came to the server"
        if row["state"] not in ("done", "buried"):
            yield f"{row['template']} is {row['state']} in the outbox"
        found.refused += row["state"] == "buried"
        if count > 1:
            found.repeated += count - 1
            if len(set(accepted[message_id])) > 1:
                yield f"two different texts went out under the Message-ID of one {row['template']}"
            if count > 1 + repeats[message_id]:
                yield (
                    f"{row['template']} was accepted {count} times, and was unknown and sent again only"
                    f" {repeats[message_id]} times"
                )


def _json(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else dict(value)  # SQLite has text


def _nothing_doubled(scene: Scene) -> Iterator[str]:
    """No case, filing, timer or reply stands twice. Unique keys forbid most of it; this does not trust them."""
    for what, table, columns in (
        ("case", "cases", "reference"),
        ("filing", "filings", "application_number, digest"),
        ("timer", "timers", "coalesce(case_id, 0), coalesce(mail_id, 0), kind, due_at"),
        ("outgoing mail", "effects", "message_id, kind"),
        ("outgoing mail", "effects", "key"),
    ):
        only = "where kind = 'send'" if "message_id" in columns else ""
        if what == "timer":
            only = "where state <> 'cancelled'"
        query = f"select count(*) as n from {table} {only} group by {columns} having count(*) > 1"
        for row in scene.rows(query):
            yield f"a {what} stands {row['n']} times"
    rang = scene.rows("select count(*) as n from timers where state = 'set'")
    if rang[0]["n"]:
        yield f"{rang[0]['n']} timers of the past never rang"


def _nothing_left(scene: Scene) -> Iterator[str]:
    """No unfinished file, and no process."""
    data = scene.root / "data"
    for path in (*(data / "spool").glob("*"), *(data / "archive").rglob(".*")):
        if path.is_file():
            yield f"an unfinished file stays for ever under {path.parent.relative_to(scene.root)}"
    if left := scene.nursery.orphans():
        yield f"{len(left)} processes were left behind by daemons that died"


EVENT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) [a-z_]+(\.[a-z_]+)?"
    r"( [a-z_]+=(\"(?:[^\"\\]|\\.)*\"|[^\s\"]+))*"
)


def _log(scene: Scene) -> Iterator[str]:
    """Nothing unforeseen happened, and no event line tells who or what."""
    words = _private_words(scene)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + r")(?!\w)")
    seen: set[str] = set()
    for line in scene.log.lines:
        event = line.partition("Z ")[2]
        kind = " ".join(event.split()[:2]) or line[:60]
        if kind in seen:
            continue
        if " bug " in line or line.startswith("Traceback") or event.split()[1:2] == ["bug"]:
            seen.add(kind)
            yield f"the log tells of a bug: {line}"
        if EVENT.fullmatch(line) and (told := pattern.search(line.lower())):
            seen.add(kind)
            yield f"an event line says {told.group()!r}: {kind}"


def _private_words(scene: Scene) -> set[str]:
    """Every address, number, subject and name in the letters, the register and the roster; lower case."""
    found: set[str] = set(FAMILIES)
    for item in scene.delivered.values():
        if not item.raw:
            continue
        mail = message_from_bytes(item.raw)  # the forgiving policy: some are hostile
        found |= {str(mail[name]) for name in ("Subject", "Message-ID") if mail[name]}
        for name, address in getaddresses([str(make_header(decode_header(str(mail["From"] or ""))))]):
            found |= {address, *name.split()}
        text = item.raw[:20_000].decode("utf-8", "replace")
        found |= set(re.findall(r"\b[A-Z]{1,2}\d{8,}\b|\b\d{2,4}-\d{4}-\d{4}\b|\b\d{3}-\d{3}-\d{4}\b", text))
    for name in ("register.csv", "roster.csv"):
        with (scene.root / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                wanted = ("number", "family_name", "given_name", "date_of_birth", "uci", "member", "riding", "address")
                found |= {word for key in wanted for word in (row.get(key) or "").split()}
    return {word.lower().strip() for word in found if len(word) > 4} - NEVER_WORDS
