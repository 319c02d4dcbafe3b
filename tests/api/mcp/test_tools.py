"""What tools do for whom, asked by the official client in this process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.shared.exceptions import MCPError
from mcp_types import TextResourceContents

from api import KnowledgeBase
from api.mcp import tools
from api.mcp.protocol import server_for
from api.mcp.schemas import MOST_READ, PAGE, ReadArguments, SearchArguments
from api.mcp.tools import Caller
from api.restricted import seen_by
from foundation.clock import Micros
from foundation.security.policy import Access, Operation, Principal, Role, access
from ingest.model import Record
from tests.api.mcp.talking import call, failure, fields, talk, text

LONG = "".join(f"Paragraph {number} tells of quaggas.\n\n" for number in range(500))
SECRET = "zanzibar"
GUIDE = "# Install\n\nKubernetes depends on etcd.\n\n# Remove\n\nRun make clean."


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    home = tmp_path_factory.mktemp("tools")
    with KnowledgeBase.open(home, embedder="hashing", database_url=None) as base:
        guide = Record("guide.md", text=GUIDE, title="Guide", metadata={"year": 2026})
        base.ingest([guide], collection="guides")
        base.add("The old text of the plan", source_id="plan.md", time=Micros(0))
        base.add("The new text of the plan", source_id="plan.md", metadata={"year": 2020})
        base.add(LONG, source_id="long.md")
        base.add("The retired scheme", source_id="retired.md")
        base.documents.delete("retired.md")
        hidden = Record("hidden.md", text=f"The {SECRET} is kept", metadata={"access": ["board"]})
        base.ingest([hidden], collection="guides", wait=True)
        yield base


def serving(base: KnowledgeBase, rights: Access = Access.everything, **options: Any) -> Any:
    options = {"role": Role.ADMIN, "scopes": None, "collection": "default"} | options
    principal = Principal("key:1", "ada", options["role"], options["scopes"], rights)
    caller = Caller(
        seen_by(base, rights), principal, "ada", options["collection"], options.get("reading", "")
    )
    return server_for(lambda _: caller)


def resource(server: Any, uri: str) -> str:
    found = talk(server, lambda client: client.read_resource(uri))
    (content,) = found.contents
    assert isinstance(content, TextResourceContents)
    return content.text


@pytest.fixture
def server(base: KnowledgeBase) -> Any:
    return serving(base)


def test_a_passage_is_cited_by_the_characters_where_it_stands(server: Any) -> None:
    result = call(server, "search", query="etcd", k=1)
    (passage,) = result.structured_content["passages"]
    assert passage["source_id"] == "guide.md"
    whole = fields(server, "read", document=passage["document_id"], version=passage["version"])
    assert whole["text"][passage["start"] : passage["end"]] == passage["text"]
    told = text(result)
    for shown in ("guide.md", passage["document_id"], passage["text"], "version 1", "chunk "):
        assert shown in told


def test_a_search_keeps_to_what_it_is_told(server: Any) -> None:
    def sources(**options: Any) -> set[str]:
        found = fields(server, "search", query="text plan etcd", **options)
        return {passage["source_id"] for passage in found["passages"]}

    assert sources(collections=["guides"]) <= {"guide.md", "hidden.md"}
    assert sources(filter={"year": 2020}) == {"plan.md"}
    then = fields(server, "search", query="text plan", as_of="1980-01-01")["passages"]
    assert [passage["text"] for passage in then] == ["The old text of the plan"]
    assert len(fields(server, "search", query="quaggas", k=2)["passages"]) == 2


def test_lists_and_objects_may_come_as_text(server: Any) -> None:
    options = {"query": "etcd", "collections": '["guides"]', "filter": '{"year": 2026}'}
    assert fields(server, "search", **options)["passages"][0]["source_id"] == "guide.md"
    one = fields(server, "search", query="etcd", collections="guides")
    assert one["passages"][0]["collection"] == "guides"


@pytest.mark.parametrize("name", ["2024", "true", "null", "1.5", '"quoted"', "{}"])
def test_a_name_that_would_be_json_of_another_kind_is_a_name(name: str) -> None:
    given = SearchArguments.model_validate({"query": "etcd", "collections": name})
    assert given.collections == [name.strip('"')]
    assert (
        SearchArguments.model_validate({"query": "etcd", "collections": None}).collections is None
    )


def test_a_long_document_is_read_in_pages(server: Any) -> None:
    first = call(server, "read", document="long.md")
    page = first.structured_content
    assert (page["start"], page["end"], page["next_start"]) == (0, PAGE, PAGE)
    assert f"go on with start={PAGE}" in text(first)
    assert len(page["text"]) == PAGE
    largest = fields(server, "read", document="long.md", end=10**6)
    assert len(largest["text"]) == min(MOST_READ, len(LONG))
    beyond = failure(server, "read", document="long.md", start=len(LONG))
    assert f"{len(LONG):,} characters" in beyond
    assert "does not come after" in failure(server, "read", document="long.md", start=9, end=9)


@settings(deadline=None, max_examples=20)
@given(size=st.integers(200, 3 * PAGE))
def test_pages_of_any_size_join_to_the_text(base: KnowledgeBase, size: int) -> None:
    caller = Caller(base, Principal.owner, "test")
    read, start = "", 0
    while True:
        page = tools.read(caller, ReadArguments(document="long.md", start=start, end=start + size))
        read += page.text
        if page.next_start is None:
            break
        start = page.next_start
    assert read == LONG


def test_earlier_versions_and_deleted_documents_can_be_read(server: Any) -> None:
    assert fields(server, "read", document="plan.md")["text"] == "The new text of the plan"
    old = fields(server, "read", document="plan.md", version=1)
    assert (old["text"], old["version"]) == ("The old text of the plan", 1)
    then = fields(server, "read", document="plan.md", as_of="1980-01-01")
    assert then["text"] == "The old text of the plan"
    gone = call(server, "read", document="retired.md")
    assert gone.structured_content["deleted"]
    assert "deleted" in text(gone)
    assert "not both" in failure(server, "read", document="plan.md", version=1, as_of="1980-01-01")


def test_a_name_is_looked_up_with_the_sentences_that_prove_it(server: Any) -> None:
    result = call(server, "neighbours", name="Kubernetes")
    known = result.structured_content
    assert known["name"] == "Kubernetes"
    (stated,) = known["relations"]
    assert (stated["subject"], stated["predicate"]) == ("Kubernetes", "depends on")
    assert stated["object"] == "etcd"
    (quote,) = stated["quotes"]
    assert quote["text"] in fields(server, "read", document=quote["document_id"])["text"]
    assert f"“{quote['text']}”" in text(result)
    assert "nobody" in failure(server, "neighbours", name="nobody at all")


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("search", {}, "query"),
        ("search", {"query": "", "k": 0, "limit": 3}, "query: .*; k: .*; limit: "),
        ("search", {"query": "x", "filter": "{"}, "filter"),
        ("search", {"query": "x", "filter": {"$regex": 1}}, "regex"),
        ("search", {"query": "x", "collections": ["nowhere"]}, "nowhere"),
        ("search", {"query": "x", "as_of": "2999-01-01"}, "2999"),
        ("read", {"document": "nowhere.md"}, "nowhere.md"),
        ("read", {"document": "plan.md", "version": 9}, "9"),
        ("read", {"document": "plan.md", "start": -1}, "start: "),
        ("remember", {"text": "x", "source_id": "a\0b"}, "."),
        ("remember", {"text": "x", "collection": "a/b"}, "collection"),
        ("remember", {"text": "x", "metadata": "[]"}, "metadata"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_done(
    server: Any, base: KnowledgeBase, tool: str, arguments: dict[str, Any], told: str
) -> None:
    before = base.platform.head()
    said = failure(server, tool, **arguments)
    assert len(said) < 1_000
    assert re.search(told, said)
    assert base.platform.head() == before


def test_a_fault_of_the_program_is_no_traceback(
    base: KnowledgeBase, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Caller(cast("KnowledgeBase", object()), Principal.owner, "test")
    said = failure(server_for(lambda _: broken), "search", query="etcd")
    assert said == "a fault of the server (AttributeError); its log has more"


def test_a_tool_that_is_none_is_an_error_of_the_protocol(server: Any) -> None:
    with pytest.raises(MCPError, match="no tool 'forget'"):
        call(server, "forget")


def test_what_a_tool_says_of_itself_is_true(server: Any) -> None:
    listed = {tool.name: tool for tool in talk(server, lambda c: c.list_tools()).tools}
    assert set(listed) == {"search", "read", "neighbours", "remember"}
    for name, tool in listed.items():
        hints = tool.annotations
        assert hints is not None
        assert hints.read_only_hint == (name != "remember")
        assert hints.idempotent_hint
        assert not hints.destructive_hint
        assert not hints.open_world_hint
        assert tool.description
        assert tool.output_schema
        assert "$ref" not in str(tool.input_schema) + str(tool.output_schema)


def test_who_may_only_read_is_offered_no_more(base: KnowledgeBase) -> None:
    def offered(server: Any) -> list[str]:
        return [tool.name for tool in talk(server, lambda c: c.list_tools()).tools]

    reader = serving(base, role=Role.READER)
    assert offered(reader) == ["search", "read", "neighbours"]
    assert "role reader may not write" in failure(reader, "remember", text="x")
    narrow = serving(base, scopes=frozenset({Operation.SEARCH}))
    assert offered(narrow) == ["search"]
    assert "not for read" in failure(narrow, "read", document="plan.md")


def test_hidden_documents_are_shown_by_no_tool(base: KnowledgeBase) -> None:
    server = serving(base, access(["guides"], []))
    hidden = base.documents.get("hidden.md").id
    assert fields(server, "search", query=SECRET)["passages"] != []
    assert SECRET not in str(fields(server, "search", query=SECRET)["passages"])
    for name in (hidden, "hidden.md", "plan.md"):
        missing = failure(server, "read", document="nowhere")
        assert failure(server, "read", document=name) == missing.replace("nowhere", name)
    assert fields(server, "neighbours", name="Kubernetes")["documents"] == 1
    unknown = failure(server, "neighbours", name="nobody")
    assert failure(server, "neighbours", name=SECRET) == unknown.replace("nobody", SECRET)
    for uri in (f"elders://documents/{hidden}", "elders://documents/hidden.md"):
        with pytest.raises(MCPError, match="there is no document"):
            resource(server, uri)
    for options in ({"source_id": "hidden.md", "collection": "guides"}, {"collection": "pay"}):
        failure(server, "remember", text="Overwritten", **options)
    assert SECRET in base.documents.show("hidden.md").text


def test_a_document_is_a_resource(server: Any, base: KnowledgeBase) -> None:
    document = base.documents.get("guide.md").id
    assert resource(server, f"elders://documents/{document}") == GUIDE
    (template,) = talk(server, lambda c: c.list_resource_templates()).resource_templates
    assert template.uri_template == "elders://documents/{document_id}"
    for uri in ("elders://documents/", "elders://documents/nowhere", "file:///etc/passwd"):
        with pytest.raises(MCPError):
            resource(server, uri)


def test_what_is_remembered_is_found_at_once_and_kept_once(base: KnowledgeBase) -> None:
    server = serving(base, collection="notes")
    result = call(server, "remember", text="Okapis sleep standing", title="Okapi")
    first = result.structured_content
    assert (first["outcome"], first["collection"], first["version"]) == ("added", "notes", 1)
    assert text(result).startswith(f"added: {first['source_id']} in notes")
    (passage,) = fields(server, "search", query="okapis", collections=["notes"])["passages"]
    assert passage["document_id"] == first["document_id"]
    again = fields(server, "remember", text="Okapis sleep standing", title="Okapi")
    assert again == first | {"outcome": "unchanged"}
    named = {"source_id": first["source_id"], "title": "Okapi", "metadata": {"kind": "note"}}
    updated = fields(server, "remember", text="Okapis sleep lying down", **named)
    assert (updated["outcome"], updated["version"]) == ("updated", 2)
    copy = call(server, "remember", text="Okapis sleep lying down", source_id="copy", title="Okapi")
    assert copy.structured_content["outcome"] == "merged"
    assert copy.structured_content["merged_into"] == first["document_id"]
    assert text(copy).startswith("merged: ")
    assert base.documents.log(first["document_id"])[0].actor == "ada"


def test_who_only_reads_says_why(base: KnowledgeBase) -> None:
    server = serving(base, reading="another process holds the home")
    assert failure(server, "remember", text="x") == "another process holds the home"
