"""How much of a language model's answer is believed: what the passage bears out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from knowledge.extraction.chat_schema import Answer, Entity, Relation
from knowledge.extraction.labels import kind_of_label
from knowledge.extraction.model import (
    VALUE_KINDS,
    Claim,
    Excerpt,
    Extract,
    Mention,
    NameKind,
    Role,
)
from knowledge.extraction.normalise import clean_surface
from knowledge.extraction.spans import Span, mentions_of, trimmed

CONFIDENCE: Final = 0.7
"""Of a claim that a model read and whose evidence is in the passage: a convention, not measured."""

_LONGEST_PREDICATE: Final = 80
_EDGE: Final = "[0-9A-Za-z\u00aa-\u052f]"
"""Letters that are not written next to another word's; kana and kanji are."""

_QUOTES: Final = str.maketrans("‘’“”", "''\"\"")


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer's names and claims that the passage bears out, and how many it does not."""

    extract: Extract
    dropped_names: int
    dropped_claims: int


def ground(answer: Answer, excerpt: Excerpt) -> Grounded:
    """Keep of an answer what the passage has: models invent names, and quote what nobody wrote.

    A name must stand in the text, the title or a heading. A claim's evidence must stand in the
    text, and its subject and object where names do, one of them within the evidence (the other is
    often a pronoun there). Case, width and white space do not count.
    """
    passage = _Passage(excerpt)
    for entity in answer.entities:
        passage.take(entity)
    dropped_names = len(answer.entities) - passage.taken
    claims: dict[tuple[str, ...], Claim] = {}
    dropped_claims = 0
    for relation in answer.relations:
        claim = passage.claim(relation)
        if claim is None:
            dropped_claims += 1
        else:
            key = (claim.subject, claim.predicate, claim.object or "", claim.value or "")
            claims.setdefault(key, claim)
    extract = Extract(passage.mentions(), list(claims.values()))
    return Grounded(extract, dropped_names, dropped_claims)


class _Passage:
    """Looks names and evidence up in one excerpt."""

    def __init__(self, excerpt: Excerpt) -> None:
        self._text = excerpt.text
        self._plain = _plain(excerpt.text)
        self._around = "\n".join((excerpt.title, *excerpt.heading))
        self._kinds: dict[str, NameKind] = {}
        self._spans: list[Span] = []
        self.taken = 0

    def take(self, entity: Entity) -> None:
        surface = self.surface(entity.name)
        if surface is None:
            return
        self.taken += 1
        kind = kind_of_label(entity.type or "")
        if kind is not None:
            self._mention(entity.name, surface, kind)

    def claim(self, relation: Relation) -> Claim | None:
        evidence = next(_occurrences(self._plain, relation.evidence, whole=False), None)
        subject, object_ = self.surface(relation.subject), self.surface(relation.object)
        predicate = clean_surface(relation.predicate.lower())[:_LONGEST_PREDICATE].rstrip()
        if evidence is None or not (subject and predicate and object_) or subject == object_:
            return None
        quoted = self._plain[slice(*evidence)]
        if not any(
            next(_occurrences(quoted, name), None) for name in (relation.subject, relation.object)
        ):
            return None
        if subject not in self._kinds:
            self._mention(relation.subject, subject, NameKind.NAME)
        named = self._kinds.get(object_, NameKind.QUANTITY) not in VALUE_KINDS
        return Claim(
            subject=subject,
            predicate=predicate,
            object=object_ if named else None,
            value=None if named else object_,
            start=evidence[0],
            end=evidence[1],
            confidence=CONFIDENCE,
            origin="model",
        )

    def surface(self, name: str) -> str | None:
        """Write a name as the passage does; None where it is not there."""
        for text, plain in ((self._text, self._plain), (self._around, _plain(self._around))):
            for found in _occurrences(plain, name):
                return clean_surface(text[slice(*trimmed(text, *found))]) or None
        return None

    def mentions(self) -> list[Mention]:
        found = {mention.surface: mention for mention in mentions_of(self._text, self._spans)}
        for surface, kind in self._kinds.items():
            found.setdefault(surface, Mention(surface, kind, Role.TEXT))
        return list(found.values())

    def _mention(self, name: str, surface: str, kind: NameKind) -> None:
        self._kinds.setdefault(surface, kind)
        self._spans += [Span(*found, kind) for found in _occurrences(self._plain, name)]


def _plain(text: str) -> str:
    """Fold width and quotes one character at a time, so that offsets stay."""
    if text.isascii():
        return text
    return "".join(map(_plain_character, text)).translate(_QUOTES)


def _plain_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def _occurrences(text: str, wanted: str, *, whole: bool = True) -> Iterator[tuple[int, int]]:
    """Find a phrase: as it is written, or else in any case; white space is as good as any other.

    Args:
        text: plain.
        wanted: what to look for.
        whole: no letter may go on before it or behind it.
    """
    pattern = r"\s+".join(map(re.escape, _plain(wanted).split()))
    if not pattern:
        return
    if whole:
        pattern = f"(?<!{_EDGE}(?={_EDGE})){pattern}(?!(?<={_EDGE}){_EDGE})"
    for flags in (re.NOFLAG, re.IGNORECASE):
        found = False
        for match in re.finditer(pattern, text, flags):
            found = True
            yield match.span()
        if found:
            return
