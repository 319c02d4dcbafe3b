"""What a worker opens when it begins to serve, and looks at while it does."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client import CollectorRegistry

from api.bodies import BodyLimit, Pace
from api.breaking import BreakerCounts
from api.caching import CLEARED, FORGOTTEN, SIZE
from api.guarding import guarded
from api.knowledge_base import KnowledgeBase
from api.notices import Notice
from api.warming import warm
from api.workers.forwarding import Forwarding
from api.workers.sharing import answered_here, pool_of, shared_out
from foundation.errors import GuildError, Unavailable
from foundation.operations.logs import configure_logging
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from api.workers.worker import Team

_log = structlog.get_logger(__name__)

_FOLDER: Final = "workers"
_LOOK_SECONDS: Final = 1.0
_MOST: Final = 1_000


@contextmanager
def opened(team: Team) -> Iterator[ASGIApp]:
    """Open the home to read it, with layers of security around the app.

    The process is told to end when its owner is gone.

    Raises:
        GuildError: the home can't be opened; a setting is wrong.
    """
    settings = load_settings(home=team.home)
    configure_logging(settings.log_level, settings.log_format)
    registry = CollectorRegistry()
    security, ended = shared_out(load_security_settings(), team.workers), threading.Event()
    pool = pool_of(settings, team.workers)
    pace = Pace(settings.body_silence_seconds, settings.body_bytes_per_second)
    with (
        _numbered(team.home / _FOLDER) as number,
        KnowledgeBase.open(team.home, read_only=True, **pool) as base,
        guarded(
            base, settings, security,
            ending=ended.is_set, within=partial(_passing_on, team.owner, pace),
            number=number, registry=registry,
        ) as app,
    ):  # fmt: skip
        counts = BreakerCounts(registry, base.platform.parts.breakers)
        base.cache.log_to(f"asked-{number}.jsonl")
        watch = threading.Thread(target=_watch, args=(base, ended, counts), name="watch")
        warming = threading.Thread(target=warm, args=(base, ended.is_set), name="warm")
        watch.start()
        warming.start()
        try:
            yield app
        finally:
            ended.set()
            watch.join()
            warming.join()


def _passing_on(owner: Path, pace: Pace, app: ASGIApp) -> ASGIApp:
    return BodyLimit(Forwarding(app, owner=owner, answers=answered_here), pace=pace)


@contextmanager
def _numbered(folder: Path) -> Iterator[int]:
    """Take the lowest number from 1 that no other worker of the home has, as long as it lives."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(exist_ok=True)
        for number in range(1, _MOST):
            lock = FileLock(folder / f"{number}.lock", blocking=False)
            try:
                lock.acquire()
            except Timeout:
                continue
            break
        else:
            raise Unavailable(f"{_MOST - 1} workers are at work in {folder}: end some")
    except OSError as error:
        raise Unavailable(f"{folder} can't be written ({error.strerror}): make room") from error
    with lock:
        yield number


def _watch(base: KnowledgeBase, ended: threading.Event, counts: BreakerCounts) -> None:
    """Let go of what others removed, tell what was counted; end when the owner is gone."""
    home, owner = base.platform.parts.home.path, multiprocessing.parent_process()
    cleared, forgotten = Notice(home / CLEARED), Notice(home / FORGOTTEN)
    sized = Notice(home / SIZE)
    base.cache.take_size()
    going = True
    while going:
        going = not ended.wait(_LOOK_SECONDS)  # and once more at the end
        counts.update()
        if sized.changed():
            base.cache.take_size()
        try:
            if forgotten.changed():
                base.platform.let_go()
            elif cleared.changed():
                base.cache.clear()
        except GuildError as error:
            _log.warning("cache.not_cleared", reason=str(error))
        if going and not (owner and owner.is_alive()):
            _log.info("worker.ends", reason="its owner is gone")
            os.kill(os.getpid(), signal.SIGTERM)
            going = False
