"""Trees as arrays score as LightGBM does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foundation.errors import InvalidInput
from retrieval.ranking.ranker import Ranker, rankers
from retrieval.ranking.trees import forest_of


def test_a_forest_scores_as_the_library_that_learned_it() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    random = np.random.default_rng(3)
    rows = random.normal(size=(200, 5)).astype(np.float32)
    grades = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0.5).astype(np.int64)
    booster = lightgbm.train(
        {"objective": "lambdarank", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5},
        lightgbm.Dataset(rows, grades, group=[50] * 4),
        20,
    )
    forest = forest_of(booster.dump_model())
    np.testing.assert_allclose(forest.score(rows), booster.predict(rows), rtol=1e-6)


def test_the_shipped_ranker_says_how_it_was_trained_and_that_it_passed() -> None:
    ranker = rankers(Path("/nowhere"))()
    assert ranker is not None
    assert ranker.embedder.startswith("all-minilm-l6-v2")
    gains = {
        each["name"]: each["held_back"]["ndcg@10"] - each["fused"]["ndcg@10"]
        for each in ranker.told["verdicts"]
    }
    assert len(gains) >= 5
    assert min(gains.values()) > -0.005


def test_a_home_has_its_own_ranker_once_one_is_written_there(tmp_path: Path) -> None:
    current = rankers(tmp_path)
    shipped = current()
    assert shipped is not None
    Ranker(shipped.columns, shipped.forest, {"embedder": "own"}).save(tmp_path / "ranker.npz")
    own = current()
    assert own is not None
    assert own.embedder == "own"
    np.testing.assert_array_equal(own.forest.limits, shipped.forest.limits)
    assert rankers(tmp_path, wanted="none")() is None


def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ranker.npz").write_bytes(b"no ranker")
    with pytest.raises(InvalidInput, match="elders learn ranker"):
        rankers(tmp_path)()


def test_features_that_are_gone_are_named() -> None:
    ranker = rankers(Path("/nowhere"))()
    assert ranker is not None
    with pytest.raises(InvalidInput, match="walk both"):
        ranker.score({name: np.zeros(2) for name in ranker.columns if name != "walk both"})
