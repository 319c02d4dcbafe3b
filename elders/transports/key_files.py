"""Files with the keys of sealed envelopes: one for all members, and another for each process."""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from foundation.errors import InvalidInput, Unavailable
from foundation.security.envelopes import KEY_BYTES, Keys, new_signing_key

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def _key(written: object) -> bytes:
    if not isinstance(written, str):
        raise ValueError("a key is written in URL-safe base64")  # noqa: TRY004 - pydantic's way
    key = base64.urlsafe_b64decode(written)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return key


_Key = Annotated[bytes, BeforeValidator(_key)]


class _Encryption(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    key: _Key


class _Shared(BaseModel):
    """What every member's process knows; the first encryption key is the current one."""

    model_config = ConfigDict(extra="forbid")
    encryption: list[_Encryption]
    senders: dict[str, list[_Key]]


_SIGNING: Final = TypeAdapter(dict[str, _Key])


def read_keys(keys_file: Path, signing_file: Path | None = None) -> Keys:
    """Read the keys of a process.

    Args:
        keys_file: the encryption keys, and each sender's public keys.
        signing_file: private keys by their senders' names; without it nothing is sent.

    Raises:
        InvalidInput: a file holds something else, or others than its owner may read it.
        Unavailable: a file can't be read.
    """
    try:
        shared = _Shared.model_validate_json(_secret(keys_file))
        signing = {} if signing_file is None else _SIGNING.validate_json(_secret(signing_file))
    except ValidationError as error:
        places = [".".join(map(str, item["loc"])) for item in error.errors(include_input=False)]
        raise InvalidInput(
            f"{keys_file} or {signing_file} does not hold keys as `draw_keys` writes them"
            f" (at {', '.join(filter(None, places)) or 'its beginning'})"
        ) from None
    return Keys({each.id: each.key for each in shared.encryption}, shared.senders, signing)


def draw_keys(folder: Path, members: Iterable[str], *, key_id: str) -> None:
    """Write new keys: `keys.json` for all members, and `MEMBER.signing.json` for each of them.

    Args:
        folder: where; made if it is missing.
        members: who sends.
        key_id: names the encryption key, such as by the month in which it is drawn.

    Raises:
        InvalidInput: there are keys already; they are not replaced.
        Unavailable: the files can't be written.
    """
    pairs = {member: new_signing_key() for member in members}
    drawn = {"id": key_id, "key": _text(secrets.token_bytes(KEY_BYTES))}
    senders = {member: [_text(public)] for member, (_, public) in pairs.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "keys.json", {"encryption": [drawn], "senders": senders})
        for member, (private, _) in pairs.items():
            _write(folder / f"{member}.signing.json", {member: _text(private)})
    except FileExistsError as error:
        raise InvalidInput(f"{error.filename} is there already: keys are not replaced") from error
    except OSError as error:
        raise Unavailable(f"{folder} can't be written: {error.strerror or error}") from error


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def _write(path: Path, told: Mapping[str, object]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file, indent=2, ensure_ascii=False)
        file.write("\n")


def _secret(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise InvalidInput(f"{path} is a secret that others may read: chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror or error}") from error
