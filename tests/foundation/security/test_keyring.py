from __future__ import annotations

import threading

import pytest
from sqlalchemy import Connection, select

from foundation.clock import Micros
from foundation.database.credentials import api_keys
from foundation.database.engine import Database
from foundation.errors import Conflict, InvalidInput, NotFound, Unauthenticated, Unavailable
from foundation.ids import FOREVER
from foundation.security.keyring import Issued, KeyChange, Keyring
from foundation.security.keys import new_key_id, new_key_text
from foundation.security.policy import Access, Operation, Role, access
from tests.contracts.buckets import Hands

PEPPER = b"9f8e7d6c5b4a39281706f5e4d3c2b1a0"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def keyring(database: Database, clock: Hands) -> Keyring:
    return Keyring(database, PEPPER, lambda: Micros(clock.micros))


def made(keyring: Keyring, **more: object) -> Issued:
    given = {"actor": "test", **more}
    return keyring.create("jobs", Role.WRITER, access(["team"], ["hr"]), **given)  # type: ignore[arg-type]  # by name


def in_seconds(clock: Hands, seconds: float) -> Micros:
    return Micros(clock.micros + round(seconds * 1e6))


def test_who_shows_a_key_is_who_it_was_made_for(keyring: Keyring) -> None:
    issued = made(keyring, scopes=[Operation.WRITE])
    found = keyring.verify(issued.text)
    assert found == issued.key.principal
    assert (found.id, found.name, found.role) == (f"key:{issued.key.id}", "jobs", Role.WRITER)
    assert found.scopes == frozenset({Operation.WRITE})
    assert found.access == access(["team"], ["hr"])


def test_rights_without_bounds_are_kept_as_such(keyring: Keyring) -> None:
    issued = keyring.create("all", Role.ADMIN, Access.everything, actor="test")
    found = keyring.verify(issued.text)
    assert found.access == Access.everything
    assert found.scopes is None


def test_the_database_holds_neither_secrets_nor_what_tests_guesses(
    keyring: Keyring, database: Database
) -> None:
    issued = made(keyring)
    with database.read() as connection:
        row = repr(connection.execute(select(api_keys)).one())
    secret = issued.text.rpartition("_")[2]
    assert secret not in row
    assert issued.text not in repr(issued)
    other = Keyring(database, b"another pepper altogether, 32 by", lambda: Micros(0))
    with pytest.raises(Unauthenticated):
        other.verify(issued.text)


def test_a_key_that_was_never_made_is_refused(keyring: Keyring) -> None:
    issued = made(keyring)
    for wrong in ("", "eg_", issued.text[:-1], new_key_text(new_key_id())):
        with pytest.raises(Unauthenticated):
            keyring.verify(wrong)


def test_nobody_learns_without_the_secret_whether_a_key_exists(keyring: Keyring) -> None:
    issued = made(keyring)
    keyring.revoke(issued.key.id, actor="test")
    told = set()
    for guess in (new_key_text(issued.key.id), new_key_text(new_key_id())):
        with pytest.raises(Unauthenticated) as caught:
            keyring.verify(guess)
        told.add(str(caught.value))
    assert len(told) == 1


def test_a_key_expires(keyring: Keyring, clock: Hands) -> None:
    issued = made(keyring, expires_at=in_seconds(clock, 60))
    keyring.verify(issued.text)
    clock.move(60)
    with pytest.raises(Unauthenticated, match="expired"):
        keyring.verify(issued.text)


def test_a_revoked_key_holds_no_longer_in_any_process(
    keyring: Keyring, database: Database, clock: Hands
) -> None:
    elsewhere = Keyring(database, PEPPER, lambda: Micros(clock.micros))
    issued = made(keyring)
    elsewhere.verify(issued.text)
    first = keyring.revoke(issued.key.id, actor="test")
    for ring in (keyring, elsewhere):
        with pytest.raises(Unauthenticated, match="revoked"):
            ring.verify(issued.text)
    clock.move(5)
    assert keyring.revoke(issued.key.id, actor="test") == first


def test_a_rotated_key_keeps_its_rights_and_the_old_secret_for_the_time_of_grace(
    keyring: Keyring, clock: Hands
) -> None:
    old = made(keyring)
    new = keyring.rotate(old.key.id, actor="test", grace_seconds=60)
    assert keyring.verify(new.text) == keyring.verify(old.text)
    assert new.key.grace_until == in_seconds(clock, 60)
    clock.move(60)
    keyring.verify(new.text)
    with pytest.raises(Unauthenticated):
        keyring.verify(old.text)


def test_without_grace_the_old_secret_ends_at_once(keyring: Keyring) -> None:
    old = made(keyring)
    new = keyring.rotate(old.key.id, actor="test")
    keyring.verify(new.text)
    with pytest.raises(Unauthenticated):
        keyring.verify(old.text)


