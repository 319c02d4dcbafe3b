"""How unusual a principal's behaviour is, by what that principal itself did before."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from foundation.clock import Clock, Micros
from foundation.errors import InvalidInput
from foundation.security.profiles import Profile, Reason, Verdict

_FORMAT: Final = 1
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Assessment:
    """How unusual it is: 0.9 is once in a thousand active hours, 0.95 once in 8,000.

    Attributes:
        score: 1 - p^(1/3), p the probability of so much surprise in an hour of this principal.
        reasons: what it is that is unusual, the most telling first; empty where nothing is.
        learned: active hours behind it.
        fresh: whether it is the first of its verdict in this hour of the principal's.
    """

    principal: str
    score: float
    verdict: Verdict
    reasons: Sequence[Reason]
    learned: int
    fresh: bool = False


class Behaviour:
    """Learns each principal's hours, and judges its requests by them. Threads may share it.

    For every active hour the peak of each figure is learned, so that long sessions weigh no more
    than short ones. Surprise is the sum of -log(probability) over all figures and the hour of the
    day; how rare it is, is again learned from the surprises of this principal's own hours, so that
    a score means the same for all. An hour in which a request was refused is not learned: whoever
    is refused does not become usual by insisting.

    It keeps the `most` principals that were active last, of each a few hundred figures.
    """

    def __init__(
        self,
        clock: Clock,
        rng: Random,
        *,
        investigate_above: float = 0.9,
        refuse_above: float = 0.95,
        warm_up_hours: int = 24,
        warm_up_days: int = 14,
        most: int = 1_000,
    ) -> None:
        """Begin with knowing nobody.

        Args:
            clock: what time it is.
            rng: chooses which figures are forgotten.
            investigate_above: the score from which on a request is reported.
            refuse_above: the score from which on it is refused.
            warm_up_hours: active hours before anybody is refused or reported.
            warm_up_days: and days since they were first seen: a week has a weekend.
            most: principals that are remembered.

        Raises:
            InvalidInput: the scores are not in order.
        """
        if not 0 < investigate_above <= refuse_above <= 1:
            raise InvalidInput(
                f"behaviour is reported above {investigate_above:g} and refused above"
                f" {refuse_above:g}: both must lie between 0 and 1, in this order"
            )
        self._clock = clock
        self._rng = rng
        self._bounds = investigate_above, refuse_above
        self._warm_up = warm_up_hours, warm_up_days * _DAY_SECONDS
        self._most = most
        self._known: OrderedDict[str, Profile] = OrderedDict()
        self._lock = threading.Lock()

    def arrive(self, principal: str, documents: Collection[str] = ()) -> Assessment:
        """Count a request and judge it, before it is answered.

        Args:
            principal: whose.
            documents: which documents it names.
        """
        with self._lock:
            profile, now = self._profile(principal), self._now()
            profile.request(now, documents, self._rng)
            return self._judged(principal, profile, now)

    def progress(self, principal: str, *, sent_bytes: int) -> Assessment:
        """Count what of an answer went out so far, and judge whether it may go on."""
        with self._lock:
            profile, now = self._profile(principal), self._now()
            profile.activity.outcome(now, failed=False, received_bytes=sent_bytes)
            return self._judged(principal, profile, now)

    def leave(
        self, principal: str, *, failed: bool, sent_bytes: int, documents: Collection[str] = ()
    ) -> None:
        """Count how a request ended.

        Args:
            principal: whose.
            failed: whether it was refused or wrong.
            sent_bytes: of its answer, beyond what `progress` counted.
            documents: those that its answer showed.
        """
        with self._lock:
            profile, now = self._profile(principal), self._now()
            profile.activity.outcome(now, failed=failed, received_bytes=sent_bytes)
            profile.activity.touch(now, documents)
            profile.peak(now)

    def forget(self, principal: str, at: Micros) -> None:
        """Begin anew with a principal whose work had changed, unless that was done since."""
        with self._lock:
            profile = self._known.get(principal)
            if profile is not None and profile.first <= at / 1e6:
                del self._known[principal]

    def dump(self) -> str:
        """Write down as JSON what was learned; documents are not in it."""
        with self._lock:
            names = list(self._known)
        parts = [part for name in names if (part := self._written(name))]
        return f'{{"format":{_FORMAT},"known":{{{",".join(parts)}}}}}'

    def _written(self, name: str) -> str:
        """Write one profile, so that nobody waits for all; empty where it went meanwhile."""
        with self._lock:
            profile = self._known.get(name)
            if profile is None:
                return ""
            state = profile.state()
        return f"{json.dumps(name)}:{json.dumps(state, separators=(',', ':'))}"

    def load(self, text: str) -> None:
        """Go on from what was written down.

        Raises:
            InvalidInput: it is not what `dump` writes.
        """
        try:
            known = _read(text)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidInput(
                "what was learned of behaviour can't be read: delete the file, it is learned anew"
            ) from error
        with self._lock:
            self._known = OrderedDict(list(known.items())[-self._most :])

    def _now(self) -> float:
        return self._clock() / 1e6

    def _profile(self, principal: str) -> Profile:
        found = self._known.get(principal)
        if found is None:
            found = self._known[principal] = Profile(self._now())
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(principal)
        return found

    def _judged(self, principal: str, profile: Profile, now: float) -> Assessment:
        score = profile.peak(now)
        investigate, refuse = self._bounds
        verdict = Verdict.USUAL
        if score > investigate and profile.is_known(now, *self._warm_up):
            verdict = Verdict.REFUSE if score > refuse else Verdict.INVESTIGATE
        if verdict is Verdict.USUAL:
            return Assessment(principal, score, verdict, (), profile.learned)
        fresh = verdict not in profile.told
        profile.told.add(verdict)
        return Assessment(principal, score, verdict, profile.reasons(now), profile.learned, fresh)


def _read(text: str) -> dict[str, Profile]:
    read = json.loads(text)
    if read["format"] != _FORMAT:
        raise ValueError(read["format"])
    return {str(name): Profile.of(state) for name, state in read["known"].items()}
