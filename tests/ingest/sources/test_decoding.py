from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput, Unavailable
from ingest.sources.decoding import Decoder


def decode(body: bytes, encoding: str, max_bytes: int = 10_000, step: int = 7) -> bytes:
    decoder = Decoder(encoding, max_bytes)
    for start in range(0, len(body), step):
        decoder.feed(body[start : start + step])
    return decoder.finish()


@given(st.lists(st.binary(max_size=200), max_size=3), st.integers(1, 50))
def test_packed_bodies_come_back_whole_whatever_the_parts(members: list[bytes], step: int) -> None:
    packed = b"".join(map(gzip.compress, members))
    assert decode(packed, "gzip", step=step) == b"".join(members)


@given(st.binary(max_size=200))
def test_plain_bodies_pass(body: bytes) -> None:
    assert decode(body, "") == decode(body, " Identity ") == body


def test_a_bomb_is_never_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    tracemalloc.start()
    decoder = Decoder("gzip", 100_000)
    with pytest.raises(InvalidInput, match="100,000 bytes"):
        decoder.feed(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_limit_is_exact(encoding: str) -> None:
    body = b"x" * 100
    packed = gzip.compress(body) if encoding else body
    assert decode(packed, encoding, max_bytes=100) == body
    with pytest.raises(InvalidInput, match="99 bytes"):
        decode(packed, encoding, max_bytes=99)


def test_an_announced_size_is_enough_to_refuse() -> None:
    decoder = Decoder("", 100)
    decoder.expect("100")
    decoder.expect("nonsense")
    decoder.expect("")
    for length in ("101", "9" * 5000):
        with pytest.raises(InvalidInput):
            decoder.expect(length)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_what_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(InvalidInput, match="not asked for"):
        Decoder(encoding, 100)


def test_damaged_and_truncated_bodies_are_told() -> None:
    packed = gzip.compress(bytes(range(256)) * 10)
    with pytest.raises(Unavailable, match="breaks off"):
        decode(packed[:-9], "gzip")
    with pytest.raises(Unavailable, match="damaged"):
        decode(b"no gzip at all", "gzip")
    with pytest.raises(Unavailable, match="damaged"):
        decode(zlib.compress(b"wrong header"), "gzip")
    assert decode(b"", "gzip") == b""
