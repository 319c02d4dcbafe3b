"""A folder of documents that look like attacks, each a file, until a person decides."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from foundation.errors import InvalidInput, NotFound
from foundation.ids import content_hash
from foundation.patterns import deferred
from foundation.security.injection.suspecting import Suspicion, Trick
from ingest.model import Record
from knowledge.model import Draft

_NAME: Final = deferred("[0-9a-f]{32}")
_HELD: Final = ".json"
_LET_THROUGH: Final = ".through"


@dataclass(frozen=True, slots=True)
class Held:
    """A document that waits, with what was found in it."""

    id: str
    collection: str
    source_id: str
    title: str
    text: str
    found: Sequence[Suspicion]


class FolderQuarantine:
    """Holds documents in a folder that its owner alone can read."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when something is held."""
        self._folder = folder

    def hold(self, collection: str, draft: Draft, found: Sequence[Suspicion]) -> str:
        """Write a document down (again, if it is there already), and answer its id."""
        name = _name_of(collection, draft)
        kept = {
            "collection": collection,
            "found": [asdict(each) for each in found],
            "record": {
                "source_id": draft.source_id,
                "text": draft.text,
                "uri": draft.uri,
                "media_type": draft.media_type,
                "title": draft.title,
                "metadata": dict(draft.metadata),
                "author": draft.author,
                "message": draft.message,
                "time": draft.time,
            },
        }
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._folder / f"{name}.new"
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file)
        new.replace(self._folder / f"{name}{_HELD}")
        return name

    def allows(self, collection: str, draft: Draft) -> bool:
        """Tell whether exactly this text was let through."""
        return (self._folder / f"{_name_of(collection, draft)}{_LET_THROUGH}").exists()

    def held(self, after: str = "") -> Iterator[Held]:
        """Yield what waits behind an id, in order of ids."""
        for path in sorted(p for p in self._folder.glob(f"*{_HELD}") if p.stem > after):
            with suppress(NotFound):  # somebody decided meanwhile
                yield self.show(path.stem)

    def show(self, name: str) -> Held:
        """Answer what is held under a name.

        Raises:
            NotFound: nothing of that name is held.
        """
        kept = self._read(name)
        record = kept["record"]
        return Held(
            name,
            kept["collection"],
            record["source_id"],
            record["title"],
            record["text"],
            [Suspicion(**{**each, "kind": Trick(each["kind"])}) for each in kept["found"]],
        )

    def let_through(self, name: str) -> tuple[str, Record]:
        """Allow a document, now and whenever it comes again unchanged; it is held until discarded.

        So a crash before it was ingested loses nothing.

        Returns:
            Its collection, and the record to ingest there.

        Raises:
            NotFound: nothing of that name is held.
        """
        kept = self._read(name)
        (self._folder / f"{name}{_LET_THROUGH}").touch(mode=0o600)
        return kept["collection"], Record(**kept["record"])

    def discard(self, name: str) -> None:
        """Throw a document away; it is held again when it comes again.

        Raises:
            NotFound: nothing of that name is held.
        """
        self._read(name)
        (self._folder / f"{name}{_HELD}").unlink(missing_ok=True)

    def _read(self, name: str) -> dict[str, Any]:
        if not _NAME.fullmatch(name):
            raise InvalidInput(f"{name[:40]!r} is no id of a held document: they have 32 digits")
        try:
            kept: dict[str, Any] = json.loads((self._folder / f"{name}{_HELD}").read_text("utf-8"))
        except FileNotFoundError as error:
            raise NotFound(f"no document is held as {name}") from error
        return kept


def _name_of(collection: str, draft: Draft) -> str:
    return content_hash(collection, draft.source_id, draft.title, draft.text)[:32]
