from __future__ import annotations

import gzip
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from ingest.model import Record
from ingest.sources.web import UrlSource
from tests.ingest.sources.source_contract import SourceContract
from tests.ingest.sources.web_server import WebServer, fetch, serve


class TestContract(SourceContract):
    @pytest.fixture
    def source(self, server: WebServer) -> UrlSource:
        urls = [server.url("/a.html"), "http://10.0.0.1/", "nonsense", server.url("/gone")]
        return UrlSource(urls, allow_hosts={"127.0.0.1"})


def test_a_page_becomes_a_record_with_what_the_server_said(server: WebServer) -> None:
    server.answer(
        "/docs/caf%E9.html",
        b"<p>x</p>",
        Content_Type='TEXT/HTML; charset="UTF-8"',
        Last_Modified="Mon, 06 May 2024 07:08:09 GMT",
    )
    url = server.url("/docs/caf%E9.html")
    record = fetch(url + "?q=1#part")
    assert record == Record(
        url + "?q=1",
        data=b"<p>x</p>",
        uri=url + "?q=1",
        name="caf\\xe9.html",
        media_type="text/html; charset=utf-8",
        metadata={"size": 8, "modified": "2024-05-06T07:08:09+00:00"},
    )


def test_headers_that_make_no_sense_do_no_harm(server: WebServer) -> None:
    server.answer("/", b"x", Content_Type=";;charset", Last_Modified="yesterday")
    record = fetch(server.url("/"))
    assert (record.error, record.media_type, record.name) == ("", "", "")
    assert record.metadata == {"size": 1}


def test_each_address_is_accounted_for(server: WebServer) -> None:
    urls = (server.url("/gone"), server.url("/a.html"), "ftp://e.org/x", server.url("/b.md"))
    source = UrlSource(urls, allow_hosts={"127.0.0.1"})
    records = list(source.records())
    assert [record.error == "" for record in records] == [False, True, False, True]
    assert "answered 404" in records[0].error
    assert [record.source_id for record in records] == list(urls)


def test_redirects_are_followed_to_the_end_and_no_further(server: WebServer) -> None:
    for number, status in enumerate([301, 302, 303, 307, 308]):
        server.redirect(f"/{number}", f"{number + 1}?x=1#part", status)
    server.answer("/5", b"there")
    record = fetch(server.url("/0"))
    assert record.data == b"there"
    assert record.source_id == server.url("/0")
    assert record.uri == server.url("/5?x=1")
    assert "more than 4 redirects" in fetch(server.url("/0"), max_redirects=4).error

    server.redirect("/loop", "/loop")
    server.asked.clear()
    assert "more than 5 redirects" in fetch(server.url("/loop")).error
    assert len(server.asked) == 6


def test_a_large_body_is_cut_off_whether_announced_or_not(server: WebServer) -> None:
    sent = 0

    def endless(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        while True:
            sent += handler.wfile.write(b"x" * 65536)

    server.routes["/endless"] = endless
    server.answer("/announced", b"", Content_Length="200000")
    server.answer("/fits", b"x" * 100_000)
    assert "100,000 bytes" in fetch(server.url("/announced"), max_bytes=100_000).error
    assert "100,000 bytes" in fetch(server.url("/endless"), max_bytes=100_000).error
    assert sent < 20_000_000
    assert fetch(server.url("/fits"), max_bytes=100_000).error == ""


def test_packed_bodies_are_unpacked_and_bombs_are_not(server: WebServer) -> None:
    server.answer("/packed", gzip.compress(b"hello"), Content_Encoding="gzip")
    server.answer("/bomb", gzip.compress(b"\0" * 20_000_000), Content_Encoding="gzip")
    server.answer("/strange", b"x", Content_Encoding="br")
    assert fetch(server.url("/packed")).data == b"hello"
    assert "100,000 bytes" in fetch(server.url("/bomb"), max_bytes=100_000).error
    assert "'br', which was not asked for" in fetch(server.url("/strange")).error


def drip_head(handler: BaseHTTPRequestHandler) -> None:
    for character in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
        handler.wfile.write(bytes([character]))
        time.sleep(0.05)


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def say_nothing(_: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


@pytest.mark.parametrize("route", [drip_head, drip_body, say_nothing])
def test_a_server_that_drips_cannot_outlast_the_time_allowed(server: WebServer, route: Any) -> None:
    server.routes["/slow"] = route
    started = time.monotonic()
    record = fetch(server.url("/slow"), max_seconds=0.4)
    assert time.monotonic() - started < 2
    assert record.data is None
    assert record.error


def test_the_time_allowed_is_for_all_hops_together(server: WebServer) -> None:
    now = 0.0

    def resolver(_host: str, _port: int) -> Sequence[str]:
        nonlocal now
        now += 11
        return ["127.0.0.1"]

    server.redirect("/go", "/go")
    record = fetch(
        server.url("/go", host="slow.test"),
        allow_hosts={"slow.test"},
        resolver=resolver,
        monotonic=lambda: now,
        max_seconds=30,
    )
    assert "longer than allowed" in record.error
    assert len(server.asked) == 2


def test_broken_answers_are_told(server: WebServer) -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort")

    def babble(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"\x00\x01\x02 what?\r\n\r\n")

    server.routes["/short"] = hang_up
    server.routes["/babble"] = babble
    for path in ("/short", "/babble"):
        assert "no usable answer" in fetch(server.url(path)).error


def test_a_closed_port_and_an_unknown_name_are_told() -> None:
    with serve() as gone:
        pass
    assert "does not accept connections" in fetch(gone.url("/")).error

    def nobody(_host: str, _port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    assert "could not be looked up" in fetch("http://nobody.test/", resolver=nobody).error
    assert "has no address" in fetch("http://nobody.test/", resolver=lambda _h, _p: []).error


def test_the_next_address_is_tried_where_one_does_not_answer(server: WebServer) -> None:
    record = fetch(
        server.url("/b.md", host="two.test"),
        allow_hosts={"two.test"},
        resolver=lambda _host, _port: ["127.0.0.3", "127.0.0.1"],
    )
    assert record.data == b"# B"


def test_a_host_that_keeps_failing_is_left_alone_and_others_are_not(server: WebServer) -> None:
    server.routes["/bad"] = lambda handler: handler.send_error(503)
    bad, gone = [server.url("/bad", host="bad.test")] * 7, [server.url("/gone")] * 7
    source = UrlSource(
        [*bad, *gone, server.url("/b.md")],
        allow_hosts={"bad.test", "127.0.0.1"},
        resolver=lambda _host, _port: ["127.0.0.1"],
    )
    errors = [record.error for record in source.records()]
    assert ["answered 503" in error for error in errors[:7]] == [True] * 5 + [False] * 2
    assert all("bad.test" in error and "left alone" in error for error in errors[5:7])
    assert ["answered 404" in error for error in errors[7:14]] == [True] * 7
    assert errors[14] == ""
