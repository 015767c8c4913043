"""The report of a replay as one document: for a screen, for programs, and as it is kept with an activation. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inboxd.replaying.comparing import KINDS, Compared, Outcome
from inboxd.replaying.judging import Unread


def document(
    judged: Sequence[Compared | Unread], *, since: datetime, until: datetime, old_version: str, new_version: str
) -> dict[str, Any]:
    """Totals first, then every mail that would change, what can do most harm on top; JSON values only."""
    read = [item for item in judged if isinstance(item, Compared)]
    unread = [item for item in judged if isinstance(item, Unread)]
    changed = [item for item in read if item.changes]
    kinds = Counter(kind for item in read for kind in item.kinds)
    order = list(KINDS)
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "old_version": old_version,
        "new_version": new_version,
        "mails": len(judged),
        "read": len(read),
        "not_read": len(unread),
        "changed": len(changed),
        "kinds": {kind: kinds[kind] for kind in KINDS},
        "changes": [_row(item) for item in sorted(changed, key=lambda item: order.index(item.kinds[0]))],
        "only_words": [item.mail_id for item in read if item.kinds and not item.changes],
        "unread": [
            {"mail": item.mail_id, "received": item.received.isoformat(), "why": item.why, "bug": item.bug}
            for item in unread
        ],
    }


def _row(item: Compared) -> dict[str, Any]:
    return {
        "mail": item.mail_id,
        "received": item.received.isoformat(),
        "kinds": list(item.kinds),
        "old": _outcome(item.old),
        "new": _outcome(item.new),
    }


def _outcome(outcome: Outcome) -> Mapping[str, Any]:
    return {
        "route": outcome.route,
        "held": outcome.held,
        "categories": [str(category) for category in outcome.categories],
        "reply_by": [at.isoformat() for at in outcome.reply_by],
        "action_by": [at.isoformat() for at in outcome.action_by],
        "templates": list(outcome.templates),
        "criteria": [{"id": name, "words": words} for name, words in outcome.criteria],
        "because": outcome.because,
    }
