"""Put the security of a home together, from its settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Final

import structlog

from api.auditing import open_audit
from foundation.clock import Clock, system_clock
from foundation.database.engine import FILE_NAME, Database, open_database
from foundation.errors import GuildError, NotFound
from foundation.ids import new_id
from foundation.security.audit_entry import Caller, Entry, Result
from foundation.security.audit_port import Auditor
from foundation.security.behaviour import Behaviour
from foundation.security.keyring import KeyChange, Keyring
from foundation.security.network import Network
from foundation.security.pepper import load_pepper
from foundation.security.rates import Buckets, MemoryBuckets, Rate
from foundation.security.settings import SecuritySettings, load_security_settings
from foundation.security.tokens import TokenVerifier
from foundation.settings import load_settings

if TYPE_CHECKING:
    from api.security.calls import Counts
    from api.security.credentials import Authenticator
    from api.security.guard import Alert, Guard

_log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 60.0


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
    buckets = _buckets(given)
    guard = Guard(
        network=Network.of(
            given.allowed_networks, given.trusted_proxies, header=given.forwarding_header
        ),
        buckets=buckets,
        client_rate=Rate("client", given.rate_limit_per_second, given.rate_limit_burst),
        key_rate=Rate("key", given.key_rate_limit_per_second, given.key_rate_limit_burst),
        authenticator=_authenticator(given, keyring),
        routes=RouteTable(),
        behaviour=behaviour,
        counts=counts or PrometheusCounts(),
        alert=alert,
        shared_buckets=given.rate_limit_url is not None,
    )
    learned = f"behaviour-{number}.json" if number else "behaviour.json"
    keeper = _Keeper(keyring, behaviour, home / learned)
    return Security(guard, keyring, behaviour, _closing(keeper, buckets))


@contextmanager
def opened_keyring(home: Path | None = None) -> Iterator[Keyring]:
    """Open the keys of a home beside whatever process holds it, such as a server.

    A change is in the audit log when the call that makes it returns.

    Raises:
        NotFound: there is no such home.
        Conflict: its tables are of another version of this program.
    """
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
        yield Keyring(database, pepper, system_clock, audit=partial(_write_down, trail))
    finally:
        trail.close()
        database.close()


def _write_down(auditor: Auditor, change: KeyChange) -> None:
    """Put a change of a key into the audit log, onto the disk; the key is named by its id."""
    auditor.record(
        Entry(
            id=new_id(),
            at=change.at,
            operation=f"keys.{change.kind}",
            action="admin",
            resource=change.key.id,
            result=Result.OK,
            caller=Caller(user=change.actor),
            metadata={"name": change.key.name, "role": change.key.role.value},
        ),
        critical=True,
    )


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


def _buckets(settings: SecuritySettings) -> Buckets:
    if settings.rate_limit_url is None:
        return MemoryBuckets()
    from foundation.security.rates_redis import LocalWhileAway, RedisBuckets

    shared = RedisBuckets(settings.rate_limit_url.get_secret_value())
    if settings.rate_limit_without_redis == "local":
        return LocalWhileAway(shared, MemoryBuckets())
    return shared


def _authenticator(settings: SecuritySettings, keyring: Keyring) -> Authenticator:
    from api.security.credentials import Bearer, ThisMachine

    if not settings.auth:
        return ThisMachine()
    tokens = _tokens(settings)
    return Bearer(keyring.verify, tokens.verify if tokens else None)


def _tokens(settings: SecuritySettings) -> TokenVerifier | None:
    if settings.jwt_audience is None:
        return None
    from foundation.security.jwks import JwksKeys
    from foundation.security.tokens import OneKey, TokenRules

    rules = TokenRules(
        settings.jwt_algorithm, settings.jwt_audience, settings.jwt_issuer, settings.jwt_typ
    )
    if settings.jwt_key is not None:
        return TokenVerifier(rules, OneKey(settings.jwt_key.get_secret_value()))
    return TokenVerifier(rules, JwksKeys(settings.jwt_jwks_url or "", algorithm=rules.algorithm))


def _closing(keeper: _Keeper, buckets: Buckets) -> Callable[[], None]:
    def close() -> None:
        keeper.close()
        buckets.close()

    return close


class _Keeper:
    """Writes down once a minute, and at the end, what may be lost for a minute."""

    def __init__(self, keyring: Keyring, behaviour: Behaviour, path: Path) -> None:
        self._keyring = keyring
        self._behaviour = behaviour
        self._path = path
        self._ending = threading.Event()
        if path.is_file():
            behaviour.load(path.read_text(encoding="utf-8"))
        self._thread = threading.Thread(target=self._run, name="security", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write for the last time."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(_EVERY_SECONDS):
            self._keep()
        self._keep()

    def _keep(self) -> None:
        try:
            self._keyring.flush()
            aside = self._path.with_suffix(".tmp")
            aside.unlink(missing_ok=True)
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(self._behaviour.dump())
            aside.replace(self._path)
        except (GuildError, OSError) as error:
            _log.warning("security.not_kept", error=type(error).__name__)
