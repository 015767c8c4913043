"""Reading mails in processes of their own: a hostile mail costs itself, and the next mails are read meanwhile.

`pool` is what stages, commands and pages use, through `Context.reader` · `one_process` one of them, from outside ·
`serving` from inside · `frames` what the two say to each other · `weighing` what both readers make of the words, for
the daemon · `here` where there is no process. Nothing else calls the parsers on a mail.
"""

from inboxd.readers.pool import Readers, open_readers

__all__ = ["Readers", "open_readers"]
