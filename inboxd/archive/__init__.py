"""Files on disk by digest: raw mails, attached documents, sent mails. A door; it knows bytes and names, no rows.

`files` keeps, reads and removes them, `known_keys` tells a wrong key from the right one before anything is taken.
"""

from inboxd.archive.files import (
    DOCUMENTS,
    KINDS,
    MAIL,
    READ_ONLY,
    SENT,
    SPOOLED,
    UNFINISHED,
    Archive,
    digest_of,
    digest_of_file,
)
from inboxd.archive.shelf import ENCRYPTED

__all__ = [
    "DOCUMENTS",
    "ENCRYPTED",
    "KINDS",
    "MAIL",
    "READ_ONLY",
    "SENT",
    "SPOOLED",
    "UNFINISHED",
    "Archive",
    "digest_of",
    "digest_of_file",
]
