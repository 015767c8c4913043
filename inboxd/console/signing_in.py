"""Signing in and out, and in which language somebody reads."""

from __future__ import annotations

from datetime import timedelta

from inboxd import accounts
from inboxd.console.arriving import PROBLEMS
from inboxd.console.asking import Answer, Asked, GoTo, Page
from inboxd.console.desk import Desk
from inboxd.console.wording import LANGUAGES


def form(desk: Desk, asked: Asked) -> Answer:
    """The page before all others; `language` in the address chooses its language."""
    if asked.visit is not None:
        return GoTo(path="/")
    wanted = asked.query.get("language", "")
    if wanted in LANGUAGES:
        return GoTo(path="/sign-in", language=wanted)
    why = asked.query.get("problem", "")
    return _form(desk, problem=why if why in PROBLEMS else "")


def sign_in(desk: Desk, asked: Asked) -> Answer:
    """A name and a password. What is wrong about them is not said."""
    if not desk.ways.local:
        return _form(desk, problem="no_local", status=403)
    longest = timedelta(hours=desk.settings.longest_hours)
    name = asked.form.get("name", "").strip().lower()
    done = accounts.sign_in(desk.database, desk.now(), name, asked.form.get("password", ""), longest=longest)
    if done is None:
        return _form(desk, problem="wrong", status=401)
    return GoTo(path="/", token=done.token, language=done.language)


def _form(desk: Desk, *, problem: str, status: int = 200) -> Page:
    values = {"problem": problem, "has_directory": desk.directory is not None, "has_local": desk.ways.local}
    return Page(template="sign_in.html.j2", values=values, status=status)


def sign_out(desk: Desk, asked: Asked) -> Answer:
    """The cookie opens nothing any more, here and wherever it was copied to."""
    accounts.sign_out(desk.database, desk.now(), asked.token, asked.person.name)
    return GoTo(path="/sign-in/left" if asked.person.is_of_directory else "/sign-in", forget=True)


def choose_language(desk: Desk, asked: Asked) -> Answer:
    """English or French, kept with the account."""
    wanted = asked.form.get("language", "")
    if wanted in LANGUAGES:
        accounts.set_language(desk.database, asked.person.person_id, wanted)
    back = asked.form.get("back", "/")
    inside = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    return GoTo(path=back if inside else "/", language=wanted if wanted in LANGUAGES else "")
