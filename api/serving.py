"""Which embedding model serves searches, and the change from one to another without a gap."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from api.dense import Model, Models, model_folders, spec_of
from foundation.breaker import Breakers
from foundation.errors import GuildError, Unavailable
from foundation.ids import Seq
from foundation.settings import Settings
from retrieval.doctor import Patient
from retrieval.embedders.model import EmbedderOptions
from retrieval.following import Following
from retrieval.indexes.exact import ExactIndex

_log = structlog.get_logger(__name__)

_NOTE: Final = "serving.json"
_FEW: Final = 1_000


class Serving:
    """Dense search by the model in service, while the next one may be getting ready beside it.

    A home remembers which model serves it. When the settings name another, that one is followed
    from the start of the log, and takes over as soon as it knows every passage; the old one's
    indexes are then removed (its vectors stay in the truth: going back costs nothing).
    """

    def __init__(self, models: Models, current: Model, coming: Model | None = None) -> None:
        self._models = models
        self._current = current
        self._coming = coming
        self._wanted = coming or current
        self._retired: list[Model] = []
        self._changing = threading.Lock()

    def model(self) -> Model:
        """Answer the model in service, letting the coming one take over once it knows all."""
        with self._changing:
            coming = self._coming
            if coming is not None and coming.exact.position() >= self._models.reader.head():
                self._take_over(coming)
            return self._current

    @property
    def name(self) -> str:
        """Name the model in service, without looking whether another is ready."""
        return self._current.embedder.name

    def coverage(self, count: Callable[[], int]) -> float:
        """Answer which share of the current chunks is found by meaning, 0 to 1.

        Args:
            count: counts the chunks that are found by words.
        """
        exact = self.model().exact
        if exact.position() >= self._models.reader.head():
            return 1.0
        chunks = count()
        return min(1.0, exact.rows().current / chunks) if chunks else 1.0

    def following(self) -> list[Following]:
        """List the followers of the model that the settings name."""
        return self._models.following(self._wanted)

    def patients(self) -> list[Patient]:
        """List what the doctor examines of the model that the settings name."""
        return self._models.patients(self._wanted)

    def embedded(self) -> bool:
        """Tell whether every passage has its vector, even if the embedder did not look yet."""
        vectors, reader = self._wanted.vectors, self._models.reader
        feed = reader.feed(vectors.position(), limit=_FEW)
        waiting = vectors.missing(chunk.text_hash for chunk in feed.opened)
        return not waiting and feed.upto >= reader.head()

    def warm(self) -> None:
        """Load the model in service and its graph, so that whoever searches next need not wait.

        Raises:
            Unavailable: they can't be had now.
        """
        model = self.model()
        model.embedder.embed_query("warm")
        if model.chroma:
            model.chroma.warm()

    def forget(self, upto: Seq) -> None:
        """Keep no vector of what was purged up to a seq, however far the indexes are behind.

        An index that has not come so far begins again: it is rebuilt from the truth.
        """
        with self._changing:
            if self._coming is not None:
                self._take_over(self._coming)
                for model in self._retired:
                    shutil.rmtree(model.folder, ignore_errors=True)
        exact, chroma = self._wanted.exact, self._wanted.chroma
        if isinstance(exact, ExactIndex) and exact.position() < upto:
            exact.reset()
        if chroma and chroma.position() < upto:
            chroma.reset()

    def close(self) -> None:
        """Close every model, and remove the indexes of those that serve no more."""
        for model in {id(m): m for m in (self._current, self._wanted, *self._retired)}.values():
            model.close()
        for model in self._retired:
            shutil.rmtree(model.folder, ignore_errors=True)

    def _take_over(self, coming: Model) -> None:
        _remember(self._models.home.path, coming.spec)
        _log.info("model.took_over", model=coming.embedder.name)
        self._retired.append(self._current)  # searches under way may still use it
        self._current, self._coming = coming, None


def open_serving(models: Models, settings: Settings, *, writable: bool) -> Serving:
    """Open the model in service and, where the settings name another, that one too.

    Raises:
        InvalidInput: there is no such embedder, or its package is missing.
        Unavailable: it can't be had now, or the home can't be written.
    """
    wanted = spec_of(models.given) if models.given else embedder_spec(settings)
    serving = _remembered(models.home.path) or wanted
    if not writable:
        return Serving(models, models.open(serving, own=False))
    coming = models.open(wanted, own=True)
    current = coming if serving == wanted else _still_there(models, serving)
    if current is None or current is coming:
        _remember(models.home.path, wanted)
        _sweep(models, coming)
        return Serving(models, coming)
    _sweep(models, coming, current)
    return Serving(models, current, coming)


def embedder_spec(settings: Settings) -> str:
    """Answer what the registry calls the embedder that the settings name."""
    if settings.embedder == "minilm" and settings.embedder_precision == "int8":
        return "minilm-int8"
    if settings.embedder == "openai" and settings.openai_model:
        return f"openai:{settings.openai_model}"
    return settings.embedder


def embedder_options(
    settings: Settings, models_dir: Path, breakers: Breakers | None = None
) -> EmbedderOptions:
    """Take from the settings what embedders need."""
    key = settings.openai_api_key
    return EmbedderOptions(
        models_dir=models_dir,
        local_files_only=False,
        base_url=str(settings.openai_base_url or ""),
        key=key.get_secret_value() if key else "",
        breakers=breakers or Breakers(),
    )


def _still_there(models: Models, serving: str) -> Model | None:
    """Open the model that served until now, if it can still be had."""
    try:
        return models.open(serving, own=False)
    except GuildError as error:
        _log.warning("model.gone", model=serving, reason=str(error))
        return None


def _sweep(models: Models, *kept: Model) -> None:
    """Remove the indexes of models that served once: a process that was killed left them."""
    for folder in model_folders(models.home):
        if folder not in {model.folder for model in kept}:
            shutil.rmtree(folder, ignore_errors=True)


def _remembered(home: Path) -> str:
    try:
        return str(json.loads((home / _NOTE).read_text())["embedder"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _remember(home: Path, spec: str) -> None:
    if _remembered(home) == spec:
        return
    aside = home / "serving.tmp"
    try:
        aside.write_text(json.dumps({"embedder": spec}))
        aside.replace(home / _NOTE)
    except OSError as error:
        raise Unavailable(f"{home} can't be written ({error.strerror}): make room") from error
