from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from api.security.calls import Outcome
from api.security.credentials import ThisMachine
from foundation.database.engine import Database
from foundation.errors import Forbidden, GuildError, Unauthenticated, Unavailable
from foundation.security.network import Network
from foundation.security.policy import Operation, Principal, Role
from foundation.security.rates import Rate
from foundation.security.rates_redis import RedisBuckets
from foundation.security.tokens import OneKey, TokenRules, TokenVerifier
from tests.api.security.guarded import Gate, nobody
from tests.foundation.security.issuer import AUDIENCE, ISSUER, claims, public_pem, rsa_key, token

ALL = {"network", "rate", "token", "permission", "behaviour"}


@pytest.fixture
def gate(sqlite_database: Database) -> Gate:
    return Gate(sqlite_database)


class Broken:
    """Raises whatever is asked of it."""

    waits = False
    header = "x-forwarded-for"

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def fail(*_: object, **__: object) -> None:
            raise self._error

        return fail


def test_a_request_that_all_layers_pass_reaches_the_app_with_its_principal(gate: Gate) -> None:
    answer = gate.ask()
    assert answer.status_code == 200
    (principal,) = gate.seen.principals
    assert principal is not None
    assert principal.role is Role.READER
    assert set(gate.counts.of(Outcome.PASSED)) == ALL
    assert gate.counts.of(Outcome.REFUSED) == {}


FAULTS = [
    RuntimeError("secret inside"),
    KeyError("secret inside"),
    GuildError("secret inside"),
    Unavailable("secret inside"),
    MemoryError("secret inside"),
]


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("part", "layer"),
    [
        ("network", "network"),
        ("buckets", "rate"),
        ("authenticator", "token"),
        ("behaviour", "behaviour"),
    ],
)
def test_a_fault_inside_a_layer_refuses_and_tells_nothing(
    sqlite_database: Database, part: str, layer: str, error: Exception
) -> None:
    gate = Gate(sqlite_database, **{part: Broken(error)})
    answer = gate.ask()
    assert answer.status_code == 503
    assert gate.passed() == 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert answer.headers["retry-after"]
    assert gate.counts.of(Outcome.FAILED) == {layer: 1}


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_a_fault_in_the_layer_of_permission_refuses(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    gate = Gate(sqlite_database)
    monkeypatch.setattr("api.security.guard.permitted", Broken(error).permitted)
    assert gate.ask().status_code == 503
    assert gate.passed() == 0
    assert gate.counts.of(Outcome.FAILED) == {"permission": 1}


@pytest.mark.parametrize("error", [Forbidden("x"), Unauthenticated("x")])
@pytest.mark.parametrize("part", ["network", "buckets", "authenticator", "behaviour"])
def test_whatever_error_a_layer_raises_nothing_passes(
    sqlite_database: Database, part: str, error: Exception
) -> None:
    gate = Gate(sqlite_database, **{part: Broken(error)})
    assert gate.ask().status_code in (401, 403, 503)
    assert gate.passed() == 0


def test_a_request_that_is_cut_off_in_a_layer_does_not_pass(sqlite_database: Database) -> None:
    gate = Gate(sqlite_database, authenticator=Broken(asyncio.CancelledError()))
    with pytest.raises(asyncio.CancelledError):
        gate.ask()
    assert gate.passed() == 0


def test_without_a_credential_only_what_is_open_answers(gate: Gate) -> None:
    answer = gate.ask(key=None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="elders"'
    assert gate.ask(path="/openapi.json", key=None).status_code == 401
    assert gate.ask(path="/nowhere", key=None).status_code == 401
    assert gate.passed() == 0
    assert gate.ask(path="/health", key=None).status_code == 200
    assert gate.seen.principals == [None]


def test_a_wrong_credential_is_refused_and_named_as_such(gate: Gate) -> None:
    for wrong in (gate.key[:-1] + "!", "eg_", "a.b.c", "x" * 10_000):
        answer = gate.ask(key=wrong)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert wrong not in answer.text
    assert gate.passed() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Basic abc"},
        {"authorization": "Bearer"},
        {"authorization": ""},
        {"x-api-key": "{key}"},
        {"cookie": "authorization=Bearer {key}"},
    ],
)
def test_a_credential_elsewhere_or_of_another_kind_is_none(
    gate: Gate, headers: dict[str, str]
) -> None:
    told = {name: value.replace("{key}", gate.key) for name, value in headers.items()}
    assert gate.ask(key=None, headers=told).status_code == 401
    assert gate.ask(path=f"/v1/patterns?access_token={gate.key}", key=None).status_code == 401
    assert gate.passed() == 0


