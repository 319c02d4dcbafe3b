"""JSON Lines as a source: one document a line, `{"_id", "title", "text", …}`."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from foundation.clock import Micros, parse_moment
from foundation.errors import InvalidInput
from ingest.model import Record
from ingest.sources.naming import cleaned, file_uri, readable
from ingest.sources.reading import DEFAULT_MAX_BYTES, explain, open_regular
from ingest.storable import MAX_SOURCE_ID, flat_metadata

_BROKEN: Final = (OSError, EOFError, zlib.error)
_SKIP_BYTES: Final = 1024 * 1024
_WEB: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class JsonlSource:
    """The lines of a `.jsonl` or `.jsonl.gz` file.

    `_id` (text or a number) is the `source_id`, `title` and `text` are what they say, and
    `"_deleted": true` says that the document is gone. All other keys are metadata: an object is
    written with dots (`{"a": {"b": 1}}` is `a.b`), only that called `metadata` gives its keys
    away. `author`, `message` (of the version) and a web address in `uri` or `url` are taken as
    such, too. NUL and lone surrogates become U+FFFD. A line that is not understood is yielded
    with its number and the reason, and the next one is read.

    Attributes:
        id_key: the key that holds the `source_id`.
        dated_by: the key that holds an ISO 8601 time at which the text became true; where it is
            absent or null, that is when the text comes to be known here.
        max_line_bytes: a longer line is passed over, without being held in memory.
    """

    path: Path
    id_key: str = "_id"
    dated_by: str = ""
    max_line_bytes: int = DEFAULT_MAX_BYTES

    def records(self) -> Iterator[Record]:
        """Yield a record for each line that is not blank."""
        number = 0
        try:
            with self._open() as stream:
                for number, line in numbered_lines(stream, self.max_line_bytes):
                    yield self._record(number, line)
        except _BROKEN as error:
            yield self._failed(number + 1, f"the file breaks off: {_why(error)}")
        except InvalidInput as error:
            yield self._failed(number + 1, str(error))

    def count(self) -> int | None:
        """Count the lines; unknown where they are compressed, or the file cannot be read."""
        if self._compressed:
            return None
        try:
            with self._open() as stream:
                return sum(1 for _ in numbered_lines(stream, self.max_line_bytes))
        except (*_BROKEN, InvalidInput):
            return None

    @property
    def _compressed(self) -> bool:
        return self.path.name.lower().endswith(".gz")

    def _open(self) -> BinaryIO:
        stream = open_regular(str(self.path))
        # A GzipFile reads as a BinaryIO does, though its type does not say so.
        return cast("BinaryIO", _Gzip(stream)) if self._compressed else stream

    def _record(self, number: int, line: bytes | None) -> Record:
        source_id = ""
        if line is None:
            limit = f"{self.max_line_bytes:,} bytes"
            return self._failed(number, f"longer than {limit}: split it, or raise max_line_bytes")
        try:
            fields = _parse(line)
            source_id = _source_id(fields, self.id_key)
            return self._understood(source_id, fields)
        except InvalidInput as error:
            return self._failed(number, str(error), source_id)
        except RecursionError:
            return self._failed(number, "nested too deep: write fewer levels", source_id)

    def _understood(self, source_id: str, fields: Mapping[str, Any]) -> Record:
        deleted = fields.get("_deleted", False)
        if not isinstance(deleted, bool):
            raise InvalidInput('"_deleted" must be true or false')
        own = {self.id_key, "title", "text", "_deleted"}
        metadata = _metadata({key: value for key, value in fields.items() if key not in own})
        return Record(
            source_id,
            text=None if deleted else _text(fields, "text", required=True),
            uri=_web_address(fields) or file_uri(self.path),
            name=readable(self.path.name),
            media_type="text/plain",
            title=_text(fields, "title"),
            metadata=metadata,
            author=_optional(fields, "author"),
            message=_optional(fields, "message"),
            time=self._time(fields),
            deleted=deleted,
        )

    def _time(self, fields: Mapping[str, Any]) -> Micros | None:
        if not self.dated_by or fields.get(self.dated_by) is None:
            return None
        value = fields[self.dated_by]
        if not isinstance(value, str):
            raise InvalidInput(f"{self.dated_by!r} must be a time as text, such as 2026-01-31")
        return parse_moment(value)

    def _failed(self, number: int, reason: str, source_id: str = "") -> Record:
        name = readable(self.path.name)
        return Record(
            source_id or f"{name}:{number}",
            uri=file_uri(self.path),
            name=name,
            error=f"line {number}: {reason}",
        )


class _Gzip(gzip.GzipFile):
    """A GzipFile that closes the file beneath it, too."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(fileobj=stream, mode="rb")
        self._beneath = stream

    def close(self) -> None:
        super().close()
        self._beneath.close()


def numbered_lines(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield lines that are not blank with their numbers (from 1); None stands for one too long."""
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        if len(line) > max_bytes and not line.endswith(b"\n"):
            while (rest := stream.readline(_SKIP_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def _parse(line: bytes) -> dict[str, Any]:
    try:
        text = line.decode("utf-8").removeprefix("\ufeff")
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"not UTF-8 at byte {error.start}: convert the file") from error
    except ValueError as error:
        raise InvalidInput(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidInput('not a JSON object: write {"_id": …, "text": …}')
    return value


def _refuse_constant(name: str) -> float:
    raise InvalidInput(f"{name} is no JSON number: write null")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise InvalidInput(f"{digits[:40]} is too large a number: write it as text")
    return value


def _source_id(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        raise InvalidInput(f"{key!r} is missing, or neither text nor a number")
    source_id = cleaned(str(value))
    if len(source_id) > MAX_SOURCE_ID:
        raise InvalidInput(f"{key!r} is longer than {MAX_SOURCE_ID:,} characters")
    return source_id


def _text(fields: Mapping[str, Any], key: str, *, required: bool = False) -> str:
    value = fields.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f"{key!r} is missing, or not text")
    return cleaned(value)


def _optional(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    return cleaned(value) if isinstance(value, str) else ""


def _web_address(fields: Mapping[str, Any]) -> str:
    addresses = (_optional(fields, key) for key in ("uri", "url"))
    return next((address for address in addresses if address.lower().startswith(_WEB)), "")


def _metadata(fields: Mapping[str, Any]) -> dict[str, Any]:
    nested = fields.get("metadata")
    if isinstance(nested, dict):
        fields = {**nested, **{key: value for key, value in fields.items() if key != "metadata"}}
    return flat_metadata(fields)


def _why(error: BaseException) -> str:
    return explain(error) if isinstance(error, OSError) and error.errno else str(error)
