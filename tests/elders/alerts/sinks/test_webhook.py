from __future__ import annotations

import asyncio
import json

import pytest
from blockbuster import blockbuster_ctx

from elders.alerts.sinks.posting import checked_address
from elders.alerts.sinks.slack import SlackSink, slack_text
from elders.alerts.sinks.webhook import WebhookSink, check_signature, signature
from foundation.breaker import Breakers
from foundation.errors import CircuitOpen, Forbidden, GuildError, InvalidInput, Unavailable
from tests.elders.alerts.conftest import notice
from tests.elders.alerts.sinks.receiving import HttpServer, http_server
from tests.elders.conftest import START, Hands


def webhook(url: str) -> WebhookSink:
    return WebhookSink("ops", url, secret="s3cret", clock=Hands(), breakers=Breakers())


def test_a_notice_is_posted_signed_and_with_its_key() -> None:
    async def main() -> None:
        async with http_server(HttpServer()) as server:
            sink = webhook(server.url + "/alerts")
            with blockbuster_ctx():
                await sink.send(notice(), "ada")
            await sink.close()
        (request,) = server.requests
        assert request.line == "POST /alerts HTTP/1.1"
        assert request.headers["idempotency-key"] == "alert:c1:1:ada"
        told = json.loads(request.body)
        assert (told["title"], told["receiver"], told["severity"]) == ("slow", "ada", "high")
        signed = request.headers["x-elders-signature"]
        check_signature("s3cret", request.body, signed, START + 10)
        for secret, body, now in [
            ("other", request.body, START),
            ("s3cret", request.body + b" ", START),
            ("s3cret", request.body, START + 301),
        ]:
            with pytest.raises(Forbidden):
                check_signature(secret, body, signed, now)

    asyncio.run(main())


@pytest.mark.parametrize("told", ["", "t=,v1=", "t=²,v1=x", "nonsense", "t=1,v1=é"])
def test_a_signature_that_is_none_is_refused(told: str) -> None:
    with pytest.raises(Forbidden):
        check_signature("s", b"", told, 0)


def test_a_signature_is_as_it_is_documented() -> None:
    assert signature("s", b"{}", 7) == (
        "t=7,v1=b12cae8f0db9d3d7c47e9b81ab46de84afeb161044a1c6fb23057d023b1e2b55"
    )


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("503 Away", Unavailable), ("429 Slowly", Unavailable), ("404 Gone", InvalidInput),
        ("302 Elsewhere", InvalidInput),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_an_error_and_no_redirect_is_followed(
    status: str, error: type[GuildError]
) -> None:
    async def main() -> None:
        async with http_server(HttpServer([status])) as server:
            sink = webhook(server.url)
            with pytest.raises(error, match="ops"):
                await sink.send(notice(), "ada")
            await sink.close()
        assert len(server.requests) == 1

    asyncio.run(main())


def test_a_service_that_is_away_is_left_alone_after_a_while() -> None:
    async def main() -> None:
        async with http_server(HttpServer()) as server:
            pass
        sink = webhook(server.url)
        for _ in range(5):
            with pytest.raises(Unavailable, match="can't be reached"):
                await sink.send(notice(), "ada")
        with pytest.raises(CircuitOpen):
            await sink.send(notice(), "ada")
        await sink.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://a/b",
        "http://hooks.example.com/x",
        "https://u:p@a/",
        "https://",
        "http://10.0.0.1/",
    ],
)
def test_an_address_that_nobody_should_configure_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="the address of ops"):
        checked_address(address, "ops")


def test_a_chat_room_is_told_in_plain_text_without_commands() -> None:
    async def main() -> None:
        async with http_server(HttpServer()) as server:
            sink = SlackSink("room", server.url + "/secret", breakers=Breakers())
            with blockbuster_ctx():
                await sink.send(notice(title="<!channel> & more"), "ada")
            await sink.close()
        text = json.loads(server.requests[0].body)["text"]
        assert text.startswith(":red_circle: [HIGH] firing: &lt;!channel&gt; &amp; more")
        assert text.endswith("for ada")

    asyncio.run(main())
    assert len(slack_text(notice(title="&" * 100_000))) < 20_000
