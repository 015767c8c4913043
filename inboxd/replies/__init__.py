"""Replies: template and values in, a mail ready to send out. Touches files only while loading; never the network.

`Templates.load` checks everything that can be checked before a template is taken into use and raises `BadConfig`;
`render` raises `Permanent` when a single mail cannot be made.
"""

from inboxd.masking import mask
from inboxd.replies.catalogue import NOTICES, Notice, sample_values
from inboxd.replies.day import HELD_CODES
from inboxd.replies.outgoing import message_id_for
from inboxd.replies.rendering import Templates, render
from inboxd.replies.text import Text

__all__ = ["HELD_CODES", "NOTICES", "Notice", "Templates", "Text", "mask", "message_id_for", "render", "sample_values"]
