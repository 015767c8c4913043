"""Every notice, in every language, as it leaves: one recipient, nobody else named, taken by a real server as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest

from inboxd.mail import Language
from inboxd.plan import ReplyPlan
from inboxd.replies import NOTICES, Templates, render
from inboxd.settings import OfficeSettings, ReplySettings, SmtpSettings
from inboxd.smtp import SmtpCourier
from tests.servers import SmtpSink

NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
OFFICE = OfficeSettings(address="question@centre.example", name_en="Centre for Members", name_fr="Centre pour députés",
                        message_id_domain="centre.example")
REPLIES = ReplySettings(booking_url="https://liaison.example/", web_form_url="https://form.example/",
                        find_member_url="https://find.example/", status_tracker_url="https://tracker.example/",
                        passport_url="https://passport.example/", contact="1-555-0100")
HOSTILE = "x\r\nBcc: everybody@mp.example\r\nTo: other@mp.example"


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates.load(REPLIES, OFFICE, ZoneInfo("America/Toronto"))


@pytest.fixture(scope="module")
def sink() -> Iterator[SmtpSink]:
    with SmtpSink(security="plain") as server:
        yield server


@pytest.fixture(scope="module")
def courier(sink: SmtpSink) -> Iterator[SmtpCourier]:
    settings = {"host": sink.host, "port": sink.port, "security": "plain", "timeout_seconds": 10}
    made = SmtpCourier(SmtpSettings.model_validate(settings), lambda: "")
    yield made
    made.close()


@pytest.mark.parametrize("name", NOTICES)
@pytest.mark.parametrize("hostile", [False, True])
def test_a_notice_has_one_recipient(
    templates: Templates, courier: SmtpCourier, sink: SmtpSink, name: str, hostile: bool
) -> None:
    for language in Language:
        values = dict(templates.sample_values(name))
        if hostile and not name.startswith("incident"):  # their subject is one of our codes
            values |= {key: HOSTILE for key in values if key in ("subject", "office", "member", "name")}
        plan = ReplyPlan(template=name, to="staff@mp.example", language=language, french_first=False, values=values)
        mail = render(templates, plan, None, office=OFFICE, effect_key=f"{name}/{language}/{hostile}", now=NOW)
        before = len(sink.mails)
        courier.send(mail)
        received, = sink.mails[before:]
        assert received.recipients == ("staff@mp.example",)
        assert received.raw == mail.raw
        message = message_from_bytes(received.raw, policy=policy.default)
        assert [str(to) for to in message.get_all("To", [])] == ["staff@mp.example"]
        assert not {"cc", "bcc", "resent-to", "reply-to"} & {field.lower() for field, _ in message.items()}
