"""Documents signed per second, against a plain loop over datasketch's `update`, in the same run.

    ELDERS_DATA=… python -m benchmarks.minhash [--set NAME] [--documents N] [--json] [--write]

Times are of the processor (one core), the median of several rounds over the same documents.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable, Sequence

from benchmarks.corpora import machine, read_texts
from benchmarks.duplicate_tables import fill, table
from knowledge.signatures import PERMUTATIONS, WORDS, Signer, band_keys, shingles

Path = Callable[[Sequence[str]], object]


def word_shingles(text: str) -> set[bytes]:
    """Make shingles in the usual way: a set of joined words."""
    words = re.findall(r"\w+", text.casefold())
    return {" ".join(words[at : at + WORDS]).encode() for at in range(len(words) - WORDS + 1)}


def plain_loop(texts: Sequence[str]) -> object:
    """Sign as datasketch's own documentation begins: one `update` for each shingle."""
    from datasketch import MinHash

    sketches = []
    for text in texts:
        sketch = MinHash(num_perm=PERMUTATIONS)
        for shingle in word_shingles(text):
            sketch.update(shingle)
        sketches.append(sketch)
    return sketches


def plain_batch(texts: Sequence[str]) -> object:
    """Sign with `update_batch`, all else by default."""
    from datasketch import MinHash

    sketches = []
    for text in texts:
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch(word_shingles(text))
        sketches.append(sketch)
    return sketches


def paths(texts: Sequence[str]) -> dict[str, Path]:
    """Name what is compared; the last is what ingestion does for a document."""
    signer = Signer()
    ready = [shingles(text) for text in texts]
    return {
        "datasketch, update() in a loop": plain_loop,
        "datasketch, update_batch()": plain_batch,
        "ours, shingles alone": lambda texts: [shingles(text) for text in texts],
        "ours, signatures of ready shingles": lambda _: [signer.sign_shingles(s) for s in ready],
        "ours, all: shingles, signatures, bands": lambda texts: [
            band_keys(signature) for signature in signer.sign_many(texts)
        ],
    }


def measure(path: Path, texts: Sequence[str], rounds: int) -> float:
    """Answer documents per second of processor time."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        path(texts)
        times.append(time.process_time() - start)
    return len(texts) / statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--set", default="peps", help="data set whose corpus is signed")
    parser.add_argument("--documents", type=int, default=100, help="how many, evenly spread")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write docs/duplicates.md's table")
    options = parser.parse_args()
    corpus = list(read_texts(options.set).values())
    texts = corpus[:: max(1, len(corpus) // options.documents)][: options.documents]
    speeds = {name: measure(path, texts, options.rounds) for name, path in paths(texts).items()}
    words = statistics.fmean(len(re.findall(r"\w+", text)) for text in texts)
    loop, *_, ours = speeds.values()
    report = {
        "set": options.set,
        "documents": len(texts),
        "words_per_document": round(words),
        "machine": machine(),
        "documents_per_second": {name: round(speed, 1) for name, speed in speeds.items()},
        "speedup": round(ours / loop, 1),
    }
    title = f"{len(texts)} documents of {options.set}, {words:.0f} words each, one core of"
    rows = [[name, f"{speed:.0f}", f"{speed / loop:.1f}"] for name, speed in speeds.items()]
    speed_table = table([f"{title} {machine()}", "documents/s", "×"], rows)
    if options.write:
        fill({"speed": speed_table})
    print(json.dumps(report) if options.json else speed_table)


if __name__ == "__main__":
    main()
