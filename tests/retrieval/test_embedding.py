"""Passages are embedded once, and what was embedded is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from foundation.ids import Seq
from retrieval.embedders.hashing import HashingEmbedder
from retrieval.embedding import WINDOW, EmbeddingFollower
from retrieval.following import Followers, Following
from retrieval.model import Matrix
from tests.knowledge.drafts import draft, words
from tests.retrieval.searching import Home


def test_a_text_is_embedded_once_however_often_it_comes(home: Home) -> None:
    calls = Counting()
    home.sage.add("c", [draft("a", "same", words(1)), draft("b", "same", words(2))])
    home.sage.add("c", [draft("a", "same", words(1), words(3))])
    follow(home, calls)
    assert sorted(calls.texts) == sorted({"same", words(1), words(2), words(3)})
    home.embedding.reset()
    assert home.vectors.position() == 0
    follow(home, calls)
    assert len(calls.texts) == 4


def test_an_interrupted_embedder_keeps_what_it_has_and_the_next_one_goes_on(home: Home) -> None:
    home.sage.add("c", [draft(f"d{n}", f"passage number {n}") for n in range(3 * WINDOW)])
    calls = Counting()
    embedding = EmbeddingFollower(lambda: calls, home.vectors)
    calls.then = embedding.interrupt
    feed = home.reader.feed(Seq(0), limit=10_000)
    embedding.apply(feed)
    assert (len(calls.texts), embedding.position()) == (WINDOW, 0)
    embedding.apply(feed)
    assert (len(calls.texts), embedding.position()) == (WINDOW, 0)
    follow(home, calls)
    assert len(set(calls.texts)) == len(calls.texts) == 3 * WINDOW
    assert home.vectors.position() == feed.upto


class Counting(HashingEmbedder):
    """Embeds, and remembers what."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.then: Callable[[], None] = lambda: None

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        self.texts += texts
        self.then()
        return super().embed_documents(texts)


def follow(home: Home, calls: Counting) -> None:
    embedding = EmbeddingFollower(lambda: calls, home.vectors)
    Followers([Following(embedding, home.reader, 256)]).catch_up(["embedder"])
