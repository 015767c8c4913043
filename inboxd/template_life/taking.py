"""Texts taken into use: the files are replaced, who did it why is kept, and a broken file never replaces a good one.

Row and files are one step: the files are put in place last, inside the transaction, so a disk that refuses leaves
neither. Dying in between leaves files that no row tells of, or some of them; a daemon that starts takes them as a
person's edit, by the same rules.
"""

from __future__ import annotations

import dataclasses
import pwd
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from inboxd import __version__, maillog, rule_files
from inboxd.context import Context
from inboxd.database import Database
from inboxd.errors import BadConfig, InboxdError, Permanent, Problem
from inboxd.replies import NOTICES, Templates
from inboxd.replies.collection import collect, read_own
from inboxd.replies.rendering import made_from
from inboxd.settings import Settings
from inboxd.store import template_sets
from inboxd.store.template_sets import TemplateSet
from inboxd.template_life.drafts import Checked, Draft, expect_unchanged
from inboxd.template_life.in_force import (
    BEGINNING,
    InForce,
    collection_of,
    expect_notice,
    folder_of,
    in_force,
    own_texts,
    version_before,
    version_named,
)
from inboxd.template_life.trying import Trial, try_out, try_templates
from inboxd.tried import Tried

FIRST, RELEASE, FILE, DESK, RESTORE = "first", "release", "file", "desk", "restore"
LONGEST_ACTOR = 100
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was done."""

    set_id: int
    at: datetime
    version: str
    """Of all texts together."""
    notices: Mapping[str, str]
    """The new version of each notice that changed."""
    trial: Trial


def activate(context: Context, draft: Draft, *, by: str, note: str, how: str = DESK) -> Taken:
    """Check a draft, try it on past mail, and take it into use: files, row and journal.

    `by` is the actor as the journal has them, such as `person:kim`. Raises `BadConfig` with all that is wrong with it;
    `Permanent` if nothing would change, a file was changed meanwhile, or cannot be written. Then nothing was done.
    """
    if not by.strip() or not note.strip():
        raise Permanent("say in a few words what changed, and why: it stands beside the version")
    folder = context.settings.replies.templates
    if folder is None:
        raise Permanent(
            'the settings name no folder for the office\'s own texts; set it, such as templates = "templates" in '
            "[replies], make that folder, and start the service again"
        )
    trial = try_out(context, draft)
    if trial.problems:
        raise BadConfig(trial.problems)
    checked = trial.checked
    assert checked.templates is not None
    before = checked.before
    same = not trial.changed and checked.templates.set_version == before.version
    if same and not _differing(on_disk(context.settings), draft.files):
        raise Permanent("these texts are in force already; nothing was changed")
    expect_unchanged(context, draft, before)
    texts = {place: checked.own.get(place) for place in draft.files}
    now = context.now()
    with context.database.transaction() as tx:
        _expect_newest(tx, before)
        if before.kept is None:
            _record(tx, now, before.templates, actor="inboxd", how=FIRST, remark=_FIRST_NOTE, changed=[*NOTICES])
        set_id = _record(
            tx, now, checked.templates, actor=by.strip()[:LONGEST_ACTOR], how=how,
            remark=note.strip()[:LONGEST_NOTE], changed=trial.changed, trial=trial,
        )  # fmt: skip
        rule_files.replace_together(folder, texts)
    context.templates = checked.templates
    return _told(context, set_id, now, checked.templates, trial, how, by)


_FIRST_NOTE = "the texts in force when versions began to be kept"


def restoring(context: Context, name: str, version: str = "") -> Draft:
    """The draft that brings a version of a notice back: its two files, its parts, and the words if they were own ones.

    Without `version`: the one before the one in force; but where the files on disk were refused, the one in force, so
    that they say again what is sent. What was packaged then is packaged again, as it is today.
    """
    expect_notice(name)
    now = in_force(context)
    is_named = len(version) >= BEGINNING and now.templates.version_of(name).startswith(version.lower())
    if (is_named or not version) and (files := _refused_on_disk(context, now, name)):
        return Draft(files=files, based_on=now.version)
    with context.database.reading() as tx:
        if now.kept is None:
            raise Permanent("no texts were taken into use yet; there is no version to go back to")
        wanted = version_named(tx, name, version) if version else version_before(tx, name, now.kept)
        texts = template_sets.texts_of(tx, wanted)
        own = own_texts(tx, wanted)
    if wanted.notices[name] == now.templates.version_of(name):
        raise Permanent(f"{name} {wanted.notices[name]} is in force already; nothing was changed")
    collection = now.templates.collection
    places = made_from(collection, name) | made_from(collection_of(context.settings, own)[0], name)
    places |= {place for place in texts if place.endswith(".toml")}
    files = {place: own.get(place) for place in places if place in own or collection.is_own(place)}
    return Draft(files=files, based_on=now.version)


def _refused_on_disk(context: Context, now: InForce, name: str) -> dict[str, str | None]:
    """What the files of a notice on disk should say, where they are others than those in force; parts of others too."""
    collection, disk = now.templates.collection, on_disk(context.settings)
    own = {place: text for place, text in collection.texts().items() if collection.is_own(place)}
    left_over = {place for place in disk if place.partition("/")[2].startswith("_") and place not in own}
    places = made_from(collection, name) | left_over
    return _differing(disk, {place: own.get(place) for place in places if place in own or place in disk})


def _differing(disk: Mapping[str, str], files: Mapping[str, str | None]) -> dict[str, str | None]:
    """Those of these files that say something else on disk; one that cannot be read does."""
    return {place: text for place, text in files.items() if disk.get(place) != text}


def restore(context: Context, name: str, version: str = "", *, by: str, note: str) -> Taken:
    """Take an older version of a notice into use again, by the rules of any other draft. Raises as `activate`."""
    return activate(context, restoring(context, name, version), by=by, note=note, how=RESTORE)


def on_disk(settings: Settings) -> dict[str, str]:
    """The office's own files as they lie there, by place; of one that cannot be read, a text that nobody writes."""
    if settings.replies.templates is None:
        return {}
    own, _ = read_own(settings.replies.templates)
    return {place: "\0" if source is None else source.text for place, source in own.items()}


