"""Drafts: changes to the office's own files, laid over those in force, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inboxd.context import Context
from inboxd.errors import BadConfig, Permanent, Problem
from inboxd.replies import NOTICES, Templates
from inboxd.replies.collection import assemble, read_own, source_of
from inboxd.replies.rendering import versions_of
from inboxd.replies.sandbox import Source
from inboxd.store import template_sets
from inboxd.template_life.in_force import InForce, folder_of, in_force

_PLACE = re.compile(r"(?:en|fr)/[^/]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody would change."""

    files: Mapping[str, str | None] = field(repr=False)
    """By place, such as `en/receipt.txt.j2`: the new text; None: the packaged one again."""
    based_on: str = ""
    """Version of all texts (`InForce.version`) that its author saw; a file that another person changed since is then
    not overwritten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A draft, looked at without past mail."""

    problems: tuple[Problem, ...]
    changed: tuple[str, ...]
    """Notices that would have another version, also those whose parts or words are changed."""
    own: Mapping[str, str] = field(repr=False)
    """All the office's own texts with the draft laid over them, by place."""
    templates: Templates | None = field(repr=False)
    """To render with; None if there are problems."""
    before: InForce = field(repr=False)

    @property
    def is_sound(self) -> bool:
        return not self.problems


def draft_of_folder(context: Context, folder: Path) -> Draft:
    """A folder with `en` and `fr` as a draft: of the files that differ from those in force.

    The office's own folder is taken as a whole: what is not in it any more is packaged again. Raises `BadConfig` if a
    file cannot be read or is none of ours.
    """
    own, problems = read_own(folder)
    if problems:
        raise BadConfig(problems)
    files: dict[str, str | None] = {place: source.text for place, source in own.items() if source is not None}
    own_folder = context.settings.replies.templates
    if own_folder is not None and folder.resolve() == own_folder.resolve():
        files |= {place: None for place in _own_in_force(in_force(context)) if place not in files}
    return Draft(files=files)


def _own_in_force(now: InForce) -> dict[str, str]:
    collection = now.templates.collection
    return {place: text for place, text in collection.texts().items() if collection.is_own(place)}


def check(context: Context, draft: Draft) -> Checked:
    """Everything that can be said without past mail: what changes, and what is wrong with it."""
    now, settings = in_force(context), context.settings
    folder, found = folder_of(settings), [Problem(file=Path(place), line=0, key="", message=message)
                                          for place, message in _misplaced(draft)]
    own: dict[str, Source | None] = {}
    for place, text in (_own_in_force(now) | dict(draft.files)).items():
        if text is not None and not any(str(problem.file) == place for problem in found):
            own[place] = source_of(folder / place, text.encode("utf-8", "surrogatepass"), found)
    collection, wrong = assemble(own, folder)
    found += wrong
    versions = versions_of(collection)
    changed = tuple(name for name in NOTICES if versions[name] != now.templates.version_of(name))
    templates = None
    try:
        templates = Templates.of(
            collection, found, settings.replies, settings.office, context.rules.standards.calendar.zone,
            settings.documents, only=frozenset(changed),
        )  # fmt: skip
    except BadConfig as error:
        found = list(error.problems)
    texts = {place: source.text for place, source in own.items() if source is not None}
    return Checked(
        problems=tuple(sorted(set(found))), changed=changed, own=texts, templates=templates, before=now
    )


def _misplaced(draft: Draft) -> list[tuple[str, str]]:
    """Places that are no file of ours; nothing is ever written outside of the two folders."""
    message = "is no place for a text; texts are en/NAME.txt.j2 and fr/NAME.txt.j2, with the name of a notice or part"
    return [(place, message) for place in draft.files if not _PLACE.fullmatch(place)]


def expect_unchanged(context: Context, draft: Draft, now: InForce) -> None:
    """Raises `Permanent` if somebody changed a file of the draft since its author saw it."""
    if not draft.based_on or draft.based_on == now.version:
        return
    with context.database.reading() as tx:
        seen = next((kept for kept in template_sets.history(tx) if kept.version == draft.based_on), None)
    nowhere = ("", False)
    for place in draft.files:
        then = seen.files.get(place, nowhere) if seen else nowhere
        if seen is None or now.kept is None or then != now.kept.files.get(place, nowhere):
            by = f" by {now.kept.actor}" if now.kept else ""
            raise Permanent(
                f"{place} was changed meanwhile{by}; nothing was done. Look at what is in force now, and do it again"
            )


