from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.ingest.sources.web_server import WebServer, fetch, serve


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


def test_a_password_never_shows_up_in_a_record(server: WebServer) -> None:
    server.redirect("/go", f"http://user:hunter2@127.0.0.1:{server.port}/a.html")
    for record in (
        fetch("https://user:hunter2@example.org/x"),
        fetch("https://us/er:hun@ter2@[bad"),
        fetch(server.url("/go")),
    ):
        assert record.error
        assert "hunter2" not in repr(record)


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


def test_proxies_named_in_the_environment_are_not_used(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetch(server.url("/b.md")).data == b"# B"
