"""The official client against a real server, as its owner or as somebody with fewer rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import openai
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from api import KnowledgeBase
from api.app import create_app
from foundation.security.policy import Access, Principal, Role
from tests.api.doors import Served, served

Client = openai.OpenAI
Connect = Callable[..., Client]


class AsThey:
    """Says to an app who asks: whoever the key names, else the owner."""

    def __init__(self, app: ASGIApp, people: dict[str, Principal]) -> None:
        self.app = app
        self.people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            key = dict(scope["headers"]).get(b"authorization", b"").decode()
            who = self.people.get(key.removeprefix("Bearer "))
            if who is not None:
                scope.setdefault("state", {})["principal"] = who
        await self.app(scope, receive, send)


def person(name: str, access: Access) -> Principal:
    return replace(Principal.owner, id=f"key:{name}", name=name, role=Role.WRITER, access=access)


def connected(server: Served, key: str = "unused") -> Client:
    url = f"{str(server.client.base_url).rstrip('/')}/v1"
    return openai.OpenAI(api_key=key, base_url=url, max_retries=0, timeout=60)


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Open official clients, which end with the test."""
    with ExitStack() as clients:

        def open_client(server: Served, key: str = "unused") -> Client:
            return clients.enter_context(connected(server, key))

        yield open_client


@pytest.fixture
def client(base: KnowledgeBase, serve: Callable[..., Served], connect: Connect) -> Client:
    """The official client of this machine's owner."""
    return connect(serve(base))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """A knowledge base for all tests of a module."""
    home = tmp_path_factory.mktemp("shared")
    with KnowledgeBase.open(home, embedder="hashing", database_url=None) as base:
        yield base


@pytest.fixture(scope="module")
def lasting(shared: KnowledgeBase) -> Iterator[Client]:
    """The official client of its owner."""
    server = served(shared)
    with connected(server) as client:
        yield client
    server.stop()


@pytest.fixture
def people() -> dict[str, Principal]:
    """Who may ask, by their keys; a test fills it in."""
    return {}


@pytest.fixture
def guarded(base: KnowledgeBase, people: dict[str, Principal]) -> Iterator[Served]:
    """A server that knows who asks."""
    server = served(base, app=AsThey(create_app(base), people))
    yield server
    server.stop()


def texts(found: object) -> list[str]:
    """List the passages of a search's answer."""
    return [content.text for each in found for content in each.content]  # type: ignore[attr-defined] # the client's page


def put(client: Client, store: str, **files: str) -> dict[str, str]:
    """Put Markdown files into a store by their names and wait; answer their ids."""
    uploads = [(f"{name}.md", text.encode()) for name, text in files.items()]
    client.vector_stores.file_batches.upload_and_poll(store, files=uploads)
    ids = [each.id for each in client.vector_stores.files.list(store, limit=100)]
    names = {client.files.retrieve(each).filename.removesuffix(".md"): each for each in ids}
    return {name: names[name] for name in files}
