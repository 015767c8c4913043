"""Criteria: what is in force with its examples, how it holds, what was in force before; and a draft tried on past mail.

A draft is tried and forgotten. Taking one into use stays a command (`inboxd criteria activate`).
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from inboxd import replaying
from inboxd.console.asking import Answer, Asked, Page
from inboxd.console.desk import Desk
from inboxd.console.wording import typeset
from inboxd.errors import BadConfig
from inboxd.store import activations, drift
from inboxd.triage.criteria import Criterion, read_criteria

SINCE = timedelta(days=30)
MOST = 1000
"""Mails that a draft is tried on, the newest: about a minute of work. The command replays any number."""
SHOWN = 200


def page(desk: Desk, asked: Asked) -> Answer:
    """The criteria in force."""
    return _page(desk, asked, report=None, problems=[])


def try_draft(desk: Desk, asked: Asked) -> Answer:
    """What an uploaded file would change about the mail of the last days. Nothing is written, nothing is sent."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "draft.toml"
        file.write_bytes(asked.upload)
        try:
            draft = read_criteria(file)
        except BadConfig as error:
            lines = [f"{problem.line}: {problem.key}: {problem.message}" for problem in error.problems]
            return _page(desk, asked, report=None, problems=lines)
    now = desk.now()
    with desk.acting() as context:
        old = context.rules.criteria.version
    # not in the one hand that acts: this may take a minute, and changes nothing
    mails = replaying.past_mails(context, now - SINCE, now)[-MOST:]
    judged = list(replaying.judge_past(context, draft, mails))
    since = mails[0].taken.arrived_at if mails else now - SINCE
    report = replaying.document(judged, since=since, until=now, old_version=old, new_version=draft.version)
    return _page(desk, asked, report=report, problems=[])


def _page(desk: Desk, asked: Asked, *, report: dict[str, Any] | None, problems: list[str]) -> Answer:
    now, rows = desk.now(), desk.context.rules.criteria.rows
    with desk.database.reading() as tx:
        held = drift.measure(tx, {row.id: str(row.category) for row in rows}, since=now - SINCE, zone=desk.zone)
        past = activations.history(tx)
    return Page(
        template="criteria.html.j2",
        values={
            "in_use": desk.context.rules.criteria.version,
            "rows": [
                {
                    "id": row.id,
                    "category": str(row.category),
                    "text": typeset(getattr(row, f"description_{asked.language}"), asked.language),
                    "hits": _examples(row, "must_hit", asked.language),
                    "misses": _examples(row, "must_not_hit", asked.language),
                }
                for row in rows
            ],
            "drift": held,
            "few": drift.FEW,
            "past": past,
            "report": report,
            "changes": report["changes"][:SHOWN] if report else [],
            "kinds": replaying.KINDS,
            "problems": problems,
        },
        status=422 if problems else 200,
    )


def _examples(row: Criterion, kind: str, language: str) -> list[str]:
    """The examples of a row in this language, as a page shows them; what is looked for stays as its file has it."""
    return [typeset(text, language) for text in getattr(row, f"{kind}_{language}")]
