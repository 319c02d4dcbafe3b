from __future__ import annotations

import pytest

from knowledge.extraction.cache import ExtractionCache, MemoryCache
from tests.knowledge.extraction.cache_contract import ExtractionCacheContract


class TestMemoryCache(ExtractionCacheContract):
    @pytest.fixture
    def cache(self) -> ExtractionCache:
        return MemoryCache()
