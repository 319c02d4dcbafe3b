"""What a database's error means to the caller, in words without passwords and without data."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy.exc import StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from foundation.errors import Conflict, GuildError, InvalidInput, Unavailable

_Meaning = tuple[type[GuildError], str]

_LOCKED: Final = (
    "is held by another writer (a command or job that is still running) and was not released in "
    "time; wait until it ends, or allow more time by ELDERS_LOCK_TIMEOUT_SECONDS"
)
_FULL: Final = "has no space left on its disk; nothing was written: free some space and try again"
_DAMAGED: Final = "is damaged ({detail}); restore a backup, the file is left as it is"

_SQLITE: Final[Mapping[int, _Meaning]] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: (Conflict, _LOCKED),
        sqlite3.SQLITE_LOCKED: (Conflict, _LOCKED),
        sqlite3.SQLITE_FULL: (Unavailable, _FULL),
        sqlite3.SQLITE_IOERR: (
            Unavailable,
            "could not be read or written ({detail}); check the disk, nothing was half written",
        ),
        sqlite3.SQLITE_CANTOPEN: (
            Unavailable,
            "cannot be opened; check that its folder exists and may be written to",
        ),
        sqlite3.SQLITE_PERM: (Unavailable, "may not be opened; check the file's permissions"),
        sqlite3.SQLITE_READONLY: (
            Unavailable,
            "is read-only; check the permissions of the file and of its folder",
        ),
        sqlite3.SQLITE_CORRUPT: (Unavailable, _DAMAGED),
        sqlite3.SQLITE_NOTADB: (
            Unavailable,
            "is not a SQLite database; move the file away, or restore a backup",
        ),
        sqlite3.SQLITE_CONSTRAINT: (Conflict, "refused a row: {detail}"),
        sqlite3.SQLITE_TOOBIG: (InvalidInput, "was given a value beyond 1 GB: split it"),
        sqlite3.SQLITE_NOMEM: (Unavailable, "had no memory left"),
    }
)

_NO_RIGHT: Final = (
    "does not let its user do this ({detail}); the user must own the database's tables"
)
_POSTGRES: Final[Mapping[str, _Meaning]] = MappingProxyType(
    {
        "40": (Conflict, "gave way to another writer ({detail}); try again"),
        "55P03": (Conflict, _LOCKED),
        "57014": (
            Unavailable,
            "stopped a statement that took longer than its timeout; try again with less at once",
        ),
        "25P03": (Unavailable, "ended a transaction that stood idle for too long; try again"),
        "25006": (InvalidInput, "was asked to change data in a read(); use write()"),
        "53100": (Unavailable, _FULL),
        "53300": (Unavailable, "has no connection left ({detail}); try again later"),
        "42501": (Unavailable, _NO_RIGHT),
        "42P01": (Conflict, "lacks a table ({detail}): open it with its migrations"),
        "42P07": (Conflict, "already holds something of that name: {detail}"),
        "08": (Unavailable, "lost the connection; try again"),
        "22": (InvalidInput, "refused a value: {detail}"),
        "23": (Conflict, "refused a row: {detail}"),
        "28": (Unavailable, "refused the login: {detail}; check ELDERS_DATABASE_URL"),
        "3D000": (Unavailable, "does not exist: create it, or check ELDERS_DATABASE_URL"),
        "54": (InvalidInput, "was given more than it can hold: {detail}"),
        "53": (Unavailable, "has run out of resources ({detail}); try again later"),
        "57": (Unavailable, "was shut down or restarted ({detail}); try again"),
        "58": (Unavailable, "met an error of its own system ({detail})"),
        "XX": (Unavailable, _DAMAGED),
    }
)


def driver_error(error: BaseException) -> BaseException:
    """Look through SQLAlchemy's wrapper."""
    if isinstance(error, StatementError) and error.orig is not None:
        return error.orig
    return error


def _common(error: BaseException, cause: BaseException, location: str) -> GuildError | None:
    if isinstance(cause, GuildError):
        return cause
    if isinstance(error, NoConnectionError):
        return Unavailable(
            f"all connections to the database {location} are in use; try again, or ask less at once"
        )
    if isinstance(cause, UnicodeEncodeError):
        return InvalidInput("a text holds half a surrogate pair, which is no character: remove it")
    if isinstance(cause, OverflowError) and "SQLite" in str(cause):
        return InvalidInput("a number is beyond 64 bits, which no database column holds")
    if isinstance(error, StatementError) and isinstance(cause, ValueError | TypeError):
        return InvalidInput(f"a value cannot be stored: {cause}")
    return None


def explain_sqlite(error: BaseException, *, location: str, reading: bool) -> GuildError | None:
    """Translate an error of SQLite; None if it is no failure of the database but of a program.

    Args:
        error: as raised by the driver or wrapped by SQLAlchemy.
        location: how messages name the database.
        reading: whether it came up in a read transaction.
    """
    cause = driver_error(error)
    if common := _common(error, cause, location):
        return common
    code = getattr(cause, "sqlite_errorcode", None)
    if not isinstance(cause, sqlite3.Error) or code is None:
        return None
    primary = code & 0xFF
    if reading and primary == sqlite3.SQLITE_READONLY:
        return InvalidInput("a read() cannot change data; use write()")
    if primary not in _SQLITE:
        return None
    kind, words = _SQLITE[primary]
    return kind(f"the database {location} {words.format(detail=cause)}")


def explain_postgres(error: BaseException, *, location: str, secret: str) -> GuildError | None:
    """Translate an error of PostgreSQL; None if it is no failure of the database but of a program.

    Only the server's first line is repeated: its DETAIL can hold the row's text.

    Args:
        error: as raised by psycopg or wrapped by SQLAlchemy.
        location: how messages name the database.
        secret: the password, cut out of every message.
    """
    import psycopg

    cause = driver_error(error)
    if common := _common(error, cause, location):
        return common
    if not isinstance(cause, psycopg.Error):
        return None
    state = cause.sqlstate
    if state is None:
        return _without_state(cause, location=location, secret=secret)
    meaning = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    if meaning is None:
        return None
    kind, words = meaning
    detail = _first_line(cause.diag.message_primary or str(cause), secret)
    if state.startswith("22"):
        detail = f"{type(cause).__name__}"  # the message itself quotes the value
    return kind(f"the database {location} {words.format(detail=detail)}")


def _without_state(cause: Exception, *, location: str, secret: str) -> GuildError | None:
    """Tell the errors of the client library apart: it knows no SQLSTATE."""
    import psycopg

    if isinstance(cause, psycopg.DataError):
        return InvalidInput("a text holds a NUL character (U+0000), which no database text can")
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        detail = _first_line(str(cause), secret)
        return Unavailable(f"the database {location} did not answer: {detail}; try again")
    return None


def _first_line(message: str, secret: str) -> str:
    line = message.strip().partition("\n")[0]
    return line.replace(secret, "***") if secret else line
