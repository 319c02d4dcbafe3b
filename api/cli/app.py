"""All commands under one name; each file of this folder holds a group of them."""

from __future__ import annotations

import typer

from api.cli import (
    asking,
    audit,
    caching,
    curation,
    documents,
    duplicates,
    evaluating,
    feedback,
    following,
    graph,
    guild,
    health,
    ingesting,
    jobs,
    keys,
    learning,
    maintenance,
    mcp,
    patterns,
    quarantine,
    searching,
    serving,
)

app = typer.Typer(
    name="elders",
    help="A knowledge base that stays clean, versioned and findable.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(following.init)
app.command()(ingesting.ingest)
app.command()(searching.search)
app.command()(asking.ask)
app.command()(following.status)
app.command()(following.follow)
app.command()(health.health)
app.command()(caching.cache)
app.command()(maintenance.doctor)
app.command(name="export")(maintenance.export_home)
app.command(name="import")(maintenance.import_home)
app.command(name="eval")(evaluating.evaluate)
app.add_typer(learning.app, name="learn")
app.command()(serving.serve)
app.command()(mcp.mcp)
app.add_typer(documents.app, name="documents")
app.add_typer(duplicates.app, name="duplicates")
app.add_typer(graph.app, name="graph")
app.add_typer(patterns.app, name="patterns")
app.add_typer(curation.app, name="curation")
app.add_typer(feedback.app, name="feedback")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(jobs.app, name="jobs")
app.add_typer(guild.app, name="guild")
