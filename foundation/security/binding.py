"""What must be so before a server listens: nobody serves the world without a lock."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from foundation.errors import InvalidInput

_SHORTEST: Final = 16
_FEWEST_CHARACTERS: Final = 6
_DEFAULTS: Final = (
    "admin", "change", "default", "elders", "example", "guest", "insecure", "password", "pepper",
    "placeholder", "postgres", "qwerty", "root", "sample", "secret", "test", "token", "your",
)  # fmt: skip


def check_binding(host: str, *, auth_on: bool, secrets: Mapping[str, str | None]) -> None:
    """Refuse to listen beyond this machine without authentication, or with a secret of no worth.

    Args:
        host: the address to listen on.
        auth_on: whether callers must prove who they are.
        secrets: what authentication rests on, by the name of its setting; None where it is not
            set and not needed.

    Raises:
        InvalidInput: the message names the address or the setting, never a secret.
    """
    if is_loopback(host):
        return
    if not auth_on:
        raise InvalidInput(
            f"{host}: others than this machine could reach it, and authentication is off: switch"
            " it on (ELDERS_AUTH=true), or listen on 127.0.0.1"
        )
    weak = [name for name, secret in secrets.items() if secret is not None and is_weak(secret)]
    if weak:
        raise InvalidInput(
            f"{host}: others than this machine could reach it, and these secrets are defaults or"
            f" too short: {', '.join(weak)}; set each to at least 32 random characters"
            " (`openssl rand -hex 32`)"
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_weak(secret: str) -> bool:
    """Tell whether a secret is short, monotonous, or made around a word of everybody's."""
    if len(secret) < _SHORTEST or len(set(secret)) < _FEWEST_CHARACTERS:
        return True
    rest = secret.lower()
    for word in _DEFAULTS:
        rest = rest.replace(word, "")
    return len(rest) < _SHORTEST and rest != secret.lower()


def names_this_machine(host_header: str) -> bool:
    """Tell whether a request's `Host` header names this machine itself.

    Any other name there reached a loopback address by a name server that somebody else controls
    (DNS rebinding): a web page would be asking in its visitor's name.
    """
    if host_header.startswith("["):
        name = host_header[1:].partition("]")[0]
    else:
        name = host_header.partition(":")[0]
    return is_loopback(name.lower())
