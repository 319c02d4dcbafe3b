from __future__ import annotations

import base64
from typing import Any

import numpy as np
import openai
import pytest

from api import KnowledgeBase
from api.openai.embedding import MOST_TEXTS, written
from tests.api.openai.conftest import Client

TEXTS = ["The door opens at nine.", "扉は九時に開きます。", "🚪"]


def test_the_client_gets_the_vectors_that_searches_use(
    lasting: Client, shared: KnowledgeBase
) -> None:
    answer = lasting.embeddings.create(model="hashing", input=TEXTS)
    expected = shared.platform.parts.retrieval.serving().embedder.embed_documents(TEXTS)
    assert np.array([each.embedding for each in answer.data]) == pytest.approx(expected)
    assert [each.index for each in answer.data] == [0, 1, 2]
    assert answer.model == "hashing"
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 10


def test_numbers_and_bytes_say_the_same(lasting: Client) -> None:
    """The client asks for bytes unless told otherwise."""
    one = lasting.embeddings.create(model="hashing", input=TEXTS[0]).data[0].embedding
    same = lasting.embeddings.create(model="hashing", input=TEXTS[0], encoding_format="float")
    assert one == pytest.approx(same.data[0].embedding)


def test_bytes_are_little_endian_floats() -> None:
    vectors = np.array([[0.5, -1.0]], np.float32)
    assert written(vectors, as_base64=False) == [[0.5, -1.0]]
    (text,) = written(vectors, as_base64=True)
    assert isinstance(text, str)
    assert base64.b64decode(text) == b"\x00\x00\x00\x3f\x00\x00\x80\xbf"


def test_the_models_own_name_and_dimensions_are_taken(
    lasting: Client, shared: KnowledgeBase
) -> None:
    served = shared.platform.parts.retrieval.serving()
    name, dimension = served.embedder.name, served.embedder.dimension
    answer = lasting.embeddings.create(model=name, input="x", dimensions=dimension, user="ada")
    assert len(answer.data[0].embedding) == dimension
    query = lasting.embeddings.create(
        model=name, input="a question", extra_body={"input_type": "query"}
    )
    assert query.data[0].embedding == pytest.approx(served.embedder.embed_query("a question"))


def test_another_model_is_refused_and_the_one_there_is_named(lasting: Client) -> None:
    with pytest.raises(openai.NotFoundError, match="ask for hashing") as caught:
        lasting.embeddings.create(model="text-embedding-3-small", input="x")
    assert caught.value.code == "model_not_found"
    assert caught.value.param == "model"


@pytest.mark.parametrize(
    ("wanted", "param", "told"),
    [
        ({"input": [1, 2, 3]}, "input", "send the texts themselves"),
        ({"input": [[1, 2], [3]]}, "input", "send the texts themselves"),
        ({"input": ""}, "input", "is empty"),
        ({"input": ["fine", ""]}, "input", r"input\[1\] is empty"),
        ({"input": []}, "input", "at least 1"),
        ({"input": ["x"] * (MOST_TEXTS + 1)}, "input", "at most 2048"),
        ({"input": "語" * 9_000}, "input", "9,000 tokens"),
        ({"input": ["語" * 8_000] * 38}, "input", "300,000 are taken at once"),
        ({"input": "x", "dimensions": 8}, "dimensions", "can't shorten"),
        ({"input": "x", "encoding_format": "int8"}, "encoding_format", "'float' or 'base64'"),
        ({"input": "x", "extra_body": {"truncate": True}}, "truncate", "Extra inputs"),
    ],
)
def test_what_cant_be_embedded_is_refused_with_the_parameter(
    lasting: Client, wanted: dict[str, Any], param: str, told: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=told) as caught:
        lasting.embeddings.create(model="hashing", **wanted)
    assert str(caught.value.param).startswith(param)
    assert caught.value.type == "invalid_request_error"
