from __future__ import annotations

import secrets

import pytest

from foundation.errors import InvalidInput
from foundation.security.binding import check_binding, is_loopback, is_weak, names_this_machine

STRONG = {"ELDERS_KEY_PEPPER": secrets.token_hex(32)}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_beyond_this_machine_nobody_serves_without_authentication(host: str) -> None:
    with pytest.raises(InvalidInput, match="authentication is off"):
        check_binding(host, auth_on=False, secrets=STRONG)
    check_binding(host, auth_on=True, secrets=STRONG)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_on_this_machine_it_may_be_switched_off(host: str) -> None:
    check_binding(host, auth_on=False, secrets={"ELDERS_KEY_PEPPER": "changeme"})


@pytest.mark.parametrize("secret", ["changeme", "", "secret-secret-secret", "a" * 64, "0123456789"])
def test_a_default_secret_refuses_to_start_and_is_named_but_not_told(secret: str) -> None:
    with pytest.raises(InvalidInput, match="ELDERS_KEY_PEPPER") as caught:
        check_binding("0.0.0.0", auth_on=True, secrets={"ELDERS_KEY_PEPPER": secret})
    assert not secret or secret not in str(caught.value)


def test_a_secret_that_is_not_used_is_no_matter() -> None:
    check_binding("0.0.0.0", auth_on=True, secrets=STRONG | {"ELDERS_JWT_SECRET": None})


def test_random_secrets_are_never_weak() -> None:
    assert not any(is_weak(secrets.token_urlsafe(32)) for _ in range(2_000))


@pytest.mark.parametrize(
    ("header", "ours"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("LOCALHOST:80", True),
        ("[::1]:8000", True),
        ("evil.example:8000", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_a_host_header_tells_whether_this_machine_was_meant(header: str, *, ours: bool) -> None:
    assert names_this_machine(header) is ours
    assert is_loopback("::1")
