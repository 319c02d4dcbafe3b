"""Small lexical indexes for tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from foundation.ids import Seq
from knowledge.follower import Feed
from knowledge.model import Chunk
from retrieval.indexes.lexical import LexicalIndex
from retrieval.model import Scope
from tests.contracts.follower import make_chunk

NOW = Scope()


def titled(
    number: int, text: str, *, title: str = "", heading: tuple[str, ...] = (), document: int = 1
) -> Chunk:
    chunk = make_chunk(number, document=document, text=text)
    return dataclasses.replace(chunk, title=title, heading=heading)


def index_of(folder: Path, chunks: Sequence[Chunk]) -> LexicalIndex:
    index = LexicalIndex(folder)
    index.apply(Feed(Seq(0), Seq(1), chunks, [], []))
    return index


def index_of_texts(folder: Path, *texts: str) -> LexicalIndex:
    return index_of(folder, [titled(n, text, document=n) for n, text in enumerate(texts, start=1)])


def found(index: LexicalIndex, query: str, scope: Scope = NOW, k: int = 10) -> list[int]:
    ids: list[int] = index.search(query, k, scope).ids.tolist()
    return ids
