"""Parcels: whatever was packed is unpacked, and nothing else is."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.transports.parcels import LARGEST_PARCEL, pack, unpack
from foundation.errors import InvalidInput
from tests.elders.transports.buses import message


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=200), min_size=1, max_size=20
    )
)
def test_what_was_packed_is_unpacked(texts: list[str]) -> None:
    messages = [message(body={"text": text}) for text in texts]
    parcel = pack([each.encode() for each in messages])
    assert unpack(parcel.data, parcel.encoding, parcel.headers) == messages


def test_many_messages_are_packed_small() -> None:
    parcel = pack([message(f"t{number}").encode() for number in range(100)])
    assert parcel.encoding == "gzip"
    assert parcel.headers["count"] == 100
    assert len(parcel.data) < parcel.headers["size"] / 3


def test_a_small_message_is_not_packed() -> None:
    data = message().encode()
    parcel = pack([data])
    assert (parcel.encoding, parcel.data, parcel.headers["size"]) == ("identity", data, len(data))


PARCEL = pack([message(f"t{number}").encode() for number in range(10)])
BOMB = gzip.compress(bytes(50 * LARGEST_PARCEL))


@pytest.mark.parametrize(
    ("data", "encoding", "headers"),
    [
        (BOMB, "gzip", {"size": LARGEST_PARCEL, "count": 1}),
        (BOMB, "gzip", {"size": 50 * LARGEST_PARCEL, "count": 1}),
        (PARCEL.data, "gzip", dict(PARCEL.headers) | {"size": PARCEL.headers["size"] - 1}),
        (PARCEL.data, "gzip", dict(PARCEL.headers) | {"size": PARCEL.headers["size"] + 1}),
        (PARCEL.data, "gzip", dict(PARCEL.headers) | {"count": 9}),
        (PARCEL.data, "gzip", {}),
        (PARCEL.data, "gzip", dict(PARCEL.headers) | {"size": "10"}),
        (PARCEL.data[:-3], "gzip", PARCEL.headers),
        (PARCEL.data + b"x", "gzip", PARCEL.headers),
        (PARCEL.data + PARCEL.data, "gzip", PARCEL.headers),
        (PARCEL.data, "identity", PARCEL.headers),
        (b"", "gzip", PARCEL.headers),
        (b"{}", None, {"size": 2, "count": 1}),
    ],
)
def test_what_is_no_parcel_is_refused(data: bytes, encoding: str | None, headers: Any) -> None:
    with pytest.raises(InvalidInput):
        unpack(data, encoding, headers)


@given(st.integers(0, len(PARCEL.data) - 1), st.integers(1, 255))
def test_a_parcel_with_a_wrong_byte_is_refused_or_the_same(place: int, flipped: int) -> None:
    changed = bytearray(PARCEL.data)
    changed[place] ^= flipped
    try:
        found = unpack(bytes(changed), "gzip", PARCEL.headers)
    except InvalidInput:
        return
    assert found == unpack(PARCEL.data, "gzip", PARCEL.headers)
