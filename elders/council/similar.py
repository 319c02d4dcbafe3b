"""How likely a passage tells of the same matter as a statement: a calibrated chance, not a score.

The platform's scores order passages; they do not say how surely one fits. So the chance comes from
two things that mean the same in every base: the cosine between the statement's and the passage's
vectors, and the share of the statement's telling words that the passage has. How they make a chance
was fitted once on judged searches: see `benchmarks/similar.py`, which also says how well it holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

_WORD: Final = re.compile(r"[a-z][a-z0-9_]+|[\u3040-\u30ff\u4e00-\u9fff]{2}")
_STOP: Final = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "did", "do", "does",
    "for", "from", "had", "has", "have", "how", "if", "in", "into", "is", "it", "its", "more",
    "most", "no", "not", "of", "on", "one", "or", "other", "out", "so", "such", "than", "that",
    "the", "their", "them", "then", "there", "these", "they", "this", "to", "was", "were", "what",
    "when", "where", "which", "while", "who", "why", "will", "with", "would", "you", "says",
    "say", "said", "info", "warn", "error", "after", "comes", "cases", "times", "often", "chance",
})  # fmt: skip

INTERCEPT: Final = -21.55
COSINE: Final = 6.85
SHARED: Final = 19.42
"""Of the logistic regression; without a vector the cosine is taken as nothing."""


def words(text: str) -> frozenset[str]:
    """Read the telling words of a text."""
    return frozenset(_WORD.findall(text.lower())) - _STOP


def shared(statement: str, passage: str) -> float:
    """Tell which share of a statement's telling words a passage has."""
    telling = words(statement)
    return len(telling & words(passage)) / len(telling) if telling else 0.0


def chance(statement: str, passage: str, parts: Mapping[str, float]) -> float:
    """Tell how likely a passage tells of the same matter.

    Args:
        statement: what was searched for.
        passage: its text.
        parts: of its score: `dense` is the cosine.
    """
    known = COSINE * max(0.0, parts.get("dense", 0.0)) + SHARED * shared(statement, passage)
    return 1.0 / (1.0 + math.exp(-(INTERCEPT + known)))
