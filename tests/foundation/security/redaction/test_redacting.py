"""What is taken out is gone, what is left is as it was, and the findings say where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.credentials import credential
from benchmarks.redaction import Judged, examples, judged
from foundation.security.redaction.findings import Kind, counted
from foundation.security.redaction.redacting import (
    UNREADABLE,
    harmless,
    redact_data,
    redact_text,
)

TOKEN = credential("github", "test")


def test_a_text_keeps_all_but_its_values() -> None:
    clean, findings = redact_text("カードは4111-1111-1111-1111、連絡は a@example.com まで")
    assert clean == "カードは[REDACTED:card]、連絡は [REDACTED:email] まで"
    assert counted(findings) == {"card": 1, "email": 1}


@pytest.mark.parametrize(
    "result", list(judged(examples())), ids=lambda result: str(result.example.id)
)
def test_nothing_that_is_found_is_left_and_doing_it_again_changes_nothing(result: Judged) -> None:
    text = result.example.text
    clean, _ = redact_text(text)
    assert not any(text[value.start : value.end] in clean for value in result.found)
    assert redact_text(clean) == (clean, [])


@given(st.text(st.sampled_from("4111 -=:@.abpassword０猫[]REDACTED\n"), max_size=120))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    clean, _ = redact_text(text)
    assert redact_text(clean)[0] == clean


def test_keys_and_values_are_redacted_at_any_depth() -> None:
    data = {
        "user": {"name": "Ada", "accessToken": "abc", "ssn": 123456789, "monkey": "see"},
        "notes": [
            "call 090-1234-5678",
            {"prompt_tokens": 12, "apiKey": None, "has_password": True},
        ],
        "keyboard": "qwerty",
        "pair": ("a", TOKEN),
    }
    clean, findings = redact_data(data)
    assert clean == {
        "user": {
            "name": "Ada",
            "accessToken": "[REDACTED:secret]",
            "ssn": "[REDACTED:ssn]",
            "monkey": "see",
        },
        "notes": [
            "call [REDACTED:phone]",
            {"prompt_tokens": 12, "apiKey": None, "has_password": True},
        ],
        "keyboard": "qwerty",
        "pair": ("a", "[REDACTED:token]"),
    }
    assert [(f.path, f.kind) for f in findings] == [
        ("/user/accessToken", Kind.SECRET),
        ("/user/ssn", Kind.SSN),
        ("/notes/0", Kind.PHONE),
        ("/pair/1", Kind.TOKEN),
    ]
    assert data["pair"] == ("a", TOKEN), "what was given is untouched"


def test_everything_under_a_sensitive_key_is_taken_but_flags() -> None:
    clean, _ = redact_data({"credentials": {"user": "ada", "on": True, "all": ["x", 7, None]}})
    assert clean == {
        "credentials": {
            "user": "[REDACTED:secret]",
            "on": True,
            "all": ["[REDACTED:secret]", "[REDACTED:secret]", None],
        }
    }


def test_a_name_beside_a_value_is_its_key() -> None:
    headers = [{"name": "Authorization", "value": "abc"}, {"name": "Accept", "value": "text/html"}]
    clean, (finding,) = redact_data(headers)
    assert clean[0] == {"name": "Authorization", "value": "[REDACTED:secret]"}
    assert clean[1] == headers[1]
    assert finding.path == "/0/value"


def test_a_key_names_what_its_value_is() -> None:
    clean, _ = redact_data({"phone": "4155552671", "order": "4155552671"})
    assert clean == {"phone": "[REDACTED:phone]", "order": "4155552671"}


def test_keys_that_are_values_are_redacted_in_the_paths_too() -> None:
    clean, findings = redact_data({"a@example.com": "x", "b@example.com": TOKEN, "c~d/e": TOKEN})
    assert list(clean) == ["[REDACTED:email]", "[REDACTED:email]#2", "c~d/e"]
    assert [f.path for f in findings] == [
        "/[REDACTED:email]",
        "/[REDACTED:email]#2",
        "/[REDACTED:email]#2",
        "/c~0d~1e",
    ]


def test_numbers_count_by_their_digits() -> None:
    clean, _ = redact_data([4111111111111111, 12, 1718092800123456, 3.14])
    assert clean == ["[REDACTED:card]", 12, 1718092800123456, 3.14]


def test_other_objects_are_told_by_their_representation() -> None:
    plain = object()
    clean, _ = redact_data([ValueError(f"bad {TOKEN}"), plain, b"to a@example.com"])
    assert clean == ["ValueError('bad [REDACTED:token]')", plain, "to [REDACTED:email]"]


def test_what_holds_itself_or_is_nested_without_end_is_not_followed() -> None:
    loop: list[Any] = ["x"]
    loop += [loop, loop]
    assert redact_data(loop)[0] == ["x", UNREADABLE, UNREADABLE]
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    assert UNREADABLE in repr(redact_data(deep)[0])


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


@given(json_like)
def test_data_is_redacted_once(data: Any) -> None:
    clean, _ = redact_data(data)
    assert redact_data(clean) == (clean, [])


def test_messages_for_people_are_harmless() -> None:
    assert harmless(f"cannot log in with {TOKEN}") == "cannot log in with [REDACTED:token]"


def test_a_number_with_a_point_under_the_name_of_a_secret_is_taken() -> None:
    data, findings = redact_data({"ssn": 219091234.0, "price": 4111111111111111.0, "password": 1.5})
    assert data == {
        "ssn": "[REDACTED:ssn]",
        "price": 4111111111111111.0,
        "password": "[REDACTED:secret]",
    }
    assert len(findings) == 2


def test_a_long_name_above_many_values_is_neither_read_nor_kept_with_each() -> None:
    name = "k" * 100_000
    _, findings = redact_data({name: ["a@example.com"] * 50})
    assert len(findings) == 50
    assert max(len(finding.path) for finding in findings) < 1_000
