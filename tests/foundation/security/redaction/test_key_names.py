"""Whole words in any way of writing, and never a piece of an innocent one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.security.redaction.findings import Kind
from foundation.security.redaction.key_names import sensitive_key

SECRETS = [
    "api_key",
    "apiKey",
    "API-KEY",
    "APIKey",
    "ApiKey",
    "apikey",
    "x-api-key",
    "X-Api-Key",
    "openai_api_key",
    "accessToken",
    "access_token",
    "ACCESS_TOKEN",
    "refresh-token",
    "auth_token",
    "authToken",
    "token",
    "csrf_token",
    "password",
    "Password",
    "userPassword",
    "db_password",
    "passwd",
    "pwd",
    "passphrase",
    "DB_PASS",
    "smtp_pass",
    "password1",
    "client_secret",
    "clientSecret",
    "secret",
    "secrets",
    "SECRET_KEY",
    "aws_secret_access_key",
    "signing-key",
    "private_key",
    "privateKey",
    "sshPrivateKey",
    "encryption_key",
    "authorization",
    "Authorization",
    "Cookie",
    "set-cookie",
    "credentials",
    "credential",
    "jwt",
    "access_tokens",
    "apiKeys",
    "passwordHash",
    "user.password",
    "ログインパスワード",
    "暗証番号",
    "APIキー",
    "アクセストークン",
    "秘密鍵",
    "ｐａｓｓｗｏｒｄ",
]

INNOCENTS = [
    "monkey",
    "tokenizer",
    "prompt_tokens",
    "keyboard",
    "tokens",
    "max_tokens",
    "completion_tokens",
    "totalTokens",
    "token_count",
    "tokenCount",
    "max_token",
    "eos_token",
    "pad_token",
    "next_token",
    "nextPageToken",
    "token_type",
    "tokens_per_second",
    "keynote",
    "key",
    "keys",
    "primary_key",
    "primaryKey",
    "foreign_key",
    "public_key",
    "publicKey",
    "sort_key",
    "cache_key",
    "hotkey",
    "keyword",
    "keywords",
    "turkey",
    "donkey",
    "passage",
    "passenger",
    "compass",
    "bypass",
    "first_pass",
    "password_policy",
    "passwordLength",
    "password_min_length",
    "has_password",
    "is_secret",
    "secretary",
    "author",
    "authority",
    "authorization_url",
    "author_id",
    "cookies",
    "secret_name",
    "key_name",
    "api_key_id",
    "token_limit",
    "assassin",
    "lesson",
    "session",
    "mission",
    "credential_type",
    "access_key_id",
    "expires_in",
    "tokenized",
    "detokenize",
    "monkeys",
    "passable",
    "spin",
    "pinned",
    "パスワードポリシー",
    "トークン数",
    "キーボード",
    "公開鍵",
    "主キー",
    "鍵盤",
]


@pytest.mark.parametrize("name", SECRETS)
def test_names_of_secrets_are_known(name: str) -> None:
    assert sensitive_key(name) is Kind.SECRET


@pytest.mark.parametrize("name", INNOCENTS)
def test_innocent_names_are_left_alone(name: str) -> None:
    assert sensitive_key(name) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ssn", Kind.SSN),
        ("userSSN", Kind.SSN),
        ("social-security-number", Kind.SSN),
        ("my_number", Kind.MY_NUMBER),
        ("マイナンバー", Kind.MY_NUMBER),
        ("社員の個人番号", Kind.MY_NUMBER),
        ("cardNumber", Kind.CARD),
        ("credit_card", Kind.CARD),
        ("cvv", Kind.CARD),
        ("iban", Kind.IBAN),
        ("passport_number", Kind.NATIONAL_ID),
        ("口座番号", Kind.BANK_ACCOUNT),
    ],
)
def test_names_of_personal_numbers_tell_their_kind(name: str, kind: Kind) -> None:
    assert sensitive_key(name) is kind


@given(st.text())
def test_any_name_may_be_asked_about(name: str) -> None:
    assert sensitive_key(name) in {None, *Kind}


@given(st.lists(st.sampled_from(["api", "key", "token", "user", "count", "ssn"]), min_size=1))
def test_the_way_of_writing_makes_no_difference(words: list[str]) -> None:
    ways = {
        "_".join(words),
        "-".join(words),
        "_".join(words).upper(),
        words[0] + "".join(word.capitalize() for word in words[1:]),
        "".join(word.capitalize() for word in words),
    }
    assert len({sensitive_key(way) for way in ways}) == 1
