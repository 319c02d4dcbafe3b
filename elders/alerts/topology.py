"""Who depends on whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Topology:
    """A graph of services and what they depend on, given as data. It is never changed.

    Args:
        depends: of each service, what it needs itself; it may go round.
        depth: how many steps of dependence are followed.
    """

    def __init__(
        self, depends: Mapping[str, Sequence[str]] | None = None, *, depth: int = 4
    ) -> None:
        self._depends = {name: tuple(needs) for name, needs in (depends or {}).items()}
        self._depth = depth
        self._known = {*self._depends, *(need for each in self._depends.values() for need in each)}
        self._cones = {node: self._follow(node) for node in self._depends}

    def cone(self, node: str) -> frozenset[str]:
        """Answer a service and all that it needs; of an unknown one, itself alone."""
        return self._cones.get(node, frozenset({node}))

    def knows(self, node: str) -> bool:
        """Tell whether anything is said of a service."""
        return node in self._known

    def _follow(self, node: str) -> frozenset[str]:
        seen, edge = {node}, {node}
        for _ in range(self._depth):
            edge = {need for each in edge for need in self._depends.get(each, ())} - seen
            seen |= edge
        return frozenset(seen)
