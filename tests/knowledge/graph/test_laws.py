"""The law of the graph: whatever is done in whatever order, it is that of a clean rebuild."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import delete, select

from foundation.clock import Clock
from foundation.database.engine import Database, open_database
from foundation.database.schema import (
    chunks,
    claims,
    documents,
    identities,
    mentions,
    names,
    patterns,
    positions,
)
from foundation.errors import InvalidInput, NotFound
from foundation.ids import FOREVER, ChunkId, Seq
from knowledge.curation import Curation
from knowledge.curation_log import export_lines, replay_lines
from knowledge.follower import catch_up
from knowledge.graph.follower import GraphFollower
from knowledge.graph.snapshot import NodeKind, Snapshot
from knowledge.graph.store import GraphStore
from knowledge.graph.words import WordsFollower
from knowledge.learning import Learner
from knowledge.library import Library
from knowledge.model import INSIGHTS, Draft, Removal
from knowledge.patterns.model import PatternState
from knowledge.patterns.store import read_patterns
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from tests.knowledge.drafts import Ticking, draft, make_sage

SOURCES = ("a.md", "b.md", "c.md", "d.md", "e.md")
LONG = " ".join(f"Ada Lovelace wrote note {i} about the Analytical Engine." for i in range(30))
TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Mercury (planet)", ("Mercury is a planet near the Sun.", "Venus is a planet too.")),
    ("Mercury (element)", ("Mercury is a metal. Thermometers hold Mercury.",)),
    ("Notes on Mercury", ("Mercury was seen from Mount Wilson.", "The Sun was bright.")),
    ("Graph walks", ("Personalised PageRank (PPR) ranks nodes. PPR was used by Brin.",)),
    ("Sheep", ("Peste des Petits Ruminants (PPR) is a disease. PPR kills sheep in Kenya.",)),
    ("PPR", ("PPR was mentioned by Brin in Kenya.",)),
    ("Dense Retrieval", ("The Vector Index was built by Ada Lovelace.",)),
    ("Searching", ("We use dense retrieval with a vector index, see [Notes](b.md).",)),
    ("PEP 1 – Purpose", ("PEP: 1\nTitle: Purpose\nStatus: Draft\nReplaces: 2", "About PEP 2.")),
    ("PEP 1 – Purpose", ("PEP: 1\nTitle: Purpose\nStatus: Final\nReplaces: 2", "About PEP 2.")),
    ("PEP 2 – Older", ("PEP: 2\nTitle: Older\nStatus: Active\nSuperseded-By: 1",)),
    ("Engine", (LONG,)),
    ("Engine", (LONG + " It never ran.",)),
    ("世界保健機関", ("世界保健機関（WHO）はジュネーブにあります。", "WHOは国連の機関です。")),
    ("", ("",)),
)
NAMES = ("Mercury", "PPR", "Personalised PageRank", "Venus", "Ada Lovelace", "WHO", "Brin")


class Knowledge:
    """A base with all that follows it, brought up to date by `settle`."""

    def __init__(self, folder: Path, database: Database, clock: Clock) -> None:
        self.folder, self.database = folder, database
        self.sage: KnowledgeSage = make_sage(database)
        self.reader, self.library = Reader(database), Library(database)
        self.curation = Curation(database, clock)
        self.words = WordsFollower(database, clock, lambda _: self.every_chunk())
        self.graph = GraphFollower(database)
        self.learner = Learner(database, self.sage, clock)

    def every_chunk(self) -> list[int]:
        with self.database.read() as connection:
            return list(connection.execute(select(chunks.c.id)).scalars())

    def settle(self) -> Snapshot:
        for _ in range(2):
            for follower in (self.words, self.learner):
                catch_up(follower, self.reader, limit=1_000)
        return self.graph.refresh()


@contextmanager
def opened(template: Path) -> Iterator[Knowledge]:
    folder = Path(tempfile.mkdtemp())
    with (
        closing(sqlite3.connect(template)) as old,
        closing(sqlite3.connect(folder / "truth.db")) as new,
    ):
        old.backup(new)  # a copy of the file would lack what its log still holds
    database = open_database(None, home=folder)
    try:
        yield Knowledge(folder, database, Ticking())
    finally:
        database.close()
        shutil.rmtree(folder)


def edges(base: Knowledge, snapshot: Snapshot) -> dict[str, Counter[Any]]:
    """Show a snapshot's edges by what a rebuilt base has as well: no numbers, no ids."""
    with base.database.read() as connection:
        told: dict[Any, Any] = {
            row.id: (row.source_id, row.text_hash)
            for row in connection.execute(
                select(chunks.c.id, chunks.c.text_hash, documents.c.source_id).join(
                    documents, documents.c.id == chunks.c.document_id
                )
            )
        }
        told |= {
            row.id: row.source_id
            for row in connection.execute(select(documents.c.id, documents.c.source_id))
        }

    def name(end: tuple[NodeKind, Any]) -> tuple[int, Any]:
        kind, key = end
        return int(kind), key if kind is NodeKind.ENTITY else told[key]

    return {
        layer: Counter(
            (*sorted((name(one), name(other)), key=repr), count) for one, other, count in found
        )
        for layer, found in listed(snapshot).items()
    }


