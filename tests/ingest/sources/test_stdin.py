from __future__ import annotations

import io
import os
from pathlib import Path

from ingest.sources.stdin import StreamSource


def test_a_stream_is_one_document() -> None:
    source = StreamSource(io.BytesIO(b"hello"))
    [record] = source.records()
    assert (record.source_id, record.data, record.error) == ("stdin", b"hello", "")
    assert source.count() == 1


def test_the_caller_says_what_it_is() -> None:
    source = StreamSource(
        io.BytesIO(b"x"), source_id="report", name="report.md", media_type="text/markdown"
    )
    [record] = source.records()
    assert (record.source_id, record.name, record.media_type) == (
        "report",
        "report.md",
        "text/markdown",
    )


def test_a_pipe_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"abc" * 1000)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        [record] = StreamSource(stream).records()
    assert record.data == b"abc" * 1000


def test_an_endless_stream_is_cut_off_with_an_error() -> None:
    with Path("/dev/zero").open("rb") as stream:
        [record] = StreamSource(stream, max_bytes=3_000_000).records()
    assert record.data is None
    assert "3,000,000 bytes" in record.error


def test_a_closed_stream_is_an_error_record() -> None:
    stream = io.BytesIO(b"x")
    stream.close()
    [record] = StreamSource(stream).records()
    assert "closed" in record.error


def test_a_stream_that_cannot_be_read_is_an_error_record() -> None:
    with Path("/proc/self/mem").open("rb") as stream:
        [record] = StreamSource(stream).records()
    assert "Input/output error" in record.error
