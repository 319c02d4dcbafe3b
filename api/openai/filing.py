"""Files as their owners handle them: upload, look at, delete."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from api.openai.attaching import remove
from api.openai.books import Asker, Books
from api.openai.errors import Refusal
from api.openai.paging import Page, Window, page
from ingest.uploads.files import no_file
from ingest.uploads.model import UploadedFile


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that comes in."""

    stream: IO[bytes]
    filename: str
    media_type: str
    purpose: str
    lifetime_seconds: int | None = None


class Filing:
    """The uploaded files. Who may not see one is answered as if it were not there."""

    def __init__(self, books: Books, max_bytes: int, quota_bytes: int) -> None:
        """Take the parts.

        Args:
            books: where files are kept.
            max_bytes: what one file may hold.
            quota_bytes: what all files of one principal may hold.
        """
        self._books = books
        self._max_bytes = max_bytes
        self._quota_bytes = quota_bytes
        self._adding = threading.Lock()

    def add(self, asker: Asker, upload: Upload) -> UploadedFile:
        """Keep a file for who hands it in.

        Raises:
            Refusal: it is empty or too large, by itself or with all that the asker keeps already.
            Conflict: the home is read only.
        """
        asker.platform.require_ownership()
        size = upload.stream.seek(0, os.SEEK_END)
        upload.stream.seek(0)
        if size > self._max_bytes:
            raise Refusal(
                f"the file {upload.filename[:200]!r} has {size:,} bytes: {self._max_bytes:,} are"
                " taken at the most",
                param="file",
                code="file_too_large",
                status=413,
            )
        if size == 0:
            raise Refusal(
                f"the file {upload.filename[:200]!r} is empty: send one with content", param="file"
            )
        with self._adding:  # one at a time is written anyhow, so nobody slips by the quota
            held = self._books.files.held(asker.id)
            if held + size > self._quota_bytes:
                raise Refusal(
                    f"your files hold {held:,} bytes, and {self._quota_bytes:,} is all they may:"
                    f" delete some to make room for {size:,} more",
                    param="file",
                    code="quota_exceeded",
                    status=413,
                )
            return self._books.files.add(
                upload.stream,
                owner=asker.id,
                filename=upload.filename,
                media_type=upload.media_type,
                purpose=upload.purpose,
                lifetime_seconds=upload.lifetime_seconds,
            )

    def get(self, asker: Asker, file_id: str) -> UploadedFile:
        """Look a file up.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        found = self._books.files.get(file_id)
        if not (asker.sees_everything or found.owner == asker.id):
            raise no_file(file_id)
        return found

    def page(self, asker: Asker, window: Window, purpose: str | None) -> Page[UploadedFile]:
        """List files."""
        owner = None if asker.sees_everything else asker.id
        return page(
            window,
            find=lambda file_id: self.get(asker, file_id),
            read=lambda after, ascending, limit: self._books.files.page(
                owner=owner, purpose=purpose, after=after, ascending=ascending, limit=limit
            ),
        )

    def content(self, asker: Asker, file_id: str) -> tuple[UploadedFile, Iterator[bytes]]:
        """Answer a file with its bytes, in parts."""
        found = self.get(asker, file_id)
        return found, self._books.files.parts(file_id)

    def delete(self, asker: Asker, file_id: str) -> None:
        """Delete a file, and take it out of every store that the asker sees.

        Where it is in others its bytes stay until it is taken out of them, too.

        Raises:
            NotFound: there is none, or it is somebody else's.
            Conflict: the home is read only.
        """
        asker.platform.require_ownership()
        self.get(asker, file_id)
        for place in self._books.contents.of_file(file_id):
            if not asker.sees(place):
                continue
            if place.document_id:
                remove(asker.base, place.collection, [file_id], asker.actor)
            self._books.attachments.detach(place.store_id, [file_id])
        self._books.files.hide(file_id)
        self._books.files.sweep()
