"""A case, or one mail: its story and its conversation, and what a person may do about it.

Each reading is written to the journal before anything is shown. The acts are the stages' own functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inboxd import casework, holding, overriding, timers
from inboxd.console import news, telling
from inboxd.console.asking import Answer, Asked, Download, GoTo, NotThere, Page
from inboxd.console.desk import Desk
from inboxd.context import Context
from inboxd.documents import REFUSABLE, Instruction
from inboxd.errors import Permanent
from inboxd.plan import Category
from inboxd.store import conversations, held, reading
from inboxd.store import desk as reads


def of_case(desk: Desk, asked: Asked) -> Answer:
    """A case with the mail that opened it, or another one of its conversation."""
    reference = asked.place["reference"].upper()
    with desk.database.reading() as tx:
        case, conversation = reads.case(tx, reference), conversations.of_case(tx, reference)
        if case is None or conversation is None:
            raise NotThere
        mail_id = int(asked.place.get("mail_id", case["mail_id"]))
        if mail_id not in conversation.mail_ids:
            raise NotThere
        story, others = reading.story(tx, mail_id), reads.mails_of(tx, conversation.mail_ids)
        unsafe = telling.unsafe_files(tx, mail_id)
    return _shown(desk, asked, case, story, others, unsafe)


def of_mail(desk: Desk, asked: Asked) -> Answer:
    """One mail, with a case or without."""
    mail_id = int(asked.place["mail_id"])
    with desk.database.reading() as tx:
        story, conversation = reading.story(tx, mail_id), conversations.of_mail(tx, mail_id)
        if story is None or conversation is None:
            raise NotThere
        others = reads.mails_of(tx, conversation.mail_ids)
        unsafe = telling.unsafe_files(tx, mail_id)
    return _shown(desk, asked, None, story, others, unsafe)


def _shown(
    desk: Desk,
    asked: Asked,
    case: dict[str, Any] | None,
    story: Any,
    others: list[dict[str, Any]],
    unsafe: frozenset[str],
) -> Answer:
    now, mail = desk.now(), story["mail"]
    casework.note_reading(desk.database, now, mail["id"], asked.person.actor)
    with desk.database.reading() as tx:
        may_have_arrived = bool(held.unconfirmed(tx, mail["id"]))
    late, left = False, ""
    if case is not None:
        late, days, rest = desk.left(case["reply_by"], now)
        left = desk.said(asked.language).span(days, rest)
    return Page(
        template="case.html.j2",
        values={
            "news": f"/news/cases/{case['reference']}" if case else f"/news/mails/{mail['id']}",
            "seen": news.of_mails(case, others),
            "case": case,
            "late": late,
            "left": left,
            "office": desk.named(case["office"], now) if case else "",
            "mail": mail,
            "story": story,
            "others": others,
            "words": telling.words_of(desk.context, story),
            "looked_for": telling.criteria_of(desk.context, mail["looked_for"], asked.language),
            "hits": telling.hits_of(desk.context, story, case, asked.language),
            "files": telling.files_of(story, unsafe),
            "replies": telling.replies_of(desk.context, story),
            "raw_is_safe": not any(file["digest"] in unsafe for file in story["custody"]),
            "categories": [str(category) for category in Category],
            "reasons": [str(reason) for reason in REFUSABLE],
            "again": held.again(mail["held_reason"]),
            "may_have_arrived": may_have_arrived,
        },
    )


def take_raw(desk: Desk, asked: Asked) -> Answer:
    """The whole mail as it came, to be saved. Never one that has something dangerous in it."""
    mail_id = int(asked.place["mail_id"])
    with desk.database.reading() as tx:
        story, unsafe = reading.story(tx, mail_id), telling.unsafe_files(tx, mail_id)
    if story is None or story["purged"]:
        raise NotThere
    if any(file["digest"] in unsafe for file in story["custody"]):
        raise Permanent("this mail has a file in it that nobody should open")
    content = telling.raw_of(desk.context, story)
    casework.note_taking_out(desk.database, desk.now(), mail_id, asked.person.actor, file="raw")
    return Download(content=content, name=f"mail-{mail_id}.eml")


def take_file(desk: Desk, asked: Asked) -> Answer:
    """One file of a mail, to be saved under its safe name."""
    mail_id, file_id = int(asked.place["mail_id"]), int(asked.place["file_id"])
    with desk.database.reading() as tx:
        story, unsafe = reading.story(tx, mail_id), telling.unsafe_files(tx, mail_id)
    if story is None or story["purged"]:
        raise NotThere
    file = next((file for file in telling.files_of(story, unsafe) if file["id"] == file_id), None)
    if file is None:
        raise NotThere
    if not file["is_safe"]:
        raise Permanent("this file is not given out: it is dangerous, was not scanned, or has such a file in it")
    content = telling.content_of(desk.context, story, file)
    casework.note_taking_out(desk.database, desk.now(), mail_id, asked.person.actor, file=file["path"])
    return Download(content=content, name=f"{mail_id}-{file['safe_name']}")


def note_answer(desk: Desk, asked: Asked) -> Answer:
    """The office was answered where inboxd does not see it."""
    return _on_case(desk, asked, "answered", casework.note_answer)


def wait(desk: Desk, asked: Asked) -> Answer:
    """The case waits for its office."""
    return _on_case(desk, asked, "waits", casework.wait)


def resume(desk: Desk, asked: Asked) -> Answer:
    """The case goes on."""
    return _on_case(desk, asked, "resumed", casework.go_on)


def close(desk: Desk, asked: Asked) -> Answer:
    """Nothing more is to be done about the case."""

    def act(context: Context, reference: str, actor: str) -> None:
        if not timers.close_case(context, reference, actor):
            raise Permanent(f"there is no open case {reference}")

    return _on_case(desk, asked, "closed", act)


def set_category(desk: Desk, asked: Asked) -> Answer:
    """The case belongs elsewhere; its clock runs anew from its first receipt. Nothing is sent to the office."""
    wanted, reason = asked.form.get("category", ""), asked.form.get("reason", "")
    if wanted not in set(Category):
        raise Permanent("there is no such category")

    def act(context: Context, reference: str, actor: str) -> None:
        overriding.set_category(
            context, reference, Category(wanted), reason=reason, by=actor, how=overriding.COMMAND
        )

    return _on_case(desk, asked, "category", act)


def _on_case(desk: Desk, asked: Asked, done: str, act: Callable[[Context, str, str], object]) -> Answer:
    reference = asked.place["reference"].upper()
    with desk.acting() as context:
        act(context, reference, asked.person.actor)
    return GoTo(path=f"/cases/{reference}?done={done}")


def retry(desk: Desk, asked: Asked) -> Answer:
    """A held mail is given to the stages again; a reply that may have arrived only if the person ticked that."""
    mail_id = int(asked.place["mail_id"])
    with desk.acting() as context:
        if not holding.retry(context, mail_id, asked.person.actor, send_again="send_again" in asked.form):
            raise Permanent(f"mail {mail_id} is not held")
    return GoTo(path=f"/mails/{mail_id}?done=retried")


def release(desk: Desk, asked: Asked) -> Answer:
    """The documents of a held mail are attached: this person vouches for sender, person and record."""
    given = asked.form.get("number", "").strip()
    with desk.acting() as context:
        number = holding.number_given(context, given) if given else ""
        order = Instruction(action="release", actor=asked.person.actor, number=number)
        holding.instruct(context, int(asked.place["mail_id"]), order)
    return GoTo(path=f"/mails/{asked.place['mail_id']}?done=released")


def refuse(desk: Desk, asked: Asked) -> Answer:
    """The documents of a held mail are refused; its sender gets a failure notice with this reason."""
    reason = asked.form.get("reason", "")
    if reason not in set(REFUSABLE):
        raise Permanent("there is no such reason")
    with desk.acting() as context:
        order = Instruction(action="refuse", actor=asked.person.actor, reason=reason)
        holding.instruct(context, int(asked.place["mail_id"]), order)
    return GoTo(path=f"/mails/{asked.place['mail_id']}?done=refused")
