"""Files in stores: who wants them there, and how far each is on its way to a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, select, update

from foundation.clock import Clock
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import attachments, file_batches
from foundation.errors import Conflict
from foundation.ids import new_id
from foundation.security.policy import Access
from ingest.uploads.contents import THERE, joined, no_attachment
from ingest.uploads.model import Attachment, Batch, Finish, Status, Wish
from knowledge.log import AnyRow
from knowledge.passages import batches


class Attachments:
    """Which files are in which stores."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def attach(
        self,
        store_id: str,
        wishes: Sequence[Wish],
        *,
        actor: str,
        rights: Access,
        batched: bool = False,
    ) -> Batch | None:
        """Wish for files in a store; what is there as it is wished for stays as it is.

        Args:
            store_id: a store that there is.
            wishes: files that there are, each once.
            actor: who is recorded in the change log.
            rights: what they may see and write.
            batched: whether they are a batch, which is answered then.

        Raises:
            Conflict: a file is there already, cut otherwise.
        """
        now = self._clock()
        batch = Batch(f"vsfb_{new_id().replace('-', '')}", store_id, now, cancelled=False)
        common = {
            "batch_id": batch.id if batched else None, "status": Status.IN_PROGRESS.value,
            "error_code": "", "error": "", "actor": actor, "rights": rights.as_json(),
        }  # fmt: skip
        with self._database.write() as connection:
            if batched:
                row = {"id": batch.id, "store_id": store_id, "created_at": now, "cancelled": False}
                bulk_insert(connection, file_batches, [row])
            known = _known(connection, store_id, [wish.file_id for wish in wishes])
            new = []
            for number, wish in enumerate(wishes):
                if wish.file_id in known:
                    _renew(connection, known[wish.file_id], wish, common)
                    continue
                row = {"store_id": store_id, "file_id": wish.file_id, "created_at": now + number}
                new.append({**row, "revision": 1, "document_id": None, **_wished(wish), **common})
            bulk_insert(connection, attachments, new)
        return batch if batched else None

    def describe(
        self,
        store_id: str,
        file_id: str,
        attributes: Mapping[str, Any],
        *,
        actor: str,
        rights: Access,
    ) -> None:
        """Wish for other attributes of a file that is in a store.

        Raises:
            NotFound: it is not there.
        """
        values = {
            "attributes": dict(attributes), "actor": actor, "rights": rights.as_json(),
            "revision": attachments.c.revision + 1, "status": Status.IN_PROGRESS.value,
            "error_code": "", "error": "",
        }  # fmt: skip
        own = attachments.c.store_id == store_id, attachments.c.file_id == file_id
        with self._database.write() as connection:
            if not connection.execute(update(attachments).where(*own).values(values)).rowcount:
                raise no_attachment(store_id, file_id)

    def cancel(self, batch_id: str, file_ids: Sequence[str]) -> None:
        """Take in no more of some files of a batch."""
        waiting = and_(
            attachments.c.batch_id == batch_id, attachments.c.status == Status.IN_PROGRESS
        )
        stop = update(attachments).where(waiting).values(status=Status.CANCELLED.value)
        with self._database.write() as connection:
            for group in batches(file_ids):
                connection.execute(stop.where(attachments.c.file_id.in_(group)))
            own = file_batches.c.id == batch_id
            connection.execute(update(file_batches).where(own).values(cancelled=True))

    def detach(self, store_id: str, file_ids: Sequence[str]) -> None:
        """Forget that files are in a store."""
        with self._database.write() as connection:
            for group in batches(file_ids):
                own = attachments.c.store_id == store_id, attachments.c.file_id.in_(group)
                connection.execute(delete(attachments).where(*own))

    def finish(self, done: Sequence[Finish]) -> list[Attachment]:
        """Note what became of files.

        Returns:
            Those that nobody wants any more: they were detached or cancelled meanwhile, so what
            they became is to be deleted. Where something else is wished for meanwhile they wait.
        """
        unwanted = []
        with self._database.write() as connection:
            for each in done:
                own = attachments.c.store_id == each.attachment.store_id
                own &= attachments.c.file_id == each.attachment.file_id
                own &= attachments.c.created_at == each.attachment.created_at
                row = connection.execute(select(attachments).where(own)).first()
                if row is None or row.status == Status.CANCELLED:
                    unwanted.append(each.attachment)
                elif row.revision == each.attachment.revision:
                    connection.execute(update(attachments).where(own).values(_finished(each)))
        return unwanted


def _finished(done: Finish) -> dict[str, Any]:
    if done.error_code:
        status = Status.FAILED.value  # what it was before, if it was anything, stays in the store
        return {"status": status, "error_code": done.error_code, "error": done.error}
    return {"status": Status.COMPLETED.value, "document_id": done.document_id}


def _wished(wish: Wish) -> dict[str, Any]:
    sizes = wish.sizes
    return {
        "attributes": dict(wish.attributes),
        "chunk_tokens": sizes.tokens if sizes else None,
        "overlap_tokens": sizes.overlap if sizes else None,
    }


def _known(
    connection: Connection, store_id: str, file_ids: Sequence[str]
) -> dict[str, tuple[AnyRow, bool]]:
    """Look up what is known of files in a store, and whether they are really there."""
    query = joined(select(attachments, THERE.label("there")), everything=True)
    found: dict[str, tuple[AnyRow, bool]] = {}
    for group in batches(file_ids):
        rows = query.where(attachments.c.store_id == store_id, attachments.c.file_id.in_(group))
        found.update((row.file_id, (row, row.there)) for row in connection.execute(rows))
    return found


def _renew(
    connection: Connection, known: tuple[AnyRow, bool], wish: Wish, common: Mapping[str, Any]
) -> None:
    """Wish once more for a file that is, or was, in the store."""
    row, there = known
    own = attachments.c.store_id == row.store_id, attachments.c.file_id == row.file_id
    wished = _wished(wish)
    kept = there and row.status in {Status.IN_PROGRESS, Status.COMPLETED}
    same_cut = all(
        getattr(row, name) == wished[name] for name in ("chunk_tokens", "overlap_tokens")
    )
    if kept and not same_cut:
        raise Conflict(
            f"the file {row.file_id} is in the vector store already, cut otherwise: delete it from"
            " the store first"
        )
    if kept and row.attributes == wished["attributes"]:
        values: dict[str, Any] = {"batch_id": common["batch_id"] or row.batch_id}
    else:
        values = {**wished, **common, "revision": row.revision + 1}
    connection.execute(update(attachments).where(*own).values(values))
