"""After a purge no byte of the text is left in any file of the home."""

from __future__ import annotations

from pathlib import Path

import pytest

from api import KnowledgeBase
from foundation.errors import InvalidInput, NotFound
from ingest.model import Record
from tests.api.doors import Elders, notes

SECRET = "xylophonquartz"
TEXT = f"# Secret {SECRET}title\n\nThe {SECRET}body was told to nobody, {SECRET}tail."


def holding(home: Path, word: str = SECRET) -> set[str]:
    """Name the files that hold a word, in any of the encodings that an index might use."""
    forms = [word.encode(), word.encode("utf-16-le"), word[::-1].encode(), word.upper().encode()]
    return {
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    }


def term_files(home: Path) -> set[str]:
    """Name the lexical index's files: terms are packed in them, so that no grep finds them."""
    folder = home / "followers" / "lexical"
    return {
        str(p) for p in folder.rglob("*") if p.is_file() and p.suffix in {".term", ".pos", ".idx"}
    }


def test_purging_with_followers_at_work_leaves_no_byte(home: Path) -> None:
    with KnowledgeBase.open(home) as base:
        base.ingest(
            [*notes(30), Record("secret.md", text=TEXT, metadata={"note": SECRET})], wait=True
        )
        base.add(TEXT + " More.", source_id="secret.md")
        base.wait()
        assert "truth.db-wal" in holding(home) or "truth.db" in holding(home)
        terms = term_files(home)
        assert terms
        with KnowledgeBase.open(home, read_only=True) as reader:
            assert reader.search(SECRET + "body")
        seq = base.documents.purge("secret.md", reason="told by mistake")
        assert holding(home) == set()
        assert not terms & term_files(home)
        assert not [h for h in base.search(SECRET + "body") if SECRET in h.text]
        with pytest.raises(NotFound):
            base.documents.get("secret.md")
        assert base.wait()
        assert all(finding.ok for finding in base.doctor())
        assert base.status().seq == seq
        assert len(base.documents) == 30
    assert holding(home) == set()


def test_purging_by_command_leaves_no_byte_and_an_audit_record(
    home: Path, tmp_path: Path, elders: Elders
) -> None:
    (tmp_path / "secret.md").write_text(TEXT)
    elders("ingest", str(tmp_path / "secret.md"))
    assert holding(home)
    answer = elders("documents", "purge", "secret.md", "--reason", "told by mistake", "--json")
    assert answer.json == {"purged": "secret.md", "seq": elders("status", "--json").json["seq"]}
    assert holding(home) == set()
    assert holding(home, "told by mistake")
    assert elders("documents", "purge", "secret.md", "--reason", "again").status == 1
    assert elders("follow").status == 0
    assert elders("doctor").status == 0


def test_vectors_of_what_was_purged_are_gone_even_where_the_embedder_is_behind(home: Path) -> None:
    import numpy as np

    with KnowledgeBase.open(home) as base:
        base.ingest([*notes(5), Record("secret.md", text=TEXT)], wait=True)
        chunk = base.search(SECRET + "body", k=1)[0].chunk_id
        hashes = [base.platform.parts.reader.chunks([chunk])[chunk].text_hash]
        from sqlalchemy import select

        from foundation.database.schema import vectors

        with base.platform.parts.database.read() as connection:
            vector = connection.execute(
                select(vectors.c.vector).where(vectors.c.text_hash.in_(hashes))
            ).scalar_one()
    with KnowledgeBase.open(home, background=False) as base:
        base.ingest(notes(3, about="unembedded"))
        base.documents.purge("secret.md", reason="gone")
        files = [path for path in home.rglob("*") if path.is_file()]
        assert not [
            path for path in files if np.frombuffer(vector, "<f4").tobytes() in path.read_bytes()
        ]
        base.wait()
        assert all(finding.ok for finding in base.doctor())


def test_a_purge_needs_a_reason(base: KnowledgeBase) -> None:
    base.add(TEXT, source_id="secret.md")
    with pytest.raises(InvalidInput, match="reason"):
        base.documents.purge("secret.md", reason="  ")
    assert base.documents["secret.md"].version == 1
