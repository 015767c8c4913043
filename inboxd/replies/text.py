"""One notice in one language: subject and text, from a template and its values. Raises what the template raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import Environment

from inboxd.mail import Language
from inboxd.plan import Value
from inboxd.replies.budget import budget
from inboxd.replies.collection import ENDING
from inboxd.replies.wording import NBSP, one_line, wrap

SUBJECT_PREFIX: Mapping[Language, str] = {Language.EN: "Subject: ", Language.FR: "Objet : "}
PHRASE = re.compile(r"mcmps\s+attachment|fichiers?\s+joints?\s+cmds", re.IGNORECASE)
"""The submission phrase: in a subject of ours, it would make an answer look like a submission (domain.md 6)."""
MAX_SUBJECT = 200

_FOLLOWS: Mapping[Language, str] = {Language.EN: "(Le français suit)", Language.FR: "(English follows)"}
_RULE = "-" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A notice as a person reads it. The body has `\\n` line ends and ends with one."""

    subject: str
    body: str


def write(env: Environment, language: Language, name: str, values: Mapping[str, Value]) -> Text:
    """Render the notice `name` with the environment of `language`."""
    with budget():
        rendered = env.get_template(name + ENDING).render(values)
    first, _, rest = rendered.partition("\n")
    # French spaces may have become non-breaking on the way.
    subject = one_line(first.replace(NBSP, " ").removeprefix(SUBJECT_PREFIX[language])).strip()
    if len(subject) > MAX_SUBJECT:
        subject = subject[:MAX_SUBJECT - 1].rstrip() + "…"
    return Text(subject=subject, body=wrap(rest))


def join_both(first: Text, second: Text, *, french_first: bool) -> Text:
    """Both languages in full, the first one announcing the other (domain.md 7.1); the subject has both."""
    follows = _FOLLOWS[Language.FR if french_first else Language.EN]
    return Text(subject=f"{first.subject} / {second.subject}",
                body=f"{follows}\n\n{first.body}\n{_RULE}\n\n{second.body}")
