"""Opens a Chroma store that may be damaged where it can do no harm: in a child with limits.

A store that was not closed in order may crash the process that opens it, grow without bounds, or
open well and miss most of its vectors. This file is run as a script and needs no other of ours.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

_MIB: Final = 2**20
_PAGE: Final = 4_000
"""Vectors that are read at once."""

_PROBES: Final = 200
"""Vectors that are searched for by themselves, spread over all, the newest among them."""

_FOUND: Final = 0.98
"""Share of the probes that must find themselves: HNSW misses one in a thousand on its own."""

_CLOSE: Final = 1e-3
"""A neighbour this close counts as the probe itself: the same passage under another id."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an undamaged store holds, and what its check may use up."""

    store: str
    collection: str
    dimension: int
    fewest: int
    most: int
    file_bytes: int
    memory_bytes: int
    seconds: int


def expectation(
    store: Path, collection: str, *, dimension: int, fewest: int, most: int
) -> Expectation:
    """Set limits by the size of the store: well above what sound ones of that size need."""
    size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    return Expectation(
        store=str(store),
        collection=collection,
        dimension=dimension,
        fewest=fewest,
        most=most,
        file_bytes=256 * _MIB + 2 * size,
        memory_bytes=6144 * _MIB + 4 * size,
        seconds=60 + size // (2 * _MIB),
    )


def fault_of(expected: Expectation) -> str | None:
    """Check a store in a child process: None if it is sound, else what is wrong with it."""
    command = [sys.executable, "-P", __file__, json.dumps(asdict(expected))]
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter, file and arguments
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=expected.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"its check took over {expected.seconds} s"
    if child.returncode != 0:
        return f"its check ended with status {child.returncode}"
    try:
        fault = json.loads(child.stdout.splitlines()[-1])["fault"]
    except (ValueError, LookupError, TypeError):
        return "its check gave no answer"
    return None if fault is None else str(fault)


def _limit(expected: Expectation) -> None:
    limits = (
        (resource.RLIMIT_FSIZE, expected.file_bytes),
        (resource.RLIMIT_AS, expected.memory_bytes),
        (resource.RLIMIT_CPU, expected.seconds),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in limits:
        _, hard = resource.getrlimit(kind)
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (soft, hard))


def _inspect(expected: Expectation) -> str | None:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    client: Any = chromadb.PersistentClient(expected.store, settings)
    collection = client.get_collection(expected.collection, embedding_function=None)
    count = collection.count()
    if not expected.fewest <= count <= expected.most:
        return f"it counts {count} vectors, not {expected.fewest} to {expected.most}"
    ids = sorted(collection.get(include=[])["ids"], key=int)
    if len(set(ids)) != count:
        return f"it counts {count} vectors and lists {len(set(ids))}"
    fault = _unreadable(collection, ids, expected.dimension) or _lost(collection, ids)
    client.close()
    return fault


def _unreadable(collection: Any, ids: list[str], dimension: int) -> str | None:  # noqa: ANN401 - chromadb's
    """Read every vector back."""
    import numpy as np

    for at in range(0, len(ids), _PAGE):
        page = ids[at : at + _PAGE]
        matrix = np.asarray(collection.get(ids=page, include=["embeddings"])["embeddings"])
        if matrix.shape != (len(page), dimension) or not np.isfinite(matrix).all():
            return f"{len(page)} vectors from {page[0]} on cannot be read back"
    return None


def _lost(collection: Any, ids: list[str]) -> str | None:  # noqa: ANN401 - chromadb's
    """Search for some vectors by themselves; rows of zeros have no neighbours and are left out."""
    import numpy as np

    probes = sorted({*ids[:: max(1, len(ids) // _PROBES)], *ids[-_PROBES:]}, key=int)
    if not probes:
        return None
    answer = collection.get(ids=probes, include=["embeddings"])
    found = tried = 0
    for number, vector in zip(answer["ids"], np.asarray(answer["embeddings"]), strict=True):
        itself = float(vector @ vector)
        if itself == 0.0:
            continue
        near = collection.query(query_embeddings=[vector], n_results=5, include=["distances"])
        best = min(near["distances"][0], default=float("inf"))
        tried += 1
        found += number in near["ids"][0] or best <= 1.0 - itself + _CLOSE
    return None if found >= _FOUND * tried else f"{tried - found} of {tried} vectors were not found"


def _main() -> None:
    expected = Expectation(**json.loads(sys.argv[1]))
    _limit(expected)
    try:
        fault = _inspect(expected)
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        fault = f"{type(error).__name__}: {str(error)[:300]}"
    sys.stdout.write(json.dumps({"fault": fault}) + "\n")


if __name__ == "__main__":
    _main()
