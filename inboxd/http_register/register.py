"""What is asked of the register and what its answers mean: the client's half of `docs/registers.md`.

A record is unknown only if the register itself says so (a 404 with its own problem type); a document is attached only
if the register names it and its record in its receipt. So no proxy, login page or wrong address can make a number
unknown or a document attached: what they say is `Transient`.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from inboxd.certificates import Certificates
from inboxd.documents import Application, Filing
from inboxd.errors import InboxdError, Permanent, Transient
from inboxd.http_register import answers
from inboxd.http_register.failures import Unusable
from inboxd.http_register.handing_in import headers_of, opened
from inboxd.http_register.wire import Answer, Asked, Wire, credential
from inboxd.pulse import nothing
from inboxd.settings import RegisterSettings

AGAIN = frozenset({408, 425, 429})
"""Refusals that time heals."""
NOT_ITS_OWN = frozenset({407, 421})
"""Said by a proxy, or by a server that is not the register's."""
LONGEST_WAIT = 600
"""Seconds of a Retry-After that are kept to; a mistaken one must not close the desk for a year."""
_NUMBER = re.compile(r"[A-Z0-9]{5,20}")
"""What may stand in a path. It needs no quoting then."""


class HttpRegister:
    """`documents.Register` over HTTP, by one connection that is kept while there is something to ask. For one thread.

    `token` gives the bearer token; it is read for each connection. `alive` is called while a request goes on.
    """

    is_ours: Final = False

    def __init__(
        self, settings: RegisterSettings, token: Callable[[], str], alive: Callable[[], object] = nothing
    ) -> None:
        self.settings = settings
        self._wire = Wire(settings, token, alive)
        self._not_before = 0.0

    @property
    def certificates(self) -> Certificates | None:
        """As the last connection showed them; None before the first one, and where it is not encrypted."""
        return self._wire.certificates

    def look_up(self, number: str) -> Application | None:
        """The record with this number, or None if the register says that there is none.

        Raises `Transient` if it does not answer now or something else answers in its place; `Permanent` if it refuses
        the question, answers for another number, or with a field that cannot be right.
        """
        doing = "register: look-up"
        answer = self._ask(doing, Asked(method="GET", path=f"/applications/{_checked(number)}"))
        if answer.status == 200:
            try:
                return answers.read_application(_whole(doing, answer), number)
            except ValueError as error:
                raise Transient(f"{doing}: the answer is not a record in JSON") from error
        if _says(answer, 404, answers.NO_SUCH_APPLICATION):
            return None
        raise self._refusal(doing, answer)

    def attach(self, document: Filing) -> str:
        """Hand one document over; again with the same key and digest it changes nothing. Returns the outcome in words.

        Raises `Transient`: hand the same over again later. `Permanent`: the register refused it for good, with its
        reason; or its receipt is for another document or record.
        """
        doing = "register: hand-over"
        path = f"/applications/{_checked(document.number)}/documents/{document.digest}"
        headers = headers_of(document)
        answer = self._ask(
            doing, Asked(method="PUT", path=path, headers=headers, body=opened(document), size=document.size)
        )
        if answer.status in (200, 201):
            if answer.early and answer.status == 201:
                raise Transient(f"{doing}: it says attached before it had the whole document")
            try:
                own_id = answers.read_receipt(_whole(doing, answer), document.number, document.digest)
            except ValueError as error:
                raise Transient(
                    f"{doing}: the answer names no document; it may be attached: the next try asks"
                ) from error
            outcome = "attached" if answer.status == 201 else "was there already"
            return f"{outcome} as {own_id}" if own_id else outcome
        if _says(answer, 404, answers.NO_SUCH_APPLICATION):
            raise Permanent(f"{doing}: the register has no such record any more")
        if _says(answer, 409, answers.STILL_WORKING):
            raise Transient(f"{doing}: the register is still working on the same document")
        ours = (document.number, document.digest, document.mail_digest, document.name, document.sender, document.key)
        raise self._refusal(doing, answer, answers.read_problem(answer.media_type, answer.body, ours).words)

    def check(self) -> str:
        """Ask for its health with the token. `Permanent` with what to do if it cannot be used, `Transient` if down."""
        doing = "register: check"
        self.close()
        try:
            answer = self._ask(doing, Asked(method="GET", path="/health"), wait=False)
            if answer.status != 200:
                raise self._refusal(doing, answer)
            try:
                found = answers.read_object(_whole(doing, answer))
            except ValueError as error:
                raise Unusable(f"{doing}: the answer is not JSON; check records.url") from error
            if found.get("status") != "ok":
                raise Transient(f"{doing}: it says that it is not well")
            told = " ".join(value for name in ("name", "version") if isinstance(value := found.get(name), str))
            answered = answers.one_line(told, 100) or "it answers"
            return f"{answered}; {self._wire.protection}; token by {credential(self.settings).partition('.')[2]}"
        except Unusable as error:
            raise Permanent(str(error)) from error
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection. Never fails; closing twice is nothing."""
        self._wire.close()

    def close_idle(self) -> None:
        """Close a connection that was not used for half a minute. For the loop."""
        self._wire.close_idle()

    def _ask(self, doing: str, asked: Asked, *, wait: bool = True) -> Answer:
        left = self._not_before - time.monotonic()
        if wait and left > 0:
            raise Transient(f"{doing}: the register asked to be left alone for {math.ceil(left)} s more")
        return self._wire.ask(asked)

    def _refusal(self, doing: str, answer: Answer, words: str = "") -> InboxdError:
        """A status that is no success, in our words. The register's own are given only where its refusal of a document
        is final and a person needs them: last, since `outbox` cuts a log line after `the server answered NNN`.
        """
        status = answer.status
        said = f"the server answered {status}"
        if status in (401, 403):
            self.close()  # the next connection reads the token anew
            return Unusable(f"{doing}: the token is not accepted; check what {credential(self.settings)} gives: {said}")
        if 300 <= status < 400:
            return Unusable(f"{doing}: it points elsewhere{_place(answer.location)}, which is not followed: {said}")
        if status == 404:
            return Unusable(f"{doing}: nothing there knows of this register; check records.url: {said}")
        if status in AGAIN or status >= 500:
            return Transient(f"{doing}{self._wait(answer.retry_after)}: {said}")
        if status in NOT_ITS_OWN or not 400 <= status < 500:
            return Unusable(f"{doing}: that is no answer of a register; check records.url: {said}")
        return Permanent(f"{doing}: {said} {words}".rstrip())

    def _wait(self, retry_after: str) -> str:
        seconds = min(_seconds(retry_after), LONGEST_WAIT)
        if seconds <= 0:
            return ""
        self._not_before = time.monotonic() + seconds
        return f": asked to wait {math.ceil(seconds)} s"


def _checked(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        raise Permanent(
            "register: an application number is not 5 to 20 capital letters and digits; it is not asked for"
        )
    return number


def _whole(doing: str, answer: Answer) -> bytes:
    if answer.too_long:
        raise Transient(f"{doing}: the answer is far too long for what was asked")
    return answer.body


def _says(answer: Answer, status: int, problem: str) -> bool:
    return answer.status == status and answers.read_problem(answer.media_type, answer.body, ()).type == problem


def _place(location: str) -> str:
    """The host of a redirect; its path may hold a number."""
    try:
        host = urlsplit(location).hostname or ""
    except ValueError:
        return ""
    return f" ({answers.one_line(host, 100)})" if host else ""


def _seconds(retry_after: str) -> float:
    """RFC 9110 10.2.3: seconds or a date; 0 for anything else."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:6])
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, TypeError, OverflowError):  # all three for dates that cannot be
        return 0.0
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
