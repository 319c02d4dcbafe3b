from __future__ import annotations

import pytest

from foundation.security.redaction.detecting import find


def secrets(text: str) -> list[str]:
    return [text[f.start : f.end] for f in find(text)]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=letmein", "letmein"),
        ("password: hunter2", "hunter2"),
        ('{"password": "swordfish"}', "swordfish"),
        ("{'apiKey': 'abc-123-def'}", "abc-123-def"),
        ("export SMTP_PASS=Lark.58", "Lark.58"),
        ("--from-literal=password=a1b2c3", "a1b2c3"),
        ("--password hunter2", ""),
        ("--password=hunter2", "hunter2"),
        ("?access_token=ab12cd34&x=1", "ab12cd34"),
        ("password=a&b9&user=x", "a&b9"),
        ("Server=db;Pwd=Yell0w;Encrypt=yes", "Yell0w"),
        ("<password>hunter2</password>", "hunter2"),
        ("Cookie: sid=31d4d96e; theme=dark", "sid=31d4d96e; theme=dark"),
        ("postgresql://app:k8Qz@db/app", "k8Qz"),
        ("redis://:p4ss@cache", "p4ss"),
        ("curl -u me:tr4in https://x.example", "tr4in"),
        ("docker login -u ci -p Harb0ur", "Harb0ur"),
        ("my password is hunter2.", "hunter2"),
        ("the passphrase of the vault was Gr4nite", "Gr4nite"),
        ("パスワード：sakura99", "sakura99"),
        ("パスワードは「sakura99」です", "sakura99"),
        ("暗証番号は4927です", "4927"),
        ('os.environ["API_KEY"] = "abc-123-def"', "abc-123-def"),
        ("token: Bearer abcdefgh12345678", "abcdefgh12345678"),
    ],
)
def test_secrets_are_found_where_they_are_named(text: str, secret: str) -> None:
    assert secrets(text) == ([secret] if secret else [])


@pytest.mark.parametrize(
    "text",
    [
        "login(user, password=password)",
        "password = os.environ['PASSWORD']",
        "token = next(tokens)",
        "api_key: str | None = None",
        "secret: string;",
        "password=${DB_PASSWORD}",
        "password=$PASSWORD",
        "password=<your password>",
        "password: ********",
        "api_key=xxxxxxxxxxxx",
        "password: required",
        "API_KEY=your-api-key-here",
        "postgresql://user:PASSWORD@host/db",
        "prompt_tokens=1234",
        "max_token=4096",
        "next_token=CAUQAA",
        "monkey=banana7",
        "The password must be 12 characters.",
        "Password: at least one digit",
        "token=self.token",
        "password=settings.db.password",
        "パスワードは8文字以上",
        "パスワードを忘れた",
        "トークン数は4096",
        "cookies: 3 eggs",
        "token == 'a'",
        "password=%s",
        "password={password}",
        "http://host:8080/path@v2",
        "パスワードは2024年に変更",
    ],
)
def test_code_prose_and_placeholders_are_none(text: str) -> None:
    assert secrets(text) == []
