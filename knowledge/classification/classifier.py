"""Labels a document by what can be seen of it, cheaply enough for the way into the truth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from knowledge.classification.features import read_features
from knowledge.classification.files import file_feature
from knowledge.classification.kinds import evidence, kind_labels
from knowledge.classification.model import DocumentKind, Evidence, Facet, Label, Origin, Quality
from knowledge.classification.quality import quality_labels, quality_of
from knowledge.classification.reading import Reading
from knowledge.classification.topics import topic_labels
from knowledge.language import detect_language

_LIKELY: Final = 0.05
"""Confidence from which a kind is worth keeping."""

_ASIAN: Final = frozenset({"ja", "zh", "ko"})

_ENOUGH: Final = 12
"""Words from which a language is told with some certainty."""

_LISTS: Final = frozenset({DocumentKind.LOG, DocumentKind.CODE, DocumentKind.TABLE})


class Classifier:
    """Reads a document's kind, language, topics and flaws off its text: a pure function.

    No model and no other document is asked, so that the same document always gets the same labels.
    A text of more than `reading.WHOLE` characters is judged by samples.
    """

    def classify(
        self,
        title: str,
        text: str,
        media_type: str = "",
        metadata: Mapping[str, Any] | None = None,
        headings: Sequence[str] = (),
        *,
        name: str = "",
        language: str = "",
    ) -> list[Label]:
        """Label a document: its likely kinds (the likeliest first), language, topics and flaws.

        Args:
            title: may be empty.
            text: as the truth holds it.
            media_type: as in an HTTP header; may be empty.
            metadata: of which the keys count (a due date, an assignee).
            headings: that were found already; Markdown's and reStructuredText's are found here.
            name: the file's name or address; may be empty.
            language: where somebody has told it already: `detect_language`'s answer.
        """
        reading = Reading.of(title, text, headings)
        features = _features(reading, media_type, metadata, name)
        kinds = [label for label in kind_labels(features) if label.confidence >= _LIKELY]
        spoken = language_label(reading, language)
        prose = kinds[0].value not in _LISTS
        quality = quality_of(reading, spoken.value if spoken else "", prose=prose)
        return [
            *kinds,
            *([spoken] if spoken else ()),
            *topic_labels(reading),
            *quality_labels(quality),
        ]

    def explain(
        self,
        title: str,
        text: str,
        media_type: str = "",
        metadata: Mapping[str, Any] | None = None,
        headings: Sequence[str] = (),
        *,
        name: str = "",
    ) -> list[Evidence]:
        """List what counted for and against each kind, the strongest first."""
        reading = Reading.of(title, text, headings)
        return evidence(_features(reading, media_type, metadata, name))

    def quality(self, title: str, text: str) -> Quality:
        """Measure length, boilerplate, readability and broken text."""
        reading = Reading.of(title, text)
        kind = kind_labels(read_features(reading))[0].value
        return quality_of(reading, detect_language(reading.text), prose=kind not in _LISTS)


def _features(
    reading: Reading,
    media_type: str,
    metadata: Mapping[str, Any] | None,
    name: str,
) -> dict[str, float]:
    features = read_features(reading, metadata)
    if feature := file_feature(name, media_type):
        features[feature] = 1.0
    return features


def language_label(reading: Reading, language: str = "") -> Label | None:
    """Name the main language; None where it cannot be told.

    The confidence grows with the length of the text and falls with the share of the other script,
    Latin or Japanese, Chinese and Korean.
    """
    language = language or detect_language(reading.text) or detect_language(reading.title)
    if not language:
        return None
    asian = reading.cjk / 2
    written = asian if language in _ASIAN else reading.size - asian
    share = written / reading.size if reading.size else 1.0
    certainty = 1 - 0.5 * math.exp(-reading.size / _ENOUGH)
    return Label(Facet.LANGUAGE, language, (0.5 + 0.5 * share) * certainty, Origin.FEATURES)
