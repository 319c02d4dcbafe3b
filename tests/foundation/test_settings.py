from __future__ import annotations

import os
from pathlib import Path

import pytest

from foundation.errors import InvalidInput
from foundation.security.settings import load_security_settings
from foundation.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ELDERS_"):
            monkeypatch.delenv(name)


def test_everything_has_a_default_but_what_is_optional() -> None:
    settings = load_settings()
    assert settings.database_url is None
    assert (settings.merge_threshold, settings.review_threshold) == (0.85, 0.6)
    assert (settings.embedder, settings.embedder_precision) == ("minilm", "fp32")
    assert (settings.dense_weight, settings.batch_records) == (0.5, 1000)
    assert settings.max_document_bytes == 200_000_000


def test_the_home_is_in_the_users_home_wherever_a_command_is_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.chdir(tmp_path)
    assert load_settings().home == Path("/home/somebody/.elders")


def test_a_home_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ELDERS_HOME", "mine")
    assert load_settings().home == tmp_path / "mine"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELDERS_DATABASE_URL", "")
    monkeypatch.setenv("ELDERS_DENSE_WEIGHT", "")
    assert load_settings() == Settings()


def test_addresses_lose_their_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELDERS_OPENAI_BASE_URL", "http://localhost:8000/v1/")
    assert load_settings().openai_base_url == "http://localhost:8000/v1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ELDERS_MERGE_THRESHOLD", "1.5"),
        ("ELDERS_MERGE_THRESHOLD", "nan"),
        ("ELDERS_MERGE_THRESHOLD", "high"),
        ("ELDERS_REVIEW_THRESHOLD", "-0.1"),
        ("ELDERS_BATCH_RECORDS", "0"),
        ("ELDERS_MAX_DOCUMENT_BYTES", "200 MB"),
        ("ELDERS_LOCK_TIMEOUT_SECONDS", "0"),
        ("ELDERS_LOCK_TIMEOUT_SECONDS", "inf"),
        ("ELDERS_LOG_FORMAT", "xml"),
        ("ELDERS_LOG_LEVEL", "loud"),
        ("ELDERS_EMBEDDER_PRECISION", "fp8"),
        ("ELDERS_CHROMA_URL", "ftp://host"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput, match=name):
        load_settings()


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELDERS_DENSE_WEIGHT", "2")
    monkeypatch.setenv("ELDERS_LOG_FORMAT", "xml")
    with pytest.raises(InvalidInput, match=r"ELDERS_DENSE_WEIGHT.*ELDERS_LOG_FORMAT"):
        load_settings()


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("REVIEW_THRESHOLD", "MERGE_THRESHOLD"),
        ("DATABASE_POOL_MIN_CONNECTIONS", "DATABASE_POOL_MAX_CONNECTIONS"),
    ],
)
def test_bounds_in_the_wrong_order_are_refused(
    monkeypatch: pytest.MonkeyPatch, low: str, high: str
) -> None:
    monkeypatch.setenv(f"ELDERS_{low}", "1")
    monkeypatch.setenv(f"ELDERS_{high}", "0.9" if "THRESHOLD" in high else "1")
    monkeypatch.setenv(f"ELDERS_{low}", "0.95" if "THRESHOLD" in high else "2")
    with pytest.raises(InvalidInput, match=f"ELDERS_{low}.*ELDERS_{high}"):
        load_settings()


def test_secrets_show_in_neither_errors_nor_representations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ELDERS_DATABASE_URL", "postgresql://me:hunter2@host/db")
    monkeypatch.setenv("ELDERS_OPENAI_API_KEY", "hunter2")
    assert "hunter2" not in repr(load_settings())
    monkeypatch.setenv("ELDERS_OPENAI_BASE_URL", "hunter2")
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().batch_records = 5


def test_every_setting_is_described() -> None:
    described = Settings.__doc__ or ""
    missing = [name for name in Settings.model_fields if f"        {name}:" not in described]
    assert missing == []


def test_a_secret_is_read_from_a_file_unless_its_variable_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elders_database_url").write_text("postgresql://db/filed\n")
    (tmp_path / "ELDERS_LLM_API_KEY").write_text("  filed  ")
    (tmp_path / "elders_key_pepper").write_text("b" * 32)
    (tmp_path / "unknown").write_text("ignored")
    monkeypatch.setenv("ELDERS_SECRETS_DIR", str(tmp_path))
    settings = load_settings()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://db/filed"
    assert settings.llm_api_key is not None
    assert settings.llm_api_key.get_secret_value() == "filed"
    pepper = load_security_settings().key_pepper
    assert pepper is not None
    assert pepper.get_secret_value() == "b" * 32
    monkeypatch.setenv("ELDERS_LLM_API_KEY", "set")
    monkeypatch.setenv("ELDERS_DATABASE_URL", "")
    settings = load_settings()
    assert settings.llm_api_key is not None
    assert settings.llm_api_key.get_secret_value() == "set"
    assert settings.database_url is not None


def test_a_secret_that_can_not_be_had_is_not_taken_for_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "elders_database_url").write_text("\n")
    (tmp_path / "folder" / "elders_database_url").mkdir(parents=True)
    for name, reason in (
        ("none", "No such file"),
        ("file", "Not a directory"),
        ("empty", "elders_database_url in .* holds nothing"),
        ("folder", "elders_database_url can't be read"),
    ):
        monkeypatch.setenv("ELDERS_SECRETS_DIR", str(tmp_path / name))
        for load in (load_settings, load_security_settings):
            with pytest.raises(InvalidInput, match=f"ELDERS_SECRETS_DIR: .*{reason}"):
                load()


def test_what_a_file_holds_is_never_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ELDERS_SECRETS_DIR", str(tmp_path))
    (tmp_path / "elders_merge_threshold").write_text("hidden")
    with pytest.raises(InvalidInput, match="ELDERS_MERGE_THRESHOLD") as refused:
        load_settings()
    assert "hidden" not in str(refused.value)
    (tmp_path / "elders_merge_threshold").write_bytes(b"hidden\xff")
    with pytest.raises(InvalidInput, match="merge_threshold") as refused:
        load_settings()
    assert "hidden" not in str(refused.value)