def test_two_credentials_are_none(gate: Gate) -> None:
    other = ("authorization", f"Bearer {gate.issue(Role.ADMIN)}")
    assert gate.ask(headers=[other]).status_code == 401


def test_a_revoked_key_is_refused_with_the_very_next_request(gate: Gate) -> None:
    assert gate.ask().status_code == 200
    gate.keyring.revoke(gate.keyring.list()[0].id, actor="t")
    assert gate.ask().status_code == 401


def test_a_role_that_may_not_is_refused_before_the_app(gate: Gate) -> None:
    answer = gate.ask("DELETE", "/v1/documents/7")
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert "reader" in answer.json()["detail"]
    assert gate.passed() == 0


def test_a_scope_that_is_missing_is_refused(gate: Gate) -> None:
    key = gate.issue(Role.ADMIN, scopes=[Operation.SEARCH])
    assert gate.ask("POST", "/v1/search", key=key).status_code == 200
    assert gate.ask("GET", "/v1/patterns", key=key).status_code == 403


@pytest.mark.parametrize("path", ["/nowhere", "//v1/patterns", "/V1/patterns", "/v1/cache/", "/"])
def test_an_unknown_route_is_refused_even_for_an_administrator(gate: Gate, path: str) -> None:
    assert gate.ask(path=path, key=gate.issue(Role.ADMIN)).status_code == 404
    assert gate.passed() == 0


def test_an_unknown_method_is_refused_with_those_that_are_known(gate: Gate) -> None:
    answer = gate.ask("POST", "/v1/cache")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, PUT"
    assert gate.ask("OPTIONS", "/v1/cache").status_code == 405
    assert gate.passed() == 0


def test_an_address_that_is_not_allowed_is_refused_first(sqlite_database: Database) -> None:
    gate = Gate(sqlite_database, network=Network.of(["192.0.2.0/24"]))
    assert gate.ask(peer="192.0.2.9").status_code == 200
    assert gate.ask(peer="198.51.100.9").status_code == 403
    assert gate.ask(path="/health", peer="198.51.100.9").status_code == 403
    assert gate.ask(peer="nowhere").status_code == 403
    assert gate.counts.of(Outcome.REFUSED) == {"network": 3}


def test_a_forged_forwarding_header_gives_no_other_address(sqlite_database: Database) -> None:
    network = Network.of(["192.0.2.0/24"], ["10.0.0.0/8"])
    gate = Gate(sqlite_database, network=network)
    forged = {"x-forwarded-for": "192.0.2.1", "forwarded": "for=192.0.2.1"}
    assert gate.ask(peer="198.51.100.9", headers=forged).status_code == 403
    through = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "198.51.100.9")]
    assert gate.ask(peer="10.0.0.1", headers=through).status_code == 403
    garbage = {"x-forwarded-for": "192.0.2.1, garbage"}
    assert gate.ask(peer="10.0.0.1", headers=garbage).status_code == 403
    honest = {"x-forwarded-for": "garbage, 192.0.2.1"}
    assert gate.ask(peer="10.0.0.1", headers=honest).status_code == 200


def test_who_asks_too_often_is_refused_and_told_when_to_come_back(gate: Gate) -> None:
    for left in range(99, -1, -1):
        answer = gate.ask(path="/health", key=None)
        assert answer.headers["ratelimit"] == f'"client";r={left};t=1'
    answer = gate.ask(path="/health", key=None)
    assert answer.status_code == 429
    assert answer.headers["ratelimit-policy"] == '"client";q=100;w=10'
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["type"].endswith("#quota-exceeded")
    assert answer.json()["violated-policies"] == ["client"]
    forged = {"x-forwarded-for": "198.51.100.1"}
    assert gate.ask(path="/health", key=None, headers=forged).status_code == 429
    gate.clock.move(0.1)
    assert gate.ask(path="/health", key=None).status_code == 200
    assert gate.ask(path="/health", key=None, peer="192.0.2.2").status_code == 200


