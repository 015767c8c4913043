"""The notices that inboxd can write: their names, what each is for, the values each gets, and samples of them.

Samples serve the check (every notice is rendered with every variant before it is taken into use) and the preview.
All people, numbers and addresses in them are invented. A name that is not in here raises KeyError.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from inboxd.documents import Reason
from inboxd.plan import Category, Value
from inboxd.replies import watch
from inboxd.replies.day import BUSY_DAY, DIGEST, QUIET_DAY, SEVERAL_STATUS, STATUS, STATUS_VARIANTS
from inboxd.settings import Information

NO_ROWS: tuple[Mapping[str, str | datetime], ...] = ()

# Fri 2026-12-11 16:45 in Toronto and its deadlines: the worked example of domain.md 1.7.
_RECEIVED = datetime(2026, 12, 11, 21, 45, tzinfo=UTC)
_ONE_DAY = datetime(2026, 12, 14, 21, 45, tzinfo=UTC)
_TWO_DAYS = datetime(2026, 12, 15, 21, 45, tzinfo=UTC)
_ACTION = datetime(2026, 12, 12, 21, 45, tzinfo=UTC)
_FIVE_DAYS = datetime(2026, 12, 18, 21, 45, tzinfo=UTC)
_NEXT_OPENING = datetime(2026, 12, 14, 12, 0, tzinfo=UTC)

_NUMBER = "E*****6789"
_REFERENCE = "MC26-000417-G"
_SUBJECT = "MCMPS attachment - Fichier joint CMDS E123456789"

LOOKS_LIKE = ("court", "irb", "passport", "phone", "temporary_uci", "lookalike", "length")
FIELDS = (*(item.value for item in Information), "identity")
LATENESS = ("not_running", "set_late", "held_up")
ALERTS = ("undelivered", "held", "reply_limit", "malware", "other_record", "register_refused", "rules_refused",
          "lookalike",
          "move_undone", "move_left", "mail_gone", "found_late", "strangers")

_FILES = ({"name": "passport-page.pdf", "size": "482133"}, {"name": "lettre de l'employeur.docx", "size": "1932000"})
_CONFIRMED = ({"name": "marriage-certificate.pdf"},)
_REFUSED = ({"name": "IMG_0412.heic", "reason": Reason.TYPE_NOT_ALLOWED.value, "hint": "heic"},
            {"name": "winmail.dat > bail.pdf", "reason": Reason.ENCRYPTED.value, "hint": ""})
_EVERY_REFUSAL = tuple({"name": f"file-{place}.bin", "reason": reason.value, "hint": ""}
                       for place, reason in enumerate(Reason))
_CRITERIA = ({"id": "CR-01", "en": "Removal imminent or dated", "fr": "Renvoi imminent ou daté"},
             {"id": "UR-10", "en": "Family violence", "fr": "Violence familiale"})
_LOOKED_FOR = ({"id": "CR-04", "en": "Life or death", "fr": "Question de vie ou de mort", "category": "critical"},
               {"id": "UR-10", "en": "Family violence", "fr": "Violence familiale", "category": "urgent"},
               {"id": "CX-02", "en": "Criminality", "fr": "Criminalité", "category": "complex"})
_SEVERAL: tuple[Mapping[str, str | datetime], ...] = (
    {"reference": _REFERENCE, "category": Category.CRITICAL.value, "numbers": _NUMBER, "reply_by": _ONE_DAY,
     "criteria_en": "Removal imminent or dated (CR-01)", "criteria_fr": "Renvoi imminent ou daté (CR-01)"},
    {"reference": "MC26-000417B-H", "category": Category.REVIEW.value, "numbers": "", "reply_by": _ONE_DAY,
     "criteria_en": "", "criteria_fr": ""},
    {"reference": "MC26-000417C-J", "category": Category.NOT_MET.value, "numbers": "EP****4321, W*****2211",
     "reply_by": _ONE_DAY, "criteria_en": "", "criteria_fr": ""},
)
_EVERY_CATEGORY: tuple[Mapping[str, str | datetime], ...] = tuple({**_SEVERAL[0], "category": category.value}
                                                                  for category in Category)
_UNITS = ({"name_en": "Ontario", "name_fr": "Ontario", "contact": "ontario-unit@passport.example"},
          {"name_en": "Western Canada and territories", "name_fr": "Ouest canadien et territoires",
           "contact": "west-unit@passport.example"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One pair of templates."""

    name: str
    purpose: str
    """Who gets it, and when; for `inboxd templates list`."""
    sample: Mapping[str, Value]
    """One realistic set of values; its keys are the only values the notice gets."""
    variants: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Other values that must render too, one value at a time."""
    together: tuple[Mapping[str, Value], ...] = ()
    """Values that only make sense together."""
    in_answer: bool = True
    """Answers a sender's mail (RFC 3834 `auto-replied`); otherwise it goes out by itself (`auto-generated`)."""

    def every_case(self) -> Iterator[Mapping[str, Value]]:
        """The sample, then each variant laid over it, then all the first variants at once (mostly: nothing there)."""
        yield self.sample
        for name, others in self.variants.items():
            for other in others:
                yield {**self.sample, name: other}
        yield {**self.sample, **{name: others[0] for name, others in self.variants.items()}}
        for case in self.together:
            yield {**self.sample, **case}


