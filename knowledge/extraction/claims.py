"""What a passage claims: the door to patterns, fields, tables, links and citations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from knowledge.extraction.causes import find_causes
from knowledge.extraction.fields import find_fields
from knowledge.extraction.links import find_links
from knowledge.extraction.model import LONGEST_NAME, Claim, Excerpt, Mention
from knowledge.extraction.noun_phrases import Prose
from knowledge.extraction.relations import find_relations
from knowledge.extraction.relations_japanese import find_japanese_relations

_MOST_CLAIMS: Final = 200
"""A passage that claims more is a table of data: the rest of it is found by its words."""


def find_claims(
    excerpt: Excerpt, mentions: Sequence[Mention], sentences: Sequence[tuple[int, int]]
) -> list[Claim]:
    """Answer what a passage claims, each claim once, in the order of the evidence.

    Args:
        excerpt: the passage.
        mentions: the names found in it: a subject that is one of them is believed.
        sentences: where its sentences start and end, in order.

    The subjects and objects are surfaces as `clean_surface` writes them; they need not be among
    the mentions.
    """
    found: dict[tuple[str, str, str | None, str | None], Claim] = {}
    for claim in chain(
        _stated(excerpt, mentions, sentences), find_fields(excerpt), find_links(excerpt)
    ):
        key = (claim.subject, claim.predicate, claim.object, claim.value)
        known = found.get(key)
        if _is_sound(claim) and (known is None or known.confidence < claim.confidence):
            found[key] = claim
    ordered = sorted(found.values(), key=lambda claim: (claim.start, claim.end))
    return ordered[:_MOST_CLAIMS]


def _stated(
    excerpt: Excerpt, mentions: Sequence[Mention], sentences: Sequence[tuple[int, int]]
) -> Iterator[Claim]:
    """Yield what sentences say in English, and in Japanese where there are any such letters."""
    names = [excerpt.title, *excerpt.heading, *(mention.surface for mention in mentions)]
    prose = Prose(excerpt.text, filter(None, names))
    yield from find_relations(prose, sentences)
    yield from find_causes(prose, excerpt.title, sentences)
    if not excerpt.text.isascii():
        yield from find_japanese_relations(prose, excerpt.title, sentences)


def _is_sound(claim: Claim) -> bool:
    named = claim.object
    return (
        0 < len(claim.subject) <= LONGEST_NAME
        and bool(claim.value or (named and len(named) <= LONGEST_NAME))
        and (named is None or named.casefold() != claim.subject.casefold())
    )
