"""What was said since about a submission: the later mails that complete it, read again from the archive.

Fails with `Transient` if the archive cannot be read now; with another `InboxdError` if such a mail cannot be read at
all: the submission is then held, and a person sees both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from inboxd.context import Context
from inboxd.documents import Application
from inboxd.mail import Answer, Email, Taken
from inboxd.store import settlings


def answers_to(app: Context, tx: Connection, taken: Taken) -> tuple[Answer, ...]:
    """The mails that completed a submission, in order; none for most mails. What comes fresh, no other completed."""
    if not taken.decisions:
        return ()
    return tuple(
        Answer(
            mail_id=each.taken.mail_id,
            email=app.reader.stored(each.taken.digest),
            arrived_at=each.taken.arrived_at,
            number=each.number,
        )
        for each in settlings.completing(tx, taken.mail_id)
    )


def other_records(
    email: Email, answers: Sequence[Answer], number: str, look_up: Callable[[str], Application | None]
) -> tuple[str, ...]:
    """The numbers that the subject or an answer gave beside `number` and that records have.

    `look_up` as `documents.Register.look_up`, whose errors it passes on.
    """
    if not answers:
        return ()
    given = dict.fromkeys((email.subject_reading.number, *(answer.number for answer in answers)))
    return tuple(other for other in given if other and other != number and look_up(other) is not None)
