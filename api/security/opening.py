"""Put the security of a home together, from its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from api.auditing import open_audit
from api.security.keeping import FORGOTTEN, Keeper
from foundation.breaker import Breakers
from foundation.clock import Clock, system_clock
from foundation.database.engine import FILE_NAME, Database, open_database
from foundation.errors import Conflict, NotFound
from foundation.ids import new_id
from foundation.security.audit import AuditTrail
from foundation.security.audit_entry import Caller, Entry, Result
from foundation.security.behaviour import Behaviour
from foundation.security.forgotten import Forgotten
from foundation.security.keyring import KeyChange, Keyring
from foundation.security.network import Network
from foundation.security.pepper import load_pepper
from foundation.security.policy import Principal
from foundation.security.rates import Buckets, MemoryBuckets, Rate
from foundation.security.restrictions import Standing
from foundation.security.settings import SecuritySettings, load_security_settings
from foundation.security.tokens import TokenVerifier
from foundation.settings import load_settings

if TYPE_CHECKING:
    from api.security.calls import Counts
    from api.security.credentials import Authenticator
    from api.security.guard import Alert, Guard


@dataclass(frozen=True, slots=True)
class Security:
    """What guards a server; close it when the server has ended.

    Attributes:
        guard: for `api.security.layers.Layers`.
    """

    guard: Guard
    keyring: Keyring
    behaviour: Behaviour
    close: Callable[[], None]


def open_security(
    home: Path,
    database: Database,
    *,
    settings: SecuritySettings | None = None,
    clock: Clock = system_clock,
    counts: Counts | None = None,
    alert: Alert = lambda _assessment, _call: None,
    number: int = 0,
    breakers: Breakers | None = None,
) -> Security:
    """Make a guard, and keep what it learns in the home.

    Args:
        home: where the pepper and what was learned of behaviour lie.
        database: where the keys are.
        settings: by default as the environment says.
        clock: what time it is.
        counts: the layers' metrics; by default a registry that nobody reads.
        alert: see `Guard`.
        number: of several processes: each keeps what it learned in a file of its own.
        breakers: of Redis and the token issuer; by default none but their own.

    Raises:
        InvalidInput: a setting is wrong, or a secret weak or open to others.
        Unavailable: an extra is missing, or the pepper can't be read.
    """
    from api.security.counting import PrometheusCounts
    from api.security.guard import Guard
    from api.security.operations import RouteTable

    given = settings or load_security_settings()
    keyring = Keyring(database, _pepper(home, given), clock)
    behaviour = _behaviour(given, clock)
    shared = breakers or Breakers()
    buckets = _buckets(given, shared)
    standing = Standing(home, clock)
    guard = Guard(
        network=Network.of(
            given.allowed_networks, given.trusted_proxies, header=given.forwarding_header
        ),
        buckets=buckets,
        client_rate=Rate("client", given.rate_limit_per_second, given.rate_limit_burst),
        key_rate=Rate("key", given.key_rate_limit_per_second, given.key_rate_limit_burst),
        authenticator=_authenticator(given, keyring, shared),
        routes=RouteTable(),
        behaviour=behaviour,
        counts=counts or PrometheusCounts(),
        alert=alert,
        restrictions=standing.now,
        shared_buckets=given.rate_limit_url is not None,
    )
    keeper = Keeper(keyring, behaviour, home, number, look=standing.look)
    return Security(guard, keyring, behaviour, _closing(keeper, buckets))


@contextmanager
def opened_keyring(home: Path | None = None) -> Iterator[Keyring]:
    """Open the keys of a home beside whatever process holds it, such as a server.

    A change and its entry in the audit log are one transaction.

    Raises:
        NotFound: there is no such home.
        Conflict: its tables are of another version of this program.
    """
    with _opened(home) as (_, keyring, _):
        yield keyring


def forget_behaviour(who: str, *, actor: str, home: Path | None = None) -> str:
    """Let what was learned of somebody's behaviour be forgotten, in every process of a home.

    It is in the audit log before. A server does it within seconds, without one the next does.

    Args:
        who: a key, by its id or name, or a principal as logs name it.
        actor: who wants it.
        home: which; by default as the environment says.

    Returns:
        The principal.

    Raises:
        NotFound: there is no such home, or nobody is called so.
        Conflict: several keys are, or the home's tables are of another version of this program.
        Unavailable: the disk refuses.
    """
    with _opened(home) as (folder, keyring, trail):
        principal = _principal(keyring, who)
        now = system_clock()
        entry = Entry(
            id=new_id(), at=now, operation="behaviour.forgotten", action="admin",
            resource=principal, caller=Caller(user=actor),
        )  # fmt: skip
        trail.record(entry, critical=True)
        Forgotten(folder / FORGOTTEN).add(principal, now)
    return principal


def _principal(keyring: Keyring, who: str) -> str:
    if who == Principal.owner.id or who.startswith("jwt:"):
        return who  # they have no key
    named = [key for key in keyring.list() if who in (key.id, key.principal.id, key.name)]
    if not named:
        raise NotFound(f"there is no key {who[:80]!r}: `elders keys list` shows them")
    if len(named) > 1:
        ids = ", ".join(key.id for key in named)
        raise Conflict(f"{len(named)} keys are named {who[:80]!r}: say which by its id ({ids})")
    return named[0].principal.id


@contextmanager
def _opened(home: Path | None) -> Iterator[tuple[Path, Keyring, AuditTrail]]:
    settings = load_settings(**({} if home is None else {"home": home}))
    url = settings.database_url.get_secret_value() if settings.database_url else None
    if url is None and not (settings.home / FILE_NAME).is_file():
        raise NotFound(
            f"there is no knowledge base in {settings.home}: make one with `elders init`, or name"
            " another by --home or ELDERS_HOME"
        )
    database = open_database(
        url,
        home=settings.home,
        migrate=False,
        lock_timeout_seconds=settings.lock_timeout_seconds,
    )
    trail = open_audit(settings, database, settings.home).trail()
    try:
        pepper = _pepper(settings.home, load_security_settings())
        keyring = Keyring(database, pepper, system_clock, audit=partial(_write_down, trail))
        yield settings.home, keyring, trail
    finally:
        trail.close()
        database.close()


def _write_down(trail: AuditTrail, connection: Connection, change: KeyChange) -> None:
    """Put a change of a key into the audit log, with the change; the key is named by its id."""
    entry = Entry(
        id=new_id(),
        at=change.at,
        operation=f"keys.{change.kind}",
        action="admin",
        resource=change.key.id,
        result=Result.OK,
        caller=Caller(user=change.actor),
        metadata={"name": change.key.name, "role": change.key.role.value},
    )
    trail.record_within(connection, entry)


def _pepper(home: Path, settings: SecuritySettings) -> bytes:
    given = settings.key_pepper
    return load_pepper(home, given.get_secret_value() if given else None)


def _behaviour(settings: SecuritySettings, clock: Clock) -> Behaviour:
    return Behaviour(
        clock,
        SystemRandom(),
        investigate_above=settings.behaviour_investigate_above,
        refuse_above=settings.behaviour_refuse_above,
        warm_up_hours=settings.behaviour_warm_up_hours,
        warm_up_days=settings.behaviour_warm_up_days,
    )


def _buckets(settings: SecuritySettings, breakers: Breakers) -> Buckets:
    if settings.rate_limit_url is None:
        return MemoryBuckets()
    from foundation.security.rates_redis import LocalWhileAway, RedisBuckets

    shared = RedisBuckets(settings.rate_limit_url.get_secret_value(), breakers=breakers)
    if settings.rate_limit_without_redis == "local":
        return LocalWhileAway(shared, MemoryBuckets())
    return shared


def _authenticator(
    settings: SecuritySettings, keyring: Keyring, breakers: Breakers
) -> Authenticator:
    from api.security.credentials import Bearer, ThisMachine

    if not settings.auth:
        return ThisMachine()
    tokens = _tokens(settings, breakers)
    return Bearer(keyring.verify, tokens.verify if tokens else None)


def _tokens(settings: SecuritySettings, breakers: Breakers) -> TokenVerifier | None:
    if settings.jwt_audience is None:
        return None
    from foundation.security.jwks import JwksKeys
    from foundation.security.tokens import OneKey, TokenRules

    rules = TokenRules(
        settings.jwt_algorithm, settings.jwt_audience, settings.jwt_issuer, settings.jwt_typ
    )
    if settings.jwt_key is not None:
        return TokenVerifier(rules, OneKey(settings.jwt_key.get_secret_value()))
    url = settings.jwt_jwks_url or ""
    return TokenVerifier(rules, JwksKeys(url, algorithm=rules.algorithm, breakers=breakers))


def _closing(keeper: Keeper, buckets: Buckets) -> Callable[[], None]:
    def close() -> None:
        keeper.close()
        buckets.close()

    return close
