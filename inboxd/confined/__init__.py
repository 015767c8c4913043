"""Running code on hostile bytes in a process of its own, with limits of time and memory.

Files and mails come from strangers: what runs for ever, eats the memory or crashes must cost one of them its look, not
the daemon its life. `child` is such a process seen from the daemon, `limits` binds it from inside, `program` is what it
runs. What it looks at, and what the two say to each other, is for those who use it: `workers` and `readers`.
"""

from inboxd.confined.child import LENGTH, TIME_SIGNALS, Child, describe

__all__ = ["LENGTH", "TIME_SIGNALS", "Child", "describe"]
