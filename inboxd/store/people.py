"""Rows of the people who work at the desk, and of who is signed in. What changes an account is in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from inboxd.store.journal import note
from inboxd.tables import people, visits

ACTIVE = "active"
DISABLED = "disabled"


def add(
    tx: Connection, now: datetime, *, name: str, password: str, role: str, language: str, actor: str, **known: str
) -> bool:
    """Add an account; `known`: issuer and subject of somebody of the directory. False if there is one of this name."""
    if by_name(tx, name) is not None:
        return False
    values = {"password": password, "role": role, "language": language, "state": ACTIVE, "created_at": now, **known}
    tx.execute(people.insert().values(name=name, failures=0, **values))
    detail: dict[str, Any] = {"person": name, "role": role, **known}
    note(tx, "person_added", now, actor=actor, **detail)
    return True


def by_name(tx: Connection, name: str) -> Mapping[str, Any] | None:
    """One account."""
    row = tx.execute(select(people).where(people.c.name == name)).mappings().first()
    return None if row is None else dict(row)


def at_the_door(tx: Connection, person_id: int) -> Mapping[str, Any]:
    """An account that nobody else changes until this transaction ends: several may try its password at once."""
    return dict(tx.execute(select(people).where(people.c.id == person_id).with_for_update()).mappings().one())


def by_subject(tx: Connection, issuer: str, subject: str) -> Mapping[str, Any] | None:
    """The account of somebody whom the directory knows."""
    wanted = select(people).where(people.c.issuer == issuer, people.c.subject == subject)
    row = tx.execute(wanted).mappings().first()
    return None if row is None else dict(row)


def everybody(tx: Connection) -> list[dict[str, Any]]:
    """All accounts by name, without their passwords."""
    wanted = [column for column in people.c if column.name != "password"]
    return [dict(row) for row in tx.execute(select(*wanted).order_by(people.c.name)).mappings()]


def change(tx: Connection, now: datetime, name: str, event: str, actor: str, **values: Any) -> bool:
    """Change an account by command; whoever is signed in with it has to sign in again. False if there is none."""
    row = by_name(tx, name)
    if row is None:
        return False
    tx.execute(update(people).where(people.c.id == row["id"]).values(**values))
    tx.execute(delete(visits).where(visits.c.person_id == row["id"]))
    told = {key: value for key, value in values.items() if key in ("role", "state")}
    note(tx, event, now, actor=actor, person=name, **told)
    return True


def failed(tx: Connection, now: datetime, person: Mapping[str, Any], *, locked_until: datetime | None) -> None:
    """A wrong password was given."""
    values = {"failures": person["failures"] + 1, "locked_until": locked_until or person["locked_until"]}
    tx.execute(update(people).where(people.c.id == person["id"]).values(**values))
    event = "sign_in_locked" if locked_until else "sign_in_failed"
    note(tx, event, now, actor=f"person:{person['name']}", failures=values["failures"])


def signed_in(tx: Connection, now: datetime, person: Mapping[str, Any], *, password: str) -> None:
    """The right password was given; `password` is its digest, made anew where it was old."""
    values = {"failures": 0, "locked_until": None, "signed_in_at": now, "password": password}
    tx.execute(update(people).where(people.c.id == person["id"]).values(**values))
    note(tx, "signed_in", now, actor=f"person:{person['name']}")


def came(tx: Connection, now: datetime, person: Mapping[str, Any], *, role: str, claimed: str) -> None:
    """The directory sent them, with the role that they have today; its name for them is kept with its subject."""
    tx.execute(update(people).where(people.c.id == person["id"]).values(role=role, signed_in_at=now))
    actor = f"person:{person['name']}"
    if person["role"] != role:
        tx.execute(delete(visits).where(visits.c.person_id == person["id"]))
        note(tx, "person_role", now, actor=actor, person=person["name"], role=role)
    known = {"issuer": person["issuer"], "subject": person["subject"], "claimed": claimed}
    note(tx, "signed_in", now, actor=actor, role=role, **known)


def turned_away(tx: Connection, now: datetime, *, issuer: str, subject: str, claimed: str, why: str) -> None:
    """The directory sent somebody who may not come in here."""
    note(tx, "sign_in_refused", now, actor="directory", issuer=issuer, subject=subject, claimed=claimed, why=why)


def set_language(tx: Connection, person_id: int, language: str) -> None:
    """In which language somebody reads the desk."""
    tx.execute(update(people).where(people.c.id == person_id).values(language=language))


def begin_visit(
    tx: Connection, now: datetime, *, digest: str, person_id: int, form_token: str, ends_at: datetime
) -> None:
    """Somebody is signed in from now on. What has ended is cleared away."""
    tx.execute(delete(visits).where(visits.c.ends_at <= now))
    tx.execute(
        visits.insert().values(
            digest=digest, person_id=person_id, form_token=form_token, began_at=now, seen_at=now, ends_at=ends_at
        )
    )


def visit(tx: Connection, digest: str) -> Mapping[str, Any] | None:
    """Who is signed in with this cookie, and since when."""
    wanted = (
        select(visits, people.c.name, people.c.role, people.c.language, people.c.state, people.c.issuer)
        .join(people, people.c.id == visits.c.person_id)
        .where(visits.c.digest == digest)
    )
    row = tx.execute(wanted).mappings().first()
    return None if row is None else dict(row)


def seen(tx: Connection, digest: str, now: datetime) -> None:
    """Somebody did something."""
    tx.execute(update(visits).where(visits.c.digest == digest).values(seen_at=now))


def end_visit(tx: Connection, now: datetime, digest: str, name: str) -> None:
    """Somebody signed out: the cookie opens nothing any more."""
    if tx.execute(delete(visits).where(visits.c.digest == digest)).rowcount:
        note(tx, "signed_out", now, actor=f"person:{name}")
