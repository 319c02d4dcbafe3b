from __future__ import annotations

from pathlib import Path

import pytest

from foundation.clock import Micros
from foundation.errors import InvalidInput
from foundation.security.policy import Operation, Principal, Role, permitted
from foundation.security.rates import Rate
from foundation.security.restrictions import (
    FILE,
    NONE,
    Restrictions,
    Standing,
    read,
    slot,
    stricter,
    write,
)

STRICT = Restrictions(0.25, read_only=True, suspended=("key:a",), reason="a storm", until=Micros(9))


def test_what_is_written_is_read_and_what_restricts_nothing_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / FILE
    write(path, STRICT)
    assert read(path) == STRICT
    write(path, NONE)
    assert (read(path), path.exists()) == (NONE, False)


def test_it_ends_by_itself() -> None:
    assert STRICT.at(Micros(8)) is STRICT
    assert STRICT.at(Micros(9)) is NONE


def test_rates_are_multiplied_and_never_nothing() -> None:
    rate = Rate("client", 1_000.0, 2)
    assert STRICT.rate(rate) == Rate("client", 250.0, 1)
    assert NONE.rate(rate) is rate


@pytest.mark.parametrize("operation", [Operation.WRITE, Operation.DELETE, Operation.FEEDBACK])
def test_nobody_may_change_what_is_read_only(operation: Operation) -> None:
    admin = STRICT.narrowed(Principal("key:b", "b", Role.ADMIN))
    assert not permitted(admin, operation).allowed
    assert permitted(admin, Operation.ADMIN).allowed
    assert permitted(admin, Operation.SEARCH).allowed


def test_a_narrow_credential_gains_nothing() -> None:
    scopes = frozenset({Operation.SEARCH, Operation.WRITE})
    narrowed = STRICT.narrowed(Principal("key:b", "b", Role.ADMIN, scopes=scopes))
    assert narrowed.scopes == frozenset({Operation.SEARCH})


@pytest.mark.parametrize("factor", [0.0, 1.1, float("nan")])
def test_a_factor_out_of_bounds_is_refused(factor: float) -> None:
    with pytest.raises(InvalidInput, match="rate factor"):
        Restrictions(factor)


def test_another_process_sees_it_when_it_looks(tmp_path: Path) -> None:
    standing = Standing(tmp_path, lambda: Micros(0))
    write(tmp_path / FILE, STRICT)
    assert standing.now() == NONE
    standing.look()
    assert standing.now() == STRICT
    write(tmp_path / FILE, NONE)
    standing.look()
    assert standing.now() == NONE


def test_a_damaged_file_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path / FILE, STRICT)
    standing = Standing(tmp_path, lambda: Micros(0))
    (tmp_path / FILE).write_text("{}")
    standing.look()
    assert standing.now() == STRICT


def test_what_was_never_read_lets_nothing_be_written_until_it_is(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    standing = Standing(tmp_path, lambda: Micros(0))
    assert standing.now().read_only
    assert "can't be read" in standing.now().reason
    write(tmp_path / FILE, Restrictions(0.5))
    standing.look()
    assert standing.now() == Restrictions(0.5)


def test_of_several_the_stricter_holds_until_the_first_ends() -> None:
    admin = Restrictions(0.5, suspended=("key:b",), reason="a backup")
    both = stricter([admin, STRICT], Micros(8))
    assert both == Restrictions(
        0.25, read_only=True, suspended=("key:a", "key:b"), reason="a backup; a storm",
        until=Micros(9),
    )  # fmt: skip
    assert stricter([admin, STRICT], Micros(9)) == admin
    assert stricter([STRICT], Micros(9)) == NONE


def test_an_automatic_has_a_place_of_its_own(tmp_path: Path) -> None:
    admin = Restrictions(0.5, reason="a backup")
    write(slot(tmp_path), admin)
    write(slot(tmp_path, "throttle"), STRICT)
    standing = Standing(tmp_path, lambda: Micros(0))
    assert (standing.now().rate_factor, standing.now().read_only) == (0.25, True)
    write(slot(tmp_path, "throttle"), NONE)
    standing.look()
    assert standing.now() == admin


@pytest.mark.parametrize("name", ["", "../x", "a.b", "A", "x" * 41])
def test_a_name_that_would_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="small letters"):
        slot(tmp_path, name)
