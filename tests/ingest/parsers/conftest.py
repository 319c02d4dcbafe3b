from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ingest.model import Parsed, Record
from ingest.parsers.limits import Limits
from ingest.parsers.registry import parse
from ingest.parsers.sandbox import Sandbox

Read = Callable[..., Parsed]


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