def listed(snapshot: Snapshot) -> dict[str, list[tuple[Any, Any, int]]]:
    keys = snapshot.nodes.keys
    return {
        layer: [
            (keys[head], keys[tail], count)
            for head, tail, count in zip(*(p.tolist() for p in adjacency.edges()), strict=True)
        ]
        for layer, adjacency in (("links", snapshot.links), ("pairs", snapshot.pairs))
    }


def learned(base: Knowledge) -> dict[str, tuple[Any, ...]]:
    """Show the patterns that hold, with their evidence by text."""
    with base.database.read() as connection:
        texts = {
            row.id: (row.text_hash, row.valid_to == FOREVER)
            for row in connection.execute(
                select(chunks.c.id, chunks.c.text_hash, chunks.c.valid_to)
            )
        }
        found = read_patterns(connection)
    return {
        pattern.key: (
            pattern.statement,
            dict(pattern.data),
            pattern.support,
            round(pattern.confidence, 9),
            round(pattern.lift, 9),
            sorted(texts[chunk] for chunk in pattern.evidence),
            pattern.state is PatternState.ACTIVE,
        )
        for pattern in found
        if pattern.support
    }


def forget_what_was_learned(database: Database) -> None:
    with database.write() as connection:
        for table in (patterns, identities, positions):
            connection.execute(delete(table))
        connection.execute(delete(mentions).where(mentions.c.since > 0))


