"""What was learned and what people decide, as it goes in and out over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api import examples_learning as examples
from api.schemas import Body, Collection
from api.schemas_graph import LinkOut, Name, PassageOut

_Note = Annotated[str, Field(max_length=5_000, pattern=r"^[^\x00]*$")]


class GateOut(BaseModel):
    """Whether using a pattern beats not using it, on cases held back from learning it."""

    metric: str
    score: float
    baseline: float
    cases: int
    passed: bool


class PatternOut(BaseModel):
    """One version of a pattern: it holds from change `valid_from` until `valid_to`.

    `evidence` are chunks, the most telling first; `reason` says why it is in its state.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.PATTERN))

    key: str
    kind: str
    state: Literal["candidate", "active", "retired", "rejected"]
    statement: str
    data: dict[str, Any]
    support: int
    confidence: float
    lift: float
    gate: GateOut
    evidence: list[int]
    version: int
    reason: str
    valid_from: int
    valid_to: int | None


class PatternsOut(BaseModel):
    """Patterns in the order of their last changes; `since` the last one's `valid_from` goes on."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.PATTERNS))

    patterns: list[PatternOut]


class PatternHistoryOut(BaseModel):
    """All versions of a pattern, oldest first, and the passages that show the newest."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.HISTORY))

    history: list[PatternOut]
    passages: list[PassageOut]


class LearnedOut(BaseModel):
    """What a round of learning changed: keys of patterns, joined and parted names, insights."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.LEARNED))

    learned: list[str]
    changed: list[str]
    retired: list[str]
    joined: list[LinkOut]
    parted: list[LinkOut]
    insights: int


class LabelOut(BaseModel):
    """One thing said of a document; `origin` says by whom."""

    facet: str
    value: str
    confidence: float
    origin: str


class QualityOut(BaseModel):
    """How much there is to read, and how easily it reads: shares from 0 to 1.

    `readability` is null for what is not English or Japanese prose.
    """

    words: int
    boilerplate: float
    readability: float | None
    garbled: float


class LabelsOut(BaseModel):
    """What a document is (its kind, language, topics and flaws), and how well it reads."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.LABELS))

    labels: list[LabelOut]
    quality: QualityOut


class LabelledOut(BaseModel):
    """A document with a label."""

    document_id: str
    source_id: str
    title: str
    label: LabelOut


class TodoOut(BaseModel):
    """What waits for people."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.WAITING))

    duplicate_entities: list[LinkOut]
    contradictions: list[PatternOut]
    low_quality: list[LabelledOut]
    orphans: list[str]


class DecisionOut(BaseModel):
    """What somebody decided; it holds until change `valid_to`, null while it does."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.DECISION))

    seq: int
    kind: str
    subject: str
    object: str
    data: dict[str, Any]
    actor: str
    at: str
    valid_to: int | None


class DecisionsOut(BaseModel):
    """Decisions, oldest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.DECISIONS))

    decisions: list[DecisionOut]


class MergeIn(Body):
    """Two names are of one entity."""

    kind: Literal["merge"]
    first: Name
    second: Name


class ApartIn(Body):
    """Two names are not of one entity, whatever passages say."""

    kind: Literal["apart"]
    first: Name
    second: Name


class SplitIn(Body):
    """A name is none of its entity's."""

    kind: Literal["split"]
    name: Name


class RenameIn(Body):
    """An entity is called so."""

    kind: Literal["rename"]
    name: Name
    label: Name


class LabelIn(Body):
    """A document is this; it goes before the machine's word and teaches it."""

    kind: Literal["label"]
    document: Annotated[str, Field(min_length=1, max_length=4_096, pattern=r"^[^\x00]+$")]
    facet: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]
    value: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
    collection: Collection | None = None


class SettleIn(Body):
    """A contradiction was looked into."""

    kind: Literal["settle"]
    key: Name
    note: _Note = ""


AnyDecisionIn = MergeIn | ApartIn | SplitIn | RenameIn | LabelIn | SettleIn
DecisionIn = Annotated[AnyDecisionIn, Field(discriminator="kind")]


class ReplayedOut(BaseModel):
    """How many lines were taken in, held already, or wait for a document that is not here."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.REPLAYED))

    replayed: int
    unchanged: int
    waiting: int


class FiguresOut(BaseModel):
    """How well a pattern is founded."""

    support: int
    confidence: float
    lift: float
    gate: GateOut


class PatternChangeOut(BaseModel):
    """A pattern as it is since change `seq`."""

    key: str
    kind: str
    state: Literal["candidate", "active", "retired", "rejected"]
    statement: str
    data: dict[str, Any]
    figures: FiguresOut
    evidence: list[int]
    version: int
    reason: str
    seq: int


class PatternChangesOut(BaseModel):
    """Patterns that changed, in the order of their changes.

    `next` is the cursor to go on with. `purged` is the newest change that purged a document, 0 for
    none: patterns that it was evidence of are gone without a trace, so whoever sees a new one
    forgets all patterns and begins again at 0.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.CHANGED_PATTERNS))

    patterns: list[PatternChangeOut]
    next: int
    purged: int


class ChangeLineOut(BaseModel):
    """A line of the change log without its details."""

    seq: int
    at: str
    kind: str
    collection: str
    document_id: str | None
    subject: str


class ChangesOut(BaseModel):
    """Lines of the change log, oldest first; `next` is the cursor to go on with."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.CHANGES))

    changes: list[ChangeLineOut]
    next: int
