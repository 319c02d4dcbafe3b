"""Every setting there is: read once at the edge, from variables that begin with ELDERS_."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from foundation.errors import InvalidInput

PREFIX = "ELDERS_"
_SECRETS_DIR = f"{PREFIX}SECRETS_DIR"

_Known = TypeVar("_Known", bound=BaseSettings)

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""0 to 1."""

Seconds = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Price = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
HttpUrl = Annotated[AnyHttpUrl, AfterValidator(lambda url: str(url).rstrip("/"))]
"""An http or https address, handed on as text without a slash at its end."""


class Settings(BaseSettings):
    """What can be set, with its default. Inward go the values, never this object.

    An empty variable counts as not set.

    Attributes:
        secrets_dir: a folder of files that are named like variables and hold their values, for
            what must not stand in the environment; a variable that is set goes before its file.
        home: the folder of everything that is kept. In the user's home, not in the working
            folder: a command must find the same knowledge wherever it is called.
        models_dir: where models that were prepared for this machine are kept; all homes share it,
            and it may be deleted.
        database_url: a PostgreSQL server; without it the truth is a SQLite file in the home.
        database_pool_min_connections: connections to PostgreSQL held open.
        database_pool_max_connections: connections to PostgreSQL at the most.
        lock_timeout_seconds: how long a writer waits for another one.
        embedder: a name from the registry of embedders.
        embedder_precision: of the packaged model; int8 is faster and keeps 89 % of the top ten.
        merge_threshold: the similarity from which a near duplicate is merged.
        review_threshold: the similarity from which people are asked.
        dense_weight: the share of dense search in a fused score, the rest is BM25's; it holds for
            the packaged models, for which it was tuned (others are fused by rank).
        synonym_weight: of a word of another name for what is asked, against one of the query's own;
            0 asks for nothing but the query's.
        ranker: `auto` orders what was found by the learned ranker (the home's own, or the one that
            comes with the program), `none` leaves it as it was fused.
        reranker: what reads the best passages again: `none`, `cross-encoder:MODEL`, `maxsim` or
            `maxsim:MODEL`.
        rerank_depth: how many of the best passages it reads.
        answer_threshold: the confidence from which on a question is answered; below it is "not
            found".
        openai_base_url: an OpenAI-compatible endpoint, up to and including /v1.
        openai_api_key: its key.
        openai_model: the model asked for there.
        extractor: what reads names and claims in passages: `rules`, `spacy:PIPELINE`,
            `gliner:MODEL` or `chat`.
        cache_entries: answers to searches kept in memory at the most; 0 keeps none, and no vectors
            of queries.
        cache_bytes: the memory that they may take.
        cache_url: a Redis server in which several processes share answers.
        cache_ttl_seconds: how long an answer is kept if nothing changes and it is rarely asked for.
        cache_warm_queries: how many of the most frequent searches are asked when a server starts.
        semantic_cache_threshold: the cosine from which a question worded differently may be
            answered from the cache; without it none is.
        llm_base_url: an OpenAI-compatible endpoint of a language model, up to and including /v1.
        llm_api_key: its key.
        llm_model: the model asked for there.
        llm_token_budget: tokens that one process may spend on extraction; without it no limit.
        llm_prompt_price: of a million tokens, in any currency, for estimates.
        llm_completion_price: of a million tokens, for estimates.
        chroma_url: a `chroma run` server; without it the vectors are indexed in the home.
        audit_key: the private key that signs the audit log, in PEM form, or its file; without it
            the file `audit.key` in the home, which is made when it is first needed.
        audit_checkpoints: the file to which signed checkpoints of the audit log are appended;
            without it `audit.checkpoints` in the home. Best kept where nobody can rewrite it.
        batch_records: how many records are held in memory and committed together.
        max_document_bytes: the largest document that is read.
        parse_timeout_seconds: how long parsing one document may take.
        parse_memory_bytes: how much memory a parsing child process may use.
        ready_free_bytes: with less room on the home's disk a server says that it is not ready.
        requests_running: requests over HTTP at work at once, of each operation.
        requests_waiting: requests that may wait for that, of each operation; others are refused.
        requests_patience_seconds: how long a request may wait for that; those that would have to
            wait longer, as fast as it goes on, are refused at once.
        search_threads: whole searches that one process works out at once. More than the cores that
            it uses helps only where it waits for others: a model behind a URL.
        search_patience_seconds: how long a search over HTTP may take before it is answered by
            words alone.
        body_silence_seconds: for how long no byte of a request's body may come, and nothing of an
            answer be taken.
        body_bytes_per_second: of it that must come on the average, beyond those seconds.
        bodies_bytes: of requests' bodies in memory, all together; beyond it they are refused.
        partial_graphs: sets of rights whose part of the graph is kept in memory.
        job_quota: jobs that one principal may have waiting and running.
        job_bytes: of uploads that wait in the home's folder `jobs`, all together.
        file_quota_bytes: that the uploaded files of one principal may hold, all together.
        protection: what is done with sensitive values, by collection: `patients=redact,*=keep`, or
            a JSON object; without it nothing is looked for.
        protection_keys: keys for pseudonyms and encryption, parted by commas, the newest first.
        log_level: the least that is logged.
        log_format: `console` for people, `json` for machines.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    secrets_dir: Path | None = None
    home: Path = Field(default=Path("~/.elders"), validate_default=True)
    models_dir: Path = Field(default=Path("~/.cache/elders-guild/models"), validate_default=True)
    database_url: SecretStr | None = None
    database_pool_min_connections: int = Field(default=10, ge=0)
    database_pool_max_connections: Count = 50
    lock_timeout_seconds: Seconds = 30.0
    embedder: str = "minilm"
    embedder_precision: Literal["fp32", "int8"] = "fp32"
    merge_threshold: Share = 0.85
    review_threshold: Share = 0.6
    dense_weight: Share = 0.5
    synonym_weight: Share = 0.1
    answer_threshold: Share = 0.5
    ranker: Literal["auto", "none"] = "auto"
    reranker: str = "none"
    rerank_depth: Count = 50
    openai_base_url: HttpUrl | None = None
    openai_api_key: SecretStr | None = None
    openai_model: str | None = None
    extractor: str = "rules"
    cache_entries: int = Field(default=10_000, ge=0)
    cache_bytes: Count = 200_000_000
    cache_url: SecretStr | None = None
    cache_ttl_seconds: Seconds = 3_600.0
    cache_warm_queries: int = Field(default=100, ge=0)
    semantic_cache_threshold: Share | None = None
    llm_base_url: HttpUrl | None = None
    llm_api_key: SecretStr | None = None
    llm_model: str | None = None
    llm_token_budget: Count | None = None
    llm_prompt_price: Price = 0.0
    llm_completion_price: Price = 0.0
    chroma_url: HttpUrl | None = None
    audit_key: SecretStr | None = None
    audit_checkpoints: Path | None = None
    batch_records: Count = 1000
    max_document_bytes: Count = 200_000_000
    parse_timeout_seconds: Seconds = 60.0
    parse_memory_bytes: Count = 2_000_000_000
    ready_free_bytes: int = Field(default=64_000_000, ge=0)
    requests_running: Count = 32
    requests_waiting: int = Field(default=256, ge=0)
    requests_patience_seconds: Seconds = 2.0
    search_threads: Count = 4
    search_patience_seconds: Seconds = 5.0
    body_silence_seconds: Seconds = 30.0
    body_bytes_per_second: Count = 10_000
    bodies_bytes: Count = 400_000_000
    partial_graphs: Count = 8
    job_quota: Count = 10
    job_bytes: Count = 1_000_000_000
    file_quota_bytes: Count = 10_000_000_000
    protection: str | None = None
    protection_keys: SecretStr | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    @field_validator("home", "models_dir", "audit_checkpoints")
    @classmethod
    def _absolute(cls, home: Path | None) -> Path | None:
        try:
            return home and home.expanduser().absolute()
        except RuntimeError as error:
            raise ValueError("the user has no home folder: name the folder in full") from error

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _ordered("review_threshold", self.review_threshold, "merge_threshold", self.merge_threshold)
        _ordered(
            "database_pool_min_connections",
            self.database_pool_min_connections,
            "database_pool_max_connections",
            self.database_pool_max_connections,
        )
        return self


def load_settings(**overrides: Any) -> Settings:
    """Read the environment and the folder of secrets.

    Args:
        overrides: settings by name, which go before the environment.

    Raises:
        InvalidInput: as `read_settings`.
    """
    return read_settings(Settings, overrides)


def read_settings(kind: type[_Known], overrides: Mapping[str, Any]) -> _Known:
    """Read settings of a kind: what overrides, else a variable, else a file of its name.

    Raises:
        InvalidInput: a variable or a file has a wrong value, or can't be read. The message names
            the variable and says what is wrong, but never repeats the value, which may be a secret.
    """
    folder = overrides.get("secrets_dir") or os.environ.get(_SECRETS_DIR) or None
    if folder is not None:
        _check_secrets(Path(folder))
    try:
        return kind(_secrets_dir=folder, **overrides)
    except ValidationError as error:
        found = [
            f"{PREFIX}{str(item['loc'][0]).upper()}: {item['msg']}" if item["loc"] else item["msg"]
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise InvalidInput("; ".join(found)) from None
    except SettingsError as error:  # it names the setting and its source, not the value
        raise InvalidInput(f"{error}: is it text?") from None


def _check_secrets(folder: Path) -> None:
    """Refuse what would silently count as not set: a file that is empty, or can't be read."""
    try:
        files = [each for each in folder.iterdir() if each.name.upper().startswith(PREFIX)]
        empty = sorted(each.name for each in files if not each.read_bytes().strip())
    except OSError as error:
        told = f"{error.filename} can't be read ({error.strerror})"
        raise InvalidInput(f"{_SECRETS_DIR}: {told}") from error
    if empty:
        raise InvalidInput(f"{_SECRETS_DIR}: {', '.join(empty)} in {folder} holds nothing")


def _ordered(low_name: str, low: float, high_name: str, high: float) -> None:
    if low > high:
        raise ValueError(
            f"{PREFIX}{low_name.upper()} ({low:g}) is above {PREFIX}{high_name.upper()} ({high:g})"
        )
