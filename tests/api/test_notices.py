"""What processes of a home tell each other, and let go of then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from api import KnowledgeBase
from api.caching import CLEARED, FORGOTTEN
from api.notices import Notice


def test_each_is_seen_once_by_all_others(tmp_path: Path) -> None:
    writer, reader, other = (Notice(tmp_path / "said") for _ in range(3))
    assert not reader.changed()
    writer.mark()
    assert [reader.changed(), reader.changed(), other.changed()] == [True, False, True]
    writer.mark()
    assert reader.changed()
    assert not writer.changed()


def test_many_may_mark_one_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: Notice(tmp_path / "said").mark(), range(200)))
    assert [each.name for each in tmp_path.iterdir()] == ["said"]


def test_the_owner_tells_what_it_clears_and_what_it_forgets(
    base: KnowledgeBase, home: Path
) -> None:
    cleared, forgotten = Notice(home / CLEARED), Notice(home / FORGOTTEN)
    (home / "asked-3.jsonl").write_text("what a worker was asked")
    base.cache.clear()
    assert [cleared.changed(), forgotten.changed()] == [True, False]
    assert (home / "asked-3.jsonl").exists()
    base.add("The okapi sleeps.", source_id="a")
    base.documents.purge("a", reason="asked for")
    assert forgotten.changed()
    assert not (home / "asked-3.jsonl").exists()


def test_who_reads_lets_go_and_tells_nobody(base: KnowledgeBase, home: Path) -> None:
    base.add("The okapi sleeps.", source_id="a")
    with KnowledgeBase.open(home, read_only=True) as reader:
        reader.search("okapi")
        assert reader.cache.statistics().entries == 1
        told = Notice(home / FORGOTTEN)
        reader.platform.let_go()
        assert reader.cache.statistics().entries == 0
        assert not told.changed()
