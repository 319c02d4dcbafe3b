"""What every cache of a language model's answers keeps to."""

from __future__ import annotations

from foundation.ids import content_hash
from knowledge.extraction.cache import ExtractionCache

ONE, OTHER, MISSING = (content_hash(each) for each in ("one", "other", "missing"))


class ExtractionCacheContract:
    """Subclasses have a fixture `cache`: an empty one."""

    def test_what_was_put_is_got(self, cache: ExtractionCache) -> None:
        cache.put_many("a", {ONE: '{"entities": []}', OTHER: '"東京\\n"'})
        assert cache.get_many("a", [OTHER, MISSING, ONE]) == {
            ONE: '{"entities": []}',
            OTHER: '"東京\\n"',
        }

    def test_another_extractor_finds_nothing(self, cache: ExtractionCache) -> None:
        cache.put_many("a", {ONE: "1"})
        assert cache.get_many("b", [ONE]) == {}

    def test_a_later_answer_takes_the_place_of_the_earlier(self, cache: ExtractionCache) -> None:
        cache.put_many("a", {ONE: "1"})
        cache.put_many("a", {ONE: "2", OTHER: "3"})
        assert cache.get_many("a", [ONE, OTHER]) == {ONE: "2", OTHER: "3"}

    def test_nothing_is_put_and_asked_for(self, cache: ExtractionCache) -> None:
        cache.put_many("a", {})
        assert cache.get_many("a", []) == {}

    def test_many_are_put_and_got(self, cache: ExtractionCache) -> None:
        answers = {content_hash(str(i)): str(i) for i in range(2_500)}
        cache.put_many("a", answers)
        assert cache.get_many("a", [*answers, MISSING]) == answers
