"""What every reranker does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from retrieval.rerankers.model import Reranker, reordered

QUESTION = "how long is data kept?"
PASSAGES = (
    "data is kept for ninety days .",
    "the bank charges cards in osaka .",
    "データ 保存",
    "",
    "data " * 400,
    "a \0 and \ud800 are no letters",
)


class RerankerContract:
    """Inherit it, with a fixture `reranker`."""

    def test_it_scores_each_passage(self, reranker: Reranker) -> None:
        scores = reranker.score(QUESTION, PASSAGES)
        assert scores.shape == (len(PASSAGES),)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()
        assert len(set(scores[:2].tolist())) == 2

    def test_nothing_has_no_scores(self, reranker: Reranker) -> None:
        assert reranker.score(QUESTION, []).shape == (0,)

    def test_a_score_is_the_same_in_any_company_and_order(self, reranker: Reranker) -> None:
        together = reranker.score(QUESTION, PASSAGES)
        back = reranker.score(QUESTION, PASSAGES[::-1])[::-1]
        alone = np.array([reranker.score(QUESTION, [text])[0] for text in PASSAGES])
        np.testing.assert_allclose(together, back, atol=1e-4)
        np.testing.assert_allclose(together, alone, atol=1e-4)

    def test_it_may_be_asked_from_several_threads(self, reranker: Reranker) -> None:
        expected = reranker.score(QUESTION, PASSAGES)
        with ThreadPoolExecutor(4) as pool:
            for scores in pool.map(lambda _: reranker.score(QUESTION, PASSAGES), range(8)):
                np.testing.assert_allclose(scores, expected, atol=1e-4)

    def test_a_ranking_follows_it_as_deep_as_it_reads(self, reranker: Reranker) -> None:
        scores = reranker.score(QUESTION, PASSAGES[:3])
        order, said = reordered(reranker, QUESTION, PASSAGES[:3], total=5)
        assert order[:3].tolist() == np.argsort(-scores, kind="stable").tolist()
        assert order[3:].tolist() == [3, 4]
        assert (np.diff(said[:3]) <= 0).all()
        assert np.isnan(said[3:]).all()
