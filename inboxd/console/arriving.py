"""Signing in through the department's directory: going there, coming back, and leaving it again.

Who comes back with another's answer, or with the same one again, does not come in. Whatever goes wrong is told on the
page of the sign-in, where the other ways in still work.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from inboxd import accounts, maillog
from inboxd.console.asking import Answer, Asked, GoTo, NotThere, Page
from inboxd.console.desk import Desk
from inboxd.console.goings import going
from inboxd.directory.newcomer import Unwelcome
from inboxd.directory.provider import Provider
from inboxd.directory.tokens import Untrusted
from inboxd.errors import Permanent, Transient

BACK = "/sign-in/directory/back"
PROBLEMS = frozenset({
    "stale", "denied", "later", "refused", "setup", "disabled", "no_name", "no_claim", "no_role", "two_roles",
})  # fmt: skip
"""Why nobody came in, each with a sentence in both languages."""


def go(desk: Desk, asked: Asked) -> Answer:
    """To the provider's own sign-in page."""
    provider = _provider(desk)
    if asked.visit is not None:
        return GoTo(path="/")
    token = desk.goings.begin(desk.now())
    try:
        address = provider.where_to(going(token), desk.settings.public + BACK, f"{asked.language}-CA")
    except (Transient, Permanent) as error:
        return _told(error)
    return GoTo(path=address, way=token)


def come_back(desk: Desk, asked: Asked) -> Answer:
    """From the provider, with a code or a refusal."""
    provider, now = _provider(desk), desk.now()
    if not desk.goings.end(asked.way, now):
        return _problem("stale")
    mine = going(asked.way)
    if not hmac.compare_digest(asked.query.get("state", "").encode(), mine.state.encode()):
        maillog.directory_refused("state")
        return _problem("stale")
    if "code" not in asked.query:
        maillog.directory_refused("denied")
        return _problem("denied")
    try:
        who = provider.who_came(asked.query, mine, desk.settings.public + BACK, now)
    except Unwelcome as error:
        maillog.directory_refused(error.why)
        accounts.turn_away(desk.database, now, provider.settings.issuer, error)
        return _problem(error.why)
    except Untrusted as error:
        maillog.directory_refused(error.why)
        return _problem("refused")
    except (Transient, Permanent) as error:
        return _told(error)
    longest = timedelta(hours=desk.settings.longest_hours)
    done = accounts.enter(desk.database, now, who, language=asked.language, longest=longest)
    if done is None:
        maillog.directory_refused("disabled")
        return _problem("disabled")
    return GoTo(path="/", token=done.token, language=done.language, arrived=True)


def leave(desk: Desk, asked: Asked) -> Answer:
    """Signed out here; on to where the provider's own session ends, if it has such a place and answers."""
    address = ""
    if desk.directory is not None and asked.visit is None:
        try:
            address = desk.directory.where_to_leave(f"{desk.settings.public}/sign-in")
        except (Transient, Permanent) as error:
            maillog.door_unavailable("directory", str(error))
    return Page(template="signed_out.html.j2", values={"address": address})


def _provider(desk: Desk) -> Provider:
    if desk.directory is None:
        raise NotThere("there is no directory in the settings")
    return desk.directory


def _told(error: Exception) -> Answer:
    """The provider is away, or does not fit the settings."""
    maillog.door_unavailable("directory", str(error))
    return _problem("later" if isinstance(error, Transient) else "setup")


def _problem(why: str) -> Answer:
    """On the page of the sign-in, so that neither code nor state stays in the address."""
    return GoTo(path=f"/sign-in?problem={why}", arrived=True)