_DOCUMENTS: Mapping[str, Value] = {
    "received": _RECEIVED, "number": _NUMBER, "files": _FILES, "confirmed": _CONFIRMED, "filed_by": _TWO_DAYS,
    "standard_by": _FIVE_DAYS, "notes": ("subject_near", "subject_personal", "question_case"),
    "correct_subject": _SUBJECT, "under_way": "", "links": (), "replied": "",
}
_DOCUMENT_VARIANTS: Mapping[str, tuple[Value, ...]] = {
    "files": (NO_ROWS,), "confirmed": (NO_ROWS,),
    "notes": ((), ("subject_near",), ("subject_personal",), ("question_case",)),
    "under_way": ("yes",), "links": ((), ("onedrive.example", "dropbox.example")), "replied": (_ONE_DAY,),
}
_CASE: Mapping[str, Value] = {
    "received": _RECEIVED, "reference": _REFERENCE, "reply_by": _TWO_DAYS, "clock_start": _RECEIVED,
    "criteria": _CRITERIA, "numbers": (_NUMBER, "EP****4321"), "asks": ("availability", "number", "consent"),
}
_CASE_VARIANTS: Mapping[str, tuple[Value, ...]] = {
    "asks": ((), ("availability",), ("number",), ("consent",)), "numbers": ((), (_NUMBER,)), "criteria": (NO_ROWS,),
    "clock_start": (_NEXT_OPENING,),
}
_FAILURE: Mapping[str, Value] = {
    "received": _RECEIVED, "reason": Reason.NUMBER_FORMAT.value, "looks_like": "lookalike", "number": _NUMBER,
    "correct_subject": _SUBJECT, "suggestion": "", "refused": _REFUSED, "missing": FIELDS, "links": (),
    "notes": ("question_case",), "replied": "", "by_reply": "",
    "allowed_types": ("pdf", "tiff", "jpg", "png", "doc", "docx"), "max_file_mb": "2.5", "max_total_mb": "20",
}


def _ack(name: str, purpose: str, **changed: Value) -> Notice:
    return Notice(name=name, purpose=purpose, sample={**_CASE, **changed}, variants=_CASE_VARIANTS)


_STEP: Mapping[str, Value] = {
    "reference": _REFERENCE, "category": Category.URGENT.value, "office": "Office of A. Sample, Example Centre",
    "received": _RECEIVED, "due": _TWO_DAYS, "mail_id": "1042", "left": "480", "over": "", "planned": _TWO_DAYS,
    "late": "", "ordinal": "1",
}
_TOO_LATE: Mapping[str, Value] = {"left": "", "over": "135", "late": "not_running", "planned": _ONE_DAY}
_STEP_VARIANTS: Mapping[str, tuple[Value, ...]] = {
    "category": tuple(Category), "office": ("",), "mail_id": ("",), "late": LATENESS, "ordinal": ("6",),
    "left": ("0", "1", "60", "1505"),
}


