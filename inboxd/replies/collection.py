"""The template files as they lie on disk: the packaged ones, and the office's own in front of them, file by file.

Reads everything once; later edits change nothing until the next loading. Every wrong file becomes a `Problem`.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inboxd.errors import Problem
from inboxd.mail import Language
from inboxd.replies.budget import LONGEST_FILE
from inboxd.replies.catalogue import NOTICES
from inboxd.replies.sandbox import Source
from inboxd.replies.vocabulary import REASON_SHAPE, Table, Words, read_table

PACKAGED = Path(__file__).resolve().parent.parent / "templates"
LANGUAGES = (Language.EN, Language.FR)
ENDING = ".txt.j2"
REASONS, NAMES = "reasons.toml", "words.toml"
_BACKUPS = ("~", ".bak", ".orig", ".swp", ".tmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """The files in force, by language and file name."""

    files: Mapping[Language, Mapping[str, Source]]
    words: Mapping[Language, Words]

    def everything(self) -> str:
        """Every file of both languages, by its name, with its text."""
        return "\n".join(
            f"{language}/{name} {source.path} {len(source.text)}\n{source.text}"
            for language in LANGUAGES for name, source in sorted(self.files[language].items())
        )

    def digest(self, names: frozenset[str]) -> str:
        """12 hex digits that change when any of these files, or the words, change in either language."""
        total = hashlib.sha256()
        for language in LANGUAGES:
            for name in sorted(names | {REASONS, NAMES}):
                text = self.files[language][name].text.encode() if name in self.files[language] else b""
                total.update(f"{language}/{name} {len(text)}\n".encode())
                total.update(text)
        return total.hexdigest()[:12]


def _twin(language: Language) -> Language:
    return Language.FR if language is Language.EN else Language.EN


def _read(path: Path, problems: list[Problem]) -> Source | None:
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")  # Windows editors add both
    except OSError as error:
        problems.append(Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        line = raw[:error.start].count(b"\n") + 1
        problems.append(Problem(file=path, line=line, key="", message="is not UTF-8; save it as UTF-8"))
    else:
        if len(raw) <= LONGEST_FILE:
            return Source(path=path, text=text)
        problems.append(Problem(file=path, line=0, key="", message=f"is longer than {LONGEST_FILE // 1024} KiB"))
    return None


def _known(name: str) -> bool:
    if name.endswith(ENDING):
        return name.startswith("_") or name.removesuffix(ENDING) in NOTICES
    return name in (REASONS, NAMES)


def _stray(path: Path) -> Problem:
    names = [REASONS, NAMES, *(f"{name}{ENDING}" for name in NOTICES)]
    close = difflib.get_close_matches(path.name, names, n=1)
    hint = f"; is {close[0]} meant?" if close else f"; notices are called NAME{ENDING}, parts _NAME{ENDING}"
    return Problem(file=path, line=0, key="", message=f"is not a file that inboxd would use{hint}")


def _own_files(folder: Path, problems: list[Problem]) -> dict[Language, dict[str, Source]]:
    """The office's own files. A file must have its twin, so that one language never says more than the other."""
    own: dict[Language, dict[str, Source]] = {language: {} for language in LANGUAGES}
    if not folder.is_dir():
        problems.append(Problem(file=folder, line=0, key="replies.templates", message="is not a folder"))
        return own
    for path in sorted(folder.iterdir()):
        if path.suffix in (".j2", ".toml"):
            problems.append(Problem(file=path, line=0, key="", message="belongs in the folder en or fr"))
    for language in LANGUAGES:
        if not (folder / language).is_dir():
            continue
        for path in sorted((folder / language).iterdir()):
            if path.name.startswith(".") or path.name.endswith(_BACKUPS):
                continue
            if not _known(path.name) or not path.is_file():
                problems.append(_stray(path))
                continue
            if not (folder / _twin(language) / path.name).is_file():
                message = f"has no twin {_twin(language)}/{path.name}; both languages change together"
                problems.append(Problem(file=path, line=0, key="", message=message))
            source = _read(path, problems)
            if source is not None:
                own[language][path.name] = source
    return own


def _words(files: Mapping[Language, Mapping[str, Source]], problems: list[Problem]) -> dict[Language, Words]:
    """The words of each language; packaged ones where the office's have problems, so that all else can be checked."""
    words: dict[Language, Words] = {}
    names, _ = read_table(PACKAGED / Language.EN / NAMES, shape=None, is_french=False)
    for language in LANGUAGES:
        tables: dict[str, Table] = {}
        for name, wanted in ((REASONS, REASON_SHAPE), (NAMES, names)):
            table, found = read_table(files[language][name].path, shape=wanted, is_french=language is Language.FR)
            problems += found
            if found:
                table, _ = read_table(PACKAGED / language / name, shape=wanted, is_french=language is Language.FR)
            tables[name] = table
        words[language] = Words(reasons=tables[REASONS], names=tables[NAMES])
    return words


def collect(folder: Path | None) -> tuple[Collection, list[Problem]]:
    """All files in force, and everything wrong with the office's own. `folder`: `replies.templates` of the settings."""
    problems: list[Problem] = []
    own = _own_files(folder, problems) if folder is not None else {language: {} for language in LANGUAGES}
    files: dict[Language, dict[str, Source]] = {}
    for language in LANGUAGES:
        packaged = (_read(path, problems) for path in sorted((PACKAGED / language).iterdir()) if _known(path.name))
        files[language] = {source.path.name: source for source in packaged if source is not None} | own[language]
    return Collection(files=files, words=_words(files, problems)), problems
