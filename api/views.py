"""How answers look in a notebook: tables and DataFrames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, overload

from foundation.errors import Unavailable
from retrieval.model import Hit, SearchResult

if TYPE_CHECKING:
    import pandas as pd

_PREVIEW = 300


def frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Make a DataFrame.

    Raises:
        Unavailable: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise Unavailable("DataFrames need pandas: pip install -e '.[notebook]'") from error
    return pd.DataFrame(list(rows))


def table(rows: Sequence[Mapping[str, Any]], *, caption: str) -> str:
    """Make an HTML table; every value is escaped."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in rows[0]) if rows else ""
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row.values()) + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


class SearchView(Sequence[Hit]):
    """Hits as a sequence, with the whole result beside them."""

    def __init__(self, result: SearchResult) -> None:
        self.result = result

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...
    def __getitem__(self, index: int | slice) -> Hit | Sequence[Hit]:
        """Answer a hit, best first."""
        return self.result.hits[index]

    def __len__(self) -> int:
        """Count the hits."""
        return len(self.result.hits)

    def __iter__(self) -> Iterator[Hit]:
        """Go through the hits, best first."""
        return iter(self.result.hits)

    def __repr__(self) -> str:
        """Show the ranking in a terminal."""
        lines = [f"{len(self)} passages for {self.result.query!r}"]
        for rank, hit in enumerate(self, start=1):
            title = hit.citation.title or hit.citation.source_id
            lines.append(f"{rank:>3}  {hit.score:6.3f}  {title}: {_preview(hit.text, 90)}")
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """Make a DataFrame with a row for each hit."""
        return frame([self._row(rank, hit) for rank, hit in enumerate(self, start=1)])

    def _repr_html_(self) -> str:
        rows = [
            self._row(rank, hit) | {"text": _preview(hit.text)} for rank, hit in enumerate(self, 1)
        ]
        return table(rows, caption=f"{len(self)} passages for “{self.result.query}”")

    def _row(self, rank: int, hit: Hit) -> dict[str, Any]:
        return {
            "rank": rank,
            "score": round(hit.score, 4),
            "title": hit.citation.title,
            "heading": " › ".join(hit.citation.heading),
            "text": hit.text,
            "sources": ", ".join(source.source_id for source in hit.citation.sources),
            "version": hit.citation.version,
            "document_id": hit.citation.document_id,
        }


def _preview(text: str, length: int = _PREVIEW) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
