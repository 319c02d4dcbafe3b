"""Connections that reach the very addresses that were checked, before a deadline."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import httpcore

from foundation.errors import Forbidden, Unavailable
from ingest.sources.addresses import Resolver, refusal

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which all must be done, however many steps it takes.

    Attributes:
        ends: in seconds of `monotonic`.
    """

    ends: float
    monotonic: Callable[[], float]

    def left(self, at_most: float | None = None) -> float:
        """Count the seconds that remain.

        Raises:
            Unavailable: none do.
        """
        seconds = self.ends - self.monotonic()
        if seconds <= 0:
            raise Unavailable("it took longer than allowed: try again later, or raise max_seconds")
        return seconds if at_most is None else min(seconds, at_most)


class GuardedBackend(httpcore.NetworkBackend):
    """The network under an HTTP client, with the guard built in.

    A name is looked up once for each connection; every address it has must be allowed, and it is
    one of these, not the name, that is connected to. So an answer that changes between check and
    use (DNS rebinding) changes nothing. TLS and the Host header keep the name, for the client
    above knows nothing of this.
    """

    def __init__(
        self, *, resolver: Resolver, may_be_intranet: Callable[[str], bool], deadline: Deadline
    ) -> None:
        self._resolver = resolver
        self._may_be_intranet = may_be_intranet
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers.

        Raises:
            Forbidden: one of its addresses is not allowed.
            Unavailable: it has no address, or the time is up.
        """
        failure: Exception | None = None
        for address in self._checked(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address, port, self._deadline.left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream, self._deadline)
        raise Unavailable(f"{host} does not accept connections: {failure}") from failure

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002 - the interface has it
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002 - the interface has it
    ) -> httpcore.NetworkStream:
        """Refuse: no address names one."""
        raise Forbidden(f"{path}: sockets of the file system are not fetched from")

    def _checked(self, host: str, port: int) -> Sequence[str]:
        addresses = [host] if _is_address(host) else self._look_up(host, port)
        intranet = self._may_be_intranet(host)
        for address in addresses:
            if reason := refusal(address, intranet=intranet):
                raise Forbidden(
                    f"{host} stands for {address}, which is {reason}: only public addresses are "
                    "fetched, unless the operator allows the host"
                )
        return addresses

    def _look_up(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise Unavailable(f"{host} could not be looked up: {error}") from error
        if not addresses:
            raise Unavailable(f"{host} has no address")
        return addresses


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which a peer that drips cannot outlast the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _DeadlineStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
