"""What the corpus taught: patterns, their gates and evidence, and people's word on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.citing import cite_all
from api.cli.deciding import tell_decided
from api.cli.entities import count, reason
from api.cli.printing import (
    AsOfOption,
    HomeOption,
    JsonOption,
    LimitOption,
    changing,
    emit,
    reading,
    say,
    show_table,
    user,
)

if TYPE_CHECKING:
    from knowledge.patterns.model import Gate, Pattern

app = typer.Typer(help="What the corpus taught.", no_args_is_help=True, rich_markup_mode=None)

Key = Annotated[str, typer.Argument(help="A pattern's key, as `elders patterns list` shows it.")]

_INDENT: Final = 3
_QUOTED: Final = re.compile("“([^”]+)”")
_ALL: Final = "all"
_ORDER: Final = ("active", "candidate", "retired", "rejected")


@app.command(name="list")
def list_patterns(
    home: HomeOption = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help="association, incident, log template, log sequence, task, terminology or"
            " contradiction.",
        ),
    ] = None,
    state: Annotated[
        str, typer.Option("--state", help="active, candidate, retired, rejected or all.")
    ] = "active",
    as_of: AsOfOption = None,
    limit: LimitOption = 10,
    as_json: JsonOption = False,
) -> None:
    """List patterns, those that most cases show first."""
    with reading(home) as base:
        found = base.patterns.list(
            kind=kind, state=None if state == _ALL else state, limit=None, as_of=as_of
        )
    shown = sorted(found, key=_most_shown_first)[:limit]
    if as_json:
        from api.rendering_learning import pattern_out

        emit({"patterns": [pattern_out(each) for each in shown], "total": len(found)})
        return
    _print_patterns(shown)
    what = "" if state == _ALL else f"{state} "
    say(f"{len(shown):,} of {count(len(found), what + 'pattern')}")


@app.command()
def show(
    key: Key,
    home: HomeOption = None,
    limit: LimitOption = 5,
    as_json: JsonOption = False,
) -> None:
    """Show a pattern: its gate, what became of it, and the passages that show it."""
    with reading(home) as base:
        versions = base.patterns.history(key)
        evidence = base.patterns.evidence(key)[:limit]
    if as_json:
        from api.rendering_graph import passage_out
        from api.rendering_learning import pattern_out

        emit(
            {
                "history": [pattern_out(version) for version in versions],
                "passages": [passage_out(chunk) for chunk in evidence],
            }
        )
        return
    last = versions[-1]
    say(last.statement)
    say(f"{last.state.value}: {last.reason}", indent=_INDENT)
    say(
        f"{last.kind.value}, {count(last.support, 'case')}, confidence {last.confidence:.2f},"
        f" lift {last.lift:.1f}",
        indent=_INDENT,
    )
    rows = [(v.version, v.valid_from, v.state.value, v.support, v.reason) for v in versions]
    show_table("Versions", ["", "since change", "state", "cases", "why"], rows)
    cite_all("Evidence", evidence, _QUOTED.findall(last.statement), anyway=True)


@app.command()
def accept(key: Key, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Let a pattern be active, whatever its gate says."""
    with changing(home) as base:
        done = base.patterns.accept(key, actor=user())
    tell_decided(f"{key} is active now", done, as_json=as_json)


@app.command()
def reject(key: Key, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Let a pattern never be active."""
    with changing(home) as base:
        done = base.patterns.reject(key, actor=user())
    tell_decided(f"{key} is rejected", done, as_json=as_json)


def learn(home: HomeOption = None, limit: LimitOption = 10, as_json: JsonOption = False) -> None:
    """Learn from all that is current, and tell what changed."""
    with changing(home) as base:
        done = base.patterns.learn()
        links = (*done.joined, *done.parted)
        names = base.graph.spellings(end for link in links for end in (link.first, link.second))
    found = done.patterns
    if as_json:
        from api.rendering_learning import learned_out

        emit(learned_out(done).model_dump() | {"names": names})
        return
    for what, patterns in (
        ("learned", found.learned),
        ("changed", found.changed),
        ("retired", found.retired),
    ):
        _print_round(what, patterns, limit)
    for what, joined in (("joined", done.joined), ("no more joined", done.parted)):
        if joined:
            say(f"{what}: {count(len(joined), 'pair')} of names")
        for link in joined[:limit]:
            say(reason(link, names), indent=_INDENT)
    if done.insights:
        say(f"insights: {done.insights:,} documents, found by `elders search -c insights`")
    if not (found or links or done.insights):
        say("nothing new")


def _print_round(what: str, found: Sequence[Pattern], limit: int) -> None:
    if not found:
        return
    active = [pattern for pattern in found if pattern.state.value == "active"]
    more = f", {len(active):,} of them active" if what != "retired" else ""
    say(f"{what}: {count(len(found), 'pattern')}{more}")
    shown = found if what == "retired" else active
    for pattern in sorted(shown, key=_most_shown_first)[:limit]:
        say(pattern.statement, indent=_INDENT)


def _print_patterns(found: Sequence[Pattern]) -> None:
    for rank, pattern in enumerate(found, start=1):
        say(f"{rank}. {pattern.statement}")
        shown_by = f"{pattern.state.value}, {count(pattern.support, 'case')}"
        say(f"{shown_by}; {_gate(pattern.gate)}", indent=_INDENT)
        say(pattern.key, indent=_INDENT)


def _gate(gate: Gate) -> str:
    if not gate.cases:
        return "no case was held back to try it on"
    return (
        f"{gate.metric} {gate.score:.3g} against {gate.baseline:.3g}"
        f" on {count(gate.cases, 'case')} held back"
    )


def _most_shown_first(pattern: Pattern) -> tuple[int, int, float, str]:
    return (
        _ORDER.index(pattern.state.value),
        -pattern.support,
        -pattern.confidence,
        pattern.key,
    )
