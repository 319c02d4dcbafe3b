"""The laws of the truth, whatever is done to it in whatever order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import select

from foundation.database.engine import Database
from foundation.database.schema import chunks, documents, memberships, spans, versions
from foundation.ids import FOREVER, DocumentId, Seq
from knowledge.follower import Feed
from knowledge.library import Library
from knowledge.log import NOW, AsOf
from knowledge.model import Draft, Removal
from knowledge.reading import Reader
from tests.knowledge.drafts import draft, later, make_sage, words

LONG = words(5, 400)
TEXTS = (
    (LONG,),
    (LONG + " and a small ending",),
    (LONG, words(6, 9)),
    (words(1, 30), words(2, 30)),
    (words(2, 30), words(1, 30), words(2, 30)),
    ("tiny",),
    ("",),
)
SOURCES = ("a", "b", "c", "d", "e")
HOURS = st.none() | st.integers(0, 40)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the truth said at one seq, by document."""

    texts: Mapping[DocumentId, str]
    chunks: Mapping[DocumentId, Counter[str]]
    groups: Mapping[DocumentId, tuple[str, bool]]

    def without(self, gone: set[DocumentId]) -> Snapshot:
        return Snapshot(
            {d: text for d, text in self.texts.items() if d not in gone},
            {d: found for d, found in self.chunks.items() if d not in gone},
            {d: group for d, group in self.groups.items() if d not in gone},
        )


def look(database: Database, collection: str, at: AsOf) -> Snapshot:
    mine = select(documents.c.id).where(documents.c.collection == collection)
    held: dict[DocumentId, Counter[str]] = {}
    with database.read() as connection:
        for row in connection.execute(
            select(chunks.c.document_id, chunks.c.text_hash).where(
                at.holds(chunks), chunks.c.document_id.in_(mine)
            )
        ):
            held.setdefault(DocumentId(row.document_id), Counter())[row.text_hash] += 1
        texts = connection.execute(
            select(versions.c.document_id, versions.c.text).where(
                at.holds(versions), versions.c.document_id.in_(mine)
            )
        ).all()
        groups = connection.execute(
            select(memberships).where(at.holds(memberships), memberships.c.document_id.in_(mine))
        ).all()
    assert len({row.document_id for row in texts}) == len(texts)
    return Snapshot(
        {DocumentId(row.document_id): row.text for row in texts},
        held,
        {DocumentId(row.document_id): (row.group_id, row.canonical) for row in groups},
    )


