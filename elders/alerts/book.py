"""All alerts of a guild in memory: what each report changes, and what is to be told when."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from elders.alerts.candidates import Candidates
from elders.alerts.correlating import is_cause, joined, joins, merged, opened
from elders.alerts.model import MICROS, Alert, Composite, Notice, Tracked
from elders.alerts.muting import mutes
from elders.alerts.policy import Policy, Silence
from elders.alerts.telling import telling, unknown_until
from elders.alerts.tracking import aged, judged, observed
from elders.severity import Severity
from foundation.clock import Micros


@dataclass(slots=True)
class Changes:
    """What is to be written: keys of what changed, whether it is still there or not."""

    tracked: set[str] = field(default_factory=set)
    composites: set[str] = field(default_factory=set)


class Book:
    """Applies the pipeline's plain functions, and remembers what they answer.

    Its size has a bound: of more alerts than `policy.most_tracked` only numbers are kept, of the
    least severe first. It is not for several threads at once.

    Args:
        policy: by which rules.
        tracked: all alerts, as they were kept; those without a composite are past.
        composites: all composites, as they were kept.
    """

    def __init__(
        self, policy: Policy, tracked: Iterable[Tracked] = (), composites: Iterable[Composite] = ()
    ) -> None:
        self._policy = policy
        kept = list(tracked)
        self.tracked = {each.alert.fingerprint: each for each in kept if each.composite}
        self.past = {each.alert.fingerprint: each for each in kept if not each.composite}
        self.composites: OrderedDict[str, Composite] = OrderedDict(
            (each.id, each) for each in sorted(composites, key=lambda each: each.last_at)
        )
        self._members: dict[str, set[str]] = {each: set() for each in self.composites}
        self._candidates = Candidates(policy)
        for each in self.composites.values():
            self._candidates.put(each, newest=True)
        self._ranked: list[dict[str, None]] = [{} for _ in Severity]
        self.changes = Changes()
        for key, known in self.tracked.items():
            self._members[known.composite].add(key)
            self._ranked[known.due.severity.rank][key] = None

    def fitting(self, alert: Alert) -> list[Composite]:
        """List the composites that an alert would join, the newest first."""
        return [each for each in self._candidates.of(alert) if joins(alert, each, self._policy)]

    def members(self, composite: str) -> list[Tracked]:
        """List a composite's alerts, the earliest first."""
        found = [self.tracked[key] for key in self._members.get(composite, ())]
        return sorted(found, key=lambda each: (each.first_at, each.alert.fingerprint))

    def take(self, alert: Alert, now: Micros) -> None:
        """Count a report in; one from the future, by somebody's wrong clock, is of now."""
        if alert.at > now:
            alert = replace(alert, at=now)
        key = alert.fingerprint
        before = self.tracked.get(key)
        if before is None and alert.resolved:
            return
        composite = self._place(alert, before, now)
        if before is None and not self._has_room(alert):
            grave = alert.severity is Severity.CRITICAL
            more = composite.unnamed + grave
            self._put(replace(composite, untracked=composite.untracked + 1, unnamed=more))
            return
        after = observed(before, alert, composite.id, self._policy.timing)
        if (past := self.past.pop(key, None)) is not None:
            flips = past.flipped(alert.at)
            after = judged(replace(after, flips=flips), alert.at, self._policy.timing)
        self._track(after)

    def age(self, now: Micros) -> None:
        """Take for well what was not heard of for long; look at what is left without members."""
        timing = self._policy.timing
        for before in list(self.tracked.values()):
            after = aged(before, now, timing)
            if after is not before:
                self._track(after)
        for key, gone in list(self.past.items()):
            if now - gone.flips[-1] >= timing.flap_seconds * MICROS:
                del self.past[key]
                self.changes.tracked.add(key)
        for composite in list(self.composites.values()):
            members = self._members[composite.id]
            if not any(self.tracked[key].fires for key in members):
                self._look_at(composite, now)

    def tell(
        self, silences: Sequence[Silence], quiet: Collection[str], now: Micros
    ) -> list[Notice]:
        """Answer what is to be told now.

        Args:
            silences: what people want to hear nothing of.
            quiet: rules that are told one severity lower.
            now: when.
        """
        due = [each for each in self.composites.values() if each.next_at and each.next_at <= now]
        if not due:
            return []
        muting = mutes(self._policy, silences, self.tracked.values(), now)
        notices = []
        for composite in due:
            found = telling(composite, self.members(composite.id), muting, quiet, self._policy)
            for key in found.named:
                self._track(replace(self.tracked[key], told=True, was_critical=False))
            if found.composite is None:
                self._drop(composite.id)
            else:
                self._put(found.composite)
            if found.notice is not None:
                notices.append(found.notice)
        return notices

    def _place(self, alert: Alert, before: Tracked | None, now: Micros) -> Composite:
        """Find where an alert belongs; composites that it shows to have one cause become one."""
        found = self.composites[before.composite] if before else self._found(alert, now)
        after = joined(found, alert, self._policy, now)
        self._put(after)
        return after

    def _found(self, alert: Alert, now: Micros) -> Composite:
        fitting = self.fitting(alert)
        causing = [each for each in fitting if is_cause(alert, each)]
        if len(causing) > 1:
            return self._merge(causing)
        if fitting:
            return next((each for each in fitting if each.pinned), fitting[0])
        full = len(self.tracked) >= self._policy.most_tracked
        if full and self.composites and self._mildest(alert) is None:
            return next(reversed(self.composites.values()))
        return opened(alert, self._policy, now)

    def _merge(self, fitting: Sequence[Composite]) -> Composite:
        *others, oldest = sorted(fitting, key=lambda each: each.opened_at, reverse=True)
        for other in others:
            oldest = merged(oldest, other)
            for key in list(self._members[other.id]):
                self._track(replace(self.tracked[key], composite=oldest.id))
            self._remove(other.id)
        return oldest

    def _mildest(self, alert: Alert) -> str | None:
        """Find what is milder than an alert, and milder than all else."""
        milder = self._ranked[: alert.severity.rank : -1]
        return next((key for keys in milder for key in keys), None)

    def _has_room(self, alert: Alert) -> bool:
        """Make room where there is none: a graver alert takes the place of the mildest one."""
        if len(self.tracked) < self._policy.most_tracked:
            return True
        key = self._mildest(alert)
        if key is None:
            return False
        evicted = self._forget(key)
        home = self.composites[evicted.composite]
        self._put(replace(home, untracked=home.untracked + evicted.count))
        return True

    def _track(self, after: Tracked) -> None:
        key = after.alert.fingerprint
        before = self.tracked.get(key)
        if before is not None:
            if before.composite != after.composite:
                self._members[before.composite].discard(key)
            if before.due.severity is not after.due.severity:
                del self._ranked[before.due.severity.rank][key]
        self.tracked[key] = after
        self._members.setdefault(after.composite, set()).add(key)
        self._ranked[after.due.severity.rank][key] = None
        self.changes.tracked.add(key)

    def _forget(self, key: str) -> Tracked:
        gone = self.tracked.pop(key)
        self._members[gone.composite].discard(key)
        del self._ranked[gone.due.severity.rank][key]
        self.changes.tracked.add(key)
        return gone

    def _put(self, composite: Composite) -> None:
        self.composites[composite.id] = composite
        self._members.setdefault(composite.id, set())
        self.changes.composites.add(composite.id)
        newest = composite.last_at >= next(reversed(self.composites.values())).last_at
        if newest:
            self.composites.move_to_end(composite.id)
        self._candidates.put(composite, newest=newest)

    def _look_at(self, composite: Composite, now: Micros) -> None:
        """Have a composite looked at soon that has nothing left that fires, as far as is known."""
        timing = self._policy.timing
        soon = Micros(now + int(timing.group_wait_seconds * MICROS))
        soon = max(soon, unknown_until(composite, timing))
        if composite.next_at is None or composite.next_at > soon:
            self._put(replace(composite, next_at=soon))

    def _drop(self, composite: str) -> None:
        """End a matter; that its alerts changed is remembered for a while, lest they flap."""
        for key in list(self._members[composite]):
            gone = self._forget(key)
            if len(self.past) < self._policy.most_tracked:
                self.past[key] = replace(gone, composite="")
        self._remove(composite)

    def _remove(self, composite: str) -> None:
        del self.composites[composite]
        del self._members[composite]
        self._candidates.remove(composite)
        self.changes.composites.add(composite)
