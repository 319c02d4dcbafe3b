from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from foundation.errors import Unparsable
from ingest.model import Parsed, Record
from ingest.parsers.limits import Limits
from ingest.parsers.registry import parse
from ingest.parsers.sandbox import Sandbox

Read = Callable[..., Parsed]


def refusal(read: Read, name: str, data: bytes) -> str:
    """Say why a document is refused, or nothing where it is read (and then it holds text)."""
    try:
        parsed = read(name, data)
    except Unparsable as error:
        return str(error)
    assert parsed.text.strip()
    assert "\0" not in parsed.text
    parsed.text.encode("utf-8")
    return ""


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def read(sandbox: Sandbox) -> Read:
    """Parse bytes under a file's name."""

    def run(
        name: str, data: bytes, *, limits: Limits | None = None, media_type: str = ""
    ) -> Parsed:
        record = Record(f"test/{name}", data=data, name=name, media_type=media_type)
        return parse(record, limits=limits or Limits(), sandbox=sandbox)

    return run
