from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from foundation.database.engine import Database
from foundation.database.glance import Glance
from foundation.errors import InvalidInput
from foundation.security.policy import access
from knowledge.watermarks import Watermarks
from retrieval.cache.memory import MemoryStore
from retrieval.cache.model import How, Request
from retrieval.cache.search import CachedSearch, Policy
from retrieval.cache.semantic import SemanticIndex
from retrieval.cache.validity import Validity
from retrieval.embedders.hashing import HashingEmbedder
from retrieval.model import SearchResult
from tests.knowledge.test_watermarks import note
from tests.retrieval.cache.made import Ticking, result

ASKED = Request("a question", collections=("a",))


class House:
    """A cache around a search that is counted, over a log that a test writes."""

    def __init__(self, database: Database, policy: Policy | None = None) -> None:
        self.asked: list[Request] = []
        self.gate = threading.Event()
        self.gate.set()
        self.clock = Ticking()
        self.store = MemoryStore(entries=100, most_bytes=10_000_000, monotonic=self.clock)
        self.validity = Validity(Watermarks(database, Glance(database).head))
        self.cache = CachedSearch(
            self.search, store=self.store, validity=self.validity, policy=policy, clock=self.clock
        )

    def search(self, request: Request) -> SearchResult:
        self.asked.append(request)
        self.gate.wait(5)
        if request.text == "wrong":
            raise InvalidInput("no such field")
        seen = 0 if request.text == "nothing" else len(self.asked)
        return result(request.text, hits=seen)

    def how(self, request: Request = ASKED) -> How:
        return self.cache.answer(request).how


@pytest.fixture
def house(sqlite_database: Database) -> House:
    return House(sqlite_database)


def test_what_was_asked_before_is_known(house: House) -> None:
    first, second = house.cache.answer(ASKED), house.cache.answer(ASKED)
    assert (first.how, second.how) == (How.MISS, How.MEMORY)
    assert second.result == first.result
    assert second.body == first.body
    assert len(house.asked) == 1


def test_nothing_is_known_after_a_change(house: House, sqlite_database: Database) -> None:
    house.how()
    note(sqlite_database, ("document.added", "b"))
    assert house.how() is How.MEMORY
    note(sqlite_database, ("document.added", "a"))
    assert house.how() is How.MISS
    assert house.cache.statistics().stale == 1


def test_who_may_see_other_things_gets_an_answer_of_their_own(house: House) -> None:
    for labels in (None, [], ["hr"], ["hr", "legal"]):
        request = replace(ASKED, access=access(["a", "b*"], labels))
        assert house.how(request) is How.MISS
        turned = None if labels is None else labels[::-1]
        assert house.how(replace(request, access=access(["b*", "a"], turned))) is How.MEMORY


def test_a_fresh_answer_is_worked_out_and_kept(house: House) -> None:
    house.how()
    fresh = house.cache.answer(ASKED, fresh=True)
    assert fresh.how is How.BYPASS
    assert house.cache.answer(ASKED).result == fresh.result


def test_errors_are_not_kept(house: House) -> None:
    for _ in range(2):
        with pytest.raises(InvalidInput):
            house.how(replace(ASKED, text="wrong"))
    assert len(house.asked) == 2


def test_that_nothing_is_found_is_known_for_a_minute(house: House) -> None:
    nothing = replace(ASKED, text="nothing")
    assert [house.how(nothing), house.how(nothing)] == [How.MISS, How.MEMORY]
    assert house.cache.statistics().negative_hits == 1
    house.clock.pass_by(70)
    assert house.how(nothing) is How.MISS


def test_an_answer_that_is_asked_for_often_lives_longer(house: House) -> None:
    rare = replace(ASKED, text="rare")
    house.how(rare)
    for _ in range(120):
        house.how()
    house.clock.pass_by(2 * 3_600)
    assert house.how() is How.MEMORY
    assert house.how(rare) is How.MISS
    house.clock.pass_by(3 * 3_600)
    assert house.how() is How.MISS


def test_five_hundred_who_ask_at_once_cost_one_retrieval(house: House) -> None:
    house.gate.clear()
    with ThreadPoolExecutor(500) as pool:
        answers = [pool.submit(house.cache.answer, ASKED) for _ in range(500)]
        threading.Timer(0.3, house.gate.set).start()
        results = {id(answer.result().result) for answer in answers}
    assert len(house.asked) == 1
    assert len(results) == 1
    statistics = house.cache.statistics()
    assert statistics.misses == 1
    assert statistics.coalesced + sum(statistics.hits.values()) == 499


def test_who_asks_after_a_change_does_not_get_what_was_begun_before(
    house: House, sqlite_database: Database
) -> None:
    house.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        old = pool.submit(house.cache.answer, ASKED)
        while not house.asked:
            pass
        note(sqlite_database, ("document.added", "a"))
        new = pool.submit(house.cache.answer, ASKED)
        while len(house.asked) < 2:
            pass
        house.gate.set()
        assert (old.result().how, new.result().how) == (How.MISS, How.MISS)
    assert house.how() in (How.MEMORY, How.MISS)


def test_what_changed_while_it_was_worked_out_is_not_kept(
    house: House, sqlite_database: Database
) -> None:
    house.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(house.cache.answer, ASKED)
        while not house.asked:
            pass
        note(sqlite_database, ("document.purged", "a"))
        house.gate.set()
        old.result()
    assert house.store.usage().entries == 0


def test_clearing_leaves_nothing(house: House) -> None:
    house.how()
    house.cache.clear()
    assert house.cache.statistics().entries == 0
    assert house.how() is How.MISS


def test_statistics_tell_what_was_saved(house: House) -> None:
    house.how()
    house.clock.pass_by(10)
    house.how()
    told = house.cache.statistics()
    assert (told.misses, told.hits, told.entries) == (1, {"memory": 1}, 1)
    assert told.mean_age_seconds == 10
    assert told.saved_ms > 0
    assert told.bytes > 1_000


def test_another_configuration_knows_nothing(sqlite_database: Database) -> None:
    model = ["one"]
    house = House(sqlite_database, Policy(configuration=lambda: model[0]))
    house.how()
    model[0] = "another"
    assert house.how() is How.MISS
    model[0] = "one"
    assert house.how() is How.MEMORY


def test_a_question_worded_differently_is_known_where_that_is_asked_for(
    sqlite_database: Database,
) -> None:
    embed = HashingEmbedder().embed_query
    house = House(sqlite_database, Policy(similar=SemanticIndex(embed, threshold=0.8)))
    assert house.how(replace(ASKED, text="how do I install the program")) is How.MISS
    assert house.how(replace(ASKED, text="how do you install the program")) is How.SIMILAR
    assert house.how(replace(ASKED, text="how do I not install the program")) is How.MISS
    asked = replace(ASKED, text="how do you install the program", access=access(["*"], ["x"]))
    assert house.how(asked) is How.MISS
    note(sqlite_database, ("document.added", "a"))
    assert house.how(replace(ASKED, text="how can I install the program")) is How.MISS
