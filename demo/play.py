"""The course of the demo: two posts of mail, a person's word between them, and what became of all of it.

Checks itself as it goes: `Play.wrong` names every mail that did not end as expected. Raises `DemoFailure` when it
cannot go on.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from demo import answers, documents, enquiries, others, outcome
from demo.letters import Letter
from demo.outcome import Outcome, Reply
from demo.screen import Screen
from demo.stage import DemoFailure, Stage


class Play:
    """One run of the demo on a stage."""

    def __init__(self, stage: Stage, screen: Screen) -> None:
        self.stage = stage
        self.screen = screen
        self.letters: list[Letter] = []
        self.wrong: dict[str, list[str]] = {}
        """By the key of the mail (empty for what belongs to none): one line for each thing that is not right."""

    def perform(self) -> None:
        """From the first check to the last proof."""
        self._prepare()
        self._first_post()
        self._release()
        self._second_post()
        self._notices()
        self._folders()
        self._verify()

    def _prepare(self) -> None:
        stage, screen = self.stage, self.screen
        screen.heading("An office, its settings, and real servers on loopback")
        rows = json.loads(stage.inboxd("check", "--json"))
        screen.pairs([(row["what"], f"{'ok' if row['ok'] else 'BAD'}  {row['text']}") for row in rows])
        report = stage.inboxd("applications", "import", str(stage.folder / "register.csv"))
        screen.pairs([("register", f"ok  {report.strip().splitlines()[-1]}")])

    def _first_post(self) -> None:
        stage = self.stage
        at = datetime.now(UTC)
        letters = [*documents.documents(at), *enquiries.enquiries(at), *others.others(at)]
        self._deliver(letters)
        began = time.monotonic()
        stage.once()
        took = time.monotonic() - began
        stage.settle(len(self.letters))
        found = self._judge(letters)
        self.screen.heading(f"First post: {len(letters)} mails; `inboxd once` did all of it in {took:.1f} s")
        self.screen.mails(found, 1, self.wrong)

    def _release(self) -> None:
        """A person phones the office and finishes a held mail; the daemon decides it again with the second post."""
        place = self._place_of(documents.RELEASED)
        letter = self.letters[place]
        story = next(iter(outcome.outcomes(self.stage, [letter]))).story
        if story is None or letter.key in self.wrong:
            self._report()
            raise DemoFailure(f"{letter.key} is not held as it should be; a person releases it")
        self.screen.heading(f"Mail {place + 1} is held until a person has phoned the office and heard that he consents")
        identity = str(story["mail"]["id"])
        self.screen.text(f"inboxd release {identity}\n{self.stage.inboxd('release', identity).strip()}")
        self.letters[place] = dataclasses.replace(letter, expected=documents.AFTER_RELEASE)

    def _place_of(self, key: str) -> int:
        """Of the mail with this key in `letters`."""
        return next(at for at, letter in enumerate(self.letters) if letter.key == key)

    def _second_post(self) -> None:
        stage = self.stage
        first = len(self.letters) + 1
        received = {
            letter.key: _as_answered(reply)
            for letter in self.letters
            for reply in outcome.replies(stage)
            if reply.answers == letter.message_id and reply.template != "alert"
        }
        needed = (
            enquiries.STATUS_CASE,
            enquiries.RAISED_CASE,
            enquiries.ANSWERED_CASE,
            enquiries.AWAY_AFTER,
            enquiries.BOUNCED,
            documents.COMPLETED,
        )
        if missing := [key for key in needed if key not in received]:
            self._report()
            raise DemoFailure(f"no reply came to {', '.join(missing)}; the second post answers it")
        again = next(letter for letter in self.letters if letter.key == enquiries.SHOWN_ACKNOWLEDGEMENT)
        stage.start_daemon()
        letters = list(answers.second_post(datetime.now(UTC), received, again))
        self._deliver(letters)
        began = time.monotonic()
        completed = self._place_of(documents.COMPLETED)
        self.letters[completed] = dataclasses.replace(self.letters[completed], expected=documents.AFTER_COMPLETION)
        stage.settle(len(self.letters))
        took = time.monotonic() - began
        stage.stop_daemon()
        found = self._judge(letters)
        self.screen.heading(
            f"Second post: {len(letters)} mails while `inboxd run` watches the inbox, the released and the completed"
            f" one; settled after {took:.1f} s"
        )
        self.screen.mails(found, first, self.wrong)
        for place in (self._place_of(documents.RELEASED), completed):
            self.screen.mails(self._judge([self.letters[place]]), place + 1, self.wrong, head=False)

    def _deliver(self, letters: Sequence[Letter]) -> None:
        folder = self.stage.folder / "mails"
        folder.mkdir(exist_ok=True)
        for letter in letters:
            self.letters.append(letter)
            (folder / self.file_name(letter.key)).write_bytes(letter.raw)
            self.stage.dovecot.deliver(letter.raw, letter.folder)

    def file_name(self, key: str) -> str:
        """Under which the mail with this key lies in `mails/`."""
        return f"{self._place_of(key) + 1:02}-{key}.eml"

    def _judge(self, letters: Sequence[Letter]) -> list[Outcome]:
        found = outcome.outcomes(self.stage, letters)
        for one in found:
            if differences := list(one.differences(self.stage)):
                self.wrong[one.letter.key] = differences
        return found

    def _notices(self) -> None:
        by_key = {one.letter.key: one for one in outcome.outcomes(self.stage, self.letters)}
        self.screen.heading("Two of the notices in full, as the SMTP server received them")
        for key, title, words in (
            (documents.SHOWN_FAILURE, "A failure notice, with the subject line to copy", documents.CORRECT_SUBJECT),
            (enquiries.SHOWN_ACKNOWLEDGEMENT, "A French acknowledgement", "CRITIQUE"),
        ):
            reply = next(iter(by_key[key].replies), None)
            if reply is None:
                continue  # `differences` has named it
            self.screen.notice(title, reply.mail)
            if words not in reply.text:
                self.wrong.setdefault(key, []).append(f'its notice does not say "{words}"')
        keep_replies(self.stage)

    def _folders(self) -> None:
        self.screen.heading("The folders on the IMAP server")
        counts = [(name, len(mails)) for name, mails in self.stage.folders()]
        shown = [(name, f"{count:>2}") for name, count in counts if count or name == "INBOX"]
        self.screen.pairs(shown)
        total = sum(count for _, count in counts)
        if total != len(self.letters):
            self._note(f"{total} mails lie on the server, {len(self.letters)} were delivered")
        for problem in outcome.strays(self.stage, self.letters):
            self._note(problem)

    def _verify(self) -> None:
        self.screen.heading("inboxd verify --deep")
        try:
            self.screen.text(self.stage.inboxd("verify", "--deep"))
        except DemoFailure as error:
            self._note(str(error))

    def _note(self, problem: str) -> None:
        self.wrong.setdefault("", []).append(problem)

    def _report(self) -> None:
        numbers = {letter.key: f"mail {at} ({letter.key})" for at, letter in enumerate(self.letters, start=1)}
        for key, problems in self.wrong.items():
            for problem in problems:
                self.screen.bad(f"NOT AS EXPECTED  {numbers.get(key, 'the whole')}: {problem}")

    def conclude(self) -> bool:
        """Say whether all ended as expected. True if so."""
        self.screen.line()
        if self.wrong:
            self._report()
            return False
        self.screen.line(
            f"All {len(self.letters)} mails ended where they should, each with the reply it should have.", "bold green"
        )
        return True


def keep_replies(stage: Stage) -> list[Path]:
    """Write what was sent since the last call to `replies/`, a file each; returns the new files."""
    folder = stage.folder / "replies"
    folder.mkdir(exist_ok=True)
    have = len(list(folder.glob("*.eml")))
    if len(stage.sent()) == have:
        return []
    made = []
    for number, reply in enumerate(outcome.replies(stage)[have:], start=have + 1):
        path = folder / f"{number:02}-{reply.template or 'unknown'}.eml"
        path.write_bytes(reply.received.raw)
        made.append(path)
    return made


def _as_answered(reply: Reply) -> answers.Answered:
    return answers.Answered(
        message_id=reply.message_id, reference=answers.reference_in(reply.text), raw=reply.received.raw
    )
