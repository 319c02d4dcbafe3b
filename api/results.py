"""Figures in files: what was measured when, by which versions, on which machine and how set."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from api.evaluating import Evaluation
from foundation.clock import Clock, system_clock, to_datetime
from foundation.errors import InvalidInput, NotFound, Unavailable
from foundation.settings import Settings, load_settings

FORMAT: Final = "elders-results-1"
_PROGRAM: Final = "elders-guild"
_MATTERING: Final = ("numpy", "onnxruntime", "tokenizers", "tantivy", "chromadb", "lightgbm")
"""Libraries whose versions may change figures."""

_OWN: Final = ("home", "models_dir", "database_", "lock_", "log_")
"""Begins of settings that name a place on this machine, or change no figure."""


def results(
    found: Evaluation, *, settings: Mapping[str, Any], clock: Clock = system_clock
) -> dict[str, Any]:
    """Gather all that a figure needs to be believed.

    Args:
        found: the figures.
        settings: those that were given; those of the environment are added, secrets left out.
        clock: what time it is.
    """
    return {
        "format": FORMAT,
        "date": to_datetime(clock()).isoformat(timespec="seconds"),
        "versions": _versions(),
        "machine": _machine(),
        "settings": _different(settings),
        **asdict(found),
    }


def write_results(path: Path, content: Mapping[str, Any]) -> None:
    """Write a results file, over one of an earlier run.

    Raises:
        Unavailable: it can't be written there.
    """
    text = json.dumps(_rounded(content), ensure_ascii=False, indent=2) + "\n"
    aside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror or error}") from error


def read_results(path: Path) -> dict[str, Any]:
    """Read a results file.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is no results file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFound(f"{path} can't be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InvalidInput(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InvalidInput(f"{path} is no results file ({FORMAT}): `elders eval --out` writes one")
    return content


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in (_PROGRAM, *_MATTERING):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _machine() -> str:
    return f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}"


def _different(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the settings that are not the defaults; secrets and addresses are not repeated."""
    known = load_settings(**given)
    return {
        name: getattr(known, name)
        for name, described in Settings.model_fields.items()
        if not name.startswith(_OWN)
        and isinstance(getattr(known, name), str | int | float | bool)
        and not name.endswith("_url")
        and getattr(known, name) != described.default
    }


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Keep six places: what follows is noise, and makes files differ."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, Mapping):
        return {str(key): _rounded(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_rounded(item) for item in value]
    return value
