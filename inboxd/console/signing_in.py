"""Signing in and out, and in which language somebody reads."""

from __future__ import annotations

from datetime import timedelta

from inboxd import accounts
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
    return Page(template="sign_in.html.j2", values={"is_wrong": False})


def sign_in(desk: Desk, asked: Asked) -> Answer:
    """A name and a password. What is wrong about them is not said."""
    longest = timedelta(hours=desk.settings.longest_hours)
    name = asked.form.get("name", "").strip().lower()
    done = accounts.sign_in(desk.database, desk.now(), name, asked.form.get("password", ""), longest=longest)
    if done is None:
        return Page(template="sign_in.html.j2", values={"is_wrong": True}, status=401)
    return GoTo(path="/", token=done.token, language=done.language)


def sign_out(desk: Desk, asked: Asked) -> Answer:
    """The cookie opens nothing any more, here and wherever it was copied to."""
    accounts.sign_out(desk.database, desk.now(), asked.token, asked.person.name)
    return GoTo(path="/sign-in", forget=True)


def choose_language(desk: Desk, asked: Asked) -> Answer:
    """English or French, kept with the account."""
    wanted = asked.form.get("language", "")
    if wanted in LANGUAGES:
        accounts.set_language(desk.database, asked.person.person_id, wanted)
    back = asked.form.get("back", "/")
    inside = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    return GoTo(path=back if inside else "/", language=wanted if wanted in LANGUAGES else "")
