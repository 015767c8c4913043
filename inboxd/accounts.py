"""Accounts of the desk: made and changed by `inboxd users`, signed in with in a browser, by a password or through the
department's directory. Each act is one transaction.

A cookie is a random token of which only the digest is stored; it ends after a time without use, after a day's work, at
sign-out, and whenever the account is changed. Raises `Permanent`, in words for whoever typed the command.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from inboxd import passwords
from inboxd.database import Database
from inboxd.directory.newcomer import Newcomer, Unwelcome
from inboxd.errors import DatabaseRefused, Permanent
from inboxd.roles import Role
from inboxd.store import people

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,58}[a-z0-9])?")
LANGUAGES = ("en", "fr")
FAILURES = 5
"""Wrong passwords in a row before an account is locked."""
LOCKED = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
AT_ONE_MOMENT = 16
OF_DIRECTORY = "@directory"
"""At the end of the name of everybody who comes through the directory."""
NO_PASSWORD = ""
"""No digest at all: no password fits it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody who is signed in."""

    person_id: int
    name: str
    role: Role
    language: str
    form_token: str
    """What every form that changes something must carry."""
    is_of_directory: bool = False
    """They came through the department's directory, and may end their session there too."""

    @property
    def actor(self) -> str:
        """As the journal names them."""
        return f"person:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new visit, and the cookie that only the browser keeps."""

    token: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """By which ways people may come in."""

    local: bool = True
    """With a password of ours."""
    issuer: str = ""
    """Through the directory of this name; empty: through none."""


LOCAL = Ways()


class NameTaken(Exception):
    """Somebody else got the free name in between; nothing was written."""


def expect_free(database: Database, name: str) -> None:
    """Raises `Permanent` if an account cannot be called so: to be asked before a password is."""
    if not NAME.fullmatch(name):
        raise Permanent(f"{name!r} is no name of an account: small letters, digits, dots, hyphens, at most 60")
    with database.reading() as tx:
        if people.by_name(tx, name) is not None:
            raise Permanent(_is_there(name))


def _is_there(name: str) -> str:
    return f"there is an account {name} already; `inboxd users list` shows it"


def add(
    database: Database, now: datetime, *, name: str, password: str, role: Role, language: str, actor: str
) -> None:
    """Make an account."""
    expect_free(database, name)
    digest = passwords.digest_of(_good(password))
    with database.transaction() as tx:
        if not people.add(tx, now, name=name, password=digest, role=role, language=language, actor=actor):
            raise Permanent(_is_there(name))


def enter(database: Database, now: datetime, who: Newcomer, *, language: str, longest: timedelta) -> SignedIn | None:
    """Begin a visit of somebody whom the directory sent, with the role that it gives today. None: shut out here.

    Their account is made the first time and found by the subject ever after; nobody gets a local account by its name.
    """
    for _ in range(AT_ONE_MOMENT):
        # another request may make the account, or one of this name, at the same moment: each time one of them has done
        with suppress(IntegrityError, NameTaken):
            return _entered(database, now, who, language, longest)
    raise DatabaseRefused("too many people sign in for the first time at this moment")


def _entered(database: Database, now: datetime, who: Newcomer, language: str, longest: timedelta) -> SignedIn | None:
    with database.transaction() as tx:
        known = {"issuer": who.issuer, "subject": who.subject}
        person = people.by_subject(tx, **known)
        if person is None:
            name = _free_name(tx, who.name)
            given = {"password": NO_PASSWORD, "role": who.role, "language": language, "actor": f"person:{name}"}
            people.add(tx, now, name=name, **given, **known)
            person = people.by_subject(tx, **known)
            if person is None:  # a request that was done since we looked has the name now
                raise NameTaken(name)
        if person["state"] != people.ACTIVE:
            people.turned_away(tx, now, **known, claimed=who.claimed, why="disabled")
            return None
        people.came(tx, now, person, role=who.role, claimed=who.claimed)
        token, form_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        people.begin_visit(
            tx, now, digest=_digest(token), person_id=person["id"], form_token=form_token, ends_at=now + longest
        )
    return SignedIn(token=token, language=person["language"])


def turn_away(database: Database, now: datetime, issuer: str, unwelcome: Unwelcome) -> None:
    """Note that the directory sent somebody who has no role here."""
    with database.transaction() as tx:
        people.turned_away(
            tx, now, issuer=issuer, subject=unwelcome.subject, claimed=unwelcome.claimed, why=unwelcome.why
        )


def _free_name(tx: Connection, start: str) -> str:
    """A name that nobody has yet. The @ keeps it apart from every local account."""
    names = (f"{start}{OF_DIRECTORY}{number}" for number in ("", *range(2, 10_000)))
    return next(name for name in names if people.by_name(tx, name) is None)