def test_a_key_has_a_rate_wherever_it_is_used(sqlite_database: Database) -> None:
    gate = Gate(sqlite_database, key_rate=Rate("key", per_second=0.01, burst=3))
    answers = [gate.ask(peer=f"192.0.2.{number}") for number in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit"] == '"client";r=99;t=1, "key";r=2;t=100'
    assert answers[3].json()["violated-policies"] == ["key"]
    assert gate.ask(key=gate.issue()).status_code == 200


def test_nobody_can_use_up_the_rate_of_a_key_without_its_secret(sqlite_database: Database) -> None:
    gate = Gate(sqlite_database, key_rate=Rate("key", per_second=0.01, burst=3))
    for number in range(20):
        guess = gate.key[:20] + f"{number:035d}"
        assert gate.ask(key=guess, peer=f"192.0.2.{number}").status_code == 401
    assert gate.ask().status_code == 200


def test_without_the_store_of_rates_nobody_passes(sqlite_database: Database) -> None:
    buckets = RedisBuckets("redis://127.0.0.1:1/0")
    gate = Gate(sqlite_database, buckets=buckets, shared_buckets=True)
    assert gate.ask().status_code == 503
    assert gate.ask(path="/health", key=None).status_code == 503
    assert gate.passed() == 0
    buckets.close()


def tokens(gate: Gate) -> TokenVerifier:
    assert gate.key
    return TokenVerifier(TokenRules("RS256", AUDIENCE, ISSUER), OneKey(public_pem(rsa_key())))


def test_tokens_are_taken_beside_keys_where_an_issuer_is_set(sqlite_database: Database) -> None:
    from api.security.credentials import Bearer

    gate = Gate(sqlite_database)
    gate = Gate(sqlite_database, authenticator=Bearer(gate.keyring.verify, tokens(gate).verify))
    assert gate.ask(key=token()).status_code == 200
    assert gate.ask().status_code == 200
    for wrong in (
        token(claims(aud="others")),
        token(claims(exp=1)),
        token(headers={"jku": "https://evil.example/keys"}),
        token(headers={"typ": "JWT"}),
        token(key=rsa_key(1)),
        token().rpartition(".")[0] + ".",
    ):
        assert gate.ask(key=wrong).status_code == 401
    assert gate.passed() == 2


def test_where_no_issuer_is_set_no_token_is_taken(gate: Gate) -> None:
    assert gate.ask(key=token()).status_code == 401


def local(**headers: str) -> int:
    gate = Gate(None, authenticator=ThisMachine())
    return gate.ask("DELETE", "/v1/cache", key=None, headers=headers).status_code


def test_with_authentication_off_this_machines_user_may_do_all() -> None:
    gate = Gate(None, authenticator=ThisMachine())
    told = {"host": "127.0.0.1:8000"}
    assert gate.ask("DELETE", "/v1/cache", key=None, headers=told).status_code == 200
    assert gate.seen.principals == [Principal.owner]
    assert local(host="localhost:8000", origin="http://127.0.0.1:3000") == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "rebound.example:8000"},
        {"host": "127.0.0.1:8000", "origin": "https://evil.example"},
        {"host": "127.0.0.1:8000", "origin": "null"},
    ],
)
def test_with_authentication_off_no_web_page_may_call(headers: dict[str, str]) -> None:
    assert local(**headers) == 401


def test_nothing_is_read_of_a_request_that_is_refused(gate: Gate) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/documents",
        "headers": [(b"content-length", b"200000000")],
        "client": ("192.0.2.1", 1),
    }
    asyncio.run(gate.layers(scope, nobody, send))
    assert sent[0]["status"] == 401


