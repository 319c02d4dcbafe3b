"""What understanding a question costs, how often it is right, and what feedback brings.

    ELDERS_DATA=… python -m benchmarks.enhancement [--most N]

Intents are judged on questions that were never trained on; then people say what some of them are
after (so many of each intent, drawn 20 times), and the rest is judged by what was learned from it.
Time is a thread's CPU time for one question, with the names of 10,000 titles known. No question of
these sets asks for a filter or for the newest, so that each one found is wrong (`--most 2000` asks
all). Feedback (of relevance, which no search uses) is judged by BM25's nDCG@10: without, for every
question, and where the rule says that it helps.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.corpora import JUDGED, data_file, machine, read_lines
from benchmarks.relevance_feedback import WEIGHT, feedback_helps, feedback_terms
from foundation.clock import Micros
from foundation.ids import FOREVER, ChunkId, DocumentId, Seq, Sha256
from knowledge.follower import Feed
from knowledge.graph.linking import NameIndex
from knowledge.language import detect_language
from knowledge.model import Chunk
from knowledge.questions import Intent
from retrieval.enhancement.enhancer import Enhancer
from retrieval.enhancement.intent import IntentClassifier, learned_intents
from retrieval.enhancement.names import Names
from retrieval.enhancement.training import read_examples
from retrieval.evaluation import load_judged, measure
from retrieval.indexes.analysis import Analyser
from retrieval.indexes.lexical import LexicalIndex
from retrieval.model import Ranking, Scope

HELD_OUT = Path(__file__).parents[1] / "tests" / "retrieval" / "enhancement" / "held_out.jsonl"
TITLES = 10_000
DRAWS = 20


@dataclass(frozen=True, slots=True)
class Corpus:
    """A data set in an index: passages by their numbers from 1, ids of documents beside them."""

    index: LexicalIndex
    texts: Sequence[str]
    ids: Sequence[str]
    titles: Sequence[str]


def load(name: str, folder: Path) -> Corpus:
    """Index a data set, each document one passage."""
    rows = list(read_lines(name, "corpus.jsonl"))
    chunks = [_chunk(n, row.get("title", ""), row["text"]) for n, row in enumerate(rows, start=1)]
    index = LexicalIndex(folder)
    index.apply(Feed(Seq(0), Seq(1), chunks, [], []))
    titles = [row.get("title", "") for row in rows]
    texts = [f"{row.get('title', '')} {row['text']}" for row in rows]
    return Corpus(index, texts, [row["_id"] for row in rows], [t for t in titles if t])


def _chunk(number: int, title: str, text: str) -> Chunk:
    return Chunk(
        id=ChunkId(number),
        document_id=DocumentId(str(number)),
        document_number=number,
        collection="c",
        title=title,
        heading=(),
        text=text,
        text_hash=Sha256(str(number)),
        language="",
        valid_from=Seq(1),
        valid_to=FOREVER,
        time_from=Micros(0),
        time_to=FOREVER,
    )


class Feedback:
    """Asks again with words of the best passages."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._analyser = Analyser()

    def again(self, question: str, first: Ranking) -> Ranking:
        """Rank with feedback."""
        texts = [self._corpus.texts[number - 1] for number in first.ids.tolist()]
        scored = list(zip(texts, first.scores.tolist(), strict=True))
        terms = feedback_terms(question, scored, self._counts)
        return self._corpus.index.search(question, 100, Scope(), terms, WEIGHT)

    def _counts(self, words: Sequence[str]) -> tuple[Sequence[int], int]:
        own = [self._analyser.query(word) for word in words]
        counts, total = self._corpus.index.frequencies(self._analyser.queries(words))
        return [min((counts[t] for t in (*w.words, *w.grams)), default=0) for w in own], total


