"""Learns from logs which messages there are, and which come after which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from foundation.ids import ChunkId
from knowledge.patterns.gating import gate
from knowledge.patterns.log_lines import LogLine, is_log, read_lines
from knowledge.patterns.log_masks import text_of, words_of
from knowledge.patterns.log_templates import Matcher, Words, learn
from knowledge.patterns.model import Finding, Gate, Passage, PatternKind, held_back

_LEAST_SUPPORT: Final = 3
_LEAST_LIFT: Final = 2.0
"""A message that cannot follow itself leaves its place to the others: that is no order yet."""

_MOST_FINDINGS: Final = 2000
_MOST_EVIDENCE: Final = 5
_LEVEL: Final = 0.01
"""Chance at which a sequence counts as none, over all pairs that were looked at together."""

_Pair = tuple[Words, Words]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A log line with its place and its template."""

    chunk_id: ChunkId
    case: str
    line: LogLine
    words: Words
    held: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """From one template to the next different one in a log."""

    pair: _Pair
    entry: _Entry


def mine_logs(passages: Sequence[Passage]) -> list[Finding]:
    """Find log templates and sequences of them.

    Passages of documents that are no logs, and lines without a header (stack traces), are left
    out. What is held back for the gates are passages, chosen by their document and text.

    A template's `data`: template, level, component, example, documents, and per_thousand (lines
    of all). Its support are lines, its confidence is the share of held-back lines that exactly one
    of the templates learned on the others fits; the baseline remembers whole lines.

    A sequence's `data`: first, then (templates), chance (how often `then` follows anything). Its
    support are steps from the one to the other, repetitions of a message not counted. Predicting
    `then` after `first` has to beat predicting what follows most often in that log.

    Returns:
        Templates, then sequences, those with most support first, at most 2,000 each.
    """
    entries = _entries(passages)
    templates = learn(entry.words for entry in entries)
    steps = _steps(entries, templates)
    return [*_templates(entries, templates), *_sequences(steps)]


def _entries(passages: Sequence[Passage]) -> list[_Entry]:
    """Read each document's lines; sorted by their text, passages are in the order of time."""
    documents: dict[str, list[Passage]] = defaultdict(list)
    for passage in sorted(passages, key=lambda each: (each.case, each.text, each.chunk_id)):
        documents[passage.case].append(passage)
    entries = []
    for case, parts in documents.items():
        texts = [(part, text) for part in parts for text in part.text.splitlines() if text.strip()]
        lines = read_lines([text for _, text in texts])
        if is_log(lines):
            held = {id(part): held_back(f"{case}\0{part.text}") for part in parts}
            entries += [
                _Entry(part.chunk_id, case, line, words_of(line.message), held[id(part)])
                for (part, _), line in zip(texts, lines, strict=True)
                if line.headed and line.message
            ]
    return entries


