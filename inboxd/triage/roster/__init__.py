"""The roster: which addresses write for which office, in which language, and since when.

`people` has its words, `sheet` reads and writes its file, `remarks` tells what in a sound file deserves a look,
`changes` lays an export over it, `standing` says what mail from an address comes to.
"""

from inboxd.triage.roster.changes import Change, Laid, lay_over
from inboxd.triage.roster.changes import Kind as ChangeKind
from inboxd.triage.roster.people import KINDS, PROVINCES, Member, Roster, roster_of
from inboxd.triage.roster.remarks import Ours, former, remarks
from inboxd.triage.roster.sheet import COLUMNS, PERIOD, Sheet, examine, read_roster, written
from inboxd.triage.roster.standing import standing

__all__ = [
    "COLUMNS",
    "KINDS",
    "PERIOD",
    "PROVINCES",
    "Change",
    "ChangeKind",
    "Laid",
    "Member",
    "Ours",
    "Roster",
    "Sheet",
    "examine",
    "former",
    "lay_over",
    "read_roster",
    "remarks",
    "roster_of",
    "standing",
    "written",
]
