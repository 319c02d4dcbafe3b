"""Embeddings by the model in service."""

from __future__ import annotations

from fastapi import APIRouter

from api.openai.embedding import embed, written
from api.openai.errors import Refusal, refusals
from api.openai.schemas import EmbeddingOut, EmbeddingsIn, EmbeddingsOut, UsageOut
from api.routes.openai.asking import Asking
from api.routes.strict import StrictRoute

router = APIRouter(
    prefix="/v1/embeddings", tags=["openai"], route_class=StrictRoute, responses=refusals()
)


@router.post("")
def create(asker: Asking, body: EmbeddingsIn) -> EmbeddingsOut:
    """Embed texts, as OpenAI's clients ask for it."""
    texts = [body.input] if isinstance(body.input, str) else body.input
    if not all(isinstance(text, str) for text in texts):
        raise Refusal(
            "input is tokens of another model's: send the texts themselves", param="input"
        )
    found = embed(
        asker,
        [str(text) for text in texts],
        model=body.model,
        dimensions=body.dimensions,
        queries=body.input_type == "query",
    )
    rows = written(found.vectors, as_base64=body.encoding_format == "base64")
    return EmbeddingsOut(
        data=[EmbeddingOut(index=index, embedding=row) for index, row in enumerate(rows)],
        model=found.model,
        usage=UsageOut(prompt_tokens=found.tokens, total_tokens=found.tokens),
    )
