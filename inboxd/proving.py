"""Proving the journal: every place of the chain is walked, and what no place names is looked for.

Reads only; seal first (`sealing.seal`), or what was written since the last round is not proved. What rows alone cannot
show is a tail that was cut off, or a chain written anew from somewhere on: for that, give a head that was kept outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from inboxd import chain
from inboxd.chain import Fault, Seal
from inboxd.context import Context
from inboxd.store import seals

MOST = 10
"""Faults that are named; after the first, others are mostly its consequences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the walk found."""

    head: Seal | None
    erased: int
    """Entries whose detail was erased, as the journal itself says."""
    faults: tuple[Fault, ...]
    """In the order of the chain, the first `MOST` of each sort."""


def prove(app: Context, heads: Sequence[str] = ()) -> Proof:
    """Walk the whole chain. `heads`: digests that were kept outside, which must all be in it."""
    with app.database.reading() as tx:
        head = seals.head(tx)
        erased = seals.erasures(tx)
    with app.database.reading() as tx, app.database.reading() as beside:
        walk = seals.in_order(tx)
        wrong = chain.faults(walk, erased=erased, place_of=lambda content: seals.place_of(beside, content))
        found = list(islice(wrong, MOST))
    with app.database.reading() as tx:
        if head is not None:
            found += [
                Fault(kind=chain.INSERTED, place=0, text=f"{entry.about} stands between sealed entries, without a seal")
                for entry in seals.without_place(tx, head.event_id)[:MOST]
            ]
        found += [
            Fault(kind=chain.CUT_OFF, place=0, text=f"the head {digest} is not in the chain")
            for digest in heads
            if not seals.has_digest(tx, digest)
        ]
        found += [Fault(kind=chain.MISSING, place=0, text=text) for text in seals.untold(tx)[:MOST]]
    return Proof(head=head, erased=len(erased), faults=tuple(found))
