"""Extractors by name, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from foundation.breaker import Breakers
from foundation.errors import InvalidInput
from knowledge.extraction.budget import TokenBudget
from knowledge.extraction.cache import ExtractionCache, MemoryCache
from knowledge.extraction.chat import ChatExtractor, open_chat_model
from knowledge.extraction.combined import CombinedExtractor
from knowledge.extraction.model import Extractor


@dataclass(frozen=True, slots=True)
class ExtractorOptions:
    """What extractors need beyond their names.

    Attributes:
        llm_base_url: a service that speaks the OpenAI protocol, up to and including /v1.
        llm_api_key: its key; empty for none.
        llm_model: what it calls the model.
        llm_token_budget: tokens that may be spent; None for no limit.
        llm_timeout_seconds: for one answer.
        llm_concurrency: questions under way at once.
        cache: where the model's answers are kept.
        breakers: where the model's is, for whoever watches them.
    """

    llm_base_url: str = ""
    llm_api_key: str = field(default="", repr=False)
    llm_model: str = ""
    llm_token_budget: int | None = None
    llm_timeout_seconds: float = 60.0
    llm_concurrency: int = 4
    cache: ExtractionCache = field(default_factory=MemoryCache)
    breakers: Breakers = field(default_factory=Breakers)


_FORMS: Final[Mapping[str, str]] = MappingProxyType(
    {"rules": "rules", "spacy": "spacy:PIPELINE", "gliner": "gliner:MODEL", "chat": "chat"}
)
_RULES: Final = "knowledge.extraction.rules:RuleExtractor"
_MODELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "spacy": "knowledge.extraction.spacy_models:SpacyExtractor",
        "gliner": "knowledge.extraction.gliner_models:GlinerExtractor",
    }
)
"""By what stands before the colon, "module:class" of what reads what stands behind it."""


def open_extractor(spec: str, options: ExtractorOptions) -> Extractor:
    """Open an extractor by its name; all but the first unite a model with the rules.

    - `rules`: patterns and word lists; the default, needs nothing.
    - `spacy:PIPELINE`: any installed pipeline of spaCy's, or a folder that holds one.
    - `gliner:MODEL`: any GLiNER model on the hub, or in a folder.
    - `chat`: a language model at any service that speaks the OpenAI protocol.

    Raises:
        InvalidInput: the name is unknown or incomplete.
        Unavailable: a package or a model is not installed; the message names the extra.
    """
    name, _, model = spec.partition(":")
    form = _FORMS.get(name)
    if form is None:
        known = ", ".join(_FORMS.values())
        raise InvalidInput(f"there is no extractor {spec[:80]!r}; choose one of {known}")
    if ":" in spec and ":" not in form:
        raise InvalidInput(f"the extractor {name!r} has no models to choose from; write {name}")
    rules = _opener(_RULES)()
    if name == "rules":
        return rules
    if name == "chat":
        return CombinedExtractor(rules, open_chat_extractor(options))
    return CombinedExtractor(rules, _opener(_MODELS[name])(model))


def open_chat_extractor(options: ExtractorOptions) -> ChatExtractor:
    """Open the language model alone, for whoever wants its estimate or its report.

    Raises:
        InvalidInput: the service or the model is not named.
        Unavailable: the package that speaks to it is not installed.
    """
    model = open_chat_model(
        options.llm_base_url, options.llm_api_key, options.llm_model, options.llm_timeout_seconds
    )
    return ChatExtractor(
        model,
        model_name=options.llm_model,
        cache=options.cache,
        budget=TokenBudget(options.llm_token_budget),
        concurrency=options.llm_concurrency,
        breakers=options.breakers,
    )


def _opener(place: str) -> Callable[..., Extractor]:
    module, _, attribute = place.partition(":")
    opener: Callable[..., Extractor] = operator.attrgetter(attribute)(
        importlib.import_module(module)
    )
    return opener
