"""True sentences, each with the passage in which it stands, and with others to go wrong with.

They are drawn from the passages that are judged relevant in the training sets; none is of code,
of a table, or of a list.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from benchmarks.corpora import read_lines, read_table
from foundation.ids import ChunkId, DocumentId, VersionId
from knowledge.language import detect_language
from knowledge.sentences import split_sentences
from retrieval.answers.model import Passage
from retrieval.model import Citation

_MARKUP: Final = re.compile(r"[`|<>#*\[\]{}=_]|https?:")
_LENGTHS: Final = MappingProxyType({"en": (50, 320), "ja": (20, 160)})
_FROM_EACH: Final = 2
_LOOKS: Final = 50


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence of a passage.

    Attributes:
        near: another passage of the same title or for the same question; None where there is none.
        far: a passage for another question.
        beside: a sentence of `far`.
    """

    source: str
    language: str
    text: str
    passage: Passage
    near: Passage | None
    far: Passage
    beside: str


@dataclass(frozen=True, slots=True)
class _Set:
    rows: Mapping[str, Mapping[str, Any]]
    together: Mapping[str, Collection[str]]
    titled: Mapping[str, Sequence[str]]

    def passage(self, document: str) -> Passage:
        row = self.rows[document]
        title, text = row.get("title", ""), row["text"]
        ids = DocumentId(document), document, VersionId(document)
        citation = Citation(*ids, 1, title, "", (), 0, len(text))
        return Passage(1, text, citation, [ChunkId(1)], 1.0, len(text) // 4)

    def language(self, document: str) -> str:
        return detect_language(self.rows[document]["text"])


def stated(name: str, most: int) -> list[Stated]:
    """Draw sentences of a set, always the same."""
    whole = _read(name)
    draw = random.Random(13)
    documents = sorted(whole.together)
    draw.shuffle(documents)
    found: list[Stated] = []
    for document in documents:
        passage, language = whole.passage(document), whole.language(document)
        fit = _fit(passage.text, language)
        for text in draw.sample(fit, min(_FROM_EACH, len(fit))):
            far = _far(whole, draw, documents, document, language)
            if far is not None:
                near = _near(whole, draw, document, language)
                found.append(Stated(name, language, text, passage, near, *far))
        if len(found) >= most:
            break
    return found[:most]


def claims(name: str = "scifact-train") -> Iterator[tuple[str, Passage]]:
    """Yield what people claim in words of their own, with a passage that is judged relevant."""
    whole = _read(name)
    asked = {row["_id"]: row["text"] for row in read_lines(name, "queries.jsonl")}
    for query, document, grade in read_table(name, "qrels.tsv"):
        if float(grade) > 0:
            yield asked[query], whole.passage(document)


def _read(name: str) -> _Set:
    rows = {row["_id"]: row for row in read_lines(name, "corpus.jsonl")}
    asked: dict[str, list[str]] = defaultdict(list)
    for query, document, grade in read_table(name, "qrels.tsv"):
        if float(grade) > 0:
            asked[query].append(document)
    together: dict[str, set[str]] = defaultdict(set)
    for own in asked.values():
        for document in own:
            together[document].update(own)
    titled: dict[str, list[str]] = defaultdict(list)
    for document, row in rows.items():
        titled[row.get("title", "")].append(document)
    return _Set(rows, together, titled)


def _fit(text: str, language: str) -> list[str]:
    """List the sentences of a text that are prose and neither very short nor very long."""
    if language not in _LENGTHS:
        return []
    shortest, longest = _LENGTHS[language]
    found = (text[start:end] for start, end in split_sentences(text))
    return [
        sentence
        for sentence in found
        if shortest <= len(sentence) <= longest
        and sentence.endswith((".", "。"))
        and "\n" not in sentence
        and not _MARKUP.search(sentence)
    ]


def _near(whole: _Set, draw: random.Random, document: str, language: str) -> Passage | None:
    title = whole.rows[document].get("title", "")
    for others in (whole.titled[title] if title else (), sorted(whole.together[document])):
        known = [each for each in others if each != document and whole.language(each) == language]
        if known:
            return whole.passage(draw.choice(known))
    return None


def _far(
    whole: _Set, draw: random.Random, documents: Sequence[str], document: str, language: str
) -> tuple[Passage, str] | None:
    title = whole.rows[document].get("title", "")
    for _ in range(_LOOKS):
        other = draw.choice(documents)
        if other in whole.together[document] or whole.rows[other].get("title", "") == title:
            continue
        passage = whole.passage(other)
        fit = _fit(passage.text, language)
        if fit and whole.language(other) == language:
            return passage, draw.choice(fit)
    return None
