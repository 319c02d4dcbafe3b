"""What the security layers cost a request, each alone and together, beside a bare ASGI app.

    python -m benchmarks.security [--rounds 5000] [--redis URL] [--postgres URL]

The layers are called as the guard calls them, then whole requests are sent through the ASGI stack
in process, without a server or sockets: a bare app that answers a few bytes, and the same app
behind the layers, in turn and in the same run. Redis and PostgreSQL are measured where they are
named and answer.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from starlette.types import Message, Receive, Scope, Send

from api.security.calls import Call
from api.security.counting import PrometheusCounts
from api.security.credentials import Authenticator, Bearer, ThisMachine
from api.security.guard import Guard
from api.security.layers import Layers
from api.security.operations import Match, RouteTable
from benchmarks.corpora import machine
from foundation.clock import system_clock
from foundation.database.engine import Database, PoolSettings, open_database
from foundation.errors import GuildError
from foundation.security.behaviour import Behaviour
from foundation.security.keyring import Keyring
from foundation.security.network import Network, site
from foundation.security.policy import Access, Operation, Principal, Role, permitted
from foundation.security.rates import Buckets, MemoryBuckets, Rate, limit_headers
from foundation.security.rates_redis import RedisBuckets
from foundation.security.tokens import OneKey, TokenRules, TokenVerifier

PEPPER = b"9f8e7d6c5b4a39281706f5e4d3c2b1a0"
FAST = Rate("client", per_second=100_000, burst=1_000_000)


def timed(name: str, call: Callable[[], object], rounds: int) -> float:
    """Print the median and the 95th percentile in microseconds; answer the median."""
    for _ in range(min(200, rounds)):
        call()
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        took.append((time.perf_counter() - started) * 1e6)
    took.sort()
    print(f"  {name:<52} p50 {took[rounds // 2]:8.1f} µs   p95 {took[rounds * 95 // 100]:8.1f} µs")
    return took[rounds // 2]


async def bare(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer a few bytes."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def scope(key: str) -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "path": "/v1/documents/7",
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"accept", b"*/*"),
            (b"x-forwarded-for", b"192.0.2.9, 10.1.2.3"),
            (b"authorization", f"Bearer {key}".encode()),
        ],
        "client": ("10.0.0.1", 4_711),
    }


def layers(database: Database, rounds: int, redis: str) -> None:
    """Time each layer by itself."""
    network = Network.of(trusted_proxies=["10.0.0.0/8"])
    timed("network: the peer is the client", lambda: network.client("192.0.2.9"), rounds)
    lines = ["192.0.2.9, 10.1.2.3"]
    timed("network: two proxies", lambda: site(network.client("10.0.0.1", lines)), rounds)
    buckets = MemoryBuckets()
    timed("rate: in memory", lambda: buckets.take(FAST, "a"), rounds)
    taken = [(FAST, buckets.take(FAST, "a"))] * 2
    timed("rate: header fields of two rates", lambda: limit_headers(taken), rounds)
    with suppress(GuildError):
        shared = RedisBuckets(redis, prefix="elders-bench:")
        shared.take(FAST, "a")
        timed("rate: in Redis", lambda: shared.take(FAST, "a"), rounds)
    keyring = Keyring(database, PEPPER, system_clock)
    issued = keyring.create("bench", Role.READER, Access.everything, actor="bench")
    verify = keyring.verify
    timed(f"token: an API key, {database.dialect}", lambda: verify(issued.text), rounds)
    tokens(rounds)
    table = RouteTable()
    who = issued.key.principal

    def permission() -> None:
        found = table.find("GET", "/v1/documents/7")
        assert isinstance(found, Match)
        permitted(who, found.route.operation or Operation.ADMIN)

    timed("permission: route and role", permission, rounds)
    behaviour = Behaviour(system_clock, random.Random(1))

    def act() -> None:
        behaviour.arrive("a", ["7"])
        behaviour.leave("a", failed=False, sent_bytes=3_000, documents=("8", "9"))

    timed("behaviour: judged and learned", act, rounds)


def tokens(rounds: int) -> None:
    """Time tokens, without fetching keys."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    told = {"aud": "elders", "exp": time.time() + 9_999, "sub": "a", "roles": "reader"}
    rsa_key = rsa.generate_private_key(65_537, 2_048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    for algorithm, signer in (("RS256", rsa_key), ("ES256", ec_key)):
        text = jwt.encode(told, signer, algorithm, {"typ": "at+jwt"})
        public = signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        verifier = TokenVerifier(TokenRules(algorithm, "elders"), OneKey(public))
        timed(f"token: a JWT, {algorithm}", partial(verifier.verify, text), rounds)


def guard(authenticator: Authenticator, buckets: Buckets) -> Guard:
    return Guard(
        network=Network.of(trusted_proxies=["10.0.0.0/8"]),
        buckets=buckets,
        client_rate=FAST,
        key_rate=Rate("key", per_second=100_000, burst=1_000_000),
        authenticator=authenticator,
        routes=RouteTable(),
        behaviour=Behaviour(system_clock, random.Random(1)),
        counts=PrometheusCounts(),
    )


class Known:
    """Takes everybody for one principal, without looking anything up."""

    waits = False

    def authenticate(self, _call: Call) -> Principal:
        """Answer it."""
        return Principal.owner


async def whole(database: Database, rounds: int) -> None:
    """Time whole requests, in turn."""
    keyring = Keyring(database, PEPPER, system_clock)
    issued = keyring.create("bench", Role.READER, Access.everything, actor="bench")
    asked = scope(issued.text)
    stacks: dict[str, Callable[[Scope, Receive, Send], Awaitable[None]]] = {
        "a bare ASGI app": bare,
        "the layers, authentication off": Layers(bare, guard=guard(ThisMachine(), MemoryBuckets())),
        "the layers, nothing looked up": Layers(bare, guard=guard(Known(), MemoryBuckets())),
        f"the layers, an API key in {database.dialect}": Layers(
            bare, guard=guard(Bearer(keyring.verify), MemoryBuckets())
        ),
    }
    statuses: set[int] = set()

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        statuses.add(message.get("status", 200))

    took: dict[str, list[float]] = {name: [] for name in stacks}
    for _ in range(rounds):
        for name, app in stacks.items():
            started = time.perf_counter()
            await app(asked, receive, send)
            took[name].append((time.perf_counter() - started) * 1e6)
    for name, each in took.items():
        middle = statistics.median(each)
        print(f"  {name:<52} p50 {middle:8.1f} µs   p95 {sorted(each)[rounds * 95 // 100]:8.1f} µs")
    if statuses != {200}:
        raise SystemExit(f"some requests were refused: {statuses}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5_000)
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    parser.add_argument("--postgres", help="a database that may be written to")
    given = parser.parse_args(arguments)
    print(machine())
    for url in [None, *([given.postgres] if given.postgres else [])]:
        with tempfile.TemporaryDirectory(prefix="elders-security-") as folder:
            pool = PoolSettings(min_size=1, max_size=8)
            database = open_database(url, home=Path(folder), pool=pool)
            layers(database, given.rounds, given.redis)
            print("whole requests, without a server:")
            asyncio.run(whole(database, given.rounds))
            database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
