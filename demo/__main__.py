"""`python -m demo`: see `--help`.

Exit status 0: every mail ended as expected; 1: a line says which did not, or why the demo could not go on.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from demo import enquiries
from demo.keeping import PREFIX, command, deliver, play_on
from demo.play import Play
from demo.screen import Screen
from demo.stage import DemoFailure, Stage

_STOPS = (signal.SIGTERM, signal.SIGHUP)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="The daemon at work on an invented office's mail."
    )
    parser.add_argument("--keep", action="store_true", help="leave servers and daemon running until Ctrl-C")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where everything shall lie (new or empty)")
    parser.add_argument("--deliver", type=Path, metavar="FILE.eml", help="put a mail into the running demo's inbox")
    parser.add_argument("--forged", action="store_true", help="with --deliver: the gateway finds the sender forged")
    return parser.parse_args()


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _folder(wanted: Path | None) -> Path:
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix=PREFIX))
    wanted.mkdir(parents=True, exist_ok=True)
    if any(wanted.iterdir()):
        raise DemoFailure(f"{wanted} is not empty; give a new folder")
    wanted.chmod(0o700)  # what an office insists on
    return wanted.resolve()


def _where(play: Play, *, kept: bool) -> None:
    stage, screen, folder = play.stage, play.screen, play.stage.folder
    screen.heading("Where everything lies")
    screen.pairs(
        [
            ("settings", f"{stage.config}"),
            ("database", f"{folder}/data/inboxd.sqlite"),
            ("archive", f"{folder}/data/archive   (mails, documents and sent mails, named by SHA-256)"),
            ("mails in", f"{folder}/mails/"),
            ("mails out", f"{folder}/replies/"),
            ("event lines", f"{stage.log}"),
        ]
    )
    program = command("inboxd")
    example = f"$DEMO/mails/{play.file_name(enquiries.SHOWN_ACKNOWLEDGEMENT)}"
    screen.heading("To try")
    screen.line(f"  export DEMO={folder} INBOXD_CONFIG={stage.config}")
    screen.commands(
        [
            (f"{program} list", "every mail and what became of it"),
            (f"{program} show 1", "the whole story of one mail"),
            (f"{program} list --held", "what waits for its sender or for a person"),
            (f"{program} cases", "open cases, the one due first on top"),
            (f"{program} explain {example}", "decide a mail, touch nothing"),
            (f"{program} templates preview failure --lang fr", "a notice as its reader gets it"),
            (f"{program} verify --deep{'' if kept else ' --offline'}", "prove that nothing was lost or doubled"),
        ]
    )
    if not kept:
        screen.line(f"  The servers are stopped; `make demo KEEP=1` leaves them running. When done: rm -r {folder}")


def _perform(arguments: argparse.Namespace, screen: Screen) -> bool:
    began = time.monotonic()
    folder = _folder(arguments.into)
    with Stage(folder) as stage:
        try:
            play = Play(stage, screen)
            play.perform()
            _where(play, kept=arguments.keep)
            good = play.conclude()
            screen.line(f"It took {time.monotonic() - began:.0f} s.")
            if arguments.keep:
                play_on(stage, screen)
        finally:
            # a second Ctrl-C, or the terminal going away, must not leave a server behind
            for number in (signal.SIGINT, *_STOPS):
                signal.signal(number, signal.SIG_IGN)
    return good


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    arguments = _arguments()
    screen = Screen()
    for number in _STOPS:
        signal.signal(number, _stop)
    try:
        if arguments.deliver:
            screen.line(deliver(arguments.deliver, arguments.into, forged=arguments.forged))
            return 0
        return 0 if _perform(arguments, screen) else 1
    except KeyboardInterrupt:
        print("demo: stopped", file=sys.stderr)
        return 130
    except (DemoFailure, RuntimeError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
