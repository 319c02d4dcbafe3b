"""Which composites an alert may join, found without a look at every one."""

from __future__ import annotations

from collections import defaultdict
from itertools import count

from elders.alerts.correlating import shared_values
from elders.alerts.model import Alert, Composite
from elders.alerts.policy import Policy

_Key = tuple[str, ...]


class Candidates:
    """Finds composites by all that `joins` goes by: rules, nodes of the topology, shared labels.

    What a composite narrowed down is found still: `joins` has the last word.

    Args:
        policy: by which rules.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._by_key: dict[_Key, set[str]] = defaultdict(set)
        self._seen: dict[str, Composite] = {}
        self._keys: dict[str, set[_Key]] = {}
        self._places: dict[str, int] = {}
        self._place = count()

    def put(self, composite: Composite, *, newest: bool) -> None:
        """Know a composite as it is now; the newest is found first."""
        key, before = composite.id, self._seen.get(composite.id)
        if newest or before is None:
            self._places[key] = next(self._place)
        self._seen[key] = composite
        if before is not None and _looks(before) == _looks(composite):
            return
        known = self._keys.setdefault(key, set())
        for each in self._keys_of(composite) - known:
            known.add(each)
            self._by_key[each].add(key)

    def remove(self, composite: str) -> None:
        """Forget a composite."""
        for each in self._keys.pop(composite):
            self._by_key[each].discard(composite)
            if not self._by_key[each]:
                del self._by_key[each]
        del self._seen[composite], self._places[composite]

    def of(self, alert: Alert) -> list[Composite]:
        """List the composites that an alert may join, the newest first."""
        cone = () if alert.service is None else self._policy.topology.cone(alert.service)
        keys: list[_Key] = [("rule", alert.rule), *(("node", each) for each in cone)]
        if values := shared_values(alert.labels, self._policy):
            keys.append(("labels", *values))
        found = {each for key in keys for each in self._by_key.get(key, ())}
        ordered = sorted(found, key=self._places.__getitem__, reverse=True)
        return [self._seen[each] for each in ordered]

    def _keys_of(self, composite: Composite) -> set[_Key]:
        found: set[_Key] = {("rule", each) for each in composite.rules}
        found |= {("node", each) for each in composite.causes}
        if composite.root is not None:
            found.add(("node", composite.root))
        if values := shared_values(composite.labels, self._policy):
            found.add(("labels", *values))
        return found


def _looks(composite: Composite) -> tuple[object, ...]:
    return composite.rules, composite.causes, composite.root
