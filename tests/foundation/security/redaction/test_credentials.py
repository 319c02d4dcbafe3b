from __future__ import annotations

import pytest

from benchmarks.credentials import credential
from foundation.security.keys import new_key_id, new_key_text
from foundation.security.redaction.detecting import find

SERVICES = [
    "github",
    "github_fine",
    "gitlab",
    "slack_bot",
    "slack_hook",
    "stripe",
    "aws_id",
    "aws_temp",
    "gcp",
    "gcp_oauth",
    "openai",
    "openai_project",
    "anthropic",
    "jwt",
    "npm",
    "pypi",
    "sendgrid",
    "huggingface",
    "digitalocean",
    "telegram",
    "vault",
]
BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"


def found(text: str) -> list[tuple[str, str]]:
    return [(f.kind.value, text[f.start : f.end]) for f in find(text)]


@pytest.mark.parametrize("service", SERVICES)
def test_tokens_are_known_by_their_prefix(service: str) -> None:
    for seed in "abc":
        token = credential(service, seed)
        for text in (f"use {token} now", f"鍵は{token}です", f'"{token}"', f"A={token}&b=1"):
            assert found(text) == [("token", token)]


def test_the_platforms_own_keys_are_known_by_their_checksum() -> None:
    key = new_key_text(new_key_id())
    for text in (f"I used {key} yesterday", f"鍵は{key}です"):
        assert found(text) == [("token", key)]
    other = "0" if key[-1] != "0" else "1"
    assert found(f"I used {key[:-1]}{other} yesterday") == []
    assert found(key[:-1]) == []


@pytest.mark.parametrize(
    "text",
    [
        "ghp_" + "x" * 36,
        "AKIA" + "X" * 16,
        "sk-loading-spinner-wrapper-large",
        "sk-learn",
        "a" + "ghp_" + "Ab1" * 12,
        "hf_hub_download_with_progress_bar_for_models",
        "Bearer of news",
        "Bearer authentication-scheme-names",
        "Basic understanding",
        "eyJub3QiOiJ0aGF0In0",
    ],
)
def test_placeholders_and_words_are_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "block",
    [
        f"{BEGIN}\n{BODY}\n{END}",
        f"{BEGIN}\\n{BODY}\\n{END}",
        f"{BEGIN}\n{BODY}",
        (
            f"{BEGIN.replace('PRIV', 'RSA PRIV')}\nProc-Type: 4,ENCRYPTED\n\n{BODY}\n"
            f"{END.replace('PRIV', 'RSA PRIV')}"
        ),
    ],
)
def test_a_private_key_is_found_whole_even_without_its_end(block: str) -> None:
    assert found(f"look:\n{block}\n(that was it)") == [("private_key", block)]


def test_headers_alone_and_public_keys_are_none() -> None:
    assert found(f"A key stands between {BEGIN} and {END}.") == []
    assert found(f"-----BEGIN PUBLIC KEY-----\n{BODY}\n-----END PUBLIC KEY-----") == []


def test_bearer_and_basic_are_followed_by_credentials() -> None:
    assert found("Authorization: Bearer 0123456789abcdef0123") == [
        ("token", "0123456789abcdef0123")
    ]
    assert found("authorization: basic dXNlcjpwYXNz") == [("secret", "dXNlcjpwYXNz")]
