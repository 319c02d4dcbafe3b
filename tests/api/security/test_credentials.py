from __future__ import annotations

import pytest

from api.security.calls import principal_in
from api.security.credentials import Bearer, ThisMachine
from foundation.errors import Unauthenticated
from foundation.security.policy import Principal
from tests.api.security.guarded import call


def keys(text: str) -> Principal:
    return Principal("key", text, Principal.owner.role)


def tokens(text: str) -> Principal:
    return Principal("token", text, Principal.owner.role)


def test_keys_and_tokens_are_told_by_how_they_begin() -> None:
    both = Bearer(keys, tokens)
    assert both.authenticate(call("GET", "/", ("authorization", "Bearer eg_x"))).id == "key"
    assert both.authenticate(call("GET", "/", ("authorization", "bearer  a.b.c "))).id == "token"
    assert (
        Bearer(keys).authenticate(call("GET", "/", ("authorization", "Bearer a.b.c"))).id == "key"
    )


def test_nothing_shown_is_nobody() -> None:
    with pytest.raises(Unauthenticated):
        Bearer(keys).authenticate(call())


def test_a_local_call_must_name_this_machine() -> None:
    assert ThisMachine().authenticate(call("GET", "/", ("host", "[::1]:80"))) == Principal.owner
    for hosts in ([], [("host", "x")], [("host", "localhost"), ("host", "localhost")]):
        with pytest.raises(Unauthenticated):
            ThisMachine().authenticate(call("GET", "/", *hosts))


def test_a_route_that_needs_somebody_gets_nobody_only_with_an_error() -> None:
    assert principal_in({"state": {"principal": Principal.owner}}) == Principal.owner
    for state in ({}, {"principal": None}, {"principal": "owner"}):
        with pytest.raises(Unauthenticated):
            principal_in({"state": state})
    with pytest.raises(Unauthenticated):
        principal_in({})
