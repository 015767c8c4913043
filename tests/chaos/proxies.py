"""A network that breaks: a TCP proxy on 127.0.0.1, in a thread of its own, in front of one server.

It cuts a connection after exactly so many bytes of one direction, delays what passes, lets it stand still, or refuses
new connections. What really happened is counted; a fault that was ordered and met no traffic is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Self

from tests.servers.places import HOST, free_port

TO_SERVER, TO_CLIENT = "to the server", "to the client"
_RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True, kw_only=True)
class Cut:
    """Break the connection when `left` more bytes have passed; `reset`: by RST instead of FIN."""

    left: int
    reset: bool


class Proxy:
    """`with Proxy(port) as proxy:`; clients connect to `proxy.port`. All calls may come from any thread."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self.happened: Counter[str] = Counter()
        """By kind: cut, refused, delayed, stalled (the last two by connection and direction)."""
        self.passed: Counter[str] = Counter()
        """Bytes by direction."""
        self._cuts: dict[str, Cut] = {}
        """One that is ordered for each direction."""
        self._delay = 0.0
        self._refusing = False
        self._flowing = threading.Event()
        self._flowing.set()
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()

    # What a storm does

    def cut_after(self, count: int, direction: str, *, reset: bool = True) -> None:
        """The next connection over which `count` bytes more pass in this direction is cut there. 0: at once."""
        if count == 0:
            self.drop()
        else:
            self._cuts[direction] = Cut(left=count, reset=reset)

    def drop(self) -> None:
        """Break every connection now."""
        self._loop.call_soon_threadsafe(self._drop)

    def delay(self, seconds: float) -> None:
        """What passes from now on arrives so much later, in two pieces; 0: no more."""
        self._delay = seconds

    def stall(self) -> None:
        """Nothing passes from now on; connections stay open."""
        self._flowing.clear()

    def refuse(self) -> None:
        """Who connects from now on is cut off at once."""
        self._refusing = True

    def heal(self) -> None:
        """No more faults."""
        self._delay, self._refusing = 0.0, False
        self._cuts.clear()
        self._flowing.set()

    def is_armed(self, direction: str) -> bool:
        """A cut is ordered in this direction that was not met yet."""
        return direction in self._cuts

    # What happens to connections

    def _drop(self) -> None:
        for pair in tuple(self._pairs):
            self.happened["cut"] += 1
            self._break(pair, reset=True)

    def _break(self, pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter], *, reset: bool) -> None:
        self._pairs.discard(pair)
        for writer in pair:
            plug = writer.get_extra_info("socket")
            if reset and plug is not None:
                with contextlib.suppress(OSError):
                    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
            else:
                writer.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            self.happened["refused"] += 1
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, far_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, TO_SERVER, pair), self._pump(far_reader, writer, TO_CLIENT, pair)
            )
        finally:
            self._break(pair, reset=False)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: str,
        pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        met: set[str] = set()
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65536):
                if not self._flowing.is_set():
                    met.add("stalled")
                while not self._flowing.is_set():
                    await asyncio.sleep(0.02)
                if (cut := self._cuts.get(direction)) is not None:
                    if len(chunk) >= cut.left:
                        del self._cuts[direction]
                        writer.write(chunk[: cut.left])
                        await writer.drain()
                        self.passed[direction] += cut.left
                        self.happened["cut"] += 1
                        self._break(pair, reset=cut.reset)
                        break
                    cut.left -= len(chunk)
                if self._delay:
                    met.add("delayed")
                    half = len(chunk) // 2
                    writer.write(chunk[:half])
                    await asyncio.sleep(self._delay)
                    chunk = chunk[half:]
                writer.write(chunk)
                await writer.drain()
                self.passed[direction] += len(chunk)
        for kind in met:
            self.happened[kind] += 1
        if pair in self._pairs:
            with contextlib.suppress(OSError):
                writer.close()

    # Life

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), name="proxy", daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the proxy does not start")
        return self

    def _serve(self, ready: threading.Event) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(self._listen(ready))

    async def _listen(self, ready: threading.Event) -> None:
        self._closing = asyncio.Event()
        server = await asyncio.start_server(self._accept, HOST, self.port)
        ready.set()
        await self._closing.wait()
        server.close()
        for pair in tuple(self._pairs):
            self._break(pair, reset=True)
        await asyncio.sleep(0.05)  # lets the pumps see it

    def __exit__(self, *_: object) -> None:
        self.heal()
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(10)
