"""What a confined process runs, by path, in an isolated interpreter: `python -I program.py module:function [word …]`.

The function gets the stream of what the daemon asks, the stream for the answers, and the words. It does not return
before nobody asks any more.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from pathlib import Path


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # meant for the daemon; with the daemon, this process ends
    for number in (signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    # the package that this file is of, installed or in a checkout, and no other
    root = str(Path(__file__).resolve().parents[2])
    if root not in sys.path:
        sys.path.insert(0, root)
    from inboxd.confined import limits

    requests, answers = limits.streams()
    module, _, name = sys.argv[1].partition(":")
    with contextlib.suppress(BrokenPipeError):
        getattr(importlib.import_module(module), name)(requests, answers, *sys.argv[2:])
    os._exit(0)


if __name__ == "__main__":
    main()
