"""What a case page tells of one mail: its words with those that decided marked, criteria, files, replies as sent.

Everything comes from the story that `inboxd show` reads too (`store.reading.story`), and from the archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

from sqlalchemy import Connection

from inboxd.archive import DOCUMENTS, MAIL, SENT
from inboxd.console.asking import NotThere
from inboxd.console.safe import Piece, clean, marked
from inboxd.console.wording import typeset
from inboxd.context import Context
from inboxd.documents import Reason
from inboxd.errors import InboxdError, Permanent, Unparsable
from inboxd.packing import UNSAFE
from inboxd.replies.wording import NBSP
from inboxd.store import conversations
from inboxd.store.outgoing import state_of

Story = Mapping[str, Any]
LONGEST = 200_000
"""Characters of a text that are shown; the rest is in the mail itself."""
PATIENCE_SECONDS = 20.0
"""What a person at the desk waits for a mail to be read, at most; proxies often give up after a minute."""
READ_PARTS = ("new", "forwarded")
OPINION = "opinion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a mail by what it is: the sender's new words, what was forwarded, quoted, the signature."""

    name: str
    pieces: tuple[Piece, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The text of a mail."""

    parts: tuple[Part, ...] = ()
    unsafe: bool = False
    """Reading it met a limit, or it is no mail that can be read: there is only the mail as it came."""


def words_of(context: Context, story: Story) -> Words:
    """The text of a mail in parts, never its HTML; nothing where it was purged or its file cannot be had now."""
    mail = story["mail"]
    if story["purged"]:
        return Words()
    try:
        body = context.reader.stored(mail["digest"], at_most=PATIENCE_SECONDS).body
    except Unparsable:
        return Words(unsafe=True)
    except InboxdError:
        return Words()
    found = []
    for name in ("new", "forwarded", "quoted", "signature"):
        text = str(getattr(body, name))
        if text.strip():
            hits = [hit for hit in mail["hits"] if hit["where"] == name] if name in READ_PARTS else []
            pieces = tuple(marked(text[:LONGEST], hits))
            found.append(Part(name=name, pieces=pieces, is_cut=len(text) > LONGEST))
    return Words(parts=tuple(found))


def criteria_of(context: Context, ids: Iterable[str], language: str) -> list[dict[str, str]]:
    """Criteria by id with their description in this language, as far as they are still in force."""
    texts = _descriptions(context, language)
    return [{"id": name, "text": texts.get(name, "")} for name in ids]


def _descriptions(context: Context, language: str) -> dict[str, str]:
    rows = context.rules.criteria.rows
    return {row.id: typeset(str(getattr(row, f"description_{language}")), language) for row in rows}


def hits_of(context: Context, story: Story, case: Mapping[str, Any] | None, language: str) -> list[dict[str, Any]]:
    """What was found for a case, or for a mail: criterion, words, where."""
    texts = _descriptions(context, language)
    known = {each["reference"] for each in story["cases"]}
    own = [
        hit
        for hit in story["mail"]["hits"]
        if case is None or hit.get("case", "") == case["reference"] or hit.get("case", "") not in known
    ]
    return [{**hit, "text": texts.get(hit["criterion"], ""), **_opinion(hit, language)} for hit in own]


def _opinion(hit: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Of the second reader's, how sure it was apart from its words: `99%`, in French with its space."""
    if hit["where"] != OPINION:
        return {"is_opinion": False}
    sure, colon, words = str(hit["words"]).partition(": ")
    if not colon:
        sure, words = "", sure
    shown = sure.replace("%", f"{NBSP}%") if language == "fr" else sure
    return {"is_opinion": True, "sure": shown, "words": words}


def unsafe_files(tx: Connection, mail_id: int) -> frozenset[str]:
    """Digests of files of a mail that must not be given out."""
    return conversations.unsafe_files(tx, [mail_id], [str(reason) for reason in UNSAFE])


def files_of(story: Story, unsafe: frozenset[str]) -> list[dict[str, Any]]:
    """The files of a mail with their chain of custody, and whether each may be taken out."""
    bad = [str(file["path"]) for file in story["custody"] if file["digest"] in unsafe]
    whole = story["mail"]["outline"] is None
    return [
        {
            **file,
            "id": row["id"],
            "is_malware": file["reason"] == Reason.MALWARE,
            "is_safe": bool(file["kept_in"])
            and (whole or file["kept_in"] == DOCUMENTS)
            and file["digest"] not in unsafe
            and not any(path.startswith(f"{file['path']}/") for path in bad),
        }
        for row, file in zip(story["files"], story["custody"], strict=True)
    ]


def raw_of(context: Context, story: Story) -> bytes:
    """The mail as it came."""
    return context.archive.read(MAIL, story["mail"]["digest"])


def content_of(context: Context, story: Story, file: Mapping[str, Any]) -> bytes:
    """The bytes of one file: by itself from the archive, or taken out of its mail again.

    Raises `Permanent`, in words for the person who asked, if that mail cannot be read safely.
    """
    if file["kept_in"] == DOCUMENTS:
        return context.archive.read(DOCUMENTS, file["digest"])
    mail = story["mail"]
    try:
        email = context.reader.stored(mail["digest"], at_most=PATIENCE_SECONDS)
    except Unparsable as error:
        whole = f"/mails/{mail['id']}/raw"
        raise Permanent(
            f"this mail cannot be read safely, so no file is taken out of it; it is at {whole} as it came"
        ) from error
    for attachment in email.attachments:
        if attachment.digest == file["digest"]:
            return attachment.content
    raise NotThere


def replies_of(context: Context, story: Story) -> list[dict[str, Any]]:
    """Mails of ours about this one, each as it is kept: subject and text."""
    found = []
    for effect in story["effects"]:
        if effect["kind"] != "send":
            continue
        subject, text = "", ""
        try:
            message = message_from_bytes(context.archive.read(SENT, effect["payload"]["digest"]), policy=policy.default)
            subject, text = str(message["Subject"]), str(message.get_content()).replace("\r\n", "\n")
        except (InboxdError, KeyError):
            pass  # purged, or its disk is away: the row still says what was sent to whom
        found.append({**effect, "shown_state": state_of(effect), "subject": clean(subject), "text": clean(text)})
    return found
