"""The examples in the OpenAPI document are what the routes would really answer."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from api import (
    schemas,
    schemas_answers,
    schemas_cache,
    schemas_feedback,
    schemas_graph,
    schemas_health,
    schemas_jobs,
    schemas_learning,
    schemas_lists,
    schemas_restrictions,
)
from api.app import create_app
from api.openai import schemas as openai_schemas
from api.openai import schemas_stores
from tests.api.teaching import opened

ANSWERS = (
    schemas.ResultOut,
    schemas.ResultsOut,
    schemas.DocumentOut,
    schemas.VersionsOut,
    schemas.SearchOut,
    schemas_lists.DuplicatesOut,
    schemas_answers.AnswerOut,
    schemas_cache.CacheOut,
    schemas_health.FullHealthOut,
    schemas_restrictions.RestrictionsOut,
    schemas_restrictions.ChangedRestrictionsOut,
    schemas.HealthOut,
    schemas.ReadyOut,
    schemas_graph.EntityOut,
    schemas_graph.EntitiesOut,
    schemas_graph.RelationsOut,
    schemas_graph.NeighboursOut,
    schemas_graph.PassagesOut,
    schemas_graph.PathsOut,
    schemas_graph.RelatedOut,
    schemas_graph.CentralOut,
    schemas_graph.CommunitiesOut,
    schemas_graph.CommunityOut,
    schemas_graph.SubgraphOut,
    schemas_lists.DocumentsOut,
    schemas_lists.CollectionsOut,
    schemas_lists.QuarantineOut,
    schemas_lists.DiscardedOut,
    schemas_learning.PatternsOut,
    schemas_learning.PatternHistoryOut,
    schemas_learning.LearnedOut,
    schemas_learning.LabelsOut,
    schemas_learning.TodoOut,
    schemas_learning.DecisionOut,
    schemas_learning.DecisionsOut,
    schemas_learning.ReplayedOut,
    schemas_learning.PatternChangesOut,
    schemas_learning.ChangesOut,
    schemas_feedback.FeedbackOut,
    schemas_feedback.IntentsOut,
    schemas_feedback.JudgementsOut,
    openai_schemas.EmbeddingsOut,
    openai_schemas.FileOut,
    openai_schemas.FilesOut,
    openai_schemas.DeletedOut,
    schemas_stores.StoreOut,
    schemas_stores.StoresOut,
    schemas_stores.StoreFileOut,
    schemas_stores.StoreFilesOut,
    schemas_stores.BatchOut,
    schemas_stores.ContentOut,
    schemas_stores.StoreSearchOut,
    schemas_jobs.JobOut,
    schemas_jobs.JobsOut,
    schemas_jobs.FailuresOut,
)


@pytest.fixture(scope="module")
def openapi(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with opened(tmp_path_factory.mktemp("described")) as base:
        return create_app(base, max_body_bytes=1_000).openapi()


@pytest.mark.parametrize("model", ANSWERS)
def test_an_example_is_a_whole_answer(model: type[BaseModel], openapi: dict[str, Any]) -> None:
    (example,) = openapi["components"]["schemas"][model.__name__]["examples"]
    assert model.model_validate(example).model_dump() == example


def test_every_answer_and_both_forms_of_a_push_have_an_example(openapi: dict[str, Any]) -> None:
    named = {model.__name__ for model in ANSWERS}
    for path, methods in openapi["paths"].items():
        for operation in methods.values():
            answers = operation["responses"]
            for answer in answers.get("200", answers.get("202"))["content"].values():
                model = answer["schema"].get("$ref", "").rpartition("/")[2]
                assert model in named or answer["example"], path
    for path in ("/v1/documents", "/v1/jobs"):
        forms = openapi["paths"][path]["post"]["requestBody"]["content"]
        assert all(form["example"] for form in forms.values())
