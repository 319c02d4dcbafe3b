"""The public keys of a token issuer, from its one configured address."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from foundation.breaker import Breakers, Limits
from foundation.errors import CircuitOpen, InvalidInput, Unauthenticated, Unavailable
from foundation.security.binding import is_loopback
from foundation.security.tokens import ALGORITHMS

_log = structlog.get_logger(__name__)

_TIMEOUT_SECONDS: Final = 3.0
_LIFESPAN_SECONDS: Final = 300.0
_COOLDOWN_SECONDS: Final = 30.0
_LIMITS: Final = Limits(failures=1, rest_seconds=5.0)
_AWAY: Final = "the token issuer's keys can't be had at present: try again later"


class JwksKeys:
    """Keys by their id, fetched when they are first needed and kept for five minutes.

    An id that is not known has the set fetched again, every 30 seconds at the most: whoever makes
    ids up can't have the issuer flooded. While the issuer does not answer, and what is kept has
    grown old, nobody is let in; it is left alone for five seconds after each failure.
    """

    def __init__(
        self,
        url: str,
        *,
        algorithm: str,
        monotonic: Callable[[], float] = time.monotonic,
        breakers: Breakers | None = None,
    ) -> None:
        """Fetch nothing yet.

        Args:
            url: of the issuer's JSON Web Key Set; redirections are not followed.
            algorithm: what the keys are for.
            monotonic: seconds that never go back.
            breakers: where the issuer's is; by default none but its own.

        Raises:
            InvalidInput: anybody could answer in the issuer's place, or the keys would be secret.
            Unavailable: the extra `jwt` is not installed.
        """
        parts = urlsplit(url)
        local = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if not (parts.scheme == "https" or local):
            raise InvalidInput("ELDERS_JWT_JWKS_URL: fetch keys by https://, or from this machine")
        self._kind = ALGORITHMS[algorithm]
        if self._kind == "oct":
            raise InvalidInput(
                f"ELDERS_JWT_JWKS_URL holds public keys, {algorithm} needs a secret one: choose"
                " RS256, ES256 or EdDSA, or set ELDERS_JWT_SECRET instead"
            )
        try:
            import jwt
        except ImportError as error:
            raise Unavailable("tokens need PyJWT: pip install -e '.[jwt]'") from error
        self._jwt = jwt
        self._client = jwt.PyJWKClient(
            url,
            timeout=_TIMEOUT_SECONDS,
            lifespan=_LIFESPAN_SECONDS,
        )
        self._monotonic = monotonic
        own = breakers or Breakers(monotonic=monotonic)
        self._breaker = own.of("token issuer", limits=_LIMITS)
        self._look_again = 0.0
        self._lock = threading.Lock()

    def find(self, kid: str | None) -> Any:  # noqa: ANN401 - a public key of `cryptography`
        """Answer the key of this id.

        Raises:
            Unauthenticated: the issuer has none, or one of another kind.
            Unavailable: the issuer did not answer, or not with keys.
        """
        if kid is None:
            raise Unauthenticated("the token names no key (`kid`)")
        with self._lock:
            now = self._monotonic()
            found = self._client.match_kid(self._kept(), kid)
            if found is None and now >= self._look_again:
                self._look_again = now + _COOLDOWN_SECONDS
                found = self._client.match_kid(self._fetched(refresh=True), kid)
        if found is None:
            raise Unauthenticated("the token's issuer has no such key")
        if found.key_type != self._kind:
            raise Unauthenticated("the token names a key of another kind")
        return found.key

    def _kept(self) -> list[Any]:
        """Answer the set, fetched where it is missing or old, unless that failed just now."""
        try:
            with self._breaker.guarding():
                return self._fetched(refresh=False)
        except CircuitOpen:
            raise Unavailable(_AWAY) from None

    def _fetched(self, *, refresh: bool) -> list[Any]:
        try:
            return self._client.get_signing_keys(refresh=refresh)
        except (self._jwt.PyJWTError, ValueError, OSError) as error:
            _log.warning("jwks.unavailable", reason=type(error).__name__)
            raise Unavailable(_AWAY) from None
