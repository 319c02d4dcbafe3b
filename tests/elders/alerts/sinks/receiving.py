"""Servers that really listen: one for HTTP, one for SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpServer:
    """Answers what its script says, 200 at its end."""

    script: list[str] = field(default_factory=list)
    answer: Callable[[Request], bytes] = lambda _: b"{}"
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *fields = head.strip().split("\r\n")
        headers = {n.lower(): v for n, v in (each.split(": ", 1) for each in fields)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Request(line, headers, body)
        self.requests.append(request)
        status = self.script.pop(0) if self.script else "200 OK"
        sent = self.answer(request)
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(sent)}\r\nLocation: /elsewhere\r\n"
            "Connection: close\r\n\r\n".encode()
            + sent
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def http_server(server: HttpServer) -> AsyncIterator[HttpServer]:
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server


@dataclass
class SmtpServer:
    """Takes mail, unless it is told to refuse."""

    greeting: str = "220 here"
    to_recipients: str = "250 ok"
    to_data: str = "250 taken"
    mails: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say(self.greeting)
        while line := (await reader.readline()).decode().strip():
            word = line.split()[0].upper()
            if word == "DATA":
                say("354 go on")
                data = (await reader.readuntil(b"\r\n.\r\n")).decode()
                self.mails.append(data)
                say(self.to_data)
            elif word == "RCPT":
                self.recipients.append(line)
                say(self.to_recipients)
            elif word == "QUIT":
                say("221 bye")
                break
            else:
                say("250 ok")
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def smtp_server(server: SmtpServer) -> AsyncIterator[SmtpServer]:
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
