"""What the layers refuse while less is allowed."""

from __future__ import annotations

import pytest

from foundation.database.engine import Database
from foundation.security.policy import Operation, Role
from foundation.security.restrictions import NONE, STILL_ALLOWED, Restrictions
from tests.api.security.guarded import Gate


class World:
    """A gate, and what it is told to allow less of."""

    def __init__(self, database: Database) -> None:
        self.held = NONE
        self.gate = Gate(database, restrictions=lambda: self.held)
        self.admin = self.gate.issue(Role.ADMIN)


@pytest.fixture
def world(sqlite_database: Database) -> World:
    return World(sqlite_database)


def test_nothing_is_written_while_it_is_read_only_and_all_is_told_why(world: World) -> None:
    world.held = Restrictions(read_only=True, reason="somebody is in")
    answer = world.gate.ask("POST", "/v1/documents", key=world.admin)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "somebody is in" in answer.json()["detail"]
    assert world.gate.ask("GET", "/v1/patterns").status_code == 200
    assert world.gate.ask("DELETE", "/v1/admin/restrictions", key=world.admin).status_code == 200


def test_who_passes_is_passed_on_without_the_right_to_change_anything(world: World) -> None:
    world.held = Restrictions(read_only=True)
    world.gate.ask("POST", "/mcp", key=world.admin)
    (principal,) = world.gate.seen.principals
    assert principal is not None
    assert principal.scopes == STILL_ALLOWED
    assert Operation.WRITE not in STILL_ALLOWED


def test_who_is_suspended_may_do_nothing_until_it_is_lifted(world: World) -> None:
    world.gate.ask()
    principal = world.gate.seen.principals[0]
    assert principal is not None
    world.held = Restrictions(suspended=(principal.id,), reason="the key was stolen")
    answer = world.gate.ask()
    assert answer.status_code == 403
    assert "stolen" in answer.json()["detail"]
    assert world.gate.ask(key=world.admin).status_code == 200
    world.held = NONE
    assert world.gate.ask().status_code == 200


def test_fewer_requests_pass_while_all_are_slowed_down(world: World) -> None:
    world.held = Restrictions(rate_factor=0.05)
    said = [world.gate.ask().status_code for _ in range(9)]
    assert said == [200] * 7 + [429] * 2


def test_administrators_are_not_slowed_down_and_strangers_are(world: World) -> None:
    world.held = Restrictions(rate_factor=0.01)
    assert {world.gate.ask(key=world.admin).status_code for _ in range(20)} == {200}
    said = [world.gate.ask(key=None, peer="192.0.2.9").status_code for _ in range(3)]
    assert said == [401, 429, 429]
