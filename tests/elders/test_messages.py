"""Messages say the same after their way, and nothing else passes for one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.messages import Message, Step, decode
from foundation.clock import Micros
from foundation.errors import InvalidInput

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)  # fmt: skip


def message(**fields: Any) -> Message:
    told: dict[str, Any] = {
        "sender": "servant.a", "recipient": "task_sage", "topic": "x", "body": {}, "at": Micros(1),
    }  # fmt: skip
    return Message(**{**told, **fields})


@given(body=st.dictionaries(st.text(), JSON), topic=st.text(), at=st.integers())
def test_what_is_decoded_is_what_was_encoded(body: Any, topic: str, at: int) -> None:
    step = Step("servant.a", "task_sage", Micros(at), topic)
    sent = message(body=body, topic=topic, at=Micros(at), history=(step,))
    assert decode(sent.encode()) == sent


@pytest.mark.parametrize("body", [{"a": float("nan")}, {"a": object()}, {"a": b"x"}])
def test_a_body_that_json_cannot_say_is_refused(body: Any) -> None:
    with pytest.raises(InvalidInput, match="no JSON"):
        message(body=body).encode()


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2}, {"at": "1"}, {"at": True}, {"body": []}, {"sender": None}, {"more": 1},
        {"history": [{"sender": "a"}]}, {"expires_at": 1.5}, {"reply_to": 3}, {"history": None},
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(change: dict[str, Any]) -> None:
    told = json.loads(message().encode())
    with pytest.raises(InvalidInput):
        decode(json.dumps({**told, **change}).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b'{"format": 1}'])
def test_nor_are_other_bytes(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode(data)


def test_what_is_nested_too_deeply_is_no_message() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(InvalidInput):
        decode(deep)
    body: dict[str, Any] = {}
    for _ in range(10_000):
        body = {"a": body}
    with pytest.raises(InvalidInput, match="no JSON"):
        message(body=body).encode()
