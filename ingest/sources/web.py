"""Web pages and files by their addresses, guarded against server-side request forgery."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote_to_bytes

import httpcore
import httpx

from foundation.breaker import Breakers
from foundation.clock import to_micros
from foundation.errors import Forbidden, GuildError, InvalidInput, NotFound, Unavailable
from ingest.model import Record
from ingest.sources.addresses import Resolver, system_resolver
from ingest.sources.decoding import Decoder
from ingest.sources.guarded import Deadline, GuardedBackend
from ingest.sources.naming import cleaned, readable
from ingest.sources.reading import DEFAULT_MAX_BYTES, iso

_OK: Final = 200
_OVERLOADED: Final = 429
_BROKEN: Final = 500
"""And above: what the server says of itself, not of the address."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NETWORK: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)
_HEADERS: Final = [
    (b"User-Agent", b"elders-guild"),
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"gzip"),
    (b"Connection", b"close"),
]
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]{1,40})")
_USER_INFO: Final = re.compile(r"//[^/?#]*@")


@dataclass(frozen=True, slots=True)
class UrlSource:
    """Pages and files that http and https addresses name.

    `source_id` is the address as given, without its fragment; `uri` is where redirects led to.
    Proxies named in the environment are not used: they would connect to addresses that nobody
    checked.

    Attributes:
        allow_hosts: names (or addresses) that may stand for an intranet address.
        allow_private: any host may.
        max_bytes: of the body, both as sent and as unpacked.
        max_seconds: for one document, with looking up, redirects and reading.
        ssl_context: for servers whose certificates the usual authorities did not sign.
        breakers: one for each host: one that keeps failing is left alone, and its other
            addresses are told so at once.
    """

    urls: Sequence[str]
    allow_hosts: Collection[str] = ()
    allow_private: bool = False
    max_bytes: int = DEFAULT_MAX_BYTES
    max_seconds: float = 30.0
    max_redirects: int = 5
    resolver: Resolver = system_resolver
    monotonic: Callable[[], float] = time.monotonic
    ssl_context: ssl.SSLContext | None = None
    breakers: Breakers = field(default_factory=Breakers)

    def records(self) -> Iterator[Record]:
        """Fetch one address after the other."""
        for given in self.urls:
            source_id = _without_secret(given)
            try:
                first = checked_url(given)
                source_id = str(first)
                yield self._fetch(first)
            except GuildError as error:
                yield Record(source_id, uri=source_id, error=f"{source_id[:200]}: {error}")

    def count(self) -> int:
        """Count the addresses."""
        return len(self.urls)

    def _fetch(self, first: httpx.URL) -> Record:
        deadline = Deadline(self.monotonic() + self.max_seconds, self.monotonic)
        url = first
        for _ in range(self.max_redirects + 1):
            with self.breakers.of(f"{url.host}:{url.port or url.scheme}").guarding():
                answer = self._get(url, deadline)
            if isinstance(answer, httpx.URL):
                url = answer
            else:
                return _record(first, url, answer)
        raise Unavailable(f"more than {self.max_redirects} redirects: give the final address")

    def _get(self, url: httpx.URL, deadline: Deadline) -> _Answer | httpx.URL:
        """Ask one server once: its document, or where it says to look.

        Raises:
            Forbidden: the address is not allowed.
            InvalidInput: the body is too large, or packed in an unknown way.
            NotFound: the server has no document for us there.
            Unavailable: no usable answer.
        """
        backend = GuardedBackend(
            resolver=self.resolver, may_be_intranet=self._may_be_intranet, deadline=deadline
        )
        core = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=self.ssl_context, max_connections=1, network_backend=backend
                ) as pool,
                pool.stream("GET", core, headers=_HEADERS) as response,
            ):
                headers = httpx.Headers(response.headers)
                if response.status in _REDIRECTS and "location" in headers:
                    return _next_url(url, headers["location"])
                if response.status == _OVERLOADED or response.status >= _BROKEN:
                    raise Unavailable(f"the server answered {response.status}")
                if response.status != _OK:
                    raise NotFound(f"the server answered {response.status}")
                return _Answer(headers, self._body(response, headers))
        except _NETWORK as error:
            raise Unavailable(f"no usable answer: {str(error) or type(error).__name__}") from error

    def _body(self, response: httpcore.Response, headers: httpx.Headers) -> bytes:
        decoder = Decoder(headers.get("content-encoding", ""), self.max_bytes)
        decoder.expect(headers.get("content-length", ""))
        for part in response.iter_stream():
            decoder.feed(part)
        return decoder.finish()

    def _may_be_intranet(self, host: str) -> bool:
        allowed = {name.lower().strip("[]") for name in self.allow_hosts}
        return self.allow_private or host.lower() in allowed


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: httpx.Headers
    body: bytes


def checked_url(text: str) -> httpx.URL:
    """Read an address, without its fragment.

    Raises:
        InvalidInput: it is none, or not of the web.
        Forbidden: it carries a name or password.
    """
    try:
        url = httpx.URL(text.strip()).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidInput(f"not an address: {error}") from error
    if url.scheme not in {"http", "https"}:
        raise InvalidInput(f"scheme {url.scheme[:20]!r}: only http and https are fetched")
    if not url.host:
        raise InvalidInput("no host: write https://host/path")
    if url.userinfo:
        raise Forbidden("addresses with a name or password are refused: they would be stored")
    return url


def _next_url(url: httpx.URL, location: str) -> httpx.URL:
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError) as error:
        raise Unavailable(f"redirected to something that is no address: {error}") from error
    try:
        return checked_url(str(target))
    except GuildError as error:
        raise Forbidden(f"redirected to {_without_secret(str(target))[:200]!r}: {error}") from error


def _record(first: httpx.URL, final: httpx.URL, answer: _Answer) -> Record:
    return Record(
        source_id=str(first),
        data=answer.body,
        uri=str(final),
        name=_name(final),
        media_type=_media_type(answer.headers.get("content-type", "")),
        metadata={"size": len(answer.body), **_modified(answer.headers)},
    )


def _name(url: httpx.URL) -> str:
    last = unquote_to_bytes(url.raw_path.partition(b"?")[0].rpartition(b"/")[2])
    return readable(last.decode("utf-8", "surrogateescape"))


def _media_type(content_type: str) -> str:
    kind, _, parameters = cleaned(content_type).lower().partition(";")
    charset = _CHARSET.search(parameters)
    return f"{kind.strip()}; charset={charset[1]}" if charset else kind.strip()


def _modified(headers: httpx.Headers) -> dict[str, str]:
    try:
        moment = to_micros(parsedate_to_datetime(headers.get("last-modified", "")))
    except (ValueError, TypeError, OverflowError):
        return {}
    return {"modified": iso(moment)}


def _without_secret(address: str) -> str:
    return _USER_INFO.sub("//", cleaned(address))
