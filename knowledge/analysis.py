"""What the Knowledge Sage reads in a document before it opens the write transaction."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from foundation.ids import Sha256
from knowledge.classification.model import Label
from knowledge.extraction.model import Excerpt, Extract, Extractor
from knowledge.language import detect_language
from knowledge.model import INSIGHTS, Draft, Metadata


class Classifier(Protocol):
    """Tells what a document is: a pure function of it."""

    def classify(
        self,
        title: str,
        text: str,
        media_type: str,
        metadata: Metadata,
        headings: Sequence[str],
        *,
        name: str,
    ) -> Sequence[Label]:
        """Label a document: its kind, topics and quality, each with a confidence."""
        ...


@dataclass(frozen=True, slots=True)
class Analyst:
    """Reads passages for the graph and documents for their labels.

    What it reads depends on the passage and its document's source id alone, so that it is the
    same whenever, and after whatever, a passage is read. Insights are not read: they repeat what
    was learned, and learning from them would prove everything.
    """

    extractor: Extractor
    classifier: Classifier

    def read(
        self,
        collection: str,
        draft: Draft,
        hashes: Sequence[Sha256],
        known: Container[Sha256] = (),
    ) -> dict[Sha256, Extract]:
        """Read a draft's passages, by the hash of each; those that are known already are not."""
        if collection == INSIGHTS:
            return {}
        passages = {
            text_hash: excerpt(
                draft.source_id, draft.title, span.heading, draft.text[span.start : span.end]
            )
            for span, text_hash in zip(draft.spans, hashes, strict=True)
            if text_hash not in known
        }
        extracts = self.extractor.extract(list(passages.values()))
        return dict(zip(passages, extracts, strict=True))

    def label(self, collection: str, draft: Draft) -> Sequence[Label]:
        """Tell what a document is."""
        if collection == INSIGHTS:
            return ()
        headings = dict.fromkeys(name for span in draft.spans for name in span.heading)
        return self.classifier.classify(
            draft.title,
            draft.text,
            draft.media_type,
            draft.metadata,
            list(headings),
            name=draft.source_id,
        )


def excerpt(source_id: str, title: str, heading: Sequence[str], text: str) -> Excerpt:
    """Make what an extractor reads of a passage."""
    return Excerpt(title, tuple(heading), text, detect_language(text), source_id)


Extracts = Mapping[Sha256, Extract]
