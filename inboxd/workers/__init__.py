"""The look inside a file, in a process of its own with limits of time and memory.

Files come from strangers and their parsers are C: what runs for ever, eats the memory or crashes must cost one file
its look (`NOT_CHECKED`, a person looks), not the daemon its life.

`looks` is what the stages use · `serving` the process, from inside · `frames` what the two say to each other.
"""

from inboxd.workers.looks import Workers

__all__ = ["Workers"]
