"""What all doors to the platform have in common: address, breaker, and what answers mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, TypeVar

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from foundation.breaker import Breaker, Breakers, Outcome, by_kind
from foundation.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    QuotaExceeded,
    Unavailable,
)

_REFUSED: Final[Mapping[int, type[Exception]]] = {
    401: Forbidden, 403: Forbidden, 404: NotFound, 409: Conflict,
}  # fmt: skip
_LONGEST: Final = 500
_REST_SECONDS: Final = 1

Shape = TypeVar("Shape", bound=BaseModel)


def address_of(text: str) -> httpx.URL:
    """Read the platform's address.

    Raises:
        InvalidInput: it is none.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InvalidInput("the platform's address can't be read as a URL") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidInput("the platform's address must be one such as http://127.0.0.1:8000")
    return url


def place_of(url: httpx.URL) -> str:
    """Name the platform, for messages."""
    return f"{url.host}:{url.port or ''}"


def headers_of(key: SecretStr | None) -> dict[str, str]:
    """Answer the headers that show an API key."""
    return {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}


def breaker_of(breakers: Breakers | None, url: httpx.URL) -> Breaker:
    """Answer the platform's breaker, which all doors to it share; one of its own by default."""
    return (breakers or Breakers()).of(f"platform at {place_of(url)}", judge=_judge)


def check_answer(
    response: httpx.Response, place: str, *, statuses: Collection[int] = ()
) -> httpx.Response:
    """Answer a response that is good, or of a status that was expected.

    Raises:
        QuotaExceeded: it wants to be asked less.
        Unavailable: it can't answer now.
        Forbidden, NotFound, Conflict, InvalidInput: it refuses.
    """
    status, path = response.status_code, response.request.url.path
    if status in statuses or status < httpx.codes.MULTIPLE_CHOICES:
        return response
    if status == httpx.codes.TOO_MANY_REQUESTS:
        told = f"{place} wants to be asked less (status {status})"
        raise QuotaExceeded(told, retry_seconds=_REST_SECONDS)
    if status == httpx.codes.REQUEST_TIMEOUT or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unavailable(f"{place} answers {path} with status {status}")
    kind = _REFUSED.get(status, InvalidInput)
    raise kind(f"{place} refuses {path} (status {status}): {_detail(response)}")


def shaped(response: httpx.Response, shape: type[Shape]) -> Shape:
    """Read an answer.

    Raises:
        InvalidInput: it is something else than was asked for.
    """
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        raise InvalidInput(
            f"{response.request.url.host} answers {response.request.url.path} with something else"
            " than this platform does: is the address right, and its version this one's?"
        ) from error


def _detail(response: httpx.Response) -> str:
    """Read what a problem (RFC 9457) says."""
    try:
        return str(response.json()["detail"])[:_LONGEST]
    except (ValueError, KeyError, TypeError):
        return "it does not say why"


def _judge(error: Exception) -> Outcome:
    """Whoever wants to be asked less is there."""
    return Outcome.ANSWERED if isinstance(error, QuotaExceeded) else by_kind(error)
