"""Before a submission is decided: a look inside the files that would be attached, and the malware scanner's word.

Slow and done outside any transaction. Only files that nothing else refuses or holds are looked into: a mail of a
stranger, or one with a wrong number, costs nothing. Never fails: what cannot be looked into is a finding too.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import datetime

from inboxd import triage
from inboxd.documents import Attachment, FileOutcome, Finding, Inspector, Reason, Scanner
from inboxd.errors import Transient
from inboxd.mail import Email, Facts
from inboxd.plan import Plan
from inboxd.triage import Rules

SLOW_FILES = 3
TOO_SLOW = Finding(reason=Reason.NOT_CHECKED, detail="the other files of this mail took all the time there is")
CONSIDERED = (FileOutcome.ATTACHED, FileOutcome.REFUSED, FileOutcome.HELD)
"""Also files that are refused for what shows from outside: malware in them matters more than their type. And files
that wait for information: what is wrong with them is told in the same notice."""


def with_findings(
    email: Email,
    facts: Facts,
    rules: Rules,
    now: datetime,
    inspector: Inspector,
    scanner: Scanner | None,
    stopping: Callable[[], bool] = lambda: False,
) -> Facts:
    """The facts, with what was found in the files of a submission that would attach some.

    All files of a mail together have `SLOW_FILES` times the time of one; those that it does not last for are
    NOT_CHECKED. Raises `Transient` when the daemon is asked to stop: the mail is looked at again after the restart.
    """
    until = time.monotonic() + SLOW_FILES * rules.settings.limits.file_seconds
    findings: dict[str, Finding] = {}
    speaks = True
    while speaks:  # what is found in one can make another wait that would just have been confirmed, and is kept then
        plan = triage.decide(email, facts, rules, now)
        speaks = False
        for attachment in considered(email, plan):
            if attachment.digest in findings:
                continue
            if stopping():
                raise Transient("asked to stop while files were looked into")
            late = time.monotonic() > until
            found = findings[attachment.digest] = TOO_SLOW if late else _look(attachment, inspector, scanner)
            speaks = speaks or found.reason is not None
        facts = dataclasses.replace(facts, findings=dict(findings)) if findings else facts
    return facts


def considered(email: Email, plan: Plan) -> tuple[Attachment, ...]:
    """The files to look into; none where the whole submission ends for another reason than its files."""
    submission = plan.submission
    if submission is None or not submission.number:
        return ()
    paths = {item.path for item in submission.files if item.outcome in CONSIDERED}
    once = {attachment.digest: attachment for attachment in email.attachments if attachment.path in paths}
    return tuple(once.values())


def _look(attachment: Attachment, inspector: Inspector, scanner: Scanner | None) -> Finding:
    """Malware hides everything else; a scanner that does not answer hides only that nothing was found."""
    scanned = scanner.scan(attachment.content) if scanner is not None else Finding()
    if scanned.reason is Reason.MALWARE:
        return scanned
    found = inspector.inspect(attachment)
    return scanned if found.reason is None else found
