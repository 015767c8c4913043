"""What of one mail goes into a folder that is given out, and what is only listed there.

The raw mail, its documents by digest from the archive, files that were held or refused taken out of the raw mail again,
replies as sent. What a malware scanner found, or could not look at, is never written out, and no mail that has it in
it. A file of the archive that is missing or damaged becomes a problem with its name; only the disk's refusal raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from inboxd.archive import DOCUMENTS, MAIL, SENT, Archive, digest_of
from inboxd.context import MailReaders
from inboxd.database import Database
from inboxd.documents import FileOutcome, Reason
from inboxd.errors import DiskRefused, Permanent, Unparsable
from inboxd.parcel import Parcel
from inboxd.plan import INTERNAL_NOTICES
from inboxd.store.held import HEADER_ONLY

UNSAFE = frozenset({Reason.MALWARE, Reason.NOT_SCANNED})
JUDGED = frozenset({FileOutcome.ATTACHED, FileOutcome.CONFIRMED, FileOutcome.HELD, FileOutcome.REFUSED})
"""Files that were meant as documents; a logo, a wrapping, a file of an enquiry stays in its mail."""
DOCUMENTS_FOLDER = "documents"
NOT_ATTACHED_FOLDER = "not-attached"

Story = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where everything is read from."""

    database: Database
    archive: Archive
    readers: MailReaders
    zone: ZoneInfo


