"""Find passages, and print where they stand."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.printing import (
    AsOfOption,
    CollectionOption,
    HomeOption,
    JsonOption,
    emit,
    say,
    searching,
)

if TYPE_CHECKING:
    from retrieval.model import SearchResult

_PREVIEW = 400

Plain = Annotated[
    bool, typer.Option("--plain", help="Let no word of the query restrict the search.")
]
Explain = Annotated[bool, typer.Option("--explain", help="Say what was understood of the query.")]
Query = Annotated[
    str, typer.Argument(help="A question or keywords, in any language; - reads standard input.")
]
Novelty = Annotated[
    float, typer.Option("--diversity", help="0 (relevance alone) to 1 (novelty alone).")
]
PerSource = Annotated[
    int | None, typer.Option("--per-source", help="Passages of one document at the most.")
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Do not answer from the cache that processes share.")
]


def search(
    query: Query,
    home: HomeOption = None,
    k: Annotated[int, typer.Option("-k", help="How many passages, 1 to 1000.")] = 5,
    collection: CollectionOption = None,
    where: Annotated[
        str | None, typer.Option("--filter", help='A JSON filter: {"year": {"$gte": 2024}}.')
    ] = None,
    as_of: AsOfOption = None,
    mode: Annotated[
        str, typer.Option("--mode", help="default, fusion, graph, dense or lexical.")
    ] = "default",
    plain: Plain = False,
    explain: Explain = False,
    diversity: Novelty = 0.0,
    per_source: PerSource = None,
    fresh: Fresh = False,
    as_json: JsonOption = False,
) -> None:
    """Find passages, with where they stand."""
    text = standard_input() if query == "-" else query
    condition = parse_filter(where)
    with searching(home) as base:
        base.platform.settle()
        result = base.search(
            text,
            k=k,
            collections=[collection] if collection else None,
            filter=condition,
            as_of=as_of,
            mode=mode,
            filtering=not plain,
            diversity=diversity,
            per_source=per_source,
            fresh=fresh,
        ).result
    if as_json:
        emit(result)
    else:
        _print_hits(result, explain=explain)


def standard_input() -> str:
    """Read a query, but no more of it than shows that it is too long."""
    from retrieval.question import MAX_QUERY_CHARACTERS

    return sys.stdin.buffer.read(8 * MAX_QUERY_CHARACTERS).decode("utf-8", "replace")


def parse_filter(where: str | None) -> Any:  # noqa: ANN401 - any JSON; the filter's own parser judges it
    """Read a filter as JSON.

    Raises:
        InvalidInput: it is none.
    """
    from foundation.errors import InvalidInput

    if where is None:
        return None
    try:
        return json.loads(where)
    except RecursionError as error:
        raise InvalidInput("--filter is nested too deep: write fewer levels") from error
    except ValueError as error:
        raise InvalidInput(f"--filter is no JSON: {error}") from error


def _print_hits(result: SearchResult, *, explain: bool) -> None:
    for line in result.understood if explain else ():
        say(line)
    for rank, hit in enumerate(result.hits, start=1):
        cited = hit.citation
        where = " › ".join(dict.fromkeys((cited.title or cited.source_id, *cited.heading)))
        parts = ", ".join(f"{name} {value:.2f}" for name, value in hit.parts.items())
        say(f"{rank}. {where}   [{hit.score:.2f}: {parts}]")
        say("   " + " ".join(hit.text.split())[:_PREVIEW])
        sources = ", ".join(source.source_id for source in cited.sources)
        say(f"   — {sources}, version {cited.version}, characters {cited.start}–{cited.end}")
    for note in result.notes:
        say(f"note: {note}")
    if not result.hits:
        say("nothing found")
