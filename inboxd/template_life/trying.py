"""A draft tried on past mail: what the last replies of each changed notice would say, beside what was sent.

Each reply is made anew from the very values that it was made from, in both languages. In the language that was sent the
other side is what went out, from the archive; in the other one it is what the texts in force say of the same values.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy

from inboxd.archive import SENT
from inboxd.context import Context
from inboxd.errors import BadConfig, InboxdError, Permanent, Problem, Transient
from inboxd.mail import Language
from inboxd.plan import Said, Value
from inboxd.replies import NOTICES, Templates, Text
from inboxd.replies.collection import ENDING, LANGUAGES
from inboxd.replies.layout import flaws_in_text
from inboxd.replies.text import join_both
from inboxd.store import reply_values
from inboxd.store.reply_values import PastReply
from inboxd.template_life.drafts import Checked, Draft, check
from inboxd.template_life.in_force import expect_notice, in_force

LAST = 200
"""So many past mails of each notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One past reply, as it was and as it would be."""

    notice: str
    mail_id: int | None
    at: datetime
    language: Language
    was_sent: bool
    """The old side is what went out; else what the texts in force say."""
    old: str = field(repr=False)
    new: str = field(repr=False)

    @property
    def is_changed(self) -> bool:
        return self.old != self.new

    def diff(self) -> list[str]:
        """The lines of a unified diff, without names of files."""
        lines = difflib.unified_diff(self.old.splitlines(), self.new.splitlines(), lineterm="", n=1)
        return [*lines][2:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What trying a draft showed."""

    problems: tuple[Problem, ...]
    """Why it cannot be taken into use; empty: it can."""
    changed: tuple[str, ...]
    """Notices that would have another version."""
    tried: Mapping[str, int]
    """How many past mails of each of them."""
    comparisons: tuple[Comparison, ...] = field(repr=False)
    """Those that differ, newest first."""
    checked: Checked = field(repr=False)

    @property
    def is_sound(self) -> bool:
        return not self.problems

    def differing(self) -> dict[str, int]:
        """How many mails of each notice would say something else than they did."""
        mails = {(found.notice, found.mail_id, found.at) for found in self.comparisons}
        count = Counter(notice for notice, _, _ in mails)
        return {notice: count[notice] for notice in self.changed}

    def report(self) -> dict[str, object]:
        """What is kept of it: figures, and no word of any mail."""
        return {"tried": dict(self.tried), "differ": self.differing(), "last": LAST}

    def alike(self) -> list[tuple[list[str], list[Comparison]]]:
        """The differences, each once with all the mails that have it, the most frequent first."""
        groups: dict[tuple[str, ...], list[Comparison]] = {}
        for found in self.comparisons:
            lines = found.diff()
            key = (found.notice, found.language, *(line for line in lines if line[:1] in "+-"))
            groups.setdefault(key, []).append(found)
        return [(group[0].diff(), group) for group in sorted(groups.values(), key=len, reverse=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A notice as its reader would get it."""

    text: Text
    mail_id: int | None
    """The past mail whose values it shows; None: made-up ones."""
    at: datetime | None


def try_out(context: Context, draft: Draft, last: int = LAST) -> Trial:
    """Check a draft, and try it on the last replies of each notice that it changes. Takes nothing into use."""
    checked = check(context, draft)
    if checked.templates is None:
        return Trial(problems=checked.problems, changed=checked.changed, tried={}, comparisons=(), checked=checked)
    return try_templates(context, checked, checked.templates, last)


def try_templates(context: Context, checked: Checked, templates: Templates, last: int = LAST) -> Trial:
    """Try texts that are sound by themselves."""
    problems: list[Problem] = []
    tried: dict[str, int] = {}
    differ: list[Comparison] = []
    for notice in checked.changed:
        past = past_replies(context, notice, last)
        tried[notice] = len(past)
        for reply in past:
            context.alive()
            wrong = list(_problems(templates, reply))
            problems += wrong
            if not wrong:
                found = _compared(context, checked.before.templates, templates, reply)
                differ += [each for each in found if each.is_changed]
    return Trial(
        problems=tuple(_once_each(problems)), changed=checked.changed, tried=tried, comparisons=tuple(differ),
        checked=checked,
    )  # fmt: skip


def past_replies(context: Context, notice: str, last: int = LAST) -> list[PastReply]:
    """The last replies of a notice, newest first, whose values are those that it has today."""
    expect_notice(notice)
    with context.database.reading() as tx:
        return reply_values.latest(tx, notice, frozenset(NOTICES[notice].sample), last)


def _problems(templates: Templates, reply: PastReply) -> Iterator[Problem]:
    """What goes wrong with the values of a past mail, in either language."""
    whose = f" (with the values of mail {reply.mail_id})" if reply.mail_id else " (with the values of a past mail)"
    for language in LANGUAGES:
        made = templates.attempt(reply.template, language, reply.said.values)
        if isinstance(made, Problem):
            yield Problem(file=made.file, line=made.line, key=made.key, message=made.message + whose)
            continue
        path = templates.collection.files[language][reply.template + ENDING].path
        for line, sentence in flaws_in_text(made, reply.said.values, is_sample=False):
            yield Problem(file=path, line=line, key="", message=sentence + whose)


def _once_each(problems: list[Problem]) -> list[Problem]:
    """Each fault once, with the newest mail that shows it."""
    first: dict[tuple[object, ...], Problem] = {}
    for problem in problems:
        key = (problem.file, problem.line, problem.key, problem.message.partition(" (with the values")[0])
        first.setdefault(key, problem)
    return sorted(first.values())


def _compared(context: Context, old: Templates, new: Templates, reply: PastReply) -> Iterator[Comparison]:
    said, sent = reply.said, _as_sent(context, reply)
    both = said.language is Language.BOTH
    for language in (Language.BOTH,) if both else LANGUAGES:
        was_sent = sent is not None and language is said.language
        before = sent if was_sent and sent is not None else _written(old, reply, language)
        if before is not None:
            yield Comparison(
                notice=reply.template,
                mail_id=reply.mail_id,
                at=reply.at,
                language=language,
                was_sent=was_sent,
                old=before,
                new=shown(rendered(new, reply.template, language, said)),
            )


def _written(templates: Templates, reply: PastReply, language: Language) -> str | None:
    """What these texts say of the same values; None where they cannot."""
    try:
        return shown(rendered(templates, reply.template, language, reply.said))
    except Permanent:
        return None


def rendered(templates: Templates, notice: str, language: Language, said: Said) -> Text:
    """A notice in one language or both. Raises `Permanent` if it cannot be made."""
    if language is not Language.BOTH:
        return templates.text(notice, language, said.values)
    order = (Language.FR, Language.EN) if said.french_first else (Language.EN, Language.FR)
    first, second = (templates.text(notice, one, said.values) for one in order)
    return join_both(first, second, french_first=said.french_first)


def shown(text: Text) -> str:
    """Subject and text, as in a mail."""
    return f"{text.subject}\n\n{text.body}"


def _as_sent(context: Context, reply: PastReply) -> str | None:
    """What went out; None if its file cannot be read any more."""
    try:
        mail = message_from_bytes(context.archive.read(SENT, reply.digest), policy=policy.default)
    except Transient:
        raise
    except InboxdError:
        return None
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    written = body.decode("utf-8").replace("\r\n", "\n")
    return f"{mail['Subject']}\n\n{written}"


def preview(
    context: Context, notice: str, language: Language, *, draft: Draft | None = None, mail_id: int | None = None,
    values: Mapping[str, Value] | None = None,
) -> Preview:  # fmt: skip
    """A notice as its reader gets it: in force or of a draft; with made-up values, given ones, or a past mail's.

    Raises `BadConfig` if the draft cannot be rendered at all, `Permanent` if the mail had no such reply, or what it was
    made of is not kept any more.
    """
    expect_notice(notice)
    templates = in_force(context).templates
    if draft is not None:
        checked = check(context, draft)
        if checked.templates is None:
            raise BadConfig(checked.problems)
        templates = checked.templates
    at = None
    if mail_id is not None:
        with context.database.reading() as tx:
            past = reply_values.of_mail(tx, mail_id, notice)
        if past is None:
            raise Permanent(
                f"mail {mail_id} had no {notice}, or what it was made of is not kept any more; "
                f"of each notice that is so for the last {reply_values.KEPT}"
            )
        said, at = past.said, past.at
    else:
        said = Said(language=language, french_first=False, values=values or templates.sample_values(notice))
    return Preview(text=rendered(templates, notice, language, said), mail_id=mail_id, at=at)
