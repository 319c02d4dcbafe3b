"""Divide a large graph in a process of its own: igraph keeps Python's lock for seconds."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from foundation.errors import Unavailable
from knowledge.graph.adjacency import Adjacency
from knowledge.graph.communities import Labels, hierarchy

_LARGE: Final = 200_000
"""Entries of a graph above which others would notice."""

_SECONDS: Final = 600


def divided(adjacency: Adjacency, *, levels: int) -> list[Labels]:
    """Answer labels by level, as `hierarchy` does.

    Raises:
        Unavailable: the process failed, or took too long.
    """
    if len(adjacency.indices) <= _LARGE:
        return hierarchy(adjacency, levels=levels)
    given = io.BytesIO()
    np.savez(
        given,
        indptr=adjacency.indptr,
        indices=adjacency.indices,
        counts=adjacency.counts,
        levels=np.array(levels),
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "knowledge.graph.dividing"],
            input=given.getvalue(),
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(
            f"the graph could not be divided ({type(error).__name__}): try again when the machine"
            " has more memory or less to do"
        ) from error
    with np.load(io.BytesIO(done.stdout)) as found:
        return [found[name] for name in sorted(found.files)]


def _main(given: bytes) -> bytes:
    with np.load(io.BytesIO(given)) as arrays:
        adjacency = Adjacency(arrays["indptr"], arrays["indices"], arrays["counts"])
        labels: Sequence[Labels] = hierarchy(adjacency, levels=int(arrays["levels"]))
    answer = io.BytesIO()
    named: dict[str, Any] = {f"{level:02}": found for level, found in enumerate(labels)}
    np.savez(answer, **named)
    return answer.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(_main(sys.stdin.buffer.read()))
