"""Any bytes as an attachment end in an outcome: the whole way from the mail's bytes to the plan."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxd import looking_inside, parsers, triage
from inboxd.documents import Application, FileOutcome, SubmissionOutcome
from inboxd.mail import Facts, Taken
from inboxd.settings import read_settings
from inboxd.triage import Rules
from tests.crash.letters import PHRASE
from tests.fakes import InThisProcess
from tests.files.archives import zipped
from tests.files.office import doc, docx
from tests.files.pdf import pdf
from tests.files.pictures import jpeg, png
from tests.office import GATEWAY, INBOX, Server, write_office
from tests.remembered import read_rules

RECORD = Application(number="E123456789", uci="1122223333")
NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
REAL = (pdf(), docx(), doc(), jpeg(), png(), zipped())
NAMES = st.one_of(
    st.sampled_from(["letter.pdf", "scan.jpg", "a.docx", "../../etc/passwd", "winmail.dat", "m.msg", "x.eml", "", "."]),
    st.text(max_size=40),
)
TYPES = st.sampled_from([
    "application/pdf", "image/jpeg", "application/octet-stream", "application/ms-tnef", "message/rfc822",
    "application/vnd.ms-outlook", "text/plain", "text/html", "image/heic", "application/zip",
])


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Bytes of any kind, and real files with a piece missing or changed."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=400))
    real = draw(st.sampled_from(REAL))
    at = draw(st.integers(0, len(real)))
    return real[:at] + draw(st.binary(max_size=8)) + real[at + draw(st.integers(0, 40)):]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    root: Path = tmp_path_factory.mktemp("office")
    server = Server(port=1, username="u", password="p")
    return read_rules(read_settings(write_office(root, imap=server, smtp=Server(port=2))))[0]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=contents(), name=NAMES, kind=TYPES, inline=st.booleans())
def test_any_bytes_end_in_an_outcome(rules: Rules, content: bytes, name: str, kind: str, inline: bool) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["Authentication-Results"] = f"{GATEWAY}; dmarc=pass header.from=parl.example"
    mail["From"], mail["To"], mail["Subject"] = "staff.rivers@parl.example", INBOX, f"{PHRASE} {RECORD.number}"
    mail["Message-ID"] = "<any@parl.example>"
    mail.set_content("UCI 11-2222-3333")
    main, _, sub = kind.partition("/")
    where, shown = "inline" if inline else "attachment", name.replace("\r", "").replace("\n", "")
    mail.add_attachment(content, maintype="application", subtype="octet-stream", disposition=where, filename=shown)
    raw = mail.as_bytes().replace(b"application/octet-stream", f"{main}/{sub}".encode())
    chosen = rules.settings
    email = parsers.parse(raw, digest="d", limits=chosen.limits, office=chosen.office,
                          senders=chosen.senders, two_letter_prefixes=("EP",))
    taken = Taken(mail_id=1, digest="d", size=len(raw), account="main", folder="INBOX", arrived_at=NOW, attempts=1)
    facts = Facts.of_an_empty_store(taken, application=RECORD)
    known = looking_inside.with_findings(email, facts, rules, NOW, InThisProcess(), None)
    plan = triage.decide(email, known, rules, NOW)
    assert plan.submission is not None
    assert plan.submission.outcome in SubmissionOutcome
    assert {item.path for item in plan.submission.files} == {item.path for item in email.attachments}
    attached = [item for item in plan.submission.files if item.outcome is FileOutcome.ATTACHED]
    assert all(known.findings[a.digest].reason is None for a in email.attachments for i in attached if i.path == a.path)
    assert plan.replies, "the sender hears of it"
