"""From what a program names or holds to the source that is ingested."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from foundation.breaker import Breakers
from foundation.errors import InvalidInput
from ingest.model import Record, Source

Target = str | Path | Source | Iterable[Record]

_LIMITS: Final = ("max_bytes", "max_line_bytes")


@runtime_checkable
class _Readable(Protocol):
    """What looks like a source."""

    def records(self) -> Iterator[Record]: ...

    def count(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class _Given:
    """Records that a program already holds."""

    given: Iterable[Record]

    def records(self) -> Iterator[Record]:
        for item in self.given:
            if not isinstance(item, Record):
                raise InvalidInput(
                    f"a {type(item).__name__} can't be ingested: give ingest.model.Record objects,"
                    " or the name of a file, folder or address"
                )
            yield item

    def count(self) -> int | None:
        return len(self.given) if isinstance(self.given, Sequence) else None


def source_of(
    target: Target, options: Mapping[str, Any], *, max_bytes: int, hosts: Breakers
) -> Source:
    """Choose the source of a target.

    Args:
        target: the name of a file, folder or address, a source, or records.
        options: for the source.
        max_bytes: the largest document that is read, unless the options say otherwise.
        hosts: one for each host that addresses name, shared by all sources.

    Raises:
        InvalidInput: there is no such thing, or it does not take such an option.
    """
    if isinstance(target, str | Path):
        from ingest.sources.open import open_source

        return _limited(open_source(str(target), **options), options, max_bytes, hosts)
    if options:
        raise InvalidInput(f"records take no option {', '.join(sorted(options))}")
    return target if isinstance(target, _Readable) else _Given(target)


def _limited(source: Source, options: Mapping[str, Any], max_bytes: int, hosts: Breakers) -> Source:
    given: Any = source
    known = [f.name for f in dataclasses.fields(given)] if dataclasses.is_dataclass(given) else []
    changes: dict[str, Any] = dict.fromkeys(_LIMITS, max_bytes) | {"breakers": hosts}
    changes = {name: changes[name] for name in changes if name in known and name not in options}
    if not changes:
        return source
    limited: Source = dataclasses.replace(given, **changes)
    return limited
