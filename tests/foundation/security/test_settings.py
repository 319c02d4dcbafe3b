from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from foundation.errors import InvalidInput
from foundation.security.settings import SecuritySettings, load_security_settings
from foundation.settings import PREFIX, Settings

PAGE = Path(__file__).parents[3] / "docs" / "security.md"
ROW = re.compile(r"^\| `(ELDERS_[A-Z_]+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ELDERS_"):
            monkeypatch.delenv(name)


def test_authentication_is_on_and_the_limits_are_those_that_are_told() -> None:
    settings = load_security_settings()
    assert settings.auth is True
    assert (settings.rate_limit_per_second, settings.rate_limit_burst) == (1_000, 5_000)
    assert settings.trusted_proxies == ()
    assert settings.rate_limit_without_redis == "refuse"
    assert settings.jwt_audience is None
    assert (settings.behaviour_investigate_above, settings.behaviour_refuse_above) == (0.9, 0.95)


def test_names_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELDERS_ALLOWED_NETWORKS", "10.0.0.0/8, 2001:db8::/32,")
    monkeypatch.setenv("ELDERS_TRUSTED_PROXIES", "")
    settings = load_security_settings()
    assert settings.allowed_networks == ("10.0.0.0/8", "2001:db8::/32")
    assert settings.trusted_proxies == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_NETWORKS", "10.0.0.0/99"),
        ("ALLOWED_NETWORKS", " , "),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("FORWARDING_HEADER", "x-real-ip"),
        ("RATE_LIMIT_PER_SECOND", "0"),
        ("RATE_LIMIT_BURST", "0"),
        ("RATE_LIMIT_WITHOUT_REDIS", "allow"),
        ("AUTH", "perhaps"),
        ("BEHAVIOUR_REFUSE_ABOVE", "1.5"),
        ("JWT_AUDIENCE", "elders"),
        ("JWT_JWKS_URL", "https://issuer.example/keys"),
    ],
)
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ELDERS_{name}", value)
    with pytest.raises(InvalidInput):
        load_security_settings()


def test_secrets_are_named_for_the_check_and_shown_nowhere() -> None:
    settings = load_security_settings(
        key_pepper="hunter2", jwt_audience="e", jwt_key="hunter3", jwt_algorithm="HS256"
    )
    assert settings.secrets() == {"ELDERS_KEY_PEPPER": "hunter2", "ELDERS_JWT_KEY": "hunter3"}
    assert "hunter" not in repr(settings)
    public = load_security_settings(jwt_audience="e", jwt_key="-----BEGIN PUBLIC KEY-----")
    assert public.secrets() == {"ELDERS_KEY_PEPPER": None, "ELDERS_JWT_KEY": None}


def test_the_table_of_settings_is_complete_and_names_the_defaults() -> None:
    listed = dict(ROW.findall(PAGE.read_text()))
    defaults = {
        PREFIX + name.upper(): _written(field.default)
        for name, field in SecuritySettings.model_fields.items()
    }
    assert listed == defaults


def _written(default: object) -> str:
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


def test_every_setting_is_described_and_none_is_named_twice() -> None:
    described = SecuritySettings.__doc__ or ""
    assert [n for n in SecuritySettings.model_fields if f"        {n}:" not in described] == []
    assert set(SecuritySettings.model_fields) & set(Settings.model_fields) == set()
