"""Past mail judged again: by the rules in force and by others, each mail with the facts of its own time.

`judging` reads and decides, `comparing` says what differs, `report` puts it into one document. Nothing is written and
nothing is sent. What another case would have become by the new rules is not carried on to the mails that followed it.
"""

from inboxd.replaying.comparing import KINDS, Compared, Outcome
from inboxd.replaying.judging import Unread, judge_past, known_then, past_mails
from inboxd.replaying.report import document

__all__ = ["KINDS", "Compared", "Outcome", "Unread", "document", "judge_past", "known_then", "past_mails"]
