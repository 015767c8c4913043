"""How the demo speaks: headings, one line for each mail, notices in a frame. Colours only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import default

from rich.console import Console
from rich.table import Table
from rich.text import Text

from demo.outcome import Outcome
from inboxd.cli.showing import clean

WIDEST = 120
NARROWEST = 80
ONE_LINE_FROM = 108
"""Columns from which a mail fits on one line."""
_SHOWN_HEADERS = ("From", "To", "Subject", "In-Reply-To", "Auto-Submitted", "Content-Language")


class Screen:
    """Prints to standard output, 80 to 120 columns wide."""

    def __init__(self) -> None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace", line_buffering=True)
        console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
        self.width = max(NARROWEST, min(console.width, WIDEST)) if sys.stdout.isatty() else WIDEST
        self._console = Console(
            file=sys.stdout, highlight=False, markup=False, emoji=False, width=self.width,
            color_system="auto" if sys.stdout.isatty() else None,
        )

    def heading(self, text: str) -> None:
        self._console.print()
        self._console.print(Text(text, style="bold cyan"))

    def line(self, text: str = "", style: str = "") -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)

    def bad(self, text: str) -> None:
        self.line(text, "bold red")

    def pairs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names and values under each other; values are never cut, so that they can be copied."""
        rows = list(rows)
        longest = max(len(name) for name, _ in rows)
        for name, value in rows:
            self._console.print(Text.assemble((f"  {name:<{longest}}  ", "dim"), value), soft_wrap=True)

    def mails(self, found: Sequence[Outcome], first: int, wrong: Mapping[str, Sequence[str]]) -> None:
        """One line for each mail: what it was, where it lies, what was answered, and why."""
        wide = self.width >= ONE_LINE_FROM
        grid = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim", width=self.width)
        grid.add_column("", no_wrap=True, width=4)
        grid.add_column("mail", no_wrap=True, width=35)
        grid.add_column("", no_wrap=True, width=2)
        grid.add_column("folder", no_wrap=True, width=18)
        grid.add_column("reply", width=12)
        if wide:
            grid.add_column("why")
        for number, one in enumerate(found, start=first):
            good = one.letter.key not in wrong
            mark = Text(f"{number:>2}{' ' if good else '!'}", style="green" if good else "bold red")
            cells = [
                mark,
                Text(clean(one.letter.what)),
                Text(one.letter.language, style="dim"),
                Text(one.folder or "(nowhere)", style=_colour(one)),
                Text(", ".join(sorted(reply.template for reply in one.replies)) or "-"),
            ]
            why = Text(clean(one.why), style="dim")
            if wide:
                grid.add_row(*cells, why)
            else:
                grid.add_row(*cells)
                self._console.print(grid)
                self.line(f"      {clean(one.why)}", "dim")
                grid.rows.clear()
                for column in grid.columns:
                    column._cells.clear()
                grid.show_header = False
        if wide:
            self._console.print(grid)

    def notice(self, title: str, mail: EmailMessage) -> None:
        """A mail in full, as its reader has it."""
        self._console.print()
        self._console.print(Text(title, style="bold"))
        rows = [f"{name}: {mail[name]}" for name in _SHOWN_HEADERS if mail[name]]
        for row in [*rows, "", *str(mail.get_content()).rstrip("\n").split("\n")]:
            wrapped = Text(clean(row)).wrap(self._console, self.width - 4) or [Text("")]
            for piece in wrapped:
                self._console.print(Text.assemble(("  │ ", "dim"), piece))


def _colour(one: Outcome) -> str:
    if one.story is not None and one.story["mail"]["state"] == "held":
        return "yellow"
    return "bold red" if one.folder.endswith("Critical") else ""


__all__ = ["Screen", "default"]