def _templates(entries: Sequence[_Entry], templates: Mapping[Words, Words]) -> list[Finding]:
    by_template: dict[Words, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_template[templates[entry.words]].append(entry)
    rest = [entry for entry in entries if not entry.held]
    matcher = Matcher(learn(entry.words for entry in rest).values())
    known = {entry.line.text for entry in rest}
    common = [item for item in by_template.items() if len(item[1]) >= _LEAST_SUPPORT]
    common.sort(key=lambda item: (-len(item[1]), item[0]))
    return [
        _template(template, found, len(entries), _template_gate(found, matcher, known))
        for template, found in common[:_MOST_FINDINGS]
    ]


def _template_gate(found: Sequence[_Entry], matcher: Matcher, known: set[str]) -> Gate:
    held = [entry for entry in found if entry.held]
    fits = {words: len(matcher.matches(words)) == 1 for words in {entry.words for entry in held}}
    return gate(
        "share of held-back lines that one template fits",
        [fits[entry.words] for entry in held],
        [entry.line.text in known for entry in held],
    )


def _template(words: Words, found: Sequence[_Entry], lines: int, passed: Gate) -> Finding:
    text = text_of(words)
    level = _most_frequent([entry.line.level for entry in found])
    component = _most_frequent([entry.line.component for entry in found])
    source = " ".join(filter(None, (component, f"({level})" if level else "")))
    return Finding(
        key=f"{PatternKind.LOG_TEMPLATE}: {text.casefold()}",
        kind=PatternKind.LOG_TEMPLATE,
        statement=f"{source or 'A log'} says: {text}",
        data={
            "template": text,
            "level": level,
            "component": component,
            "example": min(entry.line.message for entry in found),
            "documents": len({entry.case for entry in found}),
            "per_thousand": round(1000 * len(found) / lines, 3),
        },
        support=len(found),
        confidence=passed.score,
        lift=1.0,
        evidence=_evidence(found),
        gate=passed,
    )


def _steps(entries: Sequence[_Entry], templates: Mapping[Words, Words]) -> list[_Step]:
    return [
        _Step((templates[here.words], templates[after.words]), here)
        for here, after in pairwise(entries)
        if here.case == after.case and templates[here.words] != templates[after.words]
    ]


def _sequences(steps: Sequence[_Step]) -> list[Finding]:
    """Keep the pairs that follow each other more often than chance would have it."""
    from scipy.special import bdtrc

    by_pair: dict[_Pair, list[_Step]] = defaultdict(list)
    for step in steps:
        by_pair[step.pair].append(step)
    common = [item for item in by_pair.items() if len(item[1]) >= _LEAST_SUPPORT]
    common.sort(key=lambda item: (-len(item[1]), item[0]))
    chances = _chances(steps, [pair for pair, _ in common])
    firsts = Counter(step.pair[0] for step in steps)
    told = [
        pair
        for pair, found in common
        if len(found) >= _LEAST_LIFT * chances[pair] * firsts[pair[0]]
        and bdtrc(len(found) - 1, firsts[pair[0]], chances[pair]) <= _LEVEL / len(by_pair)
    ]
    gates = _sequence_gates(steps, told[:_MOST_FINDINGS])
    return [
        _sequence(pair, by_pair[pair], firsts[pair[0]], chances[pair], passed)
        for pair, passed in gates.items()
    ]


def _chances(steps: Sequence[_Step], pairs: Sequence[_Pair]) -> dict[_Pair, float]:
    """Tell how often each pair's second template would follow its first in logs without order.

    Each log is taken by itself: what is in another log could not have come.
    """
    lengths = Counter(step.entry.case for step in steps)
    thens = Counter((step.entry.case, step.pair[1]) for step in steps)
    cases: dict[Words, Counter[str]] = defaultdict(Counter)
    for step in steps:
        cases[step.pair[0]][step.entry.case] += 1
    return {
        (first, then): sum(
            times * thens[case, then] / lengths[case] for case, times in cases[first].items()
        )
        / cases[first].total()
        for first, then in pairs
    }


def _sequence_gates(steps: Sequence[_Step], pairs: Sequence[_Pair]) -> dict[_Pair, Gate]:
    """Judge each pair by the steps from its first template in held-back passages."""
    rest = Counter(step.pair for step in steps if not step.entry.held)
    thens: dict[str, Counter[Words]] = defaultdict(Counter)
    for step in steps:
        if not step.entry.held:
            thens[step.entry.case][step.pair[1]] += 1
    usual = {case: max(came, key=lambda then: (came[then], then)) for case, came in thens.items()}
    after: dict[Words, list[_Step]] = defaultdict(list)
    for step in steps:
        if step.entry.held:
            after[step.pair[0]].append(step)
    return {
        (first, then): gate(
            "accuracy of the next message",
            [rest[first, then] >= _LEAST_SUPPORT and then == step.pair[1] for step in after[first]],
            [usual.get(step.entry.case) == step.pair[1] for step in after[first]],
            level=_LEVEL,
        )
        for first, then in pairs
    }


def _sequence(
    pair: _Pair, found: Sequence[_Step], firsts: int, chance: float, passed: Gate
) -> Finding:
    first, then = map(text_of, pair)
    confidence = len(found) / firsts
    return Finding(
        key=f"{PatternKind.LOG_SEQUENCE}: {first.casefold()} -> {then.casefold()}",
        kind=PatternKind.LOG_SEQUENCE,
        statement=f"After “{first}” comes “{then}” in {confidence:.0%} of cases, "
        f"{confidence / chance:.1f} times as often as by chance.",
        data={"first": first, "then": then, "chance": round(chance, 6)},
        support=len(found),
        confidence=confidence,
        lift=confidence / chance,
        evidence=_evidence([step.entry for step in found]),
        gate=passed,
    )


def _most_frequent(names: Sequence[str]) -> str:
    counts = Counter(names)
    return max(counts, key=lambda name: (counts[name], name), default="")


def _evidence(found: Sequence[_Entry]) -> tuple[ChunkId, ...]:
    """Choose the passages that show it most often."""
    counts = Counter(entry.chunk_id for entry in found)
    return tuple(sorted(counts, key=lambda chunk: (-counts[chunk], chunk))[:_MOST_EVIDENCE])
