"""Reading mails in processes of their own: a hostile mail costs itself, and the next mails are read meanwhile.

`pool` is what the stages use · `serving` the process, from inside · `frames` what the two say to each other.
"""

from inboxd.readers.pool import Readers

__all__ = ["Readers"]
