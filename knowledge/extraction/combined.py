"""Unites what the rules and a model read in the same passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from knowledge.extraction.model import (
    Claim,
    Excerpt,
    Extract,
    Extractor,
    Mention,
    NameKind,
    Role,
)

_UNCERTAIN: Final = frozenset({NameKind.NAME, NameKind.TERM})
"""Kinds that tell of a name's letters alone."""

_ROLES: Final = {role: rank for rank, role in enumerate(Role)}


class CombinedExtractor:
    """Reads each passage with the rules and with a model, so that neither's finds are missed."""

    def __init__(self, rules: Extractor, model: Extractor) -> None:
        self._rules = rules
        self._model = model

    @property
    def name(self) -> str:
        """Name both: another version of either reads otherwise."""
        return f"{self._rules.name}+{self._model.name}"

    def extract(self, excerpts: Sequence[Excerpt]) -> list[Extract]:
        """Read with both, in order."""
        return [
            united(*both)
            for both in zip(
                self._rules.extract(excerpts), self._model.extract(excerpts), strict=True
            )
        ]


def united(rules: Extract, model: Extract) -> Extract:
    """Unite two extracts of one passage: each surface once, each claim once.

    Both saw the same occurrences, so counts and sentences are not added up. The model's kind goes
    before "name" and "term" of the rules, which have good reasons for all others; of two equal
    claims the rules' stands.
    """
    mentions = {mention.surface: mention for mention in rules.mentions}
    for mention in model.mentions:
        known = mentions.get(mention.surface)
        mentions[mention.surface] = _one(known, mention) if known else mention
    claims: dict[tuple[str, str, str | None, str | None], Claim] = {}
    for claim in (*rules.claims, *model.claims):
        claims.setdefault((claim.subject, claim.predicate, claim.object, claim.value), claim)
    return Extract(list(mentions.values()), list(claims.values()))


def _one(rules: Mention, model: Mention) -> Mention:
    starts = [start for start in (rules.start, model.start) if start >= 0]
    return replace(
        rules,
        kind=model.kind if rules.kind in _UNCERTAIN else rules.kind,
        role=min(rules.role, model.role, key=_ROLES.__getitem__),
        count=max(rules.count, model.count),
        sentences=rules.sentences | model.sentences,
        start=min(starts, default=-1),
    )
