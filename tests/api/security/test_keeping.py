"""What is learned of behaviour is kept, and forgotten where somebody wants it."""

from __future__ import annotations

import random
import time
from pathlib import Path

from api.security.keeping import FORGOTTEN, Keeper
from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.security.behaviour import Behaviour
from foundation.security.forgotten import Forgotten
from foundation.security.keyring import Keyring
from tests.api.security.guarded import PEPPER


class World:
    """A behaviour that is kept in a home."""

    def __init__(self, home: Path, database: Database) -> None:
        self.micros = 1_728_000_000_000_000
        self.home = home
        self.keyring = Keyring(database, PEPPER, self.now)

    def now(self) -> Micros:
        return Micros(self.micros)

    def kept(self, look_seconds: float = 60.0, number: int = 0) -> tuple[Keeper, Behaviour]:
        behaviour = Behaviour(self.now, random.Random(1))
        keeper = Keeper(self.keyring, behaviour, self.home, number, look_seconds=look_seconds)
        return keeper, behaviour


def test_what_is_to_be_forgotten_is_when_a_server_starts_and_only_what_was_learned_before(
    tmp_path: Path, sqlite_database: Database
) -> None:
    world = World(tmp_path, sqlite_database)
    keeper, behaviour = world.kept()
    for name in ("key:a", "key:b"):
        behaviour.arrive(name)
    keeper.close()
    Forgotten(tmp_path / FORGOTTEN).add("key:a", world.now())
    keeper, behaviour = world.kept()
    assert ("key:a" in behaviour.dump(), "key:b" in behaviour.dump()) == (False, True)
    world.micros += 1_000_000
    behaviour.arrive("key:a")
    keeper.close()
    keeper, behaviour = world.kept()
    assert "key:a" in behaviour.dump()
    keeper.close()


def test_a_server_that_runs_forgets_it_too(tmp_path: Path, sqlite_database: Database) -> None:
    world = World(tmp_path, sqlite_database)
    keeper, behaviour = world.kept(look_seconds=0.01)
    behaviour.arrive("key:a")
    Forgotten(tmp_path / FORGOTTEN).add("key:a", world.now())
    until = time.monotonic() + 30
    while "key:a" in behaviour.dump() and time.monotonic() < until:
        time.sleep(0.01)
    assert "key:a" not in behaviour.dump()
    keeper.close()


def test_what_is_wanted_as_it_closes_is_forgotten(
    tmp_path: Path, sqlite_database: Database
) -> None:
    world = World(tmp_path, sqlite_database)
    keeper, behaviour = world.kept()
    behaviour.arrive("key:a")
    Forgotten(tmp_path / FORGOTTEN).add("key:a", world.now())
    keeper.close()
    assert "key:a" not in (tmp_path / "behaviour.json").read_text()


def test_processes_learn_apart_and_a_new_one_begins_with_what_another_learned(
    tmp_path: Path, sqlite_database: Database
) -> None:
    world = World(tmp_path, sqlite_database)
    for number, name in enumerate(["key:owner", "key:one", "key:two"]):
        keeper, behaviour = world.kept(number=number)
        behaviour.arrive(name)
        keeper.close()
    keeper, behaviour = world.kept(number=1)
    assert "key:two" not in behaviour.dump()
    keeper.close()
    (tmp_path / "behaviour-2.json").unlink()
    keeper, behaviour = world.kept(number=2)
    assert "key:one" in behaviour.dump()
    assert "key:owner" not in behaviour.dump()
    keeper.close()
