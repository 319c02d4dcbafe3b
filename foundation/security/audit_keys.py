"""The keys of a home's audit log: its own, and those of others that it trusts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from foundation.errors import InvalidInput, Unavailable
from foundation.security.audit_signing import (
    Signer,
    new_private_pem,
    public_pem,
    read_public_keys,
    read_signer,
)

KEY_FILE: Final = "audit.key"
TRUSTED_FILE: Final = "audit.trusted"
_PEM: Final = "-----BEGIN"


class Keyring:
    """Finds the private key, makes one where there is none, and knows whose signatures count.

    Without a setting the key lies in the home: who may write to the home can sign whatever they
    like. A key that lies elsewhere, and checkpoints that lie elsewhere, are stronger.
    """

    def __init__(self, home: Path, given: str | None = None) -> None:
        r"""Remember where the keys are; nothing is read yet.

        Args:
            home: the folder of `audit.key` and `audit.trusted`.
            given: a private key in PEM form (`\n` may stand for line ends), or its file.
        """
        self._home = home
        self._given = given
        self._signer: Signer | None = None

    def signer(self) -> Signer:
        """Answer what signs; the home's key is made at the first call.

        Raises:
            InvalidInput: what the setting names is no private key.
            Unavailable: the file can't be read or made.
        """
        if self._signer is None:
            self._signer = self._read() or self._make()
        return self._signer

    def trusted(self) -> frozenset[str]:
        """Answer the public keys whose signatures count: the own one's and those of `trust`."""
        signer = self._signer or self._read()
        own = frozenset([signer.public_key] if signer else [])
        path = self._home / TRUSTED_FILE
        text = _text(path)
        return own | (read_public_keys(text, str(path)) if text else frozenset())

    def trust(self, public_keys: Iterable[str]) -> frozenset[str]:
        """Let signatures of other keys count from now on; answer those that did not yet.

        Raises:
            Unavailable: the home can't be written to.
        """
        new = frozenset(public_keys) - self.trusted()
        if new:
            path = self._home / TRUSTED_FILE
            lines = "".join(public_pem(key) for key in sorted(new))
            _replace(path, (_text(path) + lines).encode())
        return new

    def _read(self) -> Signer | None:
        given = self._given
        if given and given.lstrip().startswith(_PEM):
            return read_signer(
                given.replace("\\n", "\n").strip().encode() + b"\n", "ELDERS_AUDIT_KEY"
            )
        path = Path(given).expanduser() if given else self._home / KEY_FILE
        text = _text(path)
        if text:
            return read_signer(text.encode(), str(path))
        if given:
            raise InvalidInput(
                f"ELDERS_AUDIT_KEY names no file that holds a key ({path}): make one there with"
                " `openssl genpkey -algorithm ed25519`"
            )
        return None

    def _make(self) -> Signer:
        """Make the home's key; of several processes that do so at once one wins."""
        path = self._home / KEY_FILE
        _create(path, new_private_pem())
        return read_signer(_text(path).encode(), str(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise _unavailable(path, "read", error) from error


def _create(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all, unless it is there already."""
    try:
        aside = _aside(path, content)
        try:
            os.link(aside, path)
        except FileExistsError:
            return
        finally:
            aside.unlink()
        _sync_folder(path.parent)
    except OSError as error:
        raise _unavailable(path, "made", error) from error


def _replace(path: Path, content: bytes) -> None:
    try:
        _aside(path, content).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _unavailable(path, "written", error) from error


def _aside(path: Path, content: bytes) -> Path:
    """Write a file beside, on the disk, that its owner alone may read."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unavailable(path: Path, done: str, error: Exception) -> Unavailable:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Unavailable(
        f"{path} can't be {done} ({reason}): the audit log needs it; mend its permissions, or name"
        " a key by ELDERS_AUDIT_KEY"
    )
