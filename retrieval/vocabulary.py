"""What else the things are called that a query names: the graph's evidence, ready for searches."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from foundation.database.engine import Database
from foundation.ids import Seq
from knowledge.curation import REJECTED, standing
from knowledge.extraction.english import FUNCTION, is_common
from knowledge.extraction.gazetteer import Gazetteer
from knowledge.extraction.normalise import skeleton
from knowledge.graph.identities import all_evidence
from knowledge.graph.model import EntityId, LinkKind
from knowledge.graph.naming import Usage, usages
from knowledge.log import NOW
from knowledge.patterns.model import Pattern, PatternKind, PatternState
from knowledge.patterns.store import read_patterns
from retrieval.recent import Recent

_TELLING: Final = (LinkKind.STANDS_FOR, LinkKind.ALSO_KNOWN_AS, LinkKind.DECIDED)
"""What joins names that one may be used for the other; spellings and qualifiers are no synonyms."""

_MOST_OTHERS: Final = 4


@dataclass(frozen=True, slots=True)
class Expansion:
    """A name in a query, as it is written there, with the other names of the same thing.

    `why` says by what they are one: the kinds of links, and "terminology" where a pattern of it
    is active.
    """

    name: str
    others: Sequence[str]
    why: str


@dataclass(frozen=True, slots=True)
class Term:
    """One name of a thing: the ways it is spelt, the most used first, and its passages."""

    spellings: Sequence[str]
    passages: int
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The names of one thing that may be used for each other."""

    terms: Sequence[Term]
    why: str


class Synonyms:
    """Groups of names, ready to be found in queries; it never changes."""

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        self._groups = tuple(groups)
        self._terms: list[tuple[int, Term]] = []
        self._gazetteer = Gazetteer()
        for number, group in enumerate(self._groups):
            for term in group.terms:
                for spelling in term.spellings:
                    # Who types an acronym in lower case means it, unless that is a common word.
                    for cased in dict.fromkeys((spelling, spelling.lower(), spelling.upper())):
                        self._gazetteer.add(len(self._terms), cased)
                self._terms.append((number, term))

    def __len__(self) -> int:
        return len(self._terms)

    def expand(self, query: str) -> list[Expansion]:
        """Find the names in a query, the longest first; those that it has already are no others."""
        if not self._terms:
            return []
        names: dict[int, str] = {}
        asked: dict[int, list[Term]] = defaultdict(list)
        for hit in self._gazetteer.find(query):
            number, term = self._terms[hit.name_id]
            asked[number].append(term)
            if _telling(name := query[hit.start : hit.end]):
                names.setdefault(number, name)
        expansions = []
        for number, name in names.items():
            group = self._groups[number]
            others = sorted(
                (t for t in group.terms if t not in asked[number] and _telling(t.spellings[0])),
                key=lambda term: (not term.preferred, -term.passages, term.spellings[0]),
            )
            if others:
                first = [term.spellings[0] for term in others[:_MOST_OTHERS]]
                expansions.append(Expansion(name, first, group.why))
        return expansions


class Vocabulary:
    """Follows the log with the synonyms that hold now; a search never waits for them but once."""

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._recent: Recent[Synonyms] = Recent(
            "vocabulary",
            database,
            lambda connection, _: Synonyms(read_groups(connection)),
            Synonyms(),
            monotonic=monotonic,
        )

    def expand(self, query: str) -> Sequence[Expansion]:
        """Answer the other names of what a query names; an ambiguous name has none."""
        return self._recent.get().expand(query)

    def ready(self) -> None:
        """Have read the names, as far as a first search waits for them."""
        self._recent.get()

    def position(self) -> Seq:
        """Answer the seq up to which the names are known."""
        return self._recent.position()

    def refresh(self) -> None:
        """Bring the names to the head of the log now.

        Raises:
            Unavailable: the database did not answer.
        """
        self._recent.refresh()

    def close(self) -> None:
        """Wait for what is being read, and read no more."""
        self._recent.close()


def read_groups(connection: Connection) -> list[Group]:
    """Read which names are one now, by current claims and people's decisions.

    Patterns of terminology are learned from the same evidence, later: they add no name, but say
    which is preferred, and one that a person rejected ends the synonyms that it tells of.
    """
    resolution = all_evidence(connection, NOW).resolution()
    members: dict[EntityId, set[str]] = defaultdict(set)
    kinds: dict[EntityId, set[str]] = defaultdict(set)
    for link in resolution.joined:
        ends = {link.first, link.second}
        if link.kind in _TELLING and not ends & resolution.senses.keys():
            entity = resolution.entity(link.first)
            members[entity] |= ends
            kinds[entity].add(link.kind.value)
    learned = _terminology(connection)
    used = usages(connection, {name for own in members.values() for name in own}, NOW)
    groups = []
    for entity, own in sorted(members.items()):
        kept = sorted(own & used.keys())
        told = [pattern for name in kept for pattern in learned[name]]
        if len(kept) < 2 or any(pattern.state is PatternState.REJECTED for pattern in told):
            continue
        active = [pattern for pattern in told if pattern.state is PatternState.ACTIVE]
        preferred = {skeleton(n) for p in active for n in p.data["preferred"].values()}
        terms = [_term(used[name], preferred=name in preferred) for name in kept]
        why = [*sorted(kinds[entity]), *(["terminology"] if active else [])]
        groups.append(Group(terms, ", ".join(why)))
    return groups


def _telling(name: str) -> bool:
    """Tell whether a name is worth being searched for, or with: "city" and "the mouth" are not.

    A lower-case name needs two words beside articles and the like, or is one rare word, and ends
    with no function word (as "along with the options listed above" does, which was once read as
    what API stands for).
    """
    if not name.islower():
        return True
    words = name.split()
    content = [word for word in words if word not in FUNCTION]
    return words[-1] not in FUNCTION and (
        len(content) > 1 or (content == words and not is_common(name))
    )


def _term(usage: Usage, *, preferred: bool) -> Term:
    ordered = sorted(usage.surfaces.items(), key=lambda item: (-item[1], item[0]))
    return Term([surface for surface, _ in ordered], usage.surfaces.total(), preferred)


def _terminology(connection: Connection) -> Mapping[str, list[Pattern]]:
    """Read the patterns by the skeletons of their names; a person's word counts at once."""
    rejected = {decision.subject for decision in standing(connection, kind=REJECTED)}
    found: dict[str, list[Pattern]] = defaultdict(list)
    for known in read_patterns(connection, kinds=[PatternKind.TERMINOLOGY]):
        state = known.state
        if known.key in rejected:
            state = PatternState.REJECTED
        elif state is PatternState.REJECTED:
            state = PatternState.CANDIDATE  # taken back, but not learned anew yet
        pattern = replace(known, state=state)
        names = {skeleton(name["name"]) for name in pattern.data["names"]}
        for name in names if len(names) > 1 else ():
            found[name].append(pattern)
    return found
