"""`python -m inboxd` and the `inboxd` command."""

from __future__ import annotations

from inboxd.cli import main

if __name__ == "__main__":
    main()
