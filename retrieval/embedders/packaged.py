"""Where the packaged model becomes a bundle: once for each home, whoever comes first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog
from filelock import FileLock, Timeout

from foundation.errors import InvalidInput, Unavailable
from retrieval.embedders.bundle import Bundle, read_bundle
from retrieval.embedders.deferred import DeferredEmbedder
from retrieval.embedders.export import DIMENSION, FP32, INT8, LANGUAGES
from retrieval.embedders.model import Embedder, EmbedderOptions

_log = structlog.get_logger(__name__)

_TIMEOUT_SECONDS: Final = 900.0
_SOURCE_ROOT: Final = Path(__file__).resolve().parents[2]


def open_fp32(_model: str, options: EmbedderOptions) -> Embedder:
    """Promise the packaged model as it was trained; the first text loads it.

    Raises:
        InvalidInput: the device is unknown.
    """
    return _deferred(FP32, options)


def open_int8(_model: str, options: EmbedderOptions) -> Embedder:
    """Promise the packaged model with weights of eight bits; the first text loads it.

    Raises:
        InvalidInput: the device is unknown.
    """
    return _deferred(INT8, options)


def prepared(
    models_dir: Path, name: str = FP32, *, timeout_seconds: float = _TIMEOUT_SECONDS
) -> Bundle:
    """Answer the packaged model (FP32 or INT8) as a bundle, making it first if need be.

    Making takes some 15 seconds of CPU, in a child process. Of several processes one makes it and
    the others wait. The folder appears complete or not at all: it is made aside and renamed.

    Raises:
        Unavailable: it cannot be made, or another process did not finish in time.
    """
    folder = models_dir / name
    if (bundle := read_bundle(folder)) is not None:
        return bundle
    source = [prepared(models_dir).folder] if name == INT8 else []
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with _locked(models_dir / f"{name}.lock", timeout_seconds):
            if (bundle := read_bundle(folder)) is None:
                _make(folder, source, timeout_seconds)
                bundle = read_bundle(folder)
    except OSError as error:
        raise Unavailable(
            f"the embedding model cannot be kept in {models_dir}: {error.strerror or error}"
        ) from error
    if bundle is None:
        raise Unavailable(f"the model that was just written to {folder} cannot be read back")
    return bundle


def _deferred(name: str, options: EmbedderOptions) -> Embedder:
    device = options.device
    if device not in ("cpu", "cuda"):
        raise InvalidInput(f"the packaged model runs on cpu or cuda, not on {device!r}")

    def load() -> Embedder:
        from retrieval.embedders.onnx import OnnxEmbedder

        bundle = prepared(options.models_dir, name)
        return OnnxEmbedder(bundle, gpu=device == "cuda", threads=options.threads)

    return DeferredEmbedder(load, name=name, dimension=DIMENSION, languages=frozenset(LANGUAGES))


def _make(folder: Path, source: Sequence[Path], timeout_seconds: float) -> None:
    _log.info("embedder.preparing", model=folder.name)
    aside = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(aside, ignore_errors=True)  # of a process that was killed
    aside.mkdir()
    try:
        _export([*map(str, source), str(aside)], timeout_seconds)
        shutil.rmtree(folder, ignore_errors=True)  # damaged, or of an older format
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _locked(path: Path, timeout_seconds: float) -> Iterator[None]:
    try:
        with FileLock(path, timeout=timeout_seconds):
            yield
    except Timeout as error:
        raise Unavailable(
            f"another process has held {path} for {timeout_seconds:.0f} s while it prepares the "
            "embedding model; wait for it, or end it if it hangs"
        ) from error


def _export(arguments: list[str], timeout_seconds: float) -> None:
    """Run the exporter; -P keeps modules of the working directory out of the child."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(_SOURCE_ROOT), os.environ.get("PYTHONPATH")])
        ),
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell, no foreign argument
            [sys.executable, "-P", "-m", "retrieval.embedders.export", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            f"preparing the embedding model took over {timeout_seconds:.0f} s and was stopped"
        ) from error
    if done.returncode != 0:
        reason = done.stderr.strip().rsplit("\n", 1)[-1] or f"status {done.returncode}"
        raise Unavailable(
            f"the embedding model could not be prepared: {reason} (it needs about 1 GB of "
            "memory and 250 MB of disk; another embedder can be chosen by setting)"
        )