def judge_feedback(name: str, corpus: Corpus, most: int) -> Mapping[str, float]:
    """Compare nDCG@10 without feedback, with it, and where the rule says so."""
    judged = load_judged(data_file(name, "corpus.jsonl").parent)
    feedback = Feedback(corpus)
    runs: dict[str, dict[str, dict[str, float]]] = {"without": {}, "always": {}, "by rule": {}}
    helped = 0
    asked = list(judged.queries.items())[:most]
    for query, text in asked:
        first = corpus.index.search(text, 100, Scope())
        again = feedback.again(text, first)
        helps = feedback_helps(first.scores[:2].tolist(), detect_language(text))
        helped += helps
        found = {"without": first, "always": again, "by rule": again if helps else first}
        for way, ranking in found.items():
            pairs = zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True)
            runs[way][query] = {corpus.ids[number - 1]: score for number, score in pairs}
    qrels = {query: judged.qrels[query] for query, _ in asked if query in judged.qrels}
    scores = {way: measure(run, qrels)["ndcg@10"] for way, run in runs.items()}
    return {**scores, "share": helped / len(asked)}


def judge_cost(name: str, known: Names, most: int) -> tuple[float, float, int, int]:
    """Answer median and 95th percentile of ms, and how many filters and “newest” were found."""
    enhancer, times, filters, newest = Enhancer(), [], 0, 0
    questions = [row["text"] for row in read_lines(name, "queries.jsonl")][:most]
    enhancer.enhance(questions[0], known=known)
    for question in questions:
        began = time.thread_time()
        found = enhancer.enhance(question, known=known, today=date(2026, 1, 1))
        times.append((time.thread_time() - began) * 1e3)
        filters += len(found.filters)
        newest += bool(found.newest)
    times.sort()
    return statistics.median(times), times[math.ceil(0.95 * len(times)) - 1], filters, newest


def judge_intents() -> None:
    """Print how often the likeliest intent is the right one."""
    rows = [json.loads(line) for line in HELD_OUT.read_text("utf-8").splitlines()]
    classifier = learned_intents()
    right, all_ = Counter[str](), Counter[str]()
    for row in rows:
        all_[row["language"]] += 1
        right[row["language"]] += next(iter(classifier.classify(row["text"]))) == row["intent"]
    for language, count in all_.items():
        print(f"intents, {language}: {right[language] / count:.3f} of {count} held-out questions")


def judge_learning() -> None:
    """Print what people's judgements of some questions do for the understanding of others."""
    held = read_examples(HELD_OUT)
    shipped = learned_intents()
    known = {each.text: likeliest(shipped, each.text) is each.intent for each in held}
    print("\n| said of each intent | shipped, on the rest | learned, on the rest | worst draw |")
    print("|---|---|---|---|")
    for count in (1, 2, 4, 8):
        before, after = [], []
        for seed in range(DRAWS):
            draw = random.Random(seed)
            own = [[each for each in held if each.intent is intent] for intent in Intent]
            said = [each for group in own for each in draw.sample(group, count)]
            rest = [each for each in held if each not in said]
            learned = learned_intents(said)
            before.append(statistics.mean(known[each.text] for each in rest))
            right = [likeliest(learned, each.text) is each.intent for each in rest]
            after.append(statistics.mean(right))
        worst = min(new - old for new, old in zip(after, before, strict=True))
        print(
            f"| {count} | {statistics.mean(before):.3f} | {statistics.mean(after):.3f} |"
            f" {worst:+.3f} |",
            flush=True,
        )


def likeliest(classifier: IntentClassifier, text: str) -> Intent:
    """Answer the intent that a question is taken for."""
    return next(iter(classifier.classify(text)))


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--most", type=int, default=300, help="questions of each set, 0 for intents alone"
    )
    most = parser.parse_args().most
    print(machine())
    judge_intents()
    judge_learning()
    if most < 1:
        return
    head = "set", "ms, median", "ms, p95", "wrong filters", "wrong newest"
    print(f"\n| {' | '.join(head)} | BM25 | feedback | by rule | used |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in JUDGED:
        with tempfile.TemporaryDirectory() as folder:
            corpus = load(name, Path(folder))
            titles = dict.fromkeys(corpus.titles[:TITLES])
            cost = judge_cost(name, Names(index=NameIndex(enumerate(titles))), most)
            fed = judge_feedback(name, corpus, most)
            corpus.index.close()
        print(
            f"| {name} | {cost[0]:.2f} | {cost[1]:.2f} | {cost[2]} | {cost[3]} |"
            f" {fed['without']:.3f} | {fed['always']:.3f} | {fed['by rule']:.3f} |"
            f" {fed['share']:.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
