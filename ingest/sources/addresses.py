"""Which network addresses a fetch may reach: the guard against server-side request forgery."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Final

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

Resolver = Callable[[str, int], Sequence[str]]
"""Looks up a host (and port) and answers with its addresses; raises OSError where it has none."""

_V6_UNICAST: Final = ipaddress.IPv6Network("2000::/3")

# What an operator means by an intranet, and may allow.
_INTRANET: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)

# Refused whatever is allowed. Those that carry an IPv4 address in an IPv6 one are refused whole:
# what they reach is decided elsewhere.
_NEVER: Final = tuple(
    (ipaddress.ip_network(network), what)
    for network, what in (
        ("168.63.129.16/32", "a cloud's metadata service"),
        ("100.100.100.200/32", "a cloud's metadata service"),
        ("fd00:ec2::/32", "a cloud's metadata service"),
        ("fd20:ce::/32", "a cloud's metadata service"),
        ("169.254.0.0/16", "link-local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("224.0.0.0/4", "multicast"),
        ("ff00::/8", "multicast"),
        ("0.0.0.0/8", "unspecified"),
        ("192.0.0.0/24", "reserved"),
        ("192.88.99.0/24", "reserved"),
        ("198.18.0.0/15", "reserved"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::ffff:0:0/96", "an IPv4 address in IPv6"),
        ("::ffff:0:0:0/96", "an IPv4 address in IPv6"),
        ("64:ff9b::/96", "an IPv4 address in IPv6 (NAT64)"),
        ("64:ff9b:1::/48", "an IPv4 address in IPv6 (NAT64)"),
        ("2002::/16", "an IPv4 address in IPv6 (6to4)"),
        ("2001::/32", "an IPv4 address in IPv6 (Teredo)"),
        ("3fff::/20", "reserved"),
    )
)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the operating system, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def refusal(address: str, *, intranet: bool = False) -> str:
    """Say why an address must not be reached; empty where it may.

    Args:
        intranet: let loopback, private and shared addresses pass; never link-local, multicast,
            reserved or metadata addresses.

    Source: the IANA special-purpose address registries (RFC 6890).
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "not an address"
    if isinstance(ip, ipaddress.IPv6Address) and ip.scope_id is not None:
        return "bound to one network interface"
    for network, what in _NEVER:
        if ip in network:
            return what
    if any(ip in network for network in _INTRANET):
        return "" if intranet else "loopback or private"
    return "" if _is_public(ip) else "not a public address"


def _is_public(ip: IPAddress) -> bool:
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _V6_UNICAST:
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
