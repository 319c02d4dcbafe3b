"""Documents are read only if they changed, and deleted only if they did not."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import KnowledgeBase
from api.etags import is_known, require_match
from foundation.errors import Outdated
from ingest.model import Record
from tests.api.doors import Served

TAG = '"abc"'


@pytest.fixture
def client(base: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]) -> httpx.Client:
    base.ingest([Record("plan", text="The first plan", metadata={"floor": 1})])
    return serve(base).client


@pytest.fixture
def place(base: KnowledgeBase, client: httpx.Client) -> str:
    return f"/v1/documents/{base.documents.get('plan').id}"


def test_what_is_known_is_not_sent_again(client: httpx.Client, place: str) -> None:
    first = client.get(place)
    etag = first.headers["etag"]
    assert etag.startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    for said in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        known = client.get(place, headers={"if-none-match": said})
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["etag"] == etag
        assert known.headers["cache-control"] == "private, no-cache"
    lines = [("if-none-match", '"x"'), ("if-none-match", etag)]
    assert client.get(place, headers=lines).status_code == 304
    for said in ('"x"', etag.strip('"'), "", '"'):
        assert client.get(place, headers={"if-none-match": said}).json() == first.json()


def test_a_tag_changes_with_the_text_the_description_and_the_state(
    base: KnowledgeBase, client: httpx.Client, place: str
) -> None:
    tags = [client.get(place).headers["etag"]]
    for record in (
        Record("plan", text="The second plan", metadata={"floor": 1}),
        Record("plan", text="The second plan", metadata={"floor": 2}),
    ):
        base.ingest([record])
        tags.append(client.get(place).headers["etag"])
    base.documents.delete("plan")
    tags.append(client.get(place).headers["etag"])
    assert len(set(tags)) == 4
    before = base.documents.history("plan")[-1].valid_to - 1
    past = client.get(place, params={"as_of": before})
    assert past.headers["etag"] == tags[2]
    assert not past.json()["deleted"]


def test_only_what_is_still_so_is_deleted(
    base: KnowledgeBase, client: httpx.Client, place: str
) -> None:
    old = client.get(place).headers["etag"]
    base.ingest([Record("plan", text="The second plan")])
    new = client.get(place).headers["etag"]
    for said in (old, f"W/{new}", "nonsense", '""'):
        refused = client.delete(place, headers={"if-match": said})
        assert refused.status_code == 412
        assert "read it again" in refused.json()["detail"]
    assert not base.documents.get("plan").deleted
    assert client.delete(place, headers={"if-match": f"{old}, {new}"}).status_code == 200
    assert client.delete(place, headers={"if-match": "*"}).status_code == 409
    missing = client.delete("/v1/documents/none", headers={"if-match": "*"})
    assert missing.status_code == 404


def test_what_changes_while_a_deletion_waits_is_not_deleted(base: KnowledgeBase) -> None:
    base.add("The first plan", source_id="plan")

    def check() -> None:
        assert base.platform.parts.database.is_writing
        raise Outdated("it changed")

    with pytest.raises(Outdated):
        base.documents.delete("plan", check=check)
    assert not base.documents.get("plan").deleted


@given(st.lists(st.text(st.characters(max_codepoint=255)), max_size=3))
def test_no_header_breaks_the_reading_of_tags(lines: list[str]) -> None:
    told = TAG in ",".join(lines) or any(line.strip() == "*" for line in lines)
    if not told:
        assert not is_known(TAG, lines)
        if lines:
            with pytest.raises(Outdated):
                require_match(TAG, lines)
    assert is_known(TAG, [*lines, "*"])
    require_match(TAG, ["*", *lines])
    require_match(TAG, [])
