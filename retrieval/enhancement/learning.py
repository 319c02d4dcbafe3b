"""Learns from what people said of questions while searches go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from knowledge.questions import Intent
from retrieval.enhancement.intent import IntentClassifier, learned_weights, said_of
from retrieval.enhancement.kept import KeptWeights, key_of
from retrieval.enhancement.training import Example, Weights, read_weights

_REST: Final = 10.0
"""Rests so many times as long as it learned: that is a tenth of one core at the most."""

_BRIEFLY_SECONDS: Final = 1.0
"""Who can't keep what is learned begins so late: a command that asks once would learn in vain."""

Learn = Callable[[Sequence[Example]], Weights]
"""Learns from judgements."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Questions of which people said the intent; it never changes.

    Attributes:
        examples: each question once, the newest last.
        said: what was said, by the question's one spelling.
        key: names what is learned from them.
    """

    examples: Sequence[Example] = ()
    said: Mapping[str, Intent] = field(default_factory=dict)
    key: str = ""


def judged_of(examples: Sequence[Example]) -> Judged:
    """Prepare judgements to be looked up and learned from."""
    return Judged(examples, said_of(examples), key_of(examples)) if examples else Judged()


class IntentLearner:
    """Serves what was learned last, and learns anew in the background.

    What people said of a question itself is known at once; how others are judged changes when
    something was learned from it.
    """

    def __init__(
        self,
        kept: KeptWeights | None = None,
        *,
        learn: Learn = learned_weights,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing.

        Args:
            kept: where what was learned is kept; None for nowhere.
            learn: learns, which takes a while.
            monotonic: seconds of a clock that is never set back.
        """
        self._kept = kept
        self._learn = learn
        self._monotonic = monotonic
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="intents")
        self._starting = threading.Lock()
        self._learning = threading.Lock()
        self._work: Future[None] | None = None
        self._closed = False
        self._due = monotonic() + (0.0 if kept and kept.writable else _BRIEFLY_SECONDS)
        self._shipped: Weights | None = None
        self._learned: tuple[str, Weights] | None = None

    def knows(self, judged: Judged) -> bool:
        """Tell whether what serves was learned from just these."""
        learned = self._learned
        return not judged.examples or (learned is not None and learned[0] == judged.key)

    def intents(self, judged: Judged) -> IntentClassifier | None:
        """Answer the classifier that there is, and learn a better one; None where nobody judged."""
        if not judged.examples:
            return None
        if not self.knows(judged):
            self._start(judged)
        return IntentClassifier(self._weights(), judged.said)

    def recall(self, judged: Judged) -> None:
        """Take what was learned from just these before, by whichever process, in milliseconds."""
        if self._kept is None or self.knows(judged):
            return
        weights = self._kept.read(judged.key)
        if weights is not None:
            self._learned = judged.key, weights

    def learn(self, judged: Judged) -> None:
        """Learn from judgements here and now, and keep it."""
        with self._learning:
            self.recall(judged)
            if self.knows(judged):
                return
            began = self._monotonic()
            weights = self._learn(judged.examples)
            if self._kept is not None:
                self._kept.write(judged.key, weights)
            self._learned = judged.key, weights
            ended = self._monotonic()
            self._due = ended + _REST * (ended - began)

    def close(self) -> None:
        """Wait for what is being learned, and learn no more."""
        with self._starting:
            self._closed = True
        self._pool.shutdown()

    def _weights(self) -> Weights:
        """Answer those learned last; before that, those that come along."""
        if self._learned is not None:
            return self._learned[1]
        if self._shipped is None:
            self._shipped = read_weights()
        return self._shipped

    def _start(self, judged: Judged) -> None:
        with self._starting:
            busy = self._work is not None and not self._work.done()
            if not (self._closed or busy or self._monotonic() < self._due):
                self._work = self._pool.submit(self.learn, judged)
