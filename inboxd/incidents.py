"""Stage 5: the daemon looks at itself, and tells people: one alert when something is wrong, one when it is over.

Each incident and each step of its ladder is a row. Marking a step fired and putting its mails in the outbox is one
transaction, so dying anywhere neither loses nor doubles an alert. What begins again before its end was told is the same
incident, silently; the end is told when it has lasted, and is not in doubt. An alert about mail that cannot be sent
waits in the outbox like any other, and goes out when that is over. Raises `Transient` when the database or the archive
refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from inboxd import alerts, maillog
from inboxd.conditions import ENDINGS, SHOWN_BY_SERVERS, Ending, Finding, Found, Kind, Matter, found
from inboxd.context import Context
from inboxd.measuring import measure
from inboxd.plan import Value
from inboxd.settings import Audience, WatchSettings
from inboxd.store import incidents as rows
from inboxd.store import shown_days
from inboxd.store.incidents import ENDED, ESCALATED, PAST, SET, TOLD, Incident

MOST_PROBLEMS = 20
"""So many are named in a mail; `inboxd templates check` names all."""
LEARN_ANEW_SECONDS = 3600.0
"""A certificate that ends soon is looked at again so often, by a new connection."""


def look(app: Context) -> int:
    """Find out what is wrong, open and end incidents, tell what is to be told. Returns how many steps were told."""
    account = app.settings.mailbox.account
    with app.database.reading() as tx:
        known, days = rows.live(tx, account), shown_days.days(tx, account)
    doubted = any(incident.kind is Kind.REPLIES_WAITING and incident.is_open for incident in known)
    situation = measure(app, sending_doubted=doubted)
    _keep_days(app, days, situation.endings)
    seen = _learn_anew(app, found(situation, app.settings.watch))
    if _differs(known, seen, app.now()):
        _write_down(app, known, seen)
        with app.database.reading() as tx:
            known = rows.live(tx, account)
    return sum(_tell(app, incident, step) for incident in known for step in _due(incident, seen, app.now()))


def _keep_days(app: Context, known: Mapping[Matter, datetime], endings: Sequence[Ending]) -> None:
    """For the desk, which speaks to no server. A server that was not spoken to since the start is as it was."""
    spoken_to = {(ending.kind, ending.subject): ending.at for ending in endings if ending.kind in SHOWN_BY_SERVERS}
    days = {matter: at or known.get(matter) for matter, at in spoken_to.items()}
    shown = {matter: at for matter, at in days.items() if at is not None}
    if shown != known:
        with app.database.transaction() as tx:
            shown_days.keep(tx, app.settings.mailbox.account, shown, app.now())


def _learn_anew(app: Context, seen: Found) -> Found:
    """A connection that is up for weeks shows a certificate that may be renewed since: connect again, then judge."""
    shown = app.mailbox.certificates
    doubtful = frozenset(
        finding.matter
        for finding in seen.findings
        if finding.kind in SHOWN_BY_SERVERS and finding.subject.startswith("mailbox")
    )
    if not doubtful or shown is None or shown.age_seconds < LEARN_ANEW_SECONDS or not app.mailbox.connected:
        return seen
    app.mailbox.close()  # the next stage that needs it connects
    left = tuple(finding for finding in seen.findings if finding.matter not in doubtful)
    return Found(findings=left, unknown=seen.unknown | doubtful)


def ladder(finding: Finding, watch: WatchSettings, now: datetime) -> Mapping[str, datetime]:
    """The steps of a new incident, and when each is due while it lasts."""
    told = now + finding.wait
    if finding.ends_at is None:
        return {TOLD: told, ESCALATED: told + timedelta(hours=watch.escalate_hours)}
    if finding.ends_at <= now:
        return {PAST: now}
    return {TOLD: told, PAST: finding.ends_at}


def _differs(known: Sequence[Incident], seen: Found, now: datetime) -> bool:
    """Whether the rows say something else than what was found."""
    wrong = {finding.matter: finding for finding in seen.findings}
    matters = {incident.matter for incident in known}
    if any(finding.opens and finding.matter not in matters for finding in seen.findings):
        return True
    for incident in known:
        finding = wrong.get(incident.matter)
        if incident.is_ahead_of(now):
            return True
        if finding is None:
            if incident.is_open and incident.matter not in seen.unknown:
                return True
        elif not incident.is_open or (incident.ends_at, incident.detail) != (finding.ends_at, finding.detail):
            return True
    return False


def _write_down(app: Context, known: Sequence[Incident], seen: Found) -> None:
    """Bring the rows in line with what was found, in one transaction. Nobody is told here."""
    now, watch = app.now(), app.settings.watch
    wrong = {finding.matter: finding for finding in seen.findings}
    matters = {incident.matter for incident in known}
    opened: list[tuple[int, Finding]] = []
    ended: list[Incident] = []
    with app.database.transaction() as tx:
        for incident in known:
            finding = wrong.get(incident.matter)
            if incident.is_ahead_of(now):
                rows.set_back(tx, incident, now)
            if finding is None:
                gone = incident.is_open and incident.matter not in seen.unknown
                if gone and rows.end(tx, incident.incident_id, now, now + timedelta(minutes=watch.quiet_minutes)):
                    ended.append(incident)
            elif incident.is_open or rows.go_on(tx, incident.incident_id, now):
                rows.bring_up_to_date(tx, incident.incident_id, finding)
        for finding in seen.findings:
            if finding.opens and finding.matter not in matters:
                steps = ladder(finding, watch, now)
                incident_id = rows.open_one(tx, app.settings.mailbox.account, finding, now, steps)
                opened += [(incident_id, finding)] if incident_id else []
    for incident_id, finding in opened:
        maillog.incident_opened(incident_id, kind=finding.kind, subject=finding.subject)
    for incident in ended:
        maillog.incident_over(incident.incident_id, kind=incident.kind, subject=incident.subject)


def _due(incident: Incident, seen: Found, now: datetime) -> list[str]:
    """The steps that are to be told now, in order. An end that is in doubt is not told yet."""
    due = [name for name, step in incident.steps.items() if step.state == SET and step.due_at <= now]
    if not incident.is_open:
        return [ENDED] if ENDED in due and incident.matter not in seen.unknown else []
    if PAST in due or incident.fired(PAST):  # "ends soon" is not told of what has ended
        return [PAST] if PAST in due else []
    return [step for step in (TOLD, ESCALATED) if step in due]


def _tell(app: Context, incident: Incident, step: str) -> bool:
    """Carry out one step, once. True if it was done here and now."""
    now = app.now()
    silent = step == ENDED and not incident.fired(TOLD, ESCALATED, PAST)
    told = () if silent else _alerts(app, incident, step)
    with app.database.transaction() as tx:
        if not silent and not rows.fire(tx, incident, step, now):
            return False
        if step == ENDED:
            rows.close(tx, incident, now)
        alerts.put_in(tx, told, now)
    if not silent:
        maillog.incident_told(incident.incident_id, kind=incident.kind, subject=incident.subject, step=step)
    return not silent


def _problems(app: Context) -> tuple[str, ...]:
    """What is wrong with the texts on disk: file, line and sentence, of as many as a person corrects at a time."""
    return tuple(str(problem) for problem in app.templates.refused[:MOST_PROBLEMS])


def _alerts(app: Context, incident: Incident, step: str) -> tuple[alerts.Alert, ...]:
    past = incident.kind in ENDINGS and (incident.fired(PAST) or step == PAST)
    values: dict[str, Value] = {
        "title": f"{incident.kind}_past" if past else str(incident.kind),
        "subject": incident.subject,
        "since": incident.began_at,
        "ends": incident.ends_at or "",
        "ended": incident.ended_at or "",
        "step": step,
        "waiting": str(incident.detail.get("waiting", "")),
        "problems": _problems(app) if incident.kind is Kind.TEXTS_REFUSED and step != ENDED else (),
    }
    high = step in (ESCALATED, PAST) or (step == ENDED and incident.fired(ESCALATED, PAST))
    at = incident.ends_at if step == PAST and incident.ends_at is not None else incident.noticed_at
    return alerts.prepare(
        app,
        f"incident/{incident.incident_id}/{incident.kind}/{at.timestamp():.0f}/{step}",
        str(incident.kind),
        received=incident.began_at,
        template="incident_over" if step == ENDED else "incident",
        to=Audience.MANAGERS if high else Audience.TEAM,
        values=values,
    )
