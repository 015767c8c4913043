"""Whether the French desk can say in French whatever the stages said of a scenario (`inboxd/console/phrasebook.py`)."""

from __future__ import annotations

from sqlalchemy import select

from inboxd.console.phrasebook import Phrasebook
from inboxd.console.wording import in_language
from inboxd.documents import Reason
from inboxd.tables import cases, events, files, mails, timers
from tests.scenarios.world import World


def unsaid(world: World) -> list[str]:
    """Sentences of the rows that the phrasebook does not have."""
    rules = world.context.rules
    zone = rules.standards.calendar.zone
    book = Phrasebook(in_language("fr", zone, (2, 5)), rules)
    with world.context.database.reading() as tx:
        said = {row.because for row in tx.execute(select(mails.c.because))}
        said |= {item["because"] for row in tx.execute(select(mails.c.excluded)) for item in row.excluded or ()}
        said |= {step for row in tx.execute(select(cases.c.steps)) for step in row.steps}
        looks = select(files.c.finding).where(files.c.reason != Reason.MALWARE)  # of malware it is a name
        said |= set(tx.scalars(looks))
        codes = {row.kind for row in tx.execute(select(timers.c.kind))}
        codes |= {row.event for row in tx.execute(select(events.c.event).where(events.c.mail_id.is_not(None)))}
    said |= {code.replace("_", " ") for code in codes}
    return [f"in no French: {text}" for text in sorted(said) if text and book.told(text).lang != "fr"]
