"""Is one attachment a document that may be attached? The first objection decides; malware hides all others.

What the bytes are decides, not what the name says (`domain.md` 2.4). What only shows inside a file was found before,
by `inboxd.inspection` and the scanner (`documents.Finding`).
"""

from __future__ import annotations

from collections.abc import Callable

from inboxd.documents import Attachment, Finding, Reason
from inboxd.settings import DocumentSettings

TYPES = {
    "application/pdf": ("pdf",),
    "image/tiff": ("tif", "tiff"),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
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
        "application/zstd",
        "application/vnd.ms-cab-compressed",
        "application/x-iso9660-image",
    }
)
WRAPPINGS = frozenset({"application/vnd.ms-tnef", "application/ms-tnef"})
_MACRO_ENDINGS = frozenset({"docm", "dotm", "xlsm", "pptm"})
_ENCRYPTED_OFFICE = "application/encrypted"
_BLANK = b"\0\t\n\r "
_BEGINNING = 4096
_FOUND_INSIDE = frozenset({Reason.ENCRYPTED, Reason.MACRO_OR_ACTIVE, Reason.EMPTY_OR_CORRUPT})

# fmt: off
_KNOWN_ENDINGS = frozenset({
    "7z", "apk", "asc", "avi", "avif", "bat", "bmp", "bz2", "cab", "cmd", "com", "csv", "dat", "dll", "dmg", "doc",
    "docm", "docx", "dot", "dotm", "dotx", "eml", "exe", "gif", "gz", "heic", "heif", "hta", "htm", "html", "ics",
    "img", "iso", "jar", "jfif", "jpe", "jpeg", "jpg", "js", "json", "key", "lnk", "m4a", "m4v", "mht", "mhtml",
    "mkv", "mov", "mp3", "mp4", "mpeg", "mpg", "msg", "msi", "numbers", "odp", "ods", "odt", "one", "p7m", "p7s",
    "pages", "pdf", "pif", "png", "ppt", "pptm", "pptx", "ps1", "rar", "rtf", "scr", "svg", "tar", "tgz", "tif",
    "tiff", "tnef", "txt", "vbs", "vcf", "wav", "webp", "wmv", "wpd", "wps", "wsf", "xls", "xlsm", "xlsx", "xml",
    "xps", "xz", "zip",
})
# fmt: on
"""Endings that say what a file is."""

Check = Callable[[Attachment, Finding, DocumentSettings], Reason | None]


def ending(attachment: Attachment) -> str:
    """The name's ending in lower case, without the dot."""
    return attachment.safe_name.rpartition(".")[2].lower() if "." in attachment.safe_name else ""


def _malware(_: Attachment, finding: Finding, __: DocumentSettings) -> Reason | None:
    return Reason.MALWARE if finding.reason is Reason.MALWARE else None


def _empty(attachment: Attachment, _: Finding, __: DocumentSettings) -> Reason | None:
    begins = attachment.content[:_BEGINNING].strip(_BLANK)  # a large file is not copied to see that it holds something
    return None if begins or attachment.content.strip(_BLANK) else Reason.EMPTY_OR_CORRUPT


def _winmail(attachment: Attachment, _: Finding, __: DocumentSettings) -> Reason | None:
    """One that could not be opened; the files of the others are judged for themselves."""
    if attachment.sniffed_type not in WRAPPINGS:
        return None
    return Reason.NESTED_MESSAGE if "/" in attachment.path else Reason.WINMAIL_DAT


def _nested(attachment: Attachment, _: Finding, __: DocumentSettings) -> Reason | None:
    """A message in the mail that is left as it is: nothing could be taken out of it, or it is wrapped twice."""
    wrapped = attachment.declared_type.startswith("message/") or attachment.sniffed_type in (
        "message/rfc822",
        "application/vnd.ms-outlook",
    )
    return Reason.NESTED_MESSAGE if wrapped or ending(attachment) in ("eml", "msg") else None


def _macro_by_name(attachment: Attachment, _: Finding, __: DocumentSettings) -> Reason | None:
    macro = ending(attachment) in _MACRO_ENDINGS or "macroenabled" in attachment.sniffed_type.lower()
    return Reason.MACRO_OR_ACTIVE if macro else None


def _inside(_: Attachment, finding: Finding, __: DocumentSettings) -> Reason | None:
    """What the look inside found. It goes before the type: half a Word file looks like an archive from outside."""
    return finding.reason if finding.reason in _FOUND_INSIDE else None


def _undecided(_: Attachment, finding: Finding, __: DocumentSettings) -> Reason | None:
    """Could not be looked into, or not scanned: last, since a file that is refused anyway need not wait for that."""
    return finding.reason


def _encrypted_office(attachment: Attachment, _: Finding, __: DocumentSettings) -> Reason | None:
    return Reason.ENCRYPTED if attachment.sniffed_type == _ENCRYPTED_OFFICE else None


def _archive(attachment: Attachment, _: Finding, __: DocumentSettings) -> Reason | None:
    return Reason.ARCHIVE if attachment.sniffed_type in ARCHIVES else None


def _claims_to_be(attachment: Attachment) -> str:
    """The name's ending if it is one of a known type. `Scan 2026 10 30` and `letter.final` claim nothing."""
    claimed = ending(attachment) if attachment.name else ""
    return claimed if claimed in _KNOWN_ENDINGS else ""


def _type(attachment: Attachment, _: Finding, settings: DocumentSettings) -> Reason | None:
    allowed_here = set(settings.allowed_types)
    endings = TYPES.get(attachment.sniffed_type)
    if endings is None:
        claims_allowed = ending(attachment) in allowed_here
        return Reason.TYPE_MISMATCH if claims_allowed else Reason.TYPE_NOT_ALLOWED
    if not allowed_here.intersection(endings):
        return Reason.TYPE_NOT_ALLOWED
    return Reason.TYPE_MISMATCH if _claims_to_be(attachment) not in ("", *endings) else None


def _size(attachment: Attachment, _: Finding, settings: DocumentSettings) -> Reason | None:
    return Reason.TOO_LARGE if attachment.size > settings.max_file_bytes else None


CHECKS: tuple[Check, ...] = (
    _malware,
    _empty,
    _winmail,
    _nested,
    _macro_by_name,
    _inside,
    _encrypted_office,
    _archive,
    _type,
    _size,
    _undecided,
)


def objection(attachment: Attachment, finding: Finding, settings: DocumentSettings) -> Reason | None:
    """Why this file is refused, or cannot pass yet, or None."""
    return next((reason for check in CHECKS if (reason := check(attachment, finding, settings)) is not None), None)
