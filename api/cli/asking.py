"""Answer a question, and print what the answer rests on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Final

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
from api.cli.searching import Novelty, PerSource, parse_filter, standard_input

if TYPE_CHECKING:
    from retrieval.answers.answering import Event
    from retrieval.answers.model import Answer


_METHODS: Final = {None: "auto", True: "generate", False: "extract"}

Generate = Annotated[
    bool | None,
    typer.Option(
        "--generate/--extract",
        help="Let the language model write it, or take sentences of the passages.",
    ),
]
Filter = Annotated[
    str | None, typer.Option("--filter", help='A JSON filter: {"year": {"$gte": 2024}}.')
]
Tokens = Annotated[int, typer.Option("--tokens", help="What the passages may take together.")]


def ask(
    question: Annotated[
        str, typer.Argument(help="A question, in any language; - reads standard input.")
    ],
    home: HomeOption = None,
    generate: Generate = None,
    k: Annotated[int, typer.Option("-k", help="How many passages are looked at.")] = 10,
    tokens: Tokens = 2_000,
    collection: CollectionOption = None,
    where: Filter = None,
    as_of: AsOfOption = None,
    mode: Annotated[str, typer.Option("--mode", help="As for a search.")] = "default",
    diversity: Novelty = 0.0,
    per_source: PerSource = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from what is known, with citations."""
    options: dict[str, Any] = {
        "method": _METHODS[generate],
        "k": k,
        "tokens": tokens,
        "collections": [collection] if collection else None,
        "filter": parse_filter(where),
        "as_of": as_of,
        "mode": mode,
        "diversity": diversity,
        "per_source": per_source,
    }
    text = standard_input() if question == "-" else question
    with searching(home) as base:
        base.platform.settle()
        _print(base.answer.stream(text, **options), as_json=as_json)


def _print(events: Iterable[Event], *, as_json: bool) -> None:
    """Print sentences as they come; JSON waits for the whole."""
    from retrieval.answers.model import Answer, Sentence

    for event in events:
        if isinstance(event, Sentence) and event.supported and not as_json:
            say(event.cited)
        if isinstance(event, Answer):
            _end(event, as_json=as_json)


def _end(answer: Answer, *, as_json: bool) -> None:
    from api.answering import summary, sureness, where

    if as_json:
        emit(answer)
        return
    if not answer.found:
        say(summary(answer))
        say("nearest:" if answer.citations else "nothing comes near")
    for passage in answer.citations:
        say(where(passage), indent=3)
    say(f"({sureness(answer)})")
    for note in answer.notes:
        say(f"note: {note}")