@dataclass(slots=True, kw_only=True)
class Packing:
    """Puts one mail after the other into the folder; goes on after a file that is missing, to name them all."""

    source: Source
    parcel: Parcel
    unsafe: frozenset[str]
    """Digests of files that must not be written out."""
    numbers: frozenset[str]
    """Only documents on these records are meant; empty: on any."""
    problems: list[str] = field(default_factory=list)
    not_written: list[str] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)
    """Path of each document that is in the folder, by digest."""

    def put_in(self, story: Story) -> None:
        """All that is kept of one mail."""
        mail = story["mail"]
        if story["purged"]:
            self._skip(f"mail {mail['id']}: was purged; what is left of it is in the story")
            return
        inside = [str(file["path"]) for file in story["custody"] if file["digest"] in self.unsafe]
        wanted: list[Mapping[str, Any]] = []
        for file in story["custody"]:
            if why := self._objection(file, inside):
                self._skip(f"{_named(mail, file)}: {why}; sha256 {file['digest']}")
            elif self._is_on_record(file):
                self._document(mail, file)
            elif file["outcome"] in JUDGED:
                wanted.append(file)
        self._raw(mail, header_only=bool(inside))
        if wanted:
            self._not_attached(mail, wanted)
        for effect in story["effects"]:
            if effect["kind"] == "send" and effect["template"] not in INTERNAL_NOTICES:
                self._notice(mail, effect)

    def _objection(self, file: Mapping[str, Any], inside: Sequence[str]) -> str:
        """Why a file is only listed; empty if it may be written out. `inside`: paths of files that must not be."""
        if file["digest"] in self.unsafe:
            return str(file["reason"]) if file["reason"] in UNSAFE else Reason.MALWARE
        if any(path.startswith(f"{file['path']}/") for path in inside):
            return "such a file is in it"
        elsewhere = file["filings"] and all(row["number"] not in self.numbers for row in file["filings"])
        return (
            "it is on another record" if self.numbers and (elsewhere or file["reason"] == Reason.OTHER_RECORD) else ""
        )

    def _is_on_record(self, file: Mapping[str, Any]) -> bool:
        """On the record that was asked for, or on its way to it; one that a register refused is not."""
        return any(
            row["state"] != "refused" and (not self.numbers or row["number"] in self.numbers) for row in file["filings"]
        )

    def _document(self, mail: Mapping[str, Any], file: Mapping[str, Any]) -> None:
        name, digest = _named(mail, file), str(file["digest"])
        if digest in self.documents:
            self._skip(f"{name}: the same bytes as {self.documents[digest]}")
            return
        self.documents[digest] = self._copy(DOCUMENTS_FOLDER, name, DOCUMENTS, digest)

    def _raw(self, mail: Mapping[str, Any], *, header_only: bool) -> None:
        name = f"{mail['id']}-{mail['arrived_at'].astimezone(self.source.zone):%Y-%m-%d}"
        if _is_excerpt(mail):
            self._skip(f"mail {mail['id']}: only its beginning was ever fetched; that is what is in the folder")
        if not header_only:
            self._copy("mail", f"{name}.eml", MAIL, mail["digest"])
            return
        self._skip(f"mail {mail['id']} as a whole: it has such a file in it; its header is in the folder")
        raw = self._read(f"mail/{name}.eml", mail["digest"])
        if raw is not None:
            ends = [place for mark in (b"\r\n\r\n", b"\n\n") if (place := raw.find(mark)) >= 0]
            self.parcel.add_bytes("mail", f"{name}.header.txt", raw[: min(ends, default=len(raw))] + b"\n")

    def _not_attached(self, mail: Mapping[str, Any], wanted: Sequence[Mapping[str, Any]]) -> None:
        """Files that are kept only inside the raw mail are taken out of it again."""
        if _is_excerpt(mail):
            for file in wanted:
                self._skip(f"{_named(mail, file)}: was never fetched, only its size and name")
            return
        try:
            email = self.source.readers.stored(mail["digest"])
        except Unparsable as error:
            self._skip(f"mail {mail['id']} cannot be read safely ({error}): it is in the folder as it came")
            for file in wanted:
                self._skip(f"{_named(mail, file)}: could not be taken out of its mail, which cannot be read")
            return
        except Permanent as error:
            self._problem(f"mail {mail['id']}", mail["digest"], error)
            return
        contents = {attachment.digest: attachment.content for attachment in email.attachments}
        for file in wanted:
            content = contents.get(file["digest"])
            if content is not None and digest_of(content) == file["digest"]:
                self.parcel.add_bytes(NOT_ATTACHED_FOLDER, _named(mail, file), content)
            else:
                self._skip(f"{_named(mail, file)}: could not be taken out of its mail again; it is inside that")

    def _notice(self, mail: Mapping[str, Any], effect: Mapping[str, Any]) -> None:
        name = f"{mail['id']}-{effect['template']}-{effect['id']}.eml"
        if effect["state"] == "done":
            self._copy("notices", name, SENT, effect["payload"]["digest"])
        else:
            self._skip(f"{name}: was not sent ({effect['state']})")

    def _copy(self, folder: str, name: str, kind: str, digest: str) -> str:
        """Its path; where it is missing or damaged, that it should have had."""
        archive = self.source.archive
        try:
            return self.parcel.add(folder, name, digest, lambda file: archive.copy_to(kind, digest, file))
        except Permanent as error:
            self.problems.append(f"{folder}/{name} (sha256 {digest}): {error}")
            return f"{folder}/{name}"
        except DiskRefused as error:
            raise DiskRefused(f"{folder}/{name} (sha256 {digest}): {error}") from error

    def _read(self, shown: str, digest: str) -> bytes | None:
        try:
            return self.source.archive.read(MAIL, digest)
        except Permanent as error:
            self._problem(shown, digest, error)
            return None

    def _problem(self, shown: str, digest: str, error: Permanent) -> None:
        """A file of the archive that is missing or damaged, once."""
        if not any(digest in known for known in self.problems):
            self.problems.append(f"{shown} (sha256 {digest}): {error}")

    def _skip(self, line: str) -> None:
        self.not_written.append(line)


def _is_excerpt(mail: Mapping[str, Any]) -> bool:
    """Whether the archive has only the beginning of a mail: it is too large, or the server would not give it."""
    return mail["outline"] is not None or mail["held_reason"] in HEADER_ONLY


def _named(mail: Mapping[str, Any], file: Mapping[str, Any]) -> str:
    return f"{mail['id']}-{file['safe_name']}"
