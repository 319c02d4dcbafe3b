"""Where a language model's answers are kept, so that no passage is paid for twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from foundation.ids import Sha256


class ExtractionCache(Protocol):
    """Answers by the extractor's name and the hash of the passage.

    An answer is JSON text, checked but not yet looked up in the passage. The name holds model and
    prompt, so that a new one of either finds nothing. Several threads may call.
    """

    def get_many(self, extractor: str, hashes: Sequence[Sha256]) -> dict[Sha256, str]:
        """Look answers up; those that are not known are left out."""
        ...

    def put_many(self, extractor: str, answers: Mapping[Sha256, str]) -> None:
        """Keep answers; a later one of the same passage takes the place of the earlier."""
        ...


class MemoryCache:
    """Keeps answers as long as the process lives."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, Sha256], str] = {}

    def get_many(self, extractor: str, hashes: Sequence[Sha256]) -> dict[Sha256, str]:
        """Look answers up; those that are not known are left out."""
        return {
            each: self._answers[extractor, each]
            for each in hashes
            if (extractor, each) in self._answers
        }

    def put_many(self, extractor: str, answers: Mapping[Sha256, str]) -> None:
        """Keep answers."""
        self._answers.update({(extractor, each): answer for each, answer in answers.items()})
