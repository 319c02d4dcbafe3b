from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ingest.model import Record


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(f"content of {name}"))
    return root


def names(records: Iterable[Record]) -> list[str]:
    return [record.source_id for record in records if not record.error]


def errors(records: Iterable[Record]) -> dict[str, str]:
    return {record.source_id: record.error for record in records if record.error}
