"""A network that fails: a TCP proxy before a server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_BYTES = 65_536


class Proxy:
    """Passes bytes to and from a server, until it is told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.refusing = False
        self.connections = 0
        self.port = 0

    def cut(self) -> None:
        """End every connection at once, as a broker that is killed does."""
        for writer in self._writers:
            writer.transport.abort()

    def stall(self) -> None:
        """Let nothing through, and end nothing: what a lost cable looks like."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let everything through again."""
        self._flowing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.refusing:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, there_writer}
        try:
            await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))
        finally:
            self._writers -= {writer, there_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_BYTES):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def proxied(
    host: str, port: int, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Proxy]:
    """Open a proxy on a port of its own; with `tls` it speaks that, and the server need not."""
    proxy = Proxy(host, port)
    server = await asyncio.start_server(proxy._connected, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    yield proxy
    proxy.flow()
    server.close()
    proxy.cut()
    await asyncio.sleep(0.05)
