"""The door to the IMAP server; alone imports imapclient.

`inbox` is what the stages use · `connecting` TLS and login · `folders` names · `fetching` bytes in ·
`moving` mails on · `glancing` at folders that people work in · `idling` waits · `reading` bounds what the
server may send · `outlining` what a mail is made of ·
`failures` says what went wrong.
"""

from inboxd.mailbox.fetching import FolderState, MessageInfo, Unfetchable
from inboxd.mailbox.glancing import Glance, Identity, Unwatched
from inboxd.mailbox.inbox import ImapMailbox

__all__ = ["FolderState", "Glance", "Identity", "ImapMailbox", "MessageInfo", "Unfetchable", "Unwatched"]
