"""The web application: every request goes through `_Gate`, every answer leaves with the headers of `gate.HEADERS`.

Order: whose desk, how often, who is signed in, whether their role may, whether a form is really theirs; then the page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inboxd import accounts, maillog
from inboxd.accounts import Visit
from inboxd.console import drawing, gate
from inboxd.console.asking import Answer, Asked, Download, GoTo, NotThere, Page, Whole
from inboxd.console.desk import Desk
from inboxd.console.doors import DOORS, FREE, Door, page_of
from inboxd.console.goings import WAY
from inboxd.console.limits import Limit
from inboxd.console.wording import LANGUAGES
from inboxd.errors import Permanent, Transient
from inboxd.roles import may

STATIC = Path(__file__).parent / "static"
THREADS = 8
"""Pages at one time; each holds at most one connection to the database."""
SMALL, LARGE = 64 * 1024, 2 * 1024 * 1024
"""Bytes of a form, and of one that carries a file."""
A_MINUTE = 60.0
REQUESTS, SIGN_INS = 1200, 10
"""From one address, in a minute. Behind a proxy that is not trusted all of an office is one address."""


class Refusal(Exception):
    """The gate lets a request no further."""

    def __init__(self, status: int, key: str) -> None:
        self.status, self.key = status, key


class _TooLarge(Exception):
    pass


def make(desk: Desk, *, sign_ins: int = SIGN_INS) -> ASGIApp:
    """The application of one desk. `sign_ins`: how many one address may try in a minute."""
    gatekeeper = _Gate(desk, sign_ins)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield

    routes = [Route(door.path, gatekeeper.through(door), methods=[door.method]) for door in DOORS]
    static = Mount("/static", StaticFiles(directory=STATIC))
    application = Starlette(
        routes=[*routes, static],
        lifespan=lifespan,
        exception_handlers={HTTPException: gatekeeper.no_door},  # type: ignore[dict-item]
    )
    return _Headers(application)


class _Headers:
    """Adds the headers to whatever leaves."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = [(name.lower().encode(), value.encode()) for name, value in gate.HEADERS.items()]
                message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in given)]
            await send(message)

        await self._inner(scope, receive, sending if scope["type"] == "http" else send)


