"""What a caller may see and change who may not see everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from foundation.security.policy import Principal, access
from tests.api.doors import Served
from tests.api.openai.conftest import Client, Connect, person, put, texts

DOOR = "The office door opens at nine."
VAULT = "The door of the vault opens at noon."


@pytest.fixture
def owner(guarded: Served, connect: Connect) -> Client:
    return connect(guarded)


@pytest.fixture
def known(
    guarded: Served, connect: Callable[..., Client], people: dict[str, Principal]
) -> Callable[..., Client]:
    """Make somebody with rights, and their client."""

    def make(name: str, collections: list[str], labels: list[str] | None = None) -> Client:
        people[name] = person(name, access(collections, labels or []))
        return connect(guarded, key=name)

    return make


def test_a_store_out_of_reach_is_as_if_it_were_not(
    owner: Client, known: Callable[..., Client]
) -> None:
    theirs = owner.vector_stores.create(name="pay", metadata={"collection": "pay"}).id
    file = put(owner, theirs, door=DOOR)["door"]
    ours = owner.vector_stores.create(name="house", metadata={"collection": "house"}).id
    reader = known("ada", ["house"])
    assert [each.id for each in reader.vector_stores.list()] == [ours]

    def told(store: str, call: Callable[[str], object]) -> str:
        with pytest.raises(openai.NotFoundError) as caught:
            call(store)
        return caught.value.message.replace(store, "STORE")

    for call in (
        reader.vector_stores.retrieve,
        reader.vector_stores.delete,
        lambda store: reader.vector_stores.update(store, name="mine"),
        lambda store: reader.vector_stores.search(store, query="door"),
        reader.vector_stores.files.list,
        lambda store: reader.vector_stores.files.create(store, file_id=file),
        lambda store: reader.vector_stores.files.content(file, vector_store_id=store),
        lambda store: reader.vector_stores.files.delete(file, vector_store_id=store),
    ):
        assert told(theirs, call) == told("vs_nowhere", call)
    assert texts(owner.vector_stores.search(theirs, query="door")) == [DOOR]


def test_a_file_is_its_uploaders_and_who_sees_everything_sees_it(
    owner: Client, known: Callable[..., Client]
) -> None:
    ada, bob = known("ada", ["house"]), known("bob", ["house"])
    file = ada.files.create(file=("a.md", DOOR.encode()), purpose="assistants").id
    assert [each.id for each in ada.files.list()] == [file]
    assert list(bob.files.list()) == []
    assert [each.id for each in owner.files.list()] == [file]
    for call in (bob.files.retrieve, bob.files.content, bob.files.delete):
        with pytest.raises(openai.NotFoundError):
            call(file)
    store = bob.vector_stores.create(name="b", metadata={"collection": "house"}).id
    with pytest.raises(openai.NotFoundError):
        bob.vector_stores.files.create(store, file_id=file)
    ada.vector_stores.files.create_and_poll(file, vector_store_id=store)
    assert [each.id for each in bob.vector_stores.files.list(store)] == [file]
    assert bob.vector_stores.files.content(file, vector_store_id=store).data[0].text == DOOR


def test_a_new_store_lies_where_its_makers_rights_reach(known: Callable[..., Client]) -> None:
    ada, bob = known("ada", ["team-*"]), known("bob", ["house"])
    store = ada.vector_stores.create(name="mine").id
    put(ada, store, door=DOOR)
    assert texts(ada.vector_stores.search(store, query="door")) == [DOOR]
    assert list(bob.vector_stores.list()) == []
    with pytest.raises(openai.PermissionDeniedError, match="metadata=") as caught:
        bob.vector_stores.create(name="mine")
    assert caught.value.type == "permission_error"
    with pytest.raises(openai.PermissionDeniedError, match="do not reach"):
        bob.vector_stores.create(name="mine", metadata={"collection": "team-a"})
    assert bob.vector_stores.create(metadata={"collection": "house"}).file_counts.total == 0


def test_a_labelled_file_is_counted_listed_and_found_by_who_holds_the_label(
    owner: Client, known: Callable[..., Client]
) -> None:
    store = owner.vector_stores.create(metadata={"collection": "house"}).id
    put(owner, store, door=DOOR)
    vault = owner.vector_stores.files.upload_and_poll(
        vector_store_id=store, file=("v.md", VAULT.encode()), attributes={"access": "board"}
    ).id
    for name, labels, seen in (("ada", [], 1), ("eve", ["board"], 2)):
        reader = known(name, ["house"], labels)
        assert reader.vector_stores.retrieve(store).file_counts.total == seen
        assert len(list(reader.vector_stores.files.list(store, limit=1))) == seen
        assert len(reader.vector_stores.search(store, query="door").data) == seen
    ada = known("ada", ["house"])
    for call in (
        lambda: ada.vector_stores.files.retrieve(vault, vector_store_id=store),
        lambda: ada.vector_stores.files.update(vault, vector_store_id=store, attributes={}),
        lambda: ada.vector_stores.files.delete(vault, vector_store_id=store),
    ):
        with pytest.raises(openai.NotFoundError):
            call()
    hidden: Any = {"type": "eq", "key": "access", "value": "board"}
    assert ada.vector_stores.search(store, query="door", filters=hidden).data == []


def test_a_batch_is_there_for_who_sees_a_file_of_it(
    owner: Client, known: Callable[..., Client]
) -> None:
    store = owner.vector_stores.create(metadata={"collection": "house"}).id
    door, vault = (
        owner.files.create(file=(name, text.encode()), purpose="assistants").id
        for name, text in (("d.md", DOOR), ("v.md", VAULT))
    )
    hidden: Any = {"file_id": vault, "attributes": {"access": "board"}}
    batches = owner.vector_stores.file_batches
    alone = batches.create_and_poll(store, files=[hidden]).id
    ada = known("ada", ["house"]).vector_stores.file_batches
    for call in (ada.retrieve, ada.cancel, ada.list_files):
        with pytest.raises(openai.NotFoundError):
            call(alone, vector_store_id=store)
    mixed = batches.create_and_poll(store, files=[hidden, {"file_id": door}]).id
    assert ada.retrieve(mixed, vector_store_id=store).file_counts.total == 1
    assert [each.id for each in ada.list_files(mixed, vector_store_id=store)] == [door]
    assert ada.cancel(mixed, vector_store_id=store).file_counts.total == 1
    assert batches.retrieve(mixed, vector_store_id=store).file_counts.completed == 2


def test_nobody_gives_a_label_that_they_do_not_hold(known: Callable[..., Client]) -> None:
    ada = known("ada", ["house"])
    store = ada.vector_stores.create(metadata={"collection": "house"}).id
    file = put(ada, store, door=DOOR)["door"]
    label: dict[str, str | float | bool] = {"access": "board"}
    with pytest.raises(openai.PermissionDeniedError, match="label"):
        ada.vector_stores.files.create(store, file_id=file, attributes=label)
    with pytest.raises(openai.PermissionDeniedError, match="label"):
        ada.vector_stores.files.update(file, vector_store_id=store, attributes=label)


def test_what_is_hidden_outlives_the_store_that_somebody_deletes(
    owner: Client, known: Callable[..., Client]
) -> None:
    store = owner.vector_stores.create(metadata={"collection": "house"}).id
    put(owner, store, door=DOOR)
    owner.vector_stores.files.upload_and_poll(
        vector_store_id=store, file=("v.md", VAULT.encode()), attributes={"access": "board"}
    )
    known("ada", ["house"]).vector_stores.delete(store)
    assert list(owner.vector_stores.list()) == []
    again = owner.vector_stores.create(metadata={"collection": "house"}).id
    assert texts(owner.vector_stores.search(again, query="door")) == [VAULT]


def test_a_deleted_file_stays_where_its_owner_cant_reach(
    owner: Client, known: Callable[..., Client]
) -> None:
    ada = known("ada", ["house"])
    file = ada.files.create(file=("a.md", DOOR.encode()), purpose="assistants").id
    pay = owner.vector_stores.create(metadata={"collection": "pay"}).id
    house = owner.vector_stores.create(metadata={"collection": "house"}).id
    for store in (pay, house):
        owner.vector_stores.files.create_and_poll(file, vector_store_id=store)
    assert ada.files.delete(file).deleted
    assert owner.vector_stores.search(house, query="door").data == []
    assert texts(owner.vector_stores.search(pay, query="door")) == [DOOR]
    assert list(owner.files.list()) == []
    owner.vector_stores.files.delete(file, vector_store_id=pay)
    assert owner.vector_stores.search(pay, query="door").data == []
