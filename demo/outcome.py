"""What became of each mail, from three witnesses: the database, the IMAP server, and the SMTP server.

Each is compared with what the demo expects; every difference is one line. Nothing here is printed from memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from demo.letters import Letter
from demo.stage import Stage
from inboxd.settings import Place
from tests.office import ALERTS
from tests.servers import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A mail that the daemon sent, as the SMTP server got it."""

    template: str
    """The daemon's own name for it; empty if it knows nothing of this mail."""
    recipient: str
    received: Received
    mail: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"]).strip()

    @property
    def answers(self) -> str:
        return str(self.mail["In-Reply-To"] or "").strip()

    @property
    def text(self) -> str:
        return str(self.mail.get_content())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One mail of the demo and what became of it."""

    letter: Letter
    story: Mapping[str, Any] | None
    folder: str
    """Where it lies on the IMAP server; empty if it is nowhere."""
    replies: tuple[Reply, ...]
    """To its sender."""

    @property
    def why(self) -> str:
        """The recorded reason, with the words that hit."""
        if self.story is None:
            return "was not taken"
        mail = self.story["mail"]
        because = str(mail["held_detail"] or mail["because"])
        hit = next((hit for hit in mail["hits"] if hit["criterion"] in because), None)
        return f'{because}: "{hit["words"]}"' if hit else because

    def differences(self, stage: Stage) -> Iterator[str]:
        """What is not as expected, one line each."""
        expected = self.letter.expected
        if self.story is None:
            yield "was not taken"
            return
        mail = self.story["mail"]
        stays = expected.place == Place.STAY
        folder = self.letter.folder if stays else stage.settings.folder(Place(expected.place))
        if mail["place"] != expected.place:
            yield f"was decided for {mail['place']}, not for {expected.place}: {mail['because']}"
        if self.folder != folder:
            yield f"lies in {self.folder or 'no folder'}, not in {folder}"
        sent, wanted = sorted(reply.template for reply in self.replies), sorted(expected.replies)
        if sent != wanted:
            yield f"was answered with {', '.join(sent) or 'nothing'}, not with {', '.join(wanted) or 'nothing'}"
        for words in expected.why:
            if words not in mail["because"]:
                yield f'the reason is "{mail["because"]}", without "{words}"'
        state = "held" if expected.held else "done"
        if mail["state"] != state:
            yield f"is {mail['state']}, not {state}"
        if expected.case:
            cases = [f"{case['category']} {case['state']}" for case in self.story["cases"]]
            if cases != [expected.case]:
                yield f"its case is {', '.join(cases) or 'none'}, not {expected.case}"


def replies(stage: Stage) -> list[Reply]:
    """Everything that was sent, in order."""
    templates = {
        effect["message_id"]: str(effect["template"])
        for story in stage.stories().values()
        for effect in story["effects"]
        if effect["kind"] == "send"
    }
    found = []
    for received in stage.sent():
        mail = message_from_bytes(received.raw, policy=default)
        assert isinstance(mail, EmailMessage)
        identity = str(mail["Message-ID"]).strip()
        # a reminder or page about a case belongs to no mail
        template = templates.get(identity, "alert" if received.recipients == (ALERTS,) else "")
        found.append(Reply(template=template, recipient=", ".join(received.recipients), received=received, mail=mail))
    return found


def outcomes(stage: Stage, letters: Sequence[Letter]) -> list[Outcome]:
    """What became of these mails, in their order."""
    stories = stage.stories()
    places = {_digest(raw): name for name, mails in stage.folders() for raw in mails}
    sent = replies(stage)
    found = []
    for letter in letters:
        digest = _digest(letter.raw)
        story = stories.get(digest)
        mine = {effect["message_id"] for effect in story["effects"]} if story else set()
        found.append(
            Outcome(
                letter=letter,
                story=story,
                folder=places.get(digest, ""),
                replies=tuple(one for one in sent if one.message_id in mine and one.template != "alert"),
            )
        )
    return found


def strays(stage: Stage, letters: Sequence[Letter]) -> Iterator[str]:
    """What no mail accounts for: a mail sent to somebody else, sent twice or unencrypted, or left in the inbox."""
    readers = {letter.sender for letter in letters} | {ALERTS}
    seen: set[str] = set()
    for reply in replies(stage):
        if reply.recipient not in readers or not reply.template:
            yield f"a mail was sent to {reply.recipient} that nobody asked for"
        if reply.message_id in seen:
            yield f"{reply.template} was sent twice to {reply.recipient}"
        seen.add(reply.message_id)
        if not reply.received.encrypted:
            yield f"{reply.template} was sent without encryption"
    left = len(stage.dovecot.messages("INBOX"))
    if left:
        yield f"{left} mails are left in the inbox"


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
