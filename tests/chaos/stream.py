"""The letters of a storm: what arrives, in which order, at what time, and what people do in their mail client.

Seeded: the same seed makes the same story. It begins with the first post of the demo (documents right and wrong,
enquiries of all categories, strangers, machines), goes on with letters made here (several cases, large ones, hostile
ones), and what answers our own mails: follow-ups, status requests, officers' answers, bounces, out-of-office. Those
can only be written when our mail has arrived, so they are functions of it. Nothing here fails.

Each is of its own making as far as order could matter (no two strangers of one address, no two equal files), so that
what becomes of a letter hangs on the letter alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from demo import answers
from demo.answers import Answered
from demo.documents import PHRASE, documents
from demo.enquiries import enquiries
from demo.files import File, pdf
from demo.letters import ALMA, CORA, MAUDE, OFFICER, PRIYA, Person, compose, day_en, day_fr, message_id
from demo.others import others
from tests.chaos.more_letters import more_letters
from tests.files.pdf import pdf as any_pdf
from tests.office import INBOX, PROJECT

ODD = (
    "297-no-sender", "298-two-senders", "302-broken-mime", "324-no-message-id", "284-html-only-latin1",
    "227-look-alike-domain", "222-forged-verdict", "203-out-of-office-french",
    "206-calendar-invitation", "205-read-receipt", "210-bounce-of-a-stranger", "327-header-injection",
)
"""Scenarios whose mail is taken as it is: broken, hostile, or sent by a machine."""
IN_EVERY_STORY = ("made-case-0", "made-case-1", "made-case-2", "made-paper-0", "203-out-of-office-french/message",
                  "forged", "made-large")
"""However short it is."""
ANSWERED = ("made-case", "critical", "urgent", "complex", "general", "review-en", "more-removal", "more-funeral")
"""How the keys of letters begin after which something happens when they were answered."""
LARGE_BYTES = 700_000
TOO_LARGE_BYTES = 2_500_000
FAMILIES = ("Abelard", "Brightwater", "Castell", "Dunmore", "Eastwood", "Fairbairn", "Galloway", "Hartwick")
Maker = Callable[[datetime, Answered], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that happens: a letter that arrives, or what a person does with one."""

    key: str
    arrived: datetime
    folder: str = "INBOX"
    raw: bytes = field(default=b"", repr=False)
    after: str = ""
    """Key of the letter whose reply must have come first; for what a person does, of the letter it is done to."""
    make: Maker | None = None
    order: str = ""
    """The folder to which a person moves that letter."""
    late: bool = False
    """Comes when the clock has leapt over all deadlines, as if it had lain about until then."""

    def written(self, replies: Mapping[str, Answered]) -> bytes:
        return self.raw if self.make is None else self.make(self.arrived, replies[self.after])