def _step(name: str, purpose: str, **changed: Value) -> Notice:
    """A notice of the ladder; each can come late, also after its due time."""
    # documents are known by their message: it is always there
    about_a_case = bool(changed.get("reference", "-"))
    variants = {value: others for value, others in _STEP_VARIANTS.items() if value != "mail_id" or about_a_case}
    return Notice(name=name, purpose=purpose, in_answer=False, sample={**_STEP, **changed}, variants=variants,
                  together=(_TOO_LATE,))


_PASSED: Mapping[str, str] = {"left": "", "over": "0"}
_ALARM: Mapping[str, Value] = {"category": Category.CRITICAL.value, "due": _ACTION}
_PAPERS: Mapping[str, Value] = {"reference": "", "category": "", "due": _FIVE_DAYS}

NOTICES: Mapping[str, Notice] = {notice.name: notice for notice in (
    Notice(name="receipt", purpose="sender: all documents taken", sample=_DOCUMENTS, variants=_DOCUMENT_VARIANTS),
    Notice(name="partial", purpose="sender: some documents taken, some refused",
           sample={**_DOCUMENTS, "refused": _REFUSED},
           variants={**_DOCUMENT_VARIANTS, "refused": (_REFUSED, _EVERY_REFUSAL)},
           together=({"refused": NO_ROWS, "links": ("onedrive.example",)},)),
    Notice(name="failure", purpose="sender: no document taken, what to fix", sample=_FAILURE, variants={
        "reason": tuple(reason.value for reason in Reason), "looks_like": ("", *LOOKS_LIKE), "number": ("",),
        "refused": (NO_ROWS, _EVERY_REFUSAL), "missing": ((), *((code,) for code in FIELDS)), "notes": ((),),
        "replied": (_ONE_DAY,), "by_reply": ("yes",),
    }, together=(
        {"reason": Reason.NUMBER_MISSING.value, "number": "", "correct_subject": "", "suggestion": "E123456789",
         "looks_like": "", "refused": NO_ROWS, "missing": (), "by_reply": "yes"},
        {"reason": Reason.NUMBER_MISSING.value, "number": "", "correct_subject": "", "looks_like": "",
         "refused": NO_ROWS, "missing": ()},
        {"reason": Reason.LINK_NOT_FILE.value, "links": ("onedrive.example",), "looks_like": "", "refused": NO_ROWS,
         "missing": ()},
        {"reason": Reason.TYPE_NOT_ALLOWED.value, "looks_like": "", "missing": ()},
        {"reason": Reason.ENCRYPTED.value, "looks_like": "", "refused": _REFUSED[1:], "missing": ()},
    )),
    Notice(name="held", purpose="sender: documents wait for a person", sample={
        "received": _RECEIVED, "number": _NUMBER, "missing": FIELDS, "reason": "", "refused": _REFUSED,
        "notes": ("question_case",), "replied": "",
        "files": tuple({"name": row["name"]} for row in _FILES),
    }, variants={
        "number": ("",), "missing": ((), *((code,) for code in FIELDS)), "files": (NO_ROWS,), "notes": ((),),
        "replied": (_ONE_DAY,),
        "reason": (Reason.NOT_SCANNED.value, Reason.REGISTER_UNAVAILABLE.value), "refused": (NO_ROWS, _EVERY_REFUSAL),
    }, together=({"missing": (), "reason": Reason.NOT_SCANNED.value, "refused": NO_ROWS},)),
    _ack("ack_critical", "sender: critical enquiry taken", reply_by=_ONE_DAY),
    _ack("ack_urgent", "sender: urgent enquiry taken"),
    _ack("ack_complex", "sender: complex enquiry taken"),
    _ack("ack_review", "sender: enquiry taken, a person decides its category", reply_by=_ONE_DAY),
    Notice(name="ack_several", purpose="sender: several matters in one mail, each with its own case", sample={
        "received": _RECEIVED, "reference": _REFERENCE, "clock_start": _RECEIVED, "cases": _SEVERAL,
        "looked_for": _LOOKED_FOR, "tracker": "yes", "asks": ("availability", "number", "consent"),
    }, variants={
        "clock_start": (_NEXT_OPENING,), "asks": ((), ("availability",), ("number",), ("consent",)),
        "looked_for": (NO_ROWS, _LOOKED_FOR[:1]), "cases": (_EVERY_CATEGORY, _SEVERAL[1:]),
    }, together=(
        {"cases": _SEVERAL[:2], "looked_for": NO_ROWS, "tracker": "", "asks": ()},
        {"cases": _SEVERAL[2:] * 2},
    )),
    Notice(name="raised", purpose="sender: a follow-up raised the category of a case", sample={
        **_CASE, "reply_by": _ONE_DAY, "category": Category.CRITICAL.value, "previous": Category.URGENT.value,
    }, variants={**_CASE_VARIANTS, "category": tuple(Category), "previous": tuple(Category)}),
    Notice(name="not_met", purpose="sender: no criterion found, how to book", sample={
        "received": _RECEIVED, "reference": _REFERENCE, "looked_for": _LOOKED_FOR, "tracker": "yes",
    }, variants={"looked_for": (NO_ROWS, _LOOKED_FOR[:1]), "tracker": ("",)}),
    Notice(name="passport", purpose="sender: regular passport, which unit answers",
           sample={"received": _RECEIVED, "units": _UNITS, "urgent": "yes"},
           variants={"units": (_UNITS[:1],), "urgent": ("",)}),
    Notice(name="outsider", purpose="people who are not clients: where to turn", sample={"received": _RECEIVED}),
    Notice(name="status", purpose="sender: time line of one or several cases", sample=STATUS,
           variants=STATUS_VARIANTS, together=SEVERAL_STATUS),
    Notice(name="digest", purpose="officers: what the day holds", in_answer=False, sample=DIGEST,
           together=(QUIET_DAY, BUSY_DAY)),
    _step("page", "on call: a case that is or may be critical has arrived", **{**_ALARM, "due": _ONE_DAY}),
    _step("review_page", "on call: nobody has decided a category", category=Category.REVIEW.value),
    _step("reminder", "team: a reply is due soon"),
    _step("breach", "team: a reply is late", **_PASSED),
    _step("escalation", "managers: a reply is late for long", **{**_PASSED, "over": "240"}),
    _step("action_reminder", "on call: the time to act on a critical case is nearly over", **_ALARM),
    _step("action_alarm", "on call: the time to act on a critical case has passed", **_ALARM, **_PASSED),
    _step("filing_reminder", "team: documents are not on the record yet", **_PAPERS),
    _step("filing_breach", "team: documents are late", **_PAPERS, **_PASSED),
    _step("filing_escalation", "managers: documents are late for long", **{**_PAPERS, **_PASSED, "over": "720"}),
    Notice(name="incident", purpose="team or managers: something is wrong with the service itself", in_answer=False,
           sample=watch.BEGUN, variants=watch.BEGUN_VARIANTS, together=(watch.LASTING, watch.ENDING, watch.PAST)),
    Notice(name="incident_over", purpose="team or managers: it is over", in_answer=False, sample=watch.OVER,
           variants=watch.OVER_VARIANTS, together=({**watch.ENDING, "ended": ""},)),
    Notice(name="alert", purpose="officers: something to look at", in_answer=False, sample={
        "what": "held", "reference": _REFERENCE, "category": Category.URGENT.value, "due": _TWO_DAYS,
        "received": _RECEIVED, "mail_id": "1042", "office": "Office of A. Sample, Example Centre",
        "reason": Reason.SENDER_UNVERIFIED.value, "others": ("second.desk@parl.example",),
    }, variants={
        "others": ((), ("second.desk@parl.example", "third.desk@parl.example")), "what": ALERTS, "reference": ("",),
        "category": ("", *Category), "mail_id": ("",), "office": ("",),
        "reason": ("", *(reason.value for reason in Reason)),
    }),
)}


def sample_values(name: str) -> Mapping[str, Value]:
    """A realistic set of values for the notice `name`, invented."""
    return NOTICES[name].sample
