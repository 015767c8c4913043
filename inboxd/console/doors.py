"""Everything that can be asked of the desk: address, method, what it needs (`roles.MAY` says who may), and its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.routing import compile_path

from inboxd.console import arriving, case, criteria, held, news, reports, signing_in, system, texts, today
from inboxd.console.asking import Answer, Asked
from inboxd.console.desk import Desk
from inboxd.roles import Action

FREE = None
"""Before the sign-in."""


@dataclass(frozen=True, slots=True)
class Door:
    """One thing that can be asked."""

    method: str
    path: str
    action: Action | None
    page: Callable[[Desk, Asked], Answer]
    is_large: bool = False
    """Its form carries a file or a long text."""
    tries: bool = False
    """Somebody tries to come in: one address may do so only so often."""


DOORS = (
    Door("GET", "/sign-in", FREE, signing_in.form),
    Door("POST", "/sign-in", FREE, signing_in.sign_in, tries=True),
    Door("GET", "/sign-in/directory", FREE, arriving.go, tries=True),
    Door("GET", arriving.BACK, FREE, arriving.come_back, tries=True),
    Door("GET", "/sign-in/left", FREE, arriving.leave),
    Door("POST", "/sign-out", Action.OWN_ACCOUNT, signing_in.sign_out),
    Door("POST", "/language", Action.OWN_ACCOUNT, signing_in.choose_language),
    Door("GET", "/", Action.LOOK, today.page),
    Door("GET", "/today/list", Action.LOOK, today.fragment),
    Door("GET", "/cases/{reference}", Action.LOOK, case.of_case),
    Door("GET", "/cases/{reference}/mails/{mail_id:int}", Action.LOOK, case.of_case),
    Door("GET", "/mails/{mail_id:int}", Action.LOOK, case.of_mail),
    Door("GET", "/mails/{mail_id:int}/raw", Action.DOWNLOAD, case.take_raw),
    Door("GET", "/mails/{mail_id:int}/files/{file_id:int}", Action.DOWNLOAD, case.take_file),
    Door("GET", "/news/held", Action.LOOK, news.held),
    Door("GET", "/news/system", Action.LOOK, news.system),
    Door("GET", "/news/cases/{reference}", Action.LOOK, news.case),
    Door("GET", "/news/mails/{mail_id:int}", Action.LOOK, news.mail),
    Door("POST", "/cases/{reference}/answered", Action.WORK, case.note_answer),
    Door("POST", "/cases/{reference}/category", Action.WORK, case.set_category),
    Door("POST", "/cases/{reference}/wait", Action.WORK, case.wait),
    Door("POST", "/cases/{reference}/resume", Action.WORK, case.resume),
    Door("POST", "/cases/{reference}/close", Action.WORK, case.close),
    Door("POST", "/mails/{mail_id:int}/retry", Action.SETTLE, case.retry),
    Door("POST", "/mails/{mail_id:int}/release", Action.SETTLE, case.release),
    Door("POST", "/mails/{mail_id:int}/refuse", Action.SETTLE, case.refuse),
    Door("GET", "/held", Action.LOOK, held.page),
    Door("POST", "/held/retry", Action.SETTLE, held.retry),
    Door("POST", "/held/release", Action.SETTLE, held.release),
    Door("POST", "/held/refuse", Action.SETTLE, held.refuse),
    Door("GET", "/system", Action.LOOK, system.page),
    Door("POST", "/outbox/hold", Action.OUTBOX, system.hold),
    Door("POST", "/outbox/release", Action.OUTBOX, system.release),
    Door("POST", "/outbox/cancel", Action.OUTBOX, system.cancel),
    Door("POST", "/outbox/stop", Action.OUTBOX, system.stop),
    Door("POST", "/outbox/let-go", Action.OUTBOX, system.let_go),
    Door("GET", "/reports", Action.LOOK, reports.overview),
    Door("GET", "/reports/{month}", Action.LOOK, reports.overview),
    Door("GET", "/reports/{month}/whole", Action.LOOK, reports.whole),
    Door("GET", "/reports/{month}/csv", Action.LOOK, reports.spreadsheets),
    Door("GET", "/criteria", Action.LOOK, criteria.page),
    Door("POST", "/criteria/try", Action.TRY_CRITERIA, criteria.try_draft, is_large=True),
    Door("GET", "/templates", Action.LOOK, texts.overview),
    Door("GET", "/templates/{name}", Action.LOOK, texts.page),
    Door("POST", "/templates/{name}/check", Action.TEXTS, texts.check, is_large=True),
    Door("POST", "/templates/{name}/try", Action.TEXTS, texts.try_out, is_large=True),
    Door("POST", "/templates/{name}/activate", Action.TEXTS, texts.activate, is_large=True),
    Door("POST", "/templates/{name}/restore", Action.TEXTS, texts.restore),
)


def page_of(path: str) -> str:
    """The page whose form is sent to this address; empty where there is none."""
    page = "/system" if path.startswith("/outbox/") else path.rpartition("/")[0]
    return page if any(door.method == "GET" and compile_path(door.path)[0].fullmatch(page) for door in DOORS) else ""
