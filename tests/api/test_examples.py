"""The examples in the OpenAPI document are what the routes would really answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from api import KnowledgeBase, schemas
from api.app import create_app

ANSWERS = (
    schemas.ResultOut,
    schemas.ResultsOut,
    schemas.DocumentOut,
    schemas.VersionsOut,
    schemas.SearchOut,
    schemas.HealthOut,
    schemas.ReadyOut,
)


@pytest.fixture
def openapi(home: Path) -> Iterator[dict[str, Any]]:
    with KnowledgeBase.open(home, background=False) as base:
        yield create_app(base, max_body_bytes=1_000).openapi()


@pytest.mark.parametrize("model", ANSWERS)
def test_an_example_is_a_whole_answer(model: type[BaseModel], openapi: dict[str, Any]) -> None:
    (example,) = openapi["components"]["schemas"][model.__name__]["examples"]
    assert model.model_validate(example).model_dump() == example


def test_every_answer_and_both_forms_of_a_push_have_an_example(openapi: dict[str, Any]) -> None:
    named = {model.__name__ for model in ANSWERS}
    for path, methods in openapi["paths"].items():
        for operation in methods.values():
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert schema["$ref"].rpartition("/")[2] in named, path
    forms = openapi["paths"]["/v1/documents"]["post"]["requestBody"]["content"]
    assert all(form["example"] for form in forms.values())
