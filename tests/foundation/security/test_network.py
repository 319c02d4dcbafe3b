from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Forbidden, InvalidInput
from foundation.security.network import Network, site

PROXIED = Network.of(trusted_proxies=["10.0.0.0/8", "fd00::/8"])
FORWARDED = Network.of(trusted_proxies=["10.0.0.0/8"], header="forwarded")

addresses = st.ip_addresses().filter(
    lambda each: (
        not any(each in known for known in PROXIED.trusted_proxies)
        and not getattr(each, "ipv4_mapped", None)
    )
)


def test_without_trusted_proxies_the_peer_is_the_client_whatever_it_says() -> None:
    assert Network.of().client("203.0.113.9", ["127.0.0.1"]) == ip_address("203.0.113.9")


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        ([], "10.0.0.1"),
        (["198.51.100.7"], "198.51.100.7"),
        (["127.0.0.1, 198.51.100.7"], "198.51.100.7"),
        (["forged garbage, 198.51.100.7"], "198.51.100.7"),
        (["127.0.0.1", "198.51.100.7"], "198.51.100.7"),
        (["198.51.100.7, 10.2.3.4", "10.9.9.9"], "198.51.100.7"),
        (["10.2.3.4, 10.9.9.9"], "10.2.3.4"),
        (["198.51.100.7:50123"], "198.51.100.7"),
        (["[2001:db8::1]:443"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["::ffff:198.51.100.7"], "198.51.100.7"),
        (["198.51.100.7, fd00::5"], "198.51.100.7"),
        (["198.51.100.7, ::ffff:10.1.1.1"], "198.51.100.7"),
        ([" ,198.51.100.7 , "], "198.51.100.7"),
    ],
)
def test_the_client_is_the_rightmost_hop_that_is_no_proxy(lines: list[str], client: str) -> None:
    assert PROXIED.client("10.0.0.1", lines) == ip_address(client)


@given(st.lists(st.text()), addresses)
def test_nothing_left_of_the_first_untrusted_hop_matters(forged: list[str], real: object) -> None:
    lines = [*forged, f"{real}, 10.7.7.7"]
    assert PROXIED.client("10.0.0.1", lines) == real


@pytest.mark.parametrize(
    "line",
    ["garbage", "198.51.100.7, unknown", "1.2.3.4:x", "[::1", "[::1]x", "fe80::1%eth0", "1", "'"],
)
def test_a_hop_that_cannot_be_read_is_refused(line: str) -> None:
    with pytest.raises(Forbidden):
        PROXIED.client("10.0.0.1", [line])


@pytest.mark.parametrize("peer", [None, "", "testclient", "/run/socket"])
def test_a_peer_without_an_address_is_refused(peer: str | None) -> None:
    with pytest.raises(Forbidden):
        PROXIED.client(peer, ["198.51.100.7"])


def test_a_peer_that_is_mapped_into_ipv6_is_the_ipv4_proxy() -> None:
    assert PROXIED.client("::ffff:10.0.0.1", ["198.51.100.7"]) == ip_address("198.51.100.7")


@pytest.mark.parametrize(
    ("line", "client"),
    [
        ("for=198.51.100.7", "198.51.100.7"),
        ('for=127.0.0.1, proto=https;For="[2001:db8::1]:4711";by=10.0.0.1', "2001:db8::1"),
        ("for=_hidden, for=198.51.100.7:80, for=10.5.5.5", "198.51.100.7"),
    ],
)
def test_the_standard_header_is_read_where_the_proxies_write_it(line: str, client: str) -> None:
    assert FORWARDED.client("10.0.0.1", [line]) == ip_address(client)


@pytest.mark.parametrize("line", ["proto=https", "for=unknown", "for=_hidden"])
def test_an_element_without_an_address_is_refused(line: str) -> None:
    with pytest.raises(Forbidden):
        FORWARDED.client("10.0.0.1", [line])


def test_only_allowed_addresses_may_call() -> None:
    network = Network.of(["192.0.2.0/24", "2001:db8::/32", "127.0.0.1"])
    told = {
        "192.0.2.9": True,
        "192.0.3.9": False,
        "2001:db8:1::1": True,
        "2001:db9::1": False,
        "127.0.0.1": True,
        "127.0.0.2": False,
    }
    assert {each: network.admits(ip_address(each)) for each in told} == told
    assert not Network.of([]).admits(ip_address("127.0.0.1"))


def test_a_client_mapped_into_ipv6_is_judged_as_ipv4() -> None:
    network = Network.of(["192.0.2.0/24"])
    assert network.admits(network.client("::ffff:192.0.2.9"))


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "10.0.0.0/33", "somewhere", "", "::ffff:0:0/96"])
def test_a_range_that_is_none_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="range"):
        Network.of([wrong])


def test_the_addresses_of_one_ipv6_customer_share_a_rate() -> None:
    assert site(ip_address("2001:db8:1:2::1")) == site(ip_address("2001:db8:1:2:ffff::9"))
    assert site(ip_address("2001:db8:1:2::1")) != site(ip_address("2001:db8:1:3::1"))
    assert site(ip_address("192.0.2.1")) != site(ip_address("192.0.2.2"))
