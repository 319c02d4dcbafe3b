"""What a document is: the labels that a machine or a person puts on it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from foundation.errors import InvalidInput


class DocumentKind(StrEnum):
    """What a document is for its reader; OTHER where nothing speaks for any of the rest."""

    HOW_TO = "how-to"
    REFERENCE = "reference"
    CONCEPT = "concept"
    INCIDENT = "incident"
    TASK = "task"
    LOG = "log"
    CODE = "code"
    TABLE = "table"
    CONVERSATION = "conversation"
    NEWS = "news"
    OTHER = "other"


class Facet(StrEnum):
    """In what respect a label describes a document; people may use further ones."""

    KIND = "kind"
    LANGUAGE = "language"
    TOPIC = "topic"
    QUALITY = "quality"


class Origin(StrEnum):
    """Who says so."""

    FEATURES = "features"
    PROTOTYPES = "prototypes"
    COMBINED = "combined"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Label:
    """One thing said of a document.

    Attributes:
        facet: of `Facet`, or a person's own.
        value: of `DocumentKind` for a kind, an ISO 639-1 code for a language, a term for a topic,
            of `Flaw` for a quality.
        confidence: 0 to 1; of a kind, how often such a label is right.
        origin: of `Origin`.

    Raises:
        InvalidInput: the confidence is no number from 0 to 1, or the facet or the value is empty.
    """

    facet: str
    value: str
    confidence: float
    origin: str

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise InvalidInput(f"a label's confidence is from 0 to 1, not {self.confidence}")
        if not (self.facet and self.value):
            raise InvalidInput(f"a label needs a facet and a value, but is {self}")


class Flaw(StrEnum):
    """What makes a document poor: a value of the facet QUALITY."""

    EMPTY = "empty"
    VERY_SHORT = "very short"
    BOILERPLATE = "mostly boilerplate"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Quality:
    """How much there is to read in a document, and how easily it reads.

    Attributes:
        words: between blanks, plus one for every two characters of Japanese, Chinese and Korean.
        boilerplate: share of the characters that say nothing of the subject: navigation, cookie
            notices, licences, repeated lines; 0 to 1.
        readability: 0 (hard) to 1 (easy); None for text that is not English or Japanese prose.
        garbled: share of characters that no reader can read: broken encodings, binary data; 0 to 1.
    """

    words: int
    boilerplate: float
    readability: float | None
    garbled: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a document may be of a kind: one feature, and what it adds to the kind's score.

    Attributes:
        kind: that it speaks for, or against where the weight is negative.
        feature: its name, such as "log lines".
        value: how strongly the document has it, 0 to 1.
        weight: what the feature is worth to the kind.
    """

    kind: DocumentKind
    feature: str
    value: float
    weight: float

    @property
    def points(self) -> float:
        """What it adds to the kind's score."""
        return self.value * self.weight
