"""JSON Web Tokens of one issuer: one algorithm, and nothing that a token says about its own key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from foundation.errors import InvalidInput, Unauthenticated, Unavailable
from foundation.security.policy import Access, Operation, Principal, Role, access

ALGORITHMS: Final[Mapping[str, str]] = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "EC", "ES384": "EC", "ES512": "EC", "EdDSA": "OKP",
    "HS256": "oct", "HS384": "oct", "HS512": "oct",
}  # fmt: skip
"""Each with the type of its keys. `none` is not among them."""

SCOPE_PREFIX: Final = "elders:"
_LONGEST: Final = 8_192
_LONGEST_NAME: Final = 200
_KEY_IN_TOKEN: Final = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64"})
_REQUIRED: Final = ["aud", "exp", "sub"]


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must be.

    Attributes:
        algorithm: the only one, whatever a token says.
        audience: this platform's name at the issuer; tokens for others are refused.
        issuer: None accepts whoever has the key.
        typ: the header's type; `at+jwt` are access tokens (RFC 9068), so that an ID token can't
            pass for one.
        leeway_seconds: how much the clocks may differ.
    """

    algorithm: str
    audience: str
    issuer: str | None = None
    typ: str = "at+jwt"
    leeway_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse rules that would let too much pass.

        Raises:
            InvalidInput: the algorithm is not known, or the audience or type is empty.
        """
        if self.algorithm not in ALGORITHMS:
            raise InvalidInput(
                f"ELDERS_JWT_ALGORITHM: {self.algorithm!r} is none of {', '.join(ALGORITHMS)}"
            )
        if not self.audience or not self.typ:
            raise InvalidInput("ELDERS_JWT_AUDIENCE and ELDERS_JWT_TYP must say something")


class VerificationKeys(Protocol):
    """Where the keys come from that tokens are verified with."""

    def find(self, kid: str | None) -> Any:  # noqa: ANN401 - whatever PyJWT takes
        """Answer the key of this id.

        Raises:
            Unauthenticated: there is none.
            Unavailable: it can't be told at present.
        """
        ...


@dataclass(frozen=True, slots=True)
class OneKey:
    """A key that the settings hold: a public key as PEM, or a shared secret."""

    key: str | bytes

    def find(self, _kid: str | None) -> str | bytes:
        """Answer it, whatever id a token names."""
        return self.key


class TokenVerifier:
    """Tells who shows a token. Threads may share it.

    A token can't be taken back: it holds until it expires, so its issuer should make it for
    minutes. API keys end at once.

    Source: RFC 8725 (best current practices for JSON Web Tokens), RFC 9068.
    """

    def __init__(self, rules: TokenRules, keys: VerificationKeys) -> None:
        """Check that tokens can be verified at all.

        Raises:
            Unavailable: the extra `jwt` is not installed.
        """
        try:
            import jwt
            import jwt.algorithms
        except ImportError as error:
            raise Unavailable("tokens need PyJWT: pip install -e '.[jwt]'") from error
        if not jwt.algorithms.has_crypto:
            raise Unavailable("tokens need `cryptography`: pip install -e '.[jwt]'")
        self._jwt = jwt
        self._rules = rules
        self._keys = keys

    def verify(self, text: str) -> Principal:
        """Tell who shows this token.

        Raises:
            Unauthenticated: it does not hold; the message never repeats it.
            Unavailable: the issuer's keys can't be had at present.
        """
        try:
            if len(text) > _LONGEST:
                raise Unauthenticated(f"the token is longer than {_LONGEST:,} characters")
            key = self._keys.find(self._checked_kid(self._jwt.get_unverified_header(text)))
            claims = self._jwt.decode(
                text,
                key,
                algorithms=[self._rules.algorithm],
                audience=self._rules.audience,
                issuer=self._rules.issuer,
                leeway=self._rules.leeway_seconds,
                options={
                    "require": [*_REQUIRED, *(["iss"] if self._rules.issuer else [])],
                    "enforce_minimum_key_length": True,
                },
            )
        except self._jwt.PyJWTError as error:
            raise Unauthenticated(f"the token does not hold ({type(error).__name__})") from None
        return principal_of(claims)

    def _checked_kid(self, header: Mapping[str, Any]) -> str | None:
        if header.get("alg") != self._rules.algorithm:
            raise Unauthenticated(f"the token is not signed by {self._rules.algorithm}")
        if found := sorted(_KEY_IN_TOKEN & header.keys()):
            raise Unauthenticated(f"the token's header names {found[0]}, which is not taken")
        typ = header.get("typ")
        if not isinstance(typ, str) or _type(typ) != _type(self._rules.typ):
            raise Unauthenticated(f"the token is not of the type {self._rules.typ}")
        kid = header.get("kid")
        return kid if isinstance(kid, str) else None


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """Read who somebody is from verified claims; what is not said is not granted.

    `sub` is who; `name` is for people. `roles` names roles, of which the one that may most holds.
    `scope` (RFC 8693) narrows it where it has words such as `elders:search`. `collections` and
    `labels` are lists as for keys.

    Raises:
        Unauthenticated: the subject or a role is missing, or a claim has another shape.
    """
    subject = claims["sub"]
    name = claims.get("name", subject)
    if not (_is_name(subject) and _is_name(name)):
        raise Unauthenticated("the token's `sub` or `name` is empty, too long or no plain text")
    known = [role for role in Role if role.value in _texts(claims, "roles")]
    if not known:
        raise Unauthenticated("the token's `roles` names no role of this platform")
    words = " ".join(_texts(claims, "scope")).split()
    ours = {word.removeprefix(SCOPE_PREFIX) for word in words if word.startswith(SCOPE_PREFIX)}
    return Principal(
        f"jwt:{subject}",
        name,
        known[-1],
        frozenset(each for each in Operation if each.value in ours) if ours else None,
        _access(claims),
    )


def _access(claims: Mapping[str, Any]) -> Access:
    try:
        return access(_texts(claims, "collections"), _texts(claims, "labels"))
    except InvalidInput as error:
        raise Unauthenticated(f"the token's claims: {error}") from None


def _texts(claims: Mapping[str, Any], name: str) -> Sequence[str]:
    found = claims.get(name, [])
    each = [found] if isinstance(found, str) else found
    if not isinstance(each, list) or not all(isinstance(text, str) for text in each):
        raise Unauthenticated(f"the token's `{name}` is neither a text nor a list of texts")
    return each


def _is_name(found: object) -> bool:
    return isinstance(found, str) and 0 < len(found) <= _LONGEST_NAME and found.isprintable()


def _type(typ: str) -> str:
    return typ.lower().removeprefix("application/")
