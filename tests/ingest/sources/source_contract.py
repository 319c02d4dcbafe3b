from __future__ import annotations

from ingest.model import Record, Source


class SourceContract:
    """What holds of every source; a subclass gives a `source` of three records or more."""

    def test_it_yields_records_one_by_one(self, source: Source) -> None:
        records = iter(source.records())
        assert isinstance(next(records), Record)
        assert len(list(records)) >= 2

    def test_each_record_is_exactly_one_thing(self, source: Source) -> None:
        for record in source.records():
            things = [record.data is not None, record.text is not None, record.deleted]
            assert sum(things) + bool(record.error) == 1

    def test_each_record_has_a_name_that_can_be_stored(self, source: Source) -> None:
        for record in source.records():
            assert record.source_id
            assert "\0" not in record.source_id
            record.source_id.encode("utf-8")
            record.uri.encode("ascii")

    def test_walking_again_gives_the_same(self, source: Source) -> None:
        assert list(source.records()) == list(source.records())

    def test_the_count_is_the_number_of_records_or_unknown(self, source: Source) -> None:
        assert source.count() in {None, len(list(source.records()))}

    def test_a_walk_may_be_given_up(self, source: Source) -> None:
        records = source.records()
        next(records)
        close = getattr(records, "close", None)
        assert close is not None
        close()
