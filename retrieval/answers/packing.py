"""Packs hits into a prompt's budget: the best first, neighbours of one document joined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from foundation.errors import InvalidInput
from foundation.ids import ChunkId, VersionId
from knowledge.extraction.budget import estimated_tokens
from knowledge.sentences import split_sentences
from retrieval.answers.model import Context, Passage
from retrieval.model import Citation, Hit

LEAST_TOKENS: Final = 64
_FRAME: Final = 12
"""Tokens for a passage's number and the marks around it."""

_GAP: Final = 2
"""Characters: chunks this close have nothing but white space between them."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a version's text: `text` has `end - start` characters."""

    text: str
    citation: Citation
    chunk_ids: tuple[ChunkId, ...]
    score: float

    @property
    def tokens(self) -> int:
        return estimated_tokens(self.text) + _frame(self.citation)


def pack(hits: Sequence[Hit], *, tokens: int) -> Context:
    """Choose the passages that fit, greedily by score, and number them.

    A hit for which there is no room is passed over for smaller ones behind it. Of the best hit,
    if it alone is too long, the first sentences are taken. Hits that follow or overlap each other
    in one version become one passage, at the place of the better one.

    Args:
        hits: best first.
        tokens: what the passages may take together, as `estimated_tokens` counts.

    Raises:
        InvalidInput: the budget is too small for a passage.
    """
    if tokens < LEAST_TOKENS:
        raise InvalidInput(f"{tokens} tokens hold no passage: allow {LEAST_TOKENS} or more")
    chosen: list[_Piece] = []
    left, left_out = tokens, 0
    for hit in hits:
        piece = _piece(hit)
        if piece.tokens > left and not chosen:
            piece = _shortened(piece, left)
        if not piece.text or piece.tokens > left:
            left_out += 1
            continue
        chosen.append(piece)
        left -= piece.tokens
    passages = [_passage(number, piece) for number, piece in enumerate(_joined(chosen), start=1)]
    return Context(passages, sum(passage.tokens for passage in passages), left_out)


def _piece(hit: Hit) -> _Piece:
    return _Piece(hit.text, hit.citation, (hit.chunk_id,), hit.score)


def _passage(number: int, piece: _Piece) -> Passage:
    return Passage(number, piece.text, piece.citation, piece.chunk_ids, piece.score, piece.tokens)


def _frame(citation: Citation) -> int:
    return _FRAME + estimated_tokens(" ".join((citation.title, *citation.heading)))


def _shortened(piece: _Piece, tokens: int) -> _Piece:
    """Keep as many sentences from the start as fit; of a first one that is too long, its start."""
    room = max(tokens - _frame(piece.citation), 1)
    kept = 0
    for _, end in split_sentences(piece.text):
        if estimated_tokens(piece.text[:end]) > room:
            break
        kept = end
    while not kept or estimated_tokens(piece.text[:kept]) > room:
        kept = min(kept or len(piece.text), 4 * room) // 2
    citation = replace(piece.citation, end=piece.citation.start + kept)
    return replace(piece, text=piece.text[:kept], citation=citation)


def _joined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Join neighbours; a joined piece takes the place of its best part."""
    groups: dict[VersionId, list[_Piece]] = defaultdict(list)
    for piece in pieces:
        groups[piece.citation.version_id].append(piece)
    joined: list[_Piece] = []
    for group in groups.values():
        ordered = sorted(group, key=lambda piece: (piece.citation.start, -piece.citation.end))
        last = ordered[0]
        for piece in ordered[1:]:
            if piece.citation.start - last.citation.end <= _GAP:
                last = _together(last, piece)
            else:
                joined.append(last)
                last = piece
        joined.append(last)
    rank = {chunk: place for place, piece in enumerate(pieces) for chunk in piece.chunk_ids}
    return sorted(joined, key=lambda piece: min(rank[chunk] for chunk in piece.chunk_ids))


def _together(first: _Piece, second: _Piece) -> _Piece:
    gap = second.citation.start - first.citation.end
    more = "\n" * gap + second.text if gap >= 0 else second.text[-gap:]
    best = first if first.score >= second.score else second
    citation = replace(
        best.citation,
        start=first.citation.start,
        end=max(first.citation.end, second.citation.end),
    )
    chunks = first.chunk_ids + second.chunk_ids
    return _Piece(first.text + more, citation, chunks, best.score)
