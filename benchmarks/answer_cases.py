"""Questions with and without an answer in what is searched, from the judged sets.

A question against its own corpus has an answer. Without one are the same question where every
passage that is judged relevant is left out, and a question of another set.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api import KnowledgeBase
from benchmarks.corpora import data_file, read_lines, read_table
from knowledge.language import detect_language
from retrieval.answers.finding import MOST_HITS
from retrieval.model import Hit

SETS: Final = (
    "musique-train100", "hotpotqa-train100", "scifact-train", "jsquad-valid-ja", "vuedocs-en-ja",
)  # fmt: skip
_MOST: Final = 300
_DEEP: Final = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the ids of the documents that answer it, and its answers where known."""

    text: str
    relevant: Collection[str]
    answers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what was found for it, and whether that can hold an answer.

    `kind` is own, removed (all that is relevant is left out) or foreign (of another set).
    """

    source: str
    kind: str
    question: Question
    hits: Sequence[Hit]

    @property
    def answerable(self) -> bool:
        """Tell whether there is an answer."""
        return self.kind == "own"


def questions(name: str, most: int = _MOST) -> list[Question]:
    """Draw questions of a set, always the same."""
    relevant: dict[str, set[str]] = defaultdict(set)
    for query, document, grade in read_table(name, "qrels.tsv"):
        if float(grade) > 0:
            relevant[query].add(document)
    rows = [row for row in read_lines(name, "queries.jsonl") if relevant[row["_id"]]]
    random.Random(3).shuffle(rows)
    return [Question(row["text"], relevant[row["_id"]], _answers(row)) for row in rows[:most]]


def cases(base: KnowledgeBase, name: str, asked: Mapping[str, Sequence[Question]]) -> list[Case]:
    """Ask a home its own questions, and as many of the other sets in the same languages."""
    own = asked[name]
    languages = {_japanese(question.text) for question in own}
    others = [
        question
        for other, several in asked.items()
        if other != name
        for question in several
        if _japanese(question.text) in languages
    ]
    random.Random(5).shuffle(others)
    found: list[Case] = []
    for question in own:
        hits = base.search(question.text, k=_DEEP).result.hits
        found.append(Case(name, "own", question, hits[:MOST_HITS]))
        rest = [hit for hit in hits if not _holds(hit, question)]
        found.append(Case(name, "removed", question, rest[:MOST_HITS]))
    for question in others[: len(own)]:
        hits = base.search(question.text, k=MOST_HITS).result.hits
        found.append(Case(name, "foreign", question, hits))
    return found


def opened(homes: Path, name: str) -> KnowledgeBase:
    """Open the home of a set, made and embedded where it is not there."""
    if not (homes / name / "truth.db").is_file():
        with KnowledgeBase.open(homes / name) as base:
            base.ingest(str(data_file(name, "corpus.jsonl")), wait=True)
    return KnowledgeBase.open(homes / name, read_only=True)


def answering(case: Case, hit: Hit, text: str) -> bool:
    """Tell whether a sentence of a hit holds an answer to a case's question."""
    if not _holds(hit, case.question):
        return False
    plain = _plain(text)
    if _japanese(case.question.text):
        squeezed = plain.replace(" ", "")
        return any(answer.replace(" ", "") in squeezed for answer in case.question.answers)
    return any(re.search(rf"\b{re.escape(a)}\b", plain) for a in case.question.answers)


def _holds(hit: Hit, question: Question) -> bool:
    return any(source.source_id in question.relevant for source in hit.citation.sources)


def _answers(row: Mapping[str, Any]) -> list[str]:
    def said() -> Iterator[str]:
        yield from row.get("answers", ())
        yield from row.get("answer_aliases", ())
        yield row.get("answer", "")

    return [plain for text in said() if (plain := _plain(text)) not in {"", "yes", "no"}]


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _japanese(text: str) -> bool:
    return detect_language(text) == "ja"