class Truth(RuleBasedStateMachine):
    """Adds, changes, deletes, restores, rolls back, judges and purges; a collection a run."""

    database: Database
    runs = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1
        self.collection = f"run {self.runs}"
        self.sage = make_sage(self.database)
        self.library, self.reader = Library(self.database), Reader(self.database)
        self.began = self.reader.head()
        self.past: dict[Seq, Snapshot] = {}
        self.purged: set[DocumentId] = set()

    def known(self, *, deleted: bool) -> list[DocumentId]:
        found = self.library.list(collection=self.collection, deleted=deleted)
        return [document.id for document in found]

    @rule(
        entries=st.lists(
            st.tuples(st.sampled_from(SOURCES), st.integers(-1, len(TEXTS) - 1), HOURS),
            min_size=1,
            max_size=6,
        ),
        label=st.integers(0, 1),
    )
    def add(self, entries: list[tuple[str, int, int | None]], label: int) -> None:
        batch: list[Draft | Removal] = []
        for source, text, hour in entries:
            time = None if hour is None else later(hour)
            batch.append(
                Removal(source, time=time)
                if text < 0
                else draft(source, *TEXTS[text], time=time, metadata={"label": label})
            )
        results = self.sage.add(self.collection, batch)
        assert [result.source_id for result in results] == [entry.source_id for entry in batch]
        assert self.sage.add(self.collection, batch[-1:])[0].outcome == "unchanged"

    @precondition(lambda self: self.known(deleted=False))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.sage.delete(data.draw(st.sampled_from(self.known(deleted=False))))

    @precondition(lambda self: self.known(deleted=True))
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        document = data.draw(st.sampled_from(self.known(deleted=True)))
        before = self.library.history(document)[-1]
        self.sage.restore(document)
        assert self.library.version(document).sha256 == before.sha256

    @precondition(lambda self: self.known(deleted=False))
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        document = data.draw(st.sampled_from(self.known(deleted=False)))
        *earlier, _ = self.library.history(document)
        if earlier:
            chosen = data.draw(st.sampled_from(earlier))
            self.sage.rollback(document, chosen.number)
            assert self.library.version(document).sha256 == chosen.sha256

    @precondition(lambda self: len(self.known(deleted=False)) > 1)
    @rule(data=st.data(), same=st.booleans())
    def decide(self, data: st.DataObject, *, same: bool) -> None:
        pair = st.lists(
            st.sampled_from(self.known(deleted=False)), min_size=2, max_size=2, unique=True
        )
        first, second = data.draw(pair)
        self.sage.decide(first, second, same=same)
        groups = look(self.database, self.collection, NOW).groups
        if not same:
            assert first not in groups or groups[first][0] != groups.get(second, ("",))[0]

    @precondition(lambda self: self.known(deleted=False) + self.known(deleted=True))
    @rule(data=st.data())
    def purge(self, data: st.DataObject) -> None:
        known = self.known(deleted=False) + self.known(deleted=True)
        document = data.draw(st.sampled_from(known))
        self.sage.purge(document, reason="test")
        self.purged.add(document)

    @invariant()
    def chunks_are_those_of_the_current_versions_of_who_stands_for_itself(self) -> None:
        now = look(self.database, self.collection, NOW)
        self.past[self.reader.head()] = now
        stands = {d for d in now.texts if d not in now.groups or now.groups[d][1]}
        want: dict[str, Counter[str]] = {}
        with self.database.read() as connection:
            for row in connection.execute(
                select(versions.c.document_id, spans.c.text_hash)
                .join(spans, spans.c.version_id == versions.c.id)
                .where(versions.c.valid_to == FOREVER, versions.c.document_id.in_(stands))
            ):
                want.setdefault(row.document_id, Counter())[row.text_hash] += 1
        assert want == now.chunks

    @invariant()
    def every_group_has_one_canonical_member_and_fellows(self) -> None:
        groups = look(self.database, self.collection, NOW).groups.values()
        sizes = Counter(group for group, _ in groups)
        assert all(size > 1 for size in sizes.values())
        assert Counter(group for group, canonical in groups if canonical) == Counter(set(sizes))

    def teardown(self) -> None:
        self.the_past_is_as_it_was()
        self.followers_reach_the_truth()

    def the_past_is_as_it_was(self) -> None:
        for seq, was in self.past.items():
            assert look(self.database, self.collection, AsOf(seq=seq)) == was.without(self.purged)
        for hour in range(0, 41, 5):
            at = AsOf(time=later(hour))
            with self.database.read() as connection:
                held = list(
                    connection.execute(select(versions.c.document_id).where(at.holds(versions)))
                )
            assert len(held) == len(set(held))
            assert len(held) == len(self.reader.attribute_rows(at))

    def followers_reach_the_truth(self) -> None:
        for step in (1, 2, 50):
            held: set[int] = set()
            position = self.began
            while position < self.reader.head():
                feed: Feed = self.reader.feed(position, limit=step)
                assert position < feed.upto
                held |= {chunk.id for chunk in feed.opened}
                held -= {chunk.id for chunk in feed.closed} | set(feed.purged)
                position = feed.upto
            with self.database.read() as connection:
                mine = select(documents.c.id).where(documents.c.collection == self.collection)
                want = select(chunks.c.id).where(
                    chunks.c.valid_to == FOREVER, chunks.c.document_id.in_(mine)
                )
                assert held == set(connection.execute(want).scalars())


def test_the_truth_keeps_its_laws(database: Database) -> None:
    machine = type("Machine", (Truth,), {"database": database})
    examples = 8 if database.dialect == "sqlite" else 3
    run(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