def test_a_second_rotation_ends_the_secret_before_the_last(keyring: Keyring) -> None:
    first = made(keyring)
    second = keyring.rotate(first.key.id, actor="test", grace_seconds=60)
    third = keyring.rotate(first.key.id, actor="test", grace_seconds=60)
    keyring.verify(second.text)
    keyring.verify(third.text)
    with pytest.raises(Unauthenticated):
        keyring.verify(first.text)


def test_revoking_ends_both_secrets_of_a_key(keyring: Keyring) -> None:
    old = made(keyring)
    new = keyring.rotate(old.key.id, actor="test", grace_seconds=60)
    keyring.revoke(old.key.id, actor="test")
    for text in (old.text, new.text):
        with pytest.raises(Unauthenticated):
            keyring.verify(text)


def test_what_has_ended_is_not_rotated_unless_it_gets_new_time(
    keyring: Keyring, clock: Hands
) -> None:
    expired = made(keyring, expires_at=in_seconds(clock, 1))
    clock.move(2)
    with pytest.raises(Conflict, match="expired"):
        keyring.rotate(expired.key.id, actor="test")
    renewed = keyring.rotate(expired.key.id, actor="test", expires_at=in_seconds(clock, 9))
    keyring.verify(renewed.text)
    keyring.revoke(expired.key.id, actor="test")
    with pytest.raises(Conflict, match="revoked"):
        keyring.rotate(expired.key.id, actor="test", expires_at=in_seconds(clock, 9))


def test_every_change_is_audited_in_its_transaction_or_not_made(
    database: Database, clock: Hands
) -> None:
    seen: list[tuple[str, str]] = []
    fail = False

    def audit(connection: Connection, change: KeyChange) -> None:
        query = select(api_keys.c.id).where(api_keys.c.id == change.key.id)
        assert connection.scalar(query) == change.key.id
        if fail:
            raise Unavailable("the audit is full")
        seen.append((change.kind, change.actor))

    audited = Keyring(database, PEPPER, lambda: Micros(clock.micros), audit=audit)
    issued = made(audited)
    rotated = audited.rotate(issued.key.id, actor="one")
    fail = True
    for change in (
        lambda: made(audited),
        lambda: audited.rotate(issued.key.id, actor="two"),
        lambda: audited.revoke(issued.key.id, actor="two"),
    ):
        with pytest.raises(Unavailable):
            change()
    assert [key.id for key in audited.list()] == [issued.key.id]
    audited.verify(rotated.text)
    fail = False
    audited.revoke(issued.key.id, actor="two")
    audited.revoke(issued.key.id, actor="three")
    assert seen == [("created", "test"), ("rotated", "one"), ("revoked", "two")]


def test_when_a_key_was_used_is_written_when_it_is_convenient(
    keyring: Keyring, clock: Hands
) -> None:
    issued = made(keyring)
    clock.move(10)
    keyring.verify(issued.text)
    assert keyring.list()[0].used_at == 0
    keyring.flush()
    keyring.flush()
    assert keyring.list()[0].used_at == clock.micros


def test_keys_are_listed_oldest_first_with_their_state(keyring: Keyring, clock: Hands) -> None:
    one = made(keyring)
    clock.move(1)
    two = made(keyring, expires_at=in_seconds(clock, 1))
    clock.move(1)
    three = made(keyring)
    keyring.revoke(three.key.id, actor="test")
    now = Micros(clock.micros)
    assert [(key.id, key.state(now)) for key in keyring.list()] == [
        (one.key.id, "active"),
        (two.key.id, "expired"),
        (three.key.id, "revoked"),
    ]
    assert keyring.list()[0].expires_at == FOREVER


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\x1b[2J"])
def test_a_key_needs_a_name_that_can_be_shown(keyring: Keyring, name: str) -> None:
    with pytest.raises(InvalidInput):
        keyring.create(name, Role.READER, Access.nothing, actor="test")


def test_a_key_cannot_be_made_for_the_past_and_must_exist_to_be_changed(
    keyring: Keyring, clock: Hands
) -> None:
    with pytest.raises(InvalidInput):
        made(keyring, expires_at=in_seconds(clock, 0))
    with pytest.raises(NotFound):
        keyring.rotate("absent", actor="test")
    with pytest.raises(NotFound):
        keyring.revoke("absent", actor="test")


def test_threads_verify_and_flush_together(keyring: Keyring) -> None:
    issued = made(keyring)
    wrong: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                keyring.verify(issued.text)
                keyring.flush()
        except BaseException as error:  # noqa: BLE001 - shown below
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
