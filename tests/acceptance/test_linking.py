"""Do questions find the passages' titles that they name?"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.extraction.model import VALUE_KINDS, Excerpt
from knowledge.extraction.rules import RuleExtractor
from knowledge.graph.linking import NameIndex, link
from tests.acceptance.data import data_set

pytestmark = pytest.mark.slow

WANTED = 0.90


def records(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def plain(text: str) -> str:
    """Write a text in lower case, without possessives and punctuation."""
    return " ".join(re.findall(r"\w+", re.sub(r"['’]s\b", "", text.casefold())))


def named_titles(question: str, titles: set[str]) -> set[str]:
    """Answer the titles whose bare form stands in the question as whole words."""
    asked = f" {plain(question)} "
    bare = {title: plain(re.sub(r"\s*\([^()]*\)$", "", title)) for title in titles}
    return {title for title, form in bare.items() if form and f" {form} " in asked}


@pytest.mark.parametrize("name", ["musique-train100", "hotpotqa-train100"])
def test_questions_are_linked_to_the_titles_that_they_name(name: str) -> None:
    """Link over all names that are read out of the corpus; no title is known in advance.

    Of each question, the gold passages' titles count that it names: without its qualifier in
    brackets the title occurs in the question, up to case, punctuation and possessive. One is found
    if `link` answers its name. The share is taken over all pairs of question and title; beside it,
    over the questions that name any, the share of those for which all are found.
    """
    folder = data_set(name)
    corpus = {record["_id"]: record for record in records(folder / "corpus.jsonl")}
    excerpts = [Excerpt(record["title"], (), record["text"]) for record in corpus.values()]
    surfaces: dict[str, int] = {}
    for read in RuleExtractor().extract(excerpts):
        for mention in read.mentions:
            if mention.kind not in VALUE_KINDS:
                surfaces.setdefault(mention.surface, len(surfaces))
    index = NameIndex((name_id, surface) for surface, name_id in surfaces.items())
    gold: defaultdict[str, set[str]] = defaultdict(set)
    with (folder / "qrels.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            gold[row["query-id"]].add(corpus[row["corpus-id"]]["title"])
    asked = found = whole = questions = 0
    missed = []
    for query in records(folder / "queries.jsonl"):
        wanted = named_titles(query["text"], gold[query["_id"]])
        linked = {index.surfaces[one.name_id] for one in link(query["text"], index)}
        asked += len(wanted)
        found += len(wanted & linked)
        questions += bool(wanted)
        whole += bool(wanted) and wanted <= linked
        missed += [(title, query["text"]) for title in sorted(wanted - linked)]
    summary = (
        f"{name}: {found} of {asked} titles, all in {whole} of {questions} questions; {missed}"
    )
    sys.stdout.write(summary + "\n")
    assert found / asked >= WANTED, summary
