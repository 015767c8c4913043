"""The life of a text: drafted, checked, tried on past mail, taken into use, kept, brought back.

The one way by which texts come into force, whoever asks: the daemon that sees a changed file, a command, the desk. What
is in force is the newest row of `template_sets`; the files on disk agree with it, unless somebody broke one since. Then
the row serves, also over a restart, and the watch over the daemon tells people.

    kinds(context)                              every notice, with its version, since when and by whom
    sources(context, "receipt")                 what to show in an editor, by language
    check(context, draft)                       problems: file, line, sentence; which notices would change
    try_out(context, draft)                     the same, and the last 200 mails of each changed notice, old and new
    activate(context, draft, by=…, note=…)      check, try, write the files, keep the version; BadConfig if refused
    history(context, "receipt")                 versions of a notice, newest first
    difference(context, "receipt", old, new)    of their files, line by line; files_of: the files of one version
    restore(context, "receipt", by=…, note=…)   an older version once more: the one before, or any
    preview(context, "receipt", Language.FR)    as its reader gets it, of a draft too, with a past mail's values

Raises `BadConfig` with every problem of a draft, `Permanent` with a sentence for what cannot be done, `Transient` where
the database or a disk does not answer.
"""

from inboxd.template_life.drafts import Checked, Draft, check, draft_of_folder
from inboxd.template_life.in_force import (
    InForce,
    Kind,
    SourceText,
    Version,
    difference,
    files_of,
    history,
    in_force,
    kinds,
    sources,
)
from inboxd.template_life.taking import Taken, activate, last_good, restore, restoring, take_from_disk
from inboxd.template_life.trying import Comparison, Preview, Trial, past_replies, preview, try_out

__all__ = [
    "Checked",
    "Comparison",
    "Draft",
    "InForce",
    "Kind",
    "Preview",
    "SourceText",
    "Taken",
    "Trial",
    "Version",
    "activate",
    "check",
    "difference",
    "draft_of_folder",
    "files_of",
    "history",
    "in_force",
    "kinds",
    "last_good",
    "past_replies",
    "preview",
    "restore",
    "restoring",
    "sources",
    "take_from_disk",
    "try_out",
]
