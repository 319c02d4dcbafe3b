"""The learned ranker: a few hundred small trees, kept in one file."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from retrieval.ranking.features import Column
from retrieval.ranking.trees import Forest

SHIPPED: Final = Path(__file__).with_name("ranker.npz")
_TREES: Final = ("roots", "features", "limits", "left", "right")


@dataclass(frozen=True, slots=True)
class Ranker:
    """Scores candidates by their features.

    Attributes:
        columns: names of the features, in order.
        forest: trees that LambdaMART learned.
        told: how it was trained: the embedder, the sets, what the gate measured.
    """

    columns: Sequence[str]
    forest: Forest
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def embedder(self) -> str:
        """The embedding model whose similarities it knows."""
        return str(self.told.get("embedder", ""))

    def score(self, features: Mapping[str, Column]) -> Column:
        """Score candidates: shape (n,), higher is better."""
        return self.score_rows(table(features, self.columns))

    def score_rows(self, rows: NDArray[np.float32]) -> Column:
        """Score candidates by their features in the order of `columns`: shape (n,)."""
        scores: Column = self.forest.score(rows)
        return scores

    def save(self, path: Path) -> None:
        """Write the file whole, or not at all."""
        arrays = {f"tree_{name}": getattr(self.forest, name) for name in _TREES}
        arrays["columns"] = np.array(list(self.columns))
        buffer = io.BytesIO()
        np.savez_compressed(buffer, told=np.array(json.dumps(dict(self.told))), **arrays)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".new")
        aside.write_bytes(buffer.getvalue())
        aside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Ranker:
        """Read a ranker.

        Raises:
            InvalidInput: the file is none, or damaged; the message says what to do.
        """
        try:
            with np.load(path, allow_pickle=False) as kept:
                forest = Forest(*(kept[f"tree_{name}"] for name in _TREES))
                told = json.loads(str(kept["told"]))
                return cls([str(name) for name in kept["columns"]], forest, told)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise InvalidInput(
                f"{path} is no ranker ({error}): delete it, or train one by `elders learn ranker`"
            ) from error


OWN: Final = "ranker.npz"
"""In a home: a ranker that was trained there."""


def rankers(home: Path, *, wanted: str = "auto") -> Callable[[], Ranker | None]:
    """Answer a function that serves the ranker in use, and sees when another takes its place.

    Args:
        home: where a ranker that was trained there is kept.
        wanted: "auto" (the home's own, or the one that is shipped) or "none".
    """
    if wanted == "none":
        return lambda: None
    kept: dict[tuple[Path, int], Ranker] = {}

    def current() -> Ranker | None:
        for path in (home / OWN, SHIPPED):
            try:
                key = path, path.stat().st_mtime_ns
            except OSError:
                continue
            if key not in kept:
                loaded = Ranker.load(path)
                kept.clear()
                kept[key] = loaded
            return kept[key]
        return None

    return current


def table(features: Mapping[str, Column], columns: Sequence[str]) -> NDArray[np.float32]:
    """Lay features out in the order of columns: shape (n, columns).

    Raises:
        InvalidInput: one of them is not among the features.
    """
    if missing := [name for name in columns if name not in features]:
        raise InvalidInput(
            f"the ranker asks for {', '.join(missing)}, which is not measured any more: train it"
            " anew by `elders learn ranker`"
        )
    return np.stack([features[name] for name in columns], axis=1).astype(np.float32)
