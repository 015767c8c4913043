"""Samples for the two notices that tell how things stand: the day's digest and the time line of a case.

Also the codes that they have words for. All people, numbers and addresses are invented. Nothing here fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from inboxd.documents import Reason
from inboxd.plan import Category, Value

_Rows = tuple[Mapping[str, str | datetime], ...]

HELD_CODES = (
    Reason.NOT_IN_OFFICE.value,
    Reason.SENDER_UNVERIFIED.value,
    Reason.INFO_MISSING.value,
    Reason.CONSENT_MISSING.value,
    Reason.IDENTITY_MISMATCH.value,
    Reason.NUMBER_MULTIPLE.value,
    Reason.NUMBER_LEGACY.value,
    Reason.NUMBER_TEMPORARY.value,
    Reason.OTHER_RECORD.value,
    Reason.RECORD_INCOMPLETE.value,
    Reason.NOT_CHECKED.value,
    Reason.NOT_SCANNED.value,
    Reason.REGISTER_UNAVAILABLE.value,
    Reason.REGISTER_REFUSED.value,
    Reason.MALWARE.value,
    Reason.REPLY_LIMIT.value,
    Reason.TOO_MANY_ATTEMPTS.value,
    Reason.UNREADABLE.value,
    Reason.NO_SENDER.value,
    "UNFETCHABLE",
    "EFFECT_FAILED",
    "REPLY_CANCELLED",
    "OTHER",
)
"""Why a mail can be held; the last stands for what has no word of its own."""

# Tue 2026-12-15 07:00 in Toronto, the morning after the worked example of domain.md 1.7.
_NOW = datetime(2026, 12, 15, 12, 0, tzinfo=UTC)
_OFFICE = "Office of A. Sample"
_NOBODY: _Rows = ()


def _case(reference: str, category: Category, **more: str | datetime) -> Mapping[str, str | datetime]:
    return {"reference": reference, "category": category.value, "office": _OFFICE, **more}


def _mail(mail_id: int, reason: str, **more: str | datetime) -> Mapping[str, str | datetime]:
    return {"id": str(mail_id), "reason": reason, "since": _NOW - timedelta(days=1), "office": _OFFICE, **more}


_ALARM = _case(
    "MC26-000417-G",
    Category.CRITICAL,
    reply_by=_NOW + timedelta(hours=3),
    state="open",
    action_by=_NOW + timedelta(hours=3),
)
_LATE = _case("MC26-000398-B", Category.URGENT, reply_by=_NOW - timedelta(hours=15))
_DUE = _case("MC26-000417B-H", Category.COMPLEX, reply_by=_NOW + timedelta(hours=6))
_WAITS = _case("MC26-000371-A", Category.COMPLEX, began_at=_NOW - timedelta(days=4))
_PAPERS = _mail(1042, "INFO_MISSING", file_by=_NOW + timedelta(days=2), late="")
_HELD = _mail(1044, "SENDER_UNVERIFIED")
_HELD_UNREAD = {**_mail(1045, "UNREADABLE"), "office": ""}
_CAME_BACK: Mapping[str, str | datetime] = {"id": "1031", "office": _OFFICE, "at": _NOW - timedelta(hours=20)}

DIGEST: Mapping[str, Value] = {
    "as_of": _NOW,
    "today": _NOW,
    "day_before": _NOW - timedelta(days=1),
    "received_count": 41,
    "answered_count": 23,
    "notice_count": 9,
    "on_time_count": 22,
    "handing_in_count": 1,
    "alarms": (_ALARM,),
    "alarms_count": 1,
    "alarms_more": 0,
    "overdue": (_LATE,),
    "overdue_count": 1,
    "overdue_more": 0,
    "due": (_DUE,),
    "due_count": 12,
    "due_more": 11,
    "documents": (_PAPERS,),
    "documents_count": 1,
    "documents_more": 0,
    "held": (_HELD,),
    "held_count": 1,
    "held_more": 0,
    "held_reasons": ("INFO_MISSING", "SENDER_UNVERIFIED"),
    "waiting": (_WAITS,),
    "waiting_count": 1,
    "waiting_more": 0,
    "undelivered": (_CAME_BACK,),
    "undelivered_count": 1,
    "undelivered_more": 0,
}
_LISTS = ("alarms", "overdue", "due", "documents", "held", "waiting", "undelivered")
QUIET_DAY: Mapping[str, Value] = {
    "received_count": 0,
    "answered_count": 0,
    "notice_count": 0,
    "on_time_count": 0,
    "handing_in_count": 0,
    "held_reasons": (),
    **dict.fromkeys(_LISTS, _NOBODY),
    **{f"{name}_{figure}": 0 for name in _LISTS for figure in ("count", "more")},
}
BUSY_DAY: Mapping[str, Value] = {
    "held_reasons": HELD_CODES,
    **{f"{name}_more": 7 for name in _LISTS},
    "documents": (_PAPERS, {**_PAPERS, "late": "late"}),
    "held": (_HELD, _HELD_UNREAD),
    "alarms": tuple({**_ALARM, "state": state} for state in ("open", "waiting", "answered")),
    "overdue": tuple({**_LATE, "category": category.value} for category in Category),
}

STEPS = ("received", "decided", "to_review", "reviewed", "corrected", "raised", "added", "noticed", "answered",
         "waiting", "resumed", "due_moved", "reopened", "closed", "reply_by", "was_due", "stopped")  # fmt: skip
HOLDERS = ("critical", "urgent", "complex", "review", "not_met", "minister", "office", "answered", "noticed", "closed")
_REFERENCE = "MC26-000417-G"
_TAKEN = datetime(2026, 12, 11, 21, 45, tzinfo=UTC)
_PROMISED = datetime(2026, 12, 15, 21, 45, tzinfo=UTC)


def _step(
    what: str, at: str | datetime = _TAKEN, category: str = "", due: str | datetime = "", **more: str
) -> Mapping[str, str | datetime]:
    return {"what": what, "at": at, "category": category, "due": due, "holder": "", "reference": "", **more}


_OPEN: _Rows = (
    _step("case", "", reference=_REFERENCE),
    _step("holder", "", holder="urgent"),
    _step("received"),
    _step("decided", category=Category.COMPLEX),
    _step("raised", _TAKEN + timedelta(hours=1), Category.URGENT, _PROMISED),
    _step("reply_by", _PROMISED),
)
_WITH_THE_OFFICE: _Rows = (
    _step("case", "", reference="MC26-000371-A"),
    _step("holder", _PROMISED, holder="office"),
    _step("received"),
    _step("to_review", category=Category.REVIEW),
    _step("reviewed", _TAKEN + timedelta(hours=1), Category.COMPLEX, _PROMISED + timedelta(days=1)),
    _step("waiting", _PROMISED),
    _step("stopped", _PROMISED + timedelta(days=1)),
)
_DONE: _Rows = (
    _step("case", "", reference="MC26-000398-B"),
    _step("holder", _PROMISED, holder="answered"),
    _step("received"),
    _step("decided", category=Category.URGENT),
    _step("answered", _PROMISED),
)
STATUS: Mapping[str, Value] = {"received": _NOW, "reference": _REFERENCE, "steps": _OPEN, "others": ()}
STATUS_VARIANTS: Mapping[str, tuple[Value, ...]] = {
    "steps": (
        _NOBODY,
        tuple(_step(what, category=category.value, due=_PROMISED) for what in STEPS for category in Category),
        tuple(_step("holder", at, holder=holder) for holder in HOLDERS for at in (_PROMISED, "")),
    ),
    "others": (("MC26-000388-A",),),
}
SEVERAL_STATUS: tuple[Mapping[str, Value], ...] = (
    {
        "reference": "MC26-000417-G, MC26-000371-A, MC26-000398-B",
        "steps": (*_OPEN, *_WITH_THE_OFFICE, *_DONE),
        "others": ("MC26-000388-A",),
    },
)