class Graph(RuleBasedStateMachine):
    """Adds, updates, deletes, restores, rolls back, purges, decides about names and documents."""

    template: Path

    @initialize()
    def begin(self) -> None:
        self.opening = opened(self.template)
        self.base = self.opening.__enter__()

    def known(self, *, deleted: bool = False) -> list[Any]:
        found = self.base.library.list(collection="default", deleted=deleted)
        return [document.id for document in found]

    @rule(
        entries=st.lists(
            st.tuples(st.sampled_from(SOURCES), st.sampled_from(range(-1, len(TEXTS)))),
            min_size=1,
            max_size=4,
        )
    )
    def add(self, entries: list[tuple[str, int]]) -> None:
        batch: list[Draft | Removal] = [
            Removal(source)
            if number < 0
            else draft(source, *TEXTS[number][1], title=TEXTS[number][0])
            for source, number in entries
        ]
        self.base.sage.add("default", batch)

    @precondition(lambda self: self.known())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.base.sage.delete(data.draw(st.sampled_from(self.known())))

    @precondition(lambda self: self.known(deleted=True))
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        self.base.sage.restore(data.draw(st.sampled_from(self.known(deleted=True))))

    @precondition(lambda self: self.known())
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        document = data.draw(st.sampled_from(self.known()))
        *earlier, _ = self.base.library.history(document)
        if earlier:
            self.base.sage.rollback(document, data.draw(st.sampled_from(earlier)).number)

    @precondition(lambda self: len(self.known()) > 1)
    @rule(data=st.data(), same=st.booleans())
    def judge_documents(self, data: st.DataObject, *, same: bool) -> None:
        pair = st.lists(st.sampled_from(self.known()), min_size=2, max_size=2, unique=True)
        self.base.sage.decide(*data.draw(pair), same=same)

    @rule(pair=st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True))
    def merge(self, pair: list[str]) -> None:
        self.base.curation.merge(*pair)

    @rule(pair=st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True))
    def keep_apart(self, pair: list[str]) -> None:
        self.base.curation.keep_apart(*pair)

    @rule(name=st.sampled_from(NAMES))
    def split(self, name: str) -> None:
        try:
            self.base.curation.split(name)
        except NotFound:
            return

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        if holding := self.base.curation.list():
            self.base.curation.undo(data.draw(st.sampled_from(holding)).seq)

    @precondition(lambda self: self.known() + self.known(deleted=True))
    @rule(data=st.data())
    def purge(self, data: st.DataObject) -> None:
        known = self.known() + self.known(deleted=True)
        self.base.sage.purge(data.draw(st.sampled_from(known)), reason="test")

    @invariant()
    def the_laws_hold(self) -> None:
        if hasattr(self, "base"):
            self.the_graph_that_followed_is_the_one_built_anew()
            self.no_edge_is_an_orphan_and_no_proof_dangles()
            self.what_was_learned_is_what_is_learned_anew()

    def the_graph_that_followed_is_the_one_built_anew(self) -> None:
        followed = self.base.settle()
        anew = GraphFollower(self.base.database).refresh()
        assert edges(self.base, followed) == edges(self.base, anew)

    def no_edge_is_an_orphan_and_no_proof_dangles(self) -> None:
        snapshot = self.base.graph.snapshot()
        current = set(self.base.reader.chunk_ids())
        for layer in listed(snapshot).values():
            for head, tail, count in layer:
                assert count > 0
                ends = {key for kind, key in (head, tail) if kind is NodeKind.CHUNK}
                assert ends <= current
        with self.base.database.read() as connection:
            known = set(connection.execute(select(chunks.c.id)).scalars())
            read = set(connection.execute(select(mentions.c.chunk_id)).scalars())
            said = set(connection.execute(select(claims.c.chunk_id)).scalars())
            named = set(connection.execute(select(mentions.c.name_id)).scalars())
            ids = set(connection.execute(select(names.c.id)).scalars())
            proofs = {c for p in read_patterns(connection) for c in p.evidence}
        assert read | said <= known
        assert named == ids
        assert proofs <= known

    def what_was_learned_is_what_is_learned_anew(self) -> None:
        with opened(self.base.folder / "truth.db") as copy:
            forget_what_was_learned(copy.database)
            copy.settle()
            assert learned(copy) == learned(self.base)

    def teardown(self) -> None:
        if not hasattr(self, "base"):
            return
        try:
            self.a_base_that_reads_the_documents_anew_has_the_same_graph()
            self.relations_are_proved_by_passages_that_hold()
        finally:
            self.opening.__exit__(None, None, None)

    def a_base_that_reads_the_documents_anew_has_the_same_graph(self) -> None:
        mine = self.base.settle()
        listing = self.base.library.list(collection="default", limit=1_000)
        ordered = sorted(listing, key=lambda d: (not d.canonical, d.number))
        with opened(self.template) as other:
            for document in ordered:
                text = self.base.library.version(document.id).text
                title = self.base.library.version(document.id).title
                again = draft(document.source_id, *text.split("\n\n"), title=title)
                other.sage.add("default", [again])
            replay_lines(
                list(export_lines(self.base.database)), other.curation, other.sage, other.database
            )
            assert edges(other, other.settle()) == edges(self.base, mine)

    def relations_are_proved_by_passages_that_hold(self) -> None:
        store = GraphStore(self.base.database)
        current: Mapping[ChunkId, Any] = self.base.reader.chunks(self.base.reader.chunk_ids())
        for name in ("Mercury", "PEP 1", "PPR"):
            try:
                relations = store.relations(name)
            except (NotFound, InvalidInput):
                continue
            for relation in relations:
                assert relation.proofs
                for proof in relation.proofs:
                    assert 0 <= proof.start <= proof.end <= len(current[proof.chunk_id].text)


def check(template: Path, sequences: int, steps: int) -> None:
    """Run sequences; a failing one is shown as it is, since shrinking takes many minutes."""
    machine = type("Machine", (Graph,), {"template": template})
    run(
        machine,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )


@pytest.mark.slow
def test_the_graph_is_that_of_a_clean_rebuild(sqlite_template: Path) -> None:
    check(sqlite_template, 6, 5)


@pytest.mark.slow
def test_the_graph_is_that_of_a_clean_rebuild_after_many_sequences(sqlite_template: Path) -> None:
    """`make laws` runs 500 sequences, which takes a quarter of an hour."""
    check(sqlite_template, int(os.environ.get("LAWS", "20")), 6)


def test_insights_are_not_learned_from(sqlite_template: Path) -> None:
    with opened(sqlite_template) as base:
        base.sage.add(INSIGHTS, [draft("x", "Ada Lovelace is a mathematician.")])
        base.settle()
        with base.database.read() as connection:
            assert connection.execute(select(mentions)).all() == []
        assert base.learner.position() >= Seq(1)
