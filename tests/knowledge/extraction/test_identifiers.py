"""What is written in a form of its own."""

from __future__ import annotations

import pytest

from knowledge.extraction.identifiers import find_code, find_values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("released on 13-Jun-2000 and June 13, 2000.", ["13-Jun-2000", "June 13, 2000"]),
        ("since 13 June 2000, January 1960", ["13 June 2000", "January 1960"]),
        ("at 2026-11-24T10:00:00Z or 2026-11-24", ["2026-11-24T10:00:00Z", "2026-11-24"]),
        ("2026年11月24日から昭和20年まで3年間", ["2026年11月24日", "昭和20年", "3年間"]),
        (
            "1.3 ms, 24 GiB, 50 % or 50%, $5 million",
            ["1.3 ms", "24 GiB", "50 %", "50%", "$5 million"],
        ),
        ("200ドルと1,000人", ["200ドル", "1,000人"]),
        ("v2.0 follows 1.9.3 and 3.12rc1", ["v2.0", "1.9.3", "3.12rc1"]),
        ("an impact of 1.355 in 2018, 13 others, a 5s4, the 1980s and covid19", []),
        ("may be 3 may 4", []),
    ],
)
def test_values_are_found(text: str, found: list[str]) -> None:
    assert [text[piece.start : piece.end] for piece in find_values(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "call foo_bar() or obj.method(), then __init__.",
            ["foo_bar()", "obj.method()", "__init__"],
        ),
        ("createApp makes os.path.join; see app.mount", ["createApp", "os.path.join", "app.mount"]),
        ("run with --dry-run in src/app/main.py", ["--dry-run", "src/app/main.py"]),
        ("edit ~/.config/app.toml, boot.ini", ["~/.config/app.toml", "boot.ini"]),
        (
            "(see https://example.org/wiki/Foo_(bar)), www.example.org.",
            ["https://example.org/wiki/Foo_(bar)", "www.example.org"],
        ),
        ("write to a.b+c@mail.example.org!", ["a.b+c@mail.example.org"]),
        ("mRNA and siRNAs, an iPhone", ["mRNA", "siRNA", "iPhone"]),
        ("and/or TCP/IP, e.g. this, i.e. that - well", []),
        ("createAppを呼ぶ", ["createApp"]),
    ],
)
def test_code_and_addresses_are_found(text: str, found: list[str]) -> None:
    assert [text[piece.start : piece.end] for piece in find_code(text)] == found


@pytest.mark.parametrize(
    "part", ["a.", "a/", "_a", "aB", "a-", "1.", "1,", "v1", "a@", "(", "::", "a::"]
)
def test_long_runs_take_linear_time(part: str) -> None:
    text = part * 20_000
    assert len([*find_code(text), *find_values(text)]) <= len(text)
