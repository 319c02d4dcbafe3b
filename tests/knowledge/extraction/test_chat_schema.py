from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from knowledge.extraction.chat_schema import Answer, Entity, Relation, parse_answer

JSON = '{"entities": [{"name": "Orla", "type": "person"}], "relations": []}'
ORLA = Answer(entities=(Entity(name="Orla", type="person"),))


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"```json\n{JSON}\n```",
        f"Here is what I found:\n\n{JSON}\n\nShall I go on? {{}}",
        f'<think>The form is {{"entities": []}}, so …</think>\n{JSON}',
        f"A set {{a, b}} is not it, {{}} neither, but this is: {JSON}",
        JSON.replace('"relations": []', '"mood": "good"'),
    ],
)
def test_the_object_is_found_whatever_stands_around_it(text: str) -> None:
    assert parse_answer(text) == ORLA


def test_numbers_and_line_breaks_in_strings_are_tolerated() -> None:
    text = """{"relations": [{"subject": "Python ", "predicate": "released in",
        "object": 1991, "evidence": "released
    in 1991", "note": null}]}"""
    (relation,) = parse_answer(text).relations
    assert relation == Relation(
        subject="Python",
        predicate="released in",
        object="1991",
        evidence="released\n    in 1991",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no complete JSON object"),
        ("I cannot help with that.", "no complete JSON object"),
        (JSON[:-1], "no complete JSON object"),
        ("[" * 100_000, "no complete JSON object"),
        ('{"a":' * 100_000, "no complete JSON object"),
        ("{" * 100_000, "no complete JSON object"),
        ('{"entities": "none"}', "entities: Input should be a valid"),
        ('{"entities": [{"type": "person"}]}', r"entities\.0\.name: Field required"),
        ('{"entities": [{"name": " "}]}', r"entities\.0\.name: String should have at least 1"),
        ('{"entities": [{"name": "\\ud800"}]}', r"entities\.0\.name"),
        (
            '{"relations": [{"subject": "a", "predicate": "b", "object": "c"}]}',
            r"relations\.0\.evidence: Field required",
        ),
        ('{"entities": [' + '{"name": "a"},' * 400 + '{"name": "a"}]}', "at most 300"),
    ],
)
def test_what_does_not_fit_is_told_so_that_a_model_can_mend_it(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_answer(text)


@given(st.text(st.sampled_from('{}[]":,entitisrlao \\\n'), max_size=200))
def test_any_answer_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert isinstance(parse_answer(text), Answer)


def test_what_is_kept_is_read_again() -> None:
    assert parse_answer(ORLA.model_dump_json()) == ORLA
