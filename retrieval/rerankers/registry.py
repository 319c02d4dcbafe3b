"""Rerankers by name, each imported only when it is asked for."""

from __future__ import annotations

from typing import Final

from foundation.errors import InvalidInput
from retrieval.embedders.model import EmbedderOptions
from retrieval.rerankers.model import Reranker

NONE: Final = "none"
_KNOWN: Final = "none, cross-encoder:NAME_OR_FOLDER, maxsim, maxsim:NAME_OR_FOLDER"


def check_reranker(spec: str) -> None:
    """Refuse a name that means nothing, without loading a model.

    Raises:
        InvalidInput: there is no such kind of reranker.
    """
    kind, _, model = spec.partition(":")
    if spec not in {NONE, "maxsim"} and not (kind in {"cross-encoder", "maxsim"} and model):
        raise InvalidInput(f"there is no reranker {spec[:80]!r}; choose one of {_KNOWN}")


def open_reranker(spec: str, options: EmbedderOptions) -> Reranker | None:
    """Open a reranker by its name.

    - `none`: no reranking; the default.
    - `cross-encoder:NAME_OR_FOLDER`: any `CrossEncoder` of sentence-transformers.
    - `maxsim`: late interaction over the tokens of the packaged English model.
    - `maxsim:NAME_OR_FOLDER`: the same over any model of sentence-transformers.

    Args:
        spec: the name.
        options: of these `models_dir`, `device`, `threads` and `local_files_only` count.

    Raises:
        InvalidInput: the name is unknown or incomplete, or there is no such model.
        Unavailable: the packaged model cannot be made ready.
    """
    check_reranker(spec)
    kind, _, model = spec.partition(":")
    if spec == NONE:
        return None
    if kind == "cross-encoder":
        from retrieval.rerankers.cross_encoder import CrossEncoderReranker

        return CrossEncoderReranker(
            model, device=options.device, local_files_only=options.local_files_only
        )
    if spec == "maxsim":
        from retrieval.rerankers.late_interaction import MaxSimReranker
        from retrieval.rerankers.tokens_onnx import PackagedTokens

        return MaxSimReranker(PackagedTokens(options.models_dir, threads=options.threads))
    from retrieval.rerankers.late_interaction import MaxSimReranker
    from retrieval.rerankers.tokens_torch import TorchTokens

    return MaxSimReranker(
        TorchTokens(model, device=options.device, local_files_only=options.local_files_only)
    )
