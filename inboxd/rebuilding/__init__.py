"""The database made anew from the archive and the journal, and compared with the one there is.

Every mail is taken out of the archive again and every decision made again by the real stages, at its own time, in the
order of the journal (`playing`), behind doors that are closed (`doors`): nothing is sent, moved or handed in. What no
mail caused is carried over (`carrying`), and `comparing` says in what the two differ, and why.
"""

from inboxd.rebuilding.comparing import Difference
from inboxd.rebuilding.sources import FromDatabase, FromFile, Source, write_lines
from inboxd.rebuilding.work import Rebuilt, rebuild

__all__ = ["Difference", "FromDatabase", "FromFile", "Rebuilt", "Source", "rebuild", "write_lines"]
