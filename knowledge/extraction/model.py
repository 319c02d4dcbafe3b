"""What is read out of a passage: names that it mentions, and claims that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

MOST_SENTENCES: Final = 62
"""Sentences that a mention's bits can tell apart; later ones share the last bit."""

LONGEST_NAME: Final = 200
"""Characters of a surface; longer ones are no names."""


class NameKind(StrEnum):
    """What sort of thing a name looks like; models may tell more (person, place …)."""

    NAME = "name"
    TERM = "term"
    ACRONYM = "acronym"
    CODE = "code"
    URL = "url"
    EMAIL = "email"
    PATH = "path"
    VERSION = "version"
    DATE = "date"
    QUANTITY = "quantity"
    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    EVENT = "event"
    PRODUCT = "product"


VALUE_KINDS: Final = frozenset(
    {
        NameKind.URL,
        NameKind.EMAIL,
        NameKind.PATH,
        NameKind.VERSION,
        NameKind.DATE,
        NameKind.QUANTITY,
    }
)
"""Kinds that say something about others: they are found and shown, but connect nothing."""


class Role(StrEnum):
    """Where a name stands, the strongest first: all but `text` make it known to the gazetteer."""

    TITLE = "title"
    HEADING = "heading"
    DEFINED = "defined"
    LINK = "link"
    TEXT = "text"
    WORDS = "words"
    """Found by the gazetteer alone: the passage has the words of a name that is known elsewhere."""


NAMING: Final = (Role.TITLE.value, Role.HEADING.value, Role.DEFINED.value, Role.LINK.value)
"""Roles that make a name known."""


class Predicate(StrEnum):
    """What a claim says of its subject and object, read from left to right."""

    IS_A = "is a"
    STANDS_FOR = "stands for"
    ALSO_KNOWN_AS = "also known as"
    DEPENDS_ON = "depends on"
    REPLACES = "replaces"
    REPLACED_BY = "replaced by"
    CAUSED_BY = "caused by"
    PART_OF = "part of"
    LINKS_TO = "links to"
    CITES = "cites"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage on its way to an extractor.

    `address` is the URI or source id of its document: relative links start there.
    """

    title: str
    heading: tuple[str, ...]
    text: str
    language: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a passage, all its occurrences together.

    Attributes:
        surface: as it is written, white space collapsed, NFKC.
        sentences: a bit for each sentence that has it (bit 0 is the first; the title and the
            headings above the passage have none).
        start: offset of the first occurrence in the passage's text; -1 if it is in none.
    """

    surface: str
    kind: str
    role: Role
    count: int = 1
    sentences: int = 0
    start: int = -1


@dataclass(frozen=True, slots=True)
class Claim:
    """A relation that a passage states: subject, predicate, and another name or a value.

    Attributes:
        subject: a name's surface.
        predicate: of `Predicate`, a field's name in lower case ("status"), or a model's word.
        object: a name's surface, or None where `value` says it.
        value: a literal ("Final", "3.12"); None where the object is a name.
        start, end: offsets of the evidence in the passage's text.
        confidence: 0 to 1.
        origin: which step found it: "pattern", "field", "table", "link", "model" …
    """

    subject: str
    predicate: str
    object: str | None = None
    value: str | None = None
    start: int = 0
    end: int = 0
    confidence: float = 1.0
    origin: str = "pattern"


@dataclass(frozen=True, slots=True)
class Extract:
    """All that was read out of one passage.

    Every subject and object of a claim is also mentioned; each surface stands once.
    """

    mentions: Sequence[Mention] = ()
    claims: Sequence[Claim] = ()


class Extractor(Protocol):
    """Reads passages: a pure function of the excerpt (and, for a model, of its weights)."""

    @property
    def name(self) -> str:
        """Name it with its version: another name means that it reads otherwise."""
        ...

    def extract(self, excerpts: Sequence[Excerpt]) -> list[Extract]:
        """Read each passage, in order."""
        ...
