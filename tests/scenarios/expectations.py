"""What `expected.toml` says about one mail, compared with what became of it; the differences in words.

README.md in this folder says what may stand in it. What is not named under a mail must not have happened: no case, no
reply, no submission, no alert. Text is compared with `*` as a wildcard, and with single spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import select

from inboxd.plan import INTERNAL_NOTICES
from inboxd.store import reading
from inboxd.tables import cases, effects, sightings, timers
from tests.scenarios.posts import Out
from tests.scenarios.reading import TORONTO
from tests.scenarios.world import World

MAIL_KEYS = {"at", "route", "rule", "place", "state", "held", "because", "sent", "alerts", "withheld", "joins",
             "submission", "case", "reply", "same_mail_as", "doors", "then"}


def on_the_wall(at: datetime | None) -> str:
    return at.astimezone(TORONTO).strftime("%Y-%m-%d %H:%M") if at else ""


def plain(value: str) -> str:
    return " ".join(value.split())


def fits(wanted: object, found: object) -> bool:
    """Equal; for text also as a pattern."""
    if isinstance(wanted, str) and isinstance(found, str):
        literal = re.sub(r"([\[\]?])", r"[\1]", plain(wanted))
        return plain(wanted) == plain(found) or fnmatchcase(plain(found), literal)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(fits(one, other) for one, other in zip(wanted, found, strict=True))
    return wanted == found


def _differences(where: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterable[str]:
    for key, value in wanted.items():
        if key not in found:
            yield f"{where}: nobody knows what {key} is"
        elif not fits(value, found[key]):
            yield f"{where}.{key}: expected {value!r}, found {found[key]!r}"


def mail_complaints(world: World, name: str, mail_id: int, expected: Mapping[str, Any]) -> list[str]:
    """Everything in which the mail `mail_id` is not as expected."""
    unknown = set(expected) - MAIL_KEYS
    complaints = [f"{name}: {key} is no key of a mail" for key in sorted(unknown)]
    with world.context.database.reading() as tx:
        story = reading.story(tx, mail_id)
        folders = set(tx.scalars(select(sightings.c.folder_now).where(sightings.c.mail_id == mail_id)))
    assert story is not None
    mail = story["mail"]
    sends = [row for row in story["effects"] if row["kind"] == "send"]
    replies = [row for row in sends if row["template"] not in INTERNAL_NOTICES]
    found = {
        "route": mail["route"], "rule": mail["rule"], "state": mail["state"], "held": mail["held_reason"],
        "place": ", ".join(sorted(folders)), "sent": sum(row["state"] == "done" for row in sends),
        "alerts": len(sends) - len(replies), "withheld": mail["withheld"],
        "joins": [row["reference"] for row in story["cases"] if row["relation"] != "opened"],
        "because": mail["because"],
    }
    simple = {"held": "", "alerts": 0, "withheld": [], "joins": [],
              **{key: value for key, value in expected.items() if key in found}}
    simple["joins"] = [_filled(world, value) for value in simple["joins"]]
    complaints += _differences(name, simple, found)
    complaints += _submission(name, expected.get("submission"), story)
    complaints += _cases(world, name, expected.get("case", []), story)
    complaints += _replies(world, name, expected.get("reply", []), replies)
    return complaints


def _filled(world: World, value: str) -> str:
    found = re.fullmatch(r"\{\{(\w+):(\d+)\.(\w+)\}\}", value)
    return world.placeholder(found[1], int(found[2]), found[3]).decode() if found else value


def _submission(name: str, wanted: Mapping[str, Any] | None, story: Mapping[str, Any]) -> Iterable[str]:
    rows = story["submissions"]
    if wanted is None:
        if rows or story["filings"]:
            yield f"{name}: a submission was recorded ({rows[-1]['outcome'] if rows else 'filed'})"
        return
    if not rows:
        yield f"{name}: no submission was recorded"
        return
    last = [row for row in story["files"] if row["decision"] == rows[-1]["decision"]]
    files = [f"{row['safe_name']}: {row['outcome']} {row['reason']}".strip() for row in last]
    found = {**rows[-1], "files": files}
    yield from _differences(f"{name}.submission", {"reasons": [], "missing": [], **wanted}, found)
    attached = {row["digest"] for row in story["files"] if row["outcome"] == "attached"}
    # what a register refused is on no record, but stays called attached until a person finishes the mail
    kept = [row for row in story["filings"] if row["state"] != "refused" or row["digest"] in attached]
    filed = [row["digest"] for row in kept if row["mail_id"] == story["mail"]["id"]]
    if sorted(filed) != sorted(attached):
        yield f"{name}: {len(attached)} files are called attached, {len(filed)} are on the record"
    if {row["application_number"] for row in kept} - {rows[-1]["number"]}:
        yield f"{name}: filed on another record"


def case_as_found(row: Mapping[str, Any], timer_rows: Iterable[Any]) -> dict[str, Any]:
    """A case row as expectations speak of it."""
    clocks = {row.kind: (row.state, on_the_wall(row.due_at)) for row in timer_rows}
    return {
        **{key: row[key] for key in ("category", "state", "queue", "high_profile", "office", "language")},
        "criteria": sorted(row["criteria"]), "numbers": row["numbers"], "reply_by": on_the_wall(row["reply_by"]),
        "action_by": on_the_wall(row["action_by"]), "clock_start": on_the_wall(row["clock_start"]),
        "answered_at": on_the_wall(row["answered_at"]), "reference": row["reference"],
        "timers": sorted(kind for kind, (state, _) in clocks.items() if state == "set"),
        "fired": sorted(kind for kind, (state, _) in clocks.items() if state == "fired"),
        "cancelled": sorted(kind for kind, (state, _) in clocks.items() if state == "cancelled"),
        "due": dict(sorted((kind, at) for kind, (_, at) in clocks.items())),
    }


def case_differences(where: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterable[str]:
    """`criteria` and `due` are subsets; everything else must be the same."""
    rest = {key: value for key, value in wanted.items() if key not in ("criteria", "due")}
    rest = {key: sorted(value) if key in ("timers", "fired", "cancelled") else value for key, value in rest.items()}
    yield from _differences(where, rest, found)
    missing = set(wanted.get("criteria", ())) - set(found["criteria"])
    if missing:
        yield f"{where}.criteria: {sorted(missing)} not among {found['criteria']}"
    for kind, at in wanted.get("due", {}).items():
        if found["due"].get(kind) != at:
            yield f"{where}.due.{kind}: expected {at}, found {found['due'].get(kind)}"


def _cases(world: World, name: str, wanted: list[Mapping[str, Any]], story: Mapping[str, Any]) -> Iterable[str]:
    opened = [row for row in story["cases"] if row["relation"] == "opened"]
    if len(opened) != len(wanted):
        categories = [row["category"] for row in opened]
        yield f"{name}: {len(wanted)} cases expected, opened: {categories} because {story['mail']['because']}"
        return
    with world.context.database.reading() as tx:
        for index, (want, row) in enumerate(zip(wanted, opened, strict=True), start=1):
            clocks = tx.execute(select(timers).where(timers.c.case_id == row["id"])).all()
            yield from case_differences(f"{name}.case[{index}]", want, case_as_found(row, clocks))


def _replies(world: World, name: str, wanted: list[Mapping[str, Any]], rows: list[Mapping[str, Any]]) -> Iterable[str]:
    if len(wanted) != len(rows):
        yield f"{name}: {len(wanted)} replies expected, made: {[row['template'] for row in rows]}"
        return
    by_id = {str(out.message["Message-ID"]): out for out in world.post.sent()}
    for index, (want, row) in enumerate(zip(wanted, rows, strict=True), start=1):
        where = f"{name}.reply[{index}]"
        out = by_id.get(row["message_id"])
        if out is None:
            yield f"{where}: was never sent"
            continue
        yield from _reply(world, where, want, row, out)


def _reply(world: World, where: str, want: Mapping[str, Any], row: Mapping[str, Any], out: Out) -> Iterable[str]:
    found = {
        "template": row["template"], "language": str(out.message["Content-Language"]), "to": ", ".join(out.recipients),
        "subject": str(out.message["Subject"]), "in_reply_to": str(out.message["In-Reply-To"] or ""),
    }
    yield from _differences(where, {key: value for key, value in want.items() if key not in ("has", "lacks")}, found)
    text = plain(f"{out.message['Subject']}\n{out.text}")
    has, lacks = ([_filled(world, phrase) for phrase in want.get(key, ())] for key in ("has", "lacks"))
    yield from (f"{where}: does not say {phrase!r}" for phrase in has if plain(phrase) not in text)
    yield from (f"{where}: says {phrase!r}" for phrase in lacks if plain(phrase) in text)


END_KEYS = {"at", "case", "alerts", "undelivered", "folders", "mails", "documents", "notice"}


def _documents(world: World, wanted: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """`[end.documents.N]`: how the submission of the N-th mail stands, which later mails may have settled."""
    for name, want in wanted.items():
        with world.context.database.reading() as tx:
            story = reading.story(tx, int(name))
        assert story is not None
        last = story["submissions"][-1]
        of_last = [row for row in story["files"] if row["decision"] == last["decision"]]
        found = {
            **{key: last[key] for key in ("outcome", "reasons", "number", "verified_by", "missing")},
            **{key: story["mail"][key] for key in ("state", "rule", "because")}, "held": story["mail"]["held_reason"],
            "place": world.context.settings.folder(story["mail"]["place"]),
            "files": [f"{row['safe_name']}: {row['outcome']} {row['reason']}".strip() for row in of_last],
            "filed": sum(row["mail_id"] == int(name) for row in story["filings"]),
            "due": {row["kind"]: on_the_wall(row["due_at"]) for row in story["timers"]
                    if row["state"] == "set" and row["kind"].startswith("filing")},
        }
        for kind, at in want.get("due", {}).items():
            if found["due"].get(kind) != at:
                yield f"end.documents.{name}.due.{kind}: expected {at}, found {found['due'].get(kind)}"
        rest = {"reasons": [], "missing": [], "due": {}, **want}
        if want.get("due"):
            del rest["due"]
        yield from _differences(f"end.documents.{name}", rest, found)


def end_complaints(world: World, expected: Mapping[str, Any]) -> list[str]:
    """The `[end]` table: after the clock went on to `at`, how everything stands.

    `[[end.case]]` in order of opening; `[end.documents.N]` for the N-th mail; `[[end.notice]]` in order of sending;
    `alerts`: how many internal notices were sent in all; `undelivered`: how many of our mails are marked so;
    `folders`: how many messages lie in each; `mails`: how many rows.
    """
    complaints = [f"end: {key} is no key" for key in sorted(set(expected) - END_KEYS)]
    with world.context.database.reading() as tx:
        case_rows = tx.execute(select(cases).order_by(cases.c.id)).mappings().all()
        clocks = tx.execute(select(timers)).all()
        sends = tx.execute(select(effects).where(effects.c.kind == "send")).all()
        total = reading.tally(tx)["mails"]
    found = {
        "alerts": sum(row.template in INTERNAL_NOTICES for row in sends),
        "undelivered": sum("undeliverable" in row.last_error for row in sends),
        "folders": {name: len(mails) for name, mails in sorted(world.post.contents().items()) if mails},
        "mails": sum(total.values()),
    }
    simple = {key: value for key, value in expected.items() if key not in ("at", "case", "documents", "notice")}
    complaints += _differences("end", simple, found)
    complaints += _documents(world, expected.get("documents", {}))
    if "notice" in expected:
        internal = sorted((row for row in sends if row.template in INTERNAL_NOTICES), key=lambda row: row.id)
        complaints += _replies(world, "end.notice", expected["notice"], [dict(row._mapping) for row in internal])
    wanted = expected.get("case", [])
    if "case" in expected and len(wanted) != len(case_rows):
        return [*complaints, f"end: {len(wanted)} cases expected, there are {len(case_rows)}"]
    for index, (want, row) in enumerate(zip(wanted, case_rows, strict=False), start=1):
        own = [clock for clock in clocks if clock.case_id == row["id"]]
        complaints += case_differences(f"end.case[{index}]", want, case_as_found(dict(row), own))
    return complaints
