"""What kind of incident a window of log lines is: by words, templates, and who is suspect."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from elders.learned import LearnedPattern
from foundation.errors import InvalidInput

if TYPE_CHECKING:
    from drain3 import TemplateMiner
    from sklearn.pipeline import Pipeline

LINES: Final = 20
"""In a window."""

NORMAL: Final = "normal"
_TREES: Final = 300
_SEED: Final = 7
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


@dataclass(frozen=True, slots=True)
class Recipe:
    """How windows are made numbers, and what learns of them.

    Attributes:
        templates: whether lines count by their templates.
        words: whether they count by their words: so what was never seen is known all the same.
        suspects: whether templates count once more that no normal window had, and the most
            frequent of them in the window: what is found in normal windows is innocent.
        counts: whether it is counted how often each is there; otherwise it is damped, and what is
            everywhere counts for less (TF-IDF).
        trees: whether random trees learn; otherwise a linear model.
    """

    templates: bool = True
    words: bool = True
    suspects: bool = True
    counts: bool = False
    trees: bool = True


CHOSEN: Final = Recipe()
"""By `benchmarks.choosing`, on windows with which nothing is judged."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes tokens of windows, by what was learned of templates."""

    recipe: Recipe
    miner: TemplateMiner
    sequences: Sequence[str]
    innocent: Collection[int] = field(default_factory=frozenset)

    def templates(self, window: Sequence[str]) -> list[int | None]:
        """Answer the template of each line; None where it has none that is known."""
        found = [self.miner.match(line) for line in window]
        return [None if each is None else int(each.cluster_id) for each in found]

    def tokens(self, window: Sequence[str]) -> str:
        """Write a window as what counts in it."""
        templates, tokens = self.templates(window), list[str]()
        if self.recipe.templates:
            tokens += [f"template-{each}" for each in templates if each is not None]
        if self.recipe.words:
            tokens += [word.lower() for line in window for word in _WORDS.findall(line)]
        if self.recipe.suspects:
            tokens += self._suspects(templates)
        tokens += [
            f"pattern-{number}"
            for line in window
            for number, each in enumerate(self.sequences)
            if each and each in line
        ]
        return " ".join(tokens)

    def _suspects(self, templates: Sequence[int | None]) -> list[str]:
        found = [each for each in templates if each is not None and each not in self.innocent]
        unknown = ["suspect-unknown"] if None in templates else []
        if not found:
            return ["suspect-none", "chief-none", *unknown]
        chief = Counter(found).most_common(1)[0][0]
        return [*(f"suspect-{each}" for each in found), f"chief-{chief}", *unknown]


class LogKinds:
    """Tells kinds of windows, as learned from windows whose kind is known.

    A line counts by its template, by its words, and by sequences of the Knowledge Sage that it
    completes.
    """

    def __init__(self, reader: _Reader, model: Pipeline) -> None:
        self._reader = reader
        self._model = model

    @classmethod
    def learn(
        cls,
        windows: Sequence[Sequence[str]],
        kinds: Sequence[str],
        patterns: Sequence[LearnedPattern] = (),
        *,
        recipe: Recipe = CHOSEN,
    ) -> Self:
        """Learn.

        Args:
            windows: lines without their heads, a sequence for each window.
            kinds: of the windows, as many.
            patterns: of the Knowledge Sage; active ones that name templates are features.
            recipe: how.

        Raises:
            InvalidInput: there are not two kinds.
        """
        if len(windows) != len(kinds) or len(set(kinds)) < 2:
            raise InvalidInput("kinds are learned from windows of two kinds at the least")
        miner = _miner()
        for window in windows:
            for line in window:
                miner.add_log_message(line)
        sequences = [text for each in patterns if (text := _template_of(each))]
        reader = _Reader(recipe, miner, sequences)
        normal = [w for w, kind in zip(windows, kinds, strict=True) if kind == NORMAL]
        innocent = {each for w in normal for each in reader.templates(w) if each is not None}
        reader = _Reader(recipe, miner, sequences, innocent)
        model = _model(recipe)
        model.fit([reader.tokens(window) for window in windows], list(kinds))
        return cls(reader, model)

    def name(self, windows: Sequence[Sequence[str]]) -> list[Named]:
        """Tell the kind of each window."""
        if not windows:
            return []
        chances = self._model.predict_proba([self._reader.tokens(each) for each in windows])
        classes = list(self._model.classes_)
        best = chances.argmax(axis=1)
        return [
            Named(str(classes[place]), float(row[place]))
            for row, place in zip(chances, best, strict=True)
        ]


def windows_of(lines: Sequence[str], size: int = LINES) -> list[Sequence[str]]:
    """Cut lines into windows that do not overlap; a rest of less than half a window is left out."""
    cut = [lines[at : at + size] for at in range(0, len(lines), size)]
    return [each for each in cut if len(each) * 2 >= size]


def _model(recipe: Recipe) -> Pipeline:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    vectors = (
        CountVectorizer(analyzer=str.split)
        if recipe.counts
        else TfidfVectorizer(analyzer=str.split, sublinear_tf=True)
    )
    learner = (
        ExtraTreesClassifier(_TREES, class_weight="balanced", random_state=_SEED)
        if recipe.trees
        else LogisticRegression(C=100.0, max_iter=2_000, class_weight="balanced")
    )
    return make_pipeline(vectors, learner)


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
