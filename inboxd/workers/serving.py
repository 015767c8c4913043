"""The process that looks inside files, from inside: reads a request, looks, answers, until nobody asks any more."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from inboxd.confined import LENGTH, limits
from inboxd.workers import frames

if TYPE_CHECKING:
    from inboxd.documents import Finding

Inspect = Callable[[bytes, str, str], "Finding"]


def _load(place: str) -> Inspect:
    """The function, and with its module the libraries it needs: no look pays for imports."""
    module, _, name = place.partition(":")
    function: Inspect = getattr(importlib.import_module(module), name)
    return function


def serve(requests: BinaryIO, answers: BinaryIO, place: str) -> None:
    """Until the end of `requests`. An exception that a look raises is told by its class only."""
    inspect = _load(place)
    limits.bind_for_good()

    def say(answer: frames.Answer) -> None:
        answers.write(frames.pack(answer))
        answers.flush()

    say(frames.Answer())
    at_start = limits.address_space()
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        request = frames.unpack(frames.Request, requests.read(frames.length(head)))
        content = requests.read(request.size)
        if len(content) < request.size:
            return
        before = limits.address_space()
        try:
            with limits.limited(request.seconds, request.memory_bytes):
                found = inspect(content, request.sniffed_type, request.name)
            answer = frames.Answer(reason=str(found.reason or ""), detail=found.detail)
        except Exception as error:
            answer = frames.Answer(failed="MemoryError" if isinstance(error, MemoryError) else type(error).__name__)
        del content
        say(
            frames.Answer(
                reason=answer.reason,
                detail=answer.detail,
                failed=answer.failed,
                used_bytes=max(0, limits.address_space("VmPeak") - before),
                grown_bytes=max(0, limits.address_space() - at_start),
            )
        )
