"""What kind of incident a window of log lines is: templates counted, and a linear model of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from elders.learned import LearnedPattern
from foundation.errors import InvalidInput

if TYPE_CHECKING:
    from drain3 import TemplateMiner
    from sklearn.pipeline import Pipeline

LINES: Final = 20
"""In a window."""

NORMAL: Final = "normal"
_WORDS: Final = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Named:
    """What a window was taken for.

    Attributes:
        kind: of the incident; "normal" for none.
        confidence: the model's, 0 to 1.
    """

    kind: str
    confidence: float


class LogKinds:
    """Tells kinds of windows, as learned from windows whose kind is known.

    A line counts by its template, by its words, and by sequences of the Knowledge Sage that it
    completes: templates that were never seen are still known by their words.
    """

    def __init__(self, miner: TemplateMiner, model: Pipeline, sequences: Sequence[str]) -> None:
        self._miner = miner
        self._model = model
        self._sequences = sequences

    @classmethod
    def learn(
        cls,
        windows: Sequence[Sequence[str]],
        kinds: Sequence[str],
        patterns: Sequence[LearnedPattern] = (),
    ) -> Self:
        """Learn.

        Args:
            windows: lines without their heads, a sequence for each window.
            kinds: of the windows, as many.
            patterns: of the Knowledge Sage; active ones that name templates are features.

        Raises:
            InvalidInput: there are not two kinds.
        """
        if len(windows) != len(kinds) or len(set(kinds)) < 2:
            raise InvalidInput("kinds are learned from windows of two kinds at the least")
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        miner = _miner()
        for window in windows:
            for line in window:
                miner.add_log_message(line)
        sequences = [text for each in patterns if (text := _template_of(each))]
        model = make_pipeline(
            TfidfVectorizer(analyzer=str.split, sublinear_tf=True),
            LogisticRegression(C=100.0, max_iter=2_000, class_weight="balanced"),
        )
        found = cls(miner, model, sequences)
        model.fit([found._features(window) for window in windows], list(kinds))
        return found

    def name(self, windows: Sequence[Sequence[str]]) -> list[Named]:
        """Tell the kind of each window."""
        if not windows:
            return []
        chances = self._model.predict_proba([self._features(each) for each in windows])
        classes = list(self._model.classes_)
        best = chances.argmax(axis=1)
        return [
            Named(str(classes[place]), float(row[place]))
            for row, place in zip(chances, best, strict=True)
        ]

    def _features(self, window: Sequence[str]) -> str:
        tokens: list[str] = []
        for line in window:
            found = self._miner.match(line)
            if found is not None:
                tokens.append(f"template-{found.cluster_id}")
            tokens += [word.lower() for word in _WORDS.findall(line)]
            tokens += [
                f"pattern-{number}"
                for number, each in enumerate(self._sequences)
                if each and each in line
            ]
        return " ".join(tokens)


def windows_of(lines: Sequence[str], size: int = LINES) -> list[Sequence[str]]:
    """Cut lines into windows that do not overlap; a rest of less than half a window is left out."""
    cut = [lines[at : at + size] for at in range(0, len(lines), size)]
    return [each for each in cut if len(each) * 2 >= size]


def _miner() -> TemplateMiner:
    from drain3 import TemplateMiner
    from drain3.template_miner_config import TemplateMinerConfig

    config = TemplateMinerConfig()
    config.profiling_enabled = False
    return TemplateMiner(config=config)


def _template_of(pattern: LearnedPattern) -> str:
    """Answer the longest fixed part of a pattern's template; nothing where it names none."""
    data: Mapping[str, Any] = pattern.data
    template = data.get("template")
    if pattern.state != "active" or not isinstance(template, str):
        return ""
    parts = [part.strip() for part in re.split(r"<[^>]*>", template)]
    return max(parts, key=len, default="")
