"""The OpenAI embeddings protocol on the wire: one request, retried, understood or refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from random import Random
from typing import Any, Final

import httpx
import numpy as np
import structlog
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from foundation.breaker import Breakers
from foundation.clock import Clock, to_micros
from foundation.errors import InvalidInput, Unavailable
from foundation.retry import backoff

_log = structlog.get_logger(__name__)

_RETRIED: Final = frozenset({408, 409, 425, 429})
"""Beside these, every status from 500 on."""

_TEXTS_REFUSED: Final = frozenset({400, 413, 422})
_ERROR_CODE: Final = re.compile(r"[a-z_]{1,60}")


class _Row(BaseModel):
    index: int
    embedding: list[float]


class _Answer(BaseModel):
    data: list[_Row]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a caller may be kept waiting by a service in trouble.

    Attributes:
        retries: tries after the first one.
        longest_wait_seconds: where the service asks for a longer pause, give up at once.
    """

    retries: int
    longest_wait_seconds: float


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a try failed that is worth another one, and the pause that the service asked for."""

    what: str
    pause_seconds: float = 0.0
    cause: Exception | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where time and chance come from.

    Attributes:
        sleep: waits for some seconds.
        rng: the jitter of the retries.
        clock: says what a Retry-After in the form of a date means in seconds.
    """

    sleep: Callable[[float], object]
    rng: Random
    clock: Clock


class Endpoint:
    """Sends texts to `POST {base_url}/embeddings` and answers their vectors in order.

    What was sent and the key reach neither a log nor an error message; nor does the service's own
    message, which may repeat either. Of its error only a code such as `model_not_found` is told.
    After five batches or queries in a row that failed, with all their retries, nothing is sent for
    a minute.
    """

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        key: str,
        timeout_seconds: float,
        waiting: Waiting,
        breakers: Breakers,
    ) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            InvalidInput: the base URL is none.
        """
        self._url = _embeddings_url(base_url)
        self._breaker = breakers.of(f"embedder at {self.place}")
        self._model = model
        self._waiting = waiting
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers, timeout=timeout_seconds)

    @property
    def place(self) -> str:
        """Answer host, port and path: the address without a user, a password or a query."""
        port = f":{self._url.port}" if self._url.port else ""
        return f"{self._url.host}{port}{self._url.path.removesuffix('/embeddings')}"

    def embed(self, texts: Sequence[str], patience: Patience) -> NDArray[np.float64]:
        """Send one batch; shape (len(texts), whatever dimension the service gives).

        Raises:
            CircuitOpen: the last calls failed, and the service is left alone.
            Unavailable: no usable answer within the patience, or the service does not let us in.
            InvalidInput: the service refuses these texts.
        """
        with self._breaker.guarding():
            response = self._post(texts, patience)
            rows = _vectors(response.content, len(texts))
            if rows is None:
                raise Unavailable(
                    f"{self.place} answered {len(texts)} texts with something else than one vector "
                    "each; check that it is an embeddings endpoint and that its model embeds"
                )
        return rows

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, texts: Sequence[str], patience: Patience) -> httpx.Response:
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        delays = backoff(
            self._waiting.rng,
            retries=patience.retries,
            initial_seconds=0.5,
            ceiling_seconds=patience.longest_wait_seconds,
        )
        while True:
            trouble = self._try(body)
            if isinstance(trouble, httpx.Response):
                return trouble
            delay = next(delays, None)
            if delay is None or trouble.pause_seconds > patience.longest_wait_seconds:
                raise Unavailable(
                    f"{self.place} {trouble.what}; search goes on by words alone, and what waits "
                    "for its vector is sent again later"
                ) from trouble.cause
            _log.warning("embedder.retry", place=self.place, trouble=trouble.what)
            self._waiting.sleep(max(delay, trouble.pause_seconds))

    def _try(self, body: dict[str, Any]) -> httpx.Response | _Trouble:
        try:
            response = self._client.post(self._url, json=body)
        except httpx.RequestError as error:
            return _Trouble(f"cannot be reached ({type(error).__name__})", cause=error)
        status = response.status_code
        if status in _RETRIED or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return _Trouble(f"answers with status {status}", self._pause(response))
        if status in _TEXTS_REFUSED:
            raise InvalidInput(
                f"{self.place} refuses the texts with status {status}{_code(response)}; check the "
                "model's name and how long its texts may be"
            )
        if status != httpx.codes.OK:
            raise Unavailable(
                f"{self.place} does not let us in: status {status}{_code(response)}; check the "
                "base URL (it ends in /v1 as a rule), the key and the model's name"
            )
        return response

    def _pause(self, response: httpx.Response) -> float:
        """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3); 0 where it is neither."""
        value = response.headers.get("Retry-After", "")
        if value.isascii() and value.isdigit():
            return float(value)
        try:
            moment = to_micros(parsedate_to_datetime(value))
        except (ValueError, OverflowError):
            return 0.0
        return max(0.0, (moment - self._waiting.clock()) / 1e6)


def _embeddings_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise InvalidInput("the embedding service's base URL cannot be read as a URL") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidInput(
            f"the embedding service's base URL must be one such as https://host/v1; this one has "
            f"the scheme {url.scheme!r} and the host {url.host!r}"
        )
    return url.copy_with(path=url.path.rstrip("/") + "/embeddings")


def _vectors(content: bytes, count: int) -> NDArray[np.float64] | None:
    """Read one vector for each text, in the order of the texts; None if the answer is another."""
    try:
        rows = _Answer.model_validate_json(content).data
    except ValidationError:
        return None
    rows.sort(key=lambda row: row.index)
    lengths = {len(row.embedding) for row in rows}
    if [row.index for row in rows] != list(range(count)) or len(lengths) != 1:
        return None
    return np.array([row.embedding for row in rows], np.float64)


def _code(response: httpx.Response) -> str:
    """Read the error's code or type, where it is a plain word and so nothing of ours."""
    try:
        error = response.json()["error"]
        words = [error[key] for key in ("code", "type") if isinstance(error.get(key), str)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return next((f" ({word})" for word in words if _ERROR_CODE.fullmatch(word)), "")
