from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput, Unauthenticated, Unavailable
from foundation.security.jwks import JwksKeys
from foundation.security.policy import Operation, Role, access
from foundation.security.tokens import OneKey, TokenRules, TokenVerifier, principal_of
from tests.contracts.buckets import Hands
from tests.foundation.security.issuer import (
    AUDIENCE,
    ISSUER,
    Issuer,
    claims,
    ec_key,
    issuing,
    jwk_of,
    public_pem,
    rsa_key,
    token,
)

RULES = TokenRules("RS256", AUDIENCE, ISSUER)
VERIFIER = TokenVerifier(RULES, OneKey(public_pem(rsa_key())))


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


def refused(text: str, verifier: TokenVerifier = VERIFIER) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verifier.verify(text)
    assert text not in str(caught.value)
    return str(caught.value)


def unsigned(header: dict[str, object]) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in (header, claims())
    ]
    return ".".join([*parts, ""])


def test_who_shows_a_token_is_who_its_issuer_says() -> None:
    found = VERIFIER.verify(
        token(
            claims(
                roles=["writer", "reader", "other"],
                name="Alice",
                collections=["team", "a-*"],
                labels=["hr"],
                scope="openid elders:search elders:write",
            )
        )
    )
    assert (found.id, found.name, found.role) == ("jwt:alice", "Alice", Role.WRITER)
    assert found.access == access(["team", "a-*"], ["hr"])
    assert found.scopes == frozenset({Operation.SEARCH, Operation.WRITE})


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(alg: str) -> None:
    refused(unsigned({"alg": alg, "typ": "at+jwt", "kid": "one"}))


def test_a_public_key_is_never_taken_for_a_shared_secret() -> None:
    """Algorithm confusion: HS256 with the RSA key's PEM as the secret, signed by hand."""
    import hashlib
    import hmac

    body = unsigned({"alg": "HS256", "typ": "at+jwt", "kid": "one"}).rstrip(".")
    mac = hmac.new(public_pem(rsa_key()), body.encode(), hashlib.sha256).digest()
    forged = f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    refused(forged)
    rules = TokenRules("HS256", AUDIENCE, ISSUER)
    with pytest.raises(Unauthenticated):
        TokenVerifier(rules, OneKey(public_pem(rsa_key()))).verify(forged)


def test_another_algorithm_of_the_same_key_is_refused() -> None:
    refused(token(algorithm="RS512"))
    refused(token(algorithm="PS256"))


def test_a_token_that_another_key_signed_is_refused() -> None:
    refused(token(key=rsa_key(1)))
    good = token()
    refused(good[:-8] + ("A" * 8 if not good.endswith("A" * 8) else "B" * 8))


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
def test_a_token_that_brings_its_key_along_is_refused(name: str, issuer: Issuer) -> None:
    issuer.keys = [jwk_of(rsa_key(1), "one")]
    brought = {name: jwk_of(rsa_key(1), "one") if name == "jwk" else issuer.url}
    assert name in refused(token(key=rsa_key(1), headers=brought))
    assert name in refused(token(headers=brought))
    assert issuer.asked == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "somebody else"},
        {"aud": ["somebody", "else"]},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": int(time.time()) - 600},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": int(time.time()) + 600},
        {"sub": None},
        {"sub": ""},
        {"name": "a\n2026-01-01 forged line"},
        {"roles": None},
        {"roles": ["owner"]},
        {"roles": {"admin": True}},
        {"roles": [["admin"]]},
        {"collections": "a*b"},
        {"labels": 7},
        {"name": None, "sub": "x" * 201},
        {"scope": 7},
    ],
)
def test_claims_that_lack_or_are_wrong_are_refused(wrong: dict[str, object]) -> None:
    refused(token(claims(**wrong)))


@pytest.mark.parametrize("typ", ["JWT", "id_token", None, "", 7])
def test_a_token_of_another_type_is_refused(typ: object) -> None:
    """An ID token is signed by the same issuer, for the same audience."""
    text = token(headers={"typ": typ})
    assert "type" in refused(text)


def test_the_type_may_be_written_in_full() -> None:
    VERIFIER.verify(token(headers={"typ": "application/AT+JWT"}))


def test_extensions_that_must_be_understood_are_refused() -> None:
    refused(token(headers={"crit": ["exp"]}))


@given(st.text())
def test_any_other_text_is_no_token(text: str) -> None:
    with pytest.raises(Unauthenticated):
        VERIFIER.verify(text)


def test_a_token_that_is_too_long_is_not_read() -> None:
    assert "longer" in refused(token(claims(padding="x" * 9_000)))


