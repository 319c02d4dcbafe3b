"""Who is calling, by address: the first layer, which trusts nothing that a client wrote itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Literal

from foundation.errors import Forbidden, InvalidInput

Address = IPv4Address | IPv6Address
AddressRange = IPv4Network | IPv6Network
ForwardingHeader = Literal["x-forwarded-for", "forwarded"]

EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
_SITE_BITS: Final = 64
_LONGEST: Final = 100
_REFUSED: Final = "the client's address can't be told from what the proxy sent: check its settings"


@dataclass(frozen=True, slots=True)
class Network:
    """Which addresses may call, and which proxies may say for whom they do.

    Attributes:
        allowed: clients outside these are refused.
        trusted_proxies: whose forwarding header is believed; of anybody else it is not read.
        header: the one header that the proxies write. The other one is never read: proxies pass
            on what a client put there.
    """

    allowed: tuple[AddressRange, ...]
    trusted_proxies: tuple[AddressRange, ...] = ()
    header: ForwardingHeader = "x-forwarded-for"

    @classmethod
    def of(
        cls,
        allowed: Iterable[str] = EVERYWHERE,
        trusted_proxies: Iterable[str] = (),
        *,
        header: ForwardingHeader = "x-forwarded-for",
    ) -> Network:
        """Read address ranges as they are written in settings.

        Args:
            allowed: such as `10.0.0.0/8`, `2001:db8::/32` or a single address.
            trusted_proxies: the same.
            header: see the class.

        Raises:
            InvalidInput: one is no range; the message names it.
        """
        return cls(_ranges(allowed), _ranges(trusted_proxies), header)

    def client(self, peer: str | None, lines: Sequence[str] = ()) -> Address:
        """Answer the address of whoever sent the request: the rightmost hop that is no proxy.

        Every proxy adds its peer at the right end, so whatever stands left of the first address
        that is no trusted proxy may be forged, and is not read.

        Args:
            peer: the address at the other end of the connection.
            lines: the values of `header`, one for each header line, in their order.

        Raises:
            Forbidden: an address that must be known can't be read.
        """
        hop = _address(peer or "")
        if not lines or not self._trusts(hop):
            return hop
        read = _forwarded if self.header == "forwarded" else _address
        for written in _from_the_right(lines):
            hop = read(written)
            if not self._trusts(hop):
                break
        return hop

    def admits(self, client: Address) -> bool:
        """Tell whether an address may call at all."""
        return any(client in each for each in self.allowed)

    def _trusts(self, hop: Address) -> bool:
        return any(hop in each for each in self.trusted_proxies)


def site(client: Address) -> str:
    """Name what shares one rate: an IPv4 address, or the /64 that one IPv6 customer gets."""
    if isinstance(client, IPv4Address):
        return str(client)
    prefix = int(client) >> (128 - _SITE_BITS) << (128 - _SITE_BITS)
    return f"{IPv6Address(prefix)}/{_SITE_BITS}"


def _ranges(written: Iterable[str]) -> tuple[AddressRange, ...]:
    return tuple(_range(each.strip()) for each in written)


def _range(written: str) -> AddressRange:
    try:
        found = ip_network(written)
    except ValueError as error:
        raise InvalidInput(
            f"{written[:_LONGEST]!r} is no range of addresses ({error}): write 10.0.0.0/8,"
            " 2001:db8::/32 or one address"
        ) from error
    if isinstance(found, IPv6Network) and found.network_address.ipv4_mapped is not None:
        raise InvalidInput(f"{written!r}: write the IPv4 range; mapped addresses count as IPv4")
    return found


def _from_the_right(lines: Sequence[str]) -> Iterator[str]:
    """Yield the elements of a header that may stand in several lines; empty ones count for none."""
    for line in reversed(lines):
        rest = line
        while rest:
            rest, _, element = rest.rpartition(",")
            if element := element.strip():
                yield element


def _address(written: str) -> Address:
    """Read an address, with or without a port; an IPv4 address mapped into IPv6 is IPv4."""
    try:
        found = ip_address(_without_port(written))
    except ValueError:
        raise Forbidden(_REFUSED) from None
    if isinstance(found, IPv4Address):
        return found
    if found.scope_id is not None:
        raise Forbidden(_REFUSED)
    return found.ipv4_mapped or found


def _without_port(written: str) -> str:
    host, port = written, ""
    if written.startswith("["):
        host, closed, port = written[1:].partition("]")
        if not closed or (port and not port.startswith(":")):
            raise ValueError(written)
        port = port[1:]
    elif written.count(":") == 1:
        host, _, port = written.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        raise ValueError(written)
    return host


def _forwarded(element: str) -> Address:
    """Read `for=` of an element of `Forwarded` (RFC 7239); names and `unknown` are no address."""
    for pair in element.split(";"):
        name, _, value = pair.strip().partition("=")
        if name.strip().lower() == "for":
            return _address(value.strip().removeprefix('"').removesuffix('"'))
    raise Forbidden(_REFUSED)
