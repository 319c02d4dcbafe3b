"""A model on disk: an ONNX graph, its tokeniser, and what a reader must know of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

GRAPH: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
_MANIFEST: Final = "embedder.json"
_FORMAT: Final = 1
"""Raise it when the exporter changes: bundles of another format are made anew."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder with a graph from (input_ids, attention_mask) to vectors of unit length.

    Attributes:
        name: unique id of the model; see Embedder.name.
        dimension: numbers in a vector.
        max_tokens: where longer texts are cut, special tokens included.
        batchable: whether a text's vector is the same in any company. Dynamic quantisation takes
            its scale from the whole batch, so such models run one text at a time.
        languages: ISO 639-1 codes.
        files: SHA-256 of each file.
    """

    folder: Path
    name: str
    dimension: int
    max_tokens: int
    batchable: bool
    languages: tuple[str, ...]
    files: dict[str, str]

    @property
    def graph(self) -> Path:
        """Locate the ONNX graph."""
        return self.folder / GRAPH

    @property
    def tokenizer(self) -> Path:
        """Locate the tokeniser."""
        return self.folder / TOKENIZER


def write_bundle(
    folder: Path,
    *,
    name: str,
    dimension: int,
    max_tokens: int,
    batchable: bool,
    languages: tuple[str, ...],
) -> Bundle:
    """Describe the graph and tokeniser that lie in the folder already."""
    files = {file: sha256_of(folder / file) for file in (GRAPH, TOKENIZER)}
    bundle = Bundle(folder, name, dimension, max_tokens, batchable, languages, files)
    fields: dict[str, Any] = {**asdict(bundle), "format": _FORMAT}
    del fields["folder"]
    (folder / _MANIFEST).write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    return bundle


def read_bundle(folder: Path) -> Bundle | None:
    """Read a folder and check every byte (90 MB take about 0.1 s).

    A damaged graph would fill the truth with wrong vectors without a word; so an absent, torn,
    altered or outdated bundle is answered with None.
    """
    try:
        fields = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if fields.pop("format") != _FORMAT:
            return None
        fields["languages"] = tuple(fields["languages"])
        bundle = Bundle(folder, **fields)
        intact = all(sha256_of(folder / file) == digest for file, digest in bundle.files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return bundle if intact and {GRAPH, TOKENIZER} <= bundle.files.keys() else None


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
