from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.addresses import refusal, system_resolver

PUBLIC = ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e"]
INTRANET = [
    "10.0.0.1",
    "127.0.0.1",
    "127.255.0.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fc00::1",
    "fdff:ffff::1",
]
NEVER = [
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.1",
    "168.63.129.16",
    "100.100.100.200",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "5f00::1",
    "4000::1",
    "localhost",
    "",
    "127.1",
    "2130706433",
    "8.8.8.8/32",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert refusal(address) == ""
    assert refusal(address, intranet=True) == ""


@pytest.mark.parametrize("address", INTRANET)
def test_intranet_addresses_may_be_reached_only_where_allowed(address: str) -> None:
    assert refusal(address) == "loopback or private"
    assert refusal(address, intranet=True) == ""


@pytest.mark.parametrize("address", NEVER)
def test_other_addresses_may_never_be_reached(address: str) -> None:
    assert refusal(address)
    assert refusal(address, intranet=True)


@given(st.ip_addresses())
def test_what_python_knows_to_be_special_is_refused(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = (
        ip.is_private
        or ip.is_loopback
        or ip.is_link_local
        or ip.is_multicast
        or ip.is_reserved
        or ip.is_unspecified
    )
    assert refusal(str(ip)) or not special


def test_the_system_looks_up_names_and_odd_spellings() -> None:
    assert "127.0.0.1" in [*system_resolver("localhost", 80), *system_resolver("127.1", 80)]
    assert list(system_resolver("0x7f000001", 80)) == ["127.0.0.1"]
