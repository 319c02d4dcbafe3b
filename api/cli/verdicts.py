"""Show what a judged set says of search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from api.cli.printing import say, show_table

if TYPE_CHECKING:
    from api.evaluating import Contrast, Evaluation
    from api.trying import Latency
    from retrieval.losses import Loss, Seen


def show_verdict(found: Evaluation, *, stages: bool) -> None:
    """Print the figures, and whatever else was asked for."""
    names = list(next(iter(found.modes.values())))
    rows = [
        [mode, *(f"{figures[name]:.3f}" for name in names)] for mode, figures in found.modes.items()
    ]
    title = f"{found.dataset}: {found.documents} documents, {found.queries} queries"
    show_table(title, ["mode", *names], rows)
    rate = found.passages_per_second
    say(
        f"{found.latency_ms['p50']:.1f} ms a query (p50), {found.latency_ms['p95']:.1f} ms (p95)"
        + ("" if rate is None else f"; {rate:.1f} passages ingested a second")
    )
    if stages:
        _show_stages("Where the time goes (ms)", found.stages_ms)
    if found.contrast:
        _show_contrast(found.contrast, stages=stages)
    for number, loss in enumerate(found.losses, start=1):
        _show_loss(number, loss)


def _show_stages(title: str, stages: Mapping[str, Latency]) -> None:
    rows = [[name, f"{took['p50']:.2f}", f"{took['p95']:.2f}"] for name, took in stages.items()]
    show_table(title, ["stage", "p50", "p95"], rows)


def _show_contrast(contrast: Contrast, *, stages: bool) -> None:
    named = ", ".join(f"{name}={value}" for name, value in contrast.settings.items())
    rows = [
        [
            each.measure,
            f"{each.first:.3f}",
            f"{each.second:.3f}",
            f"{each.difference:+.3f}",
            f"{each.low:+.3f} to {each.high:+.3f}",
            f"{each.p_value:.4f}",
            f"{each.wins} / {each.losses} / {each.ties}",
        ]
        for each in contrast.measures
    ]
    columns = ["measure", "as it is", "other", "difference", "95 %", "p", "better / worse / same"]
    show_table(f"Default search with {named}", columns, rows)
    took = contrast.latency_ms
    say(f"with {named}: {took['p50']:.1f} ms a query (p50), {took['p95']:.1f} ms (p95)")
    if stages:
        _show_stages(f"Where the time goes with {named} (ms)", contrast.stages_ms)


def _show_loss(number: int, loss: Loss) -> None:
    say(f"\n{number}. {loss.text}   [{loss.query}: nDCG@10 {loss.score:.3f}]")
    for seen in loss.relevant:
        say(f"wanted ({seen.grade}): {_seen(seen)}", indent=3)
    for seen in loss.ahead:
        say(f"in its place: {_seen(seen)}", indent=3)
    for note in loss.notes:
        say(f"note: {note}", indent=3)


def _seen(seen: Seen) -> str:
    ranks = ", ".join(f"{name} {rank or '-'}" for name, rank in seen.ranks.items())
    return f"{seen.title or seen.document} ({seen.document}) at {ranks}"
