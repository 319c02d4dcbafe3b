"""What can be set about security; read once at the edge, as all settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from foundation.security.network import EVERYWHERE, Network
from foundation.settings import PREFIX, Count, Share, read_settings


def _split(written: object) -> object:
    if isinstance(written, str):
        return tuple(each.strip() for each in written.split(",") if each.strip())
    return written


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Texts, with commas between them."""

PerSecond = Annotated[float, Field(gt=0.0, le=100_000.0)]


class SecuritySettings(BaseSettings):
    """The five layers, with their defaults.

    Attributes:
        auth: whether callers must prove who they are; off, this machine's user alone may call.
        allowed_networks: address ranges whose clients may call.
        trusted_proxies: address ranges of proxies whose forwarding header is believed.
        forwarding_header: the one header that these proxies write.
        rate_limit_per_second: requests of one client (an IPv4 address, or an IPv6 /64).
        rate_limit_burst: requests of one client at once.
        key_rate_limit_per_second: requests with one credential, wherever they come from.
        key_rate_limit_burst: requests with one credential at once.
        rate_limit_url: a Redis server in which several processes count together.
        rate_limit_without_redis: while it does not answer, `refuse` lets nobody in, `local` counts
            in each process.
        key_pepper: the secret behind the hashes of API keys; without it a file in the home.
        jwt_audience: this platform's name at the token issuer; without it no tokens are taken.
        jwt_algorithm: the only one that tokens may be signed with.
        jwt_issuer: the only issuer; without it whoever has the key.
        jwt_typ: the type that tokens must say they are of.
        jwt_jwks_url: where the issuer publishes its public keys.
        jwt_key: in place of it, one public key as PEM, or a shared secret for HS256.
        behaviour_investigate_above: the score from which on a request is reported.
        behaviour_refuse_above: the score from which on it is refused; 1 refuses nothing.
        behaviour_warm_up_hours: active hours of a principal before it is judged.
        behaviour_warm_up_days: and days since it was first seen.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    auth: bool = True
    allowed_networks: Names = EVERYWHERE
    trusted_proxies: Names = ()
    forwarding_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    rate_limit_per_second: PerSecond = 1_000.0
    rate_limit_burst: Count = 5_000
    key_rate_limit_per_second: PerSecond = 1_000.0
    key_rate_limit_burst: Count = 5_000
    rate_limit_url: SecretStr | None = None
    rate_limit_without_redis: Literal["refuse", "local"] = "refuse"
    key_pepper: SecretStr | None = None
    jwt_audience: str | None = None
    jwt_algorithm: str = "RS256"
    jwt_issuer: str | None = None
    jwt_typ: str = "at+jwt"
    jwt_jwks_url: str | None = None
    jwt_key: SecretStr | None = None
    behaviour_investigate_above: Share = 0.9
    behaviour_refuse_above: Share = 0.95
    behaviour_warm_up_hours: Count = 24
    behaviour_warm_up_days: Count = 14

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        Network.of(self.allowed_networks, self.trusted_proxies)
        if not self.allowed_networks:
            raise ValueError(f"{PREFIX}ALLOWED_NETWORKS: it names no address, so nobody may call")
        ways = sum(each is not None for each in (self.jwt_jwks_url, self.jwt_key))
        if self.jwt_audience is not None and ways != 1:
            raise ValueError(
                f"{PREFIX}JWT_AUDIENCE needs {PREFIX}JWT_JWKS_URL or {PREFIX}JWT_KEY, one of them"
            )
        if self.jwt_audience is None and ways:
            raise ValueError(f"tokens need {PREFIX}JWT_AUDIENCE: those for others are not taken")
        return self

    def secrets(self) -> dict[str, str | None]:
        """List what authentication rests on, by the names of the variables."""
        shared = self.jwt_key if self.jwt_algorithm.startswith("HS") else None
        named = {"KEY_PEPPER": self.key_pepper, "JWT_KEY": shared}
        return {
            f"{PREFIX}{name}": None if secret is None else secret.get_secret_value()
            for name, secret in named.items()
        }


def load_security_settings(**overrides: Any) -> SecuritySettings:
    """Read the environment and the folder of secrets.

    Args:
        overrides: settings by name, which go before the environment.

    Raises:
        InvalidInput: as `read_settings`.
    """
    return read_settings(SecuritySettings, overrides)