class _Gate:
    """What stands between a request and a page."""

    def __init__(self, desk: Desk, sign_ins: int) -> None:
        self._desk = desk
        self._often, self._signing_in = Limit(REQUESTS, A_MINUTE), Limit(sign_ins, A_MINUTE)

    def through(self, door: Door) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint for one door."""

        async def answer(request: Request) -> Response:
            form: FormData | None = None
            if door.method == "POST":
                most = LARGE if door.is_large else SMALL
                try:
                    form = await Request(request.scope, _bounded(request.receive, most)).form(max_files=1)
                except _TooLarge:
                    return await run_in_threadpool(self._error, request, None, 413, "error.large")
            try:
                fields, chosen, upload = await _read(form)
            finally:
                if form is not None:
                    await form.close()
            return await run_in_threadpool(self._answer, door, request, fields, chosen, upload)

        return answer

    async def no_door(self, request: Request, error: HTTPException) -> Response:
        """No page has this address, or not by this method."""
        status = error.status_code
        key = "error.none" if status == 404 else "error.no"
        return await run_in_threadpool(self._error, request, None, status, key)

    def _answer(
        self, door: Door, request: Request, form: dict[str, str], chosen: tuple[str, ...], upload: bytes
    ) -> Response:
        visit: Visit | None = None
        try:
            visit = self._let_in(door, request, form)
            if visit is None and door.action is not FREE:
                return self._to_the_sign_in(request)
            asked = self._asked(request, visit, form=form, chosen=chosen, upload=upload)
            return self._respond(asked, door.page(self._desk, asked))
        except Refusal as refusal:
            return self._error(request, visit, refusal.status, refusal.key)
        except NotThere:
            return self._error(request, visit, 404, "error.none")
        except Transient:
            return self._error(request, visit, 503, "error.later")
        except Permanent as error:
            return self._error(request, visit, 409, "error.refused", str(error))
        except Exception as error:
            maillog.bug("console", error)
            return self._error(request, visit, 500, "error.fault")

    def _let_in(self, door: Door, request: Request, form: dict[str, str]) -> Visit | None:
        desk, settings = self._desk, self._desk.settings
        if not gate.is_ours(settings, request.headers.get("host", "")):
            raise Refusal(421, "error.host")
        if not self._often.allows(_address(request)):
            raise Refusal(429, "error.often")
        posts = door.method == "POST"
        if posts and not gate.comes_from_us(settings, request.headers):
            raise Refusal(403, "error.forged")
        if door.tries and not self._signing_in.allows(_address(request)):
            maillog.console_refused("sign_ins")
            raise Refusal(429, "error.often")
        token = request.cookies.get(gate.cookie_name(settings), "")
        idle = timedelta(minutes=settings.idle_minutes)
        by_hand = "hx-request" not in request.headers
        visit = None
        if token:
            visit = accounts.visit_of(
                desk.database, desk.now(), token, idle=idle, counts=by_hand, ways=desk.ways
            )
        if door.action is FREE or visit is None:
            return visit
        if not may(visit.role, door.action):
            raise Refusal(403, "error.may_not")
        if posts and not gate.carries(form.get(gate.FIELD, ""), visit.form_token):
            raise Refusal(403, "error.forged")
        return visit

    def _to_the_sign_in(self, request: Request) -> Response:
        if request.method == "POST":
            return self._error(request, None, 401, "error.signed_out")
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
        return RedirectResponse("/sign-in", status_code=303)

    def _asked(self, request: Request, visit: Visit | None, **given: Any) -> Asked:
        kept = request.cookies.get("language", "")
        language = visit.language if visit else kept if kept in LANGUAGES else _preferred(request)
        settings = self._desk.settings
        token = request.cookies.get(gate.cookie_name(settings), "")
        return Asked(
            path=request.url.path,
            place={key: str(value) for key, value in request.path_params.items()},
            query=dict(request.query_params),
            visit=visit,
            language=language,
            token=token,
            way=request.cookies.get(gate.way_name(settings), ""),
            address=_address(request),
            **given,
        )

    def _error(self, request: Request, visit: Visit | None, status: int, key: str, detail: str = "") -> Response:
        asked = self._asked(request, visit)
        values = {"key": key, "detail": detail, "back": page_of(request.url.path)}
        page = Page(template="error.html.j2", values=values, status=status)
        return self._respond(asked, page)

    def _respond(self, asked: Asked, answer: Answer) -> Response:
        match answer:
            case Page():
                return HTMLResponse(drawing.draw(self._desk, asked, answer), status_code=answer.status)
            case Whole():
                return HTMLResponse(answer.html, headers={"Content-Security-Policy": answer.policy})
            case Download():
                headers = {"Content-Disposition": f'attachment; filename="{_plain(answer.name)}"'}
                return Response(answer.content, media_type="application/octet-stream", headers=headers)
            case GoTo():
                return self._go(answer)

    def _go(self, answer: GoTo) -> Response:
        response = RedirectResponse(answer.path, status_code=303)
        settings = self._desk.settings
        name, secure = gate.cookie_name(settings), settings.is_encrypted
        if answer.token:
            response.set_cookie(name, answer.token, path="/", httponly=True, samesite="lax", secure=secure)
        if answer.forget:
            response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=secure)
        way = gate.way_name(settings)
        if answer.way:  # lax: it must come along when the directory sends somebody back
            seconds = int(WAY.total_seconds())
            response.set_cookie(
                way, answer.way, max_age=seconds, path="/", httponly=True, samesite="lax", secure=secure
            )
        if answer.arrived:
            response.delete_cookie(way, path="/", httponly=True, samesite="lax", secure=secure)
        if answer.language:
            year = 365 * 86_400
            response.set_cookie(
                "language", answer.language, max_age=year, path="/", httponly=True, samesite="lax", secure=secure
            )
        return response


async def _read(form: FormData | None) -> tuple[dict[str, str], tuple[str, ...], bytes]:
    fields: dict[str, str] = {}
    chosen: list[str] = []
    upload = b""
    for key, value in form.multi_items() if form is not None else ():
        if isinstance(value, UploadFile):
            upload = await value.read()
        elif key == "id":
            chosen.append(value)
        else:
            fields[key] = value
    return fields, tuple(chosen), upload


def _bounded(receive: Receive, most: int) -> Receive:
    """The same request, given up when it is longer than it may be."""
    got = 0

    async def bounded() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise _TooLarge
        return message

    return bounded


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _preferred(request: Request) -> str:
    return "fr" if request.headers.get("accept-language", "").lower().startswith("fr") else "en"


def _plain(name: str) -> str:
    """A name that cannot end its header or hide what it is."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_. ") else "_" for letter in name)
    return kept.strip(". ")[-120:] or "file"


