"""Writing files so that a power cut leaves the old or the new, and disk errors as ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation.errors import Unavailable


def replace_text(path: Path, text: str) -> None:
    """Store durably: write aside, sync, rename, sync the folder."""
    aside = path.with_suffix(".tmp")
    with aside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make durable which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into `Unavailable`."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"the index in {folder} cannot be written ({error.strerror or error}); "
            "make room or mend the permissions, then try again"
        ) from error
