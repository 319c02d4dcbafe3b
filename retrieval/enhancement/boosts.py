"""Words that pages have which serve an intent: the technical ones speak of code, and so on.

They are shown to who wants an explanation; no ranking uses them (docs/search.md says why).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from knowledge.questions import Intent

_ENGLISH: Final[Mapping[Intent, tuple[str, ...]]] = {
    Intent.TECHNICAL: ("code", "api", "implementation"),
    Intent.CONCEPTUAL: ("overview", "theory", "explanation"),
    Intent.TROUBLESHOOTING: ("error", "solution", "fix"),
    Intent.PERFORMANCE: ("optimization", "speed", "efficiency"),
}
_JAPANESE: Final[Mapping[Intent, tuple[str, ...]]] = {
    Intent.TECHNICAL: ("コード", "API", "実装"),
    Intent.CONCEPTUAL: ("概要", "理論", "説明"),
    Intent.TROUBLESHOOTING: ("エラー", "解決", "修正"),
    Intent.PERFORMANCE: ("最適化", "速度", "効率"),
}
_LIKELY: Final = 0.2


def boosts(intents: Mapping[Intent, float], language: str) -> dict[str, float]:
    """Answer words with weights: the probability of their intent, shared among them.

    Intents that are unlikely have no say; those that look for one fact or page have no words.
    """
    words = _JAPANESE if language == "ja" else _ENGLISH
    return {
        word: round(chance / len(words[intent]), 4)
        for intent, chance in intents.items()
        if intent in words and chance >= _LIKELY
        for word in words[intent]
    }