def story(seed: int, base: datetime, *, length: int = 60, more: int = 0) -> list[Item]:
    """Everything of one storm, in order of arrival; `base` is the daemon's time when it begins.

    `length` are letters of the first post; `more` come on top, a quarter of them after the leap.
    """
    chance = random.Random(f"stream {seed}")
    at = base - timedelta(minutes=40)
    every = [*_demo(at), *_made(chance, at)]
    chance.shuffle(every)
    first = sorted(every, key=lambda item: item.key not in IN_EVERY_STORY)[:length]
    others = [Item(key=key, arrived=at, raw=raw, late=number >= more - more // 4)
              for number, (key, raw) in enumerate(more_letters(chance, at, more))]
    first += others
    chance.shuffle(first)
    answered = {
        item.key: item for item in first
        if item.key.startswith(ANSWERED) and not item.late
    }
    later = [_with_bytes(item, answered) for item in _second(chance, base, [*answered])]
    return [
        replace(item, arrived=at + timedelta(seconds=17 * place))
        for place, item in enumerate(first)
    ] + later


def _with_bytes(item: Item, first: Mapping[str, Item]) -> Item:
    """What comes once more is the first letter itself: the very bytes, or by another route."""
    route = {"again": b"X-Delivered-By: mx2.ircc.example\r\n", "twice": b""}.get(item.key.partition("/")[0])
    return item if route is None else replace(item, raw=route + first[item.after].raw)


def _demo(at: datetime) -> Iterator[Item]:
    for letter in (*documents(at), *enquiries(at), *others(at)):
        yield Item(key=letter.key, arrived=at, raw=letter.raw)


def _made(chance: random.Random, at: datetime) -> Iterator[Item]:
    names = chance.sample(FAMILIES, 8)
    soon = (at + timedelta(days=4)).date()
    people: list[Person] = [PRIYA, ALMA, MAUDE, CORA]

    def letter(key: str, sender: Person, subject: str, text: str, *files: File) -> Item:
        return Item(key=key, arrived=at, raw=compose(key, sender, subject, text, at=at, files=files))

    for number, name in enumerate(names[:4]):
        sender = chance.choice(people)
        yield letter(
            f"made-case-{number}", sender, f"File of {name}",
            f"Bonjour,\n\nLe renvoi de {name} est prévu pour {day_fr(soon)}; sa vie est en danger là-bas.\n\nMerci,"
            if sender is MAUDE else
            f"Hello,\n\nThe removal of Mr. {name} is scheduled for {day_en(soon)} and his life is at risk there."
            "\n\nThank you,",
        )
    yield letter(
        "made-several", PRIYA, "Three files",
        f"Hello,\n\n1) Mr. Owen {names[4]}, E123456789. His removal is scheduled for {day_en(soon)}.\n\n"
        f"2) Ms. Ada {names[5]}, W987654321. Her father passed away in Lima and she needs her travel document for the"
        f" funeral.\n\n3) Mr. Ian {names[6]}, F555000111. Is there any news?\n\nYou can reach us at 613-555-0101.",
    )
    words = "Good morning,\n\nPlease add this for Amara Okonjo-Reyes, born 1984-06-30. We hold her written consent."
    for number in range(3):
        yield letter(f"made-paper-{number}", PRIYA, f"{PHRASE} E123456789", words,
                     pdf(f"paper-{number}.pdf", f"Paper {number} of {chance.random()}"))
    for key, size in (("made-large", LARGE_BYTES), ("made-too-large", TOO_LARGE_BYTES)):
        content = any_pdf(text=key, ballast=size)
        yield letter(key, PRIYA, f"{PHRASE} E123456789", words,
                     File(name=f"{key}.pdf", content_type="application/pdf", content=content))
    yield letter("made-template", PRIYA, "{{ 7 * 7 }} {% for x in y %}",
                 f"Hello,\n\n{{{{ config }}}} {{% include '/etc/passwd' %}} When will {names[7]} hear?\n\nThank you,")
    for number in range(2):
        stranger = Person(name="A stranger", address=f"stranger-{number}@elsewhere.example")
        yield letter(f"made-stranger-{number}", stranger, "Hello", "When will my visa come?")
    for name in ODD:
        for path in sorted((PROJECT / "tests" / "scenarios" / name).glob("*.eml")):
            yield Item(key=f"{name}/{path.stem}", arrived=at, raw=_on_the_wire(path.read_bytes()))


def _on_the_wire(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _second(chance: random.Random, base: datetime, keys: list[str]) -> Iterator[Item]:
    """One thing that happens after our reply to each of these letters."""
    kinds: list[Callable[[str, datetime], Item]] = [
        _follow_up, _officer, _bounce, _away, _status, _thanks, _again, _twice, _closed,
        _relabelled,
    ]
    chance.shuffle(kinds)
    for number, key in enumerate(keys):
        yield kinds[number % len(kinds)](key, base + timedelta(seconds=10 * number))


def _reply(key: str, text: str, subject: str = "RE: your message", **more: tuple[tuple[str, str], ...]) -> Maker:
    def make(at: datetime, ours: Answered) -> bytes:
        sender = _sender_of(ours)
        name = message_id(key.partition("/")[2])
        return compose(key.replace("/", "."), sender, subject.format(ours.reference), text, at=at,
                       answers=(name, ours.message_id), headers=more.get("headers", ()))

    return make


def _sender_of(ours: Answered) -> Person:
    """Whom our reply went to."""
    head = ours.raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    return next((person for person in (PRIYA, ALMA, MAUDE, CORA) if person.address in head), PRIYA)


def _follow_up(key: str, at: datetime) -> Item:
    text = "Hello,\n\nHer husband is in intensive care on a ventilator now, and the doctors say he has days to live."
    return Item(key=f"follow/{key}", arrived=at, after=key, make=_reply(f"follow/{key}", text))


def _thanks(key: str, at: datetime) -> Item:
    return Item(key=f"thanks/{key}", arrived=at, after=key, make=_reply(f"thanks/{key}", "Thank you very much."))


def _status(key: str, at: datetime) -> Item:
    def make(when: datetime, ours: Answered) -> bytes:
        return compose(f"status.{key}", _sender_of(ours), f"STATUS {ours.reference}", "Where is it?", at=when)

    return Item(key=f"status/{key}", arrived=at, after=key, make=make)


def _away(key: str, at: datetime) -> Item:
    maker = _reply(f"away/{key}", "I am away until Monday.", "Automatic reply: We received your message",
                   headers=(("Auto-Submitted", "auto-replied"),))
    return Item(key=f"away/{key}", arrived=at, after=key, make=maker)


def _bounce(key: str, at: datetime) -> Item:
    def make(when: datetime, ours: Answered) -> bytes:
        raw = answers._bounce(when, ours, _sender_of(ours))
        return raw.replace(message_id("bounce").encode(), message_id(f"bounce.{key}").encode())

    return Item(key=f"bounce/{key}", arrived=at, after=key, make=make)


def _again(key: str, at: datetime) -> Item:
    """The same message by another route, after it was answered."""
    return Item(key=f"again/{key}", arrived=at, after=key)


def _twice(key: str, at: datetime) -> Item:
    """The very bytes once more."""
    return Item(key=f"twice/{key}", arrived=at, after=key)


def _officer(key: str, at: datetime) -> Item:
    def make(when: datetime, ours: Answered) -> bytes:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = f'"MCMPS / CMDS" <{INBOX}>'
        mail["To"] = _sender_of(ours).address
        mail["Subject"] = f"RE: your message [{ours.reference}]"
        mail["Date"] = format_datetime(when)
        mail["Message-ID"] = message_id(f"officer.{key}")
        mail["In-Reply-To"] = ours.message_id
        mail["References"] = f"{message_id(key)} {ours.message_id}"
        mail.set_content(f"Hello,\n\nI will call you tomorrow.\n\n-- \n{OFFICER.signature[0]}\n")
        return mail.as_bytes()

    return Item(key=f"officer/{key}", arrived=at, after=key, folder="Sent", make=make)


def _closed(key: str, at: datetime) -> Item:
    return Item(key=f"closed/{key}", arrived=at, after=key, order="Closed")


def _relabelled(key: str, at: datetime) -> Item:
    return Item(key=f"relabelled/{key}", arrived=at, after=key, order="Enquiries/Complex")
