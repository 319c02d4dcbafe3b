"""A knowledge base for frameworks to search, and what their own tests need to run here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api import KnowledgeBase
from tests.api.teaching import opened


def pytest_configure(config: pytest.Config) -> None:
    """Know the marks that langchain-tests uses; the plugins that they belong to are off."""
    for name in ("benchmark", "vcr"):
        config.addinivalue_line("markers", f"{name}: langchain-tests marks its own tests with it")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="package")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """Nobody may write to it: all tests here search it."""
    with opened(tmp_path_factory.mktemp("adapters") / "home") as base:
        base.add(
            "Data is kept for thirty days.",
            source_id="policy.md",
            title="Retention policy",
            metadata={"year": 2024, "score": "not ours"},
        )
        base.add(
            "Data is kept for ninety days. The Archive Vault keeps data longer.",
            source_id="policy.md",
            title="Retention policy",
            metadata={"year": 2025, "score": "not ours"},
        )
        base.add(
            "The Payment Gateway (PG) charges cards. PG depends on Minato Bank. Data of cards is"
            " kept nowhere.",
            source_id="payments",
            title="Payments",
            metadata={"year": 2026},
        )
        base.add(
            "Minato Bank is part of Harbour Group. Minato Bank keeps data in Osaka.",
            source_id="bank",
            title="Minato Bank",
        )
        base.add(
            "データは九十日間保存される。保管庫はデータを暗号化する。",
            source_id="hokan",
            title="保存期間",
            collection="japanese",
        )
        base.wait()
        yield base


@pytest.fixture
def began(kb: KnowledgeBase) -> int:
    """The seq from which the first document was there, and nothing else."""
    return kb.documents.history("policy.md")[0].valid_from
