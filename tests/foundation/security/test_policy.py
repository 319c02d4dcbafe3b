from __future__ import annotations

import dataclasses
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from foundation.security.policy import (
    OPERATIONS,
    UNREADABLE,
    Access,
    Operation,
    Principal,
    Role,
    access,
    labels_of,
    permitted,
)

names = st.sampled_from(["a", "b", "team-one", "team-two", "c"])
rights = st.builds(
    access, st.lists(names | st.sampled_from(["*", "team-*"])), st.none() | st.lists(names)
)


def who(role: Role = Role.ADMIN, **more: object) -> Principal:
    return dataclasses.replace(Principal("key:1", "somebody", role), **more)  # type: ignore[arg-type]  # by name


def test_a_principal_may_see_nothing_by_default() -> None:
    assert not permitted(who(), Operation.READ, "default").allowed
    assert who().access == Access.nothing


def test_the_owner_may_do_and_see_everything() -> None:
    for operation in Operation:
        assert permitted(Principal.owner, operation, "any", ["secret", UNREADABLE]).allowed


def test_each_role_may_do_what_the_ones_before_it_may_and_more() -> None:
    in_order = [OPERATIONS[role] for role in Role]
    assert all(less < more for less, more in itertools.pairwise(in_order))
    assert OPERATIONS[Role.ADMIN] == set(Operation)


def test_what_a_role_does_not_name_is_refused_with_a_reason() -> None:
    decision = permitted(who(Role.READER), Operation.DELETE)
    assert not decision.allowed
    assert "reader" in decision.reason


def test_scopes_narrow_a_role_and_never_widen_it() -> None:
    narrow = who(Role.READER, scopes=frozenset({Operation.SEARCH, Operation.ADMIN}))
    told = {each: permitted(narrow, each).allowed for each in Operation}
    assert [each for each, allowed in told.items() if allowed] == [Operation.SEARCH]
    assert not permitted(who(scopes=frozenset()), Operation.SEARCH).allowed


@pytest.mark.parametrize(
    ("collections", "collection", "seen"),
    [
        (["team"], "team", True),
        (["team"], "team-b", False),
        (["team-*"], "team-b", True),
        (["team-*"], "team", False),
        (["*"], "anything", True),
        ([], "team", False),
    ],
)
def test_collections_are_named_or_named_by_their_beginning(
    collections: list[str], collection: str, *, seen: bool
) -> None:
    assert access(collections, None).sees(collection) is seen
    assert (
        permitted(who(access=access(collections, [])), Operation.READ, collection).allowed is seen
    )


def test_a_document_is_seen_by_who_holds_all_of_its_labels() -> None:
    held = access(["*"], ["hr", "legal"])
    assert held.sees("c", [])
    assert held.sees("c", ["hr"])
    assert held.sees("c", ["hr", "legal"])
    assert not held.sees("c", ["hr", "board"])


@given(rights, names, st.frozensets(names), names)
def test_one_more_label_never_shows_a_document_to_more_people(
    held: Access, collection: str, labels: frozenset[str], more: str
) -> None:
    assert held.sees(collection, labels) or not held.sees(collection, labels | {more})


@given(rights, rights)
def test_keys_of_caches_are_equal_only_for_equal_rights(one: Access, other: Access) -> None:
    assert (one.permissions() == other.permissions()) is (one == other)
    assert (hash(one) == hash(other)) or one != other
    assert (one.permissions() == ()) is (one == Access.everything)


def test_a_label_cannot_pass_for_a_right() -> None:
    assert access([], ["*"]).permissions() == access([], None).permissions()
    assert access(["a"], []).permissions() != access([], ["a"]).permissions()


def test_the_reason_for_a_hidden_document_names_nothing() -> None:
    decision = permitted(who(), Operation.READ, "payroll", ["board"])
    assert "payroll" not in decision.reason
    assert "board" not in decision.reason


@pytest.mark.parametrize(
    ("metadata", "labels"),
    [
        ({}, set()),
        ({"access": None}, set()),
        ({"access": []}, set()),
        ({"access": "hr"}, {"hr"}),
        ({"access": ["hr", " legal "]}, {"hr", "legal"}),
        ({"access": 7}, {UNREADABLE}),
        ({"access": ["hr", 7]}, {UNREADABLE}),
        ({"access": ""}, {UNREADABLE}),
        ({"access": {"hr": True}}, {UNREADABLE}),
    ],
)
def test_labels_are_read_from_metadata_and_a_mistake_hides(
    metadata: dict[str, object], labels: set[str]
) -> None:
    assert labels_of(metadata) == labels
    assert not access(["*"], ["hr"]).sees("c", {UNREADABLE})


@pytest.mark.parametrize("wrong", ["", " ", "a*b", "*a", "a\nb", "x" * 201])
def test_a_collection_that_is_no_name_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput):
        access([wrong], [])


def test_nobody_can_be_given_the_label_that_nobody_holds() -> None:
    with pytest.raises(InvalidInput):
        access(["*"], [UNREADABLE])


@given(rights)
def test_rights_are_written_down_and_read_again(held: Access) -> None:
    written = json.loads(json.dumps(held.as_json()))
    assert Access.of_json({**written, "beside": 1}) == held
