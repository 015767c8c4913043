"""Labelled texts to learn from: `*.jsonl` files of texts, and labelled folders of whole mails.

A line of a jsonl file is `{"id", "language", "text", "category", "received"}` and, where there is one, `pair`, `thread`
and `note`; `received` is wall time in the office's zone. A folder is read as `inboxd evaluate` reads it: of each mail
with a category the words that the second reader would be given. Every problem is named by file, line and key, all at
once (`BadConfig`).

Further sources (the office's own confirmed decisions) only have to make a `Lesson`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from inboxd import second_reader
from inboxd.archive import digest_of
from inboxd.config_file import gather
from inboxd.context import MailReaders
from inboxd.errors import BadConfig, Problem, Unparsable
from inboxd.evaluating import Corpus, read_folder
from inboxd.opinions import READ
from inboxd.plan import Category
from inboxd.readers import open_readers
from inboxd.settings import Settings
from inboxd.triage.horizon import ZONE

LANGUAGES = ("en", "fr", "both")
_CATEGORIES = tuple(str(category) for category in READ)
_THREAD = "/thread/"
_SAME_THEME = re.compile(r"\bsame theme as ([\w-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One text and what a person says it is."""

    id: str
    text: str
    category: Category
    language: str
    received: datetime
    """Aware."""
    source: str
    """Name of the file or folder: one hand."""
    ties: frozenset[str] = frozenset()
    """Texts that share a tie belong on one side of a split."""
    in_pair: bool = False
    """Of a minimal pair: alike but for one fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one file or folder teaches."""

    name: str
    sha256: str
    texts: tuple[Labelled, ...]


def read_texts(path: Path) -> list[Lesson]:
    """The texts of one `.jsonl` file, or of every one in a folder, by name. Raises `BadConfig` with every problem."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    problems: list[Problem] = []
    if not files:
        problems.append(Problem(file=path, line=0, key="", message="holds no file with the ending .jsonl"))
    lessons = [_read_file(file, problems) for file in files]
    gather(problems)
    return lessons


def _read_file(path: Path, problems: list[Problem]) -> Lesson:
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        problems.append(Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}"))
        return Lesson(name=path.stem, sha256="", texts=())
    except UnicodeDecodeError:
        problems.append(Problem(file=path, line=0, key="", message="is not UTF-8; save it as UTF-8"))
        return Lesson(name=path.stem, sha256="", texts=())
    found: dict[str, Labelled] = {}
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        labelled = _read_line(path, number, row, problems)
        if labelled is not None and labelled.id in found:
            problems.append(Problem(file=path, line=number, key="id", message=f"{labelled.id!r} stands there already"))
        elif labelled is not None:
            found[labelled.id] = labelled
    return Lesson(name=path.stem, sha256=hashlib.sha256(content).hexdigest(), texts=tuple(found.values()))


def _read_line(path: Path, number: int, row: str, problems: list[Problem]) -> Labelled | None:
    def wrong(key: str, message: str) -> None:
        problems.append(Problem(file=path, line=number, key=key, message=message))

    try:
        data: Any = json.loads(row)
    except (ValueError, RecursionError):
        wrong("", "is not JSON")
        return None
    if not isinstance(data, dict):
        wrong("", "must be one object in curly brackets")
        return None
    before = len(problems)
    for key in ("id", "text", "category", "language", "received"):
        if not isinstance(data.get(key), str) or not data[key].strip():
            wrong(key, "is missing, or is no text")
    if len(problems) > before:
        return None
    if data["category"] not in _CATEGORIES:
        wrong("category", f"must be one of {', '.join(_CATEGORIES)} (found {data['category']!r})")
    if data["language"] not in LANGUAGES:
        wrong("language", f"must be one of {', '.join(LANGUAGES)} (found {data['language']!r})")
    try:
        received = datetime.fromisoformat(data["received"])
    except ValueError:
        wrong("received", "must be a time such as 2026-11-30T09:15")
    if len(problems) > before:
        return None
    return Labelled(
        id=data["id"],
        text=data["text"],
        category=Category(data["category"]),
        language=data["language"],
        received=received if received.tzinfo else received.replace(tzinfo=ZONE),
        source=path.stem,
        ties=frozenset(_ties(path.stem, data)),
        in_pair=bool(data.get("pair")),
    )


def _ties(source: str, data: dict[str, Any]) -> Iterator[str]:
    yield f"{source}/id/{data['id']}"
    if data.get("pair"):
        yield f"{source}/pair/{data['pair']}"
    if data.get("thread"):
        yield f"{source}{_THREAD}{data['thread']}"
    for other in _SAME_THEME.findall(str(data.get("note") or "")):
        yield f"{source}/id/{other}"


def read_labelled_folder(root: Path, office: Settings) -> Lesson:
    """The own words of every mail of a labelled folder that has a category (docs/evaluating.md describes the folder).

    A mail that cannot be parsed teaches nothing. Raises `BadConfig` with every problem of the folder.
    """
    corpus = read_folder(root)
    with closing(open_readers(corpus.settings(office))) as readers:
        return _lesson(root, corpus, readers)


def _lesson(root: Path, corpus: Corpus, readers: MailReaders) -> Lesson:
    texts = []
    seen = hashlib.sha256()
    for path in corpus.messages:
        label = (corpus.labels or {})[path.name]
        if label.category is None:
            continue
        try:
            raw = path.read_bytes()
        except OSError as error:
            problem = Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}")
            raise BadConfig([problem]) from error
        seen.update(f"{label.id} {label.category} {digest_of(raw)}\n".encode())
        try:
            email = readers.given(raw)
        except Unparsable:
            continue
        if email.date is None:
            continue  # nobody could say which day "tomorrow" is
        thread = (*email.references, *email.in_reply_to, email.message_id)[0]
        texts.append(
            Labelled(
                id=label.id,
                text=second_reader.matter(email.body, email.subject, is_reply=email.subject_reading.is_reply),
                category=Category(label.category),
                language=label.language or str(email.language),
                received=email.date.astimezone(ZONE),
                source=root.name,
                ties=frozenset([f"{root.name}{_THREAD}{digest_of(thread.encode())[:8]}"] if thread else []),
            )
        )
    return Lesson(name=root.name, sha256=seen.hexdigest(), texts=tuple(texts))


def as_lines(texts: Sequence[Labelled]) -> str:
    """Texts as the content of a `.jsonl` file, for a project that keeps the words and not the mails."""
    rows = []
    for text in texts:
        row = {
            "id": text.id,
            "language": text.language,
            "text": text.text,
            "category": str(text.category),
            "received": text.received.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M"),
        }
        threads = [tie.partition(_THREAD)[2] for tie in text.ties if _THREAD in tie]
        rows.append(row | ({"thread": threads[0]} if threads else {}))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
