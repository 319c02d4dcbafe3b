"""Packs the parts of a text into passages: places (start, end) that touch visible characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Final

from ingest.blocks import atoms
from ingest.tokens import estimate_units

Place = tuple[int, int]
"""`text[start:end]` begins and ends with a visible character."""

_NO_CHARACTER: Final = "\uffff"
"""Stands for the splitter's own paragraph separator: blocks are found by `atoms`."""

_WINDOW: Final = 1 << 16
"""Characters that are packed at a time, so that memory does not grow with the text."""


def visible(text: str, start: int, end: int) -> Place | None:
    """Narrow a stretch to its first and last character that is not white space."""
    stretch = text[start:end]
    bare = stretch.lstrip()
    start = end - len(bare)
    bare = bare.rstrip()
    return (start, start + len(bare)) if bare else None


def between(text: str, edges: Iterable[int]) -> list[Place]:
    """Make a place of every stretch between two neighbouring edges that shows anything."""
    places = (visible(text, start, end) for start, end in pairwise(edges))
    return [place for place in places if place]


def size_of(text: str, place: Place) -> int:
    """Estimate a passage's length in hundredths of a token."""
    return estimate_units(text[place[0] : place[1]])


def split(text: str, start: int, end: int, *, target: int, prose: bool) -> list[int]:
    """Let llama-index pack blocks and sentences, and answer where its chunks begin.

    Only the beginnings are taken from it: whatever it strips or changes, no text is lost. A chunk
    that cannot be found again in the text merely adds no beginning.

    Args:
        target: what a chunk is filled up to, in hundredths of a token.
        prose: False for source code, records and logs.
    """
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(
        chunk_size=target,
        chunk_overlap=0,
        paragraph_separator=_NO_CHARACTER,
        secondary_chunking_regex=None,
        tokenizer=lambda part: range(estimate_units(part)),
        chunking_tokenizer_fn=lambda part: atoms(part, limit=target, prose=prose),
    )
    starts: list[int] = []
    while start < end:
        stop = min(start + _WINDOW, end)
        found = _locate(text, splitter.split_text(text[start:stop]), start, stop)
        start = stop
        if stop < end and len(found) > 1:
            start = found.pop()  # the window may have torn its last chunk: begin it anew
        starts += found
    return starts


def _locate(text: str, chunks: Iterable[str], start: int, end: int) -> list[int]:
    """Find where the chunks begin, each behind the one before, leaving out the unfindable."""
    found: list[int] = []
    for chunk in chunks:
        place = text.find(chunk, start, end)
        if place >= 0:
            found.append(place)
            start = place + len(chunk)
    return found


def fit(text: str, place: Place, *, limit: int, prose: bool) -> list[Place]:
    """Divide a passage that is too long, at the best joints there are.

    The parts it is packed from are at most a quarter of the limit, so that a heading keeps some
    of what it leads even where that is one long paragraph.
    """
    start, end = place
    if size_of(text, place) <= limit:
        return [place]
    edges = [start]
    filled = 0
    position = start
    for part in _parts(text[start:end], limit, prose=prose):
        size = estimate_units(part)
        if filled and filled + size > limit:
            edges.append(position)
            filled = 0
        filled += size
        position += len(part)
    return between(text, [*edges, end])


def _parts(text: str, limit: int, *, prose: bool) -> Iterable[str]:
    """Yield parts that surely fit: a character that carries thousands of accents is cut too."""
    for atom in atoms(text, limit=limit // 4, prose=prose):
        if estimate_units(atom) <= limit:
            yield atom
        else:
            yield from atom


def even_out(
    text: str, places: Sequence[Place], *, small: int, maximum: int, prose: bool
) -> list[Place]:
    """Join a passage that is too short to stand alone to the one before it, or share fairly.

    Args:
        small: below this, in hundredths of a token, a passage is too short.
        maximum: what both may hold together, in hundredths of a token.
    """
    evened: list[Place] = []
    for place in places:
        if evened and min(size_of(text, place), size_of(text, evened[-1])) < small:
            both = (evened[-1][0], place[1])
            halves = [both] if size_of(text, both) <= maximum else _halve(text, both, prose=prose)
            if all(size_of(text, half) <= maximum for half in halves):
                evened[-1:] = halves
                continue
        evened.append(place)
    return evened


def _halve(text: str, place: Place, *, prose: bool) -> list[Place]:
    """Cut a passage at the joint nearest to its middle."""
    middle = size_of(text, place) // 2
    parts = atoms(text[place[0] : place[1]], limit=middle // 2, prose=prose)
    edges = accumulate(map(len, parts), initial=place[0])
    sizes = accumulate(map(estimate_units, parts), initial=0)
    _, edge = min((abs(size - middle), edge) for size, edge in zip(sizes, edges, strict=True))
    return between(text, (place[0], edge, place[1]))


def overlapping(
    text: str, places: Sequence[Place], *, overlap: int, maximum: int, prose: bool
) -> list[Place]:
    """Begin every passage but the first with the end of the one before, as far as there is room.

    Args:
        overlap: how much is repeated at most, in hundredths of a token.
        maximum: what a passage may hold, repetition included.
    """
    moved = list(places[:1])
    for before, (start, end) in pairwise(places):
        room = min(overlap, maximum - size_of(text, (start, end)))
        begin = start
        position = before[1]
        for part in reversed(atoms(text[before[0] : before[1]], limit=max(room, 1), prose=prose)):
            position -= len(part)
            if position == before[0] or size_of(text, (position, start)) > room:
                break
            begin = position
        moved.extend(between(text, (begin, end)))
    return moved
