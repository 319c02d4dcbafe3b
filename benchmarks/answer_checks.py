"""How many untrue sentences the checker of written answers finds, and how many true ones it blames.

    ELDERS_DATA=… python -m benchmarks.answers --checks [--others]

Untrue are true sentences of the training sets that were tampered with (`benchmarks.tampering`), as
they stand there, and once they were written otherwise. The opposites are of words that the checker
does not list (`benchmarks.opposites`), so that the figure says how it does on any. True ones are
left as they are, or say the same with other numerals, in another order, or shortened. Claims that
people wrote of abstracts, of which many are untrue or beside the point, are counted too: their
share is for comparison alone. With `--others` the sentences are those that the draw brings next:
the rules were not made while looking at them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.duplicate_tables import table
from benchmarks.stated import Stated, claims, stated
from benchmarks.tampering import TRUE, UNTRUE, written_otherwise
from retrieval.answers.checking import Checker
from retrieval.answers.model import Sentence
from retrieval.indexes.analysis import Analyser

SETS: Final = (
    "musique-train100", "hotpotqa-train100", "scifact-train", "jsquad-valid-ja", "vuedocs-en-ja",
)  # fmt: skip
LANGUAGES: Final = ("en", "ja")
MOST: Final = 300


@dataclass(frozen=True, slots=True)
class Tally:
    """How many sentences of a kind were checked in a language, and how many of these refused."""

    checked: Counter[tuple[str, str]]
    refused: Counter[tuple[str, str]]

    def share(self, kind: str, language: str) -> str:
        """Write which share was refused, of how many."""
        count = self.checked[kind, language]
        return f"{self.refused[kind, language] / count:.1%} of {count:,}" if count else "–"


def judged(checker: Checker, sentences: Iterable[Stated]) -> Tally:
    """Check sentences in every way."""
    tally = Tally(Counter(), Counter())
    for given in sentences:
        draw = random.Random(given.text)
        for kind, tamper in {**TRUE, **UNTRUE}.items():
            made = tamper(given, draw)
            if made is None or (kind in UNTRUE and made.text in made.passage.text):
                continue
            tally.checked[kind, given.language] += 1
            sentence = checker.check(Sentence(made.text, [1]), [made.passage])
            tally.refused[kind, given.language] += not sentence.supported
    return tally


def otherwise(sentences: Iterable[Stated]) -> Iterator[Stated]:
    """Yield sentences as they are written otherwise, where there is another way."""
    for given in sentences:
        made = written_otherwise(given, random.Random(given.text))
        if made is not None:
            yield replace(given, text=made.text)


def claims_refused(checker: Checker) -> str:
    """Write which share of people's claims their abstracts do not bear out, as the checker says."""
    counts = Counter[bool]()
    for text, passage in claims():
        counts[checker.check(Sentence(text, [1]), [passage]).supported] += 1
    return (
        f"{counts[False] / counts.total():.1%} of {counts.total():,} claims by people are refused"
    )


def told(most: int = MOST, *, after: int = 0) -> str:
    """Answer the shares as a table, from so many sentences of each set.

    Args:
        most: sentences of a set.
        after: how many of the draw are passed over.
    """
    checker = Checker(Analyser())
    drawn = [given for name in SETS for given in stated(name, after + most)[after:]]
    plain, other = judged(checker, drawn), judged(checker, otherwise(drawn))
    head = ["refused", "en", "en, written otherwise", "ja", "ja, written otherwise"]
    rows = [
        [kind, *(tally.share(kind, each) for each in LANGUAGES for tally in (plain, other))]
        for kind in (*TRUE, *UNTRUE)
    ]
    return f"{table(head, rows)}\nof {len(drawn):,} sentences; {claims_refused(checker)}"
