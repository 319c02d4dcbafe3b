"""How the candidates of a question hang together: who names what another is about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.graph.adjacency import Adjacency
from knowledge.graph.snapshot import NodeKind, Snapshot

Column = NDArray[np.float64]
Ints = NDArray[np.int64]

_STRAIGHT = 5


@dataclass(frozen=True, slots=True)
class Things:
    """What n passages name, over the m entities that any of them names.

    Attributes:
        names: whether a passage names an entity, shape (n, m).
        titles: whether its document is named after it, shape (n, m).
        rarity: inverse document frequency of the entities, shape (m,).
        asked: how surely the question names them, 0 to 1, shape (m,).
        total: rarity of all that the question names, weighted by how surely.
    """

    names: NDArray[np.float32]
    titles: NDArray[np.float32]
    rarity: NDArray[np.float32]
    asked: NDArray[np.float32]
    total: float

    def overlap(self) -> Column:
        """Answer which share of what is asked for each passage names."""
        found: Column = (self.names @ (self.asked * self.rarity)).astype(np.float64)
        return found / self.total if self.total > 0.0 else found

    def asked_titles(self) -> Column:
        """Answer how surely each passage's document is what is asked for."""
        result: Column = (self.titles * self.asked).max(axis=1, initial=0.0).astype(np.float64)
        return result

    def named(self) -> Column:
        """Count what each passage names."""
        result: Column = self.names.sum(axis=1).astype(np.float64)
        return result


def things_of(
    graph: Snapshot, rarity: NDArray[np.float32], nodes: Ints, asked: Mapping[int, float]
) -> Things:
    """Read the graph around passages (their nodes, -1 for unknown ones)."""
    known = np.flatnonzero(nodes >= 0)
    rows, entities = _named(graph.links, graph, nodes[known].astype(np.int32))
    title_rows, title_entities = _named(graph.titles, graph, nodes[known].astype(np.int32))
    columns = np.unique(np.concatenate([entities, title_entities]))
    names = np.zeros((len(nodes), len(columns)), np.float32)
    titles = np.zeros_like(names)
    names[known[rows], np.searchsorted(columns, entities)] = 1.0
    titles[known[title_rows], np.searchsorted(columns, title_entities)] = 1.0
    sure = np.zeros(len(columns), np.float32)
    for node, confidence in asked.items():
        place = int(np.searchsorted(columns, node))
        if place < len(columns) and columns[place] == node:
            sure[place] = confidence
    total = sum(float(rarity[node]) * confidence for node, confidence in asked.items())
    return Things(names, titles, rarity[columns], sure, total)


def _named(layer: Adjacency, graph: Snapshot, nodes: NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Answer pairs of a passage (its place among `nodes`) and an entity in its row."""
    lengths = layer.indptr[nodes + 1] - layer.indptr[nodes]
    _, places = layer.entries(nodes)
    rows = np.repeat(np.arange(len(nodes)), lengths)
    tails = layer.indices[places].astype(np.int64)
    own = graph.kinds[tails] == NodeKind.ENTITY
    return rows[own], tails[own]


@dataclass(frozen=True, slots=True)
class Bridges:
    """Ways between candidates and the best of them; shape (n,) each.

    Attributes:
        named: weight of the best passage that names what this one's document is about.
        named_by_asked: whether one does whose document the question names.
        names, names_asked: the same the other way round.
        times: how many of the best passages name it.
        shared: rarity of what it shares with one of the first, beyond what is asked for.
        same_title: better candidates of the same title.
        parents: the best passage that it hangs on, -1 for none.
        down, up: whether each of the b best names what a passage is about, and the other way
            round, where these are two things; shape (n, b).
        linked: whether it hangs on each of the first in any of these ways, or names something
            that one names and the question does not; shape (n, at most 5).
    """

    named: Column
    named_by_asked: Column
    names: Column
    names_asked: Column
    times: Column
    shared: Column
    same_title: Column
    parents: Ints
    down: NDArray[np.bool_]
    up: NDArray[np.bool_]
    linked: NDArray[np.bool_]


def bridges(things: Things, best: Ints, weights: Column) -> Bridges:
    """Join candidates with the best of them.

    Args:
        things: what they name.
        best: places of the best ones, best first.
        weights: of all candidates.
    """
    n = len(things.names)
    sure = things.asked_titles()[best][None, :]
    same_title = _better_of_title(things, weights)
    things = _around(things, best)
    same = (things.titles @ things.titles[best].T) > 0.0
    own = np.arange(n)[:, None] == best[None, :]
    down = (things.titles @ things.names[best].T) > 0.0
    up = (things.names @ things.titles[best].T) > 0.0
    named, names = down & ~same & ~own, up & ~same & ~own
    weight = weights[best][None, :]
    by_named, by_names = named * weight, names * weight
    parents = np.full(n, -1, np.int64)
    if len(best):
        first = by_names.argmax(axis=1)
        parents = np.where(by_names.max(axis=1) > 0.0, best[first], parents)
        first = by_named.argmax(axis=1)
        parents = np.where(by_named.max(axis=1) > 0.0, best[first], parents)
    news = things.names * (things.asked == 0.0) * np.sqrt(things.rarity)
    shared = (news @ news[best[:_STRAIGHT]].T).astype(np.float64)
    straight = np.s_[:, :_STRAIGHT]
    shared[own[straight]] = 0.0
    return Bridges(
        named=by_named.max(axis=1, initial=0.0),
        named_by_asked=(named * sure).max(axis=1, initial=0.0),
        names=by_names.max(axis=1, initial=0.0),
        names_asked=(names * sure).max(axis=1, initial=0.0),
        times=named.sum(axis=1).astype(np.float64),
        shared=shared.max(axis=1, initial=0.0),
        same_title=same_title,
        parents=parents,
        down=named,
        up=names,
        linked=(shared > 0.0) | ((down | up) & ~own)[straight],
    )


def _around(things: Things, best: Ints) -> Things:
    """Keep the entities of the best candidates: no way to them goes through any other."""
    kept = np.flatnonzero((things.names[best] + things.titles[best]).any(axis=0))
    return Things(
        things.names[:, kept],
        things.titles[:, kept],
        things.rarity[kept],
        things.asked[kept],
        things.total,
    )


def _better_of_title(things: Things, weights: Column) -> Column:
    """Count for each candidate the better ones of the same title."""
    titled = things.titles.max(axis=1, initial=0.0) > 0.0
    title = np.where(titled, things.titles.argmax(axis=1), -1) if things.titles.size else titled
    order = np.lexsort((np.arange(len(weights)), -weights, title))
    counts = np.zeros(len(weights), np.float64)
    arranged = np.asarray(title)[order]
    starts = np.flatnonzero(np.r_[True, arranged[1:] != arranged[:-1]]) if len(order) else order
    lengths = np.diff(np.r_[starts, len(order)])
    counts[order] = np.arange(len(order)) - np.repeat(starts, lengths)
    counts[~titled] = 0.0
    return counts
