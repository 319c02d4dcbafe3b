"""Score rows by boosted regression trees that are kept as a few arrays.

What LightGBM learned is read once into arrays: a search then needs neither the library (a second
to import) nor its objects, and a model is a file that can be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.compiled import Kernel, compiled


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees as arrays over all their nodes.

    Attributes:
        roots: where each tree begins, int32 of shape (trees,).
        features: the column that a node asks about, -1 for a leaf, int32 of shape (nodes,).
        limits: a row with a value of at most this goes left; a leaf's score, float64.
        left, right: where a row goes on, int32 of shape (nodes,).
    """

    roots: NDArray[np.int32]
    features: NDArray[np.int32]
    limits: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Add up the leaves that each row of shape (n, columns) reaches: shape (n,)."""
        scores = np.zeros(len(rows), np.float64)
        _kernel()(
            np.ascontiguousarray(rows, np.float32), self.roots, self.features,
            self.limits, self.left, self.right, scores,
        )  # fmt: skip
        return scores


def forest_of(dumped: Mapping[str, Any]) -> Forest:
    """Read what `lightgbm.Booster.dump_model` tells."""
    nodes: list[list[float]] = []

    def add(tree: Mapping[str, Any]) -> int:
        at = len(nodes)
        if "leaf_value" in tree:
            nodes.append([-1, tree["leaf_value"], 0, 0])
            return at
        nodes.append([tree["split_feature"], tree["threshold"], 0, 0])
        nodes[at][2] = add(tree["left_child"])
        nodes[at][3] = add(tree["right_child"])
        return at

    roots = [add(each["tree_structure"]) for each in dumped["tree_info"]]
    table = np.array(nodes, np.float64).reshape(-1, 4)
    return Forest(
        np.array(roots, np.int32),
        table[:, 0].astype(np.int32),
        table[:, 1].copy(),
        table[:, 2].astype(np.int32),
        table[:, 3].astype(np.int32),
    )


@cache
def _kernel() -> Kernel:
    return compiled(_add_scores)


def _add_scores(
    rows: NDArray[np.float32],
    roots: NDArray[np.int32],
    features: NDArray[np.int32],
    limits: NDArray[np.float64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    scores: NDArray[np.float64],
) -> None:
    for row in range(rows.shape[0]):
        total = 0.0
        for tree in range(roots.shape[0]):
            node = roots[tree]
            while features[node] >= 0:
                goes_left = rows[row, features[node]] <= limits[node]
                node = left[node] if goes_left else right[node]
            total += limits[node]
        scores[row] = total
