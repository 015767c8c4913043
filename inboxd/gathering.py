"""Everything about one person, for an access request: which mails, why each, what else is in them, what is left out.

A person is a UCI, with the application numbers that records have for it and those that are given. Every mail is taken
out of the archive and read again: its subject, all of its text, the names of its files. Who else is named beside is
told, for a person to sever; nothing is cut out by itself. A mail that cannot be read is put in as it came if its bytes
name the person; in any case it is named, to be looked at by hand. Raises `DiskRefused` if the archive refuses now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from inboxd.archive import MAIL
from inboxd.errors import Permanent, Unparsable
from inboxd.mail import Email
from inboxd.masking import mask
from inboxd.packing import Source
from inboxd.records import of_person
from inboxd.store.persons import Known, cases_naming, established_for, every_mail, of_cases

UCI = re.compile(r"[0-9]{8}|[0-9]{10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What belongs to a person."""

    name: str
    """Of the folder: `person-` and the UCI's digits."""
    shown: str
    """The UCI as it may stand in the journal."""
    mail_ids: tuple[int, ...]
    """In order of arrival."""
    numbers: frozenset[str]
    to_sever: tuple[str, ...]
    """What a person must look at before it is given out."""
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    known: Known
    names: bool
    others: tuple[str, ...]
    """Masked numbers and UCIs of other people that it names."""
    problem: str = ""


def digits_of(uci: str) -> str:
    """A UCI as its digits. Raises `Permanent` for what is none."""
    digits = re.sub(r"[\s-]", "", uci)
    if not UCI.fullmatch(digits):
        raise Permanent(f"{uci!r} is no UCI; it has 8 or 10 digits, such as 1122-3344 or 11-2222-3333")
    return digits


def gather(
    source: Source, tx: Connection, uci: str, given: Sequence[str], progress: Callable[[int, int], None]
) -> Gathered:
    """Find all that is about a person. `given`: further application numbers, for a register that is not ours.

    Raises `Permanent` if nothing at all names the person.
    """
    digits = digits_of(uci)
    numbers = frozenset((*of_person(tx, digits), *(number.strip().upper() for number in given)))
    mails = every_mail(tx)
    found: dict[int, _Found] = {}
    for count, known in enumerate(mails):
        progress(count, len(mails))
        found[known.mail_id] = _look(source, known, digits, numbers)
    progress(len(mails), len(mails))
    established = established_for(tx, numbers)
    direct = {mail_id for mail_id, item in found.items() if item.names} | established
    case_ids = cases_naming(tx, {digits, *numbers}, direct)
    wanted = direct | of_cases(tx, case_ids)
    if not wanted:
        raise Permanent("nothing names this person: no record, no document, no mail")
    kept = [known for known in mails if known.mail_id in wanted]
    return Gathered(
        name=f"person-{digits}",
        shown=mask(digits),
        mail_ids=tuple(known.mail_id for known in kept),
        numbers=numbers,
        to_sever=tuple(_to_sever(kept, found, established, direct)),
        left_out=tuple(_left_out(mails, found, wanted)),
    )


def _look(source: Source, known: Known, digits: str, numbers: frozenset[str]) -> _Found:
    if known.is_purged:
        return _Found(known, names=False, others=(), problem="was purged; nothing of what it said is kept")
    try:
        email = source.readers.stored(known.digest)
    except Unparsable as error:
        raw = source.archive.read(MAIL, known.digest).decode("latin-1")
        names = _names(raw, {digits, *numbers})
        return _Found(known, names=names, others=(), problem=f"could not be read safely ({error}); look by hand")
    except Permanent as error:
        return _Found(known, names=False, others=(), problem=f"could not be read ({error}); look by hand")
    text = "\n".join((email.subject, email.body.full, *(item.name for item in email.attachments)))
    names = digits in email.ucis or bool(numbers & {*email.numbers}) or _names(text, {digits, *numbers})
    return _Found(known, names=names, others=_others(email, digits, numbers))


def _names(text: str, wanted: Iterable[str]) -> bool:
    """Whether a text has one of these, however its parts are set apart."""
    for number in wanted:
        spaced = r"[\s.-]?".join(map(re.escape, number))
        if re.search(rf"(?<![A-Za-z0-9]){spaced}(?![A-Za-z0-9])", text, re.IGNORECASE):
            return True
    return False


def _others(email: Email, digits: str, numbers: Collection[str]) -> tuple[str, ...]:
    others = (*(number for number in email.numbers if number not in numbers), *email.ucis)
    return tuple(dict.fromkeys(mask(other) for other in others if other != digits))


def _to_sever(
    kept: Sequence[Known], found: dict[int, _Found], established: Collection[int], direct: Collection[int]
) -> Iterable[str]:
    for known in kept:
        about = f"mail {known.mail_id}"
        if others := found[known.mail_id].others:
            yield f"{about}: also names {', '.join(others)}, which may be other people"
        if known.cases > 1:
            yield f"{about}: has {known.cases} cases, of which not all may be about this person"
        if problem := found[known.mail_id].problem:
            yield f"{about}: {problem}"
        if known.mail_id not in direct:
            yield f"{about}: belongs to the same case and does not name the person itself"
        elif known.is_submission and known.mail_id not in established:
            yield f"{about}: names the person, but its documents were never verified to be that person's"


def _left_out(mails: Sequence[Known], found: dict[int, _Found], wanted: Collection[int]) -> Iterable[str]:
    for known in mails:
        problem = found[known.mail_id].problem
        if problem and known.mail_id not in wanted:
            yield f"mail {known.mail_id}: {problem}"
