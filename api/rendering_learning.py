"""From what was learned and decided to what goes out, over HTTP and from commands alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from api.rendering_graph import until
from api.schemas_graph import LinkOut
from api.schemas_learning import (
    ChangeLineOut,
    DecisionOut,
    LabelledOut,
    LabelOut,
    LearnedOut,
    PatternChangeOut,
    PatternOut,
    QualityOut,
)
from foundation.clock import to_datetime
from knowledge.classification.model import Label, Quality
from knowledge.curation import Decision
from knowledge.graph.model import Link
from knowledge.labelling import Labelled
from knowledge.learning import Learned
from knowledge.model import Change
from knowledge.patterns.model import Pattern


def pattern_out(pattern: Pattern) -> PatternOut:
    """Render a version of a pattern."""
    fields = asdict(pattern) | {"valid_to": until(pattern.valid_to)}
    return PatternOut.model_validate(fields)


def pattern_change_out(pattern: Pattern) -> PatternChangeOut:
    """Render a pattern for those who follow what is learned."""
    fields = asdict(pattern)
    return PatternChangeOut.model_validate(fields | {"figures": fields, "seq": pattern.valid_from})


def learned_out(learned: Learned) -> LearnedOut:
    """Render what a round of learning did."""
    done = learned.patterns
    return LearnedOut(
        learned=_keys(done.learned),
        changed=_keys(done.changed),
        retired=_keys(done.retired),
        joined=links_out(learned.joined),
        parted=links_out(learned.parted),
        insights=learned.insights,
    )


def links_out(links: Iterable[Link]) -> list[LinkOut]:
    """Render what makes names one."""
    return [LinkOut.model_validate(asdict(link)) for link in links]


def label_out(label: Label) -> LabelOut:
    """Render a label."""
    return LabelOut.model_validate(asdict(label))


def quality_out(quality: Quality) -> QualityOut:
    """Render a document's measures."""
    return QualityOut.model_validate(asdict(quality))


def labelled_out(labelled: Labelled) -> LabelledOut:
    """Render a document with a label."""
    return LabelledOut.model_validate(asdict(labelled))


def decision_out(decision: Decision) -> DecisionOut:
    """Render a decision."""
    fields = asdict(decision) | {
        "at": to_datetime(decision.at).isoformat(),
        "valid_to": until(decision.valid_to),
    }
    return DecisionOut.model_validate(fields)


def change_line_out(change: Change) -> ChangeLineOut:
    """Render a line of the change log without its details."""
    fields = asdict(change) | {"at": to_datetime(change.at).isoformat()}
    return ChangeLineOut.model_validate(fields)


def _keys(patterns: Iterable[Pattern]) -> list[str]:
    return [pattern.key for pattern in patterns]
