"""The secret that is not in the database, without which the hashes of keys are worth nothing."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from foundation.errors import InvalidInput, Unavailable
from foundation.security.binding import is_weak

FILE_NAME: Final = "key_pepper"
_BYTES: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def load_pepper(home: Path, given: str | None = None) -> bytes:
    """Answer the pepper: the one that is given, else the home's, which is made if it is missing.

    Raises:
        InvalidInput: it is weak, or others than its owner may read the file.
        Unavailable: the file can't be read or made.
    """
    if given is not None:
        return _strong(given, "ELDERS_KEY_PEPPER")
    path = home / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        return _read(path)
    except OSError as error:
        raise Unavailable(f"{path} can't be used ({error.strerror or error})") from error


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) or mode & _OTHERS:
            raise InvalidInput(f"{path} is a secret that others may read: chmod 600 {path}")
        return _strong(file.read().strip(), str(path))


def _make(path: Path) -> None:
    """Write a new one whole before it has its name; another process may be first."""
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES) + "\n")
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()


def _strong(secret: str, where: str) -> bytes:
    if is_weak(secret):
        raise InvalidInput(
            f"{where} is too short or a default: set at least 32 random characters"
            " (`openssl rand -hex 32`); keys that were made with another one end by that"
        )
    return secret.encode()