def set_password(database: Database, now: datetime, name: str, password: str, actor: str) -> None:
    """A new password; it also ends a lock and all visits."""
    _expect_local(name, "has no password here: who has it signs in through the directory")
    values = {"password": passwords.digest_of(_good(password)), "failures": 0, "locked_until": None}
    _change(database, now, name, "person_password", actor, **values)


def set_role(database: Database, now: datetime, name: str, role: Role, actor: str) -> None:
    """Another role, from the next sign-in on."""
    _expect_local(name, "gets its role from the directory at each sign-in; change it there, or directory.roles")
    _change(database, now, name, "person_role", actor, role=str(role))


def set_state(database: Database, now: datetime, name: str, state: str, actor: str) -> None:
    """Disable an account, or take it into use again. Accounts are never deleted: the journal names them."""
    _change(database, now, name, f"person_{state}", actor, state=state)


def _change(database: Database, now: datetime, name: str, event: str, actor: str, **values: object) -> None:
    with database.transaction() as tx:
        if not people.change(tx, now, name, event, actor, **values):
            raise Permanent(f"there is no account {name}; `inboxd users list` shows all")


def _expect_local(name: str, why: str) -> None:
    if OF_DIRECTORY in name:
        raise Permanent(f"{name} {why}")


def _good(password: str) -> str:
    if not passwords.LEAST <= len(password) <= passwords.MOST:
        raise Permanent(f"a password has {passwords.LEAST} to {passwords.MOST} characters")
    return password


def sign_in(
    database: Database, now: datetime, name: str, password: str, *, longest: timedelta
) -> SignedIn | None:
    """Begin a visit. None for a wrong name or password, a disabled or a locked account: they are told the same.

    Each wrong password from the fifth on locks the account, twice as long each time.
    """
    with database.reading() as tx:
        person = people.by_name(tx, name) if NAME.fullmatch(name) else None
    # the slow part is outside of any transaction, and as slow for a name that nobody has
    digest = person["password"] if person else passwords.nobodys()
    is_right = len(password) <= passwords.MOST and passwords.fits(digest, password)
    if person is None or _is_shut(person, now):
        return None
    token, form_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    renewed = passwords.digest_of(password) if is_right and passwords.is_old(digest) else digest
    with database.transaction() as tx:
        current = people.at_the_door(tx, person["id"])
        if _is_shut(current, now) or current["password"] != digest:  # since we looked, by somebody else
            return None
        if not is_right:
            people.failed(tx, now, current, locked_until=_lock(now, current["failures"] + 1))
            return None
        people.signed_in(tx, now, current, password=renewed)
        people.begin_visit(
            tx, now, digest=_digest(token), person_id=person["id"], form_token=form_token, ends_at=now + longest
        )
    return SignedIn(token=token, language=person["language"])


def _is_shut(person: Mapping[str, Any], now: datetime) -> bool:
    until = person["locked_until"]
    return person["state"] != people.ACTIVE or (until is not None and now < until)


def _lock(now: datetime, failures: int) -> datetime | None:
    over = failures - FAILURES
    return None if over < 0 else now + min(LOCKED * 2.0 ** min(over, 10), LONGEST_LOCK)


def visit_of(
    database: Database, now: datetime, token: str, *, idle: timedelta, counts: bool, ways: Ways = LOCAL
) -> Visit | None:
    """Who is signed in with this cookie. `counts` False: a page that refreshes itself keeps nobody signed in.

    Whoever came by a way that the settings have closed since is signed in no more.
    """
    with database.reading() as tx:
        row = people.visit(tx, _digest(token))
    if row is None or row["state"] != people.ACTIVE or now >= row["ends_at"] or now - row["seen_at"] >= idle:
        return None
    if not (ways.local if row["issuer"] is None else row["issuer"] == ways.issuer):
        return None
    if counts and now - row["seen_at"] >= SEEN_EVERY:
        with database.transaction() as tx:
            people.seen(tx, row["digest"], now)
    return Visit(
        person_id=row["person_id"],
        name=row["name"],
        role=Role(row["role"]),
        language=row["language"],
        form_token=row["form_token"],
        is_of_directory=row["issuer"] is not None,
    )


def sign_out(database: Database, now: datetime, token: str, name: str) -> None:
    """End a visit."""
    with database.transaction() as tx:
        people.end_visit(tx, now, _digest(token), name)


def set_language(database: Database, person_id: int, language: str) -> None:
    """Keep in which language somebody reads."""
    with database.transaction() as tx:
        people.set_language(tx, person_id, language)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
