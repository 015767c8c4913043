"""How the demo speaks: headings, one line for each mail, notices in a frame. Colours only on a terminal."""

from __future__ import annotations

import io
import sys
import textwrap
from collections.abc import Collection, Iterable, Sequence
from email.header import decode_header, make_header
from email.message import EmailMessage
from itertools import zip_longest

from rich.console import Console
from rich.text import Text

from demo.outcome import Outcome
from inboxd.cli.showing import clean

WIDEST = 120
NARROWEST = 80
_WHAT, _FOLDER, _REPLY = 37, 18, 13
_BEFORE_WHY = 5 + _WHAT + 1 + 4 + _FOLDER + 1 + _REPLY + 1
_LEAST_WHY = 30
_SHOWN_HEADERS = ("From", "To", "Subject", "In-Reply-To", "Auto-Submitted", "Content-Language")


class Screen:
    """Prints to standard output, 80 to 120 columns wide."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace", line_buffering=True)
        terminal = sys.stdout.isatty()
        self.width = max(NARROWEST, min(Console().width, WIDEST)) if terminal else WIDEST
        self._console = Console(
            file=sys.stdout,
            highlight=False,
            markup=False,
            emoji=False,
            width=self.width,
            force_terminal=terminal,
            color_system="auto" if terminal else None,
        )

    def heading(self, text: str) -> None:
        self.line()
        self.line(text, "bold cyan")

    def line(self, text: str = "", style: str = "") -> None:
        self._print(Text(text, style=style))

    def bad(self, text: str) -> None:
        self.line(clean(text), "bold red")

    def _print(self, text: Text) -> None:
        text.rstrip()
        self._console.print(text, soft_wrap=True)

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values under each other; values are never cut, so that they can be copied."""
        longest = max(len(name) for name, _ in rows)
        for name, value in rows:
            self._print(Text.assemble((f"  {name:<{longest}}  ", "dim"), value))

    def commands(self, rows: Sequence[tuple[str, str]]) -> None:
        """Commands and what each is for."""
        longest = max(len(command) for command, _ in rows)
        for command, purpose in rows:
            self._print(Text.assemble(f"  {command:<{longest}}  ", (purpose, "dim")))

    def text(self, text: str) -> None:
        """What a command printed, indented, long lines wrapped."""
        for row in text.splitlines():
            for piece in textwrap.wrap(clean(row), self.width - 4, subsequent_indent="  ") or [""]:
                self.line(f"  {piece}")

    def mails(self, found: Iterable[Outcome], first: int, wrong: Collection[str], *, head: bool = True) -> None:
        """One line for each mail: what it was, where it lies now, what was answered, and why.

        A reason too long for its column goes on below it; on a narrow screen all reasons stand below.
        """
        room = self.width - _BEFORE_WHY
        wide = room >= _LEAST_WHY
        names = f"     {'mail':<{_WHAT}}     {'now in':<{_FOLDER}} {'reply':<{_REPLY}} {'why' if wide else ''}"
        if head:
            self.line(names, "dim")
        for number, one in enumerate(found, start=first):
            good = one.letter.key not in wrong
            reasons = textwrap.wrap(clean(one.why), room if wide else self.width - 7)
            sent = [reply.template for reply in one.replies] or ["-"]
            for row, (reply, why) in enumerate(zip_longest(sent, reasons if wide else (), fillvalue="")):
                begin = row == 0
                self._print(
                    Text.assemble(
                        (f" {number if begin else '':>2}{' ' if good else '!'} ", "green" if good else "bold red"),
                        f"{clean(one.letter.what) if begin else '':<{_WHAT}} ",
                        (f"{one.letter.language if begin else '':<4}", "dim"),
                        (f"{(one.folder or '(nowhere)') if begin else '':<{_FOLDER}} ", _colour(one)),
                        f"{reply:<{_REPLY}} ",
                        (why, "dim"),
                    )
                )
            for why in () if wide else reasons:
                self.line(f"       {why}", "dim")

    def notice(self, title: str, mail: EmailMessage) -> None:
        """A mail in full, as its reader has it."""
        self.line()
        self.line(title, "bold")
        # read by hand: the parser puts a blank between two encoded words of a name (RFC 2047 6.2 says none)
        raw = dict(mail.raw_items())
        rows = [f"{name}: {make_header(decode_header(str(raw[name])))}" for name in _SHOWN_HEADERS if name in raw]
        for row in [*rows, "", *str(mail.get_content()).rstrip().split("\n")]:
            indent = " " * (len(row) - len(row.lstrip()))
            for piece in textwrap.wrap(clean(row), self.width - 6, subsequent_indent=indent) or [""]:
                self._print(Text.assemble(("  │ ", "dim"), piece))


def _colour(one: Outcome) -> str:
    if one.story is not None and one.story["mail"]["state"] == "held":
        return "yellow"
    return "red" if one.folder.endswith("Critical") else ""
