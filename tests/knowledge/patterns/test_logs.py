from __future__ import annotations

import random

import pytest

from foundation.ids import ChunkId
from knowledge.patterns.logs import mine_logs
from knowledge.patterns.model import Finding, Passage, PatternKind


def log(case: str, rounds: int, seed: int) -> list[Passage]:
    """A plant's log: a pump starts and reports; in between other things happen by chance."""
    rng = random.Random(seed)
    messages = []
    for _ in range(rounds):
        pump = rng.randrange(100, 999)
        messages.append(f"INFO Pump: pump {pump} starts")
        messages.append(f"INFO Pump: pressure of pump {pump} is 3 bar")
        for _ in range(rng.randrange(2, 6)):
            happens = [
                f"INFO Door: door {rng.randrange(99)} opens",
                f"WARN Heat: heat of {rng.randrange(99)} °C",
                f"INFO Heat: fan turns at {rng.randrange(999)} rpm",
            ]
            messages.append(rng.choices(happens, [3, 1, 1])[0])
    lines = [f"2024-05-01 {at // 3600:02}:{at // 60 % 60:02}:{at % 60:02} {message}"
             for at, message in enumerate(messages)]  # fmt: skip
    return [
        Passage(ChunkId(1000 * seed + at), case, "", (), "\n".join(lines[at : at + 5]))
        for at in range(0, len(lines), 5)
    ]


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return [*log("plant/a.log", 80, 1), *log("plant/b.log", 80, 2)]


@pytest.fixture(scope="module")
def findings(passages: list[Passage]) -> list[Finding]:
    return mine_logs(passages)


def of_kind(findings: list[Finding], kind: PatternKind) -> list[Finding]:
    return [finding for finding in findings if finding.kind is kind]


def test_templates_are_found_with_level_and_component(findings: list[Finding]) -> None:
    told = {
        (found.data["template"], found.data["level"], found.data["component"])
        for found in of_kind(findings, PatternKind.LOG_TEMPLATE)
    }
    assert told == {
        ("pump <*> starts", "info", "Pump"),
        ("pressure of pump <*> is <*> bar", "info", "Pump"),
        ("door <*> opens", "info", "Door"),
        ("heat of <*>", "warning", "Heat"),
        ("fan turns at <*>", "info", "Heat"),
    }


def test_templates_pass_since_they_fit_lines_that_nobody_saw(findings: list[Finding]) -> None:
    templates = of_kind(findings, PatternKind.LOG_TEMPLATE)
    assert all(found.gate.passed and found.gate.score == 1 for found in templates)
    assert {found.support for found in templates if "pump" in found.key} == {160}


def test_what_follows_is_found_and_what_comes_by_chance_is_not(findings: list[Finding]) -> None:
    sequences = {
        (found.data["first"], found.data["then"]): found
        for found in of_kind(findings, PatternKind.LOG_SEQUENCE)
        if found.gate.passed
    }
    found = sequences["pump <*> starts", "pressure of pump <*> is <*> bar"]
    assert (found.confidence, found.support) == (1, 160)
    assert found.lift > 2
    by_chance = {"door <*> opens", "heat of <*>", "fan turns at <*>"}
    assert not [pair for pair in sequences if by_chance >= set(pair)]


def test_evidence_shows_the_pattern(passages: list[Passage], findings: list[Finding]) -> None:
    texts = {passage.chunk_id: passage.text for passage in passages}
    doors = next(found for found in findings if found.data.get("template") == "door <*> opens")
    assert doors.evidence
    assert all("door" in texts[chunk] for chunk in doors.evidence)


def test_the_order_of_passages_does_not_matter(
    passages: list[Passage], findings: list[Finding]
) -> None:
    for seed in range(3):
        assert mine_logs(random.Random(seed).sample(passages, len(passages))) == findings


def test_keys_name_the_pattern_and_no_figures(findings: list[Finding]) -> None:
    more = mine_logs([*log("plant/a.log", 120, 1), *log("plant/b.log", 80, 2)])
    assert {found.key for found in findings} == {found.key for found in more}
    assert len({found.key for found in findings}) == len(findings)


def test_lines_that_repeat_word_for_word_need_no_template() -> None:
    lines = [f"2024-05-01 10:00:0{at % 3} INFO all is well" for at in range(90)]
    passages = [
        Passage(ChunkId(at), "a.log", "", (), "\n".join([*lines[at : at + 5], f"{at}"]))
        for at in range(0, 90, 5)
    ]
    (found,) = of_kind(mine_logs(passages), PatternKind.LOG_TEMPLATE)
    assert found.gate.cases > 5
    assert not found.gate.passed


def test_prose_teaches_nothing_about_logs() -> None:
    text = "The pump 7 starts.\nThe pump 8 starts.\nThe pump 9 starts."
    assert mine_logs([Passage(ChunkId(1), "a.md", "", (), text)]) == []
    assert mine_logs([]) == []
