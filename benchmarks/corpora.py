"""Where the benchmarks' texts are: the folder that ELDERS_DATA names, read and never copied."""

from __future__ import annotations

import gzip
import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from foundation.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator


JUDGED = (
    "scifact-train",
    "hotpotqa-train100",
    "musique-train100",
    "cranfield-odd",
    "jsquad-valid-ja",
    "vuedocs-en-ja",
)
"""Judged sets of retrieval, in the order in which they are shown."""

_DEFAULT = Path(__file__).parents[2] / "shared" / "data"


def data_file(*names: str) -> Path:
    """Find a file of the data sets, packed or not.

    Raises:
        NotFound: the folder has no such file.
    """
    plain = Path(os.environ.get("ELDERS_DATA", _DEFAULT), *names)
    for path in (plain, plain.with_name(plain.name + ".gz")):
        if path.is_file():
            return path
    raise NotFound(f"there is no {plain} (nor .gz): set ELDERS_DATA to the folder of the data sets")


def read_lines(*names: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file, packed or not."""
    path = data_file(*names)
    with path.open("rb") as plain, _unpacked(plain, path.suffix) as lines:
        for line in lines:
            yield json.loads(line)


def _unpacked(file: BinaryIO, suffix: str) -> BinaryIO:
    return cast("BinaryIO", gzip.open(file)) if suffix == ".gz" else file


def read_texts(name: str) -> dict[str, str]:
    """Read a data set's corpus: text by id, in the order of the file."""
    return {str(row["_id"]): str(row["text"]) for row in read_lines(name, "corpus.jsonl")}


def read_table(*names: str) -> list[list[str]]:
    """Read the rows of a tab-separated file below its header."""
    lines = data_file(*names).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:] if line]


def machine() -> str:
    """Say on what a figure was measured."""
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
