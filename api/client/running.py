"""The server itself: whether it lives, whether it is ready, and its cache."""

from __future__ import annotations

from collections.abc import Sequence

from api.client.calls import Sent, asks
from api.schemas import HealthOut, ReadyOut
from api.schemas_cache import CacheOut
from api.schemas_health import FullHealthOut
from api.schemas_restrictions import ChangedRestrictionsOut, RestrictionsOut


@asks("GET", "/health", HealthOut.model_validate_json)
def health() -> Sent:
    """Answer as long as the process lives."""
    return Sent()


@asks("GET", "/ready", ReadyOut.model_validate_json, statuses=(200, 503))
def ready() -> Sent:
    """Tell whether documents are found by their words, and how far each follower is."""
    return Sent()


@asks("GET", "/v1/health/full", FullHealthOut.model_validate_json)
def full_health() -> Sent:
    """Tell how the server's machine, the platform and the guild are, with reasons and advice."""
    return Sent()


@asks("GET", "/v1/cache", CacheOut.model_validate_json)
def cache() -> Sent:
    """Tell what the server's cache did since it began, and what it holds."""
    return Sent()


@asks("PUT", "/v1/cache", CacheOut.model_validate_json, repeatable=True)
def resize_cache(most_bytes: int) -> Sent:
    """Let answers take so much of the server's memory, until it is started again."""
    return Sent(body={"most_bytes": most_bytes})


@asks("DELETE", "/v1/cache", CacheOut.model_validate_json, repeatable=True)
def clear_cache() -> Sent:
    """Remove every answer that is kept."""
    return Sent()


@asks("GET", "/v1/admin/restrictions", RestrictionsOut.model_validate_json)
def restrictions(*, automatic: str | None = None) -> Sent:
    """Tell what the server allows less of now: all that holds, or what one automatic restricts."""
    return Sent(query={"automatic": automatic})


@asks("PUT", "/v1/admin/restrictions", ChangedRestrictionsOut.model_validate_json, repeatable=True)
def restrict(
    *,
    rate_factor: float = 1.0,
    read_only: bool = False,
    suspended: Sequence[str] = (),
    reason: str = "",
    seconds: float | None = None,
    automatic: str | None = None,
) -> Sent:
    """Have the server allow less for a while, beside what others restrict.

    It takes the place of what administrators, or this automatic, had restricted before.
    """
    body = {
        "rate_factor": rate_factor,
        "read_only": read_only,
        "suspended": list(suspended),
        "reason": reason,
        "seconds": seconds,
    }
    return Sent(body=body, query={"automatic": automatic})


@asks(
    "DELETE", "/v1/admin/restrictions", ChangedRestrictionsOut.model_validate_json, repeatable=True
)
def lift_restrictions(*, automatic: str | None = None) -> Sent:
    """Have the server allow all again, or what one automatic had restricted."""
    return Sent(query={"automatic": automatic})


def _text(body: bytes) -> str:
    return body.decode()


@asks("GET", "/metrics", _text, accept="*/*")
def metrics() -> Sent:
    """Tell what the server does, in the text format of Prometheus."""
    return Sent()
