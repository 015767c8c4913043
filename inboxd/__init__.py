"""inboxd: a daemon for a dedicated service inbox.

Start reading at `inboxd.process.one`: one mail, from its bytes to its recorded outcome. `docs/flow.md` is the map.
"""

__version__ = "0.1.0"
