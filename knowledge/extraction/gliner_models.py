"""Any GLiNER model as an extractor of names: the kinds are words, not classes it was trained on."""

from __future__ import annotations

import importlib
import threading
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from foundation.errors import InvalidInput, Unavailable
from foundation.ids import content_hash
from knowledge.extraction.labels import kind_of_label
from knowledge.extraction.model import Excerpt, Extract
from knowledge.extraction.spans import Span, mentions_of, windows

LABELS: Final = ("person", "organization", "location", "event", "product", "software", "date")
"""Asked for by default, in the words that the published models were trained on."""

_READING: Final = "1"
_LONGEST: Final = 1_200
"""Characters read at once: the models cut a text after 384 words."""


class GlinerExtractor:
    """Reads names of any kind that can be said in a word.

    Words are what stands between spaces, so it is of little use for Japanese: prefer GiNZA there.

    Source: Zaratiana et al., GLiNER: Generalist Model for Named Entity Recognition using
    Bidirectional Transformer, NAACL 2024.
    """

    def __init__(
        self,
        model: str,
        *,
        labels: Sequence[str] = LABELS,
        threshold: float = 0.5,
        batch_size: int = 8,
    ) -> None:
        """Load a model, downloading it where that is allowed and needed.

        Args:
            model: a name on the hub ("urchade/gliner_multi-v2.1") or a folder.
            labels: the kinds to look for.
            threshold: the score from which a span counts (0 to 1).
            batch_size: passages that the model sees at once.

        Raises:
            InvalidInput: no model is named, or no label.
            Unavailable: the package is not installed, or the weights are not to be had.
        """
        if not model or not labels:
            raise InvalidInput(
                "name a model and what to look for: gliner:urchade/gliner_multi-v2.1"
            )
        self._model = _load(model)
        self._labels = list(labels)
        self._threshold = threshold
        self._batch_size = batch_size
        self._lock = threading.Lock()
        asked = content_hash(*labels, str(threshold))[:8]
        self._name = f"gliner-{model}-{asked}-{_READING}"

    @property
    def name(self) -> str:
        """Name the model, and what it is asked; the hub does not tell when weights change."""
        return self._name

    def extract(self, excerpts: Sequence[Excerpt]) -> list[Extract]:
        """Read the passages' texts, batch by batch; titles and headings are left to the rules."""
        pieces = [
            (position, offset, piece)
            for position, excerpt in enumerate(excerpts)
            for offset, piece in windows(excerpt.text, _LONGEST)
            if piece.strip()
        ]
        pieces.sort(key=lambda piece: len(piece[2]))  # batches of like length waste no padding
        spans: list[list[Span]] = [[] for _ in excerpts]
        for (position, offset, _), found in zip(
            pieces, self._predicted([piece for *_, piece in pieces]), strict=True
        ):
            spans[position] += spans_of(found, offset)
        return [
            Extract(mentions_of(excerpt.text, found))
            for excerpt, found in zip(excerpts, spans, strict=True)
        ]

    def _predicted(self, texts: list[str]) -> list[list[Mapping[str, Any]]]:
        if not texts:
            return []
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: list[list[Mapping[str, Any]]] = self._model.inference(
                texts, self._labels, threshold=self._threshold, batch_size=self._batch_size
            )
        return found


def spans_of(entities: Iterable[Mapping[str, Any]], offset: int = 0) -> list[Span]:
    """Read the entities that GLiNER found in a text that begins at `offset` of the passage."""
    return [
        Span(offset + entity["start"], offset + entity["end"], kind)
        for entity in entities
        if (kind := kind_of_label(entity["label"]))
    ]


def _load(model: str) -> Any:  # noqa: ANN401 - untyped library
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module("gliner").GLiNER.from_pretrained(model)
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"the model {model!r} needs the package {error.name!r}, which is not installed: "
            "pip install -e '.[gliner]'"
        ) from error
    except (ImportError, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Unavailable(
            f"the weights of {model!r} are not to be had: {reason} Name a GLiNER model on a hub "
            "that this machine reaches (HF_ENDPOINT), or a folder that holds one"
        ) from error
