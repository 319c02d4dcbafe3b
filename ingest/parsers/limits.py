from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost, so that no document can stop the others.

    Attributes:
        max_bytes: size of the document, and of the text that comes out of it.
        cpu_seconds: processor time of the parser process for one document.
        wall_seconds: time from handing a document over to having its text.
        memory_bytes: address space of the parser process, its libraries included.
        file_bytes: largest file that the parser process may write; no parser here needs one.
        max_entries: files in an archive (DOCX, PPTX, XLSX and EPUB are archives).
        max_unpacked_bytes: their total size, unpacked.
        max_ratio: unpacked by packed size, looked at from 16 MiB unpacked on: XML of a large
            table shrinks to a hundredth, a bomb to a thousandth.
    """

    max_bytes: int = 200 * 1000 * 1000
    cpu_seconds: float = 60.0
    wall_seconds: float = 120.0
    memory_bytes: int = 2048 * MEBIBYTE
    file_bytes: int = 0
    max_entries: int = 20_000
    max_unpacked_bytes: int = 1024 * MEBIBYTE
    max_ratio: float = 200.0
