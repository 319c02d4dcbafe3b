from __future__ import annotations

import datetime as dt
import gzip
import ipaddress
import ssl
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from ingest.model import Record
from ingest.sources.web import UrlSource
from tests.ingest.sources.source_contract import SourceContract
from tests.ingest.sources.web_server import WebServer, serve


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serve() as running:
        running.answer("/a.html", b"<p>hi</p>", Content_Type="text/html; charset=Shift_JIS")
        running.answer("/b.md", b"# B", Content_Type="text/markdown")
        yield running


def fetch(url: str, **options: Any) -> Record:
    [record] = UrlSource((url,), **{"allow_hosts": {"127.0.0.1"}, **options}).records()
    return record


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


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/a.html",
        "http://localhost:{port}/a.html",
        "http://LOCALHOST.:{port}/a.html",
        "http://2130706433:{port}/a.html",
        "http://0x7f000001:{port}/a.html",
        "http://0177.0.0.1:{port}/a.html",
        "http://127.1:{port}/a.html",
        "http://0:{port}/a.html",
        "http://0.0.0.0:{port}/a.html",
        "http://[::1]:{port}/a.html",
        "http://[::]:{port}/a.html",
        "http://[::ffff:127.0.0.1]:{port}/a.html",
        "http://[::ffff:7f00:1]:{port}/a.html",
        "http://[64:ff9b::7f00:1]:{port}/a.html",
        "http://[fe80::1%25lo]:{port}/a.html",
        "http://１２７.０.０.１:{port}/a.html",
        "http://169.254.169.254/latest/meta-data/",
        "http://user:secret@127.0.0.1:{port}/a.html",
        "http://127.0.0.1@127.0.0.1:{port}/a.html",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "http:///a.html",
        "//127.0.0.1:{port}/a.html",
        "http://127.0.0.1:{port}\\@example.org/",
        "http://127.0.0.1:99999/",
        "http://exa\nmple.org/",
        "http://[",
        "http://" + "a" * 300 + "/",
        "http://" + "a" * 70_000,
        "",
    ],
)
def test_what_leads_inside_is_refused_both_directly_and_as_a_redirect(
    server: WebServer, url: str
) -> None:
    target = url.format(port=server.port)
    direct = fetch(target, allow_hosts=())
    assert direct.data is None
    assert direct.error
    assert not server.asked

    if "\n" in target or len(target) > 1000 or not target or target.startswith(("//", "http:///")):
        return  # no header can say it, or it means something else there
    # The public face of the redirecting server; all else resolves as the system says.
    server.redirect("/go", target.encode().decode("latin-1"))

    def resolver(host: str, port: int) -> Sequence[str]:
        if host == "public.test":
            return ["127.0.0.1"]
        from ingest.sources.addresses import system_resolver

        return system_resolver(host, port)

    redirected = fetch(
        server.url("/go", host="public.test"), allow_hosts={"public.test"}, resolver=resolver
    )
    assert redirected.data is None
    assert redirected.error
    assert [path for path, _ in server.asked] == ["/go"]


def test_a_name_is_refused_if_any_of_its_addresses_is_inside(server: WebServer) -> None:
    record = fetch(
        server.url("/a.html", host="mixed.test"),
        resolver=lambda _host, _port: ["93.184.216.34", "127.0.0.1"],
    )
    assert "stands for 127.0.0.1, which is loopback or private" in record.error
    assert not server.asked


def test_a_name_that_answers_differently_the_second_time_gains_nothing(server: WebServer) -> None:
    with serve("127.0.0.2", server.port) as first:
        first.answer("/", b"what was checked")
        server.answer("/", b"what it was rebound to")
        answers = iter([["127.0.0.2"], ["127.0.0.1"]])
        record = fetch(
            server.url("/", host="rebinding.test"),
            allow_hosts={"rebinding.test"},
            resolver=lambda _host, _port: next(answers),
        )
    assert record.data == b"what was checked"
    assert next(answers) == ["127.0.0.1"]  # nobody asked a second time
    assert not server.asked
    assert first.asked == [("/", f"rebinding.test:{server.port}")]


def test_a_redirect_to_the_same_name_is_looked_up_and_checked_again(server: WebServer) -> None:
    server.redirect("/go", "/inside")
    server.answer("/inside", b"secret")
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    record = fetch(
        server.url("/go", host="rebinding.test"),
        allow_hosts={"rebinding.test"},
        resolver=lambda _host, _port: next(answers),
    )
    assert "169.254.169.254, which is link-local" in record.error
    assert [path for path, _ in server.asked] == ["/go"]


def test_an_allowed_host_may_be_inside_but_its_redirects_may_not(server: WebServer) -> None:
    server.redirect("/go", server.url("/a.html", host="localhost"))
    assert fetch(server.url("/a.html")).data == b"<p>hi</p>"
    assert "localhost stands for" in fetch(server.url("/go")).error
    assert fetch(server.url("/go"), allow_private=True).data == b"<p>hi</p>"


def test_allowing_what_is_private_does_not_allow_what_is_link_local() -> None:
    record = fetch("http://169.254.169.254/latest/", allow_private=True, max_seconds=1)
    assert "link-local" in record.error


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


def test_a_password_never_shows_up_in_a_record(server: WebServer) -> None:
    server.redirect("/go", f"http://user:hunter2@127.0.0.1:{server.port}/a.html")
    for record in (
        fetch("https://user:hunter2@example.org/x"),
        fetch("https://us/er:hun@ter2@[bad"),
        fetch(server.url("/go")),
    ):
        assert record.error
        assert "hunter2" not in repr(record)


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


def test_proxies_named_in_the_environment_are_not_used(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetch(server.url("/b.md")).data == b"# B"


def certificate(folder: Path, name: str) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_tls_and_the_host_header_keep_the_name_that_was_asked_for(tmp_path: Path) -> None:
    pem = certificate(tmp_path, "intranet.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    trusting = ssl.create_default_context(cafile=str(pem))
    with serve(context=context) as server:
        server.answer("/", b"sealed")
        options = {
            "allow_private": True,
            "ssl_context": trusting,
            "resolver": lambda _host, _port: ["127.0.0.1"],
        }
        record = fetch(server.url("/", "intranet.test", "https"), **options)
        impostor = fetch(server.url("/", "other.test", "https"), **options)
    assert record.data == b"sealed"
    assert server.asked == [("/", f"intranet.test:{server.port}")]
    assert names == ["intranet.test", "other.test"]
    assert "certificate" in impostor.error.lower()


def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path, "localhost"))
    with serve(context=context) as server:
        record = fetch(server.url("/", "localhost", "https"), allow_hosts={"localhost"})
    assert "certificate" in record.error.lower()
    assert not server.asked


def test_an_address_in_brackets_can_be_allowed() -> None:
    assert ipaddress.ip_address("::1").is_loopback
    record = fetch("http://[::1]:9/", allow_hosts={"[::1]"}, max_seconds=1)
    assert "does not accept connections" in record.error
