"""The official client and the layers of security: its key is a key of this platform."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from api import KnowledgeBase
from api.guarding import guarded
from api.security.opening import opened_keyring
from foundation.security.policy import Role, access
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings
from tests.api.doors import Served, served
from tests.api.openai.conftest import Connect, put, texts

DOOR = "The office door opens at nine."


@pytest.fixture
def server(base: KnowledgeBase, home: Path) -> Iterator[Served]:
    with guarded(base, load_settings(home=home), load_security_settings()) as app:
        server = served(base, app=app)
        yield server
        server.stop()


def issue(home: Path, role: Role, *collections: str) -> str:
    with opened_keyring(home) as keyring:
        return keyring.create("t", role, access(collections, []), actor="t").text


def test_a_writer_with_a_key_does_all_of_it(home: Path, server: Served, connect: Connect) -> None:
    client = connect(server, key=issue(home, Role.WRITER, "*"))
    store = client.vector_stores.create(name="a").id
    ids = put(client, store, door=DOOR)
    assert texts(client.vector_stores.search(store, query="door")) == [DOOR]
    assert client.vector_stores.files.content(ids["door"], vector_store_id=store).data
    assert client.embeddings.create(model="hashing", input="x").data
    assert client.files.delete(ids["door"]).deleted
    assert client.vector_stores.delete(store).deleted


def test_what_the_layers_refuse_has_the_clients_shape(
    home: Path, server: Served, connect: Connect
) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        connect(server, key="elders_wrong").vector_stores.list()
    assert refused.value.type == "authentication_error"
    reader = connect(server, key=issue(home, Role.READER, "*"))
    assert list(reader.vector_stores.list()) == []
    with pytest.raises(openai.PermissionDeniedError) as caught:
        reader.files.create(file=("a.md", b"x"), purpose="assistants")
    assert caught.value.type == "permission_error"
    with pytest.raises(openai.PermissionDeniedError):
        reader.vector_stores.create(name="a")


def test_requests_are_in_the_audit_log_by_their_ids_and_keys_are_not(
    base: KnowledgeBase, home: Path, server: Served, connect: Connect
) -> None:
    key = issue(home, Role.WRITER, "*")
    client = connect(server, key=key)
    store = client.vector_stores.create(name="a").id
    file = client.files.create(file=("a.md", DOOR.encode()), purpose="assistants").id
    client.vector_stores.files.create(store, file_id=file)
    batch = client.vector_stores.file_batches.create(store, file_ids=[file]).id
    client.vector_stores.file_batches.cancel(batch, vector_store_id=store)
    client.vector_stores.files.delete(file, vector_store_id=store)
    client.files.delete(file)
    client.vector_stores.delete(store)
    server.stop()
    with base.platform.parts.database.read() as connection:
        query = "SELECT operation, resource, metadata FROM audit_entries ORDER BY seq"
        told = list(connection.exec_driver_sql(query))
    assert key not in str(told)
    at = "/v1/vector_stores/{vector_store_id}"
    assert [tuple(row[:2]) for row in told if "/v1/" in row[0]] == [
        ("POST /v1/vector_stores", store),
        ("POST /v1/files", file),
        (f"POST {at}/files", file),
        (f"POST {at}/file_batches", batch),
        (f"POST {at}/file_batches/{{batch_id}}/cancel", batch),
        (f"DELETE {at}/files/{{file_id}}", file),
        ("DELETE /v1/files/{file_id}", file),
        (f"DELETE {at}", store),
    ]
    assert [store in row[2] for row in told if row[0].startswith(f"POST {at}")] == [True] * 3