def take_from_disk(context: Context, read: Templates) -> bool:
    """Texts as they were read from disk come into force, if they are sound and past mail can be answered by them.

    Otherwise the last good ones stay, with what is wrong in `context.templates.refused`. False: somebody is at the
    files at this moment, and they must be read again.
    """
    with context.database.reading() as tx:
        newest = template_sets.newest(tx)
        before_own = own_texts(tx, newest) if newest else {}
    if read.refused:
        return _refuse(context, read, read.refused)
    if newest is not None and newest.version == read.set_version:
        context.templates = read
        return True
    changed = [name for name in NOTICES if newest is None or newest.notices.get(name) != read.version_of(name)]
    texts = read.collection.texts()
    own = {place: text for place, text in texts.items() if read.collection.is_own(place)}
    trial, how, actor, remark = None, RELEASE, "inboxd", f"the texts that come with inboxd {__version__}"
    if newest is None:
        how, remark = FIRST, _FIRST_NOTE
    elif own != before_own:
        places = sorted(place for place in {*own, *before_own} if own.get(place) != before_own.get(place))
        how, actor, remark = FILE, _owner(context.settings, places), f"changed on disk: {', '.join(places)}"
        good = last_good(context.database, context.settings, read.zone) or context.templates
        before = InForce(templates=good, kept=newest)
        checked = Checked(problems=(), changed=tuple(changed), own=own, templates=read, before=before)
        trial = try_templates(context, checked, read)
        if trial.problems:
            return _refuse(context, dataclasses.replace(good, refused=trial.problems), trial.problems)
    now = context.now()
    with context.database.transaction() as tx:
        template_sets.lock(tx)
        latest = template_sets.newest(tx)
        again, problems = collect(context.settings.replies.templates)
        if problems or again.version != read.set_version or _id(latest) != _id(newest):
            return False
        remark = remark[:LONGEST_NOTE]
        set_id = _record(tx, now, read, actor=actor, how=how, remark=remark, changed=changed, trial=trial)
    context.templates = read
    maillog.templates_taken(read.set_version, set_id=set_id, how=how, actor=actor, notices=len(changed))
    return True


def last_good(database: Database, settings: Settings, zone: ZoneInfo) -> Templates | None:
    """The texts of the newest row; None if there is none, or the rows cannot be read, or do not fit this inboxd."""
    try:
        if not database.is_there() or len(set(database.revision())) > 1:
            return None
        with database.reading() as tx:
            kept = template_sets.newest(tx)
            if kept is None:
                return None
            own = own_texts(tx, kept)
        collection, problems = collection_of(settings, own)
        tried = Tried(settings.storage.spool)
        return Templates.of(
            collection, problems, settings.replies, settings.office, zone, settings.documents, tried=tried
        )
    except InboxdError:
        return None


def _refuse(context: Context, good: Templates, problems: Iterable[Problem]) -> bool:
    context.templates = good
    for problem in problems:
        maillog.templates_refused(str(problem), in_force=good.set_version)
    return True


def _id(kept: TemplateSet | None) -> int:
    return kept.set_id if kept else 0


def _expect_newest(tx: Connection, before: InForce) -> None:
    template_sets.lock(tx)
    if _id(template_sets.newest(tx)) != _id(before.kept):
        raise Permanent("other texts were taken into use at this moment; nothing was done, do it again")


def _record(
    tx: Connection, now: datetime, templates: Templates, *, actor: str, how: str, remark: str,
    changed: Iterable[str], trial: Trial | None = None,
) -> int:  # fmt: skip
    texts = templates.collection.texts()
    return template_sets.add(
        tx,
        now,
        actor=actor,
        how=how,
        remark=remark,
        version=templates.set_version,
        texts=texts,
        own=frozenset(place for place in texts if templates.collection.is_own(place)),
        notices=templates.versions,
        changed=list(changed),
        report=trial.report() if trial else {},
    )


def _told(
    context: Context, set_id: int, now: datetime, templates: Templates, trial: Trial, how: str, by: str
) -> Taken:
    maillog.templates_taken(templates.set_version, set_id=set_id, how=how, actor=by, notices=len(trial.changed))
    notices = {name: templates.version_of(name) for name in trial.changed}
    return Taken(set_id=set_id, at=now, version=templates.set_version, notices=notices, trial=trial)


def _owner(settings: Settings, places: Iterable[str]) -> str:
    """Who changed the files, as far as the disk knows: the owner of the newest, or of the folder one is gone from."""
    folder = folder_of(settings)
    found: list[tuple[int, int]] = []
    for path in (folder / place for place in places):
        for there in (path, path.parent, folder):
            try:
                seen = Path(there).stat()
            except OSError:
                continue
            found.append((seen.st_mtime_ns, seen.st_uid))
            break
    if not found:
        return "file"
    user = max(found)[1]
    try:
        return f"file:{pwd.getpwuid(user).pw_name}"[:LONGEST_ACTOR]
    except KeyError:
        return f"file:{user}"
