"""Folder names: ours have `/` between levels, the server has its own separator and sometimes a prefix.

Modified UTF-7 is the library's work. Fails with `Permanent` when a name cannot be made on this server.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from imapclient import IMAPClient

from inboxd.mailbox.failures import Refused

Talk = Callable[[str], AbstractContextManager[IMAPClient]]
"""`with talk("doing so and so") as client:` gives the client and translates its errors."""

_ABSENT = frozenset({b"\\noselect", b"\\nonexistent"})


class Folders:
    """The folders of one connection. The server is asked for prefix and separator once, when first needed."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._style: tuple[str, str] | None = None

    def name(self, ours: str) -> str:
        """The server's name for a folder of ours; a name that already begins with the server's prefix is kept."""
        if ours.upper() == "INBOX":
            return "INBOX"
        prefix, separator = self._prefix_and_separator()
        levels = ours.split("/")
        if separator not in ("", "/"):
            if prefix and ours.startswith(prefix):
                return ours
            if any(separator in level for level in levels):
                raise Refused(
                    f"folder name {ours!r} has the server's separator {separator!r} in it; choose another in [folders]"
                )
        name = separator.join(levels) if separator else ours
        return name if prefix and name.startswith(prefix) else prefix + name

    def exists(self, ours: str) -> bool:
        name = self.name(ours)
        with self._talk("cannot list folders") as client:
            return any(
                found == name and not _ABSENT & {flag.lower() for flag in flags}
                for flags, _, found in client.list_folders("", name)
            )

    def ensure(self, ours: str) -> None:
        """Make and subscribe to a folder unless it is there. Asking again changes nothing."""
        if not self.exists(ours):
            try:
                with self._talk(f"cannot make folder {ours!r}") as client:
                    client.create_folder(self.name(ours))
            except Refused:
                # Somebody else may have made it in between.
                if not self.exists(ours):
                    raise
        try:
            with self._talk(f"cannot subscribe to folder {ours!r}") as client:
                client.subscribe_folder(self.name(ours))
        except Refused:
            pass  # a server without subscriptions; the folder is there, which is what counts

    def _prefix_and_separator(self) -> tuple[str, str]:
        if self._style is None:
            with self._talk("cannot read the server's folder separator") as client:
                personal = client.namespace().personal if client.has_capability("NAMESPACE") else None
                if personal:
                    prefix, separator = personal[0]
                    self._style = (prefix or "", separator or "")
                else:
                    listed = client.list_folders("", "")
                    mark = listed[0][1] if listed else None
                    self._style = ("", mark.decode("ascii", "replace") if mark else "")
        return self._style
