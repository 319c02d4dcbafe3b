"""What was learned, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from api.limits import checked
from api.platform import Platform
from api.views import frame, table
from foundation.errors import InvalidInput, NotFound
from foundation.ids import ChunkId
from knowledge.curation import ACCEPTED, REJECTED, Decision
from knowledge.learning import Learned
from knowledge.model import Chunk
from knowledge.patterns.model import Pattern, PatternKind, PatternState
from knowledge.patterns.store import pattern_history, read_patterns

if TYPE_CHECKING:
    import pandas as pd

_SHOWN: Final = 25


class Patterns:
    """What the corpus taught: every pattern with its figures, its gate and its evidence."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def list(
        self,
        *,
        kind: str | None = None,
        state: str | None = "active",
        since: int = 0,
        limit: int | None = 100,
        as_of: str | int | None = None,
    ) -> Sequence[Pattern]:
        """List patterns in the order of their last changes; state None means all."""
        if kind is not None and kind not in list(PatternKind):
            known = ", ".join(kind.value for kind in PatternKind)
            raise InvalidInput(f"{kind[:80]!r} is no kind of pattern: {known}")
        if state is not None and state not in list(PatternState):
            known = ", ".join(state.value for state in PatternState)
            raise InvalidInput(f"{state[:80]!r} is no state of a pattern: {known}")
        at = self._platform.moment(as_of)
        with self._platform.parts.database.read() as connection:
            return read_patterns(
                connection,
                kinds=[kind] if kind else (),
                states=[state] if state else (),
                since=since,
                limit=None if limit is None else checked(limit),
                at=at,
            )

    def history(self, key: str) -> Sequence[Pattern]:
        """List all versions of a pattern, oldest first.

        Raises:
            NotFound: there never was one with this key.
        """
        with self._platform.parts.database.read() as connection:
            found = pattern_history(connection, key)
        if not found:
            raise NotFound(f"there is no pattern {key[:200]!r}; `elders patterns list` shows them")
        return found

    def evidence(self, key: str) -> Sequence[Chunk]:
        """List the passages that show a pattern, the most telling first."""
        ids = [ChunkId(chunk) for chunk in self.history(key)[-1].evidence]
        found = self._platform.parts.reader.chunks(ids)
        return [found[chunk] for chunk in ids if chunk in found]

    def accept(self, key: str, *, actor: str = "user") -> Decision:
        """Let a pattern be active whatever its gate says."""
        return self._decide(ACCEPTED, key, actor)

    def reject(self, key: str, *, actor: str = "user") -> Decision:
        """Let a pattern never be active; `curation.undo` takes it back."""
        return self._decide(REJECTED, key, actor)

    def learn(self) -> Learned:
        """Learn now from all that is current, and tell what changed."""
        self._platform.require_ownership()
        learned = self._platform.parts.knowing.learner.learn()
        self._platform.settle()
        return learned

    def to_frame(self, *, kind: str | None = None, state: str | None = None) -> pd.DataFrame:
        """Make a DataFrame with a row for each pattern."""
        return frame([_row(p) for p in self.list(kind=kind, state=state, limit=None)])

    def _decide(self, kind: str, key: str, actor: str) -> Decision:
        self._platform.require_ownership()
        self.history(key)
        decision = self._platform.parts.knowing.curation.decide(kind, key, actor=actor)
        self._platform.parts.knowing.learner.restate(key)
        self._platform.settle()
        return decision

    def _repr_html_(self) -> str:
        found = self.list(state=None, limit=None)
        return table([_row(p) for p in found[-_SHOWN:]], caption=f"{len(found)} patterns")


def _row(pattern: Pattern) -> dict[str, Any]:
    return {
        "key": pattern.key,
        "kind": pattern.kind.value,
        "state": pattern.state.value,
        "statement": pattern.statement,
        "support": pattern.support,
        "confidence": round(pattern.confidence, 3),
        "lift": round(pattern.lift, 2),
        "gate": f"{pattern.gate.score:.3g} / {pattern.gate.baseline:.3g}",
        "cases": pattern.gate.cases,
    }
