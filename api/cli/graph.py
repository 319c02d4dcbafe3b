"""The graph: what documents speak of, how it is connected, and which passages prove it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.citing import cite_all, spread
from api.cli.entities import (
    others,
    print_community,
    print_entity,
    print_neighbours,
    print_relations,
    print_route,
)
from api.cli.printing import (
    AsOfOption,
    HomeOption,
    JsonOption,
    LimitOption,
    changing,
    emit,
    reading,
    say,
    show_estimate,
    show_table,
    tell,
    user,
)

app = typer.Typer(
    help="Entities, relations, paths and communities.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="Any name of an entity.")]

_NAMED: Final = 6
_READ: Final = 20
"""Passages are looked at for each that is shown, so that several documents have a say."""


@app.command()
def show(
    name: Name,
    home: HomeOption = None,
    as_of: AsOfOption = None,
    limit: LimitOption = 5,
    as_json: JsonOption = False,
) -> None:
    """Show an entity: its names, what is stated of it, what it is named with, and where."""
    with reading(home) as base:
        entity = base.graph.entity(name, as_of=as_of)
        relations = base.graph.relations(name, as_of=as_of, limit=limit)
        near = () if as_of or not entity.passages else base.graph.neighbours(name, limit=limit)
        passages = spread(base.graph.passages(name, as_of=as_of, limit=_READ * limit))[:limit]
        called = base.graph.labels(entity.senses)
    if as_json:
        from api import rendering_graph as out

        emit(
            {
                "entity": out.entity_out(entity),
                "relations": [out.relation_out(relation) for relation in relations],
                "neighbours": None if as_of else [out.neighbour_out(other) for other in near],
                "passages": [out.passage_out(chunk) for chunk in passages],
            }
        )
        return
    print_entity(entity, [called[sense] for sense in entity.senses])
    print_relations(relations)
    print_neighbours(near)
    cite_all("Passages", passages, [alias.surface for alias in entity.aliases])


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="A part of a name.")],
    home: HomeOption = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """List entities with a name that contains a text."""
    with reading(home) as base:
        found = base.graph.search(text, limit=limit)
    if as_json:
        from api.rendering_graph import entity_out

        emit({"entities": [entity_out(entity) for entity in found]})
        return
    if not found:
        say(f"no name contains {text!r}")
        return
    rows = [(e.label, e.kind, e.passages, e.documents, ", ".join(others(e))) for e in found]
    show_table("Entities", ["entity", "kind", "passages", "documents", "also called"], rows)


@app.command()
def path(
    first: Name,
    second: Name,
    home: HomeOption = None,
    longest: Annotated[int, typer.Option("--longest", min=1, max=8, help="Steps at most.")] = 4,
    limit: LimitOption = 3,
    every: Annotated[
        bool, typer.Option("--all", help="Longer ones too, not the shortest alone.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how two entities are connected, with passages that prove each step."""
    with reading(home) as base:
        routes = base.graph.paths(first, second, limit=limit, longest=longest, every=every)
        steps = [step for route in routes for step in route.steps]
        wanted = {chunk for step in steps for chunk in step.passages}
        wanted |= {r.proofs[0].chunk_id for step in steps for r in step.relations}
        cited = {chunk.id: chunk for chunk in base.graph.chunks(sorted(wanted))}
    if as_json:
        from api import rendering_graph as out

        emit(
            {
                "paths": [out.path_out(route) for route in routes],
                "passages": [out.passage_out(chunk) for chunk in cited.values()],
            }
        )
        return
    for route in routes:
        print_route(route, cited)


@app.command()
def communities(
    home: HomeOption = None,
    level: Annotated[
        int, typer.Option("--level", min=0, max=2, help="0 is the coarsest, 2 the finest.")
    ] = 0,
    limit: LimitOption = 10,
    number: Annotated[
        int | None, typer.Option("--show", help="Show the community with this id.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List groups of entities that are named together, or show one with its summary."""
    if number is not None:
        _show_community(home, number, as_json=as_json)
        return
    with reading(home) as base:
        found = base.graph.communities(level=level, limit=limit)
    if as_json:
        from api.rendering_graph import community_line_out

        emit({"communities": [community_line_out(each) for each in found]})
        return
    rows = [(c.id, c.size, ", ".join(e.label for e in c.entities[:_NAMED])) for c in found]
    show_table(f"Communities, level {level}", ["id", "entities", "the most named"], rows)


@app.command()
def central(
    home: HomeOption = None,
    by: Annotated[
        str, typer.Option("--by", help="passages, degree, pagerank, betweenness or core.")
    ] = "pagerank",
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Rank all entities by how central they are."""
    with reading(home) as base:
        found = base.graph.central(by, limit=limit)
    if as_json:
        from api.rendering_graph import ranked_out

        emit({"by": by, "entities": ranked_out(found)})
        return
    rows = [(rank, e.label, e.kind, _figure(e.score)) for rank, e in enumerate(found, start=1)]
    show_table(f"Entities by {by}", ["", "entity", "kind", by], rows)


@app.command(name="export")
def export_graph(
    file: Annotated[Path, typer.Argument(help="A new file, or folder for Parquet.")],
    home: HomeOption = None,
    format: Annotated[  # noqa: A002 - the option's name
        str | None,
        typer.Option("--format", help="graphml, json or parquet (default: by the ending)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the graph to a file; one that exists is not overwritten."""
    with reading(home) as base:
        done = base.graph.export(file, format=format)
    text = f"{done['nodes']:,} entities and {done['edges']:,} edges are in {file}"
    tell({"file": file, **done}, text, as_json=as_json)


@app.command(name="import")
def import_graph(
    file: Annotated[Path, typer.Argument(help="A GraphML or JSON file.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a graph's edges in, as a document that proves them and can be deleted again."""
    with changing(home) as base:
        result = base.graph.load(file, actor=user())
    text = f"{file}: {result.outcome.value} as document {result.source_id} (collection graphs)"
    tell(result, text, as_json=as_json)


@app.command()
def rebuild(
    home: HomeOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what a language model would cost.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read all passages again, as they are read now; `elders follow` learns from it."""
    if dry_run:
        with reading(home) as base:
            show_estimate([base.estimate()], as_json=as_json)
        return
    with changing(home) as base:
        done = base.graph.rebuild()
    tell({"passages": done}, f"read {done:,} passages again", as_json=as_json)


def _show_community(home: Path | None, number: int, *, as_json: bool) -> None:
    with reading(home) as base:
        found = base.graph.community(number)
        passages = base.graph.chunks(found.passages)
    if as_json:
        from api import rendering_graph as out

        emit(
            {
                "community": out.community_out(found),
                "passages": [out.passage_out(chunk) for chunk in passages],
            }
        )
        return
    print_community(found)
    cite_all("Passages", passages, [entity.label for entity in found.entities])


def _figure(score: float) -> str:
    """Write a score: whole numbers count something, others are shares."""
    return f"{score:,.0f}" if score >= 1 or not score else f"{score:.5f}"
