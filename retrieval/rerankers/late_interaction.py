"""Late interaction: each token of the question looks for the token of the passage most like it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.model import Matrix

_CACHE_BYTES: Final = 100_000_000


class TokenEmbedder(Protocol):
    """Embeds texts token by token. Passes `TokenEmbedderContract`."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    def embed_tokens(self, texts: Sequence[str], *, query: bool) -> list[Matrix]:
        """Embed each token of each text; shapes (tokens of the text, dimension), unit rows.

        Args:
            texts: may be empty; each has one token at least, as models add their own.
            query: whether they are questions, for models that tell them from passages.
        """
        ...

    def close(self) -> None:
        """Give back threads and memory."""
        ...


class MaxSimReranker:
    """Scores by MaxSim; tokens of passages are kept, so that only new ones are embedded.

    Embedding 50 passages takes seconds on a CPU, comparing them a few milliseconds.

    Source: Khattab & Zaharia, "ColBERT", SIGIR 2020.
    """

    def __init__(self, tokens: TokenEmbedder, *, cache_bytes: int = _CACHE_BYTES) -> None:
        """Take what embeds tokens, and how much memory may hold those of passages."""
        self._tokens = tokens
        self._kept = _Kept(cache_bytes)

    @property
    def name(self) -> str:
        """Name the method and the model."""
        return f"maxsim-{self._tokens.name}"

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Score each passage by `maxsim`; shape (len(passages),)."""
        if not passages:
            return np.empty(0, np.float32)
        (asked,) = self._tokens.embed_tokens([query], query=True)
        found = {text: tokens for text in passages if (tokens := self._kept.get(text)) is not None}
        new = list(dict.fromkeys(text for text in passages if text not in found))
        for text, read in zip(new, self._tokens.embed_tokens(new, query=False), strict=True):
            found[text] = self._kept.put(text, read)
        return np.array([maxsim(asked, found[text]) for text in passages], np.float32)

    def close(self) -> None:
        """Give back what the model holds."""
        self._tokens.close()


def maxsim(query: Matrix, passage: NDArray[np.floating]) -> float:
    """Average, over the tokens of a question, the cosine to the nearest token of a passage.

    The mean in place of the sum lets scores of longer questions be read alike; the order is the
    same.

    Args:
        query: shape (tokens, dimension), unit rows.
        passage: shape (other tokens, dimension), unit rows.
    """
    return float((query @ passage.T.astype(np.float32)).max(axis=1).mean())


class _Kept:
    """Tokens of passages by text, as half floats; what was not asked for the longest goes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._held: OrderedDict[str, NDArray[np.float16]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, text: str) -> NDArray[np.float16] | None:
        with self._lock:
            if (tokens := self._held.get(text)) is not None:
                self._held.move_to_end(text)
            return tokens

    def put(self, text: str, tokens: Matrix) -> NDArray[np.float16]:
        """Keep tokens and answer them as they are kept: a score must not depend on the cache."""
        small = tokens.astype(np.float16)
        with self._lock:
            if text not in self._held:
                self._held[text] = small
                self._bytes += small.nbytes
            while self._bytes > self._most:
                self._bytes -= self._held.popitem(last=False)[1].nbytes
        return small
