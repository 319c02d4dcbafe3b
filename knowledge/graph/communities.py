"""Which nodes belong together, on several levels, under names that outlive small changes."""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from enum import StrEnum
from itertools import count
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.graph.adjacency import Adjacency
from knowledge.graph.centrality import igraph_of

Key = TypeVar("Key", bound=Hashable)

Labels = NDArray[np.int32]
"""The community of each node, shape (n,): 0 is the largest; -1 is none."""

NONE: Final = -1
"""The label of a node that is with no other."""

_IGRAPH_RANDOM: Final = threading.Lock()
"""igraph has one source of random numbers for the whole process: whoever sets it holds this."""


class Objective(StrEnum):
    """What a good division has: see `leiden`."""

    MODULARITY = "modularity"
    CPM = "CPM"


def leiden(
    adjacency: Adjacency,
    *,
    objective: Objective = Objective.MODULARITY,
    resolution: float = 1.0,
    iterations: int = 2,
    seed: int = 0,
) -> Labels:
    """Divide a symmetric graph into communities; the same graph and seed give the same ones.

    With CPM the resolution is the density (weight for each pair) above which nodes are put
    together; with modularity it is relative to chance, 1 being the usual one.

    igraph keeps Python's global lock throughout (2 s for 500,000 edges): a server runs this in a
    process of its own.

    Source: Traag, Waltman & van Eck, "From Louvain to Leiden", Scientific Reports 9, 2019.
    """
    graph = igraph_of(adjacency)
    if not graph.ecount():
        return np.full(adjacency.n, NONE, np.int32)
    with _seeded(seed):
        found = graph.community_leiden(
            objective_function=str(objective),
            weights="weight",
            resolution=resolution,
            n_iterations=iterations,
        )
    return _ordered(np.array(found.membership, np.int32))


def hierarchy(
    adjacency: Adjacency, *, largest: int = 50, levels: int = 3, seed: int = 0
) -> list[Labels]:
    """Divide the graph, then again each community that is larger than `largest`.

    Returns:
        Labels by level, coarsest first; a community of a level lies within one of the level
        before; smaller ones stand again as they are. A node without a community on one level
        has none on the finer ones.
    """
    found = [leiden(adjacency, seed=seed)]
    while len(found) < levels:
        finer = _refined(adjacency, found[-1], largest, seed)
        if finer is None:
            break
        found.append(finer)
    return found


def members(labels: Labels) -> list[NDArray[np.int64]]:
    """Answer the nodes of each community, by label; those without one are left out."""
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels + 1, minlength=1))
    return np.split(order, ends[:-1])[1:] if ends[-1] else []


def relabel(
    previous: Mapping[int, AbstractSet[Key]],
    now: Sequence[AbstractSet[Key]],
    *,
    least: float = 0.2,
    next_id: int | None = None,
) -> list[int]:
    """Give each community the id of the one that it continues, or else a new one.

    Pairs with the highest Jaccard similarity come first; of equal ones the older id, then the
    earlier community.

    Args:
        previous: members by id.
        now: members of each community, each member a key that outlives updates.
        least: Jaccard similarity below which a community is new, above 0 and at most 1.
        next_id: the first new id; one more than the highest previous id if None. Pass it where
            ids of communities that are gone must not come back.

    Source: Greene, Doyle & Cunningham, "Tracking the evolution of communities in dynamic social
    networks", ASONAM 2010.
    """
    homes: dict[Key, list[int]] = defaultdict(list)
    for name, keys in previous.items():
        for key in keys:
            homes[key].append(name)
    pairs = []
    for place, keys in enumerate(now):
        shared = Counter(name for key in keys for name in homes.get(key, ()))
        for name, both in shared.items():
            similarity = both / (len(keys) + len(previous[name]) - both)
            if similarity >= least:
                pairs.append((-similarity, name, place))
    names: dict[int, int] = {}
    taken: set[int] = set()
    for _, name, place in sorted(pairs):
        if name not in taken and place not in names:
            names[place] = name
            taken.add(name)
    fresh = count(max(previous, default=-1) + 1 if next_id is None else next_id)
    return [names[place] if place in names else next(fresh) for place in range(len(now))]


def _ordered(membership: Labels) -> Labels:
    """Number communities by size, the largest first, and let go of those with a single member."""
    _, first, inverse, sizes = np.unique(
        membership, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    names = np.empty(len(order), np.int32)
    names[order] = np.arange(len(order))
    names[sizes == 1] = NONE
    return names[inverse]


def _refined(adjacency: Adjacency, labels: Labels, largest: int, seed: int) -> Labels | None:
    """Divide the large communities; None where that changes nothing."""
    finer, used, divided = labels.copy(), 0, False
    for nodes in members(labels):
        parts = np.zeros(len(nodes), np.int32)
        if len(nodes) > largest:
            found = leiden(adjacency.induced(nodes.astype(np.int32)), seed=seed)
            if found.max() > 0:
                parts, divided = found, True
        finer[nodes] = np.where(parts >= 0, parts + used, NONE)
        used += int(parts.max()) + 1
    return _ordered_labels(finer) if divided else None


def _ordered_labels(labels: Labels) -> Labels:
    """Number the communities by size anew, and leave those without one as they are."""
    some = labels != NONE
    ordered = np.full(len(labels), NONE, np.int32)
    ordered[some] = _ordered(labels[some])
    return ordered


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Lend igraph a generator of its own, so that the global one of `random` is left alone."""
    import igraph

    with _IGRAPH_RANDOM:
        igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - no secret
        try:
            yield
        finally:
            igraph.set_random_number_generator(random)
