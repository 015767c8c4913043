"""Mail that came back: delivery status notifications (RFC 3464), and the commonest other forms.

The returned message's own Message-ID is what matters: by it the daemon finds which of our mails was lost. Pure; never
fails: a report that cannot be read is still a bounce, with empty fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from inboxd.mail import Bounce
from inboxd.parsers import envelope
from inboxd.parsers.charsets import decode, one_line
from inboxd.parsers.encoded_words import decode_words
from inboxd.parsers.headers import first, read_block
from inboxd.parsers.message import Message
from inboxd.parsers.parts import Part

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TYPES = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/partial",
    "text/rfc822",
)
_LONGEST_DIAGNOSTIC = 500
_MOST_RECIPIENTS = 100
_REPORT_BYTES = 256 * 1024
_WORST_FIRST = ("failed", "delayed", "expanded", "relayed", "delivered")

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_CODE = re.compile(r"\b([45])\d\d[ \-#(]")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_BLANK_LINE = re.compile(rb"\n[ \t]*\n")
# Never a person, whatever the subject says; the others need one that says so.
_DAEMON = re.compile(r"(?:mailer-?daemon|mail-?daemon|mdaemon|microsoftexchange[0-9a-f]{32})$")
_SYSTEM = re.compile(r"(?:postmaster|mail[._-]?delivery(?:[._-]?(?:sub)?system)?|bounces?)(?:[+._-].*)?$")
_SUBJECT = re.compile(
    r"undeliver(?:ed|able)|delivery (?:status notification|failure|failed|has failed|report|error)|"
    r"mail (?:delivery|could not be delivered|system error|failure)|"
    r"message (?:delivery failed|not delivered|undeliver)|"
    r"returned (?:mail|to sender)|failure notice|failed delivery|non[- ]?delivery|could not (?:be delivered|send)|"
    r"nondeliverable|delivery notification|warning: (?:message|could not send)|mail status report|"
    r"non[- ](?:remis|distribu|livr)|[ée]chec de (?:la )?(?:remise|livraison|distribution)|"
    r"(?:message|courriel) non (?:remis|distribu|livr)|avis de non[- ](?:remise|livraison|distribution)|"
    r"remise (?:retard|impossible)",
    re.IGNORECASE,
)
_DELAY = re.compile(r"delay|being retried|(?:continue to|keep) try|retard|warning only|not yet been", re.IGNORECASE)
_ID_IN_TEXT = re.compile(
    r"^[>\s]{0,20}(?:x-)?(?:original-)?message-id:\s{0,3}(<[^<>\n]{1,500}>)", re.IGNORECASE | re.MULTILINE
)
_ANSWERED_IN_TEXT = re.compile(r"^[>\s]{0,20}in-reply-to:\s{0,3}(<[^<>\n]{1,500}>)", re.IGNORECASE | re.MULTILINE)
_AUTO_IN_TEXT = re.compile(r"^[>\s]{0,20}auto-submitted:\s{0,3}auto-replied\b", re.IGNORECASE | re.MULTILINE)
_FAILED_IN_TEXT = re.compile(
    r"^\s{0,12}<?([^\s<>()\"';:,]{1,64}@[^\s<>()\"';:,]{1,255})>?\s?(?::|$|\.\.\.|\(|;)", re.MULTILINE
)


def _fields(block: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in read_block(block, 0, len(block), _REPORT_BYTES).fields:
        found.setdefault(field.name, one_line(decode_words(decode(field.value)[0])))
    return found


def _groups(content: bytes) -> list[dict[str, str]]:
    """The groups of fields of a delivery status: the first for the message, one more for each recipient."""
    text = content[:_REPORT_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip()
    return [fields for block in _BLANK_LINE.split(text) if (fields := _fields(block))]


def _recipient(fields: dict[str, str]) -> str:
    for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
        found = _ADDRESS.search(fields.get(name, "").rpartition(";")[2])
        if found:
            return found.group().lower()
    return ""


def _returned(parts: Iterable[Part], name: str) -> str:
    """A field of the returned message or of its headers; empty if it is not there."""
    for part in parts:
        if part.content_type in _RETURNED_TYPES:
            content = part.content.lstrip(b"\r\n \t")
            block = read_block(content, 0, len(content), _REPORT_BYTES)
            if found := decode(first(block.fields, name))[0]:
                return found
    return ""


def _answered(message: Message, text: str) -> tuple[str, ...]:
    """What the returned mail answered, where its headers say that it was an automatic answer, as ours are."""
    parts = message.parts
    if _returned(parts, "auto-submitted").strip().lower().startswith("auto-replied"):
        return envelope.message_ids(_returned(parts, "in-reply-to"))
    copied = _ANSWERED_IN_TEXT.findall(text[:_REPORT_BYTES]) if _AUTO_IN_TEXT.search(text[:_REPORT_BYTES]) else []
    return envelope.message_ids(copied[-1]) if copied else ()


def _returned_id(parts: Iterable[Part]) -> str:
    return envelope.message_id(_returned(parts, "message-id"))


def _only_other(message: Message, text: str) -> tuple[str, ...]:
    """The failed address where no field names it: to whom the returned mail went, or the one stranger in the text."""
    to = {found.lower() for found in _ADDRESS.findall(_returned(message.parts, "to"))}
    if len(to) == 1:
        return tuple(to)
    known = {box.address for box in message.recipients} | {message.sender.address if message.sender else ""}
    strangers = {found.lower().rstrip(".") for found in _ADDRESS.findall(_ID_IN_TEXT.sub("", text))} - known
    strangers = {found for found in strangers if not _SYSTEM.match(found.partition("@")[0])}
    return tuple(strangers) if len(strangers) == 1 else ()


def _referred_id(message: Message) -> str:
    """The thread headers of a bounce name the returned mail, if they name one only."""
    named = dict.fromkeys((*message.in_reply_to, *message.references[-1:]))
    return next(iter(named)) if len(named) == 1 else ""


def _from_report(message: Message, status_parts: tuple[Part, ...]) -> Bounce:
    groups = [group for part in status_parts for group in _groups(part.content)]
    each = [group for group in groups if "action" in group or _recipient(group)]
    actions = [group.get("action", "").partition(" ")[0].lower().strip(";,.") for group in each]
    action = next((name for name in _WORST_FIRST if name in actions), "")
    telling = [group for group in each if group.get("action", "").lower().startswith(action or "failed")] or each
    status = next((code for group in telling if (code := _status_in(group.get("status", "")))), "")
    diagnostic = next((group["diagnostic-code"] for group in telling if "diagnostic-code" in group), "")
    named = next(
        (
            found
            for group in groups
            for name in ("original-message-id", "x-original-message-id")
            if (found := envelope.message_id(group.get(name, "")))
        ),
        "",
    )
    recipients = tuple(dict.fromkeys(box for group in telling if (box := _recipient(group))))[:_MOST_RECIPIENTS]
    return Bounce(
        recipients=recipients or _only_other(message, message.plain[:_REPORT_BYTES]),
        action=action,
        status=status or _status_in(diagnostic),
        original_message_id=_returned_id(message.parts) or named or _id_in(message.plain) or _referred_id(message),
        diagnostic=diagnostic[:_LONGEST_DIAGNOSTIC],
        answered=_answered(message, message.plain),
    )


def _status_in(text: str) -> str:
    found = _STATUS.search(text)
    return found.group(1) if found else ""


def _id_in(text: str) -> str:
    """The Message-ID in a copy of the headers within the text; the last one, as the copy stands at the end."""
    found = _ID_IN_TEXT.findall(text[:_REPORT_BYTES])
    return envelope.message_id(found[-1]) if found else ""


def _from_text(message: Message) -> Bounce:
    text = message.plain[:_REPORT_BYTES]
    # Below the first copied header stands the returned mail; its addresses are not the failed ones.
    report = re.split(
        r"^(?:-{3,}.*(?:copy|original|message|header).*|(?:received|return-path):.*)$",
        text,
        maxsplit=1,
        flags=re.IGNORECASE | re.MULTILINE,
    )[0]
    named = [found.lower() for found in _ADDRESS.findall(message.header("x-failed-recipients"))]
    if not named:
        own = {box.address for box in message.recipients}
        named = [name.lower() for name in _FAILED_IN_TEXT.findall(report) if _ADDRESS.fullmatch(name)]
        named = [name for name in named if name not in own]
    status = _status_in(report)
    code = _REPLY_CODE.search(report)
    line = next((line.strip() for line in report.splitlines() if _STATUS.search(line) or _REPLY_CODE.search(line)), "")
    delayed = bool(_DELAY.search(message.subject)) or status.startswith("4")
    return Bounce(
        recipients=tuple(dict.fromkeys(named))[:_MOST_RECIPIENTS] or _only_other(message, report),
        action="delayed" if delayed else "failed",
        status=status or (f"{code.group(1)}.0.0" if code else ""),
        original_message_id=_returned_id(message.parts) or _id_in(text) or _referred_id(message),
        diagnostic=one_line(line)[:_LONGEST_DIAGNOSTIC],
        answered=_answered(message, text),
    )


def read_bounce(message: Message) -> Bounce | None:
    """The bounce that this mail is; None for any other mail.

    A person who attaches or forwards a bounce does not send one: outside a report, the sender must be a mail system
    and subject, recipient header or returned message must say so.
    """
    status_parts = tuple(part for part in message.parts if part.content_type in _STATUS_TYPES)
    if message.report_type == "delivery-status" or (message.content_type == "multipart/report" and status_parts):
        return _from_report(message, status_parts)
    if message.content_type == "multipart/report" and message.report_type:
        return None
    local = message.sender.address.partition("@")[0] if message.sender else ""
    daemon = bool(_DAEMON.match(local)) or bool(_DAEMON.match((message.return_path or "").partition("@")[0]))
    system = daemon or message.return_path == "" or bool(_SYSTEM.match(local))
    if status_parts and system:
        return _from_report(message, status_parts)
    said = bool(_SUBJECT.search(message.subject)) or bool(message.header("x-failed-recipients"))
    returned = any(part.content_type in _RETURNED_TYPES and part.parent != "" for part in message.parts)
    if daemon or (system and said) or (_SYSTEM.match(local) and returned):
        return _from_text(message)
    return None
