"""A token issuer for tests: keys of its own, and an address where its public ones are read."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "elders"
ISSUER = "https://issuer.example"


@cache
def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:
    """One key for each number: making them takes time."""
    assert number >= 0
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, kid: str) -> dict[str, Any]:
    """Write a public key as the issuer publishes it."""
    if isinstance(key, rsa.RSAPrivateKey):
        found = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        found = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**found, "kid": kid, "use": "sig"}


def claims(**more: object) -> dict[str, Any]:
    """Claims that hold; None leaves one out."""
    told: dict[str, Any] = {
        "aud": AUDIENCE,
        "iss": ISSUER,
        "sub": "alice",
        "exp": int(time.time()) + 600,
        "roles": ["reader"],
        "collections": ["team"],
    }
    return {name: value for name, value in (told | more).items() if value is not None}


def token(
    told: Mapping[str, Any] | None = None,
    *,
    key: Any = None,
    algorithm: str = "RS256",
    headers: Mapping[str, object] | None = None,
) -> str:
    """Sign a token as the issuer does, or as somebody who would like to."""
    written = {"typ": "at+jwt", "kid": "one", **(headers or {})}
    if written["kid"] is None:
        del written["kid"]
    signer = rsa_key() if key is None else key
    return jwt.encode(dict(told or claims()), signer, algorithm=algorithm, headers=written)


@dataclass
class Issuer:
    """What the address answers, and how often it was asked."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    asked: int = 0
    url: str = ""
    location: str = ""


@contextmanager
def issuing() -> Iterator[Issuer]:
    """Serve an issuer's keys on this machine."""
    issuer = Issuer([jwk_of(rsa_key(), "one")])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            body = json.dumps({"keys": issuer.keys}).encode()
            self.send_response(issuer.status)
            if issuer.location:
                self.send_header("Location", issuer.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
