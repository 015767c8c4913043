"""Mail that is neither: a newsletter, a stranger, a forged sender, the Minister's Office (`product.md`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from demo.documents import PHRASE
from demo.files import pdf
from demo.letters import DESK, LAWYER, PRIYA, Expected, Letter, Person, compose

_LIST = Person(name="Settlement Weekly", address="news@settlement-weekly.example")


def others(at: datetime) -> Iterator[Letter]:
    """The rest of the first post."""
    yield Letter(
        key="outsider",
        what="A lawyer asks about a client",
        language="EN",
        sender=LAWYER.address,
        raw=compose(
            "outsider",
            LAWYER,
            "Client file E123456789",
            "Dear Sir or Madam,\n\nI act for the applicant in file E123456789. Please tell me where it stands."
            "\n\nYours truly,",
            at=at,
        ),
        expected=Expected(place="outsiders", replies=("outsider",), why=("not on the roster",)),
    )
    yield Letter(
        key="forged",
        what="A client's address, not from there",
        language="EN",
        sender=PRIYA.address,
        raw=compose(
            "forged",
            PRIYA,
            f"{PHRASE} E123456789",
            "Please replace the address on file for Amara Okonjo-Reyes, born 1984-06-30.",
            at=at,
            files=(pdf("new-address.pdf", "New address"),),
            verified=False,
        ),
        expected=Expected(place="held", why=("could not confirm",), held=True),
    )
    yield Letter(
        key="minister",
        what="The Minister's Office asks",
        language="EN",
        sender=DESK.address,
        raw=compose(
            "minister",
            DESK,
            "Member's question in the House",
            "Please send background on the procedural fairness letter in application EP12345678.",
            at=at,
        ),
        expected=Expected(place="minister", why=("CX-07",)),
    )
    yield Letter(
        key="newsletter",
        what="A newsletter",
        language="EN",
        sender=_LIST.address,
        raw=compose(
            "newsletter",
            _LIST,
            "This week in settlement services",
            "Five things to read this week. Deported athlete returns home; new fees from April.",
            at=at,
            headers=(
                ("List-Id", "<weekly.settlement-weekly.example>"),
                ("Precedence", "bulk"),
                ("List-Unsubscribe", "<mailto:leave@settlement-weekly.example>"),
            ),
        ),
        expected=Expected(place="automatic", why=("sent by a machine: list",)),
    )
