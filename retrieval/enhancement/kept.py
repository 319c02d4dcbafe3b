"""What was learned from people's judgements, kept in a file so that the next process has it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from retrieval.enhancement.intent import MOST_EXAMPLES
from retrieval.enhancement.training import (
    EXAMPLES,
    INTENTS,
    WEIGHTS,
    Example,
    Weights,
    read_weights,
    write_weights,
)

_log = structlog.get_logger(__name__)

_DAMAGE: Final = (
    OSError, ValueError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What reading a file raises that is not what was written; the archive has checksums."""


class KeptWeights:
    """The weights that a home's judgements gave; one process may write them, many read."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        """Take the file, which may be absent; its folder is made when it is written."""
        self._path = path
        self.writable = writable

    def read(self, key: str) -> Weights | None:
        """Answer the weights of just these judgements, in some milliseconds.

        None where other ones were kept, or where the file is absent, damaged or of something else.
        """
        try:
            if not zipfile.is_zipfile(self._path):
                return None
            with np.load(self._path) as kept:
                if str(kept["key"]) != key:
                    return None
            weights = read_weights(self._path)
        except _DAMAGE as error:
            _log.warning("intents.damaged", file=str(self._path), reason=str(error))
            return None
        fitting = weights.matrix.shape == (len(weights.vocabulary), len(INTENTS))
        return weights if fitting and np.isfinite(weights.matrix).all() else None

    def write(self, key: str, weights: Weights) -> None:
        """Keep weights whole, in place of those before; where the disk refuses, none are kept."""
        if not self.writable:
            return
        buffer = io.BytesIO()
        write_weights(weights, buffer, key)
        aside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(buffer.getvalue())
            aside.replace(self._path)
        except OSError as error:
            _log.warning("intents.not_kept", file=str(self._path), reason=str(error))


def key_of(judged: Sequence[Example]) -> str:
    """Name what is learned from judgements: other ones, or another program's examples, differ."""
    lines = [[each.text, each.intent.value] for each in judged[-MOST_EXAMPLES:]]
    return hashlib.sha256(f"{_shipped()}{json.dumps(lines)}".encode()).hexdigest()


@cache
def _shipped() -> str:
    """Name the examples that come along, and by their weights the way to learn from them."""
    return hashlib.sha256(EXAMPLES.read_bytes() + WEIGHTS.read_bytes()).hexdigest()
