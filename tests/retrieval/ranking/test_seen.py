"""The part of the graph that somebody may see is the graph of what they may see."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from api import KnowledgeBase
from foundation.security.policy import Access, access
from ingest.model import Record
from knowledge.graph.snapshot import NodeKind, Snapshot
from retrieval.ranking.seen import SeenGraphs

OPEN = [
    Record(
        "plans/door.md", title="Door Plan", text="Ada Lovelace opened the door for Alan Turing."
    ),
    Record(
        "plans/roof.md", title="Roof Plan", text="Alan Turing mended the roof of Bletchley Park."
    ),
]
HIDDEN = [
    Record(
        "plans/vault.md",
        title="Vault Plan",
        text="Ada Lovelace met Grace Hopper at Bletchley Park. See [the door](door.md).",
        metadata={"access": "board"},
    )
]


def snapshot(base: KnowledgeBase) -> Snapshot:
    return base.platform.parts.knowing.graph.refresh()


def home(folder: Path, records: Sequence[Record]) -> KnowledgeBase:
    base = KnowledgeBase.open(folder, embedder="hashing", database_url=None, background=False)
    base.ingest(records, wait=True)
    return base


def shown(base: KnowledgeBase, graph: Snapshot) -> set[tuple[str, str, int]]:
    """Show edges by what is the same in every home: names, titles of documents, texts."""
    names = {document.id: document.source_id for document in base.documents}

    def name(key: tuple[NodeKind, object]) -> str:
        kind, value = key
        if kind is NodeKind.CHUNK:
            return base.platform.parts.reader.texts([value])[0][1]  # type: ignore[list-item]  # an id
        return names.get(value, str(value)) if kind is NodeKind.DOCUMENT else str(value)  # type: ignore[call-overload]  # an id

    return {
        (min(name(one), name(other)), max(name(one), name(other)), count)
        for layer in ("links", "titles")
        for one, other, count in graph.canonical()[layer]
    }


def test_a_part_is_the_graph_of_a_home_that_has_nothing_else(tmp_path: Path) -> None:
    with home(tmp_path / "all", [*HIDDEN, *OPEN]) as both, home(tmp_path / "open", OPEN) as alone:
        parts = both.platform.parts
        seen = SeenGraphs(parts.database, parts.attributes.visible)
        whole = snapshot(both)
        reader = seen.part(whole, access(["*"], []))
        assert shown(both, reader) == shown(alone, snapshot(alone))
        assert "Grace Hopper".lower() not in str(shown(both, reader)).lower()
        assert seen.part(whole, access(["*"], [])) is reader
        assert seen.part(whole, Access.everything) is whole
        assert shown(both, seen.part(whole, access(["*"], ["board"]))) == shown(both, whole)
        assert not len(seen.part(whole, Access.nothing).links.indices)


def test_a_part_follows_rights_that_change(tmp_path: Path) -> None:
    with home(tmp_path, [*HIDDEN, *OPEN]) as base:
        parts = base.platform.parts
        seen = SeenGraphs(parts.database, parts.attributes.visible)
        before = seen.part(snapshot(base), access(["*"], []))
        opened = Record(HIDDEN[0].source_id, title=HIDDEN[0].title, text=HIDDEN[0].text)
        base.ingest([opened], wait=True)
        after = seen.part(snapshot(base), access(["*"], []))
        assert shown(base, after) == shown(base, snapshot(base))
        assert shown(base, before) < shown(base, after)


def test_a_graph_that_was_built_anew_has_parts_of_its_own(tmp_path: Path) -> None:
    with home(tmp_path, [*OPEN, *HIDDEN]) as base:
        parts = base.platform.parts
        seen = SeenGraphs(parts.database, parts.attributes.visible)
        base.documents.delete("plans/roof.md")
        before = seen.part(snapshot(base), access(["*"], []))
        parts.knowing.graph.reset()
        whole = snapshot(base)
        assert whole.seq == before.seq
        part = seen.part(whole, access(["*"], []))
        assert part.nodes is whole.nodes
        assert shown(base, part) == shown(base, before)


@pytest.mark.parametrize("rights", [Access.nothing, Access.everything])
def test_of_nothing_nothing_is_seen(tmp_path: Path, rights: Access) -> None:
    with home(tmp_path, []) as base:
        parts = base.platform.parts
        seen = SeenGraphs(parts.database, parts.attributes.visible)
        assert seen.part(snapshot(base), rights).size == 0
