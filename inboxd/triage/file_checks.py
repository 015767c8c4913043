"""Is one attachment a document that may be attached? Checks in order, the first that objects decides.

What the bytes are decides, not what the name says (`domain.md` 2.4). A check is a function from the attachment to a
reason or None; deeper ones (inside PDF, Office and archives, malware) join `CHECKS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from inboxd.mail import Attachment
from inboxd.plan import Reason
from inboxd.settings import DocumentSettings

TYPES = {
    "application/pdf": ("pdf",),
    "image/tiff": ("tif", "tiff"),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "application/msword": ("doc",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
}
ARCHIVES = frozenset(
    {
        "application/zip",
        "application/x-7z-compressed",
        "application/x-rar",
        "application/x-rar-compressed",
        "application/vnd.rar",
        "application/gzip",
        "application/x-tar",
        "application/x-bzip2",
        "application/x-xz",
    }
)
_MACRO_ENDINGS = frozenset({"docm", "dotm", "xlsm", "pptm"})
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")
_ENCRYPT_WINDOW = 4096

Check = Callable[[Attachment, DocumentSettings], Reason | None]


def ending(attachment: Attachment) -> str:
    """The name's ending in lower case, without the dot."""
    return attachment.safe_name.rpartition(".")[2].lower() if "." in attachment.safe_name else ""


def _empty(attachment: Attachment, _: DocumentSettings) -> Reason | None:
    return Reason.EMPTY_OR_CORRUPT if not attachment.content.strip() else None


def _size(attachment: Attachment, settings: DocumentSettings) -> Reason | None:
    return Reason.TOO_LARGE if attachment.size > settings.max_file_bytes else None


def _winmail(attachment: Attachment, _: DocumentSettings) -> Reason | None:
    tnef = attachment.sniffed_type in ("application/vnd.ms-tnef", "application/ms-tnef")
    return Reason.WINMAIL_DAT if tnef or attachment.safe_name.lower() == "winmail.dat" else None


def _nested(attachment: Attachment, _: DocumentSettings) -> Reason | None:
    wrapped = attachment.declared_type.startswith("message/") or attachment.sniffed_type == "message/rfc822"
    return Reason.NESTED_MESSAGE if wrapped or ending(attachment) in ("eml", "msg") else None


def _macro(attachment: Attachment, _: DocumentSettings) -> Reason | None:
    if ending(attachment) in _MACRO_ENDINGS or b"vbaProject.bin" in attachment.content:
        return Reason.MACRO_OR_ACTIVE
    return None


def _active(attachment: Attachment, _: DocumentSettings) -> Reason | None:
    """A PDF that runs, launches or carries something. Names inside compressed objects are for the deeper check."""
    if attachment.sniffed_type == "application/pdf" and _ACTIVE.search(attachment.content):
        return Reason.MACRO_OR_ACTIVE
    return None


def _archive(attachment: Attachment, _: DocumentSettings) -> Reason | None:
    return Reason.ARCHIVE if attachment.sniffed_type in ARCHIVES else None


def _encrypted(attachment: Attachment, _: DocumentSettings) -> Reason | None:
    """A PDF whose trailer names an encryption dictionary, or an Office file wrapped in an encrypted package."""
    if attachment.sniffed_type == "application/pdf":
        tail = attachment.content[-_ENCRYPT_WINDOW:]
        if b"/Encrypt" in tail or b"/Encrypt" in attachment.content[:_ENCRYPT_WINDOW]:
            return Reason.ENCRYPTED
    if b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e" in attachment.content:
        return Reason.ENCRYPTED
    return None


def _type(attachment: Attachment, settings: DocumentSettings) -> Reason | None:
    allowed_here = set(settings.allowed_types)
    endings = TYPES.get(attachment.sniffed_type)
    if endings is None:
        claims_allowed = ending(attachment) in allowed_here
        return Reason.TYPE_MISMATCH if claims_allowed else Reason.TYPE_NOT_ALLOWED
    if not allowed_here.intersection(endings):
        return Reason.TYPE_NOT_ALLOWED
    if attachment.name and ending(attachment) not in endings:
        return Reason.TYPE_MISMATCH
    return None


def _cut_off(attachment: Attachment, _: DocumentSettings) -> Reason | None:
    """A file that ends before its format's own end mark."""
    content = attachment.content
    ends = {
        "application/pdf": lambda: b"%%EOF" in content[-2048:],
        "image/jpeg": lambda: b"\xff\xd9" in content[-4096:],
        "image/png": lambda: b"IEND" in content[-64:],
    }
    whole = ends.get(attachment.sniffed_type)
    return Reason.EMPTY_OR_CORRUPT if whole is not None and not whole() else None


CHECKS: tuple[Check, ...] = (_empty, _winmail, _nested, _macro, _active, _encrypted, _archive, _type, _size, _cut_off)


def objection(attachment: Attachment, settings: DocumentSettings) -> Reason | None:
    """Why this file is refused, or None."""
    return next((reason for check in CHECKS if (reason := check(attachment, settings)) is not None), None)
