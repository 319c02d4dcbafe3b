"""Claims of made-up passages, in the shortest form that a test can compare."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.extraction.claims import find_claims
from knowledge.extraction.model import Claim, Excerpt, Mention, Role
from knowledge.sentences import split_sentences

Triple = tuple[str, str, str]


def claims(
    text: str,
    *,
    title: str = "",
    heading: Sequence[str] = (),
    address: str = "",
    names: Sequence[str] = (),
) -> list[Claim]:
    mentions = [Mention(name, "name", Role.TEXT) for name in names]
    excerpt = Excerpt(title, tuple(heading), text, address=address)
    return find_claims(excerpt, mentions, split_sentences(text))


def triples(
    text: str,
    *,
    title: str = "",
    heading: Sequence[str] = (),
    address: str = "",
    names: Sequence[str] = (),
) -> set[Triple]:
    found = claims(text, title=title, heading=heading, address=address, names=names)
    return {(c.subject, str(c.predicate), c.object or c.value or "") for c in found}
