"""What is in force, what was, and how two versions differ. Reads only."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from inboxd.context import Context
from inboxd.errors import Permanent
from inboxd.mail import Language
from inboxd.replies import NOTICES, Templates
from inboxd.replies.collection import ENDING, LANGUAGES, PACKAGED, Collection, assemble
from inboxd.replies.rendering import made_from
from inboxd.replies.sandbox import Source
from inboxd.settings import Settings
from inboxd.store import template_sets
from inboxd.store.template_sets import TemplateSet
from inboxd.tried import Tried

BEGINNING = 4
"""So many digits of a version are enough to name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The texts in force."""

    templates: Templates
    kept: TemplateSet | None
    """Its row; None before a daemon first ran on this database."""

    @property
    def version(self) -> str:
        """Of all the files together."""
        return self.templates.set_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One notice, with the version in force."""

    name: str
    purpose: str
    in_answer: bool
    """It answers a sender's mail; otherwise only the office's own people get it."""
    version: str
    since: datetime | None
    """Since when this version is in force; None if that was before versions were kept."""
    by: str
    note: str
    is_own: bool
    """The office's own files, in at least one part of it, and not only the packaged ones."""
    files: Mapping[Language, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """One file of a notice, as an author edits it."""

    place: str
    """Such as `en/receipt.txt.j2`: its key in a draft."""
    text: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One time that texts were taken into use."""

    set_id: int
    version: str
    """Of the notice that was asked for, else of all texts together."""
    at: datetime
    by: str
    how: str
    """first, release, file, desk, restore."""
    note: str
    changed: tuple[str, ...]
    """Notices of which it brought another version."""
    report: Mapping[str, Any]
    is_in_force: bool


def expect_notice(name: str) -> None:
    """Raises `Permanent` if there is no such notice."""
    if name not in NOTICES:
        close = difflib.get_close_matches(name, NOTICES, n=1)
        hint = f"is {close[0]} meant?" if close else f"there are {', '.join(NOTICES)}"
        raise Permanent(f"there is no notice {name}; {hint}")


def folder_of(settings: Settings) -> Path:
    """Where the office's own files lie, or would lie."""
    return settings.replies.templates or PACKAGED


def in_force(context: Context) -> InForce:
    """The texts in force now, whatever this process read when it was started."""
    with context.database.reading() as tx:
        kept = template_sets.newest(tx)
        if kept is None or kept.version == context.templates.set_version:
            return InForce(templates=context.templates, kept=kept)
        texts = own_texts(tx, kept)
    # an older process, or files that were broken since
    return InForce(templates=templates_of(context.settings, context.templates, texts), kept=kept)


def own_texts(tx: Connection, kept: TemplateSet) -> dict[str, str]:
    """The texts of a set that are the office's own, by place."""
    return {place: text for place, text in template_sets.texts_of(tx, kept).items() if kept.files[place][1]}


def collection_of(settings: Settings, own: Mapping[str, str]) -> tuple[Collection, list[Any]]:
    """These own texts in front of the packaged ones, and what is wrong with them at a glance."""
    folder = folder_of(settings)
    return assemble({place: Source(path=folder / place, text=text) for place, text in own.items()}, folder)


def templates_of(settings: Settings, like: Templates, own: Mapping[str, str]) -> Templates:
    """Texts that were found good before. Raises `BadConfig` where another version of inboxd made them bad."""
    collection, problems = collection_of(settings, own)
    tried = Tried(settings.storage.spool)
    return Templates.of(
        collection, problems, settings.replies, settings.office, like.zone, settings.documents, tried=tried
    )


def kinds(context: Context) -> tuple[Kind, ...]:
    """Every notice, in the order of the documentation."""
    now = in_force(context)
    with context.database.reading() as tx:
        past = template_sets.history(tx)
    return tuple(_kind(name, now, past) for name in NOTICES)


def _kind(name: str, now: InForce, past: list[TemplateSet]) -> Kind:
    templates, since = now.templates, _since(past, name)
    return Kind(
        name=name,
        purpose=templates.purpose_of(name),
        in_answer=NOTICES[name].in_answer,
        version=templates.version_of(name),
        since=since.at if since and since.how != "first" else None,
        by=since.actor if since else "",
        note=since.note if since else "",
        is_own=any(templates.collection.is_own(place) for place in made_from(templates.collection, name)),
        files={language: templates.source_of(name, language) for language in LANGUAGES},
    )


def _since(past: list[TemplateSet], name: str) -> TemplateSet | None:
    return next((kept for kept in past if name in kept.changed), None)


def sources(context: Context, name: str) -> dict[Language, SourceText]:
    """The two files of a notice in force, for an editor. Raises `Permanent` if there is no such notice."""
    expect_notice(name)
    collection = in_force(context).templates.collection
    return {
        language: SourceText(
            place=f"{language}/{name}{ENDING}",
            text=collection.files[language][name + ENDING].text,
            is_own=collection.is_own(f"{language}/{name}{ENDING}"),
        )
        for language in LANGUAGES
    }


def history(context: Context, name: str = "", limit: int | None = None) -> tuple[Version, ...]:
    """Every time that texts were taken into use, or those that changed one notice, newest first."""
    if name:
        expect_notice(name)
    with context.database.reading() as tx:
        newest = template_sets.newest(tx)
        past = template_sets.history(tx, name, limit)
    found = []
    for kept in past:
        version = kept.notices[name] if name else kept.version
        current = newest is not None and (newest.notices.get(name) if name else newest.version)
        found.append(
            Version(
                set_id=kept.set_id,
                version=version,
                at=kept.at,
                by=kept.actor,
                how=kept.how,
                note=kept.note,
                changed=kept.changed,
                report=kept.report,
                is_in_force=version == current,
            )
        )
    return tuple(found)


def files_of(context: Context, name: str, version: str) -> dict[str, str]:
    """The text of every file that a version of a notice was made from, by place; the words apart.

    Raises `Permanent` if that is no version, or the beginning of several.
    """
    expect_notice(name)
    with context.database.reading() as tx:
        texts = template_sets.texts_of(tx, version_named(tx, name, version))
    places = made_from(collection_of(context.settings, texts)[0], name)
    return {place: text for place, text in texts.items() if place in places}


def version_named(tx: Connection, name: str, beginning: str) -> TemplateSet:
    """The newest set in which a notice had the version that begins so. Raises `Permanent` if none or several do."""
    past = template_sets.history(tx)
    found = {kept.notices[name] for kept in past if kept.notices.get(name, "").startswith(beginning.lower())}
    if len(beginning) < BEGINNING or len(found) != 1:
        count = "too short to name one" if len(beginning) < BEGINNING else f"the beginning of {len(found)} versions"
        raise Permanent(f"{beginning} is {count}; `inboxd templates history {name}` lists them")
    version = found.pop()
    return next(kept for kept in past if kept.notices.get(name) == version)


def difference(context: Context, name: str, old: str = "", new: str = "") -> list[str]:
    """How the files of a notice differ between two versions, as lines of a unified diff.

    Without `new`: to the version in force; without `old`: from the one before. Raises `Permanent` if there is none.
    """
    expect_notice(name)
    with context.database.reading() as tx:
        after = version_named(tx, name, new) if new else None
        if after is None:
            after = template_sets.newest(tx)
        if after is None:
            raise Permanent("no texts were taken into use yet; a daemon that runs keeps the first version")
        before = version_named(tx, name, old) if old else version_before(tx, name, after)
        texts = [template_sets.texts_of(tx, kept) for kept in (before, after)]
    return list(lines_between(context.settings, name, *texts, labels=(before.notices[name], after.notices[name])))


def version_before(tx: Connection, name: str, kept: TemplateSet) -> TemplateSet:
    """The newest set before this one in which a notice was another. Raises `Permanent` if there is none."""
    for other in template_sets.history(tx):
        if other.set_id < kept.set_id and other.notices.get(name) not in (None, kept.notices.get(name)):
            return other
    raise Permanent(f"there is no version of {name} before {kept.notices.get(name, '')}")


def lines_between(
    settings: Settings, name: str, before: Mapping[str, str], after: Mapping[str, str], *, labels: tuple[str, str]
) -> Iterator[str]:
    """The unified diff of all files that a notice is made from, in one of the two or both, by all texts by place."""
    places: set[str] = set()
    for texts in (before, after):
        places |= made_from(collection_of(settings, texts)[0], name)
    words = {place for place in {*before, *after} if place.endswith(".toml")}
    for place in sorted(places | words):
        old, new = (texts.get(place, "").splitlines() for texts in (before, after))
        yield from difflib.unified_diff(old, new, f"{place} ({labels[0]})", f"{place} ({labels[1]})", lineterm="")
