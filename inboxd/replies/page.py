"""One page with every notice as its reader sees it, in both languages, and the words for every reason.

Made from the templates in force and the catalogue's samples, so that it cannot go stale: `docs/notices.md` is this page
for the packaged texts, and a test compares the two. Same templates, same page. Raises what rendering raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from inboxd.documents import Reason
from inboxd.mail import Language
from inboxd.plan import Value
from inboxd.replies.catalogue import NOTICES
from inboxd.replies.collection import LANGUAGES
from inboxd.replies.rendering import Templates
from inboxd.settings import DocumentSettings, OfficeSettings, ReplySettings

_NAMES: Mapping[Language, str] = {Language.EN: "English", Language.FR: "Français"}
_SUBJECT: Mapping[Language, str] = {Language.EN: "Subject: ", Language.FR: "Objet : "}
WHEN: Mapping[str, str] = {
    "receipt": "The office that sent documents, within seconds, when every one of them was attached to the record.",
    "partial": "The office that sent documents, within seconds, when some were attached and some were not.",
    "failure": "The office that sent documents, within seconds, when none was attached: why, what to do, and the exact "
    "subject to copy. It can be answered with the files.",
    "held": "The office that sent documents, within seconds, when a person must look first. It never says which "
    "particular did not agree, nor whose record it is.",
    "ack_critical": "The office that wrote, within seconds, when a critical criterion hit. Officers are paged too.",
    "ack_urgent": "The office that wrote, within seconds, when an urgent criterion hit.",
    "ack_complex": "The office that wrote, within seconds, when a criterion for complex matters hit.",
    "ack_review": "The office that wrote, within seconds, when the criteria do not settle it and a person decides.",
    "ack_several": "The office that wrote, within seconds, when its message raises several separate matters: each is a "
    "case of its own. For those that meet no criterion it says how to book.",
    "raised": "The office whose case it is, when something it wrote later raised the category.",
    "not_met": "The office that wrote, when no criterion was found: which were looked for, and how to book.",
    "passport": "The office that wrote about a regular passport: which unit answers.",
    "outsider": "People who are not clients of this address, once in a number of days. It confirms nothing.",
    "status": "The office that asked with `STATUS` or `ÉTAT` and the reference of its own case.",
    "digest": "The team (`office.alerts`), on each business day at `office.digest_at`: one mail in both languages.",
    "page": "Whoever is on call, and the team, when a case that is or may be critical came: at once in office or "
    "on-call hours, else at the next. Like all that follow: one mail in both languages, never to a sender.",
    "review_page": "Whoever is on call, and the team, `page_hours` before the answer is due, if nobody decided.",
    "reminder": "The team, at each of the `reminder_hours` before the answer is due.",
    "breach": "The team, when the answer is due and none has gone out.",
    "escalation": "Managers and the team, at each of the `escalation_hours` after the answer was due.",
    "action_reminder": "Whoever is on call, and the team, at each of the `action_reminder_hours` before the alarm.",
    "action_alarm": "Whoever is on call, and the team, `action_hours` after a critical case came, whatever the hour.",
    "filing_reminder": "The team, `warn_business_days` after documents came that are not on the record.",
    "filing_breach": "The team, `breach_business_days` after documents came that are not on the record.",
    "filing_escalation": "Managers and the team, at each of the `escalation_business_days` after that.",
    "incident": "The team (`office.alerts`), once, when something is wrong with inboxd itself; `office.managers` too "
    "when it lasts for `watch.escalate_hours`, or when what was to end has ended.",
    "incident_over": "Whoever was told of it, once, when it has been over for `watch.quiet_minutes`.",
    "alert": "The team (`office.alerts`): mail is held, a reply came back, or something else needs a look. Never to a "
    "sender.",
}
"""Who gets each notice, and when. A notice that is not in here says what the catalogue says."""


def packaged() -> Templates:
    """The packaged templates, for an invented office."""
    office = OfficeSettings(
        address="mcmps-cmds@ircc.example",
        name_en="Ministerial Centre for Members of Parliament and Senators",
        name_fr="Centre ministériel pour les députés et les sénateurs",
        message_id_domain="inboxd.ircc.example",
    )
    replies = ReplySettings(
        booking_url="https://liaison.ircc.example/",
        web_form_url="https://www.ircc.example/web-form",
        find_member_url="https://www.parl.example/members",
        status_tracker_url="https://www.ircc.example/status",
        passport_url="https://www.ircc.example/passport",
        contact="613-555-0100",
    )
    return Templates.load(replies, office, ZoneInfo("America/Toronto"), DocumentSettings())


def page(templates: Templates) -> str:
    """The page in Markdown. Raises `Permanent` if a notice cannot be rendered."""
    return "\n".join(_lines(templates)) + "\n"


def _lines(templates: Templates) -> Iterator[str]:
    yield "# Every notice, as its reader sees it"
    yield ""
    yield "Made by `inboxd templates page` from the templates in force and made-up values; do not edit it by hand."
    yield "How to change a text is in [writing-templates.md](writing-templates.md). A reader gets a notice in one"
    yield "language, or in both, one below the other, where it is not certain which one is wanted."
    yield ""
    for name in templates.names():
        yield f"- [`{name}`](#{name}): {templates.purpose_of(name)}"
    yield "- [Reasons](#reasons): why something was not taken, and what to do"
    for name in templates.names():
        yield from _notice(templates, name)
    yield from _reasons(templates)


def _notice(templates: Templates, name: str) -> Iterator[str]:
    yield ""
    yield f"## {name}"
    yield ""
    yield WHEN.get(name, templates.purpose_of(name))
    cases = (templates.sample_values(name), *({**NOTICES[name].sample, **case} for case in NOTICES[name].together))
    for count, values in enumerate(cases, start=1):
        if len(cases) > 1:
            yield ""
            yield f"### {name}, example {count} of {len(cases)}{_told(values)}"
        for language in LANGUAGES:
            text = templates.text(name, language, values)
            yield ""
            yield f"**{_NAMES[language]}**"
            yield ""
            yield from _fenced(f"{_SUBJECT[language]}{text.subject}\n\n{text.body}")


def _told(values: Mapping[str, Value]) -> str:
    reason = values.get("reason")
    return f": {reason}" if isinstance(reason, str) and reason else ""


def _fenced(text: str) -> Iterator[str]:
    """A block that nothing in the text can end."""
    longest = max((len(found) for found in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}text"
    yield from text.rstrip("\n").split("\n")
    yield fence


def _reasons(templates: Templates) -> Iterator[str]:
    yield ""
    yield "## Reasons"
    yield ""
    yield "What a notice says for each reason code, beside a file or for a whole message. Some are for officers only."
    yield ""
    yield "| code | | why (`reason`) | what to do (`fix`) |"
    yield "|---|---|---|---|"
    for reason in Reason:
        for language in LANGUAGES:
            words = templates.collection.words[language].reasons[reason.value]
            code = f"`{reason}`" if language is LANGUAGES[0] else ""
            yield f"| {code} | {language.upper()} | {_cell(words['reason'])} | {_cell(words['fix'])} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()