def test_what_a_token_does_not_grant_is_not_granted() -> None:
    found = principal_of({"sub": "a", "roles": "reader"})
    assert not found.access.sees_collection("team")
    assert found.access.labels == frozenset()
    assert found.scopes is None
    told = {"sub": "a", "roles": "admin", "scope": ["elders:fly"]}
    assert principal_of(told).scopes == frozenset()


def test_the_issuers_keys_are_fetched_once_and_found_by_their_id(issuer: Issuer) -> None:
    verifier = TokenVerifier(RULES, JwksKeys(issuer.url, algorithm="RS256"))
    for _ in range(3):
        assert verifier.verify(token()).id == "jwt:alice"
    assert issuer.asked == 1
    refused(token(key=rsa_key(1)), verifier)


def test_made_up_key_ids_do_not_flood_the_issuer_and_new_keys_are_found(issuer: Issuer) -> None:
    clock = Hands()
    verifier = TokenVerifier(
        RULES, JwksKeys(issuer.url, algorithm="RS256", monotonic=clock.seconds)
    )
    for number in range(20):
        refused(token(headers={"kid": f"made up {number}"}), verifier)
    assert issuer.asked == 2
    issuer.keys.append(jwk_of(rsa_key(1), "two"))
    clock.move(31)
    assert verifier.verify(token(key=rsa_key(1), headers={"kid": "two"})).id == "jwt:alice"
    assert issuer.asked == 3
    assert "kid" in refused(token(headers={"kid": None}), verifier)


def test_an_issuer_that_is_away_lets_nobody_in_and_is_left_alone(issuer: Issuer) -> None:
    clock = Hands()
    issuer.status = 500
    verifier = TokenVerifier(
        RULES, JwksKeys(issuer.url, algorithm="RS256", monotonic=clock.seconds)
    )
    for _ in range(5):
        with pytest.raises(Unavailable):
            verifier.verify(token())
    assert issuer.asked == 1
    issuer.status = 200
    clock.move(6)
    verifier.verify(token())
    issuer.status = 500
    clock.move(31)
    for _ in range(5):
        with pytest.raises((Unavailable, Unauthenticated)):
            verifier.verify(token(headers={"kid": "made up"}))
    assert issuer.asked == 3
    verifier.verify(token())


def test_a_set_without_keys_and_redirections_let_nobody_in(issuer: Issuer) -> None:
    good = issuer.url
    with issuing() as elsewhere:
        elsewhere.status, elsewhere.location = 302, good
        with pytest.raises(Unavailable):
            TokenVerifier(RULES, JwksKeys(elsewhere.url, algorithm="RS256")).verify(token())
    assert issuer.asked == 0
    issuer.keys = []
    with pytest.raises(Unavailable):
        TokenVerifier(RULES, JwksKeys(issuer.url, algorithm="RS256")).verify(token())


def test_a_key_of_another_kind_is_refused(issuer: Issuer) -> None:
    issuer.keys = [
        jwk_of(ec_key(), "one"),
        {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "secret"},
    ]
    verifier = TokenVerifier(RULES, JwksKeys(issuer.url, algorithm="RS256"))
    assert "kind" in refused(token(), verifier)
    assert "kind" in refused(token(headers={"kid": "secret"}), verifier)
    elliptic = TokenVerifier(
        TokenRules("ES256", AUDIENCE, ISSUER), JwksKeys(issuer.url, algorithm="ES256")
    )
    assert elliptic.verify(token(key=ec_key(), algorithm="ES256")).id == "jwt:alice"


def test_a_shared_secret_works_and_must_be_long() -> None:
    rules = TokenRules("HS256", AUDIENCE, ISSUER)
    secret = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
    text = token(key=secret, algorithm="HS256")
    assert TokenVerifier(rules, OneKey(secret)).verify(text).id == "jwt:alice"
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        short = token(key="short", algorithm="HS256")
    refused(short, TokenVerifier(rules, OneKey("short")))


@pytest.mark.parametrize("url", ["http://issuer.example/jwks", "file:///etc/passwd", "", "ftp://x"])
def test_keys_are_fetched_over_https_alone(url: str) -> None:
    with pytest.raises(InvalidInput, match="ELDERS_JWT_JWKS_URL"):
        JwksKeys(url, algorithm="RS256")


def test_rules_that_let_too_much_pass_are_refused() -> None:
    for algorithm in ("none", "rs256", ""):
        with pytest.raises(InvalidInput, match="ALGORITHM"):
            TokenRules(algorithm, AUDIENCE)
    with pytest.raises(InvalidInput, match="AUDIENCE"):
        TokenRules("RS256", "")
    with pytest.raises(InvalidInput, match="secret"):
        JwksKeys("https://issuer.example/jwks", algorithm="HS256")