def test_web_sockets_are_refused(gate: Gate) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(gate.layers({"type": "websocket", "path": "/ws", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert gate.passed() == 0


def test_what_a_client_puts_into_headers_is_no_principal(gate: Gate) -> None:
    answer = gate.ask(key=None, headers={"x-principal": "owner", "state": "owner"})
    assert answer.status_code == 401


def test_an_answer_streams_and_its_bytes_are_learned(gate: Gate) -> None:
    arrived: list[Message] = []

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        async def parts() -> Any:
            for number in range(3):
                yield f"data: {number}\n\n"
                assert len(arrived) >= number + 2  # it went out before the next was made

        await StreamingResponse(parts(), media_type="text/event-stream")(scope, receive, send)

    async def send(message: Message) -> None:
        arrived.append(message)

    async def receive() -> Message:
        await asyncio.sleep(3_600)
        raise AssertionError

    gate.seen.app = stream
    asyncio.run(gate.layers(scope_of(gate), receive, send))
    assert b"".join(each.get("body", b"") for each in arrived).count(b"data: ") == 3
    learned = json.loads(gate.guard._behaviour.dump())["known"]
    (profile,) = learned.values()
    assert profile["activity"]["state"][4] == pytest.approx(0.027)  # kilobytes


def scope_of(gate: Gate) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "GET",
        "path": "/internal/v1/patterns",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {gate.issue(Role.CURATOR)}".encode())],
        "client": ("192.0.2.1", 1),
    }


def test_a_stream_ends_within_a_second_of_its_keys_revocation(gate: Gate) -> None:
    sent: list[Message] = []
    made = 0

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        async def parts() -> Any:
            nonlocal made
            while made < 100:
                made += 1
                yield b"data\n\n"

        await StreamingResponse(parts())(scope, receive, send)

    async def send(message: Message) -> None:
        sent.append(message)
        gate.clock.move(0.3)
        if len(sent) == 10:
            gate.keyring.revoke(gate.keyring.list()[-1].id, actor="t")

    gate.seen.app = stream
    scope = scope_of(gate)
    asyncio.run(gate.layers(scope, nobody, send))
    assert 10 <= len(sent) <= 14
    assert made < 20
    assert sent[-1]["more_body"] is True  # incomplete, and seen to be


def test_a_fault_of_the_app_is_not_the_layers(gate: Gate) -> None:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("the app's")

    gate.seen.app = fail
    with pytest.raises(ValueError, match="the app's"):
        gate.ask()
    assert gate.counts.of(Outcome.FAILED) == {}


def test_behaviour_that_is_unlike_a_principal_is_refused_with_one_alert(gate: Gate) -> None:
    def ask() -> int:
        gate.clock.move(0.2)
        number = gate.clock.micros
        return gate.ask(path=f"/v1/documents/{number}", peer=f"192.0.2.{number % 250}").status_code

    for _ in range(20 * 24):
        gate.clock.move(3_600)
        for _ in range(2):
            assert gate.ask(path="/v1/documents/1").status_code == 200
    codes = [ask() for _ in range(100)]
    assert codes[0] == 200
    assert codes[-1] == 429
    assert len(gate.alerts) == 1
    assert gate.alerts[0].reasons[0].feature in ("breadth", "rate", "sustained")
    assert gate.counts.of(Outcome.REFUSED) == {"behaviour": codes.count(429)}
    answer = gate.ask(path="/v1/documents/2")
    assert answer.json()["type"].endswith("#abnormal-usage-detected")
    assert "usually" not in answer.json()["detail"].replace("usually do", "")


def test_guessing_what_is_not_permitted_shows_in_behaviour(gate: Gate) -> None:
    for _ in range(20 * 24):
        gate.clock.move(3_600)
        assert gate.ask().status_code == 200
    codes = []
    for number in range(60):
        gate.clock.move(2)
        path = f"/v1/documents/{number}"
        codes.append(gate.ask("DELETE", path, peer=f"192.0.2.{number}").status_code)
    assert codes[0] == 403
    assert codes[-1] == 429
    assert gate.passed() == 20 * 24


def test_the_event_loop_is_never_blocked(gate: Gate) -> None:
    async def ask() -> list[int]:
        with blockbuster_ctx():
            found = [await gate.asked() for _ in range(3)]
            found.append(await gate.asked(key=None))
        return [each.status_code for each in found]

    assert asyncio.run(ask()) == [200, 200, 200, 401]
