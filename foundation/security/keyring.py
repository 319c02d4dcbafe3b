"""API keys in the database: made, listed, rotated, revoked, and verified anew by every request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from foundation.clock import Clock, Micros
from foundation.database.credentials import api_keys
from foundation.database.database import Database
from foundation.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from foundation.ids import FOREVER
from foundation.security.keys import (
    Key,
    KeyId,
    key_id_of,
    new_key_id,
    new_key_text,
    peppered,
)
from foundation.security.policy import Access, Operation, Principal, Role

_LONGEST_NAME: Final = 200
_NOBODY: Final = "0" * 64
_BY_ID: Final = select(api_keys).where(api_keys.c.id == bindparam("key_id"))


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with its secret, which is shown once and kept nowhere."""

    key: Key
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What was done to a key, for the audit: `created`, `rotated` or `revoked`."""

    kind: str
    key: Key
    actor: str
    at: Micros


Audit = Callable[[Connection, KeyChange], None]
"""Writes a change of a key down in the transaction that makes it: there is none without the other.

Where it fails, so does the call, and nothing is changed.
"""


class Keyring:
    """All keys of one database.

    Every call of `verify` reads the key's row by its primary key, so that a revocation holds at
    once in every process and on every machine: there is no cache to be told. Threads may share it.
    """

    def __init__(
        self,
        database: Database,
        pepper: bytes,
        clock: Clock,
        *,
        audit: Audit = lambda _connection, _change: None,
    ) -> None:
        """Open the keys; what `audit` raises, each method that changes a key raises too."""
        self._database = database
        self._pepper = pepper
        self._clock = clock
        self._audit = audit
        self._used: dict[KeyId, Micros] = {}
        self._lock = threading.Lock()

    def create(
        self,
        name: str,
        role: Role,
        access: Access,
        *,
        actor: str,
        scopes: Iterable[Operation] | None = None,
        expires_at: Micros | None = None,
    ) -> Issued:
        """Make a key.

        Args:
            name: for people.
            role: what it may do at the most.
            access: what it may see.
            actor: who makes it.
            scopes: what it is for; None: all that the role may do.
            expires_at: None: never.

        Raises:
            InvalidInput: the name is empty or too long, or it would have expired already.
        """
        now = self._clock()
        key_id = new_key_id()
        text = new_key_text(key_id)
        key = Key(
            key_id,
            _checked_name(name),
            role,
            None if scopes is None else frozenset(scopes),
            access,
            now,
            actor,
            _checked_expiry(expires_at, now),
            FOREVER,
            0,
            0,
        )
        with self._database.write() as connection:
            connection.execute(api_keys.insert().values(self._row(key, text)))
            self._audit(connection, KeyChange("created", key, actor, now))
        return Issued(key, text)

    def rotate(
        self,
        key_id: str,
        *,
        actor: str,
        grace_seconds: float = 0.0,
        expires_at: Micros | None = None,
    ) -> Issued:
        """Give a key a new secret; the old one holds a while longer.

        Args:
            key_id: which.
            actor: who does it.
            grace_seconds: how long the old secret still holds. The one before it ends now.
            expires_at: when the key expires; None leaves it as it was.

        Raises:
            NotFound: there is no such key.
            Conflict: it was revoked or has expired.
        """
        text = new_key_text(KeyId(key_id))
        with self._database.write() as connection:
            now = self._clock()
            row = self._found(connection, key_id)
            if row.revoked_at <= now or (expires_at is None and row.expires_at <= now):
                raise Conflict(f"key {key_id} {_key(row).state(now)}: make a new one")
            connection.execute(
                update(api_keys)
                .where(api_keys.c.id == key_id)
                .values(
                    hash=peppered(self._pepper, text),
                    previous_hash=row.hash if grace_seconds > 0 else "",
                    previous_until=now + round(max(0.0, grace_seconds) * 1e6),
                    expires_at=(
                        row.expires_at if expires_at is None else _checked_expiry(expires_at, now)
                    ),
                )
            )
            key = _key(self._found(connection, key_id))
            self._audit(connection, KeyChange("rotated", key, actor, now))
        return Issued(key, text)

    def revoke(self, key_id: str, *, actor: str) -> Key:
        """End a key now, in every process; revoking it again changes nothing.

        Raises:
            NotFound: there is no such key.
        """
        with self._database.write() as connection:
            now = self._clock()
            held = self._found(connection, key_id).revoked_at > now
            if held:
                connection.execute(
                    update(api_keys).where(api_keys.c.id == key_id).values(revoked_at=now)
                )
            key = _key(self._found(connection, key_id))
            if held:
                self._audit(connection, KeyChange("revoked", key, actor, now))
        return key

    def list(self) -> Sequence[Key]:
        """List all keys, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at))
            return [_key(row) for row in rows]

    def verify(self, text: str) -> Principal:
        """Tell who shows this key.

        Raises:
            Unauthenticated: it is no key, or does not hold. Whether there is a key of that id is
                told to nobody who has not its secret.
            Unavailable: the database did not answer.
        """
        key_id = key_id_of(text)
        if key_id is None:
            raise Unauthenticated("this is no API key: it is mistyped, or was cut")
        with self._database.read() as connection:
            row = connection.execute(_BY_ID, {"key_id": key_id}).first()
        now = self._clock()
        shown = peppered(self._pepper, text)
        current = compare_digest(shown, _NOBODY if row is None else row.hash)
        previous = compare_digest(shown, _NOBODY if row is None else row.previous_hash or _NOBODY)
        if row is None or not (current or (previous and now < row.previous_until)):
            raise Unauthenticated("this API key is not known here: it was replaced, or never made")
        key = _key(row)
        if (state := key.state(now)) != "active":
            raise Unauthenticated(f"this API key is {state}: ask an administrator for another")
        with self._lock:
            self._used[key_id] = now
        return key.principal

    def flush(self) -> None:
        """Write when keys were last used; call it now and then, and at the end.

        Raises:
            Conflict: another writer did not end in time; what was noted is kept for the next call.
        """
        with self._lock:
            noted, self._used = self._used, {}
        if not noted:
            return
        try:
            with self._database.write() as connection:
                for key_id, at in noted.items():
                    connection.execute(
                        update(api_keys)
                        .where(api_keys.c.id == key_id, api_keys.c.used_at < at)
                        .values(used_at=at)
                    )
        except BaseException:
            with self._lock:
                self._used = noted | self._used
            raise

    def _row(self, key: Key, text: str) -> dict[str, Any]:
        return {
            "id": key.id,
            "name": key.name,
            "role": key.role.value,
            "scopes": None if key.scopes is None else sorted(key.scopes),
            **key.access.as_json(),
            "hash": peppered(self._pepper, text),
            "previous_hash": "",
            "previous_until": 0,
            "created_at": key.created_at,
            "created_by": key.created_by,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
            "used_at": 0,
        }

    def _found(self, connection: Connection, key_id: str) -> Any:  # noqa: ANN401 - a row
        row = connection.execute(_BY_ID, {"key_id": key_id}).first()
        if row is None:
            raise NotFound(f"there is no key {key_id[:40]!r}: `elders keys list` shows them")
        return row


def _key(row: Any) -> Key:  # noqa: ANN401 - a row of api_keys
    return Key(
        KeyId(row.id),
        row.name,
        Role(row.role),
        None if row.scopes is None else frozenset(map(Operation, row.scopes)),
        Access.of_json(row._mapping),  # noqa: SLF001 - public, as SQLAlchemy says
        row.created_at,
        row.created_by,
        row.expires_at,
        row.revoked_at,
        row.used_at,
        row.previous_until if row.previous_hash else 0,
    )


def _checked_name(name: str) -> str:
    tidy = name.strip()
    if not tidy or len(tidy) > _LONGEST_NAME or not tidy.isprintable():
        raise InvalidInput(f"a key needs a name of 1 to {_LONGEST_NAME} printable characters")
    return tidy


def _checked_expiry(expires_at: Micros | None, now: Micros) -> int:
    if expires_at is None:
        return FOREVER
    if expires_at <= now:
        raise InvalidInput("a key that has expired already is of no use: name a later moment")
    return expires_at
