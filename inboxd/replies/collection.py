"""The template files in force: the packaged ones, and the office's own in front of them, file by file.

The office's own come from its folder, from a version that was kept, or from a draft; the same rules hold for all three.
Reads everything once; later edits change nothing until the next loading. Every wrong file becomes a `Problem`.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping
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
VERSION_LETTERS = 12
_BACKUPS = ("~", ".bak", ".orig", ".swp", ".tmp")

Own = Mapping[str, Source | None]
"""The office's own files by place, such as `en/receipt.txt.j2`; None: there is one, and it cannot be read."""


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

    @property
    def version(self) -> str:
        """12 hex digits that change with the text of any file, wherever it lies."""
        return self.digest(frozenset(name for language in LANGUAGES for name in self.files[language]))

    def texts(self) -> dict[str, str]:
        """The text of every file by its place, such as `en/receipt.txt.j2`."""
        return {
            f"{language}/{name}": source.text
            for language in LANGUAGES for name, source in sorted(self.files[language].items())
        }

    def is_own(self, place: str) -> bool:
        """Whether the office's own file is in force at this place, and not the packaged one."""
        language, _, name = place.partition("/")
        source = self.files[Language(language)].get(name)
        return source is not None and not source.path.is_relative_to(PACKAGED)

    def digest(self, names: frozenset[str]) -> str:
        """12 hex digits that change when any of these files, or the words, change in either language."""
        total = hashlib.sha256()
        for language in LANGUAGES:
            for name in sorted(names | {REASONS, NAMES}):
                text = self.files[language][name].text.encode() if name in self.files[language] else b""
                total.update(f"{language}/{name} {len(text)}\n".encode())
                total.update(text)
        return total.hexdigest()[:VERSION_LETTERS]


def _read(path: Path, problems: list[Problem]) -> Source | None:
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= LONGEST_FILE else b""
    except OSError as error:
        problems.append(Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}"))
        return None
    if size > LONGEST_FILE:
        problems.append(_too_long(path))
        return None
    return source_of(path, raw, problems)


def _too_long(path: Path) -> Problem:
    return Problem(file=path, line=0, key="", message=f"is longer than {LONGEST_FILE // 1024} KiB")


def source_of(path: Path, raw: bytes, problems: list[Problem]) -> Source | None:
    """What a file says, or would say; None, with a problem, if it is too long or no text."""
    if len(raw) > LONGEST_FILE:
        problems.append(_too_long(path))
        return None
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")  # Windows editors add both
    except UnicodeDecodeError as error:
        line = raw[:error.start].count(b"\n") + 1
        problems.append(Problem(file=path, line=line, key="", message="is not UTF-8; save it as UTF-8"))
        return None
    return Source(path=path, text=text)


def _known(name: str) -> bool:
    if "/" in name or name.startswith("."):
        return False
    if name.endswith(ENDING):
        return name.startswith("_") or name.removesuffix(ENDING) in NOTICES
    return name in (REASONS, NAMES)


def _stray(path: Path) -> Problem:
    names = [REASONS, NAMES, *(f"{name}{ENDING}" for name in NOTICES)]
    close = difflib.get_close_matches(path.name, names, n=1)
    hint = f"; is {close[0]} meant?" if close else f"; notices are called NAME{ENDING}, parts _NAME{ENDING}"
    return Problem(file=path, line=0, key="", message=f"is not a file that inboxd would use{hint}")


def read_own(folder: Path) -> tuple[dict[str, Source | None], list[Problem]]:
    """The office's own files as they lie in its folder (`replies.templates` of the settings), or in one for a draft."""
    problems: list[Problem] = []
    own: dict[str, Source | None] = {}
    if not folder.is_dir():
        return own, [Problem(file=folder, line=0, key="replies.templates", message="is not a folder")]
    try:
        for path in sorted(folder.iterdir()):
            if path.suffix in (".j2", ".toml"):
                problems.append(Problem(file=path, line=0, key="", message="belongs in the folder en or fr"))
        for language in LANGUAGES:
            inside = folder / language
            for path in sorted(inside.iterdir()) if inside.is_dir() else ():
                if path.name.startswith(".") or path.name.endswith(_BACKUPS):
                    continue
                if _known(path.name) and path.is_file():
                    own[f"{language}/{path.name}"] = _read(path, problems)
                else:
                    problems.append(_stray(path))
    except OSError as error:
        problems.append(Problem(file=folder, line=0, key="", message=f"cannot be read: {error.strerror}"))
    return own, problems


def _without_twin(folder: Path, own: Own) -> Iterator[Problem]:
    """A file must have its twin, so that one language never says more than the other."""
    for place in own:
        language, _, name = place.partition("/")
        twin = f"{Language.FR if language == Language.EN else Language.EN}/{name}"
        if twin not in own:
            message = f"has no twin {twin}; both languages change together"
            yield Problem(file=folder / place, line=0, key="", message=message)


def _words(files: Mapping[Language, Mapping[str, Source]], problems: list[Problem]) -> dict[Language, Words]:
    """The words of each language; packaged ones where the office's have problems, so that all else can be checked."""
    words: dict[Language, Words] = {}
    names = _table(_packaged(Language.EN, NAMES), None, Language.EN, [])
    for language in LANGUAGES:
        tables: dict[str, Table] = {}
        for name, wanted in ((REASONS, REASON_SHAPE), (NAMES, names)):
            found: list[Problem] = []
            table = _table(files[language][name], wanted, language, found)
            tables[name] = _table(_packaged(language, name), wanted, language, []) if found else table
            problems += found
        words[language] = Words(reasons=tables[REASONS], names=tables[NAMES])
    return words


def _packaged(language: Language, name: str) -> Source:
    source = _read(PACKAGED / language / name, [])
    assert source is not None
    return source


def _table(source: Source, shape: Table | None, language: Language, problems: list[Problem]) -> Table:
    table, found = read_table(source.path, source.text, shape=shape, is_french=language is Language.FR)
    problems += found
    return table


def assemble(own: Own, folder: Path) -> tuple[Collection, list[Problem]]:
    """The packaged files with these before them, and everything wrong with these. `folder`: where they belong."""
    problems: list[Problem] = []
    laid_over: dict[Language, dict[str, Source]] = {language: {} for language in LANGUAGES}
    for place, source in own.items():
        language, _, name = place.partition("/")
        if language not in LANGUAGES or not _known(name):
            problems.append(_stray(folder / place))
        elif source is not None:
            laid_over[Language(language)][name] = source
    problems += _without_twin(folder, own)
    files = {
        language: {
            path.name: _packaged(language, path.name)
            for path in sorted((PACKAGED / language).iterdir()) if _known(path.name)
        } | laid_over[language]
        for language in LANGUAGES
    }
    return Collection(files=files, words=_words(files, problems)), problems


def collect(folder: Path | None) -> tuple[Collection, list[Problem]]:
    """All files in force, and everything wrong with the office's own. `folder`: `replies.templates` of the settings."""
    if folder is None:
        return assemble({}, PACKAGED)
    own, problems = read_own(folder)
    collection, more = assemble(own, folder)
    return collection, problems + more
