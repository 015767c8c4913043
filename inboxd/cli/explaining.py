"""`inboxd explain`: decide a mail from a file with the rules in force, and touch nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from inboxd import app, replaying, replies, triage
from inboxd.cli import stories
from inboxd.cli.showing import clean, shown
from inboxd.context import Context
from inboxd.database import Database, open_engine
from inboxd.errors import InboxdError, Permanent
from inboxd.mail import Email, Taken
from inboxd.plan import Plan, Verdict
from inboxd.store import mails, overrides


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A decision that was not carried out."""

    email: Email
    plan: Plan
    received: datetime
    context: Context
    note: str
    corrected: Sequence[Mapping[str, Any]] = ()
    """What a person corrected on its cases, if we know this mail."""

    def as_document(self) -> dict[str, Any]:
        plan = asdict(self.plan)
        files = [
            {name: getattr(item, name) for name in ("path", "safe_name", "sniffed_type", "size", "digest", "inline")}
            for item in self.email.attachments
        ]
        return {
            "received": self.received,
            "language": self.email.language,
            "numbers": self.email.numbers,
            "new_words": self.email.body.new,
            "automatic": self.email.automatic and asdict(self.email.automatic),
            "authentication": asdict(self.email.authentication),
            "defects": self.email.defects,
            "files": files,
            "plan": plan,
            "note": self.note,
            "overrides": list(self.corrected),
        }


def _received(given: str | None, email: Email, context: Context) -> datetime:
    if given is None:
        return email.date or context.now()
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise Permanent(f"--at {given!r} is not a time such as 2026-12-24T15:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=context.rules.standards.calendar.zone)


def explain(config: Path, file: Path, received: str | None) -> Explained:
    """Parse and decide. Raises `Permanent` if the file cannot be read, `Unparsable` if it is no mail."""
    context = app.build(config, touch=False)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Permanent(f"{file} cannot be read: {error.strerror}") from error
    try:
        email = context.reader.given(raw)
        database, note = database_or_empty(context)
        with database.reading() as tx:
            known = mails.by_digest(tx, context.settings.mailbox.account, email.digest)
            past = known.arrived_at if known and received is None else None
            arrived = past or _received(received, email, context)
            taken = Taken(
                mail_id=known.mail_id if known else 0,
                digest=email.digest,
                size=len(raw),
                account=context.settings.mailbox.account,
                folder=known.folder if known else context.settings.mailbox.inbox,
                arrived_at=arrived,
                attempts=1,
            )
            facts = replaying.known_then(context, tx, taken, email, arrived)
            corrected = overrides.of_mail(tx, taken.mail_id)
    finally:
        context.close()  # SQLite takes its side files away with the last connection
    return Explained(
        email=email,
        plan=triage.decide(email, facts, context.rules, arrived),
        received=arrived,
        context=context,
        note=note,
        corrected=corrected,
    )


def database_or_empty(context: Context) -> tuple[Database, str]:
    """The office's database, or an empty one in memory if there is none to ask."""
    why = "there is none yet"
    try:
        if context.database.is_there():
            current, head = context.database.revision()
            if current == head:
                return context.database, ""
            why = "it is empty or of another version"
    except InboxdError as error:
        why = str(error)
    empty = Database(open_engine("sqlite://"))
    empty.upgrade()
    return empty, f"decided without the database ({why}): no record, case or earlier mail is known"


def tell(explained: Explained, *, replies: bool) -> None:
    """Print a decision for a person."""
    plan, email, context = explained.plan, explained.email, explained.context
    zone = context.rules.standards.calendar.zone
    verdict = plan.verdict
    click.echo(f"{verdict.route} by rule {verdict.rule}, to folder {_folder(context, plan)}")
    click.echo(f"  because {verdict.because}")
    click.echo(
        f"  received {shown(explained.received, zone)}, language {email.language}, "
        f"authentication {email.authentication.result}"
    )
    if plan.held:
        click.echo(f"  held: {plan.held}")
    _tell_words(verdict, "")
    for line in (*stories.days_named([asdict(item) for item in verdict.dates]), *stories.not_found(verdict.looked_for)):
        click.echo(line)
    click.echo(f"  by rules version {verdict.rules_version[:12]}")
    if plan.submission is not None:
        click.echo(f"  documents: {plan.submission.outcome} {' '.join(plan.submission.reasons)}".rstrip())
        by_path = {attachment.path: attachment for attachment in email.attachments}
        for file in plan.submission.files:
            click.echo(f"    {clean(by_path[file.path].safe_name)}: {file.outcome} {file.reason or ''}".rstrip())
    for case in plan.cases:
        name = f"{case.reference} " if len(plan.cases) > 1 else ""
        click.echo(f"  case {name}{case.category}: reply by {shown(case.deadline.reply_by, zone)}")
        for step in case.deadline.steps:
            click.echo(f"    {step}")
        _tell_words(verdict, case.reference)
    for reply in plan.replies:
        click.echo(f"  reply: {reply.template} in {reply.language}")
        if replies:
            click.echo(_text(explained, reply.template))
    for line in stories.corrections(explained.corrected, lambda value: shown(value, zone)):
        click.echo(f"  {line}")
    if explained.note:
        click.echo(f"  note: {explained.note}")


def _tell_words(verdict: Verdict, case: str) -> None:
    """What was read: hits, the second reader's opinion, what was set aside; of a mail with several cases, by case."""
    indent = "    " if case else "  "
    for hit in (each for each in verdict.hits if each.case == case):
        if hit.where == "opinion":
            click.echo(f"{indent}{hit.criterion}: {hit.category}, {clean(hit.words)}")
        else:
            click.echo(f'{indent}hit {hit.criterion} ({hit.category}): "{clean(hit.words)}" in {hit.where}')
    for item in (each for each in verdict.excluded if each.case == case):
        click.echo(f'{indent}set aside {item.criterion or "in general"}: "{clean(item.words)}" ({item.because})')


def _folder(context: Context, plan: Plan) -> str:
    return "(stays)" if plan.place == "stay" else context.settings.folder(plan.place)


def _text(explained: Explained, template: str) -> str:
    from email import message_from_bytes

    reply = next(item for item in explained.plan.replies if item.template == template)
    mail = replies.render(
        explained.context.templates,
        reply,
        explained.email,
        office=explained.context.settings.office,
        effect_key="explain",
        now=explained.received,
    )
    payload = message_from_bytes(mail.raw).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return f"{mail.subject}\n\n{payload.decode()}"
